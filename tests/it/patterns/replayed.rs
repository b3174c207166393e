//! `medic replay`: files, state, bad lines and scores.

use super::{BACKGROUND, OUTAGE};
use medic::cli::replay::{ReplayArgs, run};
use medic::observe::detect::DetectOptions;
use medic::observe::replay::Replay;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn replay(&self, args: ReplayArgs) -> (bool, String) {
        self.replay_with(DetectOptions::default(), &args).unwrap()
    }

    fn replay_with(
        &self,
        options: DetectOptions,
        args: &ReplayArgs,
    ) -> anyhow::Result<(bool, String)> {
        let mut out = Vec::new();
        let fine = run(args, options, &AtomicBool::new(false), &mut out)?;
        Ok((fine, String::from_utf8(out)?))
    }

    /// What is said instead of a result, without the folder's name.
    fn refused(&self, options: DetectOptions, args: &ReplayArgs) -> String {
        let error = self.replay_with(options, args).unwrap_err();
        let folder = format!("{}/", self.0.path().display());
        format!("{error:#}").replace(&folder, "")
    }
}

fn lines(count: u64) -> Vec<String> {
    (0..count)
        .map(|n| {
            let at = jiff::Timestamp::from_second(1_767_600_000 + n as i64 * 400).unwrap();
            let text = if n % 9 > 5 { OUTAGE[(n % 4) as usize] } else { BACKGROUND[(n * 5 % 12) as usize] };
            format!(r#"{{"ticket_id":"X{n}","merchant_id":"m{}","timestamp":"{at}","merchant_message":"{text}"}}"#, n * 7 % 31)
        })
        .collect()
}

#[test]
fn a_stop_and_resume_in_the_middle_changes_no_byte() {
    let dir = Folder(tempfile::tempdir().unwrap());
    let all = lines(300);
    fs::write(dir.path("all.jsonl"), all.join("\n")).unwrap();
    fs::write(dir.path("part.jsonl"), all[..137].join("\n") + "\n").unwrap();
    let args = |input: &str, a: &str, b: &str, state: Option<&str>| ReplayArgs {
        tickets: vec![dir.path(input)],
        assignments: Some(dir.path(a)),
        alerts: Some(dir.path(b)),
        state: state.map(|name| dir.path(name)),
        ..ReplayArgs::default()
    };
    assert!(dir.replay(args("all.jsonl", "a1", "b1", None)).0);
    assert!(dir.replay(args("part.jsonl", "a2", "b2", Some("s"))).0);
    // the file grew meanwhile, and a killed run left half a line behind the stored state
    fs::write(dir.path("part.jsonl"), all.join("\n")).unwrap();
    fs::write(dir.path("a2"), dir.read("a2") + "{\"ticket_id\":\"X13").unwrap();
    assert!(dir.replay(args("part.jsonl", "a2", "b2", Some("s"))).0);
    assert_eq!(dir.read("a1"), dir.read("a2"));
    assert_eq!(dir.read("b1"), dir.read("b2"));
    assert_eq!(dir.read("a1").lines().count(), 300);
}

#[test]
fn a_bad_line_costs_no_good_one_and_fails_at_the_end() {
    let dir = Folder(tempfile::tempdir().unwrap());
    let mut all = lines(6);
    all[1] = "{not json".to_owned();
    all[2] = r#"{"ticket_id":"T","timestamp":"yesterday","issue":"x"}"#.to_owned();
    all[4] = r#"{"ticket_id":"T","severity":"extreme","issue":"x"}"#.to_owned();
    let mut bytes = all.join("\n").into_bytes();
    bytes.extend(b"\n{\"ticket_id\":\"\xff\"}\n\n{\"merchant_id\":\"m\"}\n");
    fs::write(dir.path("in"), bytes).unwrap();
    let args = ReplayArgs {
        tickets: vec![dir.path("in")],
        assignments: Some(dir.path("a")),
        ..ReplayArgs::default()
    };
    let (fine, said) = dir.replay(args);
    assert!(!fine);
    assert!(
        said.contains("3 tickets") && said.contains("5 lines were no tickets"),
        "{said}"
    );
    let ids: Vec<String> = dir
        .read("a")
        .lines()
        .map(|line| line[14..16].to_owned())
        .collect();
    assert_eq!(ids, ["X0", "X3", "X5"]);
}

#[test]
fn labels_are_scored() {
    let dir = Folder(tempfile::tempdir().unwrap());
    fs::write(dir.path("in"), lines(50).join("\n")).unwrap();
    fs::write(dir.path("l"), labels(50)).unwrap();
    let args = ReplayArgs {
        tickets: vec![dir.path("in")],
        labels: Some(dir.path("l")),
        json: true,
        ..ReplayArgs::default()
    };
    let (fine, said) = dir.replay(args);
    assert!(fine);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["scores"]["tickets"], 50);
    assert!(
        said["scores"]["bcubed_f1"].as_f64().unwrap() > 0.95,
        "{said}"
    );
}

/// What the lines above are about.
fn labels(count: u64) -> String {
    let labels: String = (0..count)
        .map(|n| {
            format!(
                "X{n}\t{}\tmore\n",
                if n % 9 > 5 {
                    "outage".to_owned()
                } else {
                    format!("b{}", n * 5 % 12)
                }
            )
        })
        .collect();
    format!("ticket_id\tlabel\n{labels}")
}

