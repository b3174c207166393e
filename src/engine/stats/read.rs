//! Reads the records of a stretch of time without reading the whole history.

use super::Stats;
use crate::domain::WorkspaceId;
use crate::store::{Store, StoreError};
use jiff::Timestamp;

/// The most records that are looked at for one answer.
pub const FURTHEST: u64 = 200_000;

/// Records read at once.
const PAGE: usize = 1_000;

/// The figures since some time: its first record is found by halving, and at most the newest
/// [`FURTHEST`] records are read.
///
/// # Errors
/// When the store cannot be read.
pub fn read(
    store: &dyn Store,
    workspace: &WorkspaceId,
    since: Option<Timestamp>,
    until: Timestamp,
) -> Result<Stats, StoreError> {
    let last = store.head().seq;
    let first = match since {
        Some(since) => first_since(store, since, last)?,
        None => 1,
    };
    let from = first.max((last + 1).saturating_sub(FURTHEST));
    let mut next = from;
    let mut page = Vec::new().into_iter();
    let records = std::iter::from_fn(|| {
        loop {
            if let Some(record) = page.next() {
                return Some(Ok(record));
            }
            if next > last {
                return None;
            }
            let left = usize::try_from(last - next + 1).unwrap_or(PAGE);
            match store.records(next, PAGE.min(left)) {
                Ok(records) => {
                    next += records.len().max(1) as u64;
                    page = records.into_iter();
                }
                Err(error) => {
                    next = last + 1;
                    return Some(Err(error));
                }
            }
        }
    });
    Ok(Stats {
        complete: from == first,
        ..Stats::of(records, workspace, since, until)?
    })
}

/// The number of the first record since some time. Records are written in the order of time; where
/// a clock was set back, those in between are found by their neighbours' times.
fn first_since(store: &dyn Store, since: Timestamp, last: u64) -> Result<u64, StoreError> {
    let (mut low, mut high) = (1, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = store.records(middle, 1)?;
        if found.first().is_some_and(|record| record.draft.at < since) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
