//! Which probes are asked when it is looked whether a plan helped.

use super::Step;
use crate::act::probe::ProbeRequest;
use crate::domain::{DeliveryState, PlanId, Target};
use std::collections::BTreeSet;

impl Step<'_> {
    /// Every probe of the plan's action, for each target that was reached, each place once; and how
    /// many cannot be asked.
    pub(super) fn probes_of(&self, id: PlanId) -> (Vec<ProbeRequest>, u32) {
        let nothing = (Vec::new(), 0);
        let Some(live) = self.state.plan(id) else {
            return nothing;
        };
        let action = self.rules.catalogue.get(&live.plan.action);
        let prober = self.rules.connectors.prober();
        let situation = self.situation(live.plan.subject);
        let (Some(action), Some(prober), Some(situation)) = (action, prober, situation) else {
            return nothing;
        };
        let reached: Vec<&Target> = live
            .deliveries
            .iter()
            .filter(|delivery| matches!(delivery.state, DeliveryState::Delivered { .. }))
            .map(|delivery| &delivery.target)
            .collect();
        let mut requests = BTreeSet::new();
        let mut not_asked = 0;
        for probe in &action.probes {
            for target in &reached {
                let made = self.with_context(&situation, &situation.diagnosis, target, |context| {
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
