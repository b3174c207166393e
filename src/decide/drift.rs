//! What the world must still be like when a plan is approved and when it is carried out.

use super::rollback::Undone;
use crate::domain::{
    ActionName, Delivery, Digest, MerchantId, Plan, PlanId, Risk, SubjectId, Target,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the engine knows at this moment, looked up afresh for each click and each delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who pulled the kill switch, when and why, in words; none while Medic may act.
    pub paused: Option<String>,
    /// `[policy] dry_run`: people may decide, nothing is sent.
    pub dry_run: bool,
    /// Whether the incident is open, or the case not taken over by an incident.
    pub subject_open: bool,
    /// Whether an incident is open again whose reporters this plan tells that it is healed.
    pub reopened: bool,
    /// Merchants that a remedial delivery of *another* plan for the same subject has reached since
    /// this plan was made.
    pub treated_since: BTreeSet<MerchantId>,
    /// A newer plan for the same action and subject, where there is one.
    pub superseded_by: Option<PlanId>,
    /// The least risk that the plan would have under the rules of now; none where its action is
    /// gone.
    pub least_risk: Option<Risk>,
    /// Whether the rule that led to the plan is in force no more, or leads elsewhere.
    pub rule_gone: bool,
    /// The action as it is configured now; none where the catalogue has it no more.
    pub action: Option<ActionNow>,
    /// The actions of the plan's steps as they are configured now, those that the catalogue has.
    pub steps: BTreeMap<ActionName, ActionNow>,
    /// The plan that this one takes back by itself, while that is under way.
    pub undone: Option<Undone>,
}

/// How an action would be carried out now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionNow {
    /// The connector's name.
    pub connector: String,
    /// The connector's version.
    pub connector_version: u32,
    /// Digest of its template.
    pub template: Digest,
}

/// What changed between the making of a plan and now. A plan with a drift is not carried out; the
/// sentence goes on the card and into the audit record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Drift {
    /// The kill switch is on. The only drift that passes by itself.
    #[error("Medic is paused ({why}); resume it first")]
    Paused {
        /// Who paused it, in words.
        why: String,
    },
    /// Nothing is ever sent in a dry run. Stops deliveries, not decisions.
    #[error("dry run: this is what would have been sent, and nothing was")]
    DryRun,
    /// What the plan was for has ended.
    #[error("{subject} is closed: there is nothing left to do for it")]
    SubjectClosed {
        /// The incident or case.
        subject: SubjectId,
    },
    /// What the plan says is not so any more.
    #[error("{subject} is open again: nobody may be told that it is healed")]
    Reopened {
        /// The incident.
        subject: SubjectId,
    },
    /// Somebody has been treated by another plan meanwhile.
    #[error("already treated by another plan since this one was made: {}", list(.merchants))]
    AlreadyTreated {
        /// Which merchants of this plan.
        merchants: Vec<MerchantId>,
    },
    /// A newer plan stands in its place.
    #[error("{by} is newer and decides this now")]
    Superseded {
        /// The newer plan.
        by: PlanId,
    },
    /// The action is configured no more.
    #[error("the action {action} is no longer in the config")]
    ActionGone {
        /// Its name.
        action: ActionName,
    },
    /// The rules were edited.
    #[error("the rules were changed: rule {rule} no longer leads to {action}")]
    RuleGone {
        /// The rule that matched.
        rule: String,
        /// The action.
        action: ActionName,
    },
    /// The action's template was edited.
    #[error(
        "the template of {action} was changed after the preview was made; what would be sent now is not what was shown"
    )]
    TemplateChanged {
        /// The action.
        action: ActionName,
    },
    /// The action is sent another way now.
    #[error("{action} would now be sent by {now}, not by {then} as shown")]
    ConnectorChanged {
        /// The action.
        action: ActionName,
        /// Connector and version when the plan was made.
        then: String,
        /// Connector and version now.
        now: String,
    },
    /// More can go wrong than was shown, so more people may have to look.
    #[error("its risk would be {now} now, not {then} as shown")]
    RiskRose {
        /// When the plan was made.
        then: Risk,
        /// Now.
        now: Risk,
    },
    /// What is stored is not what was decided about.
    #[error("the stored plan is not the one that was shown: its digest does not match")]
    DigestChanged,
    /// The policy that allowed it by itself does not any more.
    #[error("the policy was changed: rule {rule} no longer does {action} by itself")]
    PolicyChanged {
        /// The rule that matched.
        rule: String,
        /// The action.
        action: ActionName,
    },
    /// Votes that counted then do not now.
    #[error(
        "approved by {have} of the {need} people it needs; votes count only from people who hold the role now"
    )]
    VotesShort {
        /// Votes that count.
        have: usize,
        /// Votes it needs.
        need: usize,
    },
    /// High risk is never automatic.
    #[error("its risk is {risk}, and Medic does nothing of that risk by itself")]
    RiskTooHigh {
        /// The level.
        risk: crate::domain::Risk,
    },
    /// Something else of a plan of which nothing is done by halves has failed.
    #[error("{what} has ended ({how}), so nothing more of the plan is sent")]
    Stopped {
        /// Which delivery.
        what: String,
        /// How it ended, in words.
        how: &'static str,
    },
    /// What a step comes after is not there yet.
    #[error("step {step} has not begun: what it comes after is not there")]
    NotItsTurn {
        /// Which step, from 1.
        step: u32,
    },
    /// A plan that takes another back by itself is not what people decided with that one.
    #[error("it was not decided with the plan that it takes back: {why}")]
    NotBound {
        /// Why, in words.
        why: String,
    },
    /// The plan is not at a stage where it may run.
    #[error("the plan is not authorised: it is {state}")]
    NotAuthorised {
        /// Where it stands, in words.
        state: &'static str,
    },
}

