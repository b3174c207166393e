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
    let merged = said(handle.merge(&ws, &ana, vec![incident, other.1]).await);
    assert!(merged.contains("are one problem"), "{merged}");
    world
        .merchant_posts("M9", "Our stock numbers stand still", "")
        .await;
    let card = world.card("INC-1");
    assert!(card.contains("Tickets: 7"), "{card}");
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
    let card = world.card("INC-1");
    assert!(card.contains("Tickets: 7"), "{card}");
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

#[tokio::test]
async fn what_people_split_off_an_incident_becomes_one_of_its_own_when_it_goes_on() {
    const GIFT: &str = "Customers say their gift card is refused";
    const CREDIT: &str = "Gift card balance is not taken off at checkout";
    let mut world = World::new().await;
    let mut gifts = Vec::new();
    for n in 0..12 {
        let text = if n % 2 == 0 { CREDIT } else { GIFT };
        let place = placed(&world.merchant_posts(&format!("M{n}"), text, "").await);
        if text == GIFT {
            gifts.push(place);
        }
    }
    assert_eq!(world.incidents(), 1);
    let (handle, ws) = (world.handle(), world.workspace());
    let incident = handle.pattern_named(&ws, "INC-1").unwrap();
    assert!(gifts.iter().all(|gift| gift.1 == incident), "{gifts:?}");
    let tickets = gifts.iter().map(|gift| gift.0).collect();
    let ana = world.person("ana");
    said(handle.split(&ws, &ana, incident, tickets).await);
    let card = world.card("INC-1");

    for forget in [false, true] {
        if forget {
            world.restarts().await;
        }
        let own: Vec<_> = [1, 2, 3, 4, 5, 6]
            .map(|n| format!("G{forget}{n}"))
            .into_iter()
            .collect();
        for merchant in own {
            let new = placed(&world.merchant_posts(&merchant, GIFT, "").await);
            assert_ne!(new.1, incident);
        }
        let tickets = |card: &str| {
            let line = card.lines().find(|line| line.contains("Tickets: "));
            line.map(str::to_owned)
        };
        assert_eq!(tickets(&world.card("INC-1")), tickets(&card));
        assert_eq!(world.incidents(), 2, "the other problem has its own");
    }
}

#[tokio::test]
async fn incidents_that_people_make_one_problem_ask_for_the_same_once() {
    const CREDIT: &str = "Store credit is not applied to the order total";
    const EMAILS: &str = "Order confirmation e-mails go to spam";
    let mut world = World::new().await;
    for (n, text) in [CREDIT, EMAILS].into_iter().enumerate() {
        for merchant in 0..7 {
            world
                .merchant_posts(&format!("M{n}{merchant}"), text, "")
                .await;
        }
    }
    for merchant in 0..14 {
        world
            .merchant_posts(&format!("W{merchant}"), "Webhook fails", TIMEOUT)
            .await;
    }
    assert!(
        world
            .card("INC-2")
            .contains("escalate_to_engineering: waiting for approval")
    );
    let (handle, ws) = (world.handle(), world.workspace());
    let named = |incident| handle.pattern_named(&ws, incident).unwrap();
    let patterns = ["INC-1", "INC-2", "INC-3"].map(named);
    let ana = world.person("ana");
    // The youngest stands behind the second first, and behind the oldest in the end.
    for two in [&patterns[1..], &patterns[..2]] {
        let merged = said(handle.merge(&ws, &ana, two.to_vec()).await);
        assert!(merged.contains("are one problem"), "{merged}");
    }
    assert!(
        world
            .card("INC-3")
            .contains("as INC-1: new tickets go there")
    );

    for restarted in [false, true] {
        if restarted {
            world.restarts().await;
        }
        let card = world.card("INC-2");
        assert!(
            card.contains("Same problem: as INC-1: new tickets go there")
                && card.contains("INC-1 is the same problem and asks for it"),
            "{card}"
        );
        assert!(
            world
                .card("INC-1")
                .contains("escalate_to_engineering: waiting for approval")
        );
        let merchant = format!("M9{restarted}");
        world.merchant_posts(&merchant, EMAILS, "").await;
    }
    assert!(
        world.card("INC-1").contains("Tickets: 9"),
        "{}",
        world.card("INC-1")
    );
    world.closes("ana", "INC-1", "mended by the platform").await;
    let card = world.card("INC-2");
    let asked = card.matches("escalate_to_engineering: ").count();
    assert_eq!(asked, 1, "closing asked anew: {card}");
    assert!(
        world.card("INC-3").contains("Closed by Ana"),
        "{}",
        world.card("INC-3")
    );
    assert!(
        world.card("INC-2").contains("Closed by Ana"),
        "{}",
        world.card("INC-2")
    );
}

#[tokio::test]
async fn a_ticket_that_was_split_off_can_be_split_off_again_from_where_it_is() {
    let mut world = World::new().await;
    let mut places = Vec::new();
    for merchant in ["A", "B", "C"] {
        let text = "A coupon code is not accepted";
        places.push(placed(&world.merchant_posts(merchant, text, "").await));
    }
    let (handle, ws, ana) = (world.handle(), world.workspace(), world.person("ana"));
    let first = places[0].1;
    let split = |from, tickets| handle.split(&ws, &ana, from, tickets);
    let done = said(split(first, vec![places[1].0, places[2].0]).await);
    assert!(done.contains("2 tickets split off"), "{done}");
    let into = handle.pattern_named(&ws, &places[1].0.to_string()).unwrap();
    assert_ne!(into, first);
    let gone = said(split(first, vec![places[1].0]).await);
    assert!(gone.contains("There is no ticket"), "{gone}");
    let again = said(split(into, vec![places[1].0]).await);
    assert!(again.contains("1 ticket split off"), "{again}");
}

#[tokio::test]
async fn what_the_older_incident_does_not_ask_for_any_more_still_waits_at_the_younger() {
    const TEXTS: [&str; 2] = [
        "Store credit is not applied to the order total",
        "Order confirmation e-mails go to spam",
    ];
    let mut world = World::new().await;
    for (n, text) in TEXTS.into_iter().enumerate() {
        for merchant in 0..7 {
            let merchant = format!("M{n}{merchant}");
            world.merchant_posts(&merchant, text, "").await;
        }
    }
    world
        .rejects("ana", "INC-1", "escalate_to_engineering", "known to them")
        .await;
    let (handle, ws, ana) = (world.handle(), world.workspace(), world.person("ana"));
    let named = ["INC-1", "INC-2"].map(|one| handle.pattern_named(&ws, one).unwrap());
    let merged = said(handle.merge(&ws, &ana, named.to_vec()).await);
    assert!(merged.contains("are one problem"), "{merged}");
    let card = world.card("INC-2");
    assert!(
        card.contains("escalate_to_engineering: waiting for approval"),
        "{card}"
    );
}
