//! The figures by which a team judges how it deals with trouble, each with its definition, computed
//! from audit records alone: whoever holds the records can compute them again.
//!
//! All of them are about what *began* in the stretch of time that is looked at: incidents opened,
//! plans made. What has not ended yet is counted beside the figure, never guessed.

mod course;
mod read;
mod values;

pub use read::{FURTHEST, read};
pub use values::{Figure, Measured, Share, Spread, Waited};

use crate::domain::{Record, WorkspaceId};
use course::Course;
use jiff::Timestamp;
use serde::Serialize;

/// The figures of a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// From when on; none for everything.
    pub since: Option<Timestamp>,
    /// Until when: what waits then has waited so long.
    pub until: Timestamp,
    /// How many records were looked at.
    pub records: u64,
    /// Whether every record of that time was looked at; if not, the oldest were left out.
    pub complete: bool,
    /// Each figure, in a fixed order.
    pub figures: Vec<Figure>,
}

impl Stats {
    /// Computes them from the records of a workspace, oldest first; records before `since` and of
    /// other workspaces are passed over.
    ///
    /// # Errors
    /// The first that reading the records gives.
    pub fn of<E>(
        records: impl IntoIterator<Item = Result<Record, E>>,
        workspace: &WorkspaceId,
        since: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<Self, E> {
        let mut course = Course::default();
        let mut looked_at = 0;
        for record in records {
            let record = record?;
            if record.draft.workspace != *workspace
                || since.is_some_and(|since| record.draft.at < since)
            {
                continue;
            }
            looked_at += 1;
            course.read(&record.draft);
        }
        Ok(Self {
            since,
            until,
            records: looked_at,
            complete: true,
            figures: course.figures(until),
        })
    }

    /// The figure with this key.
    pub fn figure(&self, key: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.key == key)
    }
}
