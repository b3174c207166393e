//! The proof that a plan may run. It cannot be built or read from bytes anywhere else.

use super::drift::{self, Drift, Facts};
use super::people::Governance;
use super::{digest, gates, plan_digest, rollback};
use crate::domain::{Decision, Delivery, PersonId, Plan, PlanId, PlanState, Risk};
use std::collections::BTreeSet;

/// On what an authorisation rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The policy's auto, by this rule.
    Policy {
        /// The rule's name.
        rule: String,
    },
    /// A completed approval by these distinct people.
    People {
        /// In the order in which they voted.
        approved: Vec<PersonId>,
    },
    /// That of the plan which it takes back by itself, since one of that plan's steps has failed.
    Undone {
        /// That plan.
        of: PlanId,
        /// On what that one rests.
        by: Box<Self>,
    },
}

/// A plan that may be carried out, and exactly what may be sent. `act` takes nothing else.
///
/// Only two things mint one, and both end in [`authorise`]: the policy's auto, and a completed
/// approval. It is never read back from the store; after a restart, and before each delivery, it
/// is derived again from the stored decision and checked again.
///
/// Its fields are private, so no other module can make one:
///
/// ```compile_fail,E0451
/// use medic::decide::{AuthorisedPlan, Authority};
/// fn forge(plan: medic::domain::Plan) -> AuthorisedPlan {
///     AuthorisedPlan {
///         plan,
///         deliveries: Vec::new(),
///         facts: unimplemented!(),
///         authority: Authority::Policy { rule: String::new() },
///     }
/// }
/// ```
///
/// nor can it be deserialised:
///
/// ```compile_fail,E0277
/// fn read(text: &str) -> medic::decide::AuthorisedPlan {
///     serde_json::from_str(text).unwrap()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct AuthorisedPlan {
    plan: Plan,
    deliveries: Vec<Delivery>,
    facts: Facts,
    authority: Authority,
}

impl AuthorisedPlan {
    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// On what it rests.
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The delivery at this place, if it may be started now: it belongs to the plan, has not
    /// ended, its step's gate is open and nothing has stopped the plan, its merchant has not been
    /// treated by another plan meanwhile, and this is no dry run.
    pub fn delivery(&self, index: u32) -> Result<&Delivery, Drift> {
        let found = self
            .deliveries
            .iter()
            .find(|delivery| delivery.index == index && !delivery.state.is_final());
        let Some(delivery) = found else {
            return Err(Drift::NotAuthorised {
                state: "without such a delivery, or that delivery has ended",
            });
        };
        if self.facts.dry_run {
            return Err(Drift::DryRun);
        }
        gates::lets_through(&self.plan, &self.deliveries, delivery)?;
        drift::of_targets(&self.plan, [delivery], &self.facts)?;
        Ok(delivery)
    }
}

/// Derives the authorisation of a running plan from what is stored: the digest still matches what
/// is about to be sent, the policy or the votes still carry it under the rules and people now in
/// force, and nothing it rests on has fallen. Called when a plan starts, after a restart, and
/// before each delivery.
pub fn authorise(
    governance: &Governance,
    plan: &Plan,
    deliveries: &[Delivery],
    facts: &Facts,
) -> Result<AuthorisedPlan, Drift> {
    if !matches!(plan.state, PlanState::Running { .. }) {
        return Err(Drift::NotAuthorised {
            state: state_in_words(&plan.state),
        });
    }
    if !is_whole(plan, deliveries) {
        return Err(Drift::DigestChanged);
    }
    let authority = match plan.decision {
        Decision::Auto if plan.rolls_back.is_some() => {
            rollback::by_undone(governance, plan, deliveries, facts)?
        }
        Decision::Auto => by_policy(governance, plan)?,
        Decision::Ask => by_people(governance, plan)?,
        Decision::Refuse => {
            return Err(Drift::NotAuthorised {
                state: "refused by the policy",
            });
        }
    };
    drift::of_plan(plan, facts)?;
    Ok(AuthorisedPlan {
        plan: plan.clone(),
        deliveries: deliveries.to_vec(),
        facts: facts.clone(),
        authority,
    })
}

/// Whether plan and deliveries are together what the plan's digest names.
pub(super) fn is_whole(plan: &Plan, deliveries: &[Delivery]) -> bool {
    let known = |delivery: &Delivery| plan.step(delivery.step).is_some();
    deliveries.iter().all(known)
        && usize::try_from(plan.targets).is_ok_and(|targets| targets == deliveries.len())
        && digest::same(&plan_digest(plan, deliveries), &plan.digest)
}

pub(super) fn by_policy(governance: &Governance, plan: &Plan) -> Result<Authority, Drift> {
    if plan.risk.level >= Risk::High {
        return Err(Drift::RiskTooHigh {
            risk: plan.risk.level,
        });
    }
    if !governance
        .policy
        .still_allows(&plan.policy, &plan.rule, &plan.action)
    {
        return Err(Drift::PolicyChanged {
            rule: plan.rule.clone(),
            action: plan.action.clone(),
        });
    }
    Ok(Authority::Policy {
        rule: plan.rule.clone(),
    })
}

pub(super) fn by_people(governance: &Governance, plan: &Plan) -> Result<Authority, Drift> {
    let approved = counting_votes(governance, plan);
    let need = governance.quorum_of(plan);
    if approved.len() < need {
        return Err(Drift::VotesShort {
            have: approved.len(),
            need,
        });
    }
    Ok(Authority::People { approved })
}

/// The distinct people whose votes count now: on this digest, holding the role now (or
/// standing in for somebody when they voted), and not the requester.
pub(super) fn counting_votes(governance: &Governance, plan: &Plan) -> Vec<PersonId> {
    let mut seen = BTreeSet::new();
    let people = &governance.people;
    let requester = plan.requester.as_ref().map(|id| people.one(id));
    plan.votes
        .iter()
        .filter(|vote| digest::same(&vote.digest, &plan.digest))
        .filter(|vote| {
            governance.may_decide(plan, &vote.person, vote.at)
                || governance.proves(plan, &vote.roles)
        })
        .map(|vote| people.one(&vote.person))
        .filter(|person| requester.as_ref() != Some(person))
        .filter(|person| seen.insert(person.clone()))
        .collect()
}

/// Where a plan stands, for a sentence.
pub(super) const fn state_in_words(state: &PlanState) -> &'static str {
    match state {
        PlanState::Waiting => "waiting for approval",
        PlanState::Running { .. } => "running",
        PlanState::Done { .. } => "done",
        PlanState::Rejected { .. } => "rejected",
        PlanState::Expired { .. } => "expired",
        PlanState::Void { .. } => "void",
    }
}
