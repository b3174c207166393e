//! What of a plan can still be taken back: nothing is undone twice.

use super::query::StoredPlan;
use crate::domain::{ActionName, DeliveryState, PlanId, Target};
use std::collections::BTreeSet;

/// What of a plan, action and target, an undo among these plans has taken back, may have, or will if
/// it is approved. What failed or was not sent can be asked for again.
pub(super) fn undone<'a>(
    id: PlanId,
    plans: impl IntoIterator<Item = &'a StoredPlan>,
) -> BTreeSet<(ActionName, Target)> {
    plans
        .into_iter()
        .filter(|stored| stored.plan.undoes == Some(id))
        .flat_map(|stored| {
            let open = !stored.plan.state.is_final();
            let counts = move |state: &DeliveryState| match state {
                DeliveryState::Failed { .. } | DeliveryState::Skipped { .. } => false,
                DeliveryState::Queued => open,
                _ => true,
            };
            let targets = stored.deliveries.iter();
            targets
                .filter(move |delivery| counts(&delivery.state))
                .map(|one| (stored.plan.action_of(one).clone(), one.target.clone()))
        })
        .collect()
}
