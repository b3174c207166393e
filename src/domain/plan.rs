//! A plan is an action with its rendered payload for each target; its digest is what a vote binds.

use super::{
    ActionName, Ask, Delivery, DeliveryState, Digest, Gate, PersonId, PlanId, PlanStep, Replaced,
    RunbookId, Snooze, SubjectId, Unreached,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How much can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nothing much.
    Low,
    /// Somebody is bothered for nothing.
    Medium,
    /// Merchants may lose money or trust.
    High,
    /// Many of them.
    Critical,
}

impl Risk {
    /// The next level up; critical stays.
    pub const fn raised(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }

    /// The name used on the wire and on cards.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the policy answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Medic does it by itself.
    Auto,
    /// A person decides.
    Ask,
    /// It is not done, and the reason is recorded.
    Refuse,
}

impl Decision {
    /// The name used on the wire and on cards.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ask => "ask",
            Self::Refuse => "refuse",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The risk of a plan as computed by code, with every reason that raised it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveRisk {
    /// The highest of all reasons.
    pub level: Risk,
    /// In words, one a reason: `touches 9 merchants: at least high`.
    pub reasons: Vec<String>,
}

/// One person's word on a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub person: PersonId,
    /// How they are called.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// The digest they voted on; a vote on another one never counts.
    pub digest: Digest,
    /// Roles that the surface proved when they voted, beside those that the config gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// Where a plan stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PlanState {
    /// Waiting for people.
    Waiting,
    /// Authorised by the policy's auto or a completed approval; deliveries are under way.
    Running {
        /// When it was authorised.
        at: Timestamp,
    },
    /// Every delivery has ended.
    Done {
        /// When.
        at: Timestamp,
    },
    /// A person said no.
    Rejected {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
        /// Why (redacted).
        reason: String,
    },
    /// Nobody answered in time.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The policy refused it, or what it rested on fell before it ran.
    Void {
        /// When.
        at: Timestamp,
        /// Why, in words.
        reason: String,
    },
}

impl PlanState {
    /// Whether nothing more will happen to it.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Done { .. } | Self::Rejected { .. } | Self::Expired { .. } | Self::Void { .. }
        )
    }
}

/// An action, ready to be carried out for each target once somebody may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// `PLAN-17`.
    pub id: PlanId,
    /// What it is for.
    pub subject: SubjectId,
    /// The action of the catalogue.
    pub action: ActionName,
    /// The connector that will carry it out.
    pub connector: String,
    /// Version of the connector's way of sending.
    pub connector_version: u32,
    /// Digest of the action's template, so that an edited template is seen.
    pub template: Digest,
    /// Whether it treats merchants (and is verified) or only tells someone.
    pub remedial: bool,
    /// Whether its connector can take it back.
    pub undo: bool,
    /// Name of the rule that matched.
    pub rule: String,
    /// Digest of the policy that decided.
    pub policy: Digest,
    /// What the policy answered.
    pub decision: Decision,
    /// Why, in words.
    pub decision_reason: String,
    /// The effective risk.
    pub risk: EffectiveRisk,
    /// How many targets it has.
    pub targets: u32,
    /// Merchants that it leaves out: nothing can be sent to them, or they got it a moment ago.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreached: Vec<Unreached>,
    /// The runbook whose texts it uses, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<RunbookId>,
    /// Who created or last edited it; none for a plan of Medic's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<PersonId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires unanswered; none unless it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Who was asked to decide and when, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
    /// Who is asked next, and when, if nobody has decided by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_next: Option<Ask>,
    /// Who put the question off, while it is put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed: Option<Snooze>,
    /// The plan that it stands in for, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
    /// The plan whose deliveries it takes back, if it is an undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<PlanId>,
    /// Its steps in order, where it has more than one; otherwise the plan itself is its only step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PlanStep>,
    /// Whether a failure stops everything that is not sent yet, and has taken back what its steps
    /// have delivered, where that can be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_or_nothing: bool,
    /// The plan that it takes back by itself, by that plan's digest: those who approved that one
    /// approved this with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolls_back: Option<Digest>,
    /// What votes bind: see `decide::approval::plan_digest`.
    pub digest: Digest,
    /// Yes votes so far.
    pub votes: Vec<Vote>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: PlanState,
    /// Its later steps that have begun, by their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<u32>,
    /// When to look whether it helped; none if it is not remedial, or nobody waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_at: Option<Timestamp>,
    /// The plan that takes this one back by itself, as long as that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back_by: Option<PlanId>,
}

impl Plan {
    /// What it does, for people: the action's name, or `undo of` it.
    pub fn name(&self) -> String {
        match self.undoes {
            Some(_) => format!("undo of {}", self.action),
            None => self.action.to_string(),
        }
    }

    /// The step at this place, also of a plan that is its only step itself.
    pub fn step(&self, place: u32) -> Option<PlanStep> {
        if self.steps.is_empty() {
            return (place == 0).then(|| PlanStep {
                action: self.action.clone(),
                connector: self.connector.clone(),
                connector_version: self.connector_version,
                template: self.template,
                remedial: self.remedial,
                undo: self.undo,
                after: Vec::new(),
                gate: Gate::Delivered,
                note: String::new(),
            });
        }
        self.steps.get(usize::try_from(place).ok()?).cloned()
    }

    /// The action that carries out one of its deliveries.
    pub fn action_of(&self, delivery: &Delivery) -> &ActionName {
        self.listed(delivery)
            .map_or(&self.action, |step| &step.action)
    }

    /// The connector that carries out one of its deliveries.
    pub fn connector_of(&self, delivery: &Delivery) -> &str {
        self.listed(delivery)
            .map_or(&self.connector, |step| &step.connector)
    }

    /// Whether one of its deliveries treats whom it reaches.
    pub fn treats(&self, delivery: &Delivery) -> bool {
        self.listed(delivery)
            .map_or(self.remedial, |step| step.remedial)
    }

    /// What one of its deliveries does, for people: `undo of send_guide`.
    pub fn name_of(&self, delivery: &Delivery) -> String {
        match self.undoes {
            Some(_) => format!("undo of {}", self.action_of(delivery)),
            None => self.action_of(delivery).to_string(),
        }
    }

    fn listed(&self, delivery: &Delivery) -> Option<&PlanStep> {
        self.steps.get(usize::try_from(delivery.step).ok()?)
    }

    /// Since when it is watched whether it helped: since it was done, or while it runs, since its
    /// newest delivery arrived.
    pub fn watched_since(&self, deliveries: &[Delivery]) -> Option<Timestamp> {
        match self.state {
            PlanState::Done { at } => Some(at),
            PlanState::Running { .. } => deliveries
                .iter()
                .filter_map(|delivery| match delivery.state {
                    DeliveryState::Delivered { at, .. } => Some(at),
                    _ => None,
                })
                .max(),
            _ => None,
        }
    }
}
