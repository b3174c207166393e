//! Patterns as the store knows them.

use super::moved::{Moves, SPLIT};
use super::{load_incident, records};
use crate::domain::{IncidentId, PatternId, TicketId, WorkspaceId};
use crate::engine::handle::RecordQuery;
use crate::engine::rows::TicketRow;
use crate::store::codec::{self, padded};
use crate::store::{Store, StoreError};

/// The pattern that a text names: itself, that of an incident, or the one that a ticket is in now.
/// Of what Medic split off by itself only the newest records are looked at.
pub fn pattern_named(
    store: &dyn Store,
    workspace: &WorkspaceId,
    text: &str,
) -> Result<Option<PatternId>, StoreError> {
    let put = pattern_put(store, workspace, text)?;
    let text = text.to_uppercase();
    let ticket = text.parse::<TicketId>().ok();
    let Some(ticket) = ticket.filter(|_| text.starts_with(TicketId::PREFIX)) else {
        return Ok(put);
    };
    let splits = RecordQuery {
        kind: Some(SPLIT.to_owned()),
        ..RecordQuery::default()
    };
    let splits = records(store, workspace, &splits, usize::MAX)?;
    Ok(Moves::of(store, workspace, &splits)?.pattern_of(ticket, put))
}

/// The same with the pattern that a ticket was put into when it came.
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
    if text.starts_with(TicketId::PREFIX)
        && let Ok(id) = text.parse::<TicketId>()
    {
        let row = codec::load::<TicketRow>(store, workspace, &padded(id.number()))?;
        return Ok(row.and_then(|row| row.pattern));
    }
    if text.starts_with(PatternId::PREFIX) {
        return Ok(text.parse().ok());
    }
    Ok(None)
}
