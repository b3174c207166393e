//! Taking back by itself what a plan has done: on the authority of that very plan, whose approvers
//! saw what is taken back if a step fails. Whatever they did not see, or what nobody can tell, asks.

use super::authorised::{Authority, by_people, by_policy, is_whole};
use super::digest;
use super::drift::{Drift, Facts};
use super::gates::stopped_by;
use super::people::Governance;
use crate::domain::{Decision, Delivery, DeliveryState, Plan, PlanState, Target};
use std::collections::BTreeSet;

/// A plan as it is stored, with its deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The plan.
    pub plan: Plan,
    /// Its deliveries.
    pub deliveries: Vec<Delivery>,
}

/// Derives the authority of a plan that takes another back by itself: the other one is what its
/// approvers saw, they (or the policy) still carry it, one of its steps has failed, the outcome of
/// every delivery is known, and what is taken back was delivered by a step that says that it is.
pub(super) fn by_undone(
    governance: &Governance,
    plan: &Plan,
    deliveries: &[Delivery],
    facts: &Facts,
) -> Result<Authority, Drift> {
    let fell = |why: &str| Drift::NotBound {
        why: why.to_owned(),
    };
    let Some(Undone {
        plan: of,
        deliveries: done,
    }) = &facts.undone
    else {
        return Err(fell("what it takes back is not under way any more"));
    };
    let named = plan
        .rolls_back
        .is_some_and(|named| digest::same(&named, &of.digest));
    if plan.undoes != Some(of.id) || !named || !is_whole(of, done) {
        return Err(fell("it names another plan than the one that was decided"));
    }
    if !matches!(of.state, PlanState::Running { .. } | PlanState::Done { .. })
        || stopped_by(of, done).is_none()
    {
        return Err(fell("nothing of what it takes back has failed"));
    }
    if plan.risk.level > of.risk.level {
        return Err(fell("it is riskier than what it takes back"));
    }
    let unknown = |one: &Delivery| matches!(one.state, DeliveryState::Unknown { .. });
    if done.iter().any(unknown) {
        return Err(fell("the outcome of a delivery is not known"));
    }
    let mut left: BTreeSet<(&str, &Target)> = done
        .iter()
        .filter(|one| matches!(one.state, DeliveryState::Delivered { .. }))
        .filter(|one| is_as_shown(plan, of, one))
        .map(|one| (of.action_of(one).as_str(), &one.target))
        .collect();
    let all = deliveries
        .iter()
        .all(|one| left.remove(&(plan.action_of(one).as_str(), &one.target)));
    if !all {
        return Err(fell("it was not shown as what is taken back, as it is now"));
    }
    let authority = match of.decision {
        Decision::Auto => by_policy(governance, of)?,
        Decision::Ask => by_people(governance, of)?,
        Decision::Refuse => return Err(fell("what it takes back was refused")),
    };
    Ok(Authority::Undone {
        of: of.id,
        by: Box::new(authority),
    })
}

/// Whether the step that delivered this said that it is taken back, and would still be taken back
/// in the same way.
fn is_as_shown(plan: &Plan, of: &Plan, delivered: &Delivery) -> bool {
    let Some(then) = of.step(delivered.step).filter(|step| step.undo) else {
        return false;
    };
    let steps = 0..=u32::try_from(plan.steps.len()).unwrap_or(u32::MAX);
    steps.filter_map(|place| plan.step(place)).any(|now| {
        (now.action, now.connector_version, now.template)
            == (then.action.clone(), then.connector_version, then.template)
    })
}
