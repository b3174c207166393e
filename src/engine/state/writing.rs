//! From what changed in a batch to the rows that are written, each once.

use super::{Dirty, LivePlan, State};
use crate::domain::{DeliveryState, PlanId, PlanState, SubjectId};
use crate::engine::rows::{AffectedRow, LiveRow, OutboxRow, PauseRow, ReachRow};
use crate::store::codec;
use crate::store::{Change, StoreError};

impl State {
    /// All changes since the last call, each row once; what is over is forgotten here and stays in
    /// the store.
    ///
    /// # Errors
    /// When a row cannot be written as text; then nothing of the batch may be committed.
    pub fn take_changes(&mut self) -> Result<Vec<Change>, StoreError> {
        self.seen.clear();
        self.requests.clear();
        self.posted.clear();
        if let Some(error) = self.unwritable.take() {
            return Err(error);
        }
        let mut changes = std::mem::take(&mut self.extra);
        let mut dirty = std::mem::take(&mut self.dirty);
        let over: Vec<PlanId> = dirty
            .iter()
            .filter_map(|row| match row {
                Dirty::Plan(id) | Dirty::Delivery(id, _) => Some(*id),
                _ => None,
            })
            .filter(|id| self.plans.get(*id).is_some_and(|live| !is_live(live)))
            .collect();
        for id in &over {
            dirty.insert(Dirty::Plan(*id));
            if let Some(SubjectId::Case(case)) = self.plans.get(*id).map(|live| live.plan.subject) {
                dirty.insert(Dirty::Case(case));
            }
        }
        for row in &dirty {
            if let Dirty::Plan(_) | Dirty::Delivery(..) = row {
                self.write(row, &mut changes)?;
            }
        }
        for id in over {
            self.plans.remove(id);
        }
        for row in &dirty {
            if !matches!(row, Dirty::Plan(_) | Dirty::Delivery(..)) {
                self.write(row, &mut changes)?;
            }
        }
        Ok(changes)
    }

    fn write(&mut self, dirty: &Dirty, changes: &mut Vec<Change>) -> Result<(), StoreError> {
        let ws = &self.workspace;
        match dirty {
            Dirty::Counters => changes.push(codec::put_change(ws, &self.counters)?),
            Dirty::Spend => changes.push(codec::put_change(ws, &self.spend)?),
            Dirty::Calibration(provider, class) => {
                changes.push(codec::put_change(ws, &self.tally_row(provider, *class))?);
            }
            Dirty::Pause => changes.push(match &self.pause {
                Some(pause) => codec::put_change(ws, pause)?,
                None => codec::delete_change::<PauseRow>(ws, "now"),
            }),
            Dirty::Incident(id) => {
                if let Some(incident) = self.incidents.get_mut(id) {
                    let (pattern, open) = (incident.pattern, incident.is_open());
                    changes.push(codec::put_change(ws, incident)?);
                    for (merchant, affected) in incident.merchants.take_changed() {
                        let row = AffectedRow {
                            incident: *id,
                            merchant,
                            affected,
                        };
                        changes.push(codec::put_change(ws, &row)?);
                    }
                    if !open {
                        if self.by_pattern.get(&pattern) == Some(id) {
                            self.by_pattern.remove(&pattern);
                        }
                        // As it is written last, so it comes back.
                        if let Some(over) = self.incidents.remove(id)
                            && let Some(ended) = self.ended.get_mut(id)
                        {
                            ended.incident = over;
                        }
                        self.looked_at.remove(id);
                    }
                    self.mark(id.to_string(), open, changes)?;
                }
            }
            Dirty::Case(id) => {
                if let Some(case) = self.cases.get(id) {
                    let busy = case.diagnosis.is_none()
                        || case
                            .plans
                            .iter()
                            .any(|plan| self.plans.get(*plan).is_some());
                    let alive = busy && case.joined.is_none();
                    changes.push(codec::put_change(ws, case)?);
                    if !alive {
                        self.cases.remove(id);
                    }
                    self.mark(id.to_string(), alive, changes)?;
                }
            }
            Dirty::Plan(id) => {
                if let Some(found) = self.plans.get(*id) {
                    let alive = is_live(found);
                    changes.push(codec::put_change(ws, &found.plan)?);
                    self.mark(id.to_string(), alive, changes)?;
                }
            }
            Dirty::Delivery(plan, index) => {
                let row = self.plans.get(*plan).and_then(|found| {
                    let place = usize::try_from(*index).ok()?;
                    found.deliveries.get(place)
                });
                if let Some(row) = row {
                    changes.push(codec::put_change(ws, row)?);
                }
            }
            Dirty::Outbox(id) => changes.push(match self.outbox.get(id) {
                Some(effect) => codec::put_change(
                    ws,
                    &OutboxRow {
                        effect: effect.clone(),
                    },
                )?,
                None => codec::delete_change::<OutboxRow>(ws, id),
            }),
            Dirty::Reach(action, merchant) => {
                if let Some(at) = self.last_reached(action, merchant) {
                    changes.push(codec::put_change(
                        ws,
                        &ReachRow {
                            action: action.clone(),
                            merchant: merchant.clone(),
                            at,
                        },
                    )?);
                }
            }
            Dirty::Fixes(pattern) => {
                changes.push(codec::put_change(ws, &self.fixes_row(*pattern))?);
            }
            Dirty::Delegation(key) => {
                if let Some(delegation) = self.delegations.get(key) {
                    changes.push(codec::put_change(ws, delegation)?);
                }
            }
            Dirty::Rate(action) => {
                if let Some(rate) = self.rates.get(action) {
                    changes.push(codec::put_change(ws, rate)?);
                }
            }
        }
        Ok(())
    }

    /// Keeps the list of what is live: a row when something becomes live, gone when it is over.
    fn mark(
        &mut self,
        id: String,
        alive: bool,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        if alive && self.live.insert(id.clone()) {
            changes.push(codec::put_change(&self.workspace, &LiveRow { id })?);
        } else if !alive && self.live.remove(&id) {
            changes.push(codec::delete_change::<LiveRow>(&self.workspace, &id));
        }
        Ok(())
    }
}

/// A plan is live while something may still happen to it, and after that while it waits for its
/// verification, is taken back by itself, or waits for a person to say what became of a delivery.
fn is_live(live: &LivePlan) -> bool {
    !live.plan.state.is_final()
        || live.plan.verify_at.is_some()
        || live.plan.rolled_back_by.is_some()
        || (matches!(live.plan.state, PlanState::Done { .. })
            && live
                .deliveries
                .iter()
                .any(|delivery| matches!(delivery.state, DeliveryState::Unknown { .. })))
}
