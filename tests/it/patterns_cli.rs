//! `medic patterns explain`: why a ticket is where it is, in words.

use crate::support::world::World;
use clap::Parser;
use medic::cli::patterns::{PatternsArgs, run_with};
use medic::config::{Config, EnvSource};
use std::path::Path;

#[derive(Parser)]
struct Words {
    #[command(flatten)]
    args: PatternsArgs,
}

/// What the command prints, or says went wrong.
fn medic(store: &Path, words: &[&str]) -> String {
    told(store, words, "", 1000)
}

/// The same with lines of config and a terminal's width.
fn told(store: &Path, words: &[&str], more: &str, width: usize) -> String {
    let store = store.to_str().unwrap();
    let words = [&["patterns", "explain"], words, &["--store", store]].concat();
    let args = Words::try_parse_from(words).unwrap().args;
    let config = Config::read("config.toml", more, &EnvSource::fixed([])).unwrap();
    let mut out = Vec::new();
    match run_with(&args, config, width, &mut out) {
        Ok(_) => String::from_utf8(out).unwrap(),
        Err(error) => format!("medic: {error:#}"),
    }
}

/// Six merchants whose webhooks time out, and one whose invoice is wrong.
async fn a_morning() -> tempfile::TempDir {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .merchant_posts("M9", "The invoice\u{1b}[2J has a wrong VAT number", "")
        .await;
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    folder
}

