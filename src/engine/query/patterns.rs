//! Patterns as the store knows them.

use super::load_incident;
use crate::domain::{IncidentId, PatternId, TicketId, WorkspaceId};
use crate::engine::rows::{MovedRow, TicketRow};
use crate::store::codec::{self, padded};
use crate::store::{Store, StoreError};

/// The pattern that a text names: itself, that of an incident, or the one that a ticket is in now.
pub fn pattern_named(
    store: &dyn Store,
    workspace: &WorkspaceId,
    text: &str,
) -> Result<Option<PatternId>, StoreError> {
    let put = pattern_put(store, workspace, text)?;
    match ticket_named(text) {
        Some(ticket) => pattern_now(store, workspace, ticket, put),
        None => Ok(put),
    }
}

/// The pattern that a ticket is in now which was `put` there when it came.
pub fn pattern_now(
    store: &dyn Store,
    workspace: &WorkspaceId,
    ticket: TicketId,
    put: Option<PatternId>,
) -> Result<Option<PatternId>, StoreError> {
    let moved = codec::load::<MovedRow>(store, workspace, padded(ticket.number()))?;
    Ok(moved.map(|row| row.into).or(put))
}

fn ticket_named(text: &str) -> Option<TicketId> {
    let text = text.to_uppercase();
    let is_ticket = text.starts_with(TicketId::PREFIX);
    text.parse().ok().filter(|_| is_ticket)
}

/// The pattern that a text names, for a ticket the one it was put into when it came.
pub fn pattern_put(
    store: &dyn Store,
    workspace: &WorkspaceId,
    text: &str,
) -> Result<Option<PatternId>, StoreError> {
    let text = text.to_uppercase();
    if text.starts_with(IncidentId::PREFIX)
        && let Ok(id) = text.parse::<IncidentId>()
    {
        return Ok(load_incident(store, workspace, id)?.map(|incident| incident.pattern));
    }
    if let Some(id) = ticket_named(&text) {
        let row = codec::load::<TicketRow>(store, workspace, &padded(id.number()))?;
        return Ok(row.and_then(|row| row.pattern));
    }
    if text.starts_with(PatternId::PREFIX) {
        return Ok(text.parse().ok());
    }
    Ok(None)
}
