//! The catalogue of actions: config over connectors.

use super::{ActionName, PersonId, Risk};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whom an action reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaches {
    /// Each affected merchant, one delivery each.
    EachMerchant,
    /// One team or system of the operator's, one delivery in all.
    Team(String),
}

/// How often an action may run by itself, and how often it may reach one merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// Deliveries an hour, over all incidents; none is no cap.
    pub per_hour: Option<u32>,
    /// Minutes in which one merchant is reached at most once by this action; 0 is no cool-down.
    pub cooldown_minutes: u32,
}

/// `[actions.NAME.approval]`: what differs, for this action, from the approval rule of its risk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActionApproval {
    /// Any of these roles may decide. With `people`, takes the place of the risk's roles and people.
    pub roles: Option<Vec<String>>,
    /// These people may decide, whatever their roles.
    pub people: Option<Vec<PersonId>>,
    /// How many different people have to approve; at critical risk never fewer than two.
    pub quorum: Option<u32>,
    /// When the question expires, from when it is asked.
    pub expires_after: Option<SignedDuration>,
    /// When the same people are asked again.
    pub remind_after: Option<SignedDuration>,
    /// When the next role is asked too.
    pub escalate_after: Option<SignedDuration>,
    /// That role, or those.
    pub escalate_to: Option<Vec<String>>,
    /// How long after it was first asked a question can still be put off.
    pub put_off_within: Option<SignedDuration>,
}

/// One action of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Its name; the key of its table in the config.
    #[serde(skip_deserializing, default = "unnamed")]
    pub name: ActionName,
    /// What it does, one sentence for the card.
    pub description: String,
    /// The connector that carries it out.
    pub connector: String,
    /// The least risk it ever has.
    pub risk: Risk,
    /// Whether it treats merchants (and is verified) or only tells someone.
    pub remedial: bool,
    /// Whom it reaches.
    pub reaches: Reaches,
    /// Caps on it.
    #[serde(default)]
    pub caps: Caps,
    /// Who decides about it, where that differs from what its risk asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActionApproval>,
    /// What the connector reads: templates and settings, named by the connector's documentation.
    pub with: BTreeMap<String, String>,
}

fn unnamed() -> ActionName {
    ActionName::new("")
}
