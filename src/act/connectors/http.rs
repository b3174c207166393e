//! Any system that takes JSON over HTTP: an action says what to send, an endpoint says where.
//!
//! Keys of an action's `with` table (templates are described in [`crate::act::template`]):
//!
//! | key | meaning |
//! |---|---|
//! | `endpoint` | name of an `[endpoints.NAME]` table |
//! | `method` | `POST` (default), `PUT` or `PATCH` |
//! | `path` | template, from `/` on; a value cannot leave its segment |
//! | `query.NAME` | template of one query value |
//! | `header.NAME` | fixed text |
//! | `body` | JSON document whose strings are templates |
//! | `idempotent` | `"true"` if the other side does the work of one `Idempotency-Key` once |
//! | `reference` | JSON pointer to the id in the answer; without it, or where nothing stands there, `Location` is kept |
//! | `check_path` | template of a path that is read with GET to see whether it took effect |
//! | `check_expect` | `"200; /status=delivered"`; otherwise any 2xx confirms |
//! | `undo_path` | template of the path at which a delivery is taken back; `idempotency_key` is that of the delivery |
//! | `undo_method` | `POST` (default), `PUT`, `PATCH` or `DELETE` |
//! | `undo_body` | JSON document whose strings are templates |

mod answer;
mod expect;
mod probe;
mod settings;

pub use probe::HttpProber;

use super::Clock;
use super::answers::{Manners, STANDARD, outcome};
use super::sending::{KEY_PLACEHOLDER, part, prepared, reading};
use super::with::{edited, rendered};
use crate::act::template::{Values, percent_encoded};
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{Action, Delivery, Payload, PayloadPart, Risk};
use crate::net::Net;
use settings::{Settings, method_name};
use std::sync::Arc;

/// What 409 means where one key's work is done once.
const UNDER_WAY: &str = "the same request is still under way there";

/// The connector.
pub struct HttpConnector {
    net: Arc<Net>,
    clock: Clock,
}

impl HttpConnector {
    /// A connector over these endpoints.
    pub fn new(net: Arc<Net>, clock: Clock) -> Self {
        Self { net, clock }
    }

    /// Everything that will be sent for these values; an error names the key.
    fn fill(&self, settings: &Settings<'_>, values: &Values) -> Result<Payload, String> {
        let mut path = values
            .encoded(settings.path, None)
            .and_then(|path| without_empty_segment(&path).map(|()| path))
            .map_err(|why| format!("with.path: {why}"))?;
        for (place, (name, source)) in settings.query.iter().enumerate() {
            let value = values
                .text(source)
                .map(|text| percent_encoded(&text))
                .map_err(|why| format!("with.query.{name}: {why}"))?;
            let joint = if place == 0 && !path.contains('?') {
                '?'
            } else {
                '&'
            };
            path = format!("{path}{joint}{}={value}", percent_encoded(name));
        }
        let url = self
            .net
            .url(settings.endpoint, &path)
            .map_err(|why| format!("with.path: {why}"))?;
        let method = method_name(settings.method);
        let mut parts = vec![part("method", method), part("url", url)];
        for (name, value) in &settings.headers {
            parts.push(part(format!("header {name}"), *value));
        }
        if let Some(source) = settings.body {
            let body = values
                .json(source)
                .map_err(|why| format!("with.body: {why}"))?;
            parts.push(part("body", body));
        }
        if let Some(source) = settings.check_path {
            let check = self
                .keyed_url(settings.endpoint, source, values)
                .map_err(|why| format!("with.check_path: {why}"))?;
            parts.push(part("check", check));
        }
        parts.extend(self.undo_parts(settings, values)?);
        Ok(Payload {
            summary: format!("{method} {} {path}", settings.endpoint),
            parts,
        })
    }

    /// What would take it back, so that an approver sees that too.
    fn undo_parts(
        &self,
        settings: &Settings<'_>,
        values: &Values,
    ) -> Result<Vec<PayloadPart>, String> {
        let Some(source) = settings.undo_path else {
            return Ok(Vec::new());
        };
        let url = self
            .keyed_url(settings.endpoint, source, values)
            .map_err(|why| format!("with.undo_path: {why}"))?;
        let mut parts = vec![
            part("undo method", method_name(settings.undo_method)),
            part("undo url", url),
        ];
        if let Some(source) = settings.undo_body {
            let body = values
                .json(source)
                .map_err(|why| format!("with.undo_body: {why}"))?;
            parts.push(part("undo body", body));
        }
        Ok(parts)
    }

