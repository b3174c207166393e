//! What an event needs from the store before it can be handled: whether it was here before.

use super::event::{Arrival, Event};
use super::rows::{LinkRow, RequestRow, SeenRow};
use super::standing;
use crate::domain::WorkspaceId;
use crate::observe::intake::TicketDraft;
use crate::store::codec;
use crate::store::{Store, StoreError};
use jiff::Timestamp;

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
            window,
            arrivals,
            ..
        } => {
            let before = codec::load::<RequestRow>(store, workspace, &request.to_string())?
                .filter(|row| window.is_none_or(|window| now.duration_since(row.at) <= window));
            let arrivals = arrivals
                .into_iter()
                .map(|arrival| known(store, workspace, arrival))
                .collect::<Result<_, _>>()?;
            Ok(Event::TicketsArrived {
                source,
                request,
                window,
                repeat_of: before.map(|row| row.tickets),
                arrivals,
            })
        }
        Event::CorrectionAsked {
            person, correction, ..
        } => {
            let tickets = standing::tickets_of(store, workspace, &correction)?;
            Ok(Event::CorrectionAsked {
                person,
                correction,
                tickets,
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
        arrival.known =
            codec::load::<SeenRow>(store, workspace, &identity.to_string())?.map(|row| row.ticket);
    }
    Ok(arrival)
}
