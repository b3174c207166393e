//! A plan is an action with its rendered payload for each target; its digest is what a vote binds.

use super::{
    ActionName, Ask, Digest, MerchantId, Payload, PersonId, PlanId, Replaced, RunbookId, Snooze,
    SubjectId, Unreached,
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

/// Whom one delivery reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Target {
    /// A merchant.
    Merchant(MerchantId),
    /// A team or system of the operator's, as the action names it.
    Team(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merchant(id) => write!(f, "merchant {id}"),
            Self::Team(name) => f.write_str(name),
        }
    }
}

/// Where one delivery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// Not started.
    Queued,
    /// The intent is journalled; whether it was sent is not known until it ends.
    Started {
        /// When.
        at: Timestamp,
    },
    /// Safe to try again, at this time, under the same idempotency key.
    Retry {
        /// When.
        at: Timestamp,
        /// What went wrong, in words.
        why: String,
    },
    /// The other side confirmed it.
    Delivered {
        /// When.
        at: Timestamp,
        /// The other side's reference, may be empty.
        reference: String,
    },
    /// The other side refused it for good; nothing was done.
    Failed {
        /// When.
        at: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// Nobody can say whether it was done. A person is asked; nothing is repeated.
    Unknown {
        /// When.
        at: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// Not sent yet: a brake is on that lets go by itself, and then it is sent.
    Held {
        /// When it is looked at again.
        at: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// Not sent, because a precondition fell between authorisation and delivery.
    Skipped {
        /// When.
        at: Timestamp,
        /// Why, in words.
        why: String,
    },
}

impl DeliveryState {
    /// Whether nothing more will happen by itself.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Delivered { .. }
                | Self::Failed { .. }
                | Self::Unknown { .. }
                | Self::Skipped { .. }
        )
    }

    /// One word for it, for a person.
    pub const fn in_words(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Started { .. } => "under way",
            Self::Retry { .. } => "will be tried again",
            Self::Held { .. } => "held",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "outcome unknown",
            Self::Skipped { .. } => "not sent",
        }
    }
}

/// One target of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The plan.
    pub plan: PlanId,
    /// Its place in the plan, from 0.
    pub index: u32,
    /// Whom it reaches.
    pub target: Target,
    /// Exactly what will be sent.
    pub payload: Payload,
    /// Under which key the other side recognises a repeat: derived from plan, target and payload.
    pub idempotency_key: String,
    /// How often it was started.
    pub attempts: u32,
    /// Whether an earlier attempt may have been done on the other side: then it can no longer end
    /// as failed, which would say that nothing was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub maybe_done: bool,
    /// Where it stands.
    pub state: DeliveryState,
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
    /// That rule's condition as it stood; empty where there is none, and in plans of before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub condition: String,
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
    /// Whether it was asked about as going beyond its action's cap: then a yes is a yes to that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond_cap: bool,
    /// Digest of how its merchants were reached when it was made; none in plans of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Digest>,
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
    /// What votes bind: see `decide::approval::plan_digest`.
    pub digest: Digest,
    /// Yes votes so far.
    pub votes: Vec<Vote>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: PlanState,
    /// When to look whether it helped; none if it is not remedial or not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_at: Option<Timestamp>,
}

impl Plan {
    /// What it does, for people: the action's name, or `undo of` it.
    pub fn name(&self) -> String {
        match self.undoes {
            Some(_) => format!("undo of {}", self.action),
            None => self.action.to_string(),
        }
    }
}
