//! Who may decide about one plan, at one moment.

use super::ApprovalRule;
use super::people::{Governance, shares_one};
use crate::domain::{AskKind, Person, PersonId, Plan};
use jiff::Timestamp;

/// Roles any of which may decide, and people who may whatever their roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciders {
    /// The roles.
    pub roles: Vec<String>,
    /// The people.
    pub people: Vec<PersonId>,
}

impl Deciders {
    /// In words: `on_call or lead`.
    pub fn in_words(&self) -> String {
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

impl Governance {
    /// The approval rule of this plan: that of its risk, with what its action wants otherwise.
    pub fn rule_of(&self, plan: &Plan) -> ApprovalRule {
        self.approval.of(&plan.action, plan.risk.level)
    }

    /// How many distinct people must approve this plan.
    pub fn quorum_of(&self, plan: &Plan) -> usize {
        usize::try_from(self.rule_of(plan).quorum).unwrap_or(usize::MAX)
    }

    /// Who may decide about this plan now: whoever its rule names, and the next role once it has
    /// been asked.
    pub fn deciders(&self, plan: &Plan) -> Deciders {
        let rule = self.rule_of(plan);
        let mut roles = rule.roles;
        let escalated = plan.asks.iter().any(|ask| ask.kind == AskKind::Escalation);
        if escalated {
            for role in rule.escalate_to {
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
        }
        Deciders {
            roles,
            people: rule.people,
        }
    }

    /// Who may approve, in words: `on_call`; `2 different people with the role on_call or lead`.
    pub fn deciders_in_words(&self, plan: &Plan) -> String {
        let names = self.deciders(plan).in_words();
        match self.quorum_of(plan) {
            0 | 1 => names,
            n => format!("{n} different people with the role {names}"),
        }
    }

    /// Whether this person's word counts: by a role that both the config and the surface they act
    /// on give them, because the rule names them, or in the place of somebody who lets them.
    pub(super) fn hears(&self, plan: &Plan, person: &Person, at: Timestamp) -> bool {
        let deciders = self.deciders(plan);
        let own = shares_one(&person.roles, &deciders.roles) && self.is_one(&deciders, &person.id);
        let named = deciders.people.contains(&person.id) && self.people.knows(&person.id);
        own || named
            || self.stands_in(&deciders, &person.id, at)
            || self.proves(plan, &self.people.proven_roles(person))
    }

    /// Whether this person may decide about the plan now: by the config, or by a role that the
    /// surface on which they act has just proven.
    pub fn may_now(&self, plan: &Plan, person: &Person, at: Timestamp) -> bool {
        self.may_decide(plan, &person.id, at)
            || self.proves(plan, &self.people.proven_roles(person))
    }

    /// Whether one of these roles, which a surface proved, decides about the plan. A role that the
    /// config lets no surface give any more does not.
    pub(super) fn proves(&self, plan: &Plan, roles: &[String]) -> bool {
        let deciders = self.deciders(plan);
        roles
            .iter()
            .any(|role| self.people.may_be_proven(role) && deciders.roles.contains(role))
    }

    /// Whether this person may decide about the plan, or a vote that they gave at that time counts.
    /// Asked of the config: a role taken away counts at once.
    pub fn may_decide(&self, plan: &Plan, person: &PersonId, at: Timestamp) -> bool {
        let deciders = self.deciders(plan);
        self.is_one(&deciders, person) || self.stands_in(&deciders, person, at)
    }

    fn is_one(&self, deciders: &Deciders, person: &PersonId) -> bool {
        self.people.holds_one_of(person, &deciders.roles)
            || (deciders.people.contains(person) && self.people.knows(person))
    }

    fn stands_in(&self, deciders: &Deciders, person: &PersonId, at: Timestamp) -> bool {
        self.people
            .stands_in_for(person, at)
            .any(|from| self.is_one(deciders, from))
    }
}
