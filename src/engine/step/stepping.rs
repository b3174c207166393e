//! What a plan does next: when one of its deliveries has ended, the steps that come after it begin,
//! or wait until verification says "healed", or never will; and at the end the plan is done.

use super::verifying::later;
use super::{Step, map};
use crate::decide::gates;
use crate::domain::{
    Actor, Delivery, DeliveryState, Gate, Outcome, Plan, PlanId, PlanState, SubjectId, Tried,
};
use crate::engine::event::Effect;
use serde_json::{Value, json};

impl Step<'_> {
    /// A delivery of a plan has ended, for good or until a person speaks.
    pub(super) fn go_on(&mut self, id: PlanId) {
        let Some((plan, deliveries)) = self.running(id) else {
            return;
        };
        if let Some(failed) = gates::stopped_by(&plan, &deliveries) {
            let why = format!("{} ended: {}", said(&plan, failed), failed.state.in_words());
            self.leave_out(&plan, |_| true, &why);
        }
        for place in 0..count(plan.steps.len()) {
            self.step_may_begin(id, place);
        }
        self.finish_if_over(id, true);
    }

    /// Begins a step if it may, has it waited for, or leaves it out if it never will.
    fn step_may_begin(&mut self, id: PlanId, place: u32) {
        let Some((plan, deliveries)) = self.running(id) else {
            return;
        };
        if has_begun(&plan, place) {
            return;
        }
        if let Some(failed) = gates::shut_by(&plan, &deliveries, place) {
            let why = format!("{} ended: {}", said(&plan, failed), failed.state.in_words());
            self.leave_out(&plan, |delivery| delivery.step == place, &why);
        } else if gates::is_open(&plan, &deliveries, place) {
            self.begin_step(&plan, place);
        } else if gates::is_reached(&plan, &deliveries, place) && plan.verify_at.is_none() {
            self.watch(&plan, place);
        }
    }

    /// The plan, if it runs, with its deliveries.
    pub(super) fn running(&self, id: PlanId) -> Option<(Plan, Vec<Delivery>)> {
        let live = self.state.plan(id)?;
        matches!(live.plan.state, PlanState::Running { .. })
            .then(|| (live.plan.clone(), live.deliveries.clone()))
    }

    /// Begins a later step.
    pub(super) fn begin_step(&mut self, plan: &Plan, place: u32) {
        if let Some(stored) = self.state.plan_mut(plan.id) {
            stored.opened.push(place);
        }
        let waiting: Vec<u32> = self
            .state
            .plan(plan.id)
            .map(|live| {
                let own = live.deliveries.iter().filter(|one| one.step == place);
                own.filter(|one| one.state == DeliveryState::Queued)
                    .map(|one| one.index)
                    .collect()
            })
            .unwrap_or_default();
        let record = self.record(
            Actor::Medic,
            "step.begun",
            format!(
                "{}: step {} of {} begins, for {}",
                plan.id,
                place + 1,
                plan.steps.len(),
                super::counted(count(waiting.len()), "target")
            ),
        );
        record.plan = Some(plan.id);
        record.subject = Some(plan.subject);
        record.result = map([("step", json!(place))]);
        for index in waiting {
            let plan = plan.id;
            self.begin(Effect::Deliver { plan, index });
        }
        self.touch(plan.subject);
    }

    /// Has it looked at whether what was sent so far helps, since the next step waits for that.
    fn watch(&mut self, plan: &Plan, place: u32) {
        let at = later(self.now, u64::from(self.rules.verify.window_minutes));
        if let Some(stored) = self.state.plan_mut(plan.id) {
            stored.verify_at = Some(at);
        }
        self.state.set_timer(at, plan.id);
        let record = self.record(
            Actor::Medic,
            "step.waits",
            format!(
                "{}: step {} of {} waits until verification says that it helps",
                plan.id,
                place + 1,
                plan.steps.len()
            ),
        );
        record.plan = Some(plan.id);
        record.subject = Some(plan.subject);
        record.result = map([("step", json!(place))]);
        self.touch(plan.subject);
    }

    /// Ends what of a plan is not under way: nothing of it is sent any more.
    pub(super) fn leave_out(&mut self, plan: &Plan, which: impl Fn(&Delivery) -> bool, why: &str) {
        let left: Vec<Delivery> = self
            .state
            .plan(plan.id)
            .into_iter()
            .flat_map(|live| &live.deliveries)
            .filter(|delivery| {
                matches!(
                    delivery.state,
                    DeliveryState::Queued | DeliveryState::Retry { .. }
                )
            })
            .filter(|delivery| which(delivery))
            .cloned()
            .collect();
        for mut delivery in left {
            delivery.state = self.fallen(&delivery, why.to_owned());
            self.note_end(plan, delivery);
        }
    }

    /// Ends a plan once nothing of it is to come. `roll_back`: whether a failure has taken back what
    /// can be.
    pub(super) fn finish_if_over(&mut self, id: PlanId, roll_back: bool) {
        let Some((plan, deliveries)) = self.running(id) else {
            return;
        };
        let failed = gates::stopped_by(&plan, &deliveries).cloned();
        let unknown = |one: &Delivery| matches!(one.state, DeliveryState::Unknown { .. });
        // What becomes of a plan of which nothing is done by halves rests on how each step ended.
        let held = plan.all_or_nothing && failed.is_none() && deliveries.iter().any(unknown);
        if held || !deliveries.iter().all(|one| one.state.is_final()) {
            return;
        }
        let arrived = |one: &&Delivery| matches!(one.state, DeliveryState::Delivered { .. });
        let delivered = deliveries.iter().filter(arrived).count();
        let treats = deliveries
            .iter()
            .filter(arrived)
            .any(|one| plan.treats(one));
        let broke_off = roll_back && (failed.is_some() || is_cut_short(&plan, &deliveries));
        let taken_back = roll_back && failed.is_some();
        let over = match plan.subject {
            SubjectId::Incident(incident) => !self.is_open(incident),
            SubjectId::Case(_) => false,
        };
        let first_look = u64::from(self.rules.verify.window_minutes);
        let verify_at = (treats && !taken_back && !over).then(|| later(self.now, first_look));
        let now = self.now;
        if let Some(stored) = self.state.plan_mut(id) {
            stored.state = PlanState::Done { at: now };
            stored.verify_at = verify_at;
        }
        if let Some(at) = verify_at {
            self.state.set_timer(at, id);
        }
        let (subject, total) = (plan.subject, deliveries.len());
        let done = match plan.undoes {
            Some(_) => "taken back",
            None => "delivered",
        };
        let record = self.record(
            Actor::Medic,
            "plan.done",
            format!("{id}: {delivered} of {total} {done}"),
        );
        record.plan = Some(id);
        record.subject = Some(subject);
        record.result = map([("delivered", json!(delivered)), ("targets", json!(total))]);
        self.touch(subject);
        if broke_off && !self.rules.dry_run && plan.undoes.is_none() {
            self.note_tried(&plan, Outcome::CannotTellYet, format!("{id} broke off"));
        }
        if taken_back {
            self.roll_back(&plan);
        }
        self.rolled_back(&plan);
        if plan.remedial
            && verify_at.is_none()
            && !taken_back
            && roll_back
            // In a dry run nobody ever is: the same would be asked for ever.
            && !self.rules.dry_run
            && let SubjectId::Incident(incident) = subject
        {
            // It reached nobody, so nobody will look whether it helped.
            self.plan_for_newcomers(incident);
        }
    }

    /// Remembers how an action went that was carried out in steps.
    pub(super) fn note_tried(&mut self, plan: &Plan, outcome: Outcome, why: String) {
        if let SubjectId::Incident(id) = plan.subject
            && let Some(incident) = self.state.incident_mut(id)
        {
            incident.tried.insert(
                plan.action.clone(),
                Tried {
                    plan: plan.id,
                    template: plan.template,
                    runbook: plan.runbook.clone(),
                    outcome,
                    why,
                },
            );
        }
    }

    /// An incident is over: what of its plans has not begun never will.
    pub(super) fn end_steps(&mut self, subject: SubjectId, why: &str) {
        let running: Vec<Plan> = self
            .state
            .plans_of(subject)
            .filter(|live| matches!(live.plan.state, PlanState::Running { .. }))
            .filter(|live| !live.plan.steps.is_empty())
            .map(|live| live.plan.clone())
            .collect();
        for plan in running {
            self.leave_out(&plan, |one| !has_begun(&plan, one.step), why);
            self.finish_if_over(plan.id, false);
        }
    }
}

