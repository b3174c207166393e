//! Which probes are asked when it is looked whether a plan helped.

use super::Step;
use crate::act::probe::ProbeRequest;
use crate::domain::{DeliveryState, PlanId};
use std::collections::BTreeSet;

impl Step<'_> {
    /// Every probe of the plan's actions, for each target that was reached, each place once; and how
    /// many cannot be asked.
    pub(super) fn probes_of(&self, id: PlanId) -> (Vec<ProbeRequest>, u32) {
        let nothing = (Vec::new(), 0);
        let Some(live) = self.state.plan(id) else {
            return nothing;
        };
        let prober = self.rules.connectors.prober();
        let situation = self.situation(live.plan.subject);
        let (Some(prober), Some(situation)) = (prober, situation) else {
            return nothing;
        };
        let mut requests = BTreeSet::new();
        let mut not_asked = 0;
        for delivery in &live.deliveries {
            let action = self.rules.catalogue.get(live.plan.action_of(delivery));
            let arrived = matches!(delivery.state, DeliveryState::Delivered { .. });
            let Some(action) = action.filter(|_| arrived) else {
                continue;
            };
            for probe in &action.probes {
                let diagnosis = &situation.diagnosis;
                let made = self.with_context(&situation, diagnosis, &delivery.target, |context| {
                    prober.request(probe, context)
                });
                match made {
                    Ok(request) => {
                        requests.insert(request);
                    }
                    Err(_) => not_asked += 1,
                }
            }
        }
        (requests.into_iter().collect(), not_asked)
    }
}
