//! Ids are newtypes, so that a plan's id can never stand where a ticket's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that is already known to be a valid id of this kind.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! numbered_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// What stands before the number when the id is written.
            pub const PREFIX: &'static str = $prefix;

            /// The id with this number; numbers start at 1 in each workspace.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number alone, for keys that sort by it.
            pub const fn number(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text
                    .get(..$prefix.len())
                    .filter(|head| head.eq_ignore_ascii_case($prefix))
                    .and_then(|_| text.get($prefix.len()..))
                    .unwrap_or(text);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(IdError { wanted: concat!($prefix, "<number>") });
                }
                digits
                    .parse()
                    .map(Self)
                    .map_err(|_| IdError { wanted: concat!($prefix, "<number>") })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A text is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {wanted}")]
pub struct IdError {
    wanted: &'static str,
}

text_id!(
    /// One team. Lower-case letters, digits and hyphens, 1–32 characters.
    WorkspaceId
);
text_id!(
    /// Where tickets come from, as named in the config.
    SourceName
);
text_id!(
    /// Who is hit, as the source names them.
    MerchantId
);
text_id!(
    /// A person who decides: the id of their entry in the config.
    PersonId
);
text_id!(
    /// An action of the config's catalogue.
    ActionName
);
text_id!(
    /// A language: its ISO 639-1 code, say `de`.
    Language
);

impl Default for Language {
    /// English: what is said where nothing else is certain.
    fn default() -> Self {
        Self::new("en")
    }
}

impl Language {
    /// Whether it is English.
    pub fn is_english(&self) -> bool {
        self.as_str() == "en"
    }
}

text_id!(
    /// A runbook: its file's name without the ending.
    RunbookId
);

numbered_id!(
    /// A ticket as Medic numbers it; the id its source gave is kept beside it.
    TicketId,
    "T-"
);
numbered_id!(
    /// A group of tickets with one underlying problem.
    PatternId,
    "P-"
);
numbered_id!(
    /// An incident, opened when a pattern crosses its alert rule.
    IncidentId,
    "INC-"
);
numbered_id!(
    /// A ticket outside any incident, answered alone.
    CaseId,
    "CASE-"
);
numbered_id!(
    /// An action with its rendered payload for each target.
    PlanId,
    "PLAN-"
);

/// What a diagnosis, a decision or a plan is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectId {
    /// An incident.
    Incident(IncidentId),
    /// A single ticket.
    Case(CaseId),
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(id) => id.fmt(f),
            Self::Case(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for SubjectId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let upper = text.to_ascii_uppercase();
        if upper.starts_with(CaseId::PREFIX) {
            text.parse().map(Self::Case)
        } else {
            text.parse().map(Self::Incident)
        }
    }
}

impl Serialize for SubjectId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
