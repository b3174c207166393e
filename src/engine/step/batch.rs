//! Several plans approved at once: only for the same action, the same cause and the same risk, and
//! each counted as a vote of its own.

use super::Step;
use crate::domain::{ActionName, Person, Plan, PlanId, PlanState, Risk, RootCause, SubjectId};
use crate::engine::event::{Ballot, Reply};
use std::collections::BTreeSet;

/// The most plans that are approved with one click: more than that nobody has read.
const MOST: usize = 20;

impl Step<'_> {
    pub(super) fn voted_on_many(&mut self, person: &Person, plans: &[(PlanId, String)]) -> Reply {
        let distinct: BTreeSet<PlanId> = plans.iter().map(|(id, _)| *id).collect();
        if plans.is_empty() || plans.len() > MOST || distinct.len() != plans.len() {
            return Reply::Refused(format!(
                "Choose 1 to {MOST} different plans. Nothing was approved."
            ));
        }
        let mut kinds = BTreeSet::new();
        for (id, _) in plans {
            let kind = self
                .state
                .plan(*id)
                .and_then(|live| self.kind_of(&live.plan));
            let Some(kind) = kind else {
                return Reply::Refused(format!(
                    "{id} does not wait any more. Nothing was approved; load the list again."
                ));
            };
            kinds.insert(kind);
        }
        if kinds.len() > 1 {
            return Reply::Refused(
                "These plans are not alike: only the same action, for the same cause, at the same \
                 risk can be approved together. Nothing was approved."
                    .to_owned(),
            );
        }
        let mut said = Vec::new();
        let mut any = false;
        for (id, prefix) in plans {
            match self.voted(person, *id, prefix, Ballot::Approve, (None, None)) {
                Reply::Done(sentence) => {
                    any = true;
                    said.push(sentence);
                }
                Reply::Refused(sentence) => said.push(format!("{id}: {sentence}")),
                Reply::Receipts(_) | Reply::Changed(_) | Reply::Nothing => {}
            }
        }
        let said = said.join("\n");
        if any {
            Reply::Done(said)
        } else {
            Reply::Refused(said)
        }
    }

    /// What makes plans alike; none where the plan does not wait or its subject has no diagnosis.
    fn kind_of(&self, plan: &Plan) -> Option<(ActionName, &'static str, Risk)> {
        if plan.state != PlanState::Waiting {
            return None;
        }
        let cause: RootCause = match plan.subject {
            SubjectId::Incident(id) => self.state.incident(id)?.diagnosis.as_ref()?.root_cause,
            SubjectId::Case(id) => self.state.case(id)?.diagnosis.as_ref()?.root_cause,
        };
        Some((plan.action.clone(), cause.as_str(), plan.risk.level))
    }
}
