//! An action can answer each merchant at the very ticket they wrote.

use crate::support::world::World;

const ANSWER: &str = r#"
[actions.send_configuration_guide]
description = "Answers each merchant's ticket."
connector = "http"
risk = "low"
remedial = true
reaches = "each_merchant"
[actions.send_configuration_guide.with]
endpoint = "helpdesk"
path = "/tickets/{{ reported.webhook }}/comments"
body = '{"text": "{{ runbook.guide }}"}'
idempotent = "true"
"#;

#[tokio::test]
async fn each_merchant_is_answered_at_their_newest_ticket_after_a_restart_too() {
    let mut world = World::with(ANSWER).await;
    world.webhooks_time_out().await;
    world
        .merchant_posts(
            "M3",
            "Orders still do not arrive, webhook fails",
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
        )
        .await;
    world.restarts().await;
    world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    let mut answered: Vec<String> = world.arrived_at();
    answered.retain(|path| path.starts_with("/helpdesk/tickets/"));
    answered.sort();
    let at = |id: &str| format!("/helpdesk/tickets/{id}/comments");
    // M3's plan was made before the second ticket came, and a vote binds what was shown.
    let expected = ["hook-1", "hook-2", "hook-3", "hook-4", "hook-5", "hook-6"].map(at);
    assert_eq!(answered, expected);
}

#[tokio::test]
async fn a_ticket_that_nobody_vouches_for_is_not_answered() {
    let mut world = World::with(ANSWER).await;
    let log = "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
    world
        .posts(
            "M1",
            "Orders do not arrive, webhook fails",
            log,
            "high",
            false,
        )
        .await;
    let card = world.card("CASE-1");
    assert!(
        card.contains(
            "reported.webhook has no value: no verified ticket of theirs came from that source"
        ),
        "{card}"
    );
    let answered = world.arrived_at();
    assert!(
        !answered.iter().any(|path| path.contains("/tickets/")),
        "{answered:?}"
    );
}
