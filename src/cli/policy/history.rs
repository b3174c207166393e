//! Decisions and plans as the journal holds them.

use crate::domain::{Plan, PlanId, PlanState, WorkspaceId};
use crate::engine::decisions::DecisionRow;
use crate::store::codec::{self, Row};
use crate::store::{Key, embedded};
use anyhow::bail;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;

/// What was decided, and what became of it.
pub(super) struct History {
    /// Every decision, oldest first.
    pub decisions: Vec<DecisionRow>,
    plans: BTreeMap<PlanId, Plan>,
}

impl History {
    /// Reads it from a store's directory.
    pub fn read(store: &Path, workspace: &WorkspaceId) -> anyhow::Result<Self> {
        if !store.is_dir() {
            bail!(
                "there is no store in {}; give its directory with --store, or as [store] dir in config.toml",
                store.display()
            );
        }
        let plans = table::<Plan>(store, workspace)?;
        Ok(Self {
            decisions: table::<DecisionRow>(store, workspace)?,
            plans: plans.into_iter().map(|plan| (plan.id, plan)).collect(),
        })
    }

    /// When the newest decision was made.
    pub fn newest(&self) -> Option<Timestamp> {
        self.decisions.last().map(|row| row.at)
    }

    /// The plan that a decision made for an action.
    pub fn plan(&self, row: &DecisionRow, action: &crate::domain::ActionName) -> Option<&Plan> {
        row.plans
            .iter()
            .filter_map(|id| self.plans.get(id))
            .find(|plan| &plan.action == action)
    }

    /// Every plan that a decision made.
    pub fn plans<'a>(&'a self, row: &'a DecisionRow) -> impl Iterator<Item = &'a Plan> {
        row.plans.iter().filter_map(|id| self.plans.get(id))
    }
}

/// What became of a plan, for somebody who weighs rules.
pub(super) fn became(plan: &Plan) -> &'static str {
    let people = !plan.votes.is_empty();
    match &plan.state {
        PlanState::Waiting => "still waits",
        PlanState::Running { .. } | PlanState::Done { .. } if people => "people approved it",
        PlanState::Running { .. } | PlanState::Done { .. } => "ran by itself",
        PlanState::Rejected { .. } => "people rejected it",
        PlanState::Expired { .. } => "nobody answered",
        PlanState::Void { .. } => "was not done",
    }
}

fn table<R: Row>(store: &Path, workspace: &WorkspaceId) -> anyhow::Result<Vec<R>> {
    let rows = embedded::rows(store, &Key::table_prefix(workspace, R::TABLE))?;
    let mut read = Vec::new();
    for (key, text) in &rows {
        read.push(codec::decode(key, text)?);
    }
    Ok(read)
}
