//! Import directions, confined crates, purity and file sizes: one crate does not stop cycles, so
//! this does. The rules are the tables in `architecture/rules.rs`.

mod rules;
mod scan;

use rules::{SourceFile, violations};
use std::path::Path;

#[test]
fn our_sources_keep_to_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    assert!(
        files.len() > 20,
        "found only {} files under {}",
        files.len(),
        root.display()
    );
    let found = violations(&files);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let parts: Vec<_> = path
                .strip_prefix(root)
                .unwrap()
                .iter()
                .map(|part| part.to_str().unwrap())
                .collect();
            files.push(SourceFile {
                path: parts.join("/"),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// What is wrong with a tree of one file.
fn check(path: &str, text: &str) -> Vec<String> {
    violations(&[SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }])
}

#[test]
fn a_forbidden_import_is_named_with_its_line_and_what_would_be_allowed() {
    let stores = "use crate::domain::Ticket;\n\nuse crate::store::Store;\n";
    assert_eq!(
        check("web/api.rs", stores),
        ["src/web/api.rs:3 uses `crate::store::Store`: web may import only domain, engine::handle"]
    );
    assert_eq!(
        check(
            "engine/step/votes.rs",
            "fn f() { let t = jiff::Timestamp::now(); }"
        ),
        [
            "src/engine/step/votes.rs:1 uses `jiff::Timestamp::now`: only engine::clock, engine::run, \
          app may read the clock; take the time as a value"
        ]
    );
    assert_eq!(
        check("act/deliver.rs", "use reqwest::Client;"),
        ["src/act/deliver.rs:1 uses `reqwest::Client`: only net, discord::rest may use reqwest"]
    );
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    for (path, text) in [
        (
            "observe/intake.rs",
            "use crate::{domain::Ticket, reason::{self, Question}};",
        ),
        (
            "observe/detect/online.rs",
            "use super::super::super::decide::Policy;",
        ),
        ("observe/mod.rs", "use super::decide;"),
        ("observe/mod.rs", "mod inner { use super::super::decide; }"),
        ("observe/mod.rs", "mod inner {} use super::decide;"),
        (
            "observe/mod.rs",
            "fn f<'a>(x: &'a str) -> crate::store::Head { todo!() }",
        ),
        (
            "observe/mod.rs",
            "fn f() { <u8 as crate::reason::Diagnose>::diagnose() }",
        ),
        (
            "observe/mod.rs",
            "const C: char = '\\''; use crate::reason::Question;",
        ),
        (
            "observe/mod.rs",
            "const S: &str = r#\"\"#; use crate::reason::Question;",
        ),
        ("observe/mod.rs", "pub use crate::reason as why;"),
        ("observe/mod.rs", "use crate::reason::*;"),
        ("observe/mod.rs", "fn f() { ::sled::open(1); }"),
        ("act/mod.rs", "use crate::decide::Policy;"),
        ("act/mod.rs", "use crate::net::Net;"),
        ("engine/run.rs", "use crate::store::embedded::Embedded;"),
        ("engine/step/mod.rs", "use crate::discord::render;"),
        ("web/mod.rs", "use crate::engine::step;"),
        ("web/mod.rs", "use crate::discord::render;"),
        (
            "discord/mod.rs",
            "fn f() { std::env::var(\"DISCORD_TOKEN\"); }",
        ),
        ("domain/ids.rs", "use crate::observe::detect;"),
        ("domain/ids.rs", "use std::{fmt, io::Read};"),
        ("domain/ids.rs", "fn f() { std::fs::read(\"x\"); }"),
        ("decide/risk.rs", "use std::time::{Duration, Instant};"),
        ("verify.rs", "fn f() { getrandom::fill(&mut []); }"),
        ("net.rs", "use axum::Router;"),
        ("discord/gateway.rs", "use crate::web::create_app;"),
        ("reason/offline.rs", "use twilight_gateway::Shard;"),
        ("main.rs", "fn main() { medic::engine::run(); }"),
        ("surprise.rs", ""),
    ] {
        assert!(!check(path, text).is_empty(), "{path}: {text}");
    }
}

#[test]
fn what_is_allowed_passes() {
    for (path, text) in [
        (
            "observe/detect.rs",
            "use crate::domain::{Alert, Ticket}; use super::signature::Mask;",
        ),
        ("act/deliver.rs", "use crate::decide::AuthorisedPlan;"),
        (
            "act/connectors/http.rs",
            "use crate::net::Net; use crate::act::Connector;",
        ),
        (
            "store/embedded/index.rs",
            "use sled::Db; use crate::audit; use super::super::Key;",
        ),
        (
            "engine/clock.rs",
            "fn now() -> Timestamp { Timestamp::now() }",
        ),
        ("engine/run.rs", "use crate::store::{Batch, Store};"),
        (
            "web/mod.rs",
            "use crate::engine::handle::Handle; use axum::Router;",
        ),
        (
            "web/mod.rs",
            "// use crate::store::Store;\n/* use sled; /* */ use crate::store; */",
        ),
        (
            "web/mod.rs",
            "const S: &str = \"crate::store::Store \\\" sled::Db\";",
        ),
        (
            "web/mod.rs",
            "const S: &str = r##\"crate::store::Store \"# sled::Db\"##;",
        ),
        (
            "domain/ids.rs",
            "#[cfg(test)]\nmod tests { use crate::store::Store; fn f() {} }",
        ),
        (
            "config.rs",
            "use crate::decide::PolicyOptions; fn f() { std::env::var(\"X\"); }",
        ),
        (
            "app.rs",
            "use crate::{discord, engine, store::embedded, web};",
        ),
        ("main.rs", "fn main() { medic::cli::run() }"),
        ("lib.rs", "pub mod domain; pub mod web;"),
    ] {
        assert_eq!(check(path, text), [""; 0], "{path}: {text}");
    }
}

#[test]
fn code_after_a_test_is_still_looked_at() {
    let text = "#[cfg(test)]\nfn helper(_: [u8; 2]) { if true {} }\nuse crate::store::Store;";
    assert_eq!(check("web/mod.rs", text).len(), 1);
}

#[test]
fn a_file_declared_for_tests_only_is_a_test() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let declared = "#[cfg(test)]\nmod trial;";
    let trial = "use crate::store::Store;";
    let files = [file("web/mod.rs", declared), file("web/trial.rs", trial)];
    assert_eq!(violations(&files), [""; 0]);
    let files = [
        file("web/mod.rs", "mod trial;"),
        file("web/trial.rs", trial),
    ];
    assert_eq!(violations(&files).len(), 1);
}

#[test]
fn a_long_file_is_named_but_its_tests_do_not_count() {
    let code = "const A: u8 = 1;\n".repeat(400);
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "const B: u8 = 1;\n".repeat(300)
    );
    assert_eq!(check("domain/ids.rs", &format!("{code}{tests}")), [""; 0]);
    assert_eq!(
        check("domain/ids.rs", &format!("{code}const C: u8 = 1;\n{tests}")),
        ["src/domain/ids.rs has 401 lines without its tests; split it, 400 is the most"]
    );
}
