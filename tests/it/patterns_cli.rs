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
    let store = store.to_str().unwrap();
    let words = [&["patterns", "explain"], words, &["--store", store]].concat();
    let args = Words::try_parse_from(words).unwrap().args;
    let config = Config::load(None, &EnvSource::fixed([])).unwrap();
    let mut out = Vec::new();
    match run_with(&args, config, &mut out) {
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
    for unknown in ["T-99", "P-99", "INC-99", "invoices"] {
        assert_eq!(
            medic(store, &[unknown]),
            format!(
                "medic: workspace default has no {unknown:?}; name a ticket like T-12, a pattern \
                 like P-7 or an incident like INC-4"
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
