//! Before a plan goes on that is tried on some first: only "healed" opens what waits for it. What
//! made no difference or made it worse ends there. Where the numbers do not carry an answer in
//! time, a person is asked about the rest, and nothing goes on by itself.

use super::Step;
use super::map;
use super::stepping::{has_begun, waiting_for_healed};
use super::verifying::{later, naming};
use crate::act::deliver;
use crate::decide;
use crate::domain::{
    Actor, Decision, Delivery, DeliveryState, Gate, Outcome, Plan, PlanId, PlanState, PlanStep,
    SubjectId, Target,
};
use crate::engine::event::FailedProbe;
use crate::verify::{Answer, Observed};
use jiff::Timestamp;
use serde_json::json;

impl Step<'_> {
    /// What was found of a plan that waits for it.
    pub(super) fn tried(
        &mut self,
        (plan, deliveries): (&Plan, &[Delivery]),
        since: Timestamp,
        (observed, failing): (&Observed, &[FailedProbe]),
    ) {
        let waiting = waiting_for_healed(plan, deliveries);
        let Some(first) = waiting.first().copied() else {
            return;
        };
        let options = self.rules.verify.before_a_step();
        let answer = self.rules.stages.judge(observed, &options);
        let next = answer.look_again.map(|minutes| later(since, minutes));
        let answer = naming(answer, failing);
        let opens = self.rules.stages.opens(&answer);
        if let Some(stored) = self.state.plan_mut(plan.id) {
            stored.verify_at = next.filter(|_| !opens);
        }
        if let Some(at) = next.filter(|_| !opens) {
            self.state.set_timer(at, plan.id);
        }
        let last = opens || next.is_none();
        self.note_answer(plan, &waiting, &answer, (observed, failing), last);
        if opens {
            self.note_tried(plan, Outcome::Healed, String::new());
            for place in waiting {
                self.begin_step(plan, place);
            }
        } else if next.is_none() {
            self.ends_before(plan, first, &answer, (observed, failing));
        }
    }

    fn note_answer(
        &mut self,
        plan: &Plan,
        steps: &[u32],
        answer: &Answer,
        (observed, failing): (&Observed, &[FailedProbe]),
        last: bool,
    ) {
        let (outcome, sentence) = (answer.outcome, answer.sentence.as_str());
        let now = self.now;
        if let SubjectId::Incident(id) = plan.subject
            && let Some(incident) = self.state.incident_mut(id)
        {
            incident.outcome = Some((now, outcome, sentence.to_owned()));
            incident.updated_at = now;
        }
        let record = self.record(
            Actor::Medic,
            "step.answered",
            format!(
                "{}, before step {}: {}: {sentence}",
                plan.id,
                steps.first().map_or(0, |step| step + 1),
                outcome.in_words()
            ),
        );
        record.plan = Some(plan.id);
        record.subject = Some(plan.subject);
        record.result = map([
            ("steps", json!(steps)),
            ("outcome", json!(outcome)),
            ("final", json!(last)),
            ("observed", json!(observed)),
            ("failing", json!(failing)),
        ]);
        self.touch(plan.subject);
    }

    /// The plan ends before this step: the rest is not sent, or a person is asked about it.
    fn ends_before(
        &mut self,
        plan: &Plan,
        step: u32,
        answer: &Answer,
        found: (&Observed, &[FailedProbe]),
    ) {
        let id = plan.id;
        let so_far = if plan.all_or_nothing {
            "so far"
        } else {
            "where it was tried first"
        };
        let why = match answer.outcome {
            Outcome::NoDifference => format!("{id} made no difference {so_far}"),
            Outcome::Worse => format!("{id} made it worse {so_far}"),
            Outcome::Healed | Outcome::CannotTellYet => {
                format!("nobody can tell yet whether {id} helps {so_far}")
            }
        };
        let rest: Vec<Delivery> = self
            .state
            .plan(id)
            .into_iter()
            .flat_map(|live| &live.deliveries)
            .filter(|one| one.state == DeliveryState::Queued && !has_begun(plan, one.step))
            .cloned()
            .collect();
        self.note_tried(plan, answer.outcome, why.clone());
        self.leave_out(plan, |one| !has_begun(plan, one.step), &why);
        self.finish_if_over(id, false);
        match answer.outcome {
            Outcome::NoDifference | Outcome::Worse => {
                // It was looked at, and that was the answer.
                if let Some(stored) = self.state.plan_mut(id) {
                    stored.verify_at = None;
                }
                self.conclude((id, Some(step)), plan.subject, answer, found, false);
            }
            Outcome::Healed | Outcome::CannotTellYet => {
                let why = format!("{why}: {}", answer.sentence);
                self.ask_about_rest(plan, rest, &why);
            }
        }
    }

    /// Asks people about what a plan has not sent, as it was shown before.
    fn ask_about_rest(&mut self, plan: &Plan, mut rest: Vec<Delivery>, why: &str) {
        let facts = self.facts(plan);
        rest.retain(|one| match &one.target {
            Target::Merchant(id) => !(plan.treats(one) && facts.treated_since.contains(id)),
            Target::Team(_) => true,
        });
        let situation = self.situation(plan.subject);
        let action = self.rules.catalogue.get(&plan.action).cloned();
        let (Some(situation), Some(action)) = (situation, action) else {
            return;
        };
        if rest.is_empty() {
            return;
        }
        let id = PlanId::new(self.state.counters().plan + 1);
        let steps = if plan.all_or_nothing {
            left_of(plan, &mut rest)
        } else {
            rest.iter_mut().for_each(|one| one.step = 0);
            Vec::new()
        };
        deliver::number(&self.state.workspace, id, self.now, &mut rest);
        let risk = self.risk(&situation, &action, &steps, &rest);
        let asks = format!(
            "{why} Whether it goes on, for {} more {}, a person decides",
            rest.len(),
            if rest.len() == 1 { "target" } else { "targets" }
        );
        let fresh = Plan {
            id,
            decision: Decision::Ask,
            decision_reason: asks,
            risk,
            created_at: self.now,
            unreached: Vec::new(),
            replaces: None,
            steps,
            state: PlanState::Waiting,
            opened: Vec::new(),
            verify_at: None,
            ..plan.clone()
        };
        let approval = &self.rules.governance.approval;
        let fresh = decide::seal(fresh, &rest, approval, self.now);
        self.store_plan(&situation, fresh, rest);
    }
}

/// The steps that these deliveries belong to, one after the other as before; what has been done
/// already is not waited for. The deliveries are given their new places.
fn left_of(plan: &Plan, rest: &mut [Delivery]) -> Vec<PlanStep> {
    let mut places: Vec<u32> = rest.iter().map(|one| one.step).collect();
    places.dedup();
    let new = |old: u32| {
        let place = places.iter().position(|place| *place == old);
        place.and_then(|place| u32::try_from(place).ok())
    };
    for one in rest.iter_mut() {
        one.step = new(one.step).unwrap_or(0);
    }
    places
        .iter()
        .filter_map(|place| plan.step(*place))
        .map(|step| {
            let after: Vec<u32> = step.after.iter().filter_map(|at| new(*at)).collect();
            let gate = if after.is_empty() {
                Gate::Delivered
            } else {
                step.gate
            };
            PlanStep {
                after,
                gate,
                ..step
            }
        })
        .collect()
}
