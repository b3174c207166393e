//! One target of a plan: whom it reaches, exactly what is sent, and where that stands.

use super::{Digest, MerchantId, PlanId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// Exactly what will be sent: an approver sees all of it, and a vote binds all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// One line for a list: `POST helpdesk /v1/messages`.
    pub summary: String,
    /// Name and value of each part, in order; what the connector will send and nothing else.
    pub parts: Vec<PayloadPart>,
}

/// A named part of a payload: `url`, `body`, `to`, `subject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadPart {
    /// Its name.
    pub name: String,
    /// Its whole value.
    pub value: String,
}

impl Payload {
    /// The value of the part with this name.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts
            .iter()
            .find(|part| part.name == name)
            .map(|part| part.value.as_str())
    }

    /// The digest that stands for this payload in records.
    pub fn digest(&self) -> Digest {
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| serde_json::json!([part.name, part.value]))
            .collect();
        Digest::of_json(&serde_json::json!({ "summary": self.summary, "parts": parts }))
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

    /// Whether it has ended, as far as anybody knows, without having arrived.
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Skipped { .. })
    }

    /// One word for it, for a person.
    pub const fn in_words(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Started { .. } => "under way",
            Self::Retry { .. } => "will be tried again",
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
    /// The place of its step in the plan, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub step: u32,
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

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference to what decides whether a field is left out"
)]
const fn is_first(step: &u32) -> bool {
    *step == 0
}
