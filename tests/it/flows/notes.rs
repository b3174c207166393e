//! What a surface keeps and finds: notes, what is live, what changed since it looked.

use crate::support::world::World;
use medic::domain::Surface;
use medic::engine::handle::{CommandError, Note};

fn note(key: &str, value: Option<&str>) -> Note {
    Note {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    }
}

impl World {
    async fn keeps(&self, notes: Vec<Note>) -> Result<(), CommandError> {
        self.handle()
            .note(&self.workspace(), Surface::Discord, notes)
            .await
    }

    fn notes(&self, surface: Surface, start: &str, after: Option<&str>) -> Vec<String> {
        let found = self
            .handle()
            .notes(&self.workspace(), surface, start, after, 2)
            .unwrap();
        let line = |(key, value)| format!("{key} = {value}");
        found.into_iter().map(line).collect()
    }

    fn live(&self) -> Vec<String> {
        let live = self.handle().live(&self.workspace()).unwrap();
        live.iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn notes_outlive_a_restart_and_are_read_in_pages() {
    let mut world = World::new().await;
    let kept = vec![
        note("card/INC-1", Some("{\"message\":\"1\"}")),
        note("card/INC-2", Some("two")),
        note("card/INC-3", Some("three")),
        note("told/T-1", Some("yes")),
    ];
    world.keeps(kept).await.unwrap();
    world
        .keeps(vec![
            note("card/INC-2", Some("new")),
            note("told/T-1", None),
        ])
        .await
        .unwrap();
    world.restarts().await;
    assert_eq!(
        world.notes(Surface::Discord, "card/", None),
        ["card/INC-1 = {\"message\":\"1\"}", "card/INC-2 = new"]
    );
    assert_eq!(
        world.notes(Surface::Discord, "card/", Some("card/INC-2")),
        ["card/INC-3 = three"]
    );
    assert_eq!(world.notes(Surface::Discord, "told/", None), [""; 0]);
    assert_eq!(world.notes(Surface::Console, "", None), [""; 0]);
    let one = world
        .handle()
        .note_of(&world.workspace(), Surface::Discord, "card/INC-2")
        .unwrap();
    assert_eq!(one.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_note_out_of_bounds_is_refused_and_nothing_of_its_batch_is_kept() {
    let world = World::new().await;
    let long = "x".repeat(4_097);
    for bad in [
        note("", Some("x")),
        note("a b", Some("x")),
        note("ключ", Some("x")),
        note(&"k".repeat(201), Some("x")),
        note("long", Some(&long)),
    ] {
        let refused = world.keeps(vec![note("good", Some("x")), bad]).await;
        assert!(
            matches!(refused, Err(CommandError::Refused(_))),
            "{refused:?}"
        );
    }
    assert_eq!(world.notes(Surface::Discord, "", None), [""; 0]);
    // What is refused at the door says nothing of whether the start is recorded yet.
    world.calm().await;
    world.store.fail_commits(1, 1);
    let refused = world.keeps(vec![note("good", Some("x"))]).await;
    assert!(
        matches!(refused, Err(CommandError::Unavailable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_surface_that_was_away_finds_what_is_live_and_what_ended_meanwhile() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let shown = world.handle().head().seq;
    assert_eq!(world.live(), ["INC-1"]);
    let nothing = world
        .handle()
        .changed_since(&world.workspace(), shown, 100)
        .unwrap();
    assert!(nothing.subjects.is_empty() && nothing.upto == shown && !nothing.more);

    world.closes("ana", "INC-1", "It was a drill").await;
    world.merchant_posts("M9", "Cart empties itself", "").await;
    world.restarts().await;
    assert_eq!(world.live(), [""; 0]);
    let mut found = std::collections::BTreeSet::new();
    let mut upto = shown;
    loop {
        let page = world
            .handle()
            .changed_since(&world.workspace(), upto, 2)
            .unwrap();
        found.extend(page.subjects);
        upto = page.upto;
        if !page.more {
            break;
        }
    }
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["INC-1", "CASE-4"]);
    assert_eq!(upto, world.handle().head().seq);
}

#[tokio::test]
async fn the_dearest_wait_comes_first() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.later(1).await;
    let dear = serde_json::json!({
        "ticket_id": "dear", "merchant_id": "M50", "severity": "critical",
        "issue": "Payment fails with PaymentError for every card", "checkout_failures": 120,
    });
    world.sends(&dear.to_string(), true).await;
    let waiting: Vec<String> = world
        .handle()
        .waiting(&world.workspace())
        .unwrap()
        .iter()
        .map(|row| format!("{} {} | {}", row.subject, row.wanted, row.cost))
        .collect();
    let [first, rest @ ..] = waiting.as_slice() else {
        panic!("nothing waits");
    };
    insta::assert_snapshot!(first, @"CASE-4 approval, medium risk | 120 failed checkouts when it was reported, and more while it goes on");
    assert!(
        !rest.is_empty() && rest.iter().all(|row| row == "INC-1 approval, high risk | "),
        "{rest:?}"
    );
}
