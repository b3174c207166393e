//! What a card says about taking a plan back.

use crate::domain::card::{Line, Span};
use crate::domain::{DeliveryState, PlanId, PlanState, Target};
use crate::engine::query::StoredPlan;
use crate::engine::undone::undone;

/// How many targets a card names.
const NAMED: usize = 8;

/// Whether it can be taken back, or was; of an undo, what it takes back.
pub(super) fn in_words(stored: &StoredPlan, plans: &[StoredPlan]) -> String {
    let plan = &stored.plan;
    if let Some(undone) = plan.undoes {
        return format!(
            "this takes {undone} back; nobody gets its action anew before their cool-down is over"
        );
    }
    let by: Vec<String> = undos(plan.id, plans)
        .filter(|undo| matches!(undo.plan.state, PlanState::Done { .. }))
        .map(|undo| undo.plan.id.to_string())
        .collect();
    match (by.as_slice(), plan.undo) {
        ([], true) if plan.steps.iter().any(|step| !step.undo) => {
            "can be taken back in part, see its steps".to_owned()
        }
        ([], true) => "can be taken back".to_owned(),
        ([], false) => "cannot be taken back once sent".to_owned(),
        (by, _) => format!("taken back by {}", by.join(" and ")),
    }
}

/// Whether somebody could ask for its undo: it is done, something of it is left, and no undo of it
/// waits or runs.
pub(super) fn is_possible(stored: &StoredPlan, plans: &[StoredPlan]) -> bool {
    let plan = &stored.plan;
    if !plan.undo || !matches!(plan.state, PlanState::Done { .. }) {
        return false;
    }
    let asked = undos(plan.id, plans).any(|undo| !undo.plan.state.is_final());
    let undone = undone(plan.id, plans);
    !asked
        && stored.deliveries.iter().any(|delivery| {
            matches!(delivery.state, DeliveryState::Delivered { .. })
                && plan.step(delivery.step).is_some_and(|step| step.undo)
                && !undone.contains(&(plan.action_of(delivery).clone(), delivery.target.clone()))
        })
}

/// Of an undo that is over: the targets that were not taken back; nothing where all were.
pub(super) fn not_taken_back(stored: &StoredPlan) -> Line {
    let left: Vec<&Target> = stored
        .deliveries
        .iter()
        .filter(|delivery| !matches!(delivery.state, DeliveryState::Delivered { .. }))
        .map(|delivery| &delivery.target)
        .collect();
    if left.is_empty() {
        return Line::new();
    }
    let named: Vec<String> = left.iter().take(NAMED).map(ToString::to_string).collect();
    let mut line = vec![
        Span::Own("; not taken back: ".to_owned()),
        Span::Foreign(named.join(", ")),
    ];
    if left.len() > NAMED {
        line.push(Span::Own(format!(" and {} more", left.len() - NAMED)));
    }
    line
}

fn undos(id: PlanId, plans: &[StoredPlan]) -> impl Iterator<Item = &StoredPlan> {
    plans
        .iter()
        .filter(move |stored| stored.plan.undoes == Some(id))
}
