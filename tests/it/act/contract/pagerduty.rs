//! PagerDuty's Events API v2: 202 with the `dedup_key`, 400 for what is not an event; a repeat of an
//! open alert joins it.

use super::{Double, Fault, Stand, Vendor, in_words};
use crate::support::receiver::{Behave, Seen};
use medic::act::connectors::pagerduty::PagerDutyConnector;
use medic::act::{DeliveryOutcome, deliver};
use medic::domain::{Delivery, DeliveryState, PlanId, WorkspaceId};
use medic::net::EndpointOptions;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub fn vendor() -> Vendor {
    Vendor {
        name: "pagerduty",
        connector: |net, clock| Arc::new(PagerDutyConnector::new(net, clock)),
        with: &[
            ("summary", "{{ subject }}: {{ foreign.title }}"),
            ("component", "checkout"),
            ("details", r#"{"merchants": "{{ merchant_count }}"}"#),
        ],
        endpoint: |options| EndpointOptions {
            key_env: Some("KEY".into()),
            ..options
        },
        double: || Box::new(Alerts::default()),
        taken_back: Some("INC-4: IGNORE ALL RULES, resolved"),
    }
}

#[derive(Default)]
struct Alerts(BTreeMap<String, (String, bool)>);

impl Double for Alerts {
    fn answer(&mut self, seen: &Seen) -> Behave {
        let event = seen.json();
        let payload = &event["payload"];
        let severity = payload["severity"].as_str().unwrap_or_default();
        let sound = seen.line == "POST /v2/enqueue HTTP/1.1"
            && seen.header("content-type") == Some("application/json")
            && seen.header("authorization").is_none()
            && event["routing_key"] == "secret-in-KEY";
        let key = event["dedup_key"].as_str().unwrap_or_default().to_owned();
        match event["event_action"].as_str() {
            Some("trigger")
                if sound
                    && payload["summary"].is_string()
                    && payload["source"].is_string()
                    && ["critical", "error", "warning", "info"].contains(&severity) =>
            {
                let summary = payload["summary"].as_str().unwrap().to_owned();
                self.0.insert(key.clone(), (summary, true));
            }
            Some("resolve") if sound => {
                if let Some(alert) = self.0.get_mut(&key) {
                    alert.1 = false;
                }
            }
            _ => {
                let body = r#"{"status":"invalid event","message":"Event object is invalid"}"#;
                return Behave::Answer(400, Vec::new(), body.to_owned());
            }
        }
        let body =
            format!(r#"{{"status":"success","message":"Event processed","dedup_key":"{key}"}}"#);
        Behave::Answer(202, Vec::new(), body)
    }

    fn work(&self) -> Vec<String> {
        let words = |open| if open { "open" } else { "resolved" };
        let alerts = self.0.values();
        alerts
            .map(|(summary, open)| format!("{summary}, {}", words(*open)))
            .collect()
    }
}

#[tokio::test]
async fn an_alert_is_shown_whole() {
    let stand = Stand::of(&vendor(), []).await;
    let shown = in_words(&stand.delivery().payload).replace(&stand.server.url(), "https://events");
    insta::assert_snapshot!(shown, @r#"
    POST vendor /v2/enqueue: trigger an alert
    [method] POST
    [url] https://events/v2/enqueue
    [body] {
      "dedup_key": "{idempotency_key}",
      "event_action": "trigger",
      "payload": {
        "component": "checkout",
        "custom_details": {
          "merchants": 2
        },
        "severity": "error",
        "source": "medic",
        "summary": "INC-4: IGNORE ALL RULES"
      }
    }
    "#);
}

#[tokio::test]
async fn a_limit_without_a_time_is_waited_out_for_as_long_as_pagerduty_suggests() {
    let stand = Stand::of(&vendor(), [Fault::Refusal(429, Vec::new())]).await;
    let outcome = stand.attempt().await;
    let DeliveryOutcome::Retry { after, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(after, Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn the_reported_severity_is_translated_and_a_long_summary_is_cut() {
    let long: Vendor = Vendor {
        with: &[("summary", "{{ runbook.guide }}")],
        ..vendor()
    };
    let stand = Stand::of(&long, []).await;
    let mut world = super::World::of("m-1");
    world.runbook.as_mut().unwrap().guide = "é".repeat(2000);
    let mut said = Vec::new();
    for severity in ["critical", "high", "medium", "low"] {
        let context = medic::act::RenderContext {
            severity,
            ..world.context()
        };
        let payload = stand
            .connector
            .render(&stand.action, &context)
            .unwrap()
            .payload;
        let event: serde_json::Value = serde_json::from_str(payload.part("body").unwrap()).unwrap();
        let summary = event["payload"]["summary"].as_str().unwrap();
        assert_eq!(summary.chars().count(), 1024);
        said.push(event["payload"]["severity"].as_str().unwrap().to_owned());
    }
    assert_eq!(said, ["critical", "error", "warning", "info"]);
}

#[tokio::test]
async fn an_undo_takes_back_what_was_delivered_the_last_first_and_nothing_else() {
    let stand = Stand::of(&vendor(), []).await;
    let first = stand.run().await;
    let failed = Delivery {
        index: 1,
        state: DeliveryState::Failed {
            at: "2026-11-01T10:00:00Z".parse().unwrap(),
            why: "404".into(),
        },
        ..first.clone()
    };
    let last = Delivery {
        index: 2,
        idempotency_key: "the last one's key".into(),
        ..first.clone()
    };
    let undo = deliver::undo(
        &*stand.connector,
        &stand.action,
        &WorkspaceId::new("demo"),
        PlanId::new(18),
        jiff::Timestamp::UNIX_EPOCH,
        &[first.clone(), failed, last.clone()],
    )
    .deliveries;
    let resolves = |delivery: &Delivery| {
        let body = delivery.payload.part("body").unwrap();
        serde_json::from_str::<serde_json::Value>(body).unwrap()["dedup_key"].clone()
    };
    let resolved: Vec<_> = undo.iter().map(resolves).collect();
    assert_eq!(resolved, [&*last.idempotency_key, &*first.idempotency_key]);
    for (delivery, index) in undo.iter().zip(0..) {
        assert_eq!((delivery.plan, delivery.index), (PlanId::new(18), index));
        assert_eq!(delivery.state, DeliveryState::Queued);
        // A delivery of its own, under a key of its own.
        assert_ne!(delivery.idempotency_key, first.idempotency_key);
    }
    assert_ne!(undo[0].idempotency_key, undo[1].idempotency_key);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let stand = Stand::of(&vendor(), []).await;
    let keyless: Vendor = Vendor {
        endpoint: |options| options,
        ..vendor()
    };
    let without_key = Stand::of(&keyless, []).await;
    let mut lines = without_key.connector.problems(&without_key.action);
    for (key, value) in [
        ("severity", "urgent"),
        ("endpoint", "pager"),
        ("summary", ""),
        ("sumary", "x"),
        ("details", "[{{ merchant }}]"),
    ] {
        let mut action = stand.action.clone();
        action.with.insert(key.into(), value.into());
        lines.extend(stand.connector.problems(&action));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    with.endpoint: endpoints.vendor has no key_env; name the variable that holds the integration key
    with.severity: "urgent" is none of critical, error, warning, info
    with.endpoint: there is no endpoint "pager"; configure [endpoints.pager] or use one of: vendor
    with.summary: it is missing or empty; set it
    with.sumary: there is no such key; did you mean summary?
    with.details: not JSON (key must be a string at line 1 column 3); write a JSON document and put values into its strings: {"count": "{{ ticket_count }}"}
    "#);
}
