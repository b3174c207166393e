//! People correct how tickets were grouped, and it holds, also after a restart.

use crate::support::world::World;
use medic::domain::{Actor, PatternId, TicketId};
use medic::engine::handle::{CommandError, Receipt, RecordQuery};

const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

fn placed(receipt: &Receipt) -> (TicketId, PatternId) {
    match receipt {
        Receipt::Accepted {
            ticket,
            pattern: Some(pattern),
            ..
        } => (*ticket, *pattern),
        other => panic!("not taken: {other:?}"),
    }
}

fn said(done: Result<String, CommandError>) -> String {
    match done {
        Ok(text) => text,
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn merge_split_and_not_the_same_hold_for_ever_and_are_recorded() {
    let mut world = World::new().await;
    let (handle, ws) = (world.handle(), world.workspace());
    let invoices = placed(
        &world
            .merchant_posts("A", "The invoice has a wrong VAT number", "")
            .await,
    );
    let blurry = placed(
        &world
            .merchant_posts("B", "Product images are blurry", "")
            .await,
    );
    let coupon = placed(
        &world
            .merchant_posts("C", "A coupon code is not accepted", "")
            .await,
    );
    let ana = world.person("ana");

    let stranger = world.person("nobody");
    let refused = handle
        .merge(&ws, &stranger, vec![invoices.1, blurry.1])
        .await;
    assert!(said(refused).contains("you hold none of these roles"));

    let merged = handle
        .merge(&ws, &ana, vec![blurry.1, invoices.1, coupon.1])
        .await;
    assert_eq!(
        said(merged),
        format!(
            "{}, {}, {} are one problem: {}",
            blurry.1, invoices.1, coupon.1, invoices.1
        )
    );
    let again = placed(
        &world
            .merchant_posts("D", "Product images are blurry", "")
            .await,
    );
    assert_eq!(
        again.1, invoices.1,
        "an id that was merged away goes on as the older"
    );

    let foreign = handle
        .split(&ws, &ana, invoices.1, vec![TicketId::new(99)])
        .await;
    assert!(said(foreign).contains("There is no ticket T-99 in"));
    let split = handle.split(&ws, &ana, invoices.1, vec![coupon.0]).await;
    assert!(said(split).contains("1 ticket split off"));
    let apart = placed(
        &world
            .merchant_posts("E", "A coupon code is not accepted", "")
            .await,
    );
    assert_ne!(apart.1, invoices.1);

    // Once with what was kept of the detector, once by reading every ticket and correction again.
    for forget in [false, true] {
        if forget {
            world.kept.lock().unwrap().clear();
        }
        world.restarts().await;
        let handle = world.handle();
        let blurry = placed(
            &world
                .merchant_posts("F", "Product images are blurry", "")
                .await,
        );
        assert_eq!(blurry.1, invoices.1);
        let coupons = placed(
            &world
                .merchant_posts("G", "A coupon code is not accepted", "")
                .await,
        );
        assert_eq!(coupons.1, apart.1);
        let back = handle.merge(&ws, &ana, vec![invoices.1, apart.1]).await;
        assert!(
            said(back).contains("a person said that"),
            "a split merged again"
        );
    }
    let query = RecordQuery {
        kind: Some("pattern.".to_owned()),
        ..RecordQuery::default()
    };
    let records = world.handle().records(&ws, &query, 50).unwrap();
    let kinds: Vec<_> = records
        .iter()
        .filter(|record| matches!(record.draft.actor, Actor::Person { .. }))
        .map(|record| record.draft.kind.as_str())
        .collect();
    assert_eq!(kinds, ["pattern.split", "pattern.merged"]);
}

#[tokio::test]
async fn patterns_that_people_merge_are_one_incident_from_then_on() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let handle = world.handle();
    let ws = world.workspace();
    let other = placed(
        &world
            .merchant_posts("M8", "Our stock numbers stand still", "")
            .await,
    );
    assert_eq!(world.incidents(), 1);
    let incident = handle.pattern_named(&ws, "INC-1").unwrap();
    assert_ne!(other.1, incident);
    assert_eq!(
        handle.pattern_named(&ws, &other.0.to_string()).unwrap(),
        other.1
    );
    assert!(handle.pattern_named(&ws, "INC-77").is_err());

    let ana = world.person("ana");
    let merged = handle.merge(&ws, &ana, vec![incident, other.1]).await;
    assert!(merged.is_ok(), "{}", said(merged));
    world
        .merchant_posts("M9", "Our stock numbers stand still", "")
        .await;
    let card = world.card("INC-1");
    assert!(card.contains("7"), "{card}");
    assert_eq!(world.incidents(), 1);
}

#[tokio::test]
async fn what_was_kept_of_another_store_is_not_used() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.restarts().await;
    let mut kept = world.kept.lock().unwrap().values().next().cloned().unwrap();
    assert_eq!(kept.tickets, 6);
    kept.fit = medic::domain::Digest::of("another store");
    kept.snapshot.clear();
    let ws = world.workspace();
    world.kept.lock().unwrap().insert(ws, kept);
    world.restarts().await;
    world.merchant_posts("M9", "Webhook fails", TIMEOUT).await;
    assert_eq!(world.incidents(), 1, "the incident's pattern was forgotten");
    assert!(world.card("INC-1").contains("7"), "{}", world.card("INC-1"));
}

#[tokio::test]
async fn what_the_detector_splits_is_recorded_and_opens_no_second_incident() {
    const OUTAGE: [&str; 2] = [
        "Our warehouse stopped receiving orders, webhook not firing",
        "No order webhooks since the migration, warehouse gets nothing",
    ];
    const REFUND: [&str; 2] = [
        "A customer was refunded twice for the same return",
        "The refund for a returned item was paid out two times",
    ];
    // Everything goes into the nearest pattern, so that both problems are one at first.
    let mut world = World::with("[detect]\njoin = 0.0\n").await;
    let mut places = Vec::new();
    let mut before = 0;
    for n in 0..60 {
        let text = if n % 2 == 0 { OUTAGE } else { REFUND }[n / 2 % 2];
        let merchant = format!("M{n}");
        places.push(placed(&world.merchant_posts(&merchant, text, "").await));
        if places.iter().all(|place| place.1 == places[0].1) {
            before = world.incidents();
        }
    }
    let ws = world.workspace();
    let query = RecordQuery {
        kind: Some("pattern.split".to_owned()),
        ..RecordQuery::default()
    };
    let records = world.handle().records(&ws, &query, 10).unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    let draft = &records[0].draft;
    assert_eq!(draft.actor, Actor::Medic);
    assert!(draft.what.contains("mean another thing"), "{}", draft.what);
    assert!(draft.subject.is_some(), "its incident's history has it not");
    let (last_outage, last_refund) = (places[58].1, places[59].1);
    assert_ne!(last_outage, last_refund);
    assert!(before >= 1 && world.incidents() == before, "{before}");
}
