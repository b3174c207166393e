//! Medic stops and starts again, or the store does not write: nothing is lost or done twice.

use crate::support::world::World;
use medic::engine::handle::{Receipt, SourceGrant, SubmitError};
use medic::store::Store as _;

const GUIDE: &str = "send_configuration_guide";

#[tokio::test]
async fn a_question_asked_before_a_restart_is_answered_after_it() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let card = world.card("INC-1");
    let (plan, digest) = world.plan("INC-1", GUIDE);
    world.restarts().await;
    assert_eq!(world.card("INC-1"), card);
    assert_eq!(world.plan("INC-1", GUIDE), (plan, digest));
    assert!(
        world
            .approves("ana", "INC-1", GUIDE)
            .await
            .starts_with("Approved.")
    );
    let guides = world.reached().len();
    assert_eq!(guides, 6);
    world.restarts().await;
    let again = world.reached().len();
    assert_eq!(again, 6, "a restart sent something again");
}

#[tokio::test]
async fn tickets_after_a_restart_join_the_incident_from_before() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.restarts().await;
    world
        .merchant_posts(
            "M9",
            "Webhook fails",
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
        )
        .await;
    assert_eq!(world.incidents(), 1);
    assert!(
        world.card("INC-1").contains("Tickets: 7"),
        "{}",
        world.card("INC-1")
    );
}

#[tokio::test]
async fn a_full_disk_refuses_with_the_way_back_and_recovers_by_itself() {
    let mut world = World::new().await;
    world.merchant_posts("M1", "Cart empties itself", "").await;
    world.store.fail_commits(1, 1);
    let refused = submits(&world).await;
    assert!(
        matches!(refused, Err(SubmitError::Unavailable { .. })),
        "{refused:?}"
    );
    let again = world
        .sends(r#"{"ticket_id":"X-1","issue":"Images are gone"}"#, true)
        .await;
    assert!(matches!(again[0], Receipt::Accepted { .. }), "{again:?}");
    let figures = world.handle().overview(&world.workspace()).unwrap().figures;
    assert_eq!((figures.tickets, figures.duplicates), (2, 0));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_takes_no_ticket_says_so_and_recovers_by_itself() {
    let mut world = World::new().await;
    world.merchant_posts("M1", "Cart empties itself", "").await;
    world.store.fail_reads(true);
    for _ in 0..2 {
        let refused = submits(&world).await;
        assert!(
            matches!(refused, Err(SubmitError::Unavailable { .. })),
            "{refused:?}"
        );
        assert!(
            world
                .handle()
                .ready()
                .is_err_and(|why| why.contains("cannot read")),
            "a load balancer would go on sending tickets here"
        );
    }
    world.store.fail_reads(false);
    let again = world
        .sends(r#"{"ticket_id":"X-1","issue":"Images are gone"}"#, true)
        .await;
    assert!(matches!(again[0], Receipt::Accepted { .. }), "{again:?}");
    assert_eq!(world.handle().ready(), Ok(()));
    let records = world.store.records(1, usize::MAX).unwrap();
    let recovered = records
        .iter()
        .filter(|record| record.draft.kind == "store.recovered");
    assert_eq!(recovered.count(), 1);
}

async fn submits(world: &World) -> Result<Vec<Receipt>, SubmitError> {
    let grant = SourceGrant {
        workspace: world.workspace(),
        name: medic::domain::SourceName::new("webhook"),
        verified_merchants: true,
        author: "a".to_owned(),
        replay_window: jiff::SignedDuration::from_hours(24),
    };
    let ticket = br#"{"ticket_id":"X-1","issue":"Images are gone"}"#;
    let handle = world.handle();
    handle
        .submit(&grant, "application/json", ticket, None)
        .await
}