impl Drift {
    /// Whether waiting may mend it: the plan is held, not ended.
    pub const fn passes_by_itself(&self) -> bool {
        matches!(self, Self::Paused { .. })
    }
}

fn list(merchants: &[MerchantId]) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = merchants
        .iter()
        .take(SHOWN)
        .map(MerchantId::as_str)
        .collect();
    match merchants.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// The first thing, if any, that makes the whole plan not what it was when it was made.
pub(super) fn of_plan(plan: &Plan, facts: &Facts) -> Result<(), Drift> {
    if !facts.subject_open {
        return Err(Drift::SubjectClosed {
            subject: plan.subject,
        });
    }
    if facts.reopened {
        return Err(Drift::Reopened {
            subject: plan.subject,
        });
    }
    if let Some(by) = facts.superseded_by {
        return Err(Drift::Superseded { by });
    }
    let action = || plan.action.clone();
    let Some(now) = &facts.action else {
        return Err(Drift::ActionGone { action: action() });
    };
    if facts.rule_gone {
        return Err(Drift::RuleGone {
            rule: plan.rule.clone(),
            action: action(),
        });
    }
    is_carried_out_alike(
        &plan.action,
        (&plan.connector, plan.connector_version, plan.template),
        now,
    )?;
    for step in &plan.steps {
        let Some(now) = facts.steps.get(&step.action) else {
            return Err(Drift::ActionGone {
                action: step.action.clone(),
            });
        };
        is_carried_out_alike(
            &step.action,
            (&step.connector, step.connector_version, step.template),
            now,
        )?;
    }
    if let Some(risk) = facts.least_risk
        && risk > plan.risk.level
    {
        return Err(Drift::RiskRose {
            then: plan.risk.level,
            now: risk,
        });
    }
    // Last, because it is the only one that passes: a plan that is gone for good is not held.
    match &facts.paused {
        Some(why) => Err(Drift::Paused { why: why.clone() }),
        None => Ok(()),
    }
}

/// Whether an action would be sent now as it was when the plan was made.
fn is_carried_out_alike(
    action: &ActionName,
    (connector, version, template): (&str, u32, Digest),
    now: &ActionNow,
) -> Result<(), Drift> {
    if (now.connector.as_str(), now.connector_version) != (connector, version) {
        return Err(Drift::ConnectorChanged {
            action: action.clone(),
            then: format!("{connector} version {version}"),
            now: format!("{} version {}", now.connector, now.connector_version),
        });
    }
    if now.template != template {
        return Err(Drift::TemplateChanged {
            action: action.clone(),
        });
    }
    Ok(())
}

/// Merchants among these deliveries that another plan has treated meanwhile. What only tells
/// someone is never in the way of a treatment.
pub(super) fn of_targets<'a>(
    plan: &Plan,
    deliveries: impl IntoIterator<Item = &'a Delivery>,
    facts: &Facts,
) -> Result<(), Drift> {
    let merchants: BTreeSet<MerchantId> = deliveries
        .into_iter()
        .filter(|delivery| plan.treats(delivery))
        .filter_map(|delivery| match &delivery.target {
            Target::Merchant(id) if facts.treated_since.contains(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    if merchants.is_empty() {
        return Ok(());
    }
    Err(Drift::AlreadyTreated {
        merchants: merchants.into_iter().collect(),
    })
}
