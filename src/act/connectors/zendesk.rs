//! Zendesk tickets: a comment, an assignment, or both in one update; an assignment is taken back by
//! restoring the one before.
//!
//! After Zendesk's developer documentation, *Tickets: Update Ticket*, *Creating and updating
//! tickets* (Protecting against ticket update collisions, Setting metadata) and *Ticket Audits*
//! (developer.zendesk.com, as published in 2026). Idempotency keys exist there for creating a
//! ticket only, so an update is made idempotent with what it has: each update carries the
//! delivery's key as metadata, which stands in the audit that it leaves; before it is sent, the
//! ticket and then its audits are read; and `safe_update` with the ticket's `updated_stamp` makes
//! Zendesk refuse it (409) if anything was written in between, an earlier attempt of ours included.
//!
//! The endpoint is `https://SUBDOMAIN.zendesk.com`, with `bearer_env` for an OAuth token, or `user`
//! (`agent@example.com/token`) and `password_env` for an API token.
//!
//! | key | meaning |
//! |---|---|
//! | `endpoint` | name of an `[endpoints.NAME]` table |
//! | `ticket` | template: the ticket's number at Zendesk, such as `{{ reported.zendesk }}` |
//! | `comment` | template, may be left out |
//! | `public` | `"true"` if the requester may read the comment; without it, only agents do |
//! | `assignee_id`, `group_id` | numbers, may be left out |

use super::Clock;
use super::answers::{Manners, STANDARD, again, document, failed, outcome};
use super::sending::{KEY_PLACEHOLDER, json_payload, keyed, reading};
use super::with::{With, edited, only, problems, rendered};
use crate::act::template::Values;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{Action, Delivery, DeliveryState, Payload, Risk};
use crate::net::Net;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Stands in a payload for the ticket's `updated_at`, which is read right before the update.
const STAMP_PLACEHOLDER: &str = "{updated_stamp}";
/// Under which name the key stands in the metadata of an audit.
const METADATA_KEY: &str = "medic_key";
/// Audits of a page (*Ticket Audits*: at most 100 records per page).
const AUDITS_PER_PAGE: usize = 100;
/// Pages of audits that are read; a ticket with more updates is left to people.
const MAX_PAGES: usize = 10;
/// The two halves of an assignment.
const ASSIGNMENT: [&str; 2] = ["assignee_id", "group_id"];

const MANNERS: Manners = Manners {
    conflict: Some("somebody else wrote into the ticket meanwhile"),
    ..STANDARD
};

/// The connector.
pub struct ZendeskConnector {
    net: Arc<Net>,
    clock: Clock,
}

impl ZendeskConnector {
    /// A connector over these endpoints.
    pub fn new(net: Arc<Net>, clock: Clock) -> Self {
        Self { net, clock }
    }

