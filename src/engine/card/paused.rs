//! What a card says while Medic is paused.

use crate::domain::PlanState;
use crate::domain::card::{Card, Span};
use crate::engine::query::StoredPlan;
use crate::engine::rows::PauseRow;

/// Tells at every plan that waits or runs that nothing of it is sent, who paused Medic, and why.
pub(in crate::engine) fn tell(card: &mut Card, plans: &[StoredPlan], pause: &PauseRow) {
    for shown in &mut card.plans {
        let stored = plans.iter().find(|stored| stored.plan.id == shown.id);
        let what = match stored.map(|stored| &stored.plan.state) {
            Some(PlanState::Waiting) => "; nothing can be approved while Medic is paused by ",
            Some(PlanState::Running { .. }) => "; nothing is sent while Medic is paused by ",
            _ => continue,
        };
        shown.status.push(Span::Own(what.to_owned()));
        shown
            .status
            .push(Span::Foreign(format!("{}: {}", pause.by, pause.reason)));
    }
}