#[test]
fn a_resumed_run_is_scored_over_all_of_its_assignments_or_says_what_is_left_out() {
    let dir = Folder(tempfile::tempdir().unwrap());
    let all = lines(300);
    fs::write(dir.path("all"), all.join("\n")).unwrap();
    fs::write(dir.path("one"), all[..200].join("\n")).unwrap();
    fs::write(dir.path("two"), all[200..].join("\n")).unwrap();
    fs::write(dir.path("l"), labels(300)).unwrap();
    let args = |input: &str, assignments: Option<&str>, state: Option<&str>| ReplayArgs {
        tickets: vec![dir.path(input)],
        assignments: assignments.map(|name| dir.path(name)),
        labels: Some(dir.path("l")),
        state: state.map(|name| dir.path(name)),
        ..ReplayArgs::default()
    };
    let scores = |said: &str| said.split_once('\n').unwrap().1.to_owned();
    let whole = dir.replay(args("all", None, None)).1;
    dir.replay(args("one", Some("a"), Some("s")));
    fs::copy(dir.path("s"), dir.path("s-bare")).unwrap();
    let resumed = dir.replay(args("two", Some("a"), Some("s"))).1;
    assert_eq!(scores(&resumed), scores(&whole));

    let part = dir.replay(args("two", None, Some("s-bare"))).1;
    assert!(
        part.contains("over 100 of 300 labelled tickets")
            && part.contains("left out: 200 labelled tickets that earlier runs read"),
        "{part}"
    );
    let first = dir.replay(args("one", None, None)).1;
    assert!(
        first.contains("over 200 of 300 labelled tickets")
            && first.contains("left out: 100 labelled tickets that no line holds"),
        "{first}"
    );
}

#[test]
fn labels_of_which_no_ticket_was_read_are_refused() {
    let dir = Folder(tempfile::tempdir().unwrap());
    fs::write(dir.path("in"), lines(20).join("\n")).unwrap();
    fs::write(dir.path("l"), "Y1\ta\nY2\tb\n").unwrap();
    let mut args = ReplayArgs {
        tickets: vec![dir.path("in")],
        labels: Some(dir.path("l")),
        state: Some(dir.path("s")),
        ..ReplayArgs::default()
    };
    insta::assert_snapshot!(dir.refused(DetectOptions::default(), &args), @"no ticket of l was read, so there is nothing to score: is it of other tickets?");
    fs::write(dir.path("own"), labels(20)).unwrap();
    args.labels = Some(dir.path("own"));
    insta::assert_snapshot!(dir.refused(DetectOptions::default(), &args), @"the tickets of own were read in earlier runs, so there is nothing to score: give the --assignments of those runs, or start anew without --state");
}

#[test]
fn a_bad_line_says_which_field_is_wrong_and_how_it_is_written() {
    let mut replay = Replay::new(DetectOptions::default());
    let mut said = Vec::new();
    for line in [
        "not json",
        r#"{"issue":"cut"#,
        "[1,2]",
        "null",
        r#"{"issue":"x","severity":"blocker"}"#,
        r#"{"issue":"x","checkout_failures":-3}"#,
        r#"{"issue":7}"#,
        r#"{"issue":"x","timestamp":7}"#,
        r#"{"issue":"x","issue":"y"}"#,
    ] {
        said.push(replay.feed(line).unwrap_err().to_string());
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    not JSON from byte 2 on
    not JSON: it ends in the middle, is the line cut off?
    a ticket is an object with at least `issue` or `merchant_message`
    a ticket is an object with at least `issue` or `merchant_message`
    field severity: write low, medium, high or critical
    field checkout_failures: write a whole number that is not negative
    field issue: write a text in double quotes
    field timestamp: write a text in double quotes
    a field stands there twice; keep one
    ");
}

#[test]
fn a_state_that_cannot_be_used_is_refused_with_the_way_out_once() {
    let dir = Folder(tempfile::tempdir().unwrap());
    fs::write(dir.path("in"), lines(20).join("\n")).unwrap();
    let args = ReplayArgs {
        tickets: vec![dir.path("in")],
        state: Some(dir.path("s")),
        ..ReplayArgs::default()
    };
    let options = DetectOptions::default;
    fs::write(dir.path("s"), "no state").unwrap();
    insta::assert_snapshot!(dir.refused(options(), &args), @"s is no state of `medic replay`: remove it to start anew");
    fs::remove_file(dir.path("s")).unwrap();
    dir.replay(args.clone());

    let other = DetectOptions {
        join: 0.4,
        ..options()
    };
    insta::assert_snapshot!(dir.refused(other, &args), @"s was made with other settings of [detect] than these: go on with the config of that time, or remove it to start anew");

    let half = dir.read("s").len() / 2;
    fs::write(dir.path("s"), &dir.read("s")[..half]).unwrap();
    insta::assert_snapshot!(dir.refused(options(), &args), @"the state s is damaged, cut off or of another version of medic: remove it to start anew");
}

#[test]
fn what_was_done_is_said_in_good_grammar_and_also_where_nothing_was_left_to_do() {
    let dir = Folder(tempfile::tempdir().unwrap());
    fs::write(dir.path("in"), lines(1).join("\n")).unwrap();
    let args = ReplayArgs {
        tickets: vec![dir.path("in")],
        state: Some(dir.path("s")),
        ..ReplayArgs::default()
    };
    let first = dir.replay(args.clone()).1;
    assert_eq!(first, "1 ticket, 1 pattern, 0 alerts\n");
    let (fine, again) = dir.replay(args.clone());
    assert!(fine);
    let name = dir.path("in");
    assert_eq!(
        again,
        format!(
            "0 tickets, 0 patterns, 0 alerts\neverything in {} was read by an earlier run with this --state\n",
            name.display()
        )
    );
    fs::write(dir.path("in"), lines(1).join("\n") + "\nno ticket\n").unwrap();
    let said = dir.replay(args).1;
    assert!(
        said.ends_with("1 line was no ticket (see above)\n"),
        "{said}"
    );
}
