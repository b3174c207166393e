//! The people who may decide, with their roles.

use super::approval_rules::ApprovalRules;
use super::policy::Policy;
use crate::domain::{Delegation, Person, PersonId, Surface, WorkspaceId};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A person who may sign in and decide. One entry is one person on every surface.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonOptions {
    /// Their id in votes and records: lower-case letters, digits, `-` and `_`.
    pub id: PersonId,
    /// How they are called on cards.
    pub name: String,
    /// Their Discord user id, where they use Discord.
    #[serde(default)]
    pub discord_id: Option<String>,
    /// The roles they hold, as `[approval]` names them.
    pub roles: Vec<String>,
    /// The workspace they decide in; the config fills in the default one.
    #[serde(default)]
    pub workspace: Option<WorkspaceId>,
}

/// Everyone who may decide, and who lets whom decide in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    people: Vec<PersonOptions>,
    delegations: Vec<Delegation>,
    provable: BTreeSet<String>,
}

impl People {
    /// These people. Ids are unique: the config sees to it.
    pub fn new(people: impl IntoIterator<Item = PersonOptions>) -> Self {
        Self {
            people: people.into_iter().collect(),
            delegations: Vec::new(),
            provable: BTreeSet::new(),
        }
    }

    /// The same people, and whoever Discord proves to hold one of these roles at the moment in
    /// which they act.
    pub fn with_roles_by_discord(mut self, roles: impl IntoIterator<Item = String>) -> Self {
        self.provable = roles.into_iter().collect();
        self
    }

    /// Those roles of a person that Discord may give and has just proven.
    pub fn proven_roles(&self, person: &Person) -> Vec<String> {
        if person.surface != Surface::Discord {
            return Vec::new();
        }
        let proven = person.roles.iter().filter(|role| self.may_be_proven(role));
        proven.cloned().collect()
    }

    pub(super) fn may_be_proven(&self, role: &str) -> bool {
        self.provable.contains(role)
    }

    /// The one id of a person: whoever voted as `discord:` and their user id is the person whom the
    /// config names with that user, since when it does.
    pub fn one(&self, id: &PersonId) -> PersonId {
        let user = id.as_str().strip_prefix("discord:");
        user.and_then(|user| {
            self.people
                .iter()
                .find(|person| person.discord_id.as_deref() == Some(user))
        })
        .map_or_else(|| id.clone(), |person| person.id.clone())
    }

    /// The same people, with these delegations among them.
    pub fn delegating(&self, delegations: Vec<Delegation>) -> Self {
        Self {
            people: self.people.clone(),
            delegations,
            provable: self.provable.clone(),
        }
    }

    /// Everyone, in the order of the config.
    pub fn iter(&self) -> impl Iterator<Item = &PersonOptions> {
        self.people.iter()
    }

    /// The person with this id, acting on a surface that has proven who they are.
    pub fn person(&self, id: &PersonId, surface: Surface) -> Option<Person> {
        let found = self.people.iter().find(|person| &person.id == id)?;
        Some(found.acting_on(surface))
    }

    /// The person with this Discord user id.
    pub fn by_discord_id(&self, discord_id: &str, surface: Surface) -> Option<Person> {
        let found = self
            .people
            .iter()
            .find(|person| person.discord_id.as_deref() == Some(discord_id))?;
        Some(found.acting_on(surface))
    }

    /// Whether this person is still here and holds one of these roles now.
    pub fn holds_one_of(&self, id: &PersonId, roles: &[String]) -> bool {
        self.people
            .iter()
            .any(|person| &person.id == id && shares_one(&person.roles, roles))
    }

    /// How many distinct people hold one of these roles or are named.
    pub fn holders(&self, roles: &[String], named: &[PersonId]) -> usize {
        self.people
            .iter()
            .filter(|person| shares_one(&person.roles, roles) || named.contains(&person.id))
            .count()
    }

    /// Everyone in whose place this person may decide at that time.
    pub(super) fn stands_in_for(
        &self,
        id: &PersonId,
        at: Timestamp,
    ) -> impl Iterator<Item = &PersonId> {
        self.delegations
            .iter()
            .filter(move |one| &one.to == id && one.holds(at) && self.knows(id))
            .map(|one| &one.from)
    }

    pub(super) fn knows(&self, id: &PersonId) -> bool {
        self.people.iter().any(|person| &person.id == id)
    }
}

impl PersonOptions {
    fn acting_on(&self, surface: Surface) -> Person {
        Person {
            id: self.id.clone(),
            name: self.name.clone(),
            roles: self.roles.clone(),
            surface,
        }
    }
}

/// Whether two lists of roles have one in common.
pub(super) fn shares_one(held: &[String], wanted: &[String]) -> bool {
    held.iter().any(|role| wanted.contains(role))
}

/// Who and what may authorise a plan: the policy, the approval rules and the people of the config
/// now in force.
#[derive(Clone, Debug)]
pub struct Governance {
    /// What Medic may do by itself.
    pub policy: Arc<Policy>,
    /// Who decides the rest.
    pub approval: ApprovalRules,
    /// Everyone who may decide.
    pub people: People,
}
