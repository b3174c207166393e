//! A person lets another decide in their place for a while.

use super::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// For so long, `to` may decide what `from` may. Who decides is still `to`: one person, one vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Whose word it is.
    pub from: PersonId,
    /// Who may give it meanwhile.
    pub to: PersonId,
    /// From when on.
    pub since: Timestamp,
    /// Until when; that moment is outside it.
    pub until: Timestamp,
}

impl Delegation {
    /// Whether it holds at this time.
    pub fn holds(&self, at: Timestamp) -> bool {
        (self.since..self.until).contains(&at)
    }
}
