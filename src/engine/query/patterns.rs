//! Patterns as the store knows them.

use super::moved::{Moves, SPLIT};
use super::{load_incident, records};
use crate::domain::{IncidentId, PatternId, TicketId, WorkspaceId};
use crate::engine::handle::RecordQuery;
use crate::engine::rows::TicketRow;
use crate::store::codec::{self, padded};
use crate::store::{Store, StoreError};

/// The pattern that each text names: itself, that of an incident, or the one that a ticket is in
/// now. What was split off is read once for all of them, and of what Medic split off by itself only
/// the newest records.
pub fn patterns_named(
    store: &dyn Store,
    workspace: &WorkspaceId,
    texts: &[&str],
) -> Result<Vec<Option<PatternId>>, StoreError> {
    let put = texts.iter().map(|text| pattern_put(store, workspace, text));
    let put: Vec<Option<PatternId>> = put.collect::<Result<_, _>>()?;
    let tickets: Vec<Option<TicketId>> = texts.iter().map(|text| ticket_named(text)).collect();
    if tickets.iter().all(Option::is_none) {
        return Ok(put);
    }
    let splits = RecordQuery {
        kind: Some(SPLIT.to_owned()),
        ..RecordQuery::default()
    };
    let splits = records(store, workspace, &splits, usize::MAX)?;
    let moves = Moves::of(store, workspace, &splits)?;
    let now = tickets
        .into_iter()
        .zip(put)
        .map(|(ticket, put)| match ticket {
            Some(ticket) => moves.pattern_of(ticket, put),
            None => put,
        });
    Ok(now.collect())
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
