//! What a payload holds, and that no value breaks out of its place.

use super::{World, action, connector};
use medic::act::Connector;
use medic::domain::{MerchantId, Reaches, Target};

/// Values that have broken out of URLs, JSON and headers elsewhere.
const HOSTILE: [&str; 16] = [
    "../../admin",
    "a/../../b",
    "m-1?admin=true",
    "m-1#x",
    "m-1&x=y",
    "%2e%2e%2fsecret",
    "..%5c..%5cadmin",
    "\\\\evil.example\\x",
    "@evil.example/",
    "http://169.254.169.254/latest/meta-data",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "m-1\r\nhost: evil.example",
    "\",\"admin\":true,\"x\":\"",
    "{{ foreign.title }}{% raw %}",
    "\u{0}\u{202e}\u{1f600}",
    "</script><script>alert(1)</script>",
];

#[test]
fn the_payload_is_what_an_approver_reads() {
    let connector = connector("http://127.0.0.1:9/v1");
    let action = action(&[
        ("query.source", "medic {{ subject }}"),
        ("header.X-Team", "care"),
    ]);
    let rendered = connector
        .render(&action, &World::of("m-1").context())
        .unwrap();
    assert_eq!(rendered.foreign, Vec::<String>::new());
    let mut text = rendered.payload.summary.clone();
    for part in &rendered.payload.parts {
        text += &format!("\n[{}] {}", part.name, part.value);
    }
    insta::assert_snapshot!(text, @r#"
    POST helpdesk /merchants/m-1/messages?source=medic%20INC-4
    [method] POST
    [url] http://127.0.0.1:9/v1/merchants/m-1/messages?source=medic%20INC-4
    [header X-Team] care
    [body] {
      "text": "Hello Ana's Tea, set the URL to \"https://…\"\nand save.",
      "tickets": 12,
      "title": "Webhooks time out"
    }
    [check] http://127.0.0.1:9/v1/deliveries/{idempotency_key}
    "#);
}

#[test]
fn a_value_stays_in_its_segment_its_query_value_and_its_json_string() {
    let connector = connector("http://127.0.0.1:9/v1");
    let action = action(&[
        ("query.who", "{{ merchant }}"),
        (
            "body",
            r#"{"note": "for {{ merchant }}", "id": "{{ merchant }}", "n": 1}"#,
        ),
    ]);
    for value in HOSTILE {
        let world = World::of(value);
        let payload = connector.render(&action, &world.context()).unwrap().payload;
        let url = payload.part("url").unwrap();
        let inner = url
            .strip_prefix("http://127.0.0.1:9/v1/merchants/")
            .and_then(|rest| rest.split_once("/messages?who="))
            .unwrap_or_else(|| panic!("{value:?} gave {url}"));
        for part in [inner.0, inner.1] {
            let kept = |b: u8| b.is_ascii_alphanumeric() || b"-._~%".contains(&b);
            assert!(part.bytes().all(kept), "{value:?} gave {url}");
        }
        let body: serde_json::Value = serde_json::from_str(payload.part("body").unwrap()).unwrap();
        let expected = serde_json::json!({ "note": format!("for {value}"), "id": value, "n": 1 });
        assert_eq!(body, expected);
    }
}

#[test]
fn a_value_that_would_change_the_path_is_not_sent() {
    let connector = connector("http://127.0.0.1:9/v1");
    for value in ["..", ".", ""] {
        let error = connector.render(&action(&[]), &World::of(value).context());
        let error = error.unwrap_err().to_string();
        assert!(
            error.starts_with("send_configuration_guide for merchant")
                && error.contains("with.path"),
            "{value:?}: {error}"
        );
    }
}

#[test]
fn numbers_and_lists_keep_their_type_and_texts_stay_texts() {
    let connector = connector("http://127.0.0.1:9");
    let body = r#"{"count": "{{ ticket_count }}", "who": "{{ merchants }}", "line": "{{ merchants | join(', ') }}", "text": "{{ merchant }}"}"#;
    let world = World::of("true");
    let payload = connector
        .render(&action(&[("body", body)]), &world.context())
        .unwrap()
        .payload;
    let body: serde_json::Value = serde_json::from_str(payload.part("body").unwrap()).unwrap();
    let expected = serde_json::json!({
        "count": 12, "who": ["true", "m-2"], "line": "true, m-2", "text": "true",
    });
    assert_eq!(body, expected);
}

#[test]
fn foreign_words_are_named_when_they_reach_the_payload() {
    let connector = connector("http://127.0.0.1:9");
    let used = |body: &str| {
        let world = World::of("m-1");
        let action = action(&[("body", body)]);
        connector.render(&action, &world.context()).unwrap().foreign
    };
    assert_eq!(used(r#"{"t": "{{ foreign.title }}"}"#), ["title"]);
    assert_eq!(
        used(r#"{"t": "{% set f = foreign %}{{ f['title'] }}"}"#),
        ["title"]
    );
    assert_eq!(
        used(r#"{"t": "{% if 'X' in foreign.title %}{% endif %}"}"#),
        ["title"]
    );
    assert_eq!(
        used(r#"{"t": "{{ foreign.explanation | default('-') }}"}"#),
        [""; 0]
    );
    // The words as a whole cannot be had without naming one.
    let world = World::of("m-1");
    for body in [r#"{"t": "{{ foreign }}"}"#, r#"{"t": "x{{ foreign }}"}"#] {
        let rendered = connector.render(&action(&[("body", body)]), &world.context());
        let text = format!("{rendered:?}");
        assert!(!text.contains("IGNORE"), "{text}");
    }
}

#[test]
fn a_missing_value_is_named_with_its_reason() {
    let connector = connector("http://127.0.0.1:9");
    let mut world = World::of("m-1");
    world.directory = None;
    world.runbook = None;
    let error = |body: &str| {
        let action = action(&[("body", body)]);
        connector
            .render(&action, &world.context())
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(error(r#"{"to": "{{ contact.helpdesk }}"}"#), @"send_configuration_guide for merchant m-1: with.body: contact.helpdesk has no value: the merchant directory (data/merchants.toml) has no such contact for it");
    insta::assert_snapshot!(error(r#"{"text": "Do this: {{ runbook.guide }}"}"#), @"send_configuration_guide for merchant m-1: with.body: runbook.guide has no value: no runbook applies, or it has no such part");
    let action = action(&[(
        "body",
        r#"{"to": "{{ contact.helpdesk | default('nobody') }}"}"#,
    )]);
    assert!(connector.render(&action, &world.context()).is_ok());
}

#[test]
fn the_same_context_gives_the_same_payload_and_a_long_one_is_refused() {
    let connector = connector("http://127.0.0.1:9");
    let mut world = World::of("m-1");
    world.target = Target::Team("payments".into());
    let mut action = action(&[
        ("path", "/alerts"),
        ("body", r#"{"who": "{{ merchants }}"}"#),
    ]);
    action.reaches = Reaches::Team("payments".into());
    let first = connector.render(&action, &world.context()).unwrap();
    let again = connector.render(&action, &world.context()).unwrap();
    assert_eq!(first.payload.digest(), again.payload.digest());
    world.merchants = vec![MerchantId::new("m".repeat(100)); 1000];
    let error = connector.render(&action, &world.context()).unwrap_err();
    assert!(
        error.to_string().contains("at most 65536 are sent"),
        "{error}"
    );
}
