//! What a source may send, what is refused and how it is told, and what becomes of the rest.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing helper fails its test"
)]

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
fn every_refusal_names_the_place_and_the_way_out() {
    let nested = |levels: usize| {
        format!(
            "{{\"issue\":\"a\",\"x\":{}{}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b" \n".to_vec()),
        ("no ticket", b"[]".to_vec()),
        ("cut off", b"{\"issue\":\"a\"".to_vec()),
        ("trailing comma", b"{\"issue\":\"a\",}".to_vec()),
        ("comment", b"// hi\n{\"issue\":\"a\"}".to_vec()),
        (
            "two objects",
            b"{\"issue\":\"a\"} {\"issue\":\"b\"}".to_vec(),
        ),
        (
            "broken array",
            b"[{\"issue\":\"a\"},\n {\"issue\":}]".to_vec(),
        ),
        ("raw control", b"{\"issue\":\"a\x00b\"}".to_vec()),
        ("bad escape", b"{\"issue\":\"\\x41\"}".to_vec()),
        ("leading zero", b"{\"issue\":\"a\",\"n\":01}".to_vec()),
        ("not a number", b"{\"issue\":\"a\",\"n\":NaN}".to_vec()),
        ("invalid UTF-8", b"{\"issue\":\"caf\xe9\"}".to_vec()),
        ("lone surrogate", b"{\"issue\":\"\\udc00\"}".to_vec()),
        (
            "duplicate, escaped",
            b"{\"issue\":\"a\",\"\\u0069ssue\":\"b\"}".to_vec(),
        ),
        (
            "duplicate inside",
            b"{\"issue\":\"a\",\"x\":{\"approved\":false,\"approved\":true}}".to_vec(),
        ),
        ("too deep", nested(128).into_bytes()),
        ("a number", b"7".to_vec()),
        ("says nothing", b"{}".to_vec()),
        (
            "says blanks",
            b"{\"issue\":\" \",\"merchant_message\":\"\\n\"}".to_vec(),
        ),
        ("issue a number", b"{\"issue\":5}".to_vec()),
        (
            "id an object",
            b"{\"issue\":\"a\",\"ticket_id\":{}}".to_vec(),
        ),
        (
            "severity",
            b"{\"issue\":\"a\",\"severity\":\"CRITICAL!!!\"}".to_vec(),
        ),
        (
            "negative count",
            b"{\"issue\":\"a\",\"checkout_failures\":-1}".to_vec(),
        ),
        (
            "fraction",
            b"{\"issue\":\"a\",\"affected_customers\":1.5}".to_vec(),
        ),
        (
            "absurd count",
            b"{\"issue\":\"a\",\"affected_customers\":1e400}".to_vec(),
        ),
        (
            "count as text",
            b"{\"issue\":\"a\",\"affected_customers\":\"5\"}".to_vec(),
        ),
        (
            "too great",
            b"{\"issue\":\"a\",\"n\":9007199254740993}".to_vec(),
        ),
        ("too small", b"{\"issue\":\"a\",\"n\":[0.1e-400]}".to_vec()),
        (
            "long issue",
            format!("{{\"issue\":\"{}\"}}", "ü".repeat(2001)).into_bytes(),
        ),
        (
            "long id",
            format!("{{\"issue\":\"a\",\"ticket_id\":\"{}\"}}", "i".repeat(201)).into_bytes(),
        ),
        (
            "blank in id",
            b"{\"issue\":\"a\",\"merchant_id\":\"M1 \"}".to_vec(),
        ),
        (
            "unseen in id",
            "{\"issue\":\"a\",\"merchant_id\":\"M\u{200b}1\"}".into(),
        ),
        (
            "bidi in id",
            "{\"issue\":\"a\",\"ticket_id\":\"M\u{202e}1\"}".into(),
        ),
        (
            "NUL in id",
            b"{\"issue\":\"a\",\"ticket_id\":\"a\\u0000\"}".to_vec(),
        ),
        (
            "contact",
            b"{\"issue\":\"a\",\"contact\":{\"E-Mail\":\"x\"}}".to_vec(),
        ),
        (
            "contact with a line break",
            b"{\"issue\":\"a\",\"contact\":\"a@b.example\\nBcc: x\"}".to_vec(),
        ),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(name, body)| format!("{name} -> {}", refused(JSON, body)))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    nothing -> empty: the request holds no ticket; send an object, an array or NDJSON
    no ticket -> empty: the request holds no ticket; send an object, an array or NDJSON
    cut off -> malformed_json: not JSON at line 1, byte 13 of the line: `,` or `}` is expected here
    trailing comma -> malformed_json: not JSON at line 1, byte 14 of the line: a name in double quotes is expected here
    comment -> malformed_json: not JSON at line 1, byte 1 of the line: a value is expected here
    two objects -> malformed_json: not JSON at line 1, byte 15 of the line: something follows the end
    broken array -> malformed_json: item 1: not JSON at line 2, byte 11 of the line: a value is expected here
    raw control -> malformed_json: not JSON at line 1, byte 12 of the line: a control character must be escaped in a string
    bad escape -> malformed_json: not JSON at line 1, byte 12 of the line: no such escape; a backslash is written `\\`
    leading zero -> malformed_json: not JSON at line 1, byte 18 of the line: a number must not begin with 0
    not a number -> malformed_json: not JSON at line 1, byte 18 of the line: a value is expected here
    invalid UTF-8 -> invalid_utf8: not valid UTF-8 at byte 13; send the text as UTF-8
    lone surrogate -> invalid_unicode: item 0: half of a surrogate pair is no character; send the text as UTF-8
    duplicate, escaped -> duplicate_key: item 0, field issue: the name stands twice in one object; which one counts is anyone's guess, send it once
    duplicate inside -> duplicate_key: item 0, field approved: the name stands twice in one object; which one counts is anyone's guess, send it once
    too deep -> too_deep: item 0: nested deeper than 128 levels; flatten it
    a number -> wrong_type: item 0: a ticket is an object with at least `issue` or `merchant_message`
    says nothing -> missing_text: says nothing: send `issue` or `merchant_message`
    says blanks -> missing_text: says nothing: send `issue` or `merchant_message`
    issue a number -> wrong_type: item 0, field issue: send a text in double quotes
    id an object -> wrong_type: item 0, field ticket_id: send a text in double quotes, or a whole number
    severity -> unknown_severity: item 0, field severity: no such severity; send critical, high, medium or low
    negative count -> out_of_range: item 0, field checkout_failures: send a whole number from 0 to 1000000000
    fraction -> out_of_range: item 0, field affected_customers: send a whole number from 0 to 1000000000
    absurd count -> out_of_range: item 0, field affected_customers: send a whole number from 0 to 1000000000
    count as text -> wrong_type: item 0, field affected_customers: send a whole number without quotes
    too great -> out_of_range: item 0, field n: a number that programs read differently (beyond ±(2^53 − 1), or too small or large for a float); send it as text
    too small -> out_of_range: item 0, field n: a number that programs read differently (beyond ±(2^53 − 1), or too small or large for a float); send it as text
    long issue -> too_long: field issue: longer than 2000 characters; shorten it
    long id -> too_long: field ticket_id: longer than 200 characters; shorten it
    blank in id -> bad_id: field merchant_id: white space before or behind the id; send the id exactly as your system shows it
    unseen in id -> bad_id: field merchant_id: the id holds U+200B, which cannot be seen; send the id exactly as your system shows it
    bidi in id -> bad_id: field ticket_id: the id holds U+202E, which cannot be seen; send the id exactly as your system shows it
    NUL in id -> bad_id: field ticket_id: the id holds U+0000, which cannot be seen; send the id exactly as your system shows it
    contact -> bad_contact: field contact: a name of an address has 1 to 40 of a-z, 0-9 and _
    contact with a line break -> bad_contact: field contact: an address has at most 500 characters, all of them visible
    "#);
}

#[test]
fn limits_hold_to_the_byte() {
    let limits = Limits::default();
    let sized = |bytes: usize| {
        let frame = "{\"merchant_message\":\"\"}".len();
        format!("{{\"merchant_message\":\"{}\"}}", "m".repeat(bytes - frame))
    };
    assert!(read(&sized(limits.ticket_bytes)).unwrap()[0].is_ok());
    assert_eq!(
        read(&sized(limits.ticket_bytes + 1)).unwrap()[0]
            .as_ref()
            .err()
            .unwrap()
            .code,
        "too_large"
    );

    let many = |count: usize| format!("[{}]", vec!["{\"issue\":\"a\"}"; count].join(","));
    assert_eq!(read(&many(limits.tickets)).unwrap().len(), limits.tickets);
    assert_eq!(
        read(&many(limits.tickets + 1)).err().unwrap().code,
        "too_many"
    );
    let lines = "{\"issue\":\"a\"}\n".repeat(limits.tickets + 1);
    assert_eq!(read(&lines).err().unwrap().code, "too_many");

    let big = vec![b' '; limits.request_bytes + 1];
    assert_eq!(
        parse_body(JSON, &big, &limits).err().unwrap().code,
        "too_large"
    );

    let fields = |count: usize| {
        let mut ticket = json!({"issue": "a"});
        for number in 0..count {
            ticket[format!("field_{number}")] = json!(number);
        }
        one(&ticket)
    };
    assert!(fields(MOST_ATTRIBUTES).is_ok());
    assert_eq!(fields(MOST_ATTRIBUTES + 1).err().unwrap().code, "too_many");
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
fn merchants_that_look_alike_stay_apart() {
    let ids = [
        "acme-store",
        "ACME-STORE",
        "аcme-store",
        "acme_store",
        "acme\u{2011}store",
        "acme store",
        "ａｃｍｅ-store",
        "é",
        "e\u{301}",
    ];
    let kept: Vec<String> = ids
        .iter()
        .map(|id| {
            taken(&json!({"issue": "a", "merchant_id": id}))
                .merchant
                .unwrap()
                .id
                .to_string()
        })
        .collect();
    assert_eq!(kept, ids);
    assert_eq!(
        taken(&json!({"issue": "a", "merchant_id": 981}))
            .merchant
            .unwrap()
            .id
            .as_str(),
        "981"
    );
}

#[test]
fn claimed_merchants_of_one_author_count_once() {
    let raw = |merchant: &str| RawTicket {
        issue: "a".into(),
        merchant_id: merchant.into(),
        ..RawTicket::default()
    };
    let key = |merchant: &str, rules: &SourceRules| {
        accept(raw(merchant), rules, now())
            .unwrap()
            .merchant
            .unwrap()
            .counting_key()
    };
    let author = |name: &str| SourceRules {
        author: Some(name.into()),
        ..rules()
    };
    assert_eq!(key("M1", &author("ana")), key("M2", &author("ana")));
    assert_ne!(key("M1", &author("ana")), key("M1", &author("ben")));
    assert_eq!(key("M1", &rules()), key("M2", &rules()));
    assert_ne!(key("M1", &verified()), key("M2", &verified()));
    assert!(!key("M1", &author("ana@shop.example")).contains("ana@"));
}

#[test]
fn nothing_personal_is_kept_anywhere_in_a_ticket() {
    let draft = taken(&json!({
        "ticket_id": "mail-nora@shop.example", "merchant_id": "nora@shop.example",
        "issue": "nora@shop.example cannot log in", "merchant_message": "I am nora@shop.example, \u{1b}[31mola@shop.example\u{1b}[0m",
        "error_log": "user=nora@shop.example", "category": "nora@shop.example", "migration_stage": "nora@shop.example",
        "contact": {"email": "nora@shop.example"},
        "reply_to": "nora@shop.example", "nora@shop.example": true, "password": "hun\"ter7", "pin": 4242424242424242_u64,
        "customer": {"phone": 4155550132_u64, "notes": [{"secret": "aB3dE6gH9jK2"}, "nora@shop.example"], "total": 12.50},
    }));
    assert_eq!(draft.contact["email"], "nora@shop.example");
    let ticket = serde_json::to_value(draft.clone().into_ticket(TicketId::new(1))).unwrap();
    let text = ticket.to_string();
    for secret in [
        "nora@",
        "ola@",
        "hun",
        "ter7",
        "4242424242424242",
        "4155550132",
        "aB3dE6gH9jK2",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(draft.issue, "‹email:1› cannot log in");
    assert_eq!(draft.merchant_message, "I am ‹email:1›, ‹email:2›");
    assert_eq!(draft.attributes["reply_to"], "‹email:1›");
    assert_eq!(draft.attributes["customer"]["total"], "12.5");
    assert_eq!(draft.redacted["email"], 9);
}

#[test]
fn a_merchant_named_by_an_address_stays_one_merchant_under_another_name() {
    let id = |merchant: &str| {
        taken(&json!({"issue": "a", "merchant_id": merchant}))
            .merchant
            .unwrap()
            .id
    };
    assert_eq!(id("nora@shop.example"), id("nora@shop.example"));
    assert_ne!(id("nora@shop.example"), id("ola@shop.example"));
    assert_ne!(id("nora@shop.example"), id("NORA@shop.example"));
    assert_eq!(
        id("nora@shop.example"),
        merchant_id("nora@shop.example", &[0; 32])
    );
    assert_ne!(
        merchant_id("nora@shop.example", &[0; 32]),
        merchant_id("nora@shop.example", &[1; 32])
    );
    assert!(id("nora@shop.example").as_str().starts_with("email-"));
}

#[test]
fn control_characters_cannot_act_and_are_not_lost() {
    let draft = taken(
        &json!({"issue": "a\u{0}b\u{7f}\u{9b}", "merchant_message": "x\u{1b}]0;title\u{7}y\u{1b}[1;31mz\u{1b}[",
        "error_log": "one\n\ttwo\r\n"}),
    );
    assert_eq!(draft.issue, "a␀b␡\u{fffd}");
    assert_eq!(draft.merchant_message, "xyz␛[");
    assert_eq!(draft.error_log, "one\n\ttwo\r\n");
    let coloured = format!(
        "\u{1b}[31mgh{}\u{1b}[0m",
        "p_Qm4tZ8kLr2vXw7NpB3sYc6HdJf9GQm4tZ8kL"
    );
    assert_eq!(taken(&json!({"issue": coloured})).issue, "‹gh-token:1›");
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
