//! What an event needs from the store before it can be handled: whether it was here before.

use super::event::{Arrival, Event, Found, ToUndo};
use super::query;
use super::rows::{JoinedRow, LinkRow, RequestRow, SeenRow, TicketRow};
use super::standing;
use super::undone::undone;
use crate::domain::{Case, Digest, Incident, Plan, PlanId, SubjectId, WorkspaceId};
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
            let mut tickets = standing::tickets_of(store, workspace, &correction)?;
            for (ticket, pattern) in &mut tickets {
                *pattern = query::pattern_now(store, workspace, ticket.id, *pattern)?;
            }
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
        Event::AutomationLifted {
            person,
            incident,
            reason,
            ..
        } => {
            let found = codec::load::<Incident>(store, workspace, padded(incident.number()))?;
            Ok(Event::AutomationLifted {
                person,
                incident,
                reason,
                pattern: found.map(|found| found.pattern),
            })
        }
        Event::UndoAsked { person, plan, .. } => {
            let found = to_undo(store, workspace, plan, None)?.map(Box::new);
            Ok(Event::UndoAsked {
                person,
                plan,
                found,
            })
        }
        Event::Voted {
            person,
            plan,
            prefix,
            ballot,
            ..
        } => {
            let voted = codec::load::<Plan>(store, workspace, padded(plan.number()))?;
            let over = voted.clone().filter(|voted| voted.state.is_final());
            let undone = match voted.and_then(|voted| voted.undoes) {
                Some(undone) => to_undo(store, workspace, undone, Some(plan))?.map(Box::new),
                None => None,
            };
            Ok(Event::Voted {
                person,
                plan,
                prefix,
                ballot,
                over: over.map(Box::new),
                undone,
            })
        }
        Event::CauseDoubted {
            person,
            subject,
            doubt,
            ..
        } => {
            let found = match subject {
                SubjectId::Incident(id) => query::load_incident(store, workspace, id)?
                    .map(|found| Found::Incident(Box::new(found))),
                SubjectId::Case(id) => codec::load::<Case>(store, workspace, &padded(id.number()))?
                    .map(|found| Found::Case(Box::new(found))),
            };
            Ok(Event::CauseDoubted {
                person,
                subject,
                doubt,
                found,
            })
        }
        other => Ok(other),
    }
}

/// Whether the store can be read: looks for a row that nobody writes, because one that was just
/// written may be found without the index.
///
/// # Errors
/// When it cannot.
pub fn probe(store: &dyn Store, workspace: &WorkspaceId) -> Result<(), StoreError> {
    codec::load::<LinkRow>(store, workspace, "-").map(|_| ())
}

/// A plan with what of it is taken back already, by another undo than `but`.
fn to_undo(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: PlanId,
    but: Option<PlanId>,
) -> Result<Option<ToUndo>, StoreError> {
    let Some(found) = query::plan_of(store, workspace, id)? else {
        return Ok(None);
    };
    let (plans, case) = match found.plan.subject {
        SubjectId::Incident(id) => {
            let incident = codec::load::<Incident>(store, workspace, padded(id.number()))?;
            (incident.map(|one| one.plans), None)
        }
        SubjectId::Case(id) => {
            let joined = codec::load::<JoinedRow>(store, workspace, padded(id.number()))?;
            let case = codec::load::<Case>(store, workspace, padded(id.number()))?;
            let plans = case.as_ref().map(|one| one.plans.clone());
            (plans, case.filter(|_| joined.is_none()))
        }
    };
    let mut undos = Vec::new();
    for later in plans
        .unwrap_or_default()
        .into_iter()
        .filter(|one| *one > id && Some(*one) != but)
    {
        undos.extend(query::plan_of(store, workspace, later)?);
    }
    Ok(Some(ToUndo {
        undone: undone(id, &undos),
        plan: found.plan,
        deliveries: found.deliveries,
        case,
    }))
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
