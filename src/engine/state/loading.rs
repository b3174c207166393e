//! The live state as the store holds it, read at a start and after the disk refused to write.

use super::{Ended, LivePlan, State};
use crate::domain::{Case, Delegation, Delivery, Plan, PlanId, SubjectId, WorkspaceId};
use crate::engine::query;
use crate::engine::rows::{
    CalibrationRow, EndedRow, FixesRow, LiveRow, OutboxRow, RateRow, ReachRow,
};
use crate::observe::detect::Detector;
use crate::store::codec::{self, Row};
use crate::store::{Order, Store, StoreError};

impl State {
    /// The state that the store holds, with a detector that has read the store's tickets.
    ///
    /// # Errors
    /// When the store cannot be read, or a row cannot be understood.
    pub fn load(
        store: &dyn Store,
        workspace: &WorkspaceId,
        detector: Box<dyn Detector>,
    ) -> Result<Self, StoreError> {
        let mut state = Self::new(workspace, detector);
        state.counters = codec::load(store, workspace, "all")?.unwrap_or_default();
        state.pause = codec::load(store, workspace, "now")?;
        for row in all::<OutboxRow>(store, workspace, "")? {
            state.outbox.insert(row.effect.id(), row.effect);
        }
        for row in all::<ReachRow>(store, workspace, "")? {
            state.reach.insert((row.action, row.merchant), row.at);
        }
        for row in all::<RateRow>(store, workspace, "")? {
            state.rates.insert(row.action.clone(), row);
        }
        let newest = query::page(store, workspace, "", None, 1, Order::Descending)?;
        state.spend = newest.into_iter().next().unwrap_or_default();
        for row in all::<CalibrationRow>(store, workspace, "")? {
            state.put_tally(row);
        }
        for row in all::<Delegation>(store, workspace, "")? {
            state.delegations.insert((row.from.clone(), row.since), row);
        }
        for row in all::<FixesRow>(store, workspace, "")? {
            state.fixes.insert(row.pattern, row.ineffective);
        }
        for row in all::<EndedRow>(store, workspace, "")? {
            if let Some(incident) = query::load_incident(store, workspace, row.incident)? {
                state.ended.insert(row.incident, Ended { incident, row });
            }
        }
        for row in all::<LiveRow>(store, workspace, "")? {
            state.load_live(store, &row.id)?;
            state.live.insert(row.id);
        }
        state.dirty.clear();
        Ok(state)
    }

    fn load_live(&mut self, store: &dyn Store, id: &str) -> Result<(), StoreError> {
        if let Ok(plan) = id.parse::<PlanId>()
            && id.starts_with(PlanId::PREFIX)
        {
            let row = codec::load::<Plan>(store, &self.workspace, &codec::padded(plan.number()))?;
            if let Some(row) = row {
                let prefix = format!("{}/", codec::padded(plan.number()));
                let deliveries = all::<Delivery>(store, &self.workspace, &prefix)?;
                self.put_plan(LivePlan {
                    plan: row,
                    deliveries,
                });
            }
            return Ok(());
        }
        match id.parse() {
            Ok(SubjectId::Incident(incident)) => {
                if let Some(row) = query::load_incident(store, &self.workspace, incident)? {
                    self.put_incident(row);
                }
            }
            Ok(SubjectId::Case(case)) => {
                let key = codec::padded(case.number());
                if let Some(row) = codec::load::<Case>(store, &self.workspace, &key)? {
                    self.put_case(row);
                }
            }
            Err(_) => {}
        }
        Ok(())
    }
}

/// Every row of a table whose id starts with `start`, in key order.
fn all<R: Row>(
    store: &dyn Store,
    workspace: &WorkspaceId,
    start: &str,
) -> Result<Vec<R>, StoreError> {
    query::page(store, workspace, start, None, usize::MAX, Order::Ascending)
}
