//! `medic doctor`: each fault is found before it hurts, and the finding says what to do and where.

use crate::support::world::World;
use clap::Parser;
use medic::cli::doctor::{DoctorArgs, run_with};
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::store::embedded::{EmbeddedStore, Options};
use serde_json::Value;
use std::path::Path;

#[derive(Parser)]
struct Words {
    #[command(flatten)]
    args: DoctorArgs,
}

/// Every endpoint set up.
const SOUND: &str = r#"
[web]
listen = "127.0.0.1:0"
[endpoints.helpdesk]
base_url = "https://helpdesk.example"
[endpoints.engineering]
base_url = "https://engineering.example"
[endpoints.docs]
base_url = "https://docs.example"
"#;

/// What doctor says about one thing, level first, and whether it calls all well.
fn said(folder: &Path, more: &str, about: &str) -> (String, bool) {
    let store = folder.join("db");
    let text = format!("[store]\ndir = {:?}\n{more}", store.display().to_string());
    let config = Config::read("c.toml", &text, &EnvSource::fixed([])).unwrap();
    let args = Words::try_parse_from(["doctor", "--json"]).unwrap().args;
    let mut out = Vec::new();
    let good = run_with(&args, &config, &DataFiles::built_in(), &mut out).unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&out).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let lines: Vec<String> = findings
        .iter()
        .filter(|finding| text(finding, "what").starts_with(about))
        .map(|one| {
            format!(
                "{}: {}: {}",
                text(one, "level"),
                text(one, "what"),
                text(one, "text")
            )
        })
        .collect();
    let place = folder.display().to_string();
    (lines.join("\n").replace(&place, "FOLDER"), good)
}

#[test]
fn a_quorum_that_cannot_be_reached_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let ana =
        "[[people]]\nid = \"ana\"\nname = \"Ana\"\nroles = [\"on_call\", \"support\", \"lead\"]\n";
    let one = format!("{SOUND}{ana}[approval.high]\nquorum = 2\n");
    let (found, good) = said(folder.path(), &one, "approval");
    assert!(!good);
    insta::assert_snapshot!(found, @r"
    problem: approval.high: a plan of high risk needs 2 of on_call, and workspace default has 1: it can never be approved; add [[people]] with one of these roles
    problem: approval.critical: a plan of critical risk needs 2 of on_call, and workspace default has 1: it can never be approved; add [[people]] with one of these roles
    ");

    let ben = "[[people]]\nid = \"ben\"\nname = \"Ben\"\nroles = [\"on_call\"]\n";
    let (found, good) = said(folder.path(), &format!("{one}{ben}"), "approval");
    assert_eq!((found.as_str(), good), ("", true));
}

#[test]
fn a_store_in_use_is_fine_and_a_damaged_one_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("db");
    insta::assert_snapshot!(said(folder.path(), SOUND, "store").0, @"ok: store: FOLDER/db will be made at the first run");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut world = World::new().await;
        world
            .merchant_posts("M1", "Where do I find my invoices?", "")
            .await;
        world.copies_store_to(&store);
    });
    let (running, _) = EmbeddedStore::open(&store, Options::default()).unwrap();
    let (found, good) = said(folder.path(), SOUND, "store");
    assert!(good, "{found}");
    assert!(found.starts_with("ok: store: FOLDER/db: "), "{found}");
    drop(running);

    let journal = store.join("journal-00000001.jsonl");
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let (found, good) = said(folder.path(), SOUND, "store");
    assert!(!good, "{found}");
    insta::assert_snapshot!(found, @"problem: store: FOLDER/db: record 7 (line 1): the changes committed with it are not what it vouches for: they were changed after they were written (FOLDER/db/journal-00000001.jsonl line 1 (byte 0)); the journal is damaged there: stop Medic and restore the folder from a copy");
}

#[test]
fn an_endpoint_that_is_not_set_up_names_the_actions_that_need_it() {
    let folder = tempfile::tempdir().unwrap();
    let (found, _) = said(folder.path(), SOUND, "endpoints");
    assert_eq!(found, "");
    let without = SOUND.replace("https://engineering.example", "");
    let (found, good) = said(folder.path(), &without, "endpoints");
    insta::assert_snapshot!(found, @"notice: endpoints.engineering: engineering is not set up, so these actions cannot be carried out: escalate_to_engineering; give endpoints.engineering.base_url in config.toml");
    assert!(good, "Medic runs without it");
    let (found, _) = said(folder.path(), &without, "actions");
    insta::assert_snapshot!(found, @"ok: actions: every action that is set up can be carried out");
}

#[test]
fn the_languages_in_which_reporters_are_answered_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (found, good) = said(folder.path(), SOUND, "closing");
    insta::assert_snapshot!(found, @"ok: closing: reporters are answered in English, French, German, Japanese, Spanish");
    assert!(good);
}
