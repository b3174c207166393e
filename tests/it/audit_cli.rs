//! `medic audit`: what a reviewer reads, takes away and checks.

use clap::Parser;
use medic::cli::audit::{AuditArgs, run_with};
use medic::domain::{
    Actor, IncidentId, PersonId, PlanId, RecordDraft, SubjectId, Surface, TicketId, WorkspaceId,
};
use medic::store::embedded::{EmbeddedStore, Options};
use medic::store::{Batch, Change, Key, Store};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A store that somebody wrote five records to.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) =
            EmbeddedStore::open(&folder.path().join("db"), Options::default()).unwrap();
        for draft in drafts() {
            let change = Change {
                key: Key::new(&draft.workspace, "test", &draft.kind),
                value: Some("1".into()),
            };
            store
                .commit(Batch {
                    records: vec![draft],
                    changes: vec![change],
                })
                .unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the command prints, and its exit code.
    fn medic(&self, words: &[&str]) -> (String, bool) {
        audit(&self.path("db"), words)
    }

    fn export(&self, words: &[&str]) -> PathBuf {
        let (text, good) = self.medic(words);
        assert!(good);
        let path = self.path("export.jsonl");
        std::fs::write(&path, text).unwrap();
        path
    }
}

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: AuditArgs,
}

fn audit(store: &Path, words: &[&str]) -> (String, bool) {
    let words = std::iter::once("audit").chain(words.iter().copied());
    let args = match Command::try_parse_from(words) {
        Ok(command) => command.args,
        Err(error) => return (error.to_string(), false),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    match run_with(&args, || Ok(store.to_owned()), &mut out, &mut err) {
        Ok(good) => (String::from_utf8(out).unwrap(), good),
        Err(error) => (format!("{error:#}"), false),
    }
}

fn drafts() -> Vec<RecordDraft> {
    let at = |text: &str| text.parse().unwrap();
    let ana = Actor::Person {
        id: PersonId::new("ana"),
        name: "Ana".to_owned(),
        surface: Surface::Console,
    };
    let draft = |time: &str, actor: &Actor, kind: &str, what: &str| RecordDraft {
        at: at(time),
        workspace: WorkspaceId::new("shop"),
        actor: actor.clone(),
        kind: kind.to_owned(),
        ticket: None,
        subject: None,
        plan: None,
        what: what.to_owned(),
        why: serde_json::Map::new(),
        result: serde_json::Map::new(),
    };
    let incident = Some(SubjectId::Incident(IncidentId::new(4)));
    let source = Actor::Source {
        name: medic::domain::SourceName::new("helpdesk"),
    };
    let mut approved = draft("2026-01-06T00:01:07Z", &ana, "plan.approved", "approved");
    approved.why.insert("digest".to_owned(), json!("3f1c"));
    approved.why.insert("votes".to_owned(), json!(1));
    vec![
        RecordDraft {
            ticket: Some(TicketId::new(12)),
            ..draft(
                "2026-01-05T08:12:24.428Z",
                &source,
                "ticket.received",
                "took ticket T-12",
            )
        },
        RecordDraft {
            subject: incident,
            ..draft(
                "2026-01-05T08:31:00Z",
                &Actor::Medic,
                "incident.opened",
                "opened for WebhookTimeout order.created: 9 of 41 merchants in post-migration-day-1 in 30 min",
            )
        },
        RecordDraft {
            subject: incident,
            plan: Some(PlanId::new(17)),
            ..draft(
                "2026-01-05T08:31:02Z",
                &Actor::Medic,
                "plan.made",
                "asks: send_configuration_guide",
            )
        },
        RecordDraft {
            subject: incident,
            plan: Some(PlanId::new(17)),
            ..approved
        },
        draft(
            "2026-01-06T00:02:00Z",
            &Actor::Medic,
            "medic.paused",
            "paused, reason: \u{1b}[2Jred\u{202e}txt\nsecond line",
        ),
    ]
}

#[test]
fn list_is_newest_first_and_fits_a_terminal() {
    let (text, _) = World::new().medic(&["list"]);
    insta::assert_snapshot!(text, @r"
    2026-01-06 (UTC)
          5  00:02:00  medic.paused  by Medic
             paused, reason: �[2Jred�txt second line
          4  00:01:07  plan.approved  INC-4 PLAN-17  by Ana
             approved
    2026-01-05 (UTC)
          3  08:31:02  plan.made  INC-4 PLAN-17  by Medic
             asks: send_configuration_guide
          2  08:31:00  incident.opened  INC-4  by Medic
             opened for WebhookTimeout order.created: 9 of 41 merchants in post-mig…
          1  08:12:24  ticket.received  T-12  by source helpdesk
             took ticket T-12
    All 5 records.
    ");
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn list_takes_filters_and_says_what_it_leaves_out() {
    let world = World::new();
    insta::assert_snapshot!(world.medic(&["list", "--kind", "plan", "--limit", "1"]).0, @r"
    2026-01-06 (UTC)
          4  00:01:07  plan.approved  INC-4 PLAN-17  by Ana
             approved
    The newest 1 of 2 records; --limit 2 shows all.
    ");
    let count = |words: &[&str]| {
        let words: Vec<&str> = [&["list", "--json"], words].concat();
        world.medic(&words).0.lines().count()
    };
    assert_eq!(count(&[]), 5);
    assert_eq!(count(&["--subject", "INC-4"]), 3);
    assert_eq!(count(&["--subject", "inc-4", "--actor", "ANA"]), 1);
    assert_eq!(count(&["--since", "2026-01-06T00:00:00Z"]), 2);
    assert_eq!(count(&["--until", "2026-01-05T08:31:00Z"]), 1);
    assert_eq!(count(&["--text", "webhooktimeout"]), 1);
    assert_eq!(count(&["--workspace", "other"]), 0);
    assert_eq!(
        world.medic(&["list", "--kind", "nothing"]).0,
        "None of the 5 records.\n"
    );
}

#[test]
fn show_gives_one_record_in_full_or_all_about_an_id() {
    let world = World::new();
    let (text, good) = world.medic(&["show", "4"]);
    assert!(good);
    let shown = text.lines().filter(|line| {
        !line.starts_with("before") && !line.starts_with("hash") && !line.starts_with("state")
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r"
    record     4
    at         2026-01-06T00:01:07Z
    workspace  shop
    by         Ana (ana, on the console)
    kind       plan.approved
    about      INC-4 PLAN-17
    what       approved
    why        digest: 3f1c
               votes: 1
    ");
    let (text, _) = world.medic(&["show", "INC-4", "--json"]);
    let numbers: Vec<u64> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["seq"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(numbers, [2, 3, 4], "oldest first");
    assert!(world.medic(&["show", "plan-17"]).0.contains("plan.made"));
    assert!(world.medic(&["show", "T-12"]).0.contains("helpdesk"));
}

#[test]
fn show_says_what_is_wrong_with_what_was_asked() {
    let world = World::new();
    assert_eq!(
        world.medic(&["show", "99"]).0,
        "there is no record 99; the last one is 5"
    );
    assert_eq!(
        world.medic(&["show", "CASE-1"]).0,
        "no record is about CASE-1"
    );
    for nonsense in [
        "",
        "INC-",
        "INC-x",
        "FOO-1",
        "-1",
        "99999999999999999999999",
        "INC-4-4",
    ] {
        let (text, good) = world.medic(&["show", "--", nonsense]);
        assert!(
            !good && text.contains("INC-4, CASE-2, PLAN-17 or T-12"),
            "{nonsense}: {text}"
        );
    }
}

#[test]
fn an_export_verifies_whole_or_filtered_and_says_that_nothing_vouches_for_its_end() {
    let world = World::new();
    for words in [&["export"][..], &["export", "--kind", "plan"]] {
        let export = world.export(words);
        let (text, good) = audit(Path::new("/nowhere"), &["verify", export.to_str().unwrap()]);
        assert!(good, "{text}");
        assert!(
            text.contains("(unanchored)") && text.contains("--head"),
            "{text}"
        );
    }
    let csv = world
        .medic(&["export", "--format", "csv", "--kind", "plan"])
        .0;
    assert_eq!(csv.lines().count(), 3, "a header and two records");
    assert!(csv.starts_with("seq,at,"));
}

#[test]
fn a_head_that_was_kept_vouches_for_the_end() {
    let world = World::new();
    let export = world.export(&["export"]);
    let path = export.to_str().unwrap();
    let answer: Value = serde_json::from_str(&world.medic(&["verify", path, "--json"]).0).unwrap();
    assert_eq!(answer["anchor"], "unanchored");
    let head = answer["head"].as_str().unwrap();

    let (text, good) = world.medic(&["verify", path, "--head", head, "--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(good);
    assert_eq!(
        (&answer["anchor"], &answer["anchored_up_to"]),
        (&json!("anchored"), &json!(5))
    );

    let text = std::fs::read_to_string(&export).unwrap();
    let cut: String = text
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&export, cut).unwrap();
    assert!(
        world.medic(&["verify", path]).1,
        "without a head a cut-off end is not seen"
    );
    let (text, good) = world.medic(&["verify", path, "--head", head]);
    assert!(!good && text.starts_with("BROKEN: record 5"), "{text}");
}

#[test]
fn a_changed_record_is_named_in_an_export_and_in_the_journal() {
    let world = World::new();
    let export = world.export(&["export"]);
    let journal = world.path("db");
    let file = std::fs::read_dir(&journal)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .unwrap();
    for (path, verified) in [(&export, &export), (&file, &journal), (&file, &file)] {
        let whole = std::fs::read_to_string(path).unwrap();
        let verified = verified.to_str().unwrap();
        assert!(world.medic(&["verify", verified]).1);
        std::fs::write(path, whole.replace("asks: send", "asks: Send")).unwrap();
        let (text, good) = world.medic(&["verify", verified, "--json"]);
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(!good);
        assert_eq!(
            (&answer["ok"], &answer["bad_record"]),
            (&json!(false), &json!(3)),
            "{text}"
        );
        std::fs::write(path, whole).unwrap();
    }
}

#[test]
fn what_is_no_export_is_refused_with_a_reason() {
    let world = World::new();
    let file = world.path("odd");
    let path = file.to_str().unwrap();
    for bytes in [&b"hello\n"[..], b"\xff\xfe\n", b"{}\n", b"[1]\n", b"\0\n"] {
        std::fs::write(&file, bytes).unwrap();
        let (text, good) = world.medic(&["verify", path]);
        assert!(
            !good && text.starts_with("BROKEN: record 1 (line 1)"),
            "{bytes:?}: {text}"
        );
    }
    std::fs::write(&file, world.medic(&["export", "--format", "csv"]).0).unwrap();
    assert!(
        world
            .medic(&["verify", path])
            .0
            .contains("export it as jsonl")
    );

    let (text, good) = world.medic(&["verify", "/nowhere/at.all"]);
    assert!(
        !good && text.contains("cannot verify /nowhere/at.all"),
        "{text}"
    );
    assert!(!world.medic(&["verify", path, "--head", "abc"]).1);
    let (text, good) = audit(Path::new("/nowhere"), &["list"]);
    assert!(!good && text.contains("there is no store in /nowhere") && text.contains("--store"));
}
