//! The world changed between card and click: the old plan ends, and what would be sent now is
//! asked anew, with the difference.

use super::Step;
use crate::decide::policy::Matched;
use crate::decide::{self, Drift};
use crate::domain::closing;
use crate::domain::{Decision, Delivery, Difference, Plan, PlanId, Replaced, differences};
use crate::engine::event::ToUndo;
use jiff::tz::TimeZone;

impl Step<'_> {
    /// Ends a plan whose ground has fallen and asks about what would be sent now, where there is
    /// anything. Answers with the sentence for whoever clicked.
    pub(super) fn ask_anew(
        &mut self,
        plan: &Plan,
        deliveries: &[Delivery],
        drift: &Drift,
        undone: Option<&ToUndo>,
    ) -> String {
        self.void_plan(plan.id, &drift.to_string());
        let ended = format!("Nothing was sent: {drift}. {} has ended", plan.id);
        match drift {
            Drift::SubjectClosed { .. } | Drift::Reopened { .. } | Drift::Superseded { .. } => {
                return format!("{ended}.");
            }
            Drift::ActionGone { .. } | Drift::RuleGone { .. } => {
                self.decide(plan.subject);
                return format!("{ended}; the rules have decided anew.");
            }
            // A condition that does not hold any more leads to what the rules say instead.
            Drift::RuleChanged { .. } if !self.rules_still_say(plan) => {
                self.decide(plan.subject);
                return format!("{ended}; the rules have decided anew.");
            }
            _ => {}
        }
        let anew = match (plan.undoes, undone) {
            (None, _) => self.plan_anew(plan, deliveries, drift),
            (Some(_), Some(found)) => self.undo_anew(found, plan, deliveries, drift),
            (Some(id), None) => {
                return format!("{ended}. Ask again to take {id} back: it is made anew then.");
            }
        };
        match anew {
            Some((id, 0)) => format!("{ended}; {id} asks about the same in its place."),
            Some((id, differ)) => format!(
                "{ended}; {id} asks in its place and shows what differs ({}). Read it and decide there.",
                super::counted(u64::try_from(differ).unwrap_or(u64::MAX), "difference")
            ),
            None if plan.rule == closing::RULE => format!(
                "{ended}; its reporters have to be told by hand, from the preview of {}.",
                plan.id
            ),
            None if plan.undoes.is_some() => {
                format!("{ended}, and nothing of it can be taken back now.")
            }
            None => format!("{ended}, and there is nobody left to send it to."),
        }
    }

    /// Whether the rules of now still lead to this plan's action, by its rule.
    fn rules_still_say(&self, plan: &Plan) -> bool {
        let Some(situation) = self.situation(plan.subject) else {
            return false;
        };
        let hour = self.now.to_zoned(TimeZone::UTC).hour().unsigned_abs();
        let (full, grounded) = (
            situation.context(hour, false),
            situation.context(hour, true),
        );
        decide::decide_guarded(&self.rules.governance.policy, &full, &grounded)
            .iter()
            .any(|answer| {
                answer.rule == plan.rule
                    && answer.action == plan.action
                    && answer.decision != Decision::Refuse
            })
    }

    fn plan_anew(
        &mut self,
        plan: &Plan,
        deliveries: &[Delivery],
        drift: &Drift,
    ) -> Option<(PlanId, usize)> {
        let situation = self.situation(plan.subject)?;
        let action = self.rules.catalogue.get(&plan.action).cloned()?;
        let id = PlanId::new(self.state.counters().plan + 1);
        let answer = Matched {
            rule: plan.rule.clone(),
            action: plan.action.clone(),
            decision: Decision::Ask,
            once: false,
            catch_all: false,
            reason: format!("asked again, because {drift}; {}", plan.decision_reason),
        };
        let draft = self.draft(&situation, &action, &answer, id).ok()?;
        if draft.deliveries.is_empty() {
            return None;
        }
        let risk = self.risk(&situation, &action, &draft.steps, &draft.deliveries);
        let mut differ = differences(deliveries, &draft.deliveries);
        if let Drift::RuleChanged { rule, before, now } = drift {
            differ.insert(
                0,
                Difference {
                    what: format!("the condition of rule {rule}"),
                    before: before.clone(),
                    after: now.clone(),
                },
            );
        }
        let count = differ.len();
        let fresh = Plan {
            replaces: Some(Replaced {
                plan: plan.id,
                why: drift.to_string(),
                differences: differ,
            }),
            ..self.drafted(&situation, &action, &answer, id, (risk, &draft))
        };
        let approval = &self.rules.governance.approval;
        let fresh = decide::seal(fresh, &draft.deliveries, approval, self.now);
        self.store_plan(&situation, fresh, draft.deliveries);
        Some((id, count))
    }
}
