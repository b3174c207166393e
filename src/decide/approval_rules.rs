//! Per risk, and where an action differs, per action: who decides, how many, and how long they are
//! waited for.

use crate::domain::{ActionApproval, ActionName, PersonId, Risk};
use jiff::SignedDuration;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Who may approve, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// Any of these roles may approve or reject.
    pub roles: Vec<String>,
    /// These people may too, whatever their roles.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// How many distinct people must approve; at least 1, for critical at least 2.
    pub quorum: u32,
    /// How long the question stands, from when it is asked.
    pub expires_after: SignedDuration,
    /// When the same people are asked again, if nobody has decided; never, if left out.
    #[serde(default)]
    pub remind_after: Option<SignedDuration>,
    /// When `escalate_to` is asked too, if nobody has decided; never, if left out.
    #[serde(default)]
    pub escalate_after: Option<SignedDuration>,
    /// The next role, or roles: may decide from the moment in which they are asked.
    #[serde(default)]
    pub escalate_to: Vec<String>,
    /// How long after it was first asked a question can still be put off, however often; as long as
    /// `expires_after`, if left out.
    #[serde(default)]
    pub put_off_within: Option<SignedDuration>,
}

impl ApprovalRule {
    /// How long after it was first asked a question can still be put off.
    pub fn puts_off_within(&self) -> SignedDuration {
        self.put_off_within.unwrap_or(self.expires_after)
    }

    /// This rule with what an action wants otherwise.
    fn with(&self, own: &ActionApproval) -> Self {
        let mut rule = self.clone();
        if own.roles.is_some() || own.people.is_some() {
            rule.roles = own.roles.clone().unwrap_or_default();
            rule.people = own.people.clone().unwrap_or_default();
        }
        rule.quorum = own.quorum.unwrap_or(rule.quorum);
        rule.expires_after = own.expires_after.unwrap_or(rule.expires_after);
        rule.remind_after = own.remind_after.or(rule.remind_after);
        rule.escalate_after = own.escalate_after.or(rule.escalate_after);
        rule.put_off_within = own.put_off_within.or(rule.put_off_within);
        if let Some(roles) = &own.escalate_to {
            rule.escalate_to.clone_from(roles);
        }
        rule
    }
}

/// The approval rule of each level of risk, and what single actions want otherwise.
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
    /// What `[actions.NAME.approval]` says; the config fills it in.
    #[serde(skip)]
    pub actions: BTreeMap<ActionName, ActionApproval>,
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

    /// The rule for this action at this level. Its quorum is never below one, nor below two at
    /// critical, whoever built these rules.
    pub fn of(&self, action: &ActionName, risk: Risk) -> ApprovalRule {
        let rule = self.at(risk);
        let mut rule = match self.actions.get(action) {
            Some(own) => rule.with(own),
            None => rule.clone(),
        };
        let least = if risk == Risk::Critical { 2 } else { 1 };
        rule.quorum = rule.quorum.max(least);
        rule
    }
}
