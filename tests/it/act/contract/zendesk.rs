//! Zendesk's Ticketing API: a ticket, its audits, and updates that are refused with 409 when
//! `updated_stamp` is not the ticket's `updated_at`.

use super::{Double, Fault, Stand, Vendor, World, in_words};
use crate::support::receiver::{Behave, Seen};
use base64::Engine as _;
use medic::act::connectors::zendesk::ZendeskConnector;
use medic::act::{DeliveryOutcome, deliver};
use medic::domain::{DeliveryState, PlanId, SourceName, WorkspaceId};
use medic::net::EndpointOptions;
use serde_json::{Value, json};
use std::sync::Arc;

/// A private comment.
pub fn vendor() -> Vendor {
    Vendor {
        name: "zendesk",
        connector: |net, clock| Arc::new(ZendeskConnector::new(net, clock)),
        with: &[
            ("ticket", "{{ reported.zendesk }}"),
            ("comment", "{{ runbook.safe_sentence }} ({{ subject }})"),
        ],
        endpoint: signed_in,
        double: || Box::new(Ticket::new()),
        taken_back: None,
    }
}

/// An assignment to an agent and a group.
pub fn assignment() -> Vendor {
    Vendor {
        with: &[
            ("ticket", "{{ reported.zendesk }}"),
            ("assignee_id", "77"),
            ("group_id", "9"),
        ],
        taken_back: Some("assignee 12, group null"),
        ..vendor()
    }
}

fn signed_in(options: EndpointOptions) -> EndpointOptions {
    EndpointOptions {
        user: Some("ana@shop.example/token".into()),
        password_env: Some("API_TOKEN".into()),
        ..options
    }
}

struct Ticket {
    assignee: Value,
    group: Value,
    updates: u32,
    audits: Vec<Value>,
    comments: Vec<String>,
}

impl Ticket {
    fn new() -> Self {
        Self {
            assignee: 12.into(),
            group: Value::Null,
            updates: 0,
            audits: Vec::new(),
            comments: Vec::new(),
        }
    }

    fn updated_at(&self) -> String {
        format!("2026-11-01T09:00:{:02}Z", self.updates)
    }

    fn json(&self) -> Value {
        json!({
            "id": 35, "status": "open", "updated_at": self.updated_at(),
            "assignee_id": self.assignee, "group_id": self.group,
        })
    }

    fn update(&mut self, change: &Value) -> Behave {
        let json = |status, body: &Value| Behave::Answer(status, Vec::new(), body.to_string());
        if change["safe_update"] == true && change["updated_stamp"] != self.updated_at() {
            let body = json!({ "error": "UpdateConflict",
                "description": "Safe Update prevented the update due to outdated ticket data." });
            return json(409, &body);
        }
        let mut events = Vec::new();
        if let Some(text) = change["comment"]["body"].as_str() {
            let public = change["comment"]["public"] != false;
            let kind = if public { "public" } else { "private" };
            self.comments.push(format!("{kind}: {text}"));
            events.push(json!({ "type": "Comment", "body": text, "public": public }));
        }
        for (key, field) in [
            ("assignee_id", &mut self.assignee),
            ("group_id", &mut self.group),
        ] {
            let Some(wanted) = change.get(key).filter(|wanted| *wanted != field) else {
                continue;
            };
            // Audits give numbers as texts.
            let as_text = |value: &Value| value.as_u64().map(|number| number.to_string());
            events.push(json!({ "type": "Change", "field_name": key,
                "value": as_text(wanted), "previous_value": as_text(field) }));
            *field = wanted.clone();
        }
        self.updates += 1;
        let audit = json!({ "id": 2000 + self.updates, "ticket_id": 35, "events": events,
            "metadata": { "custom": change["metadata"], "system": {} } });
        self.audits.push(audit.clone());
        json(200, &json!({ "ticket": self.json(), "audit": audit }))
    }
}

impl Double for Ticket {
    fn answer(&mut self, seen: &Seen) -> Behave {
        let json = |status, body: &Value| Behave::Answer(status, Vec::new(), body.to_string());
        let login = "ana@shop.example/token:secret-in-API_TOKEN";
        let login = base64::engine::general_purpose::STANDARD.encode(login);
        if seen.header("authorization") != Some(&format!("Basic {login}")) {
            return json(401, &json!({ "error": "Couldn't authenticate you" }));
        }
        let (path, query) = seen.path().split_once('?').unwrap_or((seen.path(), ""));
        match (seen.method(), path) {
            ("GET", "/api/v2/tickets/35.json") => json(200, &json!({ "ticket": self.json() })),
            ("GET", "/api/v2/tickets/35/audits.json") => {
                // Pages of one audit each, though a hundred are asked for.
                let at = query
                    .strip_prefix("page%5Bsize%5D=100")
                    .unwrap()
                    .strip_prefix("&page%5Bafter%5D=c%3D")
                    .map_or(0, |cursor| cursor.parse::<usize>().unwrap());
                let page: Vec<&Value> = self.audits.iter().skip(at).take(1).collect();
                let more = at + 1 < self.audits.len();
                let meta = json!({ "has_more": more, "after_cursor": format!("c={}", at + 1) });
                json(200, &json!({ "audits": page, "meta": meta }))
            }
            ("PUT", "/api/v2/tickets/35.json") => self.update(&seen.json()["ticket"]),
            _ => json(404, &json!({ "error": "RecordNotFound" })),
        }
    }

