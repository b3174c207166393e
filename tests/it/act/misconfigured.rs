//! What an operator reads when an action of the catalogue cannot work.

use super::{action, connector};
use medic::act::Connector;
use medic::act::registry::Registry;
use medic::domain::Reaches;
use std::sync::Arc;

#[test]
fn the_shipped_form_has_no_problems() {
    let registry = Registry::of([Arc::new(connector("http://127.0.0.1:9")) as Arc<dyn Connector>]);
    assert_eq!(registry.problems([&action(&[])]), Vec::<String>::new());
    assert!(registry.get("http").is_some());
}

#[test]
fn each_mistake_names_its_key_and_the_way_out() {
    let registry = Registry::of([Arc::new(connector("http://127.0.0.1:9")) as Arc<dyn Connector>]);
    let mut lines = Vec::new();
    for change in [
        ("endpoint", "helpdsk"),
        ("endpoint", ""),
        ("path", ""),
        ("path", "merchants"),
        ("path", "/a/../b"),
        ("path", "/{{ merchnt }}"),
        ("path", "/{{ merchants }}"),
        ("path", "/{{ merchant"),
        ("method", "DELETE"),
        ("idempotent", "yes"),
        ("body", r#"{"text": {{ runbook.guide }}}"#),
        ("body", r#"{"{{ merchant }}": 1}"#),
        ("body", r#"{"text": "{{ team }}"}"#),
        ("body", r#"{"text": "{{ runbook.solution }}"}"#),
        ("body", r#"{"text": "{{ merchant | shell }}"}"#),
        ("body", r#"{"text": "{{ foreign.body }}"}"#),
        ("bodi", "{}"),
        ("header.Authorization", "Bearer x"),
        ("header.X-Note", "{{ merchant }}"),
        ("header.X Note", "1"),
        ("header.X-Note", "a\nb"),
        ("check_expect", "delivered"),
        ("check_path", ""),
        ("reference", "id"),
    ] {
        let problems = registry.problems([&action(&[change])]);
        assert!(!problems.is_empty(), "{change:?}");
        lines.push(format!(
            "{} = {:?}\n    {}",
            change.0,
            change.1,
            problems.join("\n    ")
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    endpoint = "helpdsk"
        actions.send_configuration_guide.with.endpoint: there is no endpoint "helpdsk"; configure [endpoints.helpdsk] or use one of: helpdesk
    endpoint = ""
        actions.send_configuration_guide.with.endpoint: it is missing or empty; set it
    path = ""
        actions.send_configuration_guide.with.path: it is missing or empty; set it
    path = "merchants"
        actions.send_configuration_guide.with.path: the path "merchants" must start with /
    path = "/a/../b"
        actions.send_configuration_guide.with.path: "/a/../b" has dot segments, blanks or other characters that must be percent-encoded
    path = "/{{ merchnt }}"
        actions.send_configuration_guide.with.path: merchnt has no value: no such variable; there are: subject, target, merchant, merchant_name, contact.NAME, reported.SOURCE, closing.subject .text .language, team, root_cause, confidence, verdict, severity, merchants, merchant_count, ticket_count, checkout_failures, runbook.id .title .guide .safe_sentence .check .undo, foreign.label .title .explanation, idempotency_key
    path = "/{{ merchants }}"
        actions.send_configuration_guide.with.path: invalid operation: only a single text or number can stand in a path; use join (line 1)
    path = "/{{ merchant"
        actions.send_configuration_guide.with.path: syntax error: unexpected end of input, expected end of variable block (line 1)
    method = "DELETE"
        actions.send_configuration_guide.with.method: "DELETE" is none of POST, PUT, PATCH
    idempotent = "yes"
        actions.send_configuration_guide.with.idempotent: "yes" is neither "true" nor "false"
    body = "{\"text\": {{ runbook.guide }}}"
        actions.send_configuration_guide.with.body: not JSON (key must be a string at line 1 column 11); write a JSON document and put values into its strings: {"count": "{{ ticket_count }}"}
    body = "{\"{{ merchant }}\": 1}"
        actions.send_configuration_guide.with.body: the key "{{ merchant }}" has a template; keys are fixed
    body = "{\"text\": \"{{ team }}\"}"
        actions.send_configuration_guide.with.body: team has no value: it exists only for what the action's `reaches` says
    body = "{\"text\": \"{{ runbook.solution }}\"}"
        actions.send_configuration_guide.with.body: runbook.solution has no value: no runbook applies, or it has no such part
    body = "{\"text\": \"{{ merchant | shell }}\"}"
        actions.send_configuration_guide.with.body: unknown filter: filter shell is unknown (line 1)
    body = "{\"text\": \"{{ foreign.body }}\"}"
        actions.send_configuration_guide.with.body: foreign.body has no value: there are no such words here; give a default with | default("")
    bodi = "{}"
        actions.send_configuration_guide.with.bodi: there is no such key; did you mean body?
    header.Authorization = "Bearer x"
        actions.send_configuration_guide.with.header.Authorization: Medic sets this header itself; tokens go into the endpoint's bearer_env
    header.X-Note = "{{ merchant }}"
        actions.send_configuration_guide.with.header.X-Note: headers are fixed texts, and this one has a template; use the body
    header.X Note = "1"
        actions.send_configuration_guide.with.header.X Note: "X Note" is not the name of a header
    header.X-Note = "a\nb"
        actions.send_configuration_guide.with.header.X-Note: its value has a line break or a character outside ASCII
    check_expect = "delivered"
        actions.send_configuration_guide.with.check_expect: "delivered" is neither a status nor /pointer=value; write for example "200; /status=delivered"
    check_path = ""
        actions.send_configuration_guide.with.check_expect: it needs check_path, which is not set
    reference = "id"
        actions.send_configuration_guide.with.reference: "id" is not a JSON pointer; write it as /id
    "#);
}

#[test]
fn an_unknown_connector_and_a_merchants_name_for_a_team_are_seen() {
    let registry = Registry::of([Arc::new(connector("http://127.0.0.1:9")) as Arc<dyn Connector>]);
    let mut wrong = action(&[]);
    wrong.connector = "smtp".into();
    let mut team = action(&[]);
    team.reaches = Reaches::Team("support".into());
    insta::assert_snapshot!(registry.problems([&wrong, &team]).join("\n"), @r#"
    actions.send_configuration_guide.connector: there is no connector "smtp"; use one of: http
    actions.send_configuration_guide.with.path: merchant has no value: it exists only for what the action's `reaches` says
    "#);
}
