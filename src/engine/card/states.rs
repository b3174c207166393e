//! Where an incident or a case stands, from its plans: decides the card's colour.

use crate::domain::card::CardState;
use crate::domain::closing::RULE;
use crate::domain::{Case, Decision, DeliveryState, Incident, Outcome, Plan, PlanState};
use crate::engine::query::StoredPlan;

/// Where an incident stands, from its plans and outcome.
pub(in crate::engine) fn incident_state(incident: &Incident, plans: &[StoredPlan]) -> CardState {
    if !incident.is_open() {
        // What is left is to tell the reporters.
        return plans_state(plans.iter().filter(|stored| stored.plan.rule == RULE))
            .unwrap_or(CardState::Done);
    }
    let outcome = incident.outcome.as_ref().map(|(_, outcome, _)| *outcome);
    plans_state(plans.iter()).unwrap_or(match (outcome, &incident.diagnosis) {
        (Some(Outcome::NoDifference | Outcome::Worse), _) => CardState::Attention,
        (_, None) => CardState::Open,
        (_, Some(_)) if plans.iter().any(|p| p.plan.verify_at.is_some()) => CardState::Verifying,
        (_, Some(_)) if plans.iter().any(|p| ended_unheard(&p.plan)) => CardState::Attention,
        (_, Some(_)) => CardState::Open,
    })
}

pub(super) fn case_state(case: &Case, plans: &[StoredPlan]) -> CardState {
    if case.joined.is_some() {
        return CardState::Done;
    }
    let idle = match &case.diagnosis {
        None => CardState::Open,
        Some(_) if plans.iter().any(|p| ended_unheard(&p.plan)) => CardState::Attention,
        Some(_) if plans.iter().any(|p| p.plan.verify_at.is_some()) => CardState::Verifying,
        Some(_) => CardState::Done,
    };
    plans_state(plans.iter()).unwrap_or(idle)
}

/// What the plans alone say: something waits, is unclear, or is under way.
fn plans_state<'a>(plans: impl Iterator<Item = &'a StoredPlan> + Clone) -> Option<CardState> {
    let unclear = plans.clone().flat_map(|p| &p.deliveries).any(|delivery| {
        matches!(
            delivery.state,
            DeliveryState::Unknown { .. } | DeliveryState::Failed { .. }
        )
    });
    if unclear {
        Some(CardState::Attention)
    } else if plans.clone().any(|p| p.plan.state == PlanState::Waiting) {
        Some(CardState::Waiting)
    } else if plans
        .clone()
        .any(|p| runs(&p.plan) && p.plan.verify_at.is_none())
    {
        Some(CardState::Acting)
    } else if plans.clone().any(|p| runs(&p.plan)) {
        // What is sent next waits for what is found.
        Some(CardState::Verifying)
    } else {
        None
    }
}

const fn runs(plan: &Plan) -> bool {
    matches!(plan.state, PlanState::Running { .. })
}

/// A plan that ended without anybody having taken the matter in hand.
fn ended_unheard(plan: &Plan) -> bool {
    matches!(plan.state, PlanState::Expired { .. })
        || (plan.decision == Decision::Refuse && matches!(plan.state, PlanState::Void { .. }))
}
