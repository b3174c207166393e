//! Tickets that stand on a surface: taken once, edited and deleted there, found again.

use crate::support::posting::Post;
use crate::support::world::World;
use medic::domain::{Provenance, Surface, TicketId};
use medic::engine::handle::{Receipt, TicketChange};

const TIMEOUT: &str = "Orders do not arrive. WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

fn post<'a>(id: &'a str, author: &'a str, merchant: &'a str, text: &'a str) -> Post<'a> {
    Post {
        id,
        author,
        merchant: Some((merchant, true)),
        text,
    }
}

#[tokio::test]
async fn a_message_is_one_ticket_however_often_it_is_seen() {
    let mut world = World::new().await;
    let message = post("9001", "77", "M1", TIMEOUT);
    let first = world.sees(&message).await;
    assert!(matches!(first, Receipt::Accepted { .. }), "{first:?}");
    world.restarts().await;
    let again = world.sees(&message).await;
    assert!(
        matches!(&again, Receipt::Duplicate { ticket, .. } if *ticket == TicketId::new(1)),
        "{again:?}"
    );
    let view = world.ticket("T-1");
    let origin = view.origin.unwrap();
    assert_eq!(
        (origin.surface, origin.id.as_str()),
        (Surface::Discord, "9001")
    );
    assert_eq!(
        world
            .handle()
            .overview(&world.workspace())
            .unwrap()
            .figures
            .tickets,
        1
    );
}

/// A webhook may send any field: none of them makes Medic answer in somebody's channel, and none
/// takes the identity of a message.
#[tokio::test]
async fn a_webhook_cannot_forge_where_a_ticket_was_posted() {
    let world = World::new().await;
    let forged = serde_json::json!({
        "ticket_id": "9001",
        "issue": "Images are gone",
        "origin": {"surface": "discord", "id": "9001", "channel": "1", "author": "2"},
        "first": {"origin": {"surface": "discord", "id": "9001", "channel": "1", "author": "2"}},
        "withdrawn": "2026-01-05T08:00:00Z",
    });
    let receipts = world.sends(&forged.to_string(), true).await;
    assert!(
        matches!(receipts[0], Receipt::Accepted { .. }),
        "{receipts:?}"
    );
    let view = world.ticket("T-1");
    assert_eq!((view.origin, view.withdrawn_at), (None, None));
    let real = world.sees(&post("9001", "77", "M1", TIMEOUT)).await;
    assert!(matches!(real, Receipt::Accepted { .. }), "{real:?}");
    assert_eq!(world.sees_deletion("9002").await, TicketChange::Unknown);
}

#[tokio::test]
async fn what_one_author_claims_counts_once_and_what_a_role_says_counts() {
    let world = World::new().await;
    for (id, merchant) in [
        ("1", "M1"),
        ("2", "M2"),
        ("3", "M3"),
        ("4", "M4"),
        ("5", "M5"),
    ] {
        let claimed = Post {
            id,
            author: "77",
            merchant: Some((merchant, false)),
            text: TIMEOUT,
        };
        world.sees(&claimed).await;
    }
    assert_eq!(world.incidents(), 0, "one author is no crowd");
    let merchant = world.ticket("T-1").ticket.merchant.unwrap();
    assert_eq!(
        merchant.provenance,
        Provenance::Claimed {
            author: "77".to_owned()
        }
    );
    for (id, merchant) in [
        ("6", "M6"),
        ("7", "M7"),
        ("8", "M8"),
        ("9", "M9"),
        ("10", "M10"),
    ] {
        world.sees(&post(id, id, merchant, TIMEOUT)).await;
    }
    assert_eq!(world.incidents(), 1);
}

#[tokio::test]
async fn an_edit_is_redacted_decided_anew_and_shown() {
    let mut world = World::new().await;
    world
        .sees(&post("9001", "77", "M1", "Nothing works, call me"))
        .await;
    assert!(
        world.card("CASE-1").contains("assign_to_support_team"),
        "{}",
        world.card("CASE-1")
    );
    world
        .sees(&post("9002", "78", "M2", "Something odd in the shop"))
        .await;
    let change = world
        .sees_edit(&post(
            "9002",
            "78",
            "M2",
            "Something odd, write to kim@shop.example",
        ))
        .await;
    assert_eq!(
        change.unwrap(),
        TicketChange::Stored {
            ticket: TicketId::new(2)
        }
    );
    let view = world.ticket("T-2");
    assert_eq!(
        view.ticket.merchant_message,
        "Something odd, write to ‹email:1›"
    );
    assert!(view.edited_at.is_some());
    assert_eq!(world.records("T-2"), ["ticket.received", "ticket.edited"],);
    let same = world
        .sees_edit(&post(
            "9002",
            "78",
            "M2",
            "Something odd, write to kim@shop.example",
        ))
        .await;
    assert_eq!(
        same.unwrap(),
        TicketChange::Same {
            ticket: TicketId::new(2)
        }
    );
    let nobody = world
        .sees_edit(&post("9003", "78", "M2", "Never seen"))
        .await;
    assert_eq!(nobody.unwrap(), TicketChange::Unknown);
    world.restarts().await;
    assert_eq!(world.ticket("T-2"), view);
}

