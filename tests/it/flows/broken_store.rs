//! The store neither reads nor writes for a while, or for good: what goes on afterwards is what was
//! durable.

use crate::support::world::World;
use medic::engine::handle::{Receipt, SubmitError};

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
