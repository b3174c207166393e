//! What a rule's condition may say, and how a slip in it is told.

use crate::decide_support::{catalogue, rule};
use medic::decide::{Policy, PolicyOptions, VARIABLES};
use medic::domain::{ActionName, Decision};

fn told(when: &str) -> String {
    let options = PolicyOptions {
        default_action: ActionName::new("assign"),
        dry_run: false,
        quiet_hours: None,
        rules: vec![rule("r", when, "guide", Decision::Auto)],
    };
    match Policy::compile(&options, &catalogue()) {
        Ok(_) => "fine".to_owned(),
        Err(errors) => errors[0].to_string(),
    }
}

#[test]
fn every_slip_in_a_condition_is_found_at_start_with_its_place() {
    let slips = [
        "",
        "merchants >",
        "merchants > 3 &&\n  mercants < 9",
        "migration_stage == 'Überzug' && mercants > 1",
        "merchants",
        "merchants + 1",
        "merchants > '3'",
        "merchants == 'many'",
        "false && severity > 3",
        "severity == 'urgent'",
        "severity >= 'high'",
        "root_cause in ['platform_bug', 'wobhook_configuration']",
        "severity in 'high'",
        "confidence > 70.5",
        "confidence in [1, 'a']",
        "hour in []",
        "migration_stage.matches('post.*')",
        "matches(migration_stage, 'post.*')",
        "migration_stage.startsWith(3)",
        "migration_stage.size() > 3",
        "has(merchants)",
        "[1, 2].all(x, x > 0)",
        "root_cause.name == 'x'",
        "{'a': 1}['a'] == 1",
        "now() > 3",
        "true ? 1 : 'a'",
        "merchants > 3; merchants < 2",
        "100 / (merchants - 1) > 0",
    ];
    let all: Vec<String> = slips
        .iter()
        .map(|slip| format!("{slip:?}\n  {}", told(slip)))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    ""
      policy rule "r", condition line 1, column 1: is empty; write `true` for a rule that takes everything
    "merchants >"
      policy rule "r", condition line 1, column 12: ends where something more is needed
    "merchants > 3 &&\n  mercants < 9"
      policy rule "r", condition line 2, column 3: no fact is called `mercants`; did you mean `merchants`?
    "migration_stage == 'Überzug' && mercants > 1"
      policy rule "r", condition line 1, column 33: no fact is called `mercants`; did you mean `merchants`?
    "merchants"
      policy rule "r", condition line 1, column 1: a condition has to be true or false, this is a whole number
    "merchants + 1"
      policy rule "r", condition line 1, column 11: a condition has to be true or false, this is a whole number
    "merchants > '3'"
      policy rule "r", condition line 1, column 13: is a text, but `>` needs a whole number
    "merchants == 'many'"
      policy rule "r", condition line 1, column 11: compares a whole number with a text: it would never hold
    "false && severity > 3"
      policy rule "r", condition line 1, column 19: texts have no order that means anything; use == or `in [...]`
    "severity == 'urgent'"
      policy rule "r", condition line 1, column 13: no severity is called `urgent`; there are low, medium, high, critical
    "severity >= 'high'"
      policy rule "r", condition line 1, column 10: texts have no order that means anything; use == or `in [...]`
    "root_cause in ['platform_bug', 'wobhook_configuration']"
      policy rule "r", condition line 1, column 32: no root_cause is called `wobhook_configuration`; did you mean `webhook_configuration`?
    "severity in 'high'"
      policy rule "r", condition line 1, column 10: `in` needs a list: `severity in ["high", "critical"]`
    "confidence > 70.5"
      policy rule "r", condition line 1, column 14: only whole numbers, texts, true and false can be written in a condition
    "confidence in [1, 'a']"
      policy rule "r", condition line 1, column 19: is a text in a list of others, each a whole number
    "hour in []"
      policy rule "r", condition line 1, column 9: is an empty list: nothing is ever in it
    "migration_stage.matches('post.*')"
      policy rule "r", condition line 1, column 24: regular expressions are not available; use startsWith, endsWith, contains or `in [...]`
    "matches(migration_stage, 'post.*')"
      policy rule "r", condition line 1, column 8: regular expressions are not available; use startsWith, endsWith, contains or `in [...]`
    "migration_stage.startsWith(3)"
      policy rule "r", condition line 1, column 28: is a whole number, but `startsWith` needs a text
    "migration_stage.size() > 3"
      policy rule "r", condition line 1, column 21: `size` is not available; there are && || ! == != < <= > >= + - * / % ?: in, startsWith, endsWith and contains
    "has(merchants)"
      policy rule "r", condition line 1, column 4: `has` is not available here; there are && || ! == != < <= > >= + - * / % ?: in, startsWith, endsWith and contains
    "[1, 2].all(x, x > 0)"
      policy rule "r", condition line 1, column 11: `all` is not available; there are && || ! == != < <= > >= + - * / % ?: in, startsWith, endsWith and contains
    "root_cause.name == 'x'"
      policy rule "r", condition line 1, column 11: the facts have no parts: write the name alone, without a dot
    "{'a': 1}['a'] == 1"
      policy rule "r", condition line 1, column 1: is not available in a condition
    "now() > 3"
      policy rule "r", condition line 1, column 4: `now` is not available here; there are && || ! == != < <= > >= + - * / % ?: in, startsWith, endsWith and contains
    "true ? 1 : 'a'"
      policy rule "r", condition line 1, column 6: compares a whole number with a text: it would never hold
    "merchants > 3; merchants < 2"
      policy rule "r", condition line 1, column 14: cannot be read: token recognition error at: ';'
    "100 / (merchants - 1) > 0"
      policy rule "r", condition line 1, column 1: fails on an ordinary situation: it divides by zero
    "#);
}

#[test]
fn what_a_condition_may_say() {
    for fine in [
        "true",
        "is_incident && !has_runbook",
        "merchants >= 3 ? confidence > 90 : confidence > 70",
        "severity in ['high', \"critical\"] || migration_stage.startsWith('post')",
        "(hour + 1) % 24 < 7 && checkout_failures / 10 * 2 - 1 > -5",
        "migration_stage == root_cause || migration_stage.contains('day') == true",
        "(is_incident ? root_cause : migration_stage) == 'platform_bug'",
        "confidence > 70 // well supported\n && verdict != 'INCONCLUSIVE'",
    ] {
        assert_eq!(told(fine), "fine", "{fine}");
    }
    for variable in VARIABLES {
        assert_eq!(told(&format!("{0} == {0}", variable.name)), "fine");
    }
}

#[test]
fn size_and_depth_are_bounded_before_anything_recurses() {
    let long = format!("true{}", " ".repeat(2048));
    assert!(
        told(&long).contains("is 2052 bytes long, at most 2048"),
        "{}",
        told(&long)
    );
    for (open, close, count) in [
        ("(", ")", 900),
        ("[", "]", 900),
        ("!(", ")", 600),
        ("-(", ")", 600),
    ] {
        let deep = format!("{}1{}", open.repeat(count), close.repeat(count));
        assert!(told(&deep).contains("nests deeper than"), "{open}");
    }
    for part in [
        "!", "-", "+1", ".a", "?1:1", "%1", "[0]", " in [1]", "==1", "<1", "&&true", "||true",
    ] {
        let wide = format!("merchants{}", part.repeat(1900 / part.len()));
        assert_ne!(told(&wide), "fine", "{part}");
        let before = format!("{}merchants", part.repeat(1900 / part.len()));
        assert_ne!(told(&before), "fine", "{part}");
    }
}
