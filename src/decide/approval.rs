//! Votes on a plan that asks: who may, on exactly what, how many, until when.

use super::authorised::{AuthorisedPlan, authorise, counting_votes, is_whole, state_in_words};
use super::digest;
use super::drift::{self, Drift};
use super::facts::Facts;
use super::people::Governance;
use super::{ApprovalRules, asks, plan_digest};
use crate::domain::{Decision, Delivery, Person, Plan, PlanState, Risk, Vote};
use jiff::Timestamp;

/// The longest reason of a reject, in characters.
pub const MAX_REASON: usize = 1000;

/// What a person says to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ballot {
    /// Yes.
    Approve,
    /// No, and why; redacted by the caller. Ends the plan.
    Reject {
        /// The person's words, 1–1,000 characters.
        reason: String,
    },
}

/// One person's click, as a surface has proven it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click<'a> {
    /// Who.
    pub person: &'a Person,
    /// What they say.
    pub ballot: Ballot,
    /// The plan's digest, or its first 16 digits, as the surface kept it with the button.
    pub presented: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What came of a vote that counted. Each carries the plan as it is to be stored.
#[derive(Clone, Debug)]
pub enum VoteOutcome {
    /// It counts, but more people have to approve.
    Recorded {
        /// The plan with the vote.
        plan: Plan,
        /// How many more.
        missing: usize,
    },
    /// It completed the approval.
    Approved {
        /// The plan, running; its `plan()` is what is to be stored.
        authorised: Box<AuthorisedPlan>,
    },
    /// It ended the plan.
    Rejected {
        /// The plan, rejected.
        plan: Plan,
    },
}

/// Why a vote does not count. Each says what to do, to the person who clicked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteRefusal {
    /// They hold none of the roles.
    #[error(
        "A plan of {risk} risk is decided by {roles}, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml."
    )]
    WrongRole {
        /// The plan's risk.
        risk: Risk,
        /// The roles that may, in words.
        roles: String,
    },
    /// Somebody was faster.
    #[error("Already decided: {what}. Nothing was changed by your click.")]
    AlreadyDecided {
        /// What and by whom: `approved by ana and ben`.
        what: String,
    },
    /// Nobody answered in time.
    #[error(
        "Expired at {at}: nobody had decided by then, and nothing was sent. If it is still needed, wait for Medic's next plan."
    )]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The card is not of this plan as it stands now.
    #[error(
        "What you saw is not what would be sent now. Nothing was done: open the newest card of {plan}, read it again and decide there."
    )]
    StaleDigest {
        /// The plan.
        plan: crate::domain::PlanId,
    },
    /// Their vote is there.
    #[error(
        "You have approved this already, and one person counts once on every surface. It needs {missing} more from somebody else."
    )]
    AlreadyVoted {
        /// How many more people.
        missing: usize,
    },
    /// They asked for it themselves.
    #[error(
        "You made or last edited this plan, so your approval does not count. Somebody else with the role {roles} has to approve it."
    )]
    Requester {
        /// The roles that may, in words.
        roles: String,
    },
    /// A reject needs words.
    #[error(
        "A reject needs a reason of 1 to {MAX_REASON} characters: it is what the others and the audit read."
    )]
    BadReason,
    /// Something the plan rests on has changed.
    #[error("Nothing was sent: {0}.")]
    Drifted(Drift),
}

/// Counts one vote. Pure: the plan comes back changed, or a refusal that leaves everything as it
/// was. The caller applies one vote after the other, each to the plan the one before gave back;
/// so two clicks at once give exactly one decision.
pub fn vote(
    governance: &Governance,
    plan: &Plan,
    deliveries: &[Delivery],
    facts: &Facts,
    click: Click<'_>,
) -> Result<VoteOutcome, VoteRefusal> {
    let person = click.person;
    let roles = governance.deciders(plan).in_words();
    if !governance.hears(plan, person, click.at) {
        return Err(VoteRefusal::WrongRole {
            risk: plan.risk.level,
            roles,
        });
    }
    is_waiting(plan, click.at)?;
    if !digest::names(click.presented, &plan.digest) || !is_whole(plan, deliveries) {
        return Err(VoteRefusal::StaleDigest { plan: plan.id });
    }
    match click.ballot {
        Ballot::Reject { reason } => reject(plan, person, &reason, click.at),
        Ballot::Approve => {
            may_approve(governance, plan, person, roles)?;
            drift::of_plan(plan, facts)
                .and_then(|()| drift::of_targets(plan, deliveries, facts))
                .map_err(VoteRefusal::Drifted)?;
            approve(governance, plan, deliveries, facts, person, click.at)
        }
    }
}

fn is_waiting(plan: &Plan, now: Timestamp) -> Result<(), VoteRefusal> {
    let expired = plan.expires_at.filter(|at| *at <= now);
    match (&plan.state, expired) {
        (PlanState::Waiting, Some(at)) => Err(VoteRefusal::Expired { at }),
        (PlanState::Expired { at }, _) => Err(VoteRefusal::Expired { at: *at }),
        (PlanState::Waiting, None) if plan.decision == Decision::Ask => Ok(()),
        _ => Err(VoteRefusal::AlreadyDecided {
            what: decided_in_words(plan),
        }),
    }
}

