//! PagerDuty alerts: an event that wakes whoever is on call, and the event that takes it back.
//!
//! After PagerDuty's developer documentation, *Events API v2 Overview*, *Send an Alert Event* and
//! *Events API Rate Limits* (developer.pagerduty.com, as published in 2026): an event is accepted
//! with 202; one that repeats the `dedup_key` of an open alert joins it and opens nothing new; 429,
//! 5xx and network errors are to be sent again. So an unclear outcome is repeated under the same
//! key. Should somebody resolve the alert between two attempts, the later one would open it again.
//!
//! The endpoint is `https://events.pagerduty.com` (or that of the EU service region); its `key_env`
//! names the variable that holds the integration key of the service.
//!
//! | key | meaning |
//! |---|---|
//! | `endpoint` | name of an `[endpoints.NAME]` table |
//! | `summary` | template: what the alert is called |
//! | `source` | template: what has the problem; `medic` if left out |
//! | `severity` | `critical`, `error`, `warning`, `info`; the reported severity if left out |
//! | `component`, `group`, `class` | templates, may be left out |
//! | `details` | JSON document whose strings are templates, may be left out |

use super::Clock;
use super::answers::{Manners, STANDARD, asked_wait, failed, json, outcome};
use super::sending::{KEY_PLACEHOLDER, json_payload, keyed};
use super::with::{With, cut, edited, only, problems, rendered};
use crate::act::template::Values;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{Action, Delivery, Payload, Risk};
use crate::net::{Auth, Net, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Where every event goes.
const PATH: &str = "/v2/enqueue";
/// Characters of `payload.summary` (*Send an Alert Event*, Parameters).
const MAX_SUMMARY: usize = 1024;
/// Characters of `dedup_key` (*Send an Alert Event*, Parameters).
const MAX_DEDUP_KEY: usize = 255;
/// Bytes of one event (*Events API v2 Overview*, Size Limits: 512 KB).
const MAX_EVENT: usize = 512 * 1000;
/// What to wait after 429, which names no time of its own (*Events API Rate Limits*: 30 seconds).
const WAIT_AFTER_429: Duration = Duration::from_secs(30);
/// Where the integration key stands in an event.
const KEY_FIELD: &str = "routing_key";
/// *Send an Alert Event*, Parameters.
const SEVERITIES: [&str; 4] = ["critical", "error", "warning", "info"];

const MANNERS: Manners = Manners {
    at_limit: |response, now| {
        let limited = response.status == 429;
        limited.then(|| asked_wait(response, now).unwrap_or(WAIT_AFTER_429))
    },
    ..STANDARD
};

/// The connector.
pub struct PagerDutyConnector {
    net: Arc<Net>,
    clock: Clock,
}

impl PagerDutyConnector {
    /// A connector over these endpoints.
    pub fn new(net: Arc<Net>, clock: Clock) -> Self {
        Self { net, clock }
    }

    fn with<'a>(&self, action: &'a Action) -> Result<With<'a>, Vec<String>> {
        const OPTIONAL: [&str; 6] = [
            "source",
            "severity",
            "component",
            "group",
            "class",
            "details",
        ];
        let with = With::read(action, &["endpoint", "summary"], &OPTIONAL)?;
        let endpoint = with.need("endpoint");
        let problem = match with.fixed("severity") {
            Err(why) => Some(why),
            Ok(Some(severity)) if !SEVERITIES.contains(&severity) => Some(format!(
                "with.severity: {severity:?} is none of {}",
                SEVERITIES.join(", ")
            )),
            Ok(_) => match self.net.has_key(endpoint) {
                Err(why) => Some(format!("with.endpoint: {why}")),
                Ok(false) => Some(format!(
                    "with.endpoint: endpoints.{endpoint} has no key_env; name the variable that \
                     holds the integration key"
                )),
                Ok(true) => None,
            },
        };
        problem.map_or(Ok(with), |problem| Err(vec![problem]))
    }

    fn fill(&self, with: &With<'_>, values: &Values, reported: &str) -> Result<Payload, String> {
        let summary = with.text("summary", values)?.unwrap_or_default();
        if summary.trim().is_empty() {
            return Err("with.summary: it gives an empty text".into());
        }
        let severity = with.fixed("severity")?.unwrap_or(match reported {
            "critical" => "critical",
            "high" => "error",
            "medium" => "warning",
            _ => "info",
        });
        let source = with.text("source", values)?;
        let mut payload = json!({
            "summary": cut(&summary, MAX_SUMMARY),
            "source": source.unwrap_or_else(|| "medic".to_owned()),
            "severity": severity,
        });
        for key in ["component", "group", "class"] {
            if let Some(text) = with.text(key, values)? {
                payload[key] = text.into();
            }
        }
        if let Some(details) = with.get("details") {
            let text = values
                .json(details)
                .map_err(|why| format!("with.details: {why}"))?;
            payload["custom_details"] =
                serde_json::from_str(&text).map_err(|error| error.to_string())?;
        }
        let event = json!({
            "event_action": "trigger",
            "dedup_key": KEY_PLACEHOLDER,
            "payload": payload,
        });
        self.event(with.need("endpoint"), "trigger", &event)
    }

    fn event(&self, endpoint: &str, does: &str, event: &Value) -> Result<Payload, String> {
        let url = self.net.url(endpoint, PATH)?;
        let summary = format!("POST {endpoint} {PATH}: {does} an alert");
        let payload = json_payload(summary, "POST", url, event)?;
        match payload.part("body").map_or(0, str::len) {
            length if length > MAX_EVENT => Err(format!(
                "the event has {length} bytes, and PagerDuty takes {MAX_EVENT}"
            )),
            _ => Ok(payload),
        }
    }
}

