//! What a source may send, what is refused and how it is told, and what becomes of the rest.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing helper fails its test"
)]

mod people;
mod refusals;

use jiff::Timestamp;
use medic::domain::{Digest, Problem, Provenance, Severity, SourceName, TicketId, WorkspaceId};
use medic::observe::intake::{
    DeliveryId, Item, Limits, MOST_ATTRIBUTES, RawTicket, SourceRules, TicketDraft, accept,
    delivery_key, merchant_id, parse_body,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson; charset=utf-8";

fn now() -> Timestamp {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

fn rules() -> SourceRules {
    SourceRules::new(WorkspaceId::new("acme"), SourceName::new("helpdesk"))
}

fn verified() -> SourceRules {
    SourceRules {
        verified_merchants: true,
        ..rules()
    }
}

fn read(body: &str) -> Result<Vec<Item>, Problem> {
    parse_body(JSON, body.as_bytes(), &Limits::default())
}

fn one(body: &Value) -> Result<TicketDraft, Problem> {
    let mut items = read(&body.to_string()).unwrap();
    assert_eq!(items.len(), 1);
    accept(items.remove(0)?, &verified(), now())
}

fn taken(body: &Value) -> TicketDraft {
    one(body).unwrap_or_else(|problem| panic!("{body}: {problem}"))
}

/// Code, place and sentence of what is wrong with a body, wherever it is found.
fn refused(content_type: &str, body: &[u8]) -> String {
    let told = |problem: Problem| format!("{}: {problem}", problem.code);
    match parse_body(content_type, body, &Limits::default()) {
        Err(problem) => told(problem),
        Ok(mut items) => {
            assert_eq!(items.len(), 1, "one item");
            let draft = items
                .remove(0)
                .and_then(|raw| accept(raw, &verified(), now()));
            told(draft.err().expect("refused"))
        }
    }
}

fn seed() -> Value {
    json!({
        "ticket_id": "SEED-7", "merchant_id": "M123", "timestamp": "2026-03-10T13:04:01.190+02:00",
        "issue": "Cart items disappearing", "merchant_message": "Items vanish in checkout.",
        "error_log": "SessionError: cookie format", "severity": "high", "category": "cart",
        "migration_stage": "pre-migration", "checkout_failures": 14, "affected_customers": 3,
        "channel": "phone",
    })
}

#[test]
fn the_seeds_ticket_is_taken_as_it_is() {
    let draft = taken(&seed());
    let ticket = draft.clone().into_ticket(TicketId::new(1));
    assert_eq!(ticket.external_id.as_deref(), Some("SEED-7"));
    assert_eq!(ticket.merchant.as_ref().unwrap().id.as_str(), "M123");
    assert_eq!(
        ticket.merchant.as_ref().unwrap().provenance,
        Provenance::Verified
    );
    assert_eq!(
        ticket.occurred_at,
        "2026-03-10T11:04:01.190Z".parse().unwrap()
    );
    assert_eq!(ticket.received_at, now());
    assert_eq!(ticket.severity, Severity::High);
    assert_eq!(
        (ticket.checkout_failures, ticket.affected_customers),
        (14, 3)
    );
    assert_eq!(ticket.attributes["channel"], "phone");
    assert!(ticket.redacted.is_empty());
}

#[test]
fn one_text_is_enough() {
    let draft = taken(&json!({"merchant_message": "help"}));
    assert_eq!(draft.occurred_at, now());
    assert_eq!(draft.severity, Severity::Medium);
    assert_eq!(
        (draft.external_id, draft.merchant, draft.identity),
        (None, None, None)
    );
    assert_eq!(taken(&json!({"issue": "help"})).issue, "help");
    // What is null or empty was left out.
    let sparse = json!({"issue": "x", "ticket_id": null, "merchant_id": "", "timestamp": "",
        "severity": "", "error_log": null, "checkout_failures": null, "contact": ""});
    assert_eq!(taken(&sparse).merchant, None);
}

#[test]
fn an_object_an_array_and_lines_are_the_same_tickets() {
    let tickets = [
        json!({"issue": "a"}),
        json!({"issue": "b", "x": {"y": "}\n{"}}),
    ];
    let array = json!(tickets).to_string();
    let pretty = serde_json::to_string_pretty(&tickets).unwrap();
    let lines = format!("\n{}\r\n\n{}", tickets[0], tickets[1]);
    let wanted = read(&array).unwrap();
    assert_eq!(wanted.len(), 2);
    for (content_type, body) in [
        (JSON, pretty),
        (JSON, lines.clone()),
        ("", lines.clone()),
        (LINES, lines),
    ] {
        let items = parse_body(content_type, body.as_bytes(), &Limits::default()).unwrap();
        assert!(items == wanted, "{content_type} {body}");
    }
    assert_eq!(read("\u{feff}{\"issue\":\"a\"}").unwrap().len(), 1);
}

#[test]
fn a_bad_item_never_costs_the_good_ones() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = "x".repeat(70_000);
    let array = format!(
        r#"[{{"issue":"good"}},7,{{"issue":"b","issue":"c"}},{{"issue":"d","x":{deep}}},
            {{"issue":"e","severity":"bad"}},{{"issue":"{long}"}},{{"issue":"\ud800"}},{{"issue":"fine"}}]"#
    );
    let told = |items: Vec<Item>| {
        items
            .into_iter()
            .map(|item| match item {
                Ok(raw) => format!("ok {}", raw.issue),
                Err(problem) => format!("{:?} {} {}", problem.index, problem.field, problem.code),
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(told(read(&array).unwrap()), @"
    ok good
    Some(1)  wrong_type
    Some(2) issue duplicate_key
    Some(3)  too_large
    Some(4) severity unknown_severity
    Some(5)  too_large
    Some(6)  invalid_unicode
    ok fine
    ");
    let lines = b"{\"issue\":\"good\"}\nnot json\n{\"issue\":\"\xff\"}\n{\"issue\":1}\n{\"issue\":\"a\"} {}\n{\"issue\":\"fine\"}";
    insta::assert_snapshot!(told(parse_body(LINES, lines, &Limits::default()).unwrap()), @"
    ok good
    Some(1)  malformed_json
    Some(2)  invalid_utf8
    Some(3) issue wrong_type
    Some(4)  malformed_json
    ok fine
    ");
}

#[test]
fn times_are_moments_near_their_arrival() {
    let at = |text: &str| one(&json!({"issue": "a", "timestamp": text}));
    for text in [
        "2026-03-10T12:00:00Z",
        "2026-03-10t12:00:00.123456789z",
        "2016-03-12 00:00:00+14:00",
        "2026-03-11T13:00:00-00:30",
    ] {
        assert!(at(text).is_ok(), "{text}");
    }
    for text in [
        "2026-03-10T12:00:00",
        "2026-03-10",
        "1773144000",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "+275760-09-13T00:00:00Z",
        "-2026-01-01T00:00:00Z",
        "２０２６-03-10T12:00:00Z",
        "2026-03-10T12:00:00+25:00",
        "2026-03-10T12:00:00Z[UTC]",
        "2026-03-10T25:00:00Z",
        "2026-03-12T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "2026-03-10T12:00:00.Z",
    ] {
        assert_eq!(
            at(text).err().map(|p| (p.field, p.code)),
            Some(("timestamp".into(), "bad_time")),
            "{text}"
        );
    }
    let problem = at("2031-01-01T00:00:00Z").err().unwrap();
    insta::assert_snapshot!(problem, @"field timestamp: 2031-01-01T00:00:00Z lies too far ahead of 2026-03-10T12:00:00Z, when the ticket came; mend the clock or the time zone, or leave the field out");
}

#[test]
fn a_repeat_has_the_same_keys_and_another_ticket_has_others() {
    let first = taken(&seed());
    assert_eq!(first.identity, taken(&seed()).identity);
    assert_eq!(first.content_digest, taken(&seed()).content_digest);
    let mut other = seed();
    other["merchant_message"] = json!("Items vanish at checkout.");
    // Whoever reads the records can compute it from the ticket, without Medic.
    let content = json!({
        "issue": first.issue, "merchant_message": first.merchant_message, "error_log": first.error_log,
        "category": first.category, "migration_stage": first.migration_stage,
        "severity": first.severity, "checkout_failures": 14, "affected_customers": 3,
        "merchant": first.merchant, "occurred_at": first.occurred_at, "attributes": {"channel": "phone"},
    });
    assert_eq!(first.content_digest, Digest::of_json(&content));
    assert_eq!(first.identity, taken(&other).identity);
    assert_ne!(first.content_digest, taken(&other).content_digest);

    let later = |hour: &str| {
        let raw = RawTicket {
            issue: "a".into(),
            ..RawTicket::default()
        };
        let now = format!("2026-03-10T{hour}:00:00Z").parse().unwrap();
        accept(raw, &verified(), now).unwrap().content_digest
    };
    assert_eq!(later("10"), later("11"));

    let raw = RawTicket {
        ticket_id: "SEED-7".into(),
        issue: "a".into(),
        ..RawTicket::default()
    };
    let elsewhere = SourceRules::new(WorkspaceId::new("acme"), SourceName::new("other"));
    let team = SourceRules::new(WorkspaceId::new("beta"), SourceName::new("helpdesk"));
    for rules in [elsewhere, team] {
        assert_ne!(
            accept(raw.clone(), &rules, now()).unwrap().identity,
            first.identity
        );
    }

    let (team, source) = (WorkspaceId::new("acme"), SourceName::new("helpdesk"));
    let body = Digest::of("{}");
    let key = |id: DeliveryId<'_>| delivery_key(&team, &source, id);
    assert_eq!(
        key(DeliveryId::Signed("d-1")),
        key(DeliveryId::Signed("d-1"))
    );
    assert_ne!(
        key(DeliveryId::Signed("d-1")),
        key(DeliveryId::Signed("d-2"))
    );
    assert_ne!(
        key(DeliveryId::Body(body)),
        key(DeliveryId::Signed(&body.to_string()))
    );
    assert_ne!(Some(key(DeliveryId::Signed("SEED-7"))), first.identity);
}

/// JSON, and what is nearly JSON.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"{\"issue\":\"a\"}".to_vec()),
        Just(b"{\"issue\":".to_vec()),
        Just(b"\"\\ud83d\\ude00\"".to_vec()),
        Just(b"\"\\u".to_vec()),
        Just(b"[[[{\"a\":1}]]".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\"timestamp\":\"2026-03-10T12:00:00Z\",".to_vec()),
        Just(b"-1.5e+9".to_vec()),
        "[\\[\\]{}:,\" \\\\tfn0-9-]{1,4}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_panic(body in nearly_json(), lines in any::<bool>()) {
        let content_type = if lines { LINES } else { "" };
        if let Ok(items) = parse_body(content_type, &body, &Limits::default()) {
            for raw in items.into_iter().flatten() {
                let _ = accept(raw, &rules(), now());
            }
        }
    }

    #[test]
    fn what_another_writer_wrote_is_read_alike(
        issue in "[a-z]\\PC{0,40}",
        name in "[a-z]{1,8}_x",
        whole in -9_007_199_254_740_991_i64..=9_007_199_254_740_991,
        text in "\\PC{0,20}[\n\t\"\\\\/]{0,3}",
    ) {
        let body = json!({"issue": issue, name.clone(): {"n": whole, "t": [text, null, true]}});
        let compact = read(&body.to_string()).unwrap().remove(0).unwrap();
        let pretty = read(&serde_json::to_string_pretty(&body).unwrap()).unwrap().remove(0).unwrap();
        prop_assert!(compact == pretty);
        prop_assert_eq!(&compact.attributes[&name], &body[&name]);
        prop_assert_eq!(compact.issue, issue);
    }

    #[test]
    fn json_is_what_others_call_json(body in nearly_json()) {
        let theirs = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
        match parse_body(JSON, &body, &Limits::default()) {
            Ok(items) if items.len() == 1 => prop_assert!(theirs || body.starts_with(b"\xef\xbb\xbf")),
            Ok(_) => {}
            Err(problem) => prop_assert!(!theirs || problem.code == "empty"),
        }
    }
}
