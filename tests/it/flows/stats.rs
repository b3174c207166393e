//! The figures of a team, over a morning whose times are known.

use crate::support::world::World;
use medic::engine::handle::PartEdit;
use medic::engine::stats::{Measured, Share, Stats};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const GUIDE: &str = "send_configuration_guide";
const ESCALATION: &str = "escalate_to_engineering";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

fn read(world: &World, since: Option<&str>) -> Stats {
    let since = since.map(|text| text.parse().unwrap());
    world.handle().stats(&world.workspace(), since).unwrap()
}

fn words(stats: &Stats) -> String {
    let mut text = String::new();
    for figure in &stats.figures {
        writeln!(text, "{}: {}", figure.name, figure.measured.in_words()).unwrap();
    }
    text
}

/// A ticket of the incident that counts what it lost.
async fn lost(world: &World, id: &str, checkouts: u64, customers: u64) {
    let body = serde_json::json!({
        "ticket_id": id, "merchant_id": "M1", "timestamp": world.now(), "issue": ISSUE,
        "error_log": TIMEOUT, "severity": "high", "checkout_failures": checkouts,
        "affected_customers": customers,
    });
    world.sends(&body.to_string(), true).await;
}

#[tokio::test]
async fn a_morning_in_figures() {
    let mut world = World::new().await;
    world.merchant_posts("M8", ISSUE, TIMEOUT).await;
    world.later(300).await;
    // 13:00 an incident; two questions wait.
    world.webhooks_time_out().await;
    world.later(4).await;
    lost(&world, "w-1", 7, 30).await;
    // 13:06 somebody looks at it: the first act that counts.
    world.later(2).await;
    let (guide, digest) = world.plan("INC-1", GUIDE);
    assert!(
        world
            .votes_on(
                "nobody",
                guide,
                &digest,
                medic::engine::handle::Ballot::Approve
            )
            .await
            .starts_with("refused"),
    );
    world.later(3).await;
    world.approves("ana", "INC-1", GUIDE).await;
    // The other question is rejected at 13:20; from then on nobody is waited for.
    world.later(11).await;
    world
        .rejects("ben", "INC-1", ESCALATION, "known already")
        .await;
    lost(&world, "w-2", 100, 100).await;
    world.later(10).await;
    world.closes("ana", "INC-1", "the provider is back").await;
    insta::assert_snapshot!(words(&read(&world, None)), @r"
    Mean time to acknowledge (MTTA): 9 min (half within 9 min, nine of ten within 9 min; 1 measured)
    Mean time to resolve (MTTR): 30 min (half within 30 min, nine of ten within 30 min; 1 measured)
    Approval latency: 14 min (half within 9 min, nine of ten within 20 min; 2 measured)
    Expiry rate: 0.0 % (0 of 2)
    Override rate: 50.0 % (1 of 2)
    Share healed: nothing to count yet
    Automation share: 50.0 % (1 of 2)
    Cost of waiting: 7 failed checkouts and 30 customers reported in 20 min of waiting
    ");
}

#[tokio::test]
async fn what_began_before_is_not_counted_and_what_waits_is_counted_as_open() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.later(30).await;
    let nothing = read(&world, Some("2026-01-05T08:29:00Z"));
    assert_eq!(
        nothing
            .figure("mean_time_to_resolve")
            .unwrap()
            .measured
            .in_words(),
        "nothing to measure yet"
    );
    insta::assert_snapshot!(words(&read(&world, None)), @r"
    Mean time to acknowledge (MTTA): nothing to measure yet; 1 still open
    Mean time to resolve (MTTR): nothing to measure yet; 1 still open
    Approval latency: nothing to measure yet; 2 still open
    Expiry rate: nothing to count yet
    Override rate: nothing to count yet
    Share healed: nothing to count yet
    Automation share: nothing to count yet
    Cost of waiting: 0 failed checkouts and 0 customers reported in 30 min of waiting
    ");
}

#[tokio::test]
async fn an_edit_is_an_override_and_no_latency() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.later(5).await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    let edit = PartEdit {
        index: 0,
        part: "body".to_owned(),
        value: r#"{"text":"Anew."}"#.to_owned(),
    };
    let said = world
        .edits("ana", plan, &digest, vec![edit], &BTreeSet::new())
        .await;
    assert!(said.contains("stands in the place"), "{said}");
    let stats = read(&world, None);
    let share = |key: &str| match stats.figure(key).unwrap().measured {
        Measured::Share(share) => share,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        share("override_rate"),
        Share {
            part: 1,
            of: 1,
            milli: Some(1000)
        }
    );
    assert_eq!(share("expiry_rate").part, 0);
    let Measured::Time(latency) = stats.figure("approval_latency").unwrap().measured else {
        panic!("a latency is a time");
    };
    assert_eq!((latency.of, latency.open), (0, 2));
}

#[tokio::test]
async fn the_same_figures_come_from_the_journal() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.later(9).await;
    world.approves("ana", "INC-1", GUIDE).await;
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    let records = medic::store::embedded::records(folder.path()).unwrap();
    let from_journal = Stats::of(records, &world.workspace(), None, world.now()).unwrap();
    assert_eq!(from_journal, read(&world, None));
    let other = medic::domain::WorkspaceId::new("other");
    let records = medic::store::embedded::records(folder.path()).unwrap();
    assert_eq!(
        Stats::of(records, &other, None, world.now())
            .unwrap()
            .records,
        0
    );
}

#[tokio::test]
async fn a_fix_that_heals_and_questions_that_nobody_answers() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    // Who is not helped writes again and again.
    for _ in 0..6 {
        world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
        }
    }
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..12 {
        world.later(30).await;
    }
    let stats = read(&world, None);
    let said = |key: &str| stats.figure(key).unwrap().measured.in_words();
    assert_eq!(said("share_healed"), "100.0 % (1 of 1)");
    // The first question about the guide and the one about the escalation.
    assert_eq!(said("expiry_rate"), "66.7 % (2 of 3)");
    assert_eq!(said("override_rate"), "0.0 % (0 of 1)");
    assert!(said("mean_time_to_resolve").ends_with("1 measured)"));
}