#[async_trait::async_trait]
impl Connector for PagerDutyConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "pagerduty",
            version: 1,
            risk: Risk::Medium,
            undo: true,
        }
    }

    fn problems(&self, action: &Action) -> Vec<String> {
        let values = Values::sample(&action.reaches);
        problems(self.with(action), |with| self.fill(with, &values, "high"))
    }

    fn render(
        &self,
        action: &Action,
        context: &RenderContext<'_>,
    ) -> Result<Rendered, RenderError> {
        rendered(action, context, self.with(action), |with, values| {
            self.fill(with, values, context.severity)
        })
    }

    fn accepts_edit(&self, part: &str, value: &str) -> Result<(), String> {
        let event = edited(part, value)?;
        let same = event["event_action"] == "trigger" && event["dedup_key"] == KEY_PLACEHOLDER;
        if !same || !only(&event, &["event_action", "dedup_key", "payload"]) {
            return Err("only the payload of an event can be edited".into());
        }
        let payload = &event["payload"];
        let summary = payload["summary"].as_str().unwrap_or_default();
        if summary.trim().is_empty() || summary.chars().count() > MAX_SUMMARY {
            return Err(format!(
                "the summary has to have 1 to {MAX_SUMMARY} characters"
            ));
        }
        let severity = payload["severity"].as_str().unwrap_or_default();
        if !SEVERITIES.contains(&severity) || !payload["source"].is_string() {
            let all = SEVERITIES.join(", ");
            return Err(format!("an event has a source, and a severity of {all}"));
        }
        Ok(())
    }

    fn repeats_are_safe(&self, _action: &Action) -> bool {
        true
    }

    async fn deliver(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> DeliveryOutcome {
        if idempotency_key.len() > MAX_DEDUP_KEY {
            return failed("the idempotency key is longer than a dedup_key may be");
        }
        let (with, mut request) = match keyed(self.with(action), payload, idempotency_key) {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        request.auth = Auth::Field(KEY_FIELD);
        let came = self.net.send(with.need("endpoint"), request).await;
        let reference = |response: &Response| {
            let said = json(response).and_then(|body| Some(body["dedup_key"].as_str()?.to_owned()));
            said.unwrap_or_else(|| idempotency_key.to_owned())
        };
        outcome(came, MANNERS, (self.clock)(), reference)
    }

    async fn check(&self, _: &Action, _: &Payload, _: &str) -> CheckOutcome {
        CheckOutcome::CannotTell("PagerDuty's Events API cannot be asked about an alert".into())
    }

    fn undo(&self, action: &Action, delivered: &Delivery) -> Result<Payload, RenderError> {
        let with = self.with(action).map_err(RenderError::of)?;
        let event = json!({
            "event_action": "resolve",
            "dedup_key": delivered.idempotency_key,
        });
        self.event(with.need("endpoint"), "resolve", &event)
            .map_err(RenderError)
    }
}
