//! Incidents and cases: what a diagnosis and a decision are about.

use super::{
    ActionName, AffectedMerchants, CaseId, CohortLift, Diagnosis, Digest, IncidentId, Judgement,
    MerchantId, Origin, PatternId, PlanId, RunbookId, Severity, SourceName, SubjectId, TicketId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How an incident ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Closure {
    /// Verification found it healed.
    Healed,
    /// A person closed it.
    Person {
        /// Their name.
        name: String,
        /// Their words (redacted).
        reason: String,
    },
}

/// An end of an incident that did not last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// When it was closed.
    pub closed_at: Timestamp,
    /// How.
    pub closure: Closure,
    /// When its pattern brought it back.
    pub at: Timestamp,
}

/// How it went when an action was carried out in steps: what was found before the last of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The plan.
    pub plan: PlanId,
    /// The action's template then: another one was not tried.
    pub template: Digest,
    /// The runbook whose texts it used: another one was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<RunbookId>,
    /// What was found; "cannot tell yet" also where it broke off.
    pub outcome: Outcome,
    /// Why the plan ended there, in words; empty where it went on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Many merchants with one underlying problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// `INC-42`.
    pub id: IncidentId,
    /// The pattern that crossed its alert rule.
    pub pattern: PatternId,
    /// The older open incident of the same problem, where their patterns turned out to be one: new
    /// tickets go there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<IncidentId>,
    /// A short name for the problem.
    pub label: String,
    /// The alert's sentence.
    pub alert: String,
    /// The cohort in which the surge was concentrated at its newest alert, if it was in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<CohortLift>,
    /// When the alert came.
    pub opened_at: Timestamp,
    /// When something last changed.
    pub updated_at: Timestamp,
    /// How it ended; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<(Timestamp, Closure)>,
    /// Its earlier ends, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reopened: Vec<Reopening>,
    /// Every merchant. They are rows of their own in the store: an incident as it stands in a list
    /// has none.
    #[serde(default, skip_serializing)]
    pub merchants: AffectedMerchants,
    /// How many distinct merchants count.
    pub distinct: u32,
    /// How many tickets it has.
    pub tickets: u32,
    /// The newest tickets, newest last, at most 20: what a diagnosis reads.
    pub sample: Vec<TicketId>,
    /// Tickets by migration stage.
    pub stages: BTreeMap<String, u32>,
    /// The worst severity reported.
    pub severity: Severity,
    /// Failed checkouts reported, in all.
    pub checkout_failures: u64,
    /// Customers reported, in all.
    pub affected_customers: u64,
    /// How often a diagnosis was asked for.
    pub asked: u32,
    /// How many tickets it had when one was last asked for.
    pub asked_tickets: u32,
    /// The newest diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
    /// How the diagnosis turned out, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judgement>,
    /// Every plan made for it, oldest first.
    pub plans: Vec<PlanId>,
    /// Every action that was planned for it.
    pub actions: BTreeSet<ActionName>,
    /// Actions that a person rejected for it.
    pub rejected: BTreeSet<ActionName>,
    /// Actions that the rules chose and that cannot be used as configured, and why: said once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unusable: BTreeMap<ActionName, String>,
    /// The newest answer to "did it help?", in words, with its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<(Timestamp, Outcome, String)>,
    /// How the newest try of an action went that had steps, where that says something about the next.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tried: BTreeMap<ActionName, Tried>,
    /// Fixes that did not help it. What stops automation is counted for the pattern.
    #[serde(default)]
    pub ineffective: u32,
}

/// The answer to "did it help?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The trouble is gone where it was treated.
    Healed,
    /// It goes on as before.
    NoDifference,
    /// More of it than before.
    Worse,
    /// The numbers do not carry an answer yet.
    CannotTellYet,
}

impl Outcome {
    /// In words, for a person.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Healed => "healed",
            Self::NoDifference => "no difference",
            Self::Worse => "worse",
            Self::CannotTellYet => "cannot tell yet",
        }
    }
}

/// A ticket outside any incident, answered alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// `CASE-7`.
    pub id: CaseId,
    /// Its ticket.
    pub ticket: TicketId,
    /// The ticket's title.
    pub title: String,
    /// The ticket's pattern, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<PatternId>,
    /// Whether its ticket was the first of that pattern.
    #[serde(default)]
    pub new_pattern: bool,
    /// Its merchant, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// Whether the ticket's merchant is verified.
    pub verified: bool,
    /// The source of a verified ticket, with that source's own id for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<SourceName, String>,
    /// Where the ticket stands, if it was posted on a surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The ticket's severity.
    pub severity: Severity,
    /// The ticket's stage, may be empty.
    pub stage: String,
    /// Failed checkouts the ticket reports.
    pub checkout_failures: u64,
    /// Customers the ticket reports.
    #[serde(default)]
    pub affected_customers: u64,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The diagnosis, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
    /// How the diagnosis turned out, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judgement>,
    /// Every plan made for it.
    pub plans: Vec<PlanId>,
    /// Whether one of them ran: then an edit of its ticket decides nothing anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acted: bool,
    /// The incident that took its ticket over, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<IncidentId>,
}

impl Incident {
    /// Whether work on it goes on.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// This incident as the subject of a plan.
    pub const fn subject(&self) -> SubjectId {
        SubjectId::Incident(self.id)
    }
}
