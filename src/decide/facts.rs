//! What is known at the moment of a click or a delivery.

use super::rollback::Undone;
use crate::domain::{ActionName, Digest, MerchantId, PlanId, Risk};
use jiff::Timestamp;
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
    /// What has become of the rule that led to the plan.
    pub rule: RuleNow,
    /// Merchants of the plan of whom people said since that their trouble is another.
    pub split_off: BTreeSet<MerchantId>,
    /// Whether the directory says otherwise now how to reach one of its merchants.
    pub contacts_changed: bool,
    /// How often its action may begin within an hour, and how often it has; none where it has no
    /// cap, and for an undo.
    pub cap: Option<CapNow>,
    /// Deliveries of the plan, by place, whose merchant the same action has reached within the
    /// cool-down.
    pub cooling: BTreeSet<u32>,
    /// Merchants to whom another plan is sending by the same action at this moment.
    pub busy: BTreeSet<MerchantId>,
    /// When that is looked at again.
    pub busy_until: Timestamp,
    /// When the quiet hours end, while they last and the action treats merchants.
    pub quiet_until: Option<Timestamp>,
    /// The action as it is configured now; none where the catalogue has it no more.
    pub action: Option<ActionNow>,
    /// The actions of the plan's steps as they are configured now, those that the catalogue has.
    pub steps: BTreeMap<ActionName, ActionNow>,
    /// The plan that this one takes back by itself, while that is under way.
    pub undone: Option<Undone>,
}

/// What has become of the rule that led to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleNow {
    /// It stands, or the plan rests on none.
    Stands,
    /// It still leads to the action, on another condition.
    Changed {
        /// The condition when the plan was made.
        before: String,
        /// The condition now.
        now: String,
    },
    /// It is in force no more, or leads elsewhere.
    Gone,
}

/// An action's cap, and what of it is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapNow {
    /// How many deliveries may begin within an hour.
    pub per_hour: u32,
    /// How many have begun in the last hour.
    pub begun: u32,
    /// When the next one may begin.
    pub free_at: Timestamp,
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
