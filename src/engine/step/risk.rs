//! How risky a plan is: computed by code, action by action.

use super::Step;
use super::situation::Situation;
use crate::decide;
use crate::domain::{Action, Delivery, EffectiveRisk, Plan, PlanStep, Risk, Target, Verdict};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

impl Step<'_> {
    /// The risk by code. Merchants that the same action has reached for this incident already count
    /// too, so that a large plan cannot be had in small pieces.
    pub(super) fn risk(
        &self,
        situation: &Situation,
        action: &Action,
        steps: &[PlanStep],
        deliveries: &[Delivery],
    ) -> EffectiveRisk {
        let mut parts = self.by_action(action, steps, deliveries);
        for (action, part) in &mut parts {
            let (Some(reached), Some(like)) =
                (situation.reached.get(&action.name), part.first().cloned())
            else {
                continue;
            };
            let fresh: BTreeSet<Target> = part.iter().map(|d| d.target.clone()).collect();
            part.extend(
                reached
                    .iter()
                    .map(|merchant| Target::Merchant(merchant.clone()))
                    .filter(|target| !fresh.contains(target))
                    .map(|target| Delivery {
                        target,
                        ..like.clone()
                    }),
            );
        }
        self.risk_of(situation, action, &parts)
    }

    /// A model's word never lowers a risk: the verdict that counts is the weaker one, and what only
    /// a model led to is at least as risky as what our own rules would have done.
    pub(super) fn risk_of(
        &self,
        situation: &Situation,
        action: &Action,
        parts: &[(Action, Vec<Delivery>)],
    ) -> EffectiveRisk {
        let found = &situation.diagnosis;
        let verdict = found.verdict.min(found.grounded.verdict);
        let mut risk = self.highest(action, parts, verdict);
        if let Some(floor) = self
            .least_risk(situation, action)
            .filter(|floor| *floor > risk.level)
        {
            risk.level = floor;
            risk.reasons.push(format!(
                "only a model led to it: at least {floor}, as what our own rules would do"
            ));
        }
        risk
    }

    /// The risk that a plan would have under the rules of now, whatever is known of the cause.
    pub(super) fn least_risk_now(&self, plan: &Plan) -> Option<Risk> {
        let action = self.rules.catalogue.get(&plan.action)?;
        let deliveries = &self.state.plan(plan.id)?.deliveries;
        let parts = self.by_action(action, &plan.steps, deliveries);
        Some(self.highest(action, &parts, Verdict::Confirmed).level)
    }

    fn highest(
        &self,
        action: &Action,
        parts: &[(Action, Vec<Delivery>)],
        verdict: Verdict,
    ) -> EffectiveRisk {
        let of = |action: &Action, deliveries: &[Delivery]| {
            let floor = self.rules.floor(action);
            decide::effective_risk(action, floor, deliveries, verdict, &self.rules.risk)
        };
        if action.steps.is_empty() {
            let deliveries: &[Delivery] = parts.first().map_or(&[], |(_, part)| part);
            return of(action, deliveries);
        }
        let own = EffectiveRisk {
            level: action.risk,
            reasons: vec![format!("{} is at least {} risk", action.name, action.risk)],
        };
        decide::highest(own, parts.iter().map(|(action, part)| of(action, part)))
    }

    /// What each action of a plan delivers.
    pub(super) fn by_action(
        &self,
        action: &Action,
        steps: &[PlanStep],
        deliveries: &[Delivery],
    ) -> Vec<(Action, Vec<Delivery>)> {
        if action.steps.is_empty() {
            return vec![(action.clone(), deliveries.to_vec())];
        }
        let carries_out = |step: &Action, delivery: &&Delivery| {
            let place = usize::try_from(delivery.step).ok();
            place
                .and_then(|place| steps.get(place))
                .is_some_and(|listed| listed.action == step.name)
        };
        let parts = self.rules.steps_of(action);
        parts
            .map(|step| {
                let own = deliveries.iter().filter(|one| carries_out(step, one));
                (step.clone(), own.cloned().collect())
            })
            .collect()
    }

    /// The risk that our own rules' actions have by themselves, for an action that is not among
    /// them: only a model led to it.
    fn least_risk(&self, situation: &Situation, action: &Action) -> Option<Risk> {
        let hour = self.now.to_zoned(TimeZone::UTC).hour().unsigned_abs();
        let grounded = situation.context(hour, true);
        if grounded == situation.context(hour, false) {
            return None;
        }
        let own = self.rules.governance.policy.decide(&grounded);
        if own.iter().any(|answer| answer.action == action.name) {
            return None;
        }
        own.iter()
            .filter_map(|answer| self.rules.catalogue.get(&answer.action))
            .map(|action| action.risk.max(self.rules.floor(action)))
            .max()
    }
}
