//! What is committed but not yet in the index. Reads look here first, so they see every commit.

use super::pending::Pending;
use super::reader::Position;
use crate::store::Order;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

/// The value of a row that is in no index yet: none if it was removed.
pub type Value = Option<Arc<str>>;

/// Committed batches in order, and the rows they leave.
#[derive(Debug)]
pub struct Overlay {
    batches: VecDeque<Arc<Pending>>,
    rows: BTreeMap<String, (u64, Value)>,
    bytes: usize,
    committed: Position,
}

impl Overlay {
    /// Nothing is pending, the journal ends at `committed`.
    pub const fn new(committed: Position) -> Self {
        Self {
            batches: VecDeque::new(),
            rows: BTreeMap::new(),
            bytes: 0,
            committed,
        }
    }

    /// Takes up a batch that is durable.
    pub fn push(&mut self, batch: Pending) {
        for change in &batch.changes {
            self.rows.insert(
                change.key.as_str().to_owned(),
                (batch.position.batch, change.value.clone()),
            );
        }
        self.bytes += batch.bytes();
        self.committed = batch.position;
        self.batches.push_back(Arc::new(batch));
    }

    /// Forgets the batches up to this number: the index has them.
    pub fn applied(&mut self, up_to: u64) {
        while let Some(batch) = self.batches.front() {
            if batch.position.batch > up_to {
                break;
            }
            self.bytes = self.bytes.saturating_sub(batch.bytes());
            for change in &batch.changes {
                let key = change.key.as_str();
                // A later batch may have written the row again.
                if self.rows.get(key).is_some_and(|(at, _)| *at <= up_to) {
                    self.rows.remove(key);
                }
            }
            self.batches.pop_front();
        }
    }

    /// About how much memory the batches take, in bytes.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Behind the last durable batch.
    pub const fn committed(&self) -> Position {
        self.committed
    }

    /// The first batches, of about `bytes` in all, at least one if there is one.
    pub fn first(&self, bytes: usize) -> Vec<Arc<Pending>> {
        let mut sum = 0;
        let first = self.batches.iter().take_while(|batch| {
            let fits = sum < bytes;
            sum += batch.bytes();
            fits
        });
        first.cloned().collect()
    }

    /// Batches that hold records from number `from` on.
    pub fn with_records(&self, from: u64) -> Vec<Arc<Pending>> {
        let start = self
            .batches
            .partition_point(|batch| batch.position.head.seq < from);
        self.batches.iter().skip(start).cloned().collect()
    }

    /// Number of the first record that is pending; the one behind the last if none is.
    pub fn first_record(&self) -> u64 {
        self.batches
            .front()
            .map_or(self.committed.head.seq + 1, |batch| batch.first)
    }

    /// What is pending for the row, if anything.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.rows.get(key).map(|(_, value)| value.clone())
    }

    /// What is pending for the rows in a range, in order, up to `limit` rows that are not removed.
    pub fn scan(
        &self,
        range: (Bound<String>, Bound<String>),
        order: Order,
        limit: usize,
    ) -> Vec<(String, Value)> {
        let mut live = 0;
        let mut wanted = |(_, (_, value)): &(&String, &(u64, Value))| {
            let more = live < limit;
            live += usize::from(value.is_some());
            more
        };
        let row = |(key, (_, value)): (&String, &(u64, Value))| (key.clone(), value.clone());
        let rows = self.rows.range(range);
        match order {
            Order::Ascending => rows.take_while(&mut wanted).map(row).collect(),
            Order::Descending => rows.rev().take_while(&mut wanted).map(row).collect(),
        }
    }
}
