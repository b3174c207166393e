//! The catalogue of actions: config over connectors.

use super::{ActionName, ActionStep, PersonId, Risk};
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
    /// From so many merchants on it is tried on one of them first, in the place of what `[risk]`
    /// says; 0 is never.
    pub canary_from_merchants: Option<u32>,
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

/// One entry of `[[actions.NAME.probes]]`: what is asked when it is looked whether a fix helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Its name on cards and in records.
    pub name: String,
    /// Name of an `[endpoints.NAME]` table.
    pub endpoint: String,
    /// Template of the path that is read; where it names the merchant, one for each.
    pub path: String,
    /// What has to be answered: `"200; /status=ok"`; empty: any success status.
    #[serde(default)]
    pub expect: String,
}

/// One action of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Action {
    /// Its name; the key of its table in the config.
    pub name: ActionName,
    /// What it does, one sentence for the card.
    pub description: String,
    /// The connector that carries it out; empty where it consists of steps.
    pub connector: String,
    /// The least risk it ever has.
    pub risk: Risk,
    /// Whether it treats merchants (and is verified) or only tells someone. Where it consists of
    /// steps: whether one of them does.
    pub remedial: bool,
    /// Whom it reaches.
    pub reaches: Reaches,
    /// Caps on it.
    pub caps: Caps,
    /// Who decides about it, where that differs from what its risk asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ActionApproval>,
    /// What is asked when it is looked whether it helped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
    /// What the connector reads: templates and settings, named by the connector's documentation.
    pub with: BTreeMap<String, String>,
    /// The other actions that it consists of, in order; then it sends nothing itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ActionStep>,
}

/// An action's table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    description: String,
    connector: Option<String>,
    risk: Risk,
    remedial: Option<bool>,
    reaches: Option<Reaches>,
    caps: Option<Caps>,
    #[serde(default)]
    approval: Option<ActionApproval>,
    #[serde(default)]
    probes: Vec<Probe>,
    with: Option<BTreeMap<String, String>>,
    #[serde(default)]
    steps: Option<Vec<ActionStep>>,
}

impl TryFrom<Written> for Action {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = ActionName::new("");
        let missing = |key: &str| format!("missing field `{key}`");
        let Some(steps) = written.steps else {
            return Ok(Self {
                name,
                description: written.description,
                connector: written.connector.ok_or_else(|| missing("connector"))?,
                risk: written.risk,
                remedial: written.remedial.ok_or_else(|| missing("remedial"))?,
                reaches: written.reaches.ok_or_else(|| missing("reaches"))?,
                caps: written.caps.unwrap_or_default(),
                approval: written.approval,
                probes: written.probes,
                with: written.with.ok_or_else(|| missing("with"))?,
                steps: Vec::new(),
            });
        };
        let own = [
            ("connector", written.connector.is_some()),
            ("remedial", written.remedial.is_some()),
            ("reaches", written.reaches.is_some()),
            ("caps", written.caps.is_some()),
            ("probes", !written.probes.is_empty()),
            ("with", written.with.is_some()),
        ];
        if let Some((key, _)) = own.iter().find(|(_, given)| *given) {
            return Err(format!(
                "it has steps, so it sends nothing itself: {key} belongs to the actions that the steps name"
            ));
        }
        if steps.len() < 2 {
            return Err("steps names fewer than two actions; let the rule name the one".to_owned());
        }
        Ok(Self {
            name,
            description: written.description,
            connector: String::new(),
            risk: written.risk,
            remedial: false,
            reaches: Reaches::EachMerchant,
            caps: Caps::default(),
            approval: written.approval,
            probes: Vec::new(),
            with: BTreeMap::new(),
            steps,
        })
    }
}