    fn with<'a>(&self, action: &'a Action) -> Result<With<'a>, Vec<String>> {
        let optional = ["comment", "public", "assignee_id", "group_id"];
        let with = With::read(action, &["endpoint", "ticket"], &optional)?;
        let mut problems = Vec::new();
        match self.net.signs_in(with.need("endpoint")) {
            Ok(true) => {}
            Ok(false) => problems.push(format!(
                "with.endpoint: endpoints.{} has neither bearer_env nor user and password_env",
                with.need("endpoint")
            )),
            Err(why) => problems.push(format!("with.endpoint: {why}")),
        }
        if !matches!(with.get("public"), None | Some("true" | "false")) {
            problems.push("with.public: it is neither \"true\" nor \"false\"".into());
        }
        for key in ASSIGNMENT {
            if with.get(key).is_some_and(|id| id.parse::<u64>().is_err()) {
                problems.push(format!("with.{key}: it is not a number"));
            }
        }
        if with.get("comment").is_none() && !assigns(&with) {
            problems.push(
                "with.comment: an update needs comment, assignee_id or group_id, and has none"
                    .into(),
            );
        }
        if problems.is_empty() {
            Ok(with)
        } else {
            Err(problems)
        }
    }

    fn fill(&self, with: &With<'_>, values: &Values) -> Result<Payload, String> {
        let id = with.text("ticket", values)?.unwrap_or_default();
        let mut change = Map::new();
        if let Some(text) = with.text("comment", values)? {
            if text.trim().is_empty() {
                return Err("with.comment: it gives an empty text".into());
            }
            let public = with.get("public") == Some("true");
            change.insert("comment".into(), json!({ "body": text, "public": public }));
        }
        for key in ASSIGNMENT {
            let number = with.get(key).and_then(|id| id.parse::<u64>().ok());
            if let Some(number) = number {
                change.insert(key.into(), number.into());
            }
        }
        self.update(with, id.trim(), change)
    }

    /// One update of a ticket, guarded and marked.
    fn update(
        &self,
        with: &With<'_>,
        id: &str,
        mut change: Map<String, Value>,
    ) -> Result<Payload, String> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("with.ticket: {id:?} is not the number of a ticket"));
        }
        let what: Vec<&str> = change.keys().map(String::as_str).collect();
        let endpoint = with.need("endpoint");
        let path = format!("/api/v2/tickets/{id}.json");
        let summary = format!("PUT {endpoint} {path}: {}", what.join(", "));
        change.insert("safe_update".into(), true.into());
        change.insert("updated_stamp".into(), STAMP_PLACEHOLDER.into());
        change.insert("metadata".into(), json!({ METADATA_KEY: KEY_PLACEHOLDER }));
        let url = self.net.url(endpoint, &path)?;
        json_payload(summary, "PUT", url, &json!({ "ticket": change }))
    }

    /// Looks for the audit that this delivery left.
    async fn look(&self, with: &With<'_>, ticket: &str, key: &str) -> CheckOutcome {
        let audits = ticket.trim_end_matches(".json");
        let mut after = String::new();
        for _ in 0..MAX_PAGES {
            let url = format!("{audits}/audits.json?page%5Bsize%5D={AUDITS_PER_PAGE}{after}");
            let page = match self.read(with, url).await {
                Ok(page) => page,
                Err(outcome) => return outcome,
            };
            let list = page["audits"].as_array();
            let ours = list
                .into_iter()
                .flatten()
                .find(|audit| audit["metadata"]["custom"][METADATA_KEY] == key);
            if let Some(audit) = ours {
                return CheckOutcome::Confirmed {
                    said: format!("audit {} of the ticket is it", audit["id"]),
                    reference: reference(&audit["ticket_id"], &before(audit)),
                };
            }
            let next = page["meta"]["after_cursor"].as_str();
            let Some(next) = next.filter(|_| page["meta"]["has_more"] == true) else {
                return CheckOutcome::Denied("no update of the ticket carries its key".into());
            };
            after = format!(
                "&page%5Bafter%5D={}",
                crate::act::template::percent_encoded(next)
            );
        }
        let most = MAX_PAGES * AUDITS_PER_PAGE;
        CheckOutcome::CannotTell(format!("the ticket has more than {most} updates"))
    }

    async fn read(&self, with: &With<'_>, url: String) -> Result<Value, CheckOutcome> {
        document(self.net.send(with.need("endpoint"), reading(url)).await)
    }
}

