//! What each decision of the policy rested on, kept so that it can be made again: under the same
//! rules it has to come out the same, under others the difference can be seen beforehand.

use crate::decide::policy::{Matched, Policy};
use crate::decide::{PolicyContext, decide_guarded, not_repeated};
use crate::domain::{ActionName, Decision, Digest, PlanId, SubjectId};
use crate::store::codec::{Row, padded};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One decision, with everything that went into it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecisionRow {
    /// Its number, from 1 in each workspace.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// About what.
    pub subject: SubjectId,
    /// The digest of the rules.
    pub policy: Digest,
    /// The facts, with the diagnosis as it stood.
    pub full: PolicyContext,
    /// The facts, with what code that is no model reached.
    pub grounded: PolicyContext,
    /// Actions that had been planned for the subject before.
    pub planned: BTreeSet<ActionName>,
    /// What the rules answered.
    pub answers: Vec<Answer>,
    /// The plans that were made of it.
    pub plans: Vec<PlanId>,
}

/// What the rules say about one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The action.
    pub action: ActionName,
    /// The rule.
    pub rule: String,
    /// Auto, ask or refuse, before risk and brakes.
    pub decision: Decision,
    /// Why, in words.
    pub reason: String,
}

impl Answer {
    pub(super) fn of(matched: &Matched) -> Self {
        Self {
            action: matched.action.clone(),
            rule: matched.rule.clone(),
            decision: matched.decision,
            reason: matched.reason.clone(),
        }
    }
}

impl DecisionRow {
    /// What these rules answer to the same facts.
    pub fn under(&self, policy: &Policy) -> Vec<Answer> {
        let matched = decide_guarded(policy, &self.full, &self.grounded);
        not_repeated(matched, &self.planned)
            .iter()
            .map(Answer::of)
            .collect()
    }
}

impl Row for DecisionRow {
    const TABLE: &'static str = "decision";
    const VERSION: u32 = 1;

    fn id(&self) -> String {
        padded(self.number)
    }
}
