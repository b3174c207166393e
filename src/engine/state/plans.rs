//! The live plans, found by their number and by what they are for.

use crate::domain::{Delivery, Plan, PlanId, SubjectId};
use std::collections::{BTreeMap, BTreeSet};

/// A plan with its deliveries.
#[derive(Clone, Debug)]
pub struct LivePlan {
    /// The plan.
    pub plan: Plan,
    /// Its deliveries, in order.
    pub deliveries: Vec<Delivery>,
}

/// The live plans. Finding a subject's plans costs the same however many wait for others.
#[derive(Debug, Default)]
pub struct Plans {
    plans: BTreeMap<PlanId, LivePlan>,
    /// A plan's subject never changes.
    by_subject: BTreeMap<SubjectId, BTreeSet<PlanId>>,
}

impl Plans {
    /// The plan of this number.
    pub fn get(&self, id: PlanId) -> Option<&LivePlan> {
        self.plans.get(&id)
    }

    /// The plan of this number, to change.
    pub fn get_mut(&mut self, id: PlanId) -> Option<&mut LivePlan> {
        self.plans.get_mut(&id)
    }

    /// All, by number.
    pub fn all(&self) -> impl Iterator<Item = &LivePlan> {
        self.plans.values()
    }

    /// A subject's plans, by number.
    pub fn of(&self, subject: SubjectId) -> impl Iterator<Item = &LivePlan> {
        self.by_subject
            .get(&subject)
            .into_iter()
            .flatten()
            .filter_map(|id| self.plans.get(id))
    }

    /// Adds or replaces a plan.
    pub fn put(&mut self, live: LivePlan) {
        let (id, subject) = (live.plan.id, live.plan.subject);
        self.by_subject.entry(subject).or_default().insert(id);
        self.plans.insert(id, live);
    }

    /// Takes a plan out.
    pub fn remove(&mut self, id: PlanId) -> Option<LivePlan> {
        let live = self.plans.remove(&id)?;
        if let Some(ids) = self.by_subject.get_mut(&live.plan.subject) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_subject.remove(&live.plan.subject);
            }
        }
        Some(live)
    }
}