#[async_trait::async_trait]
impl Connector for ZendeskConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "zendesk",
            version: 1,
            risk: Risk::Medium,
            undo: true,
        }
    }

    fn problems(&self, action: &Action) -> Vec<String> {
        let values = Values::sample_with_contact(&action.reaches, "1");
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
        let update = edited(part, value)?;
        let ticket = &update["ticket"];
        let same = ticket["safe_update"] == true
            && ticket["updated_stamp"] == STAMP_PLACEHOLDER
            && ticket["metadata"] == json!({ METADATA_KEY: KEY_PLACEHOLDER });
        let keys = ["comment", "safe_update", "updated_stamp", "metadata"];
        if !same || !only(&update, &["ticket"]) || !only(ticket, &keys) {
            return Err("only a comment can be edited".into());
        }
        let text = ticket["comment"]["body"].as_str().unwrap_or_default();
        if text.trim().is_empty() || !only(&ticket["comment"], &["body", "public"]) {
            return Err("the comment is empty, or has more than body and public".into());
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
        let (with, mut request) = match keyed(self.with(action), payload, idempotency_key) {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        let now = (self.clock)();
        // The ticket before its audits: what is written after the first is refused by the stamp,
        // what was written before stands in the second.
        let came = self.net.send(with.need("endpoint"), reading(&request.url));
        let ticket = match came.await {
            Ok(response) if response.status == 200 => document(Ok(response)),
            came => return nothing_done(outcome(came, STANDARD, now, |_| String::new())),
        };
        let Ok(Value::Object(ticket)) = ticket.map(|mut body| body["ticket"].take()) else {
            return nothing_done(DeliveryOutcome::Unknown {
                why: "the ticket cannot be read".into(),
            });
        };
        let Some(stamp) = ticket.get("updated_at").and_then(Value::as_str) else {
            return failed("the ticket has no updated_at");
        };
        match self.look(&with, &request.url, idempotency_key).await {
            CheckOutcome::Confirmed { reference, .. } => {
                return DeliveryOutcome::Delivered { reference };
            }
            CheckOutcome::Denied(_) => {}
            CheckOutcome::CannotTell(why) => {
                return again(why);
            }
        }
        request.body = request.body.replace(STAMP_PLACEHOLDER, stamp);
        let was = ASSIGNMENT.map(|key| {
            with.get(key)?;
            Some(ticket.get(key).and_then(Value::as_u64))
        });
        let came = self.net.send(with.need("endpoint"), request).await;
        outcome(came, MANNERS, now, |_| {
            let id = ticket.get("id").cloned().unwrap_or_default();
            reference(&id, &was)
        })
    }

    async fn check(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> CheckOutcome {
        match self.with(action) {
            Ok(with) => {
                let ticket = payload.part("url").unwrap_or_default();
                self.look(&with, ticket, idempotency_key).await
            }
            Err(problems) => CheckOutcome::CannotTell(problems.join("; ")),
        }
    }

    fn can_undo(&self, action: &Action) -> bool {
        self.with(action)
            .is_ok_and(|with| assigns(&with) && with.get("comment").is_none())
    }

    fn undo(&self, action: &Action, delivered: &Delivery) -> Result<Payload, RenderError> {
        let with = self.with(action).map_err(RenderError::of)?;
        if !self.can_undo(action) {
            return Err(RenderError("a comment cannot be taken back".into()));
        }
        let DeliveryState::Delivered { reference, .. } = &delivered.state else {
            return Err(RenderError("nothing was assigned".into()));
        };
        let Some((id, was)) = from_reference(reference) else {
            return Err(RenderError(
                "the assignment before is not known; restore it by hand".into(),
            ));
        };
        // Only what the action set is set back.
        let change: Map<String, Value> = ASSIGNMENT
            .into_iter()
            .zip(was)
            .filter(|(key, _)| with.get(key).is_some())
            .filter_map(|(key, was)| Some((key.to_owned(), was?.into())))
            .collect();
        if change.is_empty() {
            return Err(RenderError("it changed nothing".into()));
        }
        self.update(&with, id, change).map_err(RenderError)
    }
}

fn assigns(with: &With<'_>) -> bool {
    ASSIGNMENT.iter().any(|key| with.get(key).is_some())
}

/// What went wrong before the update was sent: it may be tried again.
fn nothing_done(outcome: DeliveryOutcome) -> DeliveryOutcome {
    match outcome {
        DeliveryOutcome::Unknown { why } => again(why),
        DeliveryOutcome::Delivered { .. } => failed("the ticket cannot be read"),
        other => other,
    }
}

/// What an assignment was: a number, nobody, or not touched.
type Was = Option<Option<u64>>;

/// The assignment before, from the changes that an audit lists.
fn before(audit: &Value) -> [Was; 2] {
    ASSIGNMENT.map(|key| {
        let mut events = audit["events"].as_array().into_iter().flatten();
        let change =
            events.rfind(|event| event["type"] == "Change" && event["field_name"] == key)?;
        // Audits give numbers as texts.
        Some(match &change["previous_value"] {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        })
    })
}

/// `ticket 35, before: assignee_id 123, group_id none`.
fn reference(id: &Value, was: &[Was; 2]) -> String {
    let [assignee, group] = was.map(|was| match was {
        Some(Some(number)) => number.to_string(),
        Some(None) => "none".to_owned(),
        None => "same".to_owned(),
    });
    format!("ticket {id}, before: assignee_id {assignee}, group_id {group}")
}

fn from_reference(reference: &str) -> Option<(&str, [Was; 2])> {
    let rest = reference.strip_prefix("ticket ")?;
    let (id, rest) = rest.split_once(", before: assignee_id ")?;
    let (assignee, group) = rest.split_once(", group_id ")?;
    let was = |text: &str| match text {
        "same" => Some(None),
        "none" => Some(Some(None)),
        number => Some(Some(Some(number.parse().ok()?))),
    };
    Some((id, [was(assignee)?, was(group)?]))
}
