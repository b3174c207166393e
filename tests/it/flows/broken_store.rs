//! The store neither reads nor writes for a while, or for good: what goes on afterwards is what was
//! durable.

use crate::support::world::World;
use medic::engine::handle::{Receipt, SubmitError};
use medic::store::Store as _;
use std::time::Duration;

const TICKET: &str = r#"{"ticket_id":"X-1","issue":"Images are gone"}"#;

#[tokio::test]
async fn what_was_not_kept_is_forgotten_even_where_reading_fails_with_the_writing() {
    let mut world = World::new().await;
    world.merchant_posts("M1", "Cart empties itself", "").await;
    world.store.break_at_commit(1);
    let refused = world.tries(TICKET.as_bytes()).await;
    assert!(
        matches!(refused, Err(SubmitError::Unavailable { .. })),
        "{refused:?}"
    );
    let said = world.pauses("ana", "nothing works").await;
    assert!(said.starts_with("refused:"), "{said}");

    world.store.repair();
    let again = world.sends(TICKET, true).await;
    assert!(
        matches!(&again[..], [Receipt::Accepted { ticket, .. }] if ticket.to_string() == "T-2"),
        "{again:?}"
    );
    let figures = world.handle().overview(&world.workspace()).unwrap().figures;
    assert_eq!((figures.tickets, figures.duplicates), (2, 0));
    assert_eq!(world.resumes("ana").await, "refused: Medic is not paused.");
    assert_eq!(world.handle().ready(), Ok(()));
}

#[tokio::test]
async fn medic_stops_although_the_end_of_its_work_can_never_be_kept() {
    let mut world = World::new().await;
    world.calm().await;
    // The ticket is kept, what its diagnosis leads to is not.
    world.store.break_at_commit(2);
    world.takes(TICKET).await;
    while world.handle().ready().is_ok() {
        tokio::task::yield_now().await;
    }
    stops(&mut world).await;

    world.store.repair();
    world.start();
    world.calm().await;
    let kinds = world.records("CASE-1");
    let diagnosed = kinds.iter().filter(|kind| *kind == "diagnosis.made");
    assert_eq!(diagnosed.count(), 1, "{kinds:?}");
}

#[tokio::test]
async fn medic_stops_although_not_even_its_start_can_be_kept() {
    let mut world = World::new().await;
    world.calm().await;
    world.stops().await;
    world.store.fail_commits(1, u64::MAX / 2);
    world.start();
    while world.handle().ready().is_ok() {
        tokio::task::yield_now().await;
    }
    stops(&mut world).await;
}

#[tokio::test]
async fn a_case_is_not_decided_on_tickets_that_could_not_be_read() {
    let mut world = World::new().await;
    world.calm().await;
    world.store.fail_reads_after(1);
    world.takes(TICKET).await;
    reading_failed(&world).await;
    world.store.fail_reads(false);
    world.calm().await;
    diagnosed(&world, "CASE-1");

    // Who stops meanwhile goes on with it at the next start.
    world.store.fail_reads_after(1);
    world
        .takes(r#"{"ticket_id":"X-2","issue":"The cart empties itself"}"#)
        .await;
    reading_failed(&world).await;
    stops(&mut world).await;
    world.store.fail_reads(false);
    world.start();
    world.calm().await;
    diagnosed(&world, "CASE-2");
}

#[tokio::test]
async fn a_verification_waits_for_what_it_has_to_read() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    world.store.fail_reads_after(1);
    world.moves_on(Duration::from_secs(30 * 60)).await;
    reading_failed(&world).await;
    world.store.fail_reads(false);
    world.calm().await;
    let records = world.store.records(1, usize::MAX).unwrap();
    let answered = records
        .iter()
        .find(|record| record.draft.kind == "verification.answered")
        .expect("it was not looked whether it helped");
    let observed = &answered.draft.result["observed"];
    assert_eq!(observed["minutes_since"], 30, "{observed}");
    assert_eq!(observed["checks"]["confirmed"], 6, "{observed}");
}

/// The case has its diagnosis, and none that had to do without its ticket.
fn diagnosed(world: &World, case: &str) {
    let kinds = world.records(case);
    assert!(kinds.contains(&"diagnosis.made".to_owned()), "{kinds:?}");
    let subject = case.parse().unwrap();
    let card = world.handle().card(&world.workspace(), subject).unwrap();
    let card = format!("{card:?}");
    assert!(!card.contains("broke off"), "{card}");
}

/// Work outside has wanted something from the store and not got it.
async fn reading_failed(world: &World) {
    let before = world.store.failed_reads();
    while world.store.failed_reads() == before {
        tokio::task::yield_now().await;
    }
}

/// Medic stops; the limit only keeps a hanging one from hanging the tests.
async fn stops(world: &mut World) {
    let stopped = tokio::time::timeout(Duration::from_secs(60), world.stops()).await;
    stopped.expect("Medic did not stop");
}
