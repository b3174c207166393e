//! A batch that is in the journal, on its way into the index.

use super::line::Body;
use super::reader::Position;
use crate::audit::Chained;
use crate::domain::Record;
use crate::store::changes::subjects_of;
use crate::store::{Change, Key};
use serde::Deserialize;
use std::ops::Range;
use std::sync::Arc;

/// What the index needs of a batch.
#[derive(Debug)]
pub struct Pending {
    /// Behind it.
    pub position: Position,
    /// Its changes, in order.
    pub changes: Vec<Change>,
    /// Number of its first record.
    pub first: u64,
    /// Its records' texts.
    records: String,
    texts: Vec<Range<usize>>,
    /// Under which names which records are found: [`subject_key`] and number.
    pub subjects: Vec<(String, u64)>,
}

impl Pending {
    /// A batch that was just committed; `records` is the text that `chained` points into.
    pub fn committed(
        position: Position,
        changes: Vec<Change>,
        chained: &Chained,
        records: &str,
    ) -> Self {
        let subjects = chained.records.iter().flat_map(|record| {
            subjects_of(record).map(|id| {
                (
                    subject_key(record.draft.workspace.as_str(), &id),
                    record.seq,
                )
            })
        });
        Self {
            position,
            changes,
            first: chained.records.first().map_or(0, |record| record.seq),
            subjects: subjects.collect(),
            records: records.to_owned(),
            texts: chained.texts.clone(),
        }
    }

    /// A batch read from the journal; none if its parts are not what they should be.
    pub fn read(position: Position, first: u64, body: &Body<'_>) -> Option<Self> {
        let mut records = String::new();
        let mut texts = Vec::new();
        let mut subjects = Vec::new();
        for text in &body.records {
            let start = records.len();
            records.push_str(text);
            texts.push(start..records.len());
            let about: About = serde_json::from_str(text).ok()?;
            let ids = [about.ticket, about.subject, about.plan];
            for id in ids.into_iter().flatten() {
                subjects.push((subject_key(&about.workspace, &id), about.seq));
            }
        }
        let mut changes = Vec::new();
        for (key, value) in &body.changes {
            let key: String = serde_json::from_str(key).ok()?;
            changes.push(Change {
                key: Key::from_text(key),
                value: value.map(Arc::from),
            });
        }
        Some(Self {
            position,
            changes,
            first,
            records,
            texts,
            subjects,
        })
    }

    /// The texts of its records, in order.
    pub fn records(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|range| &self.records[range.clone()])
    }

    /// The text of record number `seq`, if it is one of its own.
    pub fn record(&self, seq: u64) -> Option<&str> {
        let at = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        self.texts.get(at).map(|range| &self.records[range.clone()])
    }

    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let changes = self.changes.iter().map(|change| {
            change.key.as_str().len() + change.value.as_ref().map_or(0, |value| value.len()) + 128
        });
        self.records.len() + 128 * self.texts.len() + changes.sum::<usize>()
    }
}

/// What a record is found by.
pub fn subject_key(workspace: &str, id: &str) -> String {
    format!("{workspace}\0{id}")
}

/// Reads a record's text as it stands in the journal or the index.
pub fn parse_record(text: &str) -> Result<Record, String> {
    serde_json::from_str(text).map_err(|e| format!("a record cannot be read: {e}"))
}

/// The part of a record that it is found by.
#[derive(Deserialize)]
struct About {
    seq: u64,
    workspace: String,
    ticket: Option<String>,
    subject: Option<String>,
    plan: Option<String>,
}
