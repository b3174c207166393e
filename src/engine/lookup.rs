//! What an event needs from the store before it can be handled: whether it was here before.

use super::event::{Arrival, Event};
use super::rows::{LinkRow, RequestRow, SeenRow};
use crate::domain::WorkspaceId;
use crate::observe::intake::TicketDraft;
use crate::store::codec;
use crate::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};

/// How long a request from a source that does not sign its delivery id is recognised by its body.
/// Long enough for a sender's retries, short enough that a merchant may say the same again.
pub const REPEAT_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// The event with the store's answers filled in.
///
/// # Errors
/// When the store cannot be read.
pub fn fill(
    store: &dyn Store,
    workspace: &WorkspaceId,
    event: Event,
    now: Timestamp,
) -> Result<Event, StoreError> {
    match event {
        Event::TicketsArrived {
            source,
            request,
            signed_id,
            arrivals,
            ..
        } => {
            let before = codec::load::<RequestRow>(store, workspace, &request.to_string())?
                .filter(|row| signed_id || now.duration_since(row.at) <= REPEAT_WINDOW);
            let arrivals = arrivals
                .into_iter()
                .map(|arrival| known(store, workspace, arrival))
                .collect::<Result<_, _>>()?;
            Ok(Event::TicketsArrived {
                source,
                request,
                signed_id,
                repeat_of: before.map(|row| row.tickets),
                arrivals,
            })
        }
        Event::SignedIn { person, link, .. } => {
            let used = codec::load::<LinkRow>(store, workspace, &link)?.is_some();
            Ok(Event::SignedIn { person, link, used })
        }
        other => Ok(other),
    }
}

fn known(
    store: &dyn Store,
    workspace: &WorkspaceId,
    mut arrival: Arrival,
) -> Result<Arrival, StoreError> {
    let identity = arrival
        .draft
        .as_ref()
        .ok()
        .and_then(|draft: &TicketDraft| draft.identity);
    if let Some(identity) = identity {
        arrival.known = codec::load::<SeenRow>(store, workspace, &identity.to_string())?
            .map(|row| row.ticket);
    }
    Ok(arrival)
}
