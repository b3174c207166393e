//! The detector's seam: a ticket comes in, an assignment and perhaps an alert come out.

mod alerted;
mod alerting;
mod cohort;
mod constraints;
mod corrections;
mod dense;
mod explain;

mod lexical;
mod nearby;
mod online;
mod options;
mod pattern;
mod prose;
mod sentence;
mod stored;
mod surge;
mod vicinity;
mod volume;

use crate::domain::{Alert, Assignment, PatternId, Ticket, TicketId};

pub use constraints::CorrectionError;
pub use explain::Near;
pub use online::{OnlineDetector, PatternSummary, RestoreError};
pub use options::DetectOptions;

/// What the detector answers about one ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Where the ticket belongs and why.
    pub assignment: Assignment,
    /// An alert that this ticket sets off, if it does.
    pub alert: Option<Alert>,
    /// The alerted pattern whose surge this ticket is part of, where that is another than its
    /// own: a problem's fragments are answered together, whether or not they ever become one.
    pub part_of: Option<PatternId>,
    /// Patterns that this ticket showed to be one.
    pub merged: Vec<Merged>,
    /// What this ticket showed to be another problem than the pattern that it was in.
    pub split: Option<SplitOff>,
}

/// A pattern turned out to be two problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitOff {
    /// The pattern that goes on without them.
    pub from: PatternId,
    /// The new pattern, to which the ticket at hand belongs.
    pub into: PatternId,
    /// The earlier tickets that went with it, as far as they are remembered.
    pub tickets: Vec<TicketId>,
    /// In words: `8 tickets of 5 merchants mean another thing; meaning 0.31`.
    pub reason: String,
}

/// Two patterns turned out to be one problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The pattern that is no more; its id resolves to `into` for ever.
    pub from: PatternId,
    /// The pattern that goes on: the older of the two.
    pub into: PatternId,
    /// In words: `meaning 0.91, words 0.64`.
    pub reason: String,
}

/// Groups tickets online: each is assigned before the next is read. Deterministic: the same
/// tickets in the same order give the same answers, however they are cut into batches and
/// whether or not the state was saved and restored between two of them. No clock: the time is
/// the ticket's `occurred_at`.
pub trait Detector: Send {
    /// Assigns one ticket.
    fn observe(&mut self, ticket: &Ticket) -> Detection;

    /// The whole state, to be stored and later given to the constructor's `restore`.
    fn snapshot(&self) -> Vec<u8>;

    /// The pattern that this id stands for now: itself, or what it was merged into.
    fn resolve(&self, id: PatternId) -> PatternId;

    /// A person says that these patterns are one problem. Binding. Answers the one that goes on,
    /// the oldest.
    ///
    /// # Errors
    /// When fewer than two different patterns are named, one is unknown, or a person said earlier
    /// that two of them are not the same.
    fn merge(&mut self, ids: &[PatternId]) -> Result<PatternId, CorrectionError>;

    /// A person says that these tickets of a pattern are another problem. Binding: the two never
    /// merge again by themselves. Answers the new pattern.
    ///
    /// # Errors
    /// When the pattern is unknown, or no ticket is given.
    fn split(&mut self, from: PatternId, tickets: &[&Ticket])
    -> Result<PatternId, CorrectionError>;

    /// A person says that these patterns are different problems. Binding: they never merge by
    /// themselves, and no alert of one is held back for the other.
    ///
    /// # Errors
    /// When one is unknown, or both stand for the same pattern (a split is the way then).
    fn not_the_same(&mut self, one: PatternId, other: PatternId) -> Result<(), CorrectionError>;
}
