//! Help, registration and dispatch are one table.

use medic::discord::commands::{self, Does, Takes};
use medic::discord::limits;
use serde_json::Value;
use serenity::model::application::CommandType;
use std::collections::BTreeSet;

fn registered() -> Vec<Value> {
    let value = serde_json::to_value(commands::register::wanted()).unwrap();
    value.as_array().unwrap().clone()
}

/// Every way to call something that Discord is told of.
fn offered() -> BTreeSet<String> {
    let mut ways = BTreeSet::new();
    for command in registered() {
        let name = command["name"].as_str().unwrap();
        let options = command["options"].as_array().cloned().unwrap_or_default();
        let subs: Vec<&Value> = options
            .iter()
            .filter(|option| option["type"] == 1)
            .collect();
        if command["type"] == 3 {
            ways.insert(name.to_owned());
        } else if subs.is_empty() {
            ways.insert(format!("/{name}"));
        }
        for sub in subs {
            ways.insert(format!("/{name} {}", sub["name"].as_str().unwrap()));
        }
    }
    ways
}

#[test]
fn what_is_offered_is_what_is_helped_with_and_what_is_done() {
    let helped: BTreeSet<String> = commands::ways().into_iter().map(|way| way.typed).collect();
    assert_eq!(offered(), helped);
    for typed in &helped {
        let (name, sub, kind) = match typed.strip_prefix('/') {
            None => (typed.as_str(), None, CommandType::Message),
            Some(slash) => {
                let (name, sub) = match slash.split_once(' ') {
                    Some((name, sub)) => (name, Some(sub)),
                    None => (slash, None),
                };
                (name, sub, CommandType::ChatInput)
            }
        };
        assert!(commands::find(name, kind, sub).is_some(), "{typed}");
    }
    assert!(commands::find("incident", CommandType::ChatInput, None).is_none());
    assert!(commands::find("incident", CommandType::Message, Some("list")).is_none());
}

#[test]
fn every_command_of_the_design_is_there() {
    let ways: Vec<String> = commands::ways()
        .into_iter()
        .map(|way| format!("{} ({})", way.typed, way.action.needs.in_words()))
        .collect();
    insta::assert_snapshot!(ways.join("\n"), @r"
    /incident list (your team)
    /incident show (your team)
    /incident close (your team)
    /approvals (your team)
    /audit search (your team)
    /audit show (your team)
    /audit export (who may decide)
    /ticket create (everybody)
    /ticket show (your team)
    /policy show (your team)
    /policy test (who may decide)
    /medic status (your team)
    /medic stats (your team)
    /medic pause (your team)
    /medic resume (who may decide)
    /medic doctor (your team)
    /medic console (your team)
    /medic help (everybody)
    Forward as ticket (your team)
    Explain this (your team)
    ");
}

#[test]
fn registration_keeps_to_discords_limits() {
    for command in registered() {
        assert!(command.to_string().len() <= limits::COMMAND_TOTAL);
        check(&command);
    }
    for command in commands::ALL {
        let slash = !matches!(command.does, Does::OnMessage(_));
        let plain = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_')
        };
        assert!(!slash || plain(command.name), "{}", command.name);
    }
    for way in commands::ways() {
        let mut optional_seen = false;
        for option in way.action.options {
            // Discord refuses a required option behind one that is not.
            assert!(!(option.required && optional_seen), "{}", way.typed);
            optional_seen |= !option.required;
            if let Takes::OneOf(words) = option.takes {
                assert!(words.len() <= limits::COMMAND_OPTIONS, "{}", way.typed);
            }
        }
    }
}

fn check(part: &Value) {
    let text = |key: &str| part[key].as_str().unwrap_or_default().chars().count();
    assert!(text("name") <= limits::COMMAND_NAME, "{part}");
    assert!(text("description") <= limits::COMMAND_DESCRIPTION, "{part}");
    if part["type"] == 1 || part["type"] == 3 {
        let menu = part["type"] == 3 && part.get("description").is_none();
        assert!(menu || text("description") > 0, "{part}");
    }
    let options = part["options"].as_array().cloned().unwrap_or_default();
    assert!(options.len() <= limits::COMMAND_OPTIONS, "{part}");
    options.iter().for_each(check);
}
