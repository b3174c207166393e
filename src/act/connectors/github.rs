//! GitHub issues: opens one, and closes it to take it back.
//!
//! After GitHub's REST API documentation, *REST API endpoints for issues* and *Rate limits for the
//! REST API* (docs.github.com, version 2022-11-28 of the API, as published in 2026). Creating an
//! issue has no idempotency key. So each body ends in an HTML comment that holds the delivery's key,
//! which nobody sees on the page and the check looks for among the newest issues, open or closed.
//! Where GitHub itself says that it failed, and the comment is not there, nothing was done. Where
//! no answer came at all, the issue may still be on its way: that is for a person to say.
//!
//! The endpoint is `https://api.github.com` (or that of a GitHub Enterprise server); its
//! `bearer_env` names the variable that holds a token with the permission *Issues: write*.
//!
//! | key | meaning |
//! |---|---|
//! | `endpoint` | name of an `[endpoints.NAME]` table |
//! | `repository` | `owner/name` |
//! | `title`, `body` | templates; values put in cannot mention anybody or hide anything |
//! | `labels` | fixed names, separated by commas, may be left out |

use super::Clock;
use super::answers::{Manners, STANDARD, asked_wait, document, json, outcome, until};
use super::sending::{KEY_PLACEHOLDER, json_payload, keyed, reading};
use super::with::{With, cut, edited, only, problems, rendered};
use crate::act::template::Values;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{Action, Delivery, DeliveryState, Payload, Risk};
use crate::net::{Method, Net, Request, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The version of the API that this file speaks.
const API_VERSION: &str = "2022-11-28";
/// Characters of an issue's title; longer ones are answered with 422.
const MAX_TITLE: usize = 256;
/// Characters of an issue's body; longer ones are answered with 422.
const MAX_BODY: usize = 65_536;
/// Characters of an idempotency key, which is longer than what stands for it in a payload.
const KEY_LENGTH: usize = 64;
/// Issues that a check reads, the newest first: one page, which stays below what is read of an
/// answer, and is far more than a repository gets while a delivery is retried.
const ISSUES_LOOKED_AT: usize = 50;
/// What to wait at a rate limit that names no time (*Rate limits for the REST API*: at least a
/// minute).
const WAIT_AT_LIMIT: Duration = Duration::from_secs(60);

const MANNERS: Manners = Manners {
    at_limit,
    ..STANDARD
};

/// The connector.
pub struct GitHubConnector {
    net: Arc<Net>,
    clock: Clock,
}

impl GitHubConnector {
    /// A connector over these endpoints.
    pub fn new(net: Arc<Net>, clock: Clock) -> Self {
        Self { net, clock }
    }

    fn with<'a>(&self, action: &'a Action) -> Result<With<'a>, Vec<String>> {
        let required = ["endpoint", "repository", "title", "body"];
        let with = With::read(action, &required, &["labels"])?;
        let mut problems = Vec::new();
        if let Err(why) = self.net.url(with.need("endpoint"), "/") {
            problems.push(format!("with.endpoint: {why}"));
        }
        let repository = with.need("repository");
        let is_name = |name: &str| {
            let letter = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
            !matches!(name, "" | "." | "..") && name.bytes().all(letter)
        };
        match repository.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => {}
            _ => problems.push(format!(
                "with.repository: {repository:?} is not a repository; write it as owner/name"
            )),
        }
        problems.extend(with.fixed("labels").err());
        if problems.is_empty() {
            Ok(with)
        } else {
            Err(problems)
        }
    }

    fn fill(&self, with: &With<'_>, values: &Values) -> Result<Payload, String> {
        let text = |key: &str| {
            let source = with.need(key);
            let text = values.defused(source, defused);
            text.map_err(|why| format!("with.{key}: {why}"))
        };
        let title = text("title")?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if title.is_empty() {
            return Err("with.title: it gives an empty text".into());
        }
        let marker = marker(KEY_PLACEHOLDER);
        let room = MAX_BODY - marker.len() - KEY_LENGTH;
        let mut issue = json!({
            "title": cut(&title, MAX_TITLE),
            "body": format!("{}\n\n{marker}", cut(&text("body")?, room)),
        });
        let labels = with.fixed("labels")?.unwrap_or_default().split(',');
        let labels: Vec<&str> = labels.map(str::trim).filter(|l| !l.is_empty()).collect();
        if !labels.is_empty() {
            issue["labels"] = labels.into();
        }
        let path = format!("/repos/{}/issues", with.need("repository"));
        let url = self.net.url(with.need("endpoint"), &path)?;
        let summary = format!("POST {} {path}", with.need("endpoint"));
        json_payload(summary, "POST", url, &issue)
    }

    async fn ask(&self, with: &With<'_>, request: Request) -> Result<Value, CheckOutcome> {
        let request = versioned(request);
        document(self.net.send(with.need("endpoint"), request).await)
    }

    /// Looks for the issue that this delivery opened.
    async fn look(&self, with: &With<'_>, issues: &str, key: &str) -> CheckOutcome {
        let newest =
            format!("{issues}?state=all&sort=created&direction=desc&per_page={ISSUES_LOOKED_AT}");
        let marker = marker(key);
        let found = match self.ask(with, reading(newest)).await {
            Ok(Value::Array(found)) => found,
            Ok(_) => return CheckOutcome::CannotTell("the list of issues is none".into()),
            Err(outcome) => return outcome,
        };
        let ours = found.iter().find(|issue| {
            issue["body"]
                .as_str()
                .is_some_and(|body| body.contains(&marker))
        });
        match ours {
            Some(issue) => CheckOutcome::Confirmed {
                said: format!("issue {} is there", issue["number"]),
                reference: place(issue),
            },
            None => CheckOutcome::Denied(format!(
                "it is not among the newest {ISSUES_LOOKED_AT} issues"
            )),
        }
    }
}

