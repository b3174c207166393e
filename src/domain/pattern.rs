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

/// The cohort of merchants in which a surge is concentrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortLift {
    /// Its name: a migration stage, or an attribute and its value.
    pub cohort: String,
    /// Merchants of the surge in it.
    pub hit: u32,
    /// Merchants of it that are known.
    pub known: u32,
    /// How often it is hit for each time that its size explains, in percent: 320 is 3.2 times.
    pub percent: u32,
    /// The lower end of that figure's 95 % interval, in percent.
    pub low_percent: u32,
    /// The upper end.
    pub high_percent: u32,
    /// Whether the others who wrote in that time are as often in it: then the mix of merchants
    /// explains the concentration, and the problem need not be the cohort's.
    pub explained_by_mix: bool,
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
    /// The cohort in which it is concentrated, if it is in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<CohortLift>,
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
