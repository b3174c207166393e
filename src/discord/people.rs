//! From a member of the server to a person: one human is one person on every surface.

use super::options::DiscordOptions;
use crate::domain::{Person, PersonId, Surface};
use serenity::model::id::{RoleId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody whom `[[people]]` names with their Discord user id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    /// Their Discord user.
    pub user: UserId,
    /// Their id on every surface.
    pub id: PersonId,
    /// How they are called.
    pub name: String,
    /// The roles that the config gives them.
    pub roles: Vec<String>,
}

/// Everyone the config knows, and which Discord roles give which of ours.
#[derive(Clone, Debug, Default)]
pub struct People {
    known: BTreeMap<UserId, KnownPerson>,
    roles: Vec<(RoleId, String)>,
}

impl People {
    /// These people, and the roles that the options map.
    pub fn new(known: impl IntoIterator<Item = KnownPerson>, options: &DiscordOptions) -> Self {
        Self {
            known: known.into_iter().map(|one| (one.user, one)).collect(),
            roles: options
                .roles
                .iter()
                .map(|(name, role)| (*role, name.clone()))
                .collect(),
        }
    }

    /// The person behind a member, with the roles that the config gives them and those that their
    /// Discord roles give them now. Somebody the config does not name is `discord:` and their user
    /// id: a form that no entry of the config can have.
    pub fn person(&self, user: UserId, name: &str, held: &[RoleId]) -> Person {
        let by_discord = self
            .roles
            .iter()
            .filter(|(role, _)| held.contains(role))
            .map(|(_, name)| name.clone());
        let known = self.known.get(&user);
        let by_config = known.map(|one| one.roles.clone()).unwrap_or_default();
        let roles: BTreeSet<String> = by_config.into_iter().chain(by_discord).collect();
        Person {
            id: known.map_or_else(
                || PersonId::new(format!("discord:{user}")),
                |one| one.id.clone(),
            ),
            name: known.map_or_else(|| name.to_owned(), |one| one.name.clone()),
            roles: roles.into_iter().collect(),
            surface: Surface::Discord,
        }
    }

    /// The Discord user of a person, if they have one.
    pub fn user(&self, person: &PersonId) -> Option<UserId> {
        let told = person.as_str().strip_prefix("discord:");
        match told {
            Some(digits) => digits
                .parse()
                .ok()
                .map(|id: std::num::NonZeroU64| id.into()),
            None => self
                .known
                .values()
                .find(|one| &one.id == person)
                .map(|one| one.user),
        }
    }
}
