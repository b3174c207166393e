//! How a diagnosis turned out: what confidence is calibrated on.

use super::RootCause;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who or what judged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgedBy {
    /// A person approved a plan that treats merchants for this cause.
    Approval,
    /// A person rejected such a plan; perhaps for another reason than the cause.
    Rejection,
    /// A person said that the cause is wrong.
    WrongCause,
    /// What was done for this cause healed.
    Healed,
    /// What was done for this cause did not help; perhaps it was the wrong thing to do.
    NotHealed,
}

impl JudgedBy {
    /// Whether the cause counts as right.
    pub const fn right(self) -> bool {
        matches!(self, Self::Approval | Self::Healed)
    }

    /// How much it counts, in halves: what speaks of the cause itself counts in full.
    pub const fn weight(self) -> u32 {
        match self {
            Self::WrongCause | Self::Healed => 2,
            Self::Approval | Self::Rejection | Self::NotHealed => 1,
        }
    }

    /// In words, for a record.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Approval => "a person approved what treats it",
            Self::Rejection => "a person rejected what treats it",
            Self::WrongCause => "a person says the cause is wrong",
            Self::Healed => "what treats it healed",
            Self::NotHealed => "what treats it did not help",
        }
    }
}

/// The judgement on one diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// When.
    pub at: Timestamp,
    /// By whom or what.
    pub by: JudgedBy,
    /// Who had answered: `offline`, `gemini`, `openai`.
    pub provider: String,
    /// Which class.
    pub root_cause: RootCause,
    /// With which confidence, 0–100, as the provider gave it.
    pub confidence: u8,
    /// What that was said to be worth, if anything was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<u8>,
    /// The person's words, redacted; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

impl Judgement {
    /// Whether the cause counts as right.
    pub const fn right(&self) -> bool {
        self.by.right()
    }

    /// Whether a later judgement of this kind takes its place: a weaker one never does.
    pub const fn yields_to(&self, by: JudgedBy) -> bool {
        by.weight() >= self.by.weight()
    }
}
