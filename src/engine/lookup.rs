//! What an event needs from the store before it can be handled: whether it was here before.

use super::event::{Arrival, Event, Found};
use super::rows::{JoinedRow, LinkRow, RequestRow, SeenRow, TicketRow};
use super::standing;
use crate::domain::{Case, Digest, Incident, SubjectId, WorkspaceId};
use crate::observe::intake::TicketDraft;
use crate::store::codec::{self, padded};
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
        Event::TicketEdited { source, draft, .. } => {
            let stored = match draft.identity {
                Some(identity) => stored(store, workspace, &identity)?,
                None => None,
            };
            Ok(Event::TicketEdited {
                source,
                draft,
                stored,
            })
        }
        Event::TicketWithdrawn {
            source, identity, ..
        } => {
            let stored = stored(store, workspace, &identity)?;
            Ok(Event::TicketWithdrawn {
                source,
                identity,
                stored,
            })
        }
        Event::SignedIn { person, link, .. } => {
            let used = codec::load::<LinkRow>(store, workspace, &link)?.is_some();
            Ok(Event::SignedIn { person, link, used })
        }
        Event::CauseDoubted {
            person,
            subject,
            reason,
            ..
        } => {
            let found = match subject {
                SubjectId::Incident(id) => {
                    codec::load::<Incident>(store, workspace, &padded(id.number()))?
                        .map(|found| Found::Incident(Box::new(found)))
                }
                SubjectId::Case(id) => codec::load::<Case>(store, workspace, &padded(id.number()))?
                    .map(|found| Found::Case(Box::new(found))),
            };
            Ok(Event::CauseDoubted {
                person,
                subject,
                reason,
                found,
            })
        }
        other => Ok(other),
    }
}

/// The ticket of this identity, with what answers it now.
fn stored(
    store: &dyn Store,
    workspace: &WorkspaceId,
    identity: &Digest,
) -> Result<Option<Box<TicketRow>>, StoreError> {
    let Some(seen) = codec::load::<SeenRow>(store, workspace, &identity.to_string())? else {
        return Ok(None);
    };
    let row = codec::load::<TicketRow>(store, workspace, padded(seen.ticket.number()))?;
    let Some(mut row) = row else {
        return Ok(None);
    };
    if let Some(SubjectId::Case(case)) = row.subject
        && let Some(joined) = codec::load::<JoinedRow>(store, workspace, padded(case.number()))?
    {
        row.subject = Some(SubjectId::Incident(joined.incident));
    }
    Ok(Some(Box::new(row)))
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