/// What was decided about a plan and by whom.
fn decided_in_words(plan: &Plan) -> String {
    match &plan.state {
        PlanState::Rejected { by, reason, .. } => format!("rejected by {by} ({reason})"),
        PlanState::Void { reason, .. } => format!("void, because {reason}"),
        _ if plan.decision == Decision::Auto => {
            format!("the policy does it without asking (rule {})", plan.rule)
        }
        PlanState::Running { .. } | PlanState::Done { .. } => {
            let names: Vec<&str> = plan.votes.iter().map(|vote| vote.name.as_str()).collect();
            format!("approved by {}", names.join(" and "))
        }
        state => state_in_words(state).to_owned(),
    }
}

fn may_approve(
    governance: &Governance,
    plan: &Plan,
    person: &Person,
    roles: String,
) -> Result<(), VoteRefusal> {
    let voter = governance.people.one(&person.id);
    let requester = plan.requester.as_ref().map(|id| governance.people.one(id));
    if requester.as_ref() == Some(&voter) {
        return Err(VoteRefusal::Requester { roles });
    }
    let counted = counting_votes(governance, plan);
    if counted.contains(&voter) {
        return Err(VoteRefusal::AlreadyVoted {
            missing: governance.quorum_of(plan).saturating_sub(counted.len()),
        });
    }
    Ok(())
}

fn approve(
    governance: &Governance,
    plan: &Plan,
    deliveries: &[Delivery],
    facts: &Facts,
    person: &Person,
    now: Timestamp,
) -> Result<VoteOutcome, VoteRefusal> {
    let mut plan = plan.clone();
    plan.votes.push(Vote {
        person: person.id.clone(),
        name: person.name.clone(),
        at: now,
        digest: plan.digest,
        roles: governance.people.proven_roles(person),
    });
    let counted = counting_votes(governance, &plan).len();
    let missing = governance.quorum_of(&plan).saturating_sub(counted);
    if missing > 0 {
        return Ok(VoteOutcome::Recorded { plan, missing });
    }
    plan.state = PlanState::Running { at: now };
    let authorised =
        authorise(governance, &plan, deliveries, facts).map_err(VoteRefusal::Drifted)?;
    Ok(VoteOutcome::Approved {
        authorised: Box::new(authorised),
    })
}

fn reject(
    plan: &Plan,
    person: &Person,
    reason: &str,
    now: Timestamp,
) -> Result<VoteOutcome, VoteRefusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(VoteRefusal::BadReason);
    }
    let mut plan = plan.clone();
    plan.state = PlanState::Rejected {
        at: now,
        by: person.name.clone(),
        reason: reason.to_owned(),
    };
    Ok(VoteOutcome::Rejected { plan })
}

/// The plan without this person's vote; none where there is none to take back, or the plan no
/// longer waits.
pub fn withdraw(plan: &Plan, person: &crate::domain::PersonId) -> Option<Plan> {
    let voted = plan.votes.iter().any(|vote| &vote.person == person);
    if plan.state != PlanState::Waiting || !voted {
        return None;
    }
    let mut plan = plan.clone();
    plan.votes.retain(|vote| &vote.person != person);
    Some(plan)
}

/// Finishes a drafted plan: sets its number of targets and digest, takes away votes on anything
/// else, and gives it the state its decision calls for. An auto runs, an ask waits until its
/// risk's expiry, a refusal is void.
pub fn seal(
    mut plan: Plan,
    deliveries: &[Delivery],
    rules: &ApprovalRules,
    now: Timestamp,
) -> Plan {
    plan.targets = u32::try_from(deliveries.len()).unwrap_or(u32::MAX);
    plan.digest = plan_digest(&plan, deliveries);
    plan.votes.clear();
    plan.expires_at = None;
    plan.asks.clear();
    plan.ask_next = None;
    plan.snoozed = None;
    plan.state = match plan.decision {
        Decision::Auto => PlanState::Running { at: now },
        Decision::Ask => {
            let rule = rules.of(&plan.action, plan.risk.level);
            plan.expires_at = Some(now.saturating_add(rule.expires_after).unwrap_or(now));
            plan.asks.push(asks::first(&rule, now));
            plan.ask_next = asks::next(&rule, &plan);
            PlanState::Waiting
        }
        Decision::Refuse => PlanState::Void {
            at: now,
            reason: plan.decision_reason.clone(),
        },
    };
    plan
}

/// The plan in its own end state, if it waits and its time is over.
pub fn expire(plan: &Plan, now: Timestamp) -> Option<Plan> {
    let at = plan.expires_at.filter(|at| *at <= now)?;
    if plan.state != PlanState::Waiting {
        return None;
    }
    let mut plan = plan.clone();
    plan.state = PlanState::Expired { at };
    Some(plan)
}

/// How a waiting plan stands: `waiting for 1 of 2 approvals`.
pub fn waiting_in_words(governance: &Governance, plan: &Plan) -> String {
    let need = governance.quorum_of(plan);
    let missing = need.saturating_sub(counting_votes(governance, plan).len());
    if need == 1 {
        return "waiting for approval".to_owned();
    }
    format!("waiting for {missing} of {need} approvals")
}
