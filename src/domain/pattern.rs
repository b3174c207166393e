//! What detection says: where a ticket belongs and why, and when a pattern deserves an alert.

use super::{PatternId, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a ticket was put, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The pattern; none only where the ticket has no text to compare.
    pub pattern: Option<PatternId>,
    /// Whether this ticket is the pattern's first.
    pub is_new: bool,
    /// In words: `same signature WebhookTimeout order.created`.
    pub reason: String,
}

/// A pattern crossed its alert rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Which pattern.
    pub pattern: PatternId,
    /// The time of its last ticket.
    pub at: Timestamp,
    /// The tickets it stands on, oldest first.
    pub tickets: Vec<TicketId>,
    /// Distinct merchants among them (claimed merchants of one author count once).
    pub merchants: u32,
    /// How many distinct merchants were to be expected in this window, in thousandths.
    pub expected_milli: u64,
    /// The card's sentence: `9 of 41 merchants in post-migration-day-1 in 30 min, 0.4 expected`.
    pub reason: String,
    /// A short name for the problem, from the texts: `WebhookTimeout order.created`.
    pub label: String,
}

/// What a person says about how tickets were grouped. Binding for the detector, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "correction")]
pub enum Correction {
    /// These patterns are one problem.
    Merge {
        /// At least two.
        patterns: Vec<PatternId>,
    },
    /// These tickets of a pattern are another problem.
    Split {
        /// The pattern they were put into.
        pattern: PatternId,
        /// The tickets, at least one.
        tickets: Vec<TicketId>,
    },
    /// These two patterns are different problems.
    NotTheSame {
        /// One.
        one: PatternId,
        /// The other.
        other: PatternId,
    },
}
