//! Steps: which of a plan may begin, which never will, and whether a failure has ended all of it.

use super::drift::Drift;
use crate::domain::{Delivery, DeliveryState, Gate, Plan};

/// Whether everything that this step comes after has arrived.
pub fn is_reached(plan: &Plan, deliveries: &[Delivery], place: u32) -> bool {
    plan.step(place).is_some_and(|step| {
        deliveries
            .iter()
            .filter(|delivery| step.after.contains(&delivery.step))
            .all(|delivery| matches!(delivery.state, DeliveryState::Delivered { .. }))
    })
}

/// Whether this step may begin: it is reached, and where it waits for "healed", that was said.
pub fn is_open(plan: &Plan, deliveries: &[Delivery], place: u32) -> bool {
    is_reached(plan, deliveries, place)
        && plan
            .step(place)
            .is_some_and(|step| step.gate == Gate::Delivered || plan.opened.contains(&place))
}

/// The delivery, if any, because of which this step never begins. An outcome that is not known is
/// none yet: a person says what became of it.
pub fn shut_by<'a>(plan: &Plan, deliveries: &'a [Delivery], place: u32) -> Option<&'a Delivery> {
    let step = plan.step(place)?;
    deliveries
        .iter()
        .find(|delivery| step.after.contains(&delivery.step) && delivery.state.is_failure())
}

/// The delivery, if any, whose failure stops all of a plan of which nothing is done by halves.
pub fn stopped_by<'a>(plan: &Plan, deliveries: &'a [Delivery]) -> Option<&'a Delivery> {
    deliveries
        .iter()
        .find(|delivery| plan.all_or_nothing && delivery.state.is_failure())
}

/// Whether one delivery may be started as far as the plan's other deliveries go.
pub(super) fn lets_through(
    plan: &Plan,
    deliveries: &[Delivery],
    delivery: &Delivery,
) -> Result<(), Drift> {
    if let Some(failed) = stopped_by(plan, deliveries) {
        return Err(Drift::Stopped {
            what: format!("{} to {}", plan.name_of(failed), failed.target),
            how: failed.state.in_words(),
        });
    }
    if !is_open(plan, deliveries, delivery.step) {
        return Err(Drift::NotItsTurn {
            step: delivery.step.saturating_add(1),
        });
    }
    Ok(())
}
