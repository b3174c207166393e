//! What a surface that shows a projection needs to find: everything live, what changed since it
//! last looked, the tickets behind a subject, and its own notes.

use super::{page, view};
use crate::domain::{Case, PlanId, SubjectId, Surface, TicketId, WorkspaceId};
use crate::engine::handle::{Changed, TicketView};
use crate::engine::rows::{LiveRow, MemberRow, NoteRow, SeenRow, TicketRow, note_id};
use crate::observe::intake;
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use std::collections::BTreeSet;

/// Every incident and case that something may still happen to, itself or a plan of it.
pub(in crate::engine) fn live(
    store: &dyn Store,
    workspace: &WorkspaceId,
) -> Result<BTreeSet<SubjectId>, StoreError> {
    let mut subjects = BTreeSet::new();
    for row in page::<LiveRow>(store, workspace, "", None, usize::MAX, Order::Ascending)? {
        if row.id.starts_with(PlanId::PREFIX) {
            let plan = row.id.parse::<PlanId>().ok();
            if let Some(plan) = plan {
                let key = padded(plan.number());
                let plan = codec::load::<crate::domain::Plan>(store, workspace, key)?;
                subjects.extend(plan.map(|plan| plan.subject));
            }
        } else {
            subjects.extend(row.id.parse::<SubjectId>().ok());
        }
    }
    Ok(subjects)
}

/// Subjects that records behind number `after` are about. Looks at `limit` records at most.
pub(in crate::engine) fn changed_since(
    store: &dyn Store,
    workspace: &WorkspaceId,
    after: u64,
    limit: usize,
) -> Result<Changed, StoreError> {
    let records = store.records(after + 1, limit)?;
    Ok(Changed {
        upto: records.last().map_or(after, |record| record.seq),
        more: records.len() == limit,
        subjects: records
            .iter()
            .filter(|record| record.draft.workspace == *workspace)
            .filter_map(|record| record.draft.subject)
            .collect(),
    })
}

/// The tickets of an incident or case, in the order in which they came, behind `after`.
pub(in crate::engine) fn tickets_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    subject: SubjectId,
    after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketView>, StoreError> {
    let ids: Vec<TicketId> = match subject {
        SubjectId::Incident(id) => {
            let start = format!("{}/", padded(id.number()));
            let after = after.map(|ticket| format!("{start}{}", padded(ticket.number())));
            page::<MemberRow>(store, workspace, &start, after, limit, Order::Ascending)?
                .into_iter()
                .map(|member| member.ticket)
                .collect()
        }
        SubjectId::Case(id) => codec::load::<Case>(store, workspace, padded(id.number()))?
            .map(|case| case.ticket)
            .filter(|ticket| after.is_none_or(|after| after < *ticket))
            .into_iter()
            .take(limit)
            .collect(),
    };
    let mut views = Vec::new();
    for id in ids {
        if let Some(row) = codec::load::<TicketRow>(store, workspace, padded(id.number()))? {
            views.push(view(store, workspace, row)?);
        }
    }
    Ok(views)
}

/// The ticket that stands at a place of a surface.
pub(in crate::engine) fn ticket_at(
    store: &dyn Store,
    workspace: &WorkspaceId,
    surface: Surface,
    id: &str,
) -> Result<Option<TicketView>, StoreError> {
    let identity = intake::posted_identity(workspace, surface, id);
    let Some(seen) = codec::load::<SeenRow>(store, workspace, identity.to_string())? else {
        return Ok(None);
    };
    super::ticket(store, workspace, seen.ticket)
}

/// One note of a surface.
pub(in crate::engine) fn note(
    store: &dyn Store,
    workspace: &WorkspaceId,
    surface: Surface,
    key: &str,
) -> Result<Option<String>, StoreError> {
    let row = codec::load::<NoteRow>(store, workspace, note_id(surface, key))?;
    Ok(row.map(|row| row.value))
}

/// Notes whose keys start with `start`, behind `after`, in the order of their keys.
pub(in crate::engine) fn notes(
    store: &dyn Store,
    workspace: &WorkspaceId,
    surface: Surface,
    start: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = page::<NoteRow>(
        store,
        workspace,
        &note_id(surface, start),
        after.map(|after| note_id(surface, after)),
        limit,
        Order::Ascending,
    )?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}
