//! What must hold of plans with steps, checked from the records alone: no delivery before the gate of
//! its step has opened, nothing after a failure but what takes it back.

use super::check::text;
use crate::domain::{Digest, Gate, PlanId, Record};
use crate::verify::{Observed, VerifyOptions, judge};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the records say of the steps of every plan so far.
#[derive(Default)]
pub(super) struct Stepped {
    plans: BTreeMap<PlanId, Told>,
}

#[derive(Default)]
struct Told {
    steps: Vec<ToldStep>,
    all_or_nothing: bool,
    /// Deliveries that arrived, by step.
    arrived: BTreeMap<u32, BTreeSet<u64>>,
    unknown: BTreeSet<u64>,
    /// Steps before which it was found healed.
    healed: BTreeSet<u32>,
    failed: bool,
}

/// A step as the record of the making of its plan tells it.
#[derive(Deserialize)]
struct ToldStep {
    after: Vec<u32>,
    gate: Gate,
    targets: usize,
}

impl Stepped {
    /// Takes a record of this plan; answers with what it breaks.
    pub fn read(&mut self, id: PlanId, record: &Record) -> Vec<String> {
        let draft = &record.draft;
        match draft.kind.as_str() {
            "plan.made" => {
                let steps = draft.why.get("steps").cloned();
                let steps = steps.and_then(|steps| serde_json::from_value(steps).ok());
                let whole = draft.why.get("all_or_nothing");
                let told = Told {
                    steps: steps.unwrap_or_default(),
                    all_or_nothing: whole.and_then(|it| it.as_bool()).unwrap_or(false),
                    ..Told::default()
                };
                self.plans.insert(id, told);
                Vec::new()
            }
            "step.answered" => self.answered(id, record),
            "delivery.started" => self.started(id, record),
            kind if kind.starts_with("delivery.") => {
                self.ended(id, record);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a plan may be taken back by itself: it says so of itself, one of its deliveries has
    /// failed, and the outcome of each is known.
    pub fn takes_itself_back(&self, id: PlanId) -> bool {
        let told = self.plans.get(&id);
        told.is_some_and(|told| told.broke_off() && told.unknown.is_empty())
    }

    /// Whether a plan has broken off, so that people are asked whether it is taken back.
    pub fn broke_off(&self, id: PlanId) -> bool {
        self.plans.get(&id).is_some_and(Told::broke_off)
    }

    fn answered(&mut self, id: PlanId, record: &Record) -> Vec<String> {
        let result = &record.draft.result;
        let observed = result.get("observed").cloned();
        let observed: Option<Observed> = observed.and_then(|it| serde_json::from_value(it).ok());
        let options = VerifyOptions::default().before_a_step();
        let due = observed.map(|observed| judge(&observed, &options).outcome);
        let due = due.and_then(|due| serde_json::to_value(due).ok());
        let said = text(result, "outcome");
        if due.as_ref().and_then(|due| due.as_str()) != Some(said.as_str()) {
            return vec![format!(
                "{id} was called {said} before a step, which its numbers do not say"
            )];
        }
        let steps = result.get("steps").cloned();
        let steps: Vec<u32> = steps
            .and_then(|it| serde_json::from_value(it).ok())
            .unwrap_or_default();
        if said == "healed"
            && let Some(told) = self.plans.get_mut(&id)
        {
            told.healed.extend(steps);
        }
        Vec::new()
    }

    fn started(&self, id: PlanId, record: &Record) -> Vec<String> {
        let Some(told) = self.plans.get(&id).filter(|told| !told.steps.is_empty()) else {
            return Vec::new();
        };
        let number = step_of(record);
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(step) = told.steps.get(place) else {
            return vec![format!(
                "{id} has delivered for a step that it does not have"
            )];
        };
        let mut wrong = Vec::new();
        for before in &step.after {
            let arrived = told.arrived.get(before).map_or(0, BTreeSet::len);
            let place = usize::try_from(*before).unwrap_or(usize::MAX);
            if told.steps.get(place).map(|step| step.targets) != Some(arrived) {
                wrong.push(format!(
                    "step {number} of {id} began before what it comes after had arrived"
                ));
            }
        }
        if step.gate == Gate::Healed && !told.healed.contains(&number) {
            wrong.push(format!(
                "step {number} of {id} began before it was found healed"
            ));
        }
        if told.broke_off() {
            wrong.push(format!("{id} was delivered after a part of it had failed"));
        }
        wrong
    }

    fn ended(&mut self, id: PlanId, record: &Record) {
        let Some(told) = self.plans.get_mut(&id) else {
            return;
        };
        let index = record.draft.why.get("index").and_then(|it| it.as_u64());
        let Some(index) = index else {
            return;
        };
        told.unknown.remove(&index);
        match record.draft.kind.as_str() {
            "delivery.delivered" => {
                told.arrived
                    .entry(step_of(record))
                    .or_default()
                    .insert(index);
            }
            "delivery.unknown" => {
                told.unknown.insert(index);
            }
            "delivery.failed" | "delivery.skipped" => told.failed = true,
            _ => {}
        }
    }
}

impl Told {
    fn broke_off(&self) -> bool {
        self.all_or_nothing && self.failed
    }
}

/// The digest of the plan that the record of another one says it takes back by itself.
pub(super) fn rolls_back(record: &Record) -> Option<Digest> {
    let named = record.draft.why.get("rolls_back").cloned();
    named.and_then(|digest| serde_json::from_value(digest).ok())
}

fn step_of(record: &Record) -> u32 {
    let step = record.draft.why.get("step").and_then(|it| it.as_u64());
    step.and_then(|step| u32::try_from(step).ok()).unwrap_or(0)
}