/// Whether this step has begun, or needs nothing to begin.
pub(super) fn has_begun(plan: &Plan, place: u32) -> bool {
    plan.opened.contains(&place) || plan.step(place).is_none_or(|step| step.after.is_empty())
}

/// Steps that wait for "healed", and for nothing else.
pub(super) fn waiting_for_healed(plan: &Plan, deliveries: &[Delivery]) -> Vec<u32> {
    (0..count(plan.steps.len()))
        .filter(|place| !has_begun(plan, *place))
        .filter(|place| {
            plan.step(*place)
                .is_some_and(|step| step.gate == Gate::Healed)
        })
        .filter(|place| gates::is_reached(plan, deliveries, *place))
        .collect()
}

/// The steps as a record tells them.
pub(super) fn for_record(plan: &Plan, deliveries: &[Delivery]) -> Value {
    let steps = plan.steps.iter().zip(0_u32..);
    let told: Vec<Value> = steps
        .map(|(step, place)| {
            let targets = deliveries.iter().filter(|one| one.step == place).count();
            json!({
                "action": step.action,
                "after": step.after,
                "gate": step.gate,
                "undo": step.undo,
                "targets": targets,
                "note": step.note,
            })
        })
        .collect();
    Value::from(told)
}

/// Whether a step of the plan never began.
fn is_cut_short(plan: &Plan, deliveries: &[Delivery]) -> bool {
    deliveries.iter().any(|one| !has_begun(plan, one.step))
}

fn said(plan: &Plan, delivery: &Delivery) -> String {
    format!("{} to {}", plan.name_of(delivery), delivery.target)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
