//! Merchants to whom nothing can be sent do not cost the others their fix.

use crate::support::world::World;

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

#[tokio::test]
async fn who_cannot_be_reached_is_left_out_and_named() {
    let mut world = World::new().await;
    // Only who was vouched for has a ticket at the helpdesk.
    let (by_name, by_ticket) = (
        "/merchants/{{ merchant }}/",
        "/merchants/{{ reported.webhook }}/",
    );
    world.edits_config(GUIDE, by_name, by_ticket).await;
    for merchant in ["N1", "N2"] {
        world.posts(merchant, ISSUE, TIMEOUT, "high", false).await;
    }
    world.webhooks_time_out().await;
    let card = world.card("INC-1");
    let left_out = card.lines().find(|line| line.contains("get nothing now"));
    insta::assert_snapshot!(left_out.unwrap_or(&card).trim(), @"2 merchants get nothing now: N1, N2 (with.path: reported.webhook has no value: no verified ticket of theirs came from that source)");
    assert!(!card.contains("merchant N1: queued"), "{card}");

    world.approves("ana", "INC-1", GUIDE).await;
    let guides = world
        .arrived_at()
        .into_iter()
        .filter(|path| path.contains("/merchants/hook-"));
    assert_eq!(guides.count(), 6);
    // Nor are they forgotten: the incident stays open until somebody has seen to them.
    world.later(31).await;
    let card = world.card("INC-1");
    assert!(card.contains("Treated: 6 of 8 merchants"), "{card}");
    let again = "assign_to_support_team: waiting for approval";
    assert!(card.contains(again) && card.contains("N1, N2 ("), "{card}");
}
