//! Patterns as the store knows them.

use super::load_incident;
use crate::domain::{IncidentId, PatternId, TicketId, WorkspaceId};
use crate::engine::rows::TicketRow;
use crate::store::codec::{self, padded};
use crate::store::{Store, StoreError};

/// The pattern that a text names: itself, that of an incident, or that of a ticket.
pub fn pattern_named(
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