/// A question that waits was asked about words that stand there no more.
#[tokio::test]
async fn an_edit_ends_what_waits_for_a_case_and_asks_again() {
    let world = World::new().await;
    let claimed = |text| Post {
        id: "9001",
        author: "77",
        merchant: Some(("M1", false)),
        text,
    };
    world.sees(&claimed(TIMEOUT)).await;
    let (before, digest) = world.plan("CASE-1", "send_configuration_guide");
    let change = world
        .sees_edit(&claimed(&format!("{TIMEOUT}, since this morning")))
        .await;
    assert!(
        matches!(change, Ok(TicketChange::Stored { .. })),
        "{change:?}"
    );
    let (after, _) = world.plan("CASE-1", "send_configuration_guide");
    assert_ne!(before, after);
    let refused = world
        .votes_on(
            "ana",
            before,
            &digest,
            medic::engine::handle::Ballot::Approve,
        )
        .await;
    insta::assert_snapshot!(refused, @"refused: Already decided: void, because its ticket was edited; it is decided anew. Nothing was changed by your click.");
    assert!(world.arrived().is_empty(), "{:?}", world.arrived_at());
}

/// What was sent once is not sent again because a typo was mended.
#[tokio::test]
async fn an_edit_after_something_was_sent_is_only_noted() {
    let world = World::new().await;
    world.sees(&post("9001", "77", "M1", TIMEOUT)).await;
    let sent = world.arrived_at();
    assert!(!sent.is_empty());
    for word in ["now", "still", "again"] {
        let edited = format!("{TIMEOUT} {word}");
        world
            .sees_edit(&post("9001", "77", "M1", &edited))
            .await
            .unwrap();
        world.later(600).await;
    }
    assert_eq!(world.arrived_at(), sent);
    assert!(
        world
            .ticket("T-1")
            .ticket
            .merchant_message
            .ends_with("again")
    );
}

#[tokio::test]
async fn a_merchant_named_by_an_edit_counts() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let unnamed = Post {
        id: "9001",
        author: "77",
        merchant: None,
        text: TIMEOUT,
    };
    world.sees(&unnamed).await;
    assert!(
        world.card("INC-1").contains("Merchants: 6 distinct"),
        "{}",
        world.card("INC-1")
    );
    let named = post("9001", "77", "M7", TIMEOUT);
    world.sees_edit(&named).await.unwrap();
    assert!(
        world.card("INC-1").contains("Merchants: 7 distinct"),
        "{}",
        world.card("INC-1")
    );
    let other = post("9001", "77", "M8", TIMEOUT);
    let change = world.sees_edit(&other).await.unwrap();
    assert!(matches!(change, TicketChange::Same { .. }), "{change:?}");
    assert!(
        world.card("INC-1").contains("Merchants: 7 distinct"),
        "{}",
        world.card("INC-1")
    );
}

#[tokio::test]
async fn a_deleted_message_stays_counts_and_is_shown_as_deleted() {
    let mut world = World::new().await;
    for number in 1..=6 {
        let (id, merchant) = (number.to_string(), format!("M{number}"));
        world.sees(&post(&id, &id, &merchant, TIMEOUT)).await;
    }
    let before = world.card("INC-1");
    assert_eq!(
        world.sees_deletion("3").await,
        TicketChange::Stored {
            ticket: TicketId::new(3)
        }
    );
    assert_eq!(
        world.sees_deletion("3").await,
        TicketChange::Same {
            ticket: TicketId::new(3)
        }
    );
    world.restarts().await;
    assert_eq!(
        world.card("INC-1"),
        before,
        "what is decided does not change"
    );
    let card = world
        .handle()
        .card(&world.workspace(), "INC-1".parse().unwrap())
        .unwrap()
        .unwrap();
    let lines: Vec<String> = card
        .tickets
        .iter()
        .map(|(id, line)| format!("{id} {}", medic::domain::card::plain(line)))
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("T-3 ")
                && line.ends_with(" (deleted by now; it still counts)")),
        "{lines:#?}"
    );
    assert_eq!(
        lines.iter().filter(|line| line.contains("deleted")).count(),
        1
    );
}

/// After a restart the detector reads the tickets again: what was edited since must not move the
/// patterns that everything else rests on.
#[tokio::test]
async fn an_edit_does_not_move_patterns_at_the_next_start() {
    let mut world = World::new().await;
    world.sees(&post("1", "71", "M1", TIMEOUT)).await;
    world
        .sees(&post(
            "2",
            "72",
            "M2",
            "Product images answer 404 since the move",
        ))
        .await;
    let patterns: Vec<_> = ["T-1", "T-2"].map(|id| world.ticket(id).pattern).into();
    assert_ne!(patterns[0], patterns[1]);
    world
        .sees_edit(&post(
            "1",
            "71",
            "M1",
            "Product images answer 404 since the move",
        ))
        .await
        .unwrap();
    world.restarts().await;
    world.sees(&post("3", "73", "M3", TIMEOUT)).await;
    world
        .sees(&post(
            "4",
            "74",
            "M4",
            "Product images answer 404 since the move",
        ))
        .await;
    let later: Vec<_> = ["T-3", "T-4"].map(|id| world.ticket(id).pattern).into();
    assert_eq!(later, patterns);
}

#[tokio::test]
async fn a_surface_finds_the_tickets_of_an_incident_with_their_places() {
    let mut world = World::new().await;
    for number in 1..=6 {
        let (id, merchant) = (number.to_string(), format!("M{number}"));
        world.sees(&post(&id, &id, &merchant, TIMEOUT)).await;
    }
    world.restarts().await;
    let found: Vec<String> = world
        .tickets_of("INC-1")
        .iter()
        .map(|view| format!("{} {}", view.ticket.id, view.origin.as_ref().unwrap().id))
        .collect();
    assert_eq!(
        found,
        ["T-1 1", "T-2 2", "T-3 3", "T-4 4", "T-5 5", "T-6 6"]
    );
    assert_eq!(world.tickets_of("CASE-1").len(), 1);
}