#[async_trait::async_trait]
impl Connector for GitHubConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "github",
            version: 1,
            risk: Risk::Low,
            undo: true,
        }
    }

    fn problems(&self, action: &Action) -> Vec<String> {
        let values = Values::sample(&action.reaches);
        problems(self.with(action), |with| self.fill(with, &values))
    }

    fn render(
        &self,
        action: &Action,
        context: &RenderContext<'_>,
    ) -> Result<Rendered, RenderError> {
        rendered(action, context, self.with(action), |with, values| {
            self.fill(with, values)
        })
    }

    fn accepts_edit(&self, part: &str, value: &str) -> Result<(), String> {
        let issue = edited(part, value)?;
        let text = |key: &str| issue[key].as_str().unwrap_or_default();
        if !only(&issue, &["title", "body", "labels"]) {
            return Err("an issue has title, body and labels, and nothing else here".into());
        }
        if text("title").trim().is_empty() || text("title").chars().count() > MAX_TITLE {
            return Err(format!("the title has to have 1 to {MAX_TITLE} characters"));
        }
        if text("body").chars().count() > MAX_BODY - KEY_LENGTH {
            return Err(format!("the body may have {MAX_BODY} characters"));
        }
        if !text("body").ends_with(&marker(KEY_PLACEHOLDER)) {
            return Err("the body has to keep its last line, by which the issue is found".into());
        }
        Ok(())
    }

    fn repeats_are_safe(&self, _action: &Action) -> bool {
        false
    }

    async fn deliver(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> DeliveryOutcome {
        let (with, request) = match keyed(self.with(action), payload, idempotency_key) {
            Ok((with, request)) => (with, versioned(request)),
            Err(outcome) => return outcome,
        };
        let (method, url) = (request.method, request.url.clone());
        let now = (self.clock)();
        let came = self.net.send(with.need("endpoint"), request).await;
        if let Ok(response) = &came
            && method == Method::Post
            && matches!(response.status, 500 | 503)
        {
            let why = format!("it answered {}", response.status);
            return match self.look(&with, &url, idempotency_key).await {
                CheckOutcome::Confirmed { reference, .. } => {
                    DeliveryOutcome::Delivered { reference }
                }
                CheckOutcome::Denied(said) => DeliveryOutcome::Retry {
                    why: format!("{why}, and {said}"),
                    after: asked_wait(response, now),
                },
                CheckOutcome::CannotTell(_) => DeliveryOutcome::Unknown { why },
            };
        }
        outcome(came, MANNERS, now, |response| match json(response) {
            Some(issue) => place(&issue),
            None => response.header("location").unwrap_or_default().to_owned(),
        })
    }

    async fn check(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> CheckOutcome {
        let with = match self.with(action) {
            Ok(with) => with,
            Err(problems) => return CheckOutcome::CannotTell(problems.join("; ")),
        };
        let url = payload.part("url").unwrap_or_default();
        if payload.part("method") == Some("POST") {
            return self.look(&with, url, idempotency_key).await;
        }
        match self.ask(&with, reading(url)).await {
            Ok(issue) if issue["state"] == "closed" => CheckOutcome::Confirmed {
                said: format!("issue {} is closed", issue["number"]),
                reference: place(&issue),
            },
            Ok(issue) => CheckOutcome::Denied(format!("issue {} is open", issue["number"])),
            Err(outcome) => outcome,
        }
    }

    fn undo(&self, action: &Action, delivered: &Delivery) -> Result<Payload, RenderError> {
        let with = self.with(action).map_err(RenderError::of)?;
        let DeliveryState::Delivered { reference, .. } = &delivered.state else {
            return Err(RenderError("no issue was opened".into()));
        };
        let number = reference.rsplit('/').next().unwrap_or_default();
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RenderError(
                "the number of the issue is not known; close it by hand".into(),
            ));
        }
        let path = format!("/repos/{}/issues/{number}", with.need("repository"));
        let url = self.net.url(with.need("endpoint"), &path);
        let closed = json!({ "state": "closed", "state_reason": "not_planned" });
        let summary = format!("PATCH {} {path}: close it", with.need("endpoint"));
        url.and_then(|url| json_payload(summary, "PATCH", url, &closed))
            .map_err(RenderError)
    }
}

