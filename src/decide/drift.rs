//! What the world must still be like when a plan is approved and when it is carried out.

use super::facts::{ActionNow, Facts, RuleNow};
use crate::domain::{
    ActionName, Decision, Delivery, DeliveryState, Digest, MerchantId, Plan, PlanId, Risk,
    SubjectId, Target,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What changed between the making of a plan and now. A plan with a drift is not carried out; the
/// sentence goes on the card and into the audit record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Drift {
    /// The kill switch is on. Passes when somebody resumes.
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
    /// The rule's condition was edited.
    #[error("the condition of rule {rule} was changed, from {before:?} to {now:?}")]
    RuleChanged {
        /// The rule that matched.
        rule: String,
        /// Its condition when the plan was made.
        before: String,
        /// Its condition now.
        now: String,
    },
    /// People have said that theirs is another problem.
    #[error("split off since as another problem: {}", list(.merchants))]
    SplitOff {
        /// Which merchants of this plan.
        merchants: Vec<MerchantId>,
    },
    /// The directory was edited.
    #[error("the directory says now that its merchants are reached otherwise than was shown")]
    ContactsChanged,
    /// The same action has reached them meanwhile.
    #[error("reached by {action} a moment ago, from elsewhere: {}", list(.merchants))]
    Cooling {
        /// The action.
        action: ActionName,
        /// Which merchants of this plan.
        merchants: Vec<MerchantId>,
    },
    /// Its cap is used up for this hour. Stops deliveries until it is not, not decisions.
    #[error("{action} begins {per_hour} times an hour at most, and nobody has approved more")]
    CapReached {
        /// The action.
        action: ActionName,
        /// The cap.
        per_hour: u32,
        /// When the next may begin.
        until: Timestamp,
    },
    /// Another plan is sending the same to them. Stops a delivery until that has ended.
    #[error("{merchant} is being sent {action} by another plan")]
    Busy {
        /// Which merchant.
        merchant: MerchantId,
        /// The action.
        action: ActionName,
        /// When it is looked at again.
        until: Timestamp,
    },
    /// Quiet hours have begun, and no person has approved it. Stops deliveries until they end.
    #[error("quiet hours have begun, and no person has approved it")]
    QuietHours {
        /// When they end.
        until: Timestamp,
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
        matches!(self, Self::Paused { .. }) || self.held_until().is_some()
    }

    /// When a delivery that it holds back is looked at again; none where somebody has to act.
    pub const fn held_until(&self) -> Option<Timestamp> {
        match self {
            Self::CapReached { until, .. }
            | Self::Busy { until, .. }
            | Self::QuietHours { until } => Some(*until),
            _ => None,
        }
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
    match &facts.rule {
        RuleNow::Stands => {}
        RuleNow::Changed { before, now } => {
            return Err(Drift::RuleChanged {
                rule: plan.rule.clone(),
                before: before.clone(),
                now: now.clone(),
            });
        }
        RuleNow::Gone => {
            return Err(Drift::RuleGone {
                rule: plan.rule.clone(),
                action: action(),
            });
        }
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
    if facts.contacts_changed {
        return Err(Drift::ContactsChanged);
    }
    if let Some(risk) = facts.least_risk
        && risk > plan.risk.level
    {
        return Err(Drift::RiskRose {
            then: plan.risk.level,
            now: risk,
        });
    }
    // Last, because it passes: a plan that is gone for good is not held.
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

/// Merchants among these deliveries that another plan has treated meanwhile, or reached with the same
/// action. What only tells someone is never in the way of a treatment.
pub(super) fn of_targets<'a>(
    plan: &Plan,
    deliveries: impl IntoIterator<Item = &'a Delivery>,
    facts: &Facts,
) -> Result<(), Drift> {
    let (mut treated, mut split_off, mut cooling) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for delivery in deliveries {
        let Target::Merchant(id) = &delivery.target else {
            continue;
        };
        let treats = plan.treats(delivery);
        if treats && facts.treated_since.contains(id) {
            treated.insert(id.clone());
        }
        if treats && facts.split_off.contains(id) {
            split_off.insert(id.clone());
        }
        if facts.cooling.contains(&delivery.index) {
            cooling.insert(id.clone());
        }
    }
    let listed = |merchants: BTreeSet<MerchantId>| merchants.into_iter().collect();
    if !treated.is_empty() {
        let merchants = listed(treated);
        return Err(Drift::AlreadyTreated { merchants });
    }
    if !split_off.is_empty() {
        let merchants = listed(split_off);
        return Err(Drift::SplitOff { merchants });
    }
    if !cooling.is_empty() {
        let (action, merchants) = (plan.action.clone(), listed(cooling));
        return Err(Drift::Cooling { action, merchants });
    }
    Ok(())
}

/// What holds a delivery back for a while. A person's yes is a yes at night too, and beyond a cap
/// where the card said so; what takes back a plan that broke off was decided with that plan, and
/// nothing is left half done until the morning. What an earlier attempt may have done already is not
/// held: what became of it has to be found out.
pub(super) fn of_moment(plan: &Plan, delivery: &Delivery, facts: &Facts) -> Result<(), Drift> {
    if matches!(delivery.state, DeliveryState::Started { .. }) {
        return Ok(());
    }
    if let Some(until) = facts.quiet_until
        && plan.decision == Decision::Auto
        && plan.rolls_back.is_none()
    {
        return Err(Drift::QuietHours { until });
    }
    // A later step's action has a cap of its own, which was weighed when the plan was made.
    if plan.action_of(delivery) != &plan.action {
        return Ok(());
    }
    if let Target::Merchant(merchant) = &delivery.target
        && facts.busy.contains(merchant)
    {
        return Err(Drift::Busy {
            merchant: merchant.clone(),
            action: plan.action.clone(),
            until: facts.busy_until,
        });
    }
    match facts.cap {
        Some(cap) if cap.begun >= cap.per_hour && delivery.attempts == 0 && !plan.beyond_cap => {
            Err(Drift::CapReached {
                action: plan.action.clone(),
                per_hour: cap.per_hour,
                until: cap.free_at,
            })
        }
        _ => Ok(()),
    }
}
