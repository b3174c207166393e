//! Who may decide: people with roles, and per risk which roles, how many people and how long.

use super::policy::Policy;
use crate::domain::{Person, PersonId, Risk, Surface, WorkspaceId};
use jiff::SignedDuration;
use serde::Deserialize;
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

/// Everyone who may decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People(Vec<PersonOptions>);

impl People {
    /// These people. Ids are unique: the config sees to it.
    pub fn new(people: impl IntoIterator<Item = PersonOptions>) -> Self {
        Self(people.into_iter().collect())
    }

    /// Everyone, in the order of the config.
    pub fn iter(&self) -> impl Iterator<Item = &PersonOptions> {
        self.0.iter()
    }

    /// The person with this id, acting on a surface that has proven who they are.
    pub fn person(&self, id: &PersonId, surface: Surface) -> Option<Person> {
        let found = self.0.iter().find(|person| &person.id == id)?;
        Some(found.acting_on(surface))
    }

    /// The person with this Discord user id.
    pub fn by_discord_id(&self, discord_id: &str, surface: Surface) -> Option<Person> {
        let found = self
            .0
            .iter()
            .find(|person| person.discord_id.as_deref() == Some(discord_id))?;
        Some(found.acting_on(surface))
    }

    /// Whether this person is still here and holds one of these roles now.
    pub fn holds_one_of(&self, id: &PersonId, roles: &[String]) -> bool {
        self.0
            .iter()
            .any(|person| &person.id == id && shares_one(&person.roles, roles))
    }

    /// How many distinct people hold one of these roles.
    pub fn holders(&self, roles: &[String]) -> usize {
        self.0
            .iter()
            .filter(|person| shares_one(&person.roles, roles))
            .count()
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

/// Who may approve at one level of risk, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// Any of these roles may approve or reject.
    pub roles: Vec<String>,
    /// How many distinct people must approve; at least 1, for critical at least 2.
    pub quorum: u32,
    /// How long the question stands, from when the plan is made.
    pub expires_after: SignedDuration,
}

impl ApprovalRule {
    /// Who may approve, in words: `on_call or lead`; `2 different people with the role on_call or
    /// lead`.
    pub fn in_words(&self) -> String {
        let roles = self.roles.join(" or ");
        match self.quorum {
            0 | 1 => roles,
            n => format!("{n} different people with the role {roles}"),
        }
    }
}

/// The approval rule of each level of risk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRules {
    /// For low risk.
    pub low: ApprovalRule,
    /// For medium risk.
    pub medium: ApprovalRule,
    /// For high risk.
    pub high: ApprovalRule,
    /// For critical risk.
    pub critical: ApprovalRule,
}

impl ApprovalRules {
    /// The rule at this level.
    pub const fn at(&self, risk: Risk) -> &ApprovalRule {
        match risk {
            Risk::Low => &self.low,
            Risk::Medium => &self.medium,
            Risk::High => &self.high,
            Risk::Critical => &self.critical,
        }
    }

    /// How many distinct people must approve at this level: what the config says, but never fewer
    /// than one, nor than two at critical, whoever built these rules.
    pub fn quorum(&self, risk: Risk) -> usize {
        let least = if risk == Risk::Critical { 2 } else { 1 };
        usize::try_from(self.at(risk).quorum)
            .unwrap_or(usize::MAX)
            .max(least)
    }
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