fn versioned(mut request: Request) -> Request {
    let accept = "application/vnd.github+json";
    request.headers.retain(|(name, _)| name != "accept");
    request.headers.push(("accept".into(), accept.into()));
    let version = ("x-github-api-version".to_owned(), API_VERSION.to_owned());
    request.headers.push(version);
    request
}

/// What marks the issue of one delivery.
fn marker(key: &str) -> String {
    format!("<!-- medic:{key} -->")
}

/// Where people find the issue.
fn place(issue: &Value) -> String {
    issue["html_url"].as_str().unwrap_or_default().to_owned()
}

/// A value that mentions nobody, embeds nothing and hides nothing.
fn defused(value: &str) -> String {
    value
        .replace('@', "@\u{200b}")
        .replace("<!--", "&lt;!--")
        .replace("![", "!\u{200b}[")
}

/// How long to wait, if the answer says that a rate limit is reached, primary or secondary.
fn at_limit(response: &Response, now: jiff::Timestamp) -> Option<Duration> {
    let spent = response.header("x-ratelimit-remaining") == Some("0");
    let asked = asked_wait(response, now);
    let says_so = || {
        let body = response.body.as_deref().unwrap_or_default();
        let text = String::from_utf8_lossy(body).to_lowercase();
        text.contains("rate limit")
    };
    match response.status {
        429 => {}
        403 if spent || asked.is_some() || says_so() => {}
        _ => return None,
    }
    let reset = response.header("x-ratelimit-reset").filter(|_| spent);
    let until_reset = reset.and_then(|at| Some(until(at.parse().ok()?, now)));
    Some(asked.or(until_reset).unwrap_or(WAIT_AT_LIMIT))
}
