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
            && wanted.after.is_none_or(|after| record.seq > after)
            && wanted
                .kind
                .as_ref()
                .is_none_or(|kind| record.draft.kind.starts_with(kind.as_str()))
    };
    if let Some(about) = &wanted.about {
        let about = about.trim().to_ascii_uppercase();
        return newest_of(store, workspace, &about, wanted.before, limit, matches);
    }
    let newest = store.head().seq + 1;
    let mut before = wanted.before.unwrap_or(newest).min(newest);
    let first = wanted.after.map_or(1, |after| after.saturating_add(1));
    let lowest = before.saturating_sub(FURTHEST).max(first);
    let mut found = Vec::new();
    while found.len() < limit && before > lowest {
        let from = before.saturating_sub(PAGE as u64).max(lowest);
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
    let subject = subject.to_string();
    let mut records = newest_of(store, workspace, &subject, None, SHOWN, |_| true)?;
    records.reverse();
    Ok(records)
}

/// The newest records about `id` that are wanted, at most `limit`.
fn newest_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: &str,
    before: Option<u64>,
    limit: usize,
    wanted: impl Fn(&Record) -> bool,
) -> Result<Vec<Record>, StoreError> {
    let mut before = before.unwrap_or(u64::MAX);
    let mut found = Vec::new();
    while found.len() < limit {
        let page = store.records_of(workspace, id, before, limit)?;
        let Some(oldest) = page.last() else {
            break;
        };
        before = oldest.seq;
        found.extend(page.into_iter().filter(&wanted));
    }
    found.truncate(limit);
    Ok(found)
}
