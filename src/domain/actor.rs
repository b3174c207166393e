//! Who does something, and who may.

use super::{PersonId, SourceName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who caused a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// Medic itself, by its policy or a timer.
    Medic,
    /// A source that delivered something.
    Source {
        /// Its name in the config.
        name: SourceName,
    },
    /// A person, with the surface they used.
    Person {
        /// Their id; the same on every surface.
        id: PersonId,
        /// How they are called.
        name: String,
        /// Where they did it.
        surface: Surface,
    },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Medic => f.write_str("Medic"),
            Self::Source { name } => write!(f, "source {name}"),
            Self::Person { name, .. } => f.write_str(name),
        }
    }
}

/// Where a person acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// A chat.
    Discord,
    /// The web console.
    Console,
    /// The command line.
    Terminal,
}

impl Surface {
    /// The name used in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discord => "discord",
            Self::Console => "console",
            Self::Terminal => "terminal",
        }
    }
}

/// A person whose identity a surface has proven, with the roles they hold now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// One id on every surface.
    pub id: PersonId,
    /// How they are called.
    pub name: String,
    /// The roles they hold, as named in the config.
    pub roles: Vec<String>,
    /// Where they act now.
    pub surface: Surface,
}

impl Person {
    /// This person as the actor of a record.
    pub fn actor(&self) -> Actor {
        Actor::Person {
            id: self.id.clone(),
            name: self.name.clone(),
            surface: self.surface,
        }
    }
}