#[tokio::test]
async fn a_ticket_says_where_it_went_and_why_and_a_pattern_what_is_known_of_it() {
    let folder = a_morning().await;
    let store = folder.path();
    insta::assert_snapshot!(medic(store, &["T-2"]), @r"
    T-2 was put into P-1: same signature WebhookTimeout order.created; meaning 1.00; words 1.00
    P-1 “WebhookTimeout order.created”
      6 tickets of 6 merchants, the newest of 2026-01-05T08:00:00Z
      error signature WebhookTimeout order.created
      INC-1 alerted at 2026-01-05T08:00:00Z: 4 of 4 merchants in 30 min, less than 0.1 expected
    most like it otherwise:
      P-2 “The invoice has a wrong VAT number”: likeness -0.02 (meaning -0.02)
    ");
    let invoice = medic(store, &["T-7"]);
    insta::assert_snapshot!(invoice, @r"
    T-7 was put into P-2: unlike every known pattern
    P-2 “The invoice has a wrong VAT number”
      1 ticket of 1 merchant, the newest of 2026-01-05T08:00:00Z
    most like it otherwise:
      P-1 “WebhookTimeout order.created”: likeness -0.02 (meaning -0.02)
    ");
    assert!(
        !invoice.contains('\u{1b}'),
        "a ticket's text never steers the terminal"
    );
    insta::assert_snapshot!(medic(store, &["P-1"]), @r"
    P-1 “WebhookTimeout order.created”
      6 tickets of 6 merchants, the newest of 2026-01-05T08:00:00Z
      error signature WebhookTimeout order.created
      INC-1 alerted at 2026-01-05T08:00:00Z: 4 of 4 merchants in 30 min, less than 0.1 expected
    most like it otherwise:
      P-2 “The invoice has a wrong VAT number”: likeness -0.02 (meaning -0.02)
    ");
    assert_eq!(medic(store, &["INC-1"]), medic(store, &["P-1"]));
    let json = medic(store, &["T-2", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["tickets"], 6, "{json}");
}

#[tokio::test]
async fn who_asks_about_what_is_not_there_reads_what_can_be_asked_about() {
    let folder = a_morning().await;
    let store = folder.path();
    for unknown in ["T-99", "P-99", "INC-99", "CASE-99", "invoices"] {
        assert_eq!(
            medic(store, &[unknown]),
            format!(
                "medic: workspace default has no {unknown:?}; name a ticket like T-12 or by its own \
                 id, a pattern like P-7, an incident like INC-4 or a case like CASE-3"
            )
        );
    }
    let elsewhere = medic(store, &["T-2", "--workspace", "other"]);
    assert!(
        elsewhere.starts_with("medic: workspace other has no"),
        "{elsewhere}"
    );
    let nowhere = medic(&store.join("nothing"), &["T-2"]);
    assert!(
        nowhere.starts_with("medic: there is no store in "),
        "{nowhere}"
    );
    assert!(
        nowhere.ends_with("; give its directory with --store, or as [store] dir in config.toml"),
        "{nowhere}"
    );
}

#[tokio::test]
async fn a_ticket_that_was_split_off_is_told_and_counted_where_it_is_now() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (handle, ws, ana) = (world.handle(), world.workspace(), world.person("ana"));
    let hooks = handle.pattern_named(&ws, "INC-1").unwrap();
    let ticket = |text: &str| text.parse().unwrap();
    handle
        .split(&ws, &ana, hooks, vec![ticket("T-5"), ticket("T-6")])
        .await
        .unwrap();
    let own = handle.pattern_named(&ws, "T-5").unwrap();
    assert_ne!(own, hooks, "people who name the ticket mean where it is");
    assert_eq!(
        handle.patterns_named(&ws, "INC-1, T-6 t-1").unwrap(),
        [hooks, own, hooks]
    );
    for _ in 0..2 {
        handle.not_the_same(&ws, &ana, hooks, own).await.unwrap();
    }

    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    insta::assert_snapshot!(medic(folder.path(), &["T-5"]), @r"
    T-5 was put into P-1: same signature WebhookTimeout order.created; meaning 1.00; words 1.00
      it is in P-2 now: split off P-1 by Ana (2026-01-05T08:00:00Z)
    P-2 “WebhookTimeout order.created”
      2 tickets of 2 merchants, the newest of 2026-01-05T08:00:00Z
      error signature WebhookTimeout order.created
      a person: T-5, T-6 split from P-1: P-2 (Ana, 2026-01-05T08:00:00Z)
      a person: P-1 and P-2 are not the same (Ana, 2026-01-05T08:00:00Z)
    most like it otherwise:
      P-1 “WebhookTimeout order.created”: likeness 1.35 (same signature; meaning 1.00; words 1.00)
    ");
    let pattern = medic(folder.path(), &["P-1"]);
    assert!(
        pattern.contains("\n  4 tickets of 4 merchants"),
        "{pattern}"
    );
    assert_eq!(pattern.matches("are not the same").count(), 1, "{pattern}");
}

#[tokio::test]
async fn what_medic_split_off_is_told_where_it_is_now_with_the_reason() {
    const TEXTS: [[&str; 2]; 2] = [
        [
            "Our warehouse stopped receiving orders, webhook not firing",
            "No order webhooks since the migration, warehouse gets nothing",
        ],
        [
            "A customer was refunded twice for the same return",
            "The refund for a returned item was paid out two times",
        ],
    ];
    let mixes_everything = "[detect]\njoin = 0.0\n";
    let mut world = World::with(mixes_everything).await;
    for n in 0..40 {
        let text = TEXTS[n % 2][n / 2 % 2];
        world.merchant_posts(&format!("M{n}"), text, "").await;
    }
    let (handle, ws) = (world.handle(), world.workspace());
    let patterns: std::collections::BTreeSet<_> = (1..=40)
        .map(|n| handle.pattern_named(&ws, &format!("T-{n}")).unwrap())
        .collect();
    assert_eq!(patterns.len(), 2);
    let [first, second] = [1, 2].map(|n| handle.pattern_named(&ws, &format!("T-{n}")).unwrap());
    assert_ne!(first, second, "the first two are of different problems");

    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    let moved = if first.number() == 1 { "T-2" } else { "T-1" };
    let said = told(folder.path(), &[moved], mixes_everything, 1000);
    assert!(
        said.contains("\n  it is in P-2 now: split off P-1: ") && said.contains("\nP-2 \u{201c}"),
        "{said}"
    );
    assert!(said.contains("\n  20 tickets of 20 merchants"), "{said}");
    assert!(
        !said.contains("\n  P-2 "),
        "not like itself otherwise: {said}"
    );
}

#[tokio::test]
async fn a_ticket_can_be_named_by_its_own_id_or_its_case() {
    let folder = a_morning().await;
    let store = folder.path();
    assert_eq!(medic(store, &["hook-2"]), medic(store, &["T-2"]));
    assert_eq!(medic(store, &["t-2"]), medic(store, &["T-2"]));
    let of_case = medic(store, &["CASE-1"]);
    assert!(of_case.starts_with("T-"), "{of_case}");
}

#[tokio::test]
async fn what_is_told_fits_the_terminal_and_obeys_no_ticket() {
    let mut world = World::new().await;
    world
        .merchant_posts(
            "M1",
            "Invoice \u{202e}gnorw\u{2066} and \u{61c}a\u{200f}b total",
            "",
        )
        .await;
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    let told = told(folder.path(), &["T-1"], "", 40);
    assert!(
        told.lines().all(|line| line.chars().count() <= 40),
        "{told}"
    );
    assert!(told.contains("\u{fffd}gnorw"), "{told}");
    let steers = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{200e}' | '\u{200f}');
    assert!(!told.contains(steers), "{told:?}");
}

#[tokio::test]
async fn many_split_tickets_are_named_in_part_and_times_are_told_to_the_second() {
    let world = World::new().await;
    for n in 0..14 {
        let body = serde_json::json!({
            "merchant_id": format!("M{n}"),
            "timestamp": "2026-01-05T07:59:58.123456789Z",
            "issue": "The invoice has a wrong VAT number",
        });
        world.sends(&body.to_string(), true).await;
    }
    let (handle, ws, ana) = (world.handle(), world.workspace(), world.person("ana"));
    let of = handle.pattern_named(&ws, "T-1").unwrap();
    let tickets = (1..=13).map(medic::domain::TicketId::new).collect();
    handle.split(&ws, &ana, of, tickets).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    let told = medic(folder.path(), &["T-14"]);
    assert!(told.contains("T-10 and 3 more split from P-1"), "{told}");
    assert!(
        told.contains("the newest of 2026-01-05T07:59:58Z\n"),
        "{told}"
    );
}