    /// A URL with the key's placeholder still in it, tried with a key in its place.
    fn keyed_url(&self, endpoint: &str, source: &str, values: &Values) -> Result<String, String> {
        let path = values.encoded(source, Some(KEY_PLACEHOLDER))?;
        without_empty_segment(&path)?;
        let tried = path.replace(KEY_PLACEHOLDER, "0");
        let url = self.net.url(endpoint, &tried)?;
        let base = url.strip_suffix(&tried).unwrap_or_default();
        Ok(format!("{base}{path}"))
    }
}

#[async_trait::async_trait]
impl Connector for HttpConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "http",
            version: 1,
            risk: Risk::Low,
            undo: true,
        }
    }

    fn problems(&self, action: &Action) -> Vec<String> {
        let settings = match Settings::read(action) {
            Ok(settings) => settings,
            Err(problems) => return problems,
        };
        if !self.net.names().any(|name| name == settings.endpoint) {
            let why = self.net.url(settings.endpoint, "/").err();
            return vec![format!("with.endpoint: {}", why.unwrap_or_default())];
        }
        match self.fill(&settings, &Values::sample(&action.reaches)) {
            Ok(_) => Vec::new(),
            Err(why) => vec![why],
        }
    }

    fn render(
        &self,
        action: &Action,
        context: &RenderContext<'_>,
    ) -> Result<Rendered, RenderError> {
        rendered(
            action,
            context,
            Settings::read(action),
            |settings, values| self.fill(settings, values),
        )
    }

    fn accepts_edit(&self, part: &str, value: &str) -> Result<(), String> {
        edited(part, value).map(|_| ())
    }

    fn repeats_are_safe(&self, action: &Action) -> bool {
        Settings::read(action).is_ok_and(|settings| settings.idempotent)
    }

    async fn deliver(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> DeliveryOutcome {
        let (settings, mut request) = match prepared(Settings::read(action), payload) {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        let now = (self.clock)();
        let key = ("idempotency-key".to_owned(), idempotency_key.to_owned());
        request.headers.insert(0, key);
        request.sign_as = Some((idempotency_key.to_owned(), now));
        let came = self.net.send(settings.endpoint, request).await;
        let manners = Manners {
            conflict: settings.idempotent.then_some(UNDER_WAY),
            ..STANDARD
        };
        outcome(came, manners, now, |response| {
            answer::reference(response, settings.reference)
        })
    }

    async fn check(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> CheckOutcome {
        let settings = match Settings::read(action) {
            Ok(settings) => settings,
            Err(problems) => return CheckOutcome::CannotTell(problems.join("; ")),
        };
        let Some(url) = payload.part("check") else {
            return CheckOutcome::CannotTell("the action has no check_path".into());
        };
        let url = url.replace(KEY_PLACEHOLDER, &percent_encoded(idempotency_key));
        let mut request = reading(url);
        request.sign_as = Some((idempotency_key.to_owned(), (self.clock)()));
        match self.net.send(settings.endpoint, request).await {
            Ok(response) => answer::checked(&response, &settings.expect),
            Err(error) => CheckOutcome::CannotTell(format!("the check failed: {error}")),
        }
    }

    fn can_undo(&self, action: &Action) -> bool {
        Settings::read(action).is_ok_and(|settings| settings.undo_path.is_some())
    }

    fn undo(&self, action: &Action, delivered: &Delivery) -> Result<Payload, RenderError> {
        let of = |name: &str| delivered.payload.part(name);
        let (Some(method), Some(url)) = (of("undo method"), of("undo url")) else {
            return Err(RenderError(format!(
                "{} cannot be taken back: it has no undo_path",
                action.name
            )));
        };
        let key = percent_encoded(&delivered.idempotency_key);
        let mut parts = vec![
            part("method", method),
            part("url", url.replace(KEY_PLACEHOLDER, &key)),
        ];
        parts.extend(of("undo body").map(|body| part("body", body)));
        Ok(Payload {
            summary: format!("{method}, takes back: {}", delivered.payload.summary),
            parts,
        })
    }
}

/// A value that is empty would make a path mean something else.
fn without_empty_segment(path: &str) -> Result<(), String> {
    let path = path.split('?').next().unwrap_or_default();
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if path.contains("//") || (inner.is_empty() && path.len() > 1) {
        return Err("a segment of the path is empty".into());
    }
    Ok(())
}
