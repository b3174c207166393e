//! Steps: what of a plan, or of an action, comes after what, and what has to be known before.

use super::{ActionName, Digest};
use serde::{Deserialize, Serialize};

/// What opens a step, once everything that it comes after has been sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// That everything before it has arrived.
    #[default]
    Delivered,
    /// That besides verification says "healed" of those who were treated so far.
    Healed,
}

/// One entry of `[actions.NAME] steps`: another action of the catalogue, and what it comes after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionStep {
    /// Which action; each at most once.
    pub action: ActionName,
    /// The steps that it comes after, by their actions; the one before it, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<ActionName>>,
    /// What opens it.
    #[serde(default)]
    pub gate: Gate,
}

/// One step of a plan that has several. All of it is bound by the plan's digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// The action of the catalogue.
    pub action: ActionName,
    /// The connector that will carry it out.
    pub connector: String,
    /// Version of the connector's way of sending.
    pub connector_version: u32,
    /// Digest of the action's template.
    pub template: Digest,
    /// Whether it treats merchants or only tells someone.
    pub remedial: bool,
    /// Whether its connector can take it back.
    pub undo: bool,
    /// The steps that it comes after, by their places from 0, each before its own.
    pub after: Vec<u32>,
    /// What opens it.
    pub gate: Gate,
    /// Why it stands apart, in words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}
