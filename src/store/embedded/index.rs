//! The journal's content, queryable: one sled tree, written by one thread, thrown away when in doubt.
//!
//! | key | value |
//! |---|---|
//! | `m` | the [`Position`] up to which the journal was applied, as JSON |
//! | `s` + row key | the row's text, chunked |
//! | `r` + number of a record | the texts of it and the following ones, one a line, chunked |
//! | `i` + workspace, NUL, id, NUL + number of a record | the numbers of records about `id`, that one first |
//! | `x` + key, NUL + n | the n-th further chunk of a chunked value |
//!
//! Numbers in keys are 8 bytes, greatest first. A chunked value begins with how many further chunks
//! it has (2 bytes). No value is longer than 4 KiB: sled puts long ones into files that it never
//! syncs, and the store would not open after a power cut.

use super::pending::{Pending, subject_key};
use super::reader::Position;
use crate::store::Order;
use serde::{Deserialize, Serialize};
use sled::{Batch, Db, IVec};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Raised whenever keys or values are laid out differently; the index is then rebuilt.
const LAYOUT: u32 = 1;

/// Longest value in bytes.
const MAX_VALUE_BYTES: usize = 4096;

/// How many record numbers one `i` value holds at most.
const MAX_NUMBERS: usize = MAX_VALUE_BYTES / 8;

/// The index cannot do it; it says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IndexError(pub String);

impl From<sled::Error> for IndexError {
    fn from(error: sled::Error) -> Self {
        Self(format!("sled: {error}"))
    }
}

/// An open index.
#[derive(Debug)]
pub struct Index {
    db: Db,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    layout: u32,
    #[serde(flatten)]
    position: Position,
}

