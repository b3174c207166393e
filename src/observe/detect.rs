//! The detector's seam: a ticket comes in, an assignment and perhaps an alert come out.

use crate::domain::{Alert, Assignment, Ticket};

/// What the detector answers about one ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Where the ticket belongs and why.
    pub assignment: Assignment,
    /// An alert that this ticket sets off, if it does.
    pub alert: Option<Alert>,
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
}
