//! The store: commit a batch, get, scan, read records from a number on. Nothing else.

pub mod codec;
pub mod embedded;
pub mod memory;

mod changes;

pub use crate::audit::Head;

use crate::domain::{Record, RecordDraft, WorkspaceId};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// Where a row lies: workspace, table, id. Every row belongs to exactly one workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The key of row `id` in `table`. Ids that are numbers must be padded by the caller so that
    /// keys sort by them.
    pub fn new(workspace: &WorkspaceId, table: &str, id: impl fmt::Display) -> Self {
        Self(format!("{workspace}/{table}/{id}"))
    }

    /// What every key of this table starts with.
    pub fn table_prefix(workspace: &WorkspaceId, table: &str) -> String {
        format!("{workspace}/{table}/")
    }

    /// A key from its text, as [`Key::as_str`] gave it.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind workspace and table.
    pub fn id(&self) -> &str {
        self.0.splitn(3, '/').nth(2).unwrap_or("")
    }
}

/// One change of state: the row's new JSON text, or none to remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which row.
    pub key: Key,
    /// Its new value as compact JSON, or none.
    pub value: Option<Arc<str>>,
}

/// Everything that becomes durable at once, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Records to chain, in order. A batch with changes must have at least one.
    pub records: Vec<RecordDraft>,
    /// Changes, in order; a later change of a row replaces an earlier one.
    pub changes: Vec<Change>,
}

/// Which way a scan runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Ascending,
    /// Greatest key first.
    Descending,
}

/// A page of a table.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Only keys that start with this.
    pub prefix: String,
    /// Only keys strictly behind this one in the direction of the scan.
    pub after: Option<Key>,
    /// At most so many rows.
    pub limit: usize,
    /// Direction.
    pub order: Order,
}

impl Scan {
    /// The keys that may be in the answer, as a range that is never empty; none if nothing can be.
    pub(crate) fn range(&self) -> Option<(Bound<String>, Bound<String>)> {
        let start = self.prefix.clone();
        let end = behind_prefix(&self.prefix);
        let after = self.after.as_ref().map(|key| key.as_str().to_owned());
        let (from, to) = match (self.order, after) {
            (Order::Ascending, Some(after)) if after >= start => (Bound::Excluded(after), end),
            (Order::Descending, Some(after)) if end.as_ref().is_none_or(|end| after < *end) => {
                (Bound::Included(start), Some(after))
            }
            _ => (Bound::Included(start), end),
        };
        let (Bound::Included(first) | Bound::Excluded(first)) = &from else {
            return None;
        };
        if to.as_ref().is_some_and(|to| first >= to) {
            return None;
        }
        Some((from, to.map_or(Bound::Unbounded, Bound::Excluded)))
    }
}

/// The smallest text behind every text that starts with `prefix`; none if there is no such text.
fn behind_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // Stepping over the surrogates, which are no characters.
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full or refuses to write. Nothing of the batch was kept.
    #[error(
        "cannot write to {place}: {source}; free some space or mend the disk, intake resumes by itself"
    )]
    Write {
        /// The file.
        place: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {place}: {source}")]
    Read {
        /// The file.
        place: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Something in the middle of the journal is not what was written.
    #[error(
        "{place}: {reason}; the journal is damaged there, restore it from a copy. Medic does not start on a damaged journal, because it would act on a history that did not happen"
    )]
    Damaged {
        /// File and line.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A newer medic wrote it.
    #[error(
        "{place} was written by a newer medic (format {found}, this one knows {known}); start that one, or restore the store from before the update"
    )]
    Newer {
        /// File and line.
        place: String,
        /// The format found.
        found: u64,
        /// The newest format known.
        known: u64,
    },
    /// Another process has the store open.
    #[error(
        "{place} is in use by another medic process; stop that one, or give this one another directory with --data"
    )]
    Locked {
        /// The directory.
        place: String,
    },
    /// A row cannot be understood.
    #[error("row {key}: {reason}")]
    Row {
        /// The key.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

/// Durable state and records. `commit` is called by one thread at a time (the engine's); the
/// reading calls may come from any thread at any time and see every commit that has returned.
pub trait Store: Send + Sync {
    /// Makes the batch durable and answers with its chained records. When it returns an error,
    /// nothing of the batch is there.
    fn commit(&self, batch: Batch) -> Result<Vec<Record>, StoreError>;

    /// The row's JSON text.
    fn get(&self, key: &Key) -> Result<Option<Arc<str>>, StoreError>;

    /// A page of rows in key order.
    fn scan(&self, scan: &Scan) -> Result<Vec<(Key, Arc<str>)>, StoreError>;

    /// Records from number `from` on, at most `limit`.
    fn records(&self, from: u64, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// Records of this workspace that are about `id` and have a number below `before`, newest first,
    /// at most `limit`. `id` is a ticket, incident, case or plan as it is written: `T-7`, `INC-4`,
    /// `CASE-2`, `PLAN-3`. Neither the whole history nor the subject's own is read for them, however
    /// long they are.
    fn records_of(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// The end of the chain.
    fn head(&self) -> Head;
}
