//! A store that forgets: for tests. It keeps the promises of the trait but durability, and it can be
//! told to fail.

use super::changes::{chain_batch, subjects_of};
use super::{Batch, Change, Key, Order, Scan, Store, StoreError};
use crate::audit::Head;
use crate::domain::{Record, WorkspaceId};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
    refused: AtomicU64,
    read: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    rows: BTreeMap<String, Arc<str>>,
    records: Vec<Record>,
    commits: u64,
    written: u64,
    fails: Option<(u64, u64)>,
    breaks: bool,
    unreadable: bool,
    blind_after: Option<u64>,
}

impl Inner {
    fn readable(&self, refused: &AtomicU64) -> Result<&Self, StoreError> {
        if self.unreadable {
            refused.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::Read {
                place: "memory".to_owned(),
                source: std::io::Error::other("told to fail"),
            });
        }
        Ok(self)
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets commits fail as on a full disk: the `nth` from now (1 is the next), and `count` in all.
    /// Nothing of a failed batch is kept.
    pub fn fail_commits(&self, nth: u64, count: u64) {
        let mut inner = self.lock();
        let first = inner.commits + nth.max(1);
        inner.fails = Some((first, first + count));
    }

    /// From now on, lets reads of rows fail, or work again.
    pub fn fail_reads(&self, fail: bool) {
        self.lock().unreadable = fail;
    }

    /// Lets reads of rows fail once the `nth` commit from now has worked (1 is the next).
    pub fn fail_reads_after(&self, nth: u64) {
        let mut inner = self.lock();
        inner.blind_after = Some(inner.commits + nth.max(1));
    }

    /// How many reads of rows have failed.
    pub fn failed_reads(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many rows and records have been read in pages.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    fn count<T>(&self, found: Vec<T>) -> Vec<T> {
        self.read.fetch_add(found.len() as u64, Ordering::Relaxed);
        found
    }

    /// Lets everything fail, reads too, from the `nth` commit on (1 is the next), until it is
    /// repaired.
    pub fn break_at_commit(&self, nth: u64) {
        let mut inner = self.lock();
        inner.fails = Some((inner.commits + nth.max(1), u64::MAX));
        inner.breaks = true;
    }

    /// Lets everything work again.
    pub fn repair(&self) {
        let mut inner = self.lock();
        inner.fails = None;
        inner.breaks = false;
        inner.unreadable = false;
    }

    /// Takes over what is committed elsewhere: changes, and of the records those that are wanted.
    pub fn apply(&self, changes: Vec<Change>, records: Vec<Record>) {
        let mut inner = self.lock();
        inner.records.extend(records);
        for change in changes {
            let key = change.key.as_str().to_owned();
            match change.value {
                Some(value) => inner.rows.insert(key, value),
                None => inner.rows.remove(&key),
            };
        }
    }

    /// How many commits were tried, failed ones included.
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    /// Bytes of all rows that commits have written, those written over included.
    pub fn written(&self) -> u64 {
        self.lock().written
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held, and a commit changes it only at its end.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: Batch) -> Result<Vec<Record>, StoreError> {
        let mut inner = self.lock();
        inner.commits += 1;
        let now = inner.commits;
        if inner
            .fails
            .is_some_and(|(from, to)| (from..to).contains(&now))
        {
            inner.unreadable |= inner.breaks;
            return Err(StoreError::Write {
                place: "memory".to_owned(),
                source: std::io::ErrorKind::StorageFull.into(),
            });
        }
        let head = inner.records.last().map_or(Head::START, Head::at);
        let (chained, changes) = chain_batch(head, batch, &mut String::new(), &mut String::new())?;
        for change in changes {
            let key = change.key.as_str().to_owned();
            match change.value {
                Some(value) => {
                    inner.written += value.len() as u64;
                    inner.rows.insert(key, value)
                }
                None => inner.rows.remove(&key),
            };
        }
        inner.records.extend_from_slice(&chained.records);
        inner.unreadable |= inner.blind_after == Some(now);
        Ok(chained.records)
    }

    fn get(&self, key: &Key) -> Result<Option<Arc<str>>, StoreError> {
        Ok(self
            .lock()
            .readable(&self.refused)?
            .rows
            .get(key.as_str())
            .cloned())
    }

    fn scan(&self, scan: &Scan) -> Result<Vec<(Key, Arc<str>)>, StoreError> {
        let Some(range) = scan.range() else {
            return Ok(Vec::new());
        };
        let inner = self.lock();
        let rows = inner.readable(&self.refused)?.rows.range(range);
        let row = |(key, value): (&String, &Arc<str>)| (Key::from_text(key), value.clone());
        Ok(self.count(match scan.order {
            Order::Ascending => rows.take(scan.limit).map(row).collect(),
            Order::Descending => rows.rev().take(scan.limit).map(row).collect(),
        }))
    }

    fn records(&self, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let inner = self.lock();
        let skip = inner.records.partition_point(|record| record.seq < from);
        let records = inner.records.iter().skip(skip).take(limit);
        Ok(self.count(records.cloned().collect()))
    }

    fn records_of(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let inner = self.lock();
        let about = inner.records.iter().rev().filter(|record| {
            record.seq < before
                && record.draft.workspace == *workspace
                && subjects_of(record).any(|subject| subject == id)
        });
        Ok(self.count(about.take(limit).cloned().collect()))
    }

    fn head(&self) -> Head {
        self.lock().records.last().map_or(Head::START, Head::at)
    }
}
