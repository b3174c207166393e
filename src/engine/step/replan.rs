//! The world changed between card and click: the old plan ends, and what would be sent now is
//! asked anew, with the difference.

use super::Step;
use crate::decide::policy::Matched;
use crate::decide::{self, Drift};
use crate::domain::closing;
use crate::domain::{Decision, Delivery, Plan, PlanId, Replaced, differences};

impl Step<'_> {
    /// Ends a plan whose ground has fallen and asks about what would be sent now, where there is
    /// anything. Answers with the sentence for whoever clicked.
    pub(super) fn ask_anew(
        &mut self,
        plan: &Plan,
        deliveries: &[Delivery],
        drift: &Drift,
    ) -> String {
        self.void_plan(plan.id, &drift.to_string());
        let ended = format!("Nothing was sent: {drift}. {} has ended", plan.id);
        if let Some(undone) = plan.undoes {
            return format!("{ended}. Ask again to take {undone} back: it is made anew then.");
        }
        match drift {
            Drift::SubjectClosed { .. } | Drift::Reopened { .. } | Drift::Superseded { .. } => {
                return format!("{ended}.");
            }
            Drift::ActionGone { .. } | Drift::RuleGone { .. } => {
                self.decide(plan.subject);
                return format!("{ended}; the rules have decided anew.");
            }
            _ => {}
        }
        match self.plan_anew(plan, deliveries, drift) {
            Some((id, 0)) => format!("{ended}; {id} asks about the same in its place."),
            Some((id, differ)) => format!(
                "{ended}; {id} asks in its place and shows what differs ({}). Read it and decide there.",
                super::counted(u64::try_from(differ).unwrap_or(u64::MAX), "difference")
            ),
            None if plan.rule == closing::RULE => format!(
                "{ended}; its reporters have to be told by hand, from the preview of {}.",
                plan.id
            ),
            None => format!("{ended}, and there is nobody left to send it to."),
        }
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
        let differ = differences(deliveries, &draft.deliveries);
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