    fn work(&self) -> Vec<String> {
        let mut work = self.comments.clone();
        if self.audits.len() > self.comments.len() {
            work.push(format!("assignee {}, group {}", self.assignee, self.group));
        }
        work
    }
}

#[tokio::test]
async fn an_update_is_shown_whole() {
    let mut shown = Vec::new();
    for vendor in [vendor(), assignment()] {
        let stand = Stand::of(&vendor, []).await;
        shown
            .push(in_words(&stand.delivery().payload).replace(&stand.server.url(), "https://desk"));
    }
    insta::assert_snapshot!(shown.join("\n"), @r#"
    PUT vendor /api/v2/tickets/35.json: comment
    [method] PUT
    [url] https://desk/api/v2/tickets/35.json
    [body] {
      "ticket": {
        "comment": {
          "body": "We are looking into it. (INC-4)",
          "public": false
        },
        "metadata": {
          "medic_key": "{idempotency_key}"
        },
        "safe_update": true,
        "updated_stamp": "{updated_stamp}"
      }
    }
    PUT vendor /api/v2/tickets/35.json: assignee_id, group_id
    [method] PUT
    [url] https://desk/api/v2/tickets/35.json
    [body] {
      "ticket": {
        "assignee_id": 77,
        "group_id": 9,
        "metadata": {
          "medic_key": "{idempotency_key}"
        },
        "safe_update": true,
        "updated_stamp": "{updated_stamp}"
      }
    }
    "#);
}

#[tokio::test]
async fn a_repeat_finds_its_own_update_and_writes_nothing() {
    let stand = Stand::of(&assignment(), []).await;
    let first = stand.attempt().await;
    let again = stand.attempt().await;
    assert_eq!(first, again);
    let reference = "ticket 35, before: assignee_id 12, group_id none".to_owned();
    assert_eq!(first, DeliveryOutcome::Delivered { reference });
    assert_eq!(stand.writes().len(), 1);
}

#[tokio::test]
async fn what_somebody_wrote_meanwhile_is_not_overwritten() {
    let stand = Stand::of(&vendor(), [Fault::Refusal(409, Vec::new())]).await;
    let outcome = stand.attempt().await;
    let DeliveryOutcome::Retry { why, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        why,
        "it answered 409 (conflict): somebody else wrote into the ticket meanwhile"
    );
    let end = stand.run().await;
    assert!(
        matches!(end.state, DeliveryState::Delivered { .. }),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_ticket_that_is_not_there_or_not_a_number_is_not_written_to() {
    let missing: Vendor = Vendor {
        with: &[("ticket", "36"), ("comment", "Hello")],
        ..vendor()
    };
    let stand = Stand::of(&missing, []).await;
    let outcome = stand.attempt().await;
    assert!(
        matches!(&outcome, DeliveryOutcome::Failed { why } if why.contains("404")),
        "{outcome:?}"
    );
    assert!(stand.writes().is_empty());
    let stand = Stand::of(&vendor(), []).await;
    let mut world = World::of("m-1");
    for id in ["35/../../users/1", "35.json?x=", "", "thirty-five"] {
        world.reported = [(SourceName::new("zendesk"), id.into())].into();
        let rendered = stand.connector.render(&stand.action, &world.context());
        let why = rendered.unwrap_err().to_string();
        assert!(why.contains("not the number of a ticket"), "{id}: {why}");
    }
    // The same number at another source is another ticket.
    world.reported = [(SourceName::new("discord"), "35".into())].into();
    let rendered = stand.connector.render(&stand.action, &world.context());
    insta::assert_snapshot!(rendered.unwrap_err().to_string(), @"guide for merchant m-1: with.ticket: reported.zendesk has no value: no verified ticket of theirs came from that source");
}

#[tokio::test]
async fn an_assignment_that_was_so_before_is_not_taken_back() {
    let same: Vendor = Vendor {
        with: &[("ticket", "35"), ("assignee_id", "12")],
        ..vendor()
    };
    let stand = Stand::of(&same, [Fault::LostAnswer]).await;
    let done = stand.run().await;
    let workspace = WorkspaceId::new("demo");
    let connector = &*stand.connector;
    let undo = deliver::undo(
        connector,
        &stand.action,
        &workspace,
        PlanId::new(18),
        jiff::Timestamp::UNIX_EPOCH,
        &[done],
    );
    assert!(undo.deliveries.is_empty());
    assert_eq!(undo.kept[0].1, "it changed nothing");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let stand = Stand::of(&vendor(), []).await;
    let anonymous: Vendor = Vendor {
        endpoint: |options| options,
        ..vendor()
    };
    let anonymous = Stand::of(&anonymous, []).await;
    let mut lines = anonymous.connector.problems(&anonymous.action);
    for (key, value) in [
        ("comment", ""),
        ("public", "yes"),
        ("assignee_id", "ana"),
        ("ticket", "T-1"),
        ("ticket", "{{ team }}"),
        ("endpoint", "desk"),
    ] {
        let mut action = stand.action.clone();
        action.with.insert(key.into(), value.into());
        lines.extend(stand.connector.problems(&action));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    with.endpoint: endpoints.vendor has neither bearer_env nor user and password_env
    with.comment: an update needs comment, assignee_id or group_id, and has none
    with.public: it is neither "true" nor "false"
    with.assignee_id: it is not a number
    with.ticket: "T-1" is not the number of a ticket
    with.ticket: team has no value: it exists only for what the action's `reaches` says
    with.endpoint: there is no endpoint "desk"; configure [endpoints.desk] or use one of: vendor
    "#);
}
