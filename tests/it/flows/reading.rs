//! What people and surfaces ask reads what it needs, not all there ever was.

use crate::support::world::World;
use medic::engine::handle::RecordQuery;

/// So many tickets of so many merchants about the same trouble.
async fn trouble(world: &World, tickets: usize, merchants: usize) {
    let tickets: Vec<_> = (1..=tickets)
        .map(|number| {
            serde_json::json!({
                "ticket_id": format!("hook-{number}"),
                "merchant_id": format!("M{}", number % merchants),
                "timestamp": world.now(),
                "issue": "Orders do not arrive, webhook fails",
                "error_log": "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
                "severity": "high",
            })
        })
        .collect();
    world
        .sends(&serde_json::Value::from(tickets).to_string(), true)
        .await;
}

#[tokio::test]
async fn the_front_page_reads_no_merchants_of_open_incidents() {
    let world = World::new().await;
    trouble(&world, 100, 100).await;
    let before = world.store.read();
    let overview = world.handle().overview(&world.workspace()).unwrap();
    assert_eq!((overview.open_count, overview.open.len()), (1, 1));
    assert_eq!(overview.open[0].merchants, 100);
    let deliveries: usize = 100;
    let read = usize::try_from(world.store.read() - before).unwrap();
    assert!(read < 2 * deliveries + 50, "{read}");
}

#[tokio::test]
async fn records_behind_one_are_found_without_reading_those_before_it() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (handle, workspace) = (world.handle(), world.workspace());
    let end = handle.head().seq;
    let approved = |after| RecordQuery {
        kind: Some("plan.approved".to_owned()),
        after: Some(after),
        ..RecordQuery::default()
    };
    let before = world.store.read();
    assert_eq!(handle.records(&workspace, &approved(end), 20).unwrap(), []);
    assert_eq!(world.store.read(), before);

    world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    let found = handle.records(&workspace, &approved(end), 20).unwrap();
    assert_eq!(found.len(), 1);
    let behind = handle.records(&workspace, &approved(found[0].seq), 20);
    assert_eq!(behind.unwrap(), []);
}

#[tokio::test]
async fn rules_are_tried_on_the_last_hour_without_reading_what_was_decided_before() {
    let mut world = World::new().await;
    trouble(&world, 500, 1).await;
    world.later(180).await;
    world.merchant_posts("M9", "Images are gone", "").await;
    let policy = world.config().try_rules("[policy]\nrules = []\n").unwrap();
    let hour = Some("1h".parse().unwrap());
    let before = world.store.read();
    let (handle, workspace) = (world.handle(), world.workspace());
    let lately = handle.redecided(&workspace, &policy, hour).unwrap();
    assert_eq!(lately.all, 1);
    let read = world.store.read() - before;
    assert!(read <= 200, "{read}");
    let ever = handle.redecided(&workspace, &policy, None).unwrap();
    assert_eq!(ever.all, 501);
}
