//! After healed, and never before: those who reported from elsewhere than a chat are told, by an
//! action of the operator's. The batch is a plan like any other, so it is shown whole, people
//! approve it, and each delivery is journalled and sent once. Chats are answered by their surface.

use super::super::Step;
use crate::decide;
use crate::decide::policy::Matched;
use crate::domain::closing::RULE;
use crate::domain::{Decision, IncidentId, MerchantId, Plan, PlanId, SubjectId};
use std::collections::BTreeMap;

impl Step<'_> {
    /// Whether an incident is open.
    pub(in crate::engine::step) fn is_open(&self, id: IncidentId) -> bool {
        self.state
            .incident(id)
            .is_some_and(crate::domain::Incident::is_open)
    }

    /// Asks people to have the reporters of an incident told that it is verified healed: merchants
    /// that are verified and were treated, and whose tickets did not come from a chat.
    pub(in crate::engine::step) fn tell_reporters(&mut self, id: IncidentId) {
        let name = self.rules.verify.closing_action.as_ref();
        let Some(action) = name
            .and_then(|name| self.rules.catalogue.get(name))
            .cloned()
        else {
            return;
        };
        let Some(mut situation) = self.situation(SubjectId::Incident(id)) else {
            return;
        };
        let reporters: BTreeMap<MerchantId, bool> = self
            .state
            .incident(id)
            .into_iter()
            .flat_map(|incident| incident.merchants.iter())
            .filter(|(_, one)| one.verified && one.treated_at.is_some() && one.origin.is_none())
            .map(|(merchant, _)| (merchant.clone(), true))
            .collect();
        if reporters.is_empty() {
            return;
        }
        situation.merchants = reporters;
        let answer = Matched {
            rule: RULE.to_owned(),
            action: action.name.clone(),
            decision: Decision::Ask,
            once: true,
            catch_all: false,
            reason: format!("{id} is verified healed; whoever reported it can be told"),
        };
        let plan = PlanId::new(self.state.counters().plan + 1);
        match self.draft(&situation, &action, &answer, plan) {
            Ok(draft) if draft.deliveries.is_empty() => {}
            Ok(draft) => {
                let risk = self.risk(&situation, &action, &draft.steps, &draft.deliveries);
                let settled = decide::settle(&answer, &risk, &draft.foreign, &draft.brakes);
                let fresh = self.drafted(&situation, &action, &answer, plan, (risk, &draft));
                let sealed = decide::seal(
                    Plan {
                        decision: Decision::Ask,
                        decision_reason: settled.reason,
                        ..fresh
                    },
                    &draft.deliveries,
                    &self.rules.governance.approval,
                    self.now,
                );
                self.store_plan(&situation, sealed, draft.deliveries);
            }
            Err(why) => self.refuse(&situation, &action, &answer, plan, &why),
        }
    }
}
