//! The chain, its verification, its exports.

use super::draft;
use medic::audit::{
    Anchor, Format, Head, MAX_RECORD_BYTES, RecordFilter, Verified, VerifyError, chain, export,
    verify, write_record,
};
use medic::domain::{
    Actor, CaseId, Digest, PersonId, PlanId, Record, RecordDraft, SourceName, SubjectId, Surface,
    TicketId, canonical_json,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::convert::Infallible;

/// Ten records; those with even numbers are about `T-2`.
fn ten() -> Vec<Record> {
    let drafts = (1..=10)
        .map(|n| RecordDraft {
            ticket: (n % 2 == 0).then(|| TicketId::new(2)),
            ..draft("ticket.received", &format!("number {n}"))
        })
        .collect();
    chain(Head::START, drafts, None, &mut String::new())
        .unwrap()
        .records
}

fn lines(records: &[Record]) -> Vec<String> {
    exported(records, &RecordFilter::default(), Format::Jsonl)
        .lines()
        .map(str::to_owned)
        .collect()
}

fn exported(records: &[Record], filter: &RecordFilter, format: Format) -> String {
    let mut out = Vec::new();
    let records = records.iter().cloned().map(Ok::<_, Infallible>);
    export(records, filter, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn check(lines: &[String], head: Option<Digest>) -> Result<Verified, String> {
    verify(lines.join("\n").as_bytes(), head).map_err(|e| e.to_string())
}

/// The line with its hash made right again, as a careful forger would.
fn rehashed(line: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut record: Value = serde_json::from_str(line).unwrap();
    change(&mut record);
    record.as_object_mut().unwrap().remove("hash");
    record["hash"] = Digest::of_json(&record).to_string().into();
    record.to_string()
}

#[test]
fn a_whole_chain_says_so_and_whether_anybody_vouches_for_it() {
    let records = ten();
    let head = records[9].hash;
    let text = |expected| check(&lines(&records), expected).unwrap().to_string();
    assert_eq!(
        text(None),
        format!("10 records, chain whole, head {head} (unanchored)")
    );
    assert_eq!(
        text(Some(head)),
        format!("10 records, chain whole, head {head} (anchored)")
    );
    assert_eq!(
        text(Some(records[6].hash)),
        format!(
            "10 records, chain whole, head {head} (anchored up to record 7, the 3 after it are not)"
        )
    );
    assert_eq!(check(&[], None).unwrap().records, 0);
}

#[test]
fn a_hash_can_be_checked_without_medic() {
    for (record, line) in ten().iter().zip(lines(&ten())) {
        let (content, hash) = line.rsplit_once(",\"hash\":").unwrap();
        assert_eq!(hash, format!("\"{}\"}}", record.hash));
        assert_eq!(Digest::of(format!("{content}}}")), record.hash);
    }
}

#[test]
fn a_file_that_went_through_other_tools_still_verifies() {
    let spaced: Vec<_> = lines(&ten())
        .iter()
        .map(|line| {
            let record: Map<String, Value> = serde_json::from_str(line).unwrap();
            let fields: Vec<_> = record
                .iter()
                .rev()
                .map(|(k, v)| format!("{k:?} : {v}"))
                .collect();
            format!("  {{ {} }}\r", fields.join(" , "))
        })
        .collect();
    assert_eq!(
        check(&spaced, Some(ten()[9].hash)).unwrap().anchor,
        Anchor::Head
    );
    let mut blanks = lines(&ten());
    blanks.push(String::new());
    blanks.push(String::new());
    assert_eq!(check(&blanks, None).unwrap().records, 10);
}

#[test]
fn what_was_done_to_a_chain_is_named_with_the_record() {
    let whole = lines(&ten());
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = whole.clone();
        change(&mut lines);
        check(&lines, Some(ten()[9].hash)).unwrap_err()
    };
    let changed = with(&|lines| lines[4] = lines[4].replace("number 5", "number 6"));
    assert!(
        changed.starts_with("record 5 (line 5): its content"),
        "{changed}"
    );
    let forged = with(&|lines| lines[4] = rehashed(&lines[4], |r| r["what"] = "nothing".into()));
    assert!(
        forged.starts_with("record 6 (line 6): it was written after a record 5"),
        "{forged}"
    );
    let missing = with(&|lines| drop(lines.remove(2)));
    assert!(
        missing.starts_with("record 3 (line 3): it is missing here"),
        "{missing}"
    );
    let swapped = with(&|lines| lines.swap(5, 6));
    assert!(
        swapped.starts_with("record 6 (line 6): it is missing here"),
        "{swapped}"
    );
    let doubled = with(&|lines| lines.insert(3, lines[2].clone()));
    assert!(
        doubled.starts_with("record 4 (line 4): record 3 stands here again"),
        "{doubled}"
    );
    let beheaded = with(&|lines| drop(lines.remove(0)));
    assert!(
        beheaded.starts_with("record 1 (line 1): it is missing here"),
        "{beheaded}"
    );
    let cut = with(&|lines| lines.truncate(8));
    assert!(
        cut.starts_with("record 9 (line 8): no record has the expected head"),
        "{cut}"
    );
    let torn = with(&|lines| lines[9].truncate(30));
    assert!(
        torn.starts_with("record 10 (line 10): the line cannot be read"),
        "{torn}"
    );
    let twice =
        with(&|lines| lines[4] = lines[4].replacen('{', "{\"what\":\"looks harmless\",", 1));
    assert!(
        twice.contains("record 5") && twice.contains("twice"),
        "{twice}"
    );
    let fraction = with(&|lines| lines[4] = rehashed(&lines[4], |r| r["why"] = json!({"n": 0.5})));
    assert!(
        fraction.contains("record 5") && fraction.contains("fraction"),
        "{fraction}"
    );
    for junk in ["7", "[]", "{}", "{\"seq\":5}", "{\"skipped\":7}", "\u{0}"] {
        let error = with(&|lines| lines[4] = junk.to_owned());
        assert!(error.starts_with("record 5 (line 5): "), "{junk}: {error}");
    }
}

#[test]
fn a_forger_who_does_everything_anew_is_caught_by_the_head_only() {
    let mut drafts: Vec<_> = ten().into_iter().map(|record| record.draft).collect();
    drafts[4].what = "nothing".to_owned();
    let forged = chain(Head::START, drafts, None, &mut String::new()).unwrap();
    assert!(check(&lines(&forged.records), None).is_ok());
    assert!(check(&lines(&forged.records), Some(ten()[9].hash)).is_err());
}

#[test]
fn lines_that_are_not_text_or_never_end_are_refused() {
    let not_text = verify(&b"\xff\xfe\n"[..], None).unwrap_err();
    assert_eq!(not_text.to_string(), "record 1 (line 1): it is not UTF-8");
    let endless = std::io::BufReader::new(std::io::repeat(b' '));
    let error = verify(endless, None).unwrap_err();
    assert!(matches!(error, VerifyError::Broken(_)), "{error}");
    let deep = "[".repeat(100_000);
    assert!(verify(deep.as_bytes(), None).is_err());
}

#[test]
fn a_filtered_export_still_verifies() {
    let filter = RecordFilter {
        ticket: Some(TicketId::new(2)),
        ..RecordFilter::default()
    };
    let text = exported(&ten(), &filter, Format::Jsonl);
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    assert!(
        lines[0].starts_with("{\"skipped\":{\"seq\":1,"),
        "{}",
        lines[0]
    );
    assert!(!text.contains("number 3"), "what was left out is not there");
    let verified = check(&lines, Some(ten()[9].hash)).unwrap();
    assert_eq!((verified.records, verified.skipped), (5, 5));
    assert!(
        verified
            .to_string()
            .starts_with("5 records and the hashes of 5 skipped ones, chain whole")
    );

    lines[3] = lines[3].replace("number 4", "number 8");
    assert!(
        check(&lines, None)
            .unwrap_err()
            .starts_with("record 4 (line 4): its content")
    );
    lines.remove(2);
    assert!(
        check(&lines, None)
            .unwrap_err()
            .starts_with("record 3 (line 3): it is missing")
    );
}

#[test]
fn each_condition_of_a_filter_counts() {
    let at = |text: &str| text.parse().unwrap();
    let base = RecordDraft {
        at: at("2026-11-23T03:00:00Z"),
        actor: Actor::Person {
            id: PersonId::new("ana"),
            name: "Ana Ruiz".to_owned(),
            surface: Surface::Console,
        },
        ticket: Some(TicketId::new(7)),
        subject: Some(SubjectId::Case(CaseId::new(2))),
        plan: Some(PlanId::new(3)),
        why: Map::from_iter([("rules".to_owned(), json!(["Webhook-Guide", 41]))]),
        ..draft("plan.approved", "approved the plan")
    };
    let all = RecordFilter::default;
    let passes = [
        all(),
        RecordFilter {
            workspace: Some(super::workspace()),
            ..all()
        },
        RecordFilter {
            since: Some(base.at),
            ..all()
        },
        RecordFilter {
            until: Some(at("2026-11-23T03:00:00.001Z")),
            ..all()
        },
        RecordFilter {
            kind: Some("plan".to_owned()),
            ..all()
        },
        RecordFilter {
            kind: Some("plan.".to_owned()),
            ..all()
        },
        RecordFilter {
            kind: Some("plan.approved".to_owned()),
            ..all()
        },
        RecordFilter {
            subject: base.subject,
            ..all()
        },
        RecordFilter {
            ticket: base.ticket,
            ..all()
        },
        RecordFilter {
            plan: base.plan,
            ..all()
        },
        RecordFilter {
            actor: Some("ANA".to_owned()),
            ..all()
        },
        RecordFilter {
            actor: Some("ana ruiz".to_owned()),
            ..all()
        },
        RecordFilter {
            text: Some("THE plan".to_owned()),
            ..all()
        },
        RecordFilter {
            text: Some("webhook-guide".to_owned()),
            ..all()
        },
        RecordFilter {
            text: Some("41".to_owned()),
            ..all()
        },
    ];
    for filter in passes {
        assert!(filter.passes(&base), "{filter:?}");
    }
    let fails = [
        RecordFilter {
            workspace: Some(medic::domain::WorkspaceId::new("acm")),
            ..all()
        },
        RecordFilter {
            since: Some(at("2026-11-23T03:00:00.001Z")),
            ..all()
        },
        RecordFilter {
            until: Some(base.at),
            ..all()
        },
        RecordFilter {
            kind: Some("pla".to_owned()),
            ..all()
        },
        RecordFilter {
            kind: Some("plan.approved.twice".to_owned()),
            ..all()
        },
        RecordFilter {
            subject: Some(SubjectId::Case(CaseId::new(3))),
            ..all()
        },
        RecordFilter {
            ticket: Some(TicketId::new(8)),
            ..all()
        },
        RecordFilter {
            plan: Some(PlanId::new(4)),
            ..all()
        },
        RecordFilter {
            actor: Some("medic".to_owned()),
            ..all()
        },
        RecordFilter {
            text: Some("reject".to_owned()),
            ..all()
        },
    ];
    for filter in fails {
        assert!(!filter.passes(&base), "{filter:?}");
    }
}

#[test]
fn a_spreadsheet_runs_nothing_from_an_export() {
    let what = [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "a \"b\", c",
        "plain",
    ];
    let drafts = what.map(|what| draft("a", what)).into();
    let records = chain(Head::START, drafts, None, &mut String::new())
        .unwrap()
        .records;
    let csv = exported(&records, &RecordFilter::default(), Format::Csv);
    let rows: Vec<_> = csv.split("\r\n").collect();
    assert_eq!(
        rows[0],
        "seq,at,workspace,actor,kind,ticket,subject,plan,what,why,result,prev,hash"
    );
    assert_eq!(rows.len(), 10);
    let cells = [
        "\"'=cmd|' /C calc'!A0\"",
        "\"'+1\"",
        "\"'-1\"",
        "\"'@SUM(A1)\"",
        "\"'\t=1\"",
        "\"'\r=1\"",
        "\"a \"\"b\"\", c\"",
        "plain",
    ];
    for (row, cell) in rows[1..].iter().zip(cells) {
        assert!(row.contains(&format!(",a,,,,{cell},,,")), "{row}");
    }
    let none = RecordFilter {
        kind: Some("b".to_owned()),
        ..RecordFilter::default()
    };
    assert_eq!(exported(&records, &none, Format::Csv).lines().count(), 1);
}

#[test]
fn a_record_without_end_is_refused() {
    let long = draft("ticket.received", &"x".repeat(MAX_RECORD_BYTES));
    let error = chain(Head::START, vec![long], None, &mut String::new()).unwrap_err();
    assert!(error.to_string().contains("ticket.received"), "{error}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_actor() -> impl Strategy<Value = Actor> {
    let surface = prop::sample::select(vec![Surface::Discord, Surface::Console, Surface::Terminal]);
    prop_oneof![
        Just(Actor::Medic),
        any::<String>().prop_map(|name| Actor::Source {
            name: SourceName::new(name)
        }),
        (any::<String>(), any::<String>(), surface).prop_map(|(id, name, surface)| {
            Actor::Person {
                id: PersonId::new(id),
                name,
                surface,
            }
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The text written by hand is the canonical form of the record, and reading it gives it back.
    #[test]
    fn any_record_is_written_canonically(
        actor in any_actor(),
        (kind, what, at) in (any::<String>(), any::<String>(), 0..4_000_000_000_000_000_i64),
        why in prop::collection::btree_map(any::<String>(), any_json(), 0..4),
        ticket in prop::option::of(any::<u64>()),
        plan in prop::option::of(any::<u64>()),
        case in prop::option::of(any::<u64>()),
        state in any::<bool>(),
    ) {
        let draft = RecordDraft {
            at: jiff::Timestamp::from_microsecond(at).unwrap(),
            actor,
            ticket: ticket.map(TicketId::new),
            plan: plan.map(PlanId::new),
            subject: case.map(|n| SubjectId::Case(CaseId::new(n))),
            result: why.clone().into_iter().rev().collect(),
            why: why.into_iter().collect(),
            ..draft(&kind, &what)
        };
        let mut text = String::new();
        let state = state.then(|| Digest::of("state"));
        let chained = chain(Head::START, vec![draft.clone(), draft], state, &mut text).unwrap();
        for (record, range) in chained.records.iter().zip(chained.texts) {
            let line = &text[range];
            let mut value = serde_json::to_value(record).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Value>(line).unwrap(), &value);
            prop_assert_eq!(&serde_json::from_str::<Record>(line).unwrap(), record);
            value.as_object_mut().unwrap().remove("hash");
            prop_assert_eq!(Digest::of(canonical_json(&value)), record.hash);
            let mut again = String::new();
            write_record(record, &mut again);
            prop_assert_eq!(line, again);
        }
        prop_assert_eq!(check(&lines(&chained.records), None).unwrap().records, 2);
    }
}
