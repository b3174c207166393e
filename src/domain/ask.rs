//! That somebody was asked to decide about a plan: first, again, and then the next role.

use super::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which asking it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// The plan was made, or came back after a pause that somebody asked for.
    First,
    /// Nobody has decided yet; the same people are asked again.
    Reminder,
    /// Nobody has decided yet; the next role is asked too, and may decide from then on.
    Escalation,
}

/// One asking. A surface shows each in a message of its own, since an edit calls nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Which.
    pub kind: AskKind,
    /// When it was, or is to be, asked.
    pub at: Timestamp,
    /// The roles that are asked.
    pub roles: Vec<String>,
    /// People who are asked by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonId>,
}

impl Ask {
    /// Who is asked: `on_call or lead`.
    pub fn whom(&self) -> String {
        let people = self.people.iter().map(PersonId::as_str);
        let names: Vec<&str> = self
            .roles
            .iter()
            .map(String::as_str)
            .chain(people)
            .collect();
        names.join(" or ")
    }
}

/// Somebody put the question off; it comes back by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Who, by name.
    pub by: String,
    /// When everybody is asked again, as if for the first time.
    pub until: Timestamp,
}
