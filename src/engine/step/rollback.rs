//! A plan of which nothing is done by halves has broken off: what it did is taken back by itself,
//! as whoever decided about it saw, or a person is asked.

use super::Step;
use crate::decide::{self, gates};
use crate::domain::{Decision, Delivery, DeliveryState, Plan};

impl Step<'_> {
    /// Takes back what a plan has delivered, the last first.
    pub(super) fn roll_back(&mut self, plan: &Plan) {
        let Some(live) = self.state.plan(plan.id) else {
            return;
        };
        let (plan, deliveries) = (live.plan.clone(), live.deliveries.clone());
        let undoable = |one: &&Delivery| {
            matches!(one.state, DeliveryState::Delivered { .. })
                && plan.step(one.step).is_some_and(|step| step.undo)
        };
        let Some(failed) = gates::stopped_by(&plan, &deliveries) else {
            return;
        };
        if !deliveries.iter().any(|one| undoable(&one)) {
            return;
        }
        let why = format!(
            "{} broke off: {} to {} ended ({})",
            plan.id,
            plan.name_of(failed),
            failed.target,
            failed.state.in_words()
        );
        self.take_back(plan, deliveries, &why, true);
    }

    /// The undo as a plan that runs by itself, if what it takes back carries it; otherwise one that
    /// asks.
    pub(super) fn on_its_authority(
        &mut self,
        undo: Plan,
        deliveries: &[Delivery],
        of: &Plan,
    ) -> Plan {
        let approval = &self.rules.governance.approval;
        let by_itself = Plan {
            decision: Decision::Auto,
            decision_reason: format!(
                "{}; it was decided with {}, whose card said so",
                undo.decision_reason, of.id
            ),
            rolls_back: Some(of.digest),
            ..undo.clone()
        };
        let by_itself = decide::seal(by_itself, deliveries, approval, self.now);
        let facts = self.facts(&by_itself);
        match decide::authorise(&self.governance(), &by_itself, deliveries, &facts) {
            Err(drift) if !drift.passes_by_itself() => {
                let asks = Plan {
                    decision_reason: format!(
                        "{}; a person decides, because {drift}",
                        undo.decision_reason
                    ),
                    ..undo
                };
                decide::seal(asks, deliveries, approval, self.now)
            }
            _ => {
                if let Some(stored) = self.state.plan_mut(of.id) {
                    stored.rolled_back_by = Some(by_itself.id);
                }
                by_itself
            }
        }
    }

    /// A plan that took another back by itself is over: that one is kept at hand no longer.
    pub(super) fn rolled_back(&mut self, plan: &Plan) {
        if plan.rolls_back.is_some()
            && let Some(undone) = plan.undoes
            && let Some(stored) = self.state.plan_mut(undone)
        {
            stored.rolled_back_by = None;
        }
    }
}
