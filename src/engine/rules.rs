//! Everything that decides how the engine behaves and does not change while it runs.

use super::stages::Stages;
use crate::act::deliver::RetryOptions;
use crate::act::registry::Registry;
use crate::decide::{ActionNow, Catalogue, Governance, QuietHours, RiskOptions};
use crate::domain::closing::Closing;
use crate::domain::{
    Action, ActionName, Digest, MerchantDirectory, Risk, Runbook, RunbookId, WorkspaceId,
};
use crate::verify::VerifyOptions;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rules of each workspace.
pub type AllRules = BTreeMap<WorkspaceId, Arc<Rules>>;

/// Policy, people, actions and runbooks, built once from the config and the data files.
pub struct Rules {
    /// What Medic may do by itself, and who decides the rest.
    pub governance: Governance,
    /// The actions.
    pub catalogue: Catalogue,
    /// How risk is computed.
    pub risk: RiskOptions,
    /// Everything is decided and rendered, nothing is sent.
    pub dry_run: bool,
    /// When nothing that treats merchants happens without a person.
    pub quiet_hours: Option<QuietHours>,
    /// When a delivery that may be repeated is.
    pub retry: RetryOptions,
    /// The connectors.
    pub connectors: Registry,
    /// The runbooks.
    pub runbooks: BTreeMap<RunbookId, Runbook>,
    /// How merchants are reached.
    pub directory: MerchantDirectory,
    /// What those who reported are told.
    pub closing: Closing,
    /// How verification looks.
    pub verify: VerifyOptions,
    /// How votes are counted, attempts settled and fixes judged.
    pub stages: Arc<dyn Stages>,
}

impl Rules {
    /// How an action would be carried out now; none where the catalogue does not have it, or no
    /// connector carries it out.
    pub fn action_now(&self, name: &ActionName) -> Option<ActionNow> {
        let action = self.catalogue.get(name)?;
        if !action.steps.is_empty() {
            return Some(ActionNow {
                connector: String::new(),
                connector_version: 0,
                template: template_digest(action),
            });
        }
        let info = self.connectors.get(&action.connector)?.info();
        Some(ActionNow {
            connector: action.connector.clone(),
            connector_version: info.version,
            template: template_digest(action),
        })
    }

    /// Whether the other side of this action recognises a repeat.
    pub fn repeats_are_safe(&self, name: &ActionName) -> bool {
        self.catalogue.get(name).is_some_and(|action| {
            self.connectors
                .get(&action.connector)
                .is_some_and(|connector| connector.repeats_are_safe(action))
        })
    }

    /// The least risk of anything that this action's connector sends, or one of its steps has.
    pub fn floor(&self, action: &Action) -> Risk {
        let own = self.connectors.get(&action.connector);
        let steps = self
            .steps_of(action)
            .map(|step| step.risk.max(self.floor(step)));
        own.map(|connector| connector.info().risk)
            .into_iter()
            .chain(steps)
            .max()
            .unwrap_or(Risk::Low)
    }

    /// Whether this action can be taken back, or some of its steps.
    pub fn can_undo(&self, action: &Action) -> bool {
        let own = self.connectors.get(&action.connector);
        own.is_some_and(|connector| connector.can_undo(action))
            || self.steps_of(action).any(|step| self.can_undo(step))
    }

    /// The actions that an action consists of, none where it sends something itself.
    pub fn steps_of<'a>(&'a self, action: &'a Action) -> impl Iterator<Item = &'a Action> {
        let steps = action.steps.iter();
        steps
            .filter_map(|step| self.catalogue.get(&step.action))
            // Only what sends something is a step; so nothing goes round in circles.
            .filter(|step| step.steps.is_empty())
    }

    /// From how many merchants on an action is tried on one of them first; none is never.
    pub fn canary_from(&self, action: &Action) -> Option<usize> {
        let own = action.caps.canary_from_merchants;
        let from = own.unwrap_or(self.risk.canary_from_merchants);
        usize::try_from(from).ok().filter(|from| *from > 0)
    }
}

/// The digest of everything about an action that shapes what is sent.
fn template_digest(action: &Action) -> Digest {
    let mut shape = serde_json::json!({
        "connector": action.connector,
        "reaches": action.reaches,
        "remedial": action.remedial,
        "risk": action.risk,
        "with": action.with,
    });
    if !action.steps.is_empty() {
        shape["steps"] = serde_json::json!(action.steps);
    }
    Digest::of_json(&shape)
}