impl Index {
    /// Opens the index in `dir`, or makes an empty one.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Self, IndexError> {
        guarded(|| {
            let db = sled::Config::new()
                .path(dir)
                .cache_capacity(cache_bytes)
                // Its own flushing thread beside ours can hang it (sled#1308).
                .flush_every_ms(None)
                .open()?;
            Ok(Self { db })
        })
    }

    /// Up to where the journal was applied; none where nothing was, or by another layout.
    pub fn checkpoint(&self) -> Result<Option<Position>, IndexError> {
        guarded(|| {
            let value = self.db.get(b"m")?;
            Ok(value
                .and_then(|value| serde_json::from_slice::<Checkpoint>(&value).ok())
                .filter(|checkpoint| checkpoint.layout == LAYOUT)
                .map(|checkpoint| checkpoint.position))
        })
    }

    /// Notes that nothing was applied yet.
    pub fn begin(&self) -> Result<(), IndexError> {
        guarded(|| {
            self.db.insert(b"m", checkpoint(Position::START)?)?;
            Ok(())
        })
    }

    /// Applies consecutive batches at once: all of them are there afterwards, or none.
    pub fn apply(&self, batches: &[Arc<Pending>]) -> Result<(), IndexError> {
        guarded(|| {
            let Some(last) = batches.last() else {
                return Ok(());
            };
            let mut writes = Batch::default();
            self.put_rows(batches, &mut writes)?;
            put_records(batches, &mut writes);
            put_subjects(batches, &mut writes);
            writes.insert(b"m", checkpoint(last.position)?);
            Ok(self.db.apply_batch(writes)?)
        })
    }

    /// Writes out what sled still holds in memory.
    pub fn flush(&self) -> Result<(), IndexError> {
        guarded(|| {
            self.db.flush()?;
            Ok(())
        })
    }

    /// The text of a row.
    pub fn get(&self, key: &str) -> Result<Option<Arc<str>>, IndexError> {
        guarded(|| {
            let key = row_key(key);
            let value = self.db.get(&key)?;
            value.map(|value| self.joined(&key, &value)).transpose()
        })
    }

    /// Rows whose keys lie in `range`, in order, as long as `take` says true.
    pub fn scan(
        &self,
        (from, to): (Bound<String>, Bound<String>),
        order: Order,
        mut take: impl FnMut(
            &str,
            &dyn Fn() -> Result<Arc<str>, IndexError>,
        ) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        guarded(|| {
            let to = match to {
                Bound::Unbounded => Bound::Excluded(b"t".to_vec()),
                bound => bound.map(|key| row_key(&key)),
            };
            let mut rows = self.db.range((from.map(|key| row_key(&key)), to));
            loop {
                let row = match order {
                    Order::Ascending => rows.next(),
                    Order::Descending => rows.next_back(),
                };
                let Some(row) = row else {
                    return Ok(());
                };
                let (key, value) = row?;
                let name = std::str::from_utf8(&key[1..])
                    .map_err(|_| IndexError("a key is not UTF-8".to_owned()))?;
                if !take(name, &|| self.joined(&key, &value))? {
                    return Ok(());
                }
            }
        })
    }

    /// Texts of the records from number `from` up to before `to`, at most `limit`.
    pub fn records(&self, from: u64, to: u64, limit: usize) -> Result<Vec<String>, IndexError> {
        guarded(|| {
            let mut records = Vec::new();
            let Some((first, _)) = self.block_of(from)?.filter(|_| from < to) else {
                return Ok(records);
            };
            for block in self.db.range(number_key(b"r", first)..number_key(b"r", to)) {
                let (key, value) = block?;
                let text = self.joined(&key, &value)?;
                for (seq, line) in (number_at_end(&key)?..).zip(text.lines()) {
                    if records.len() >= limit || seq >= to {
                        return Ok(records);
                    }
                    if seq >= from {
                        records.push(line.to_owned());
                    }
                }
            }
            Ok(records)
        })
    }

    /// Texts of the records about `id` with numbers below `to`, newest first, at most `limit`.
    pub fn records_of(
        &self,
        workspace: &str,
        id: &str,
        to: u64,
        limit: usize,
    ) -> Result<Vec<String>, IndexError> {
        guarded(|| {
            let mut prefix = b"i".to_vec();
            prefix.extend_from_slice(subject_key(workspace, id).as_bytes());
            prefix.push(0);
            let mut records = Vec::new();
            let mut block: Option<(u64, Arc<str>)> = None;
            let range = number_key(&prefix, 0)..number_key(&prefix, to);
            for entry in self.db.range(range).rev() {
                let (_, numbers) = entry?;
                for seq in numbers.rchunks_exact(8).map(big_endian) {
                    if records.len() >= limit {
                        return Ok(records);
                    }
                    if seq >= to {
                        continue;
                    }
                    let mut line = block.as_ref().and_then(|block| line_of(block, seq));
                    if line.is_none() {
                        block = self.block_of(seq)?;
                        line = block.as_ref().and_then(|block| line_of(block, seq));
                    }
                    let line =
                        line.ok_or_else(|| IndexError(format!("record {seq} is missing")))?;
                    records.push(line.to_owned());
                }
            }
            Ok(records)
        })
    }

    /// The block of records that holds number `seq`, if any does, with the number of its first.
    fn block_of(&self, seq: u64) -> Result<Option<(u64, Arc<str>)>, IndexError> {
        let block = self
            .db
            .range(number_key(b"r", 0)..=number_key(b"r", seq))
            .next_back()
            .transpose()?;
        let Some((key, value)) = block else {
            return Ok(None);
        };
        Ok(Some((number_at_end(&key)?, self.joined(&key, &value)?)))
    }

    /// The last value of each row that the batches change.
    fn put_rows(&self, batches: &[Arc<Pending>], writes: &mut Batch) -> Result<(), IndexError> {
        let mut rows = BTreeMap::new();
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            rows.insert(change.key.as_str(), change.value.as_deref());
        }
        for (key, value) in rows {
            let key = row_key(key);
            let old = self.db.get(&key)?;
            let old = old.map_or(0, |value| further_chunks(&value));
            let new = match value {
                Some(value) => put_chunked(&key, value.as_bytes(), writes),
                None => {
                    writes.remove(key.as_slice());
                    0
                }
            };
            for chunk in new + 1..=old {
                writes.remove(chunk_key(&key, chunk));
            }
        }
        Ok(())
    }

    /// A chunked value as one text.
    fn joined(&self, key: &[u8], value: &IVec) -> Result<Arc<str>, IndexError> {
        let count = further_chunks(value);
        let first = value.get(2..).unwrap_or_default();
        let text = |bytes: &[u8]| {
            std::str::from_utf8(bytes)
                .map(Arc::from)
                .map_err(|_| IndexError("a value is not UTF-8".to_owned()))
        };
        if count == 0 {
            return text(first);
        }
        let mut joined = first.to_vec();
        for chunk in 1..=count {
            let chunk = self.db.get(chunk_key(key, chunk))?;
            joined.extend_from_slice(
                &chunk.ok_or_else(|| IndexError("a chunk of a value is missing".to_owned()))?,
            );
        }
        text(&joined)
    }
}

