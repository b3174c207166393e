//! Audit records, newest first, and the history of one subject.

use crate::domain::{Record, SubjectId, WorkspaceId};
use crate::engine::handle::RecordQuery;
use crate::store::{Store, StoreError};

pub(in crate::engine) fn records(
    store: &dyn Store,
    workspace: &WorkspaceId,
    wanted: &RecordQuery,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    const PAGE: usize = 500;
    /// How far back one query looks; the next page goes on from there.
    const FURTHEST: u64 = 50_000;
    let matches = |record: &Record| {
        record.draft.workspace == *workspace
            && wanted
                .kind
                .as_ref()
                .is_none_or(|kind| record.draft.kind.starts_with(kind.as_str()))
    };
    if let Some(about) = &wanted.about {
        let about = about.trim().to_ascii_uppercase();
        let mut found = newest_of(store, workspace, &about, wanted.before)?;
        found.retain(matches);
        found.truncate(limit);
        return Ok(found);
    }
    let newest = store.head().seq + 1;
    let mut before = wanted.before.unwrap_or(newest).min(newest);
    let lowest = before.saturating_sub(FURTHEST);
    let mut found = Vec::new();
    while found.len() < limit && before > 1 && before > lowest {
        let from = before.saturating_sub(PAGE as u64).max(1);
        let count = usize::try_from(before - from).unwrap_or(PAGE);
        let mut records = store.records(from, count)?;
        records.reverse();
        found.extend(records.into_iter().filter(|record| matches(record)));
        before = from;
    }
    found.truncate(limit);
    Ok(found)
}

/// The newest records about a subject, oldest first.
pub(super) fn timeline(
    store: &dyn Store,
    workspace: &WorkspaceId,
    subject: SubjectId,
) -> Result<Vec<Record>, StoreError> {
    const SHOWN: usize = 60;
    let mut records = newest_of(store, workspace, &subject.to_string(), None)?;
    records.truncate(SHOWN);
    records.reverse();
    Ok(records)
}

fn newest_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: &str,
    before: Option<u64>,
) -> Result<Vec<Record>, StoreError> {
    let mut records = store.records_of(workspace, id, 0, usize::MAX)?;
    records.retain(|record| before.is_none_or(|before| record.seq < before));
    records.reverse();
    Ok(records)
}