fn checkpoint(position: Position) -> Result<Vec<u8>, IndexError> {
    serde_json::to_vec(&Checkpoint {
        layout: LAYOUT,
        position,
    })
    .map_err(|e| IndexError(e.to_string()))
}

/// Puts the records of the batches, as many in a value as fit.
fn put_records(batches: &[Arc<Pending>], writes: &mut Batch) {
    let mut block = String::new();
    let mut first = 0;
    let mut next = 0;
    for (batch, text) in batches
        .iter()
        .flat_map(|batch| batch.records().map(move |text| (batch, text)))
    {
        if next == 0 {
            next = batch.first;
        }
        if !block.is_empty() && block.len() + 1 + text.len() > MAX_VALUE_BYTES - 2 {
            put_chunked(&number_key(b"r", first), block.as_bytes(), writes);
            block.clear();
        }
        if block.is_empty() {
            first = next;
        } else {
            block.push('\n');
        }
        block.push_str(text);
        next += 1;
    }
    if !block.is_empty() {
        put_chunked(&number_key(b"r", first), block.as_bytes(), writes);
    }
}

/// Puts the numbers of the batches' records under what the records are about.
fn put_subjects(batches: &[Arc<Pending>], writes: &mut Batch) {
    let mut subjects: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (subject, seq) in batches.iter().flat_map(|batch| &batch.subjects) {
        subjects.entry(subject).or_default().push(*seq);
    }
    for (subject, numbers) in subjects {
        for numbers in numbers.chunks(MAX_NUMBERS) {
            let mut key = b"i".to_vec();
            key.extend_from_slice(subject.as_bytes());
            key.push(0);
            let value: Vec<u8> = numbers.iter().flat_map(|seq| seq.to_be_bytes()).collect();
            writes.insert(number_key(&key, numbers[0]), value);
        }
    }
}

/// Puts a value of any length, and says how many further chunks it has.
fn put_chunked(key: &[u8], value: &[u8], writes: &mut Batch) -> u16 {
    let (first, rest) = value.split_at(value.len().min(MAX_VALUE_BYTES - 2));
    let mut count = 0_u16;
    for chunk in rest.chunks(MAX_VALUE_BYTES) {
        // Never saturates: a line of the journal is shorter than 2^15 chunks.
        count = count.saturating_add(1);
        writes.insert(chunk_key(key, count), chunk);
    }
    let mut value = Vec::with_capacity(first.len() + 2);
    value.extend_from_slice(&count.to_be_bytes());
    value.extend_from_slice(first);
    writes.insert(key, value);
    count
}

fn further_chunks(value: &[u8]) -> u16 {
    match value {
        [high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

fn row_key(key: &str) -> Vec<u8> {
    [b"s", key.as_bytes()].concat()
}

fn chunk_key(key: &[u8], chunk: u16) -> Vec<u8> {
    [b"x", key, b"\0", &chunk.to_be_bytes()].concat()
}

fn number_key(prefix: &[u8], number: u64) -> Vec<u8> {
    [prefix, &number.to_be_bytes()].concat()
}

fn number_at_end(key: &[u8]) -> Result<u64, IndexError> {
    key.last_chunk::<8>()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| IndexError("a key is too short".to_owned()))
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn line_of((first, text): &(u64, Arc<str>), seq: u64) -> Option<&str> {
    let at = usize::try_from(seq.checked_sub(*first)?).ok()?;
    text.lines().nth(at)
}

/// Runs something that enters sled, which panics on some damage of its files.
fn guarded<T>(work: impl FnOnce() -> Result<T, IndexError>) -> Result<T, IndexError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(IndexError("sled panicked".to_owned())))
}
