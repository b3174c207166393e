//! What a rule's condition may speak of.

use crate::domain::{ActionName, RootCause, Severity, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The facts a policy decides on. Merchants and tickets are counted by code; the class and the
/// confidence are a diagnosis's, and what rests on a model alone never gives an auto (see
/// [`super::decide_guarded`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyContext {
    /// Whether it is about an incident (many tickets) and not a single case.
    pub is_incident: bool,
    /// Distinct merchants hit; 0 where the ticket of a case names none.
    pub merchants: u32,
    /// Tickets in all.
    pub tickets: u32,
    /// Class of the cause.
    pub root_cause: RootCause,
    /// 0–100.
    pub confidence: u8,
    /// How far the evidence carries.
    pub verdict: Verdict,
    /// The worst severity reported.
    pub severity: Severity,
    /// The stage most tickets name, as the source writes it; may be empty.
    pub migration_stage: String,
    /// Failed checkouts reported, in all.
    pub checkout_failures: u64,
    /// Customers reported, in all.
    pub affected_customers: u64,
    /// Whether a runbook applies.
    pub has_runbook: bool,
    /// Fixes for this problem that made no difference, or made it worse.
    pub ineffective_fixes: u32,
    /// Hour of the day in UTC, 0–23.
    pub hour: u8,
    /// Failed checkouts an hour, since it was opened; of a case, what its ticket reports.
    #[serde(default)]
    pub failures_per_hour: u64,
    /// The cohort in which the surge was concentrated when it alerted: a migration stage, or an
    /// attribute and its value; empty where it was in none, and for a case.
    #[serde(default)]
    pub cohort: String,
    /// How often that cohort is hit for each time that its size explains, in percent; 0 where the
    /// surge is concentrated in none, and for a case.
    #[serde(default)]
    pub cohort_lift_percent: u32,
    /// The lower end of its 95 % interval, in percent; 0 likewise.
    #[serde(default)]
    pub cohort_lift_low_percent: u32,
    /// Whether the mix of the merchants who wrote in that time explains it.
    #[serde(default)]
    pub cohort_explained_by_mix: bool,
    /// What became of each action on problems of this class, as far as it was ever carried out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub history: BTreeMap<ActionName, ActionHistory>,
}

/// How an action has done on problems of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionHistory {
    /// Plans of it that ran.
    pub runs: u32,
    /// Of those, how many were verified to the end.
    pub verified: u32,
    /// Of those, how many were found healed.
    pub healed: u32,
}

impl ActionHistory {
    /// Of a hundred that were verified, how many healed; 0 where none was verified.
    pub fn healed_percent(self) -> u32 {
        self.healed
            .saturating_mul(100)
            .checked_div(self.verified)
            .unwrap_or(0)
    }
}

/// The type of a variable, as a condition sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableType {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Number,
    /// Any text.
    Text,
    /// One of a closed list of words; comparing it with another word is an error at load.
    Word(&'static [&'static str]),
}

/// A name that a condition may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: VariableType,
    /// What it is, for a person who writes a rule.
    pub about: &'static str,
}

const ROOT_CAUSES: [&str; 7] = [
    RootCause::WebhookConfiguration.as_str(),
    RootCause::PlatformBug.as_str(),
    RootCause::MigrationIssue.as_str(),
    RootCause::DocumentationGap.as_str(),
    RootCause::MerchantConfiguration.as_str(),
    RootCause::ThirdPartyOutage.as_str(),
    RootCause::Unknown.as_str(),
];
const VERDICTS: [&str; 3] = [
    Verdict::Inconclusive.as_str(),
    Verdict::Likely.as_str(),
    Verdict::Confirmed.as_str(),
];
const SEVERITIES: [&str; 4] = [
    Severity::Low.as_str(),
    Severity::Medium.as_str(),
    Severity::High.as_str(),
    Severity::Critical.as_str(),
];

/// Every name that a condition may use.
pub const VARIABLES: [Variable; 20] = [
    variable(
        "is_incident",
        VariableType::Bool,
        "an incident, not a single case",
    ),
    variable(
        "merchants",
        VariableType::Number,
        "distinct merchants hit, counted by code",
    ),
    variable("tickets", VariableType::Number, "tickets in all"),
    variable(
        "root_cause",
        VariableType::Word(&ROOT_CAUSES),
        "class of the cause",
    ),
    variable("confidence", VariableType::Number, "0 to 100"),
    variable(
        "verdict",
        VariableType::Word(&VERDICTS),
        "how far the evidence carries",
    ),
    variable(
        "severity",
        VariableType::Word(&SEVERITIES),
        "the worst severity reported",
    ),
    variable(
        "migration_stage",
        VariableType::Text,
        "the stage most tickets name, may be empty",
    ),
    variable(
        "checkout_failures",
        VariableType::Number,
        "failed checkouts reported, in all",
    ),
    variable(
        "affected_customers",
        VariableType::Number,
        "customers reported, in all",
    ),
    variable(
        "has_runbook",
        VariableType::Bool,
        "whether a runbook applies",
    ),
    variable(
        "ineffective_fixes",
        VariableType::Number,
        "fixes for this problem that did not help",
    ),
    variable(
        "hour",
        VariableType::Number,
        "hour of the day in UTC, 0 to 23",
    ),
    variable(
        "failures_per_hour",
        VariableType::Number,
        "failed checkouts an hour since it was opened",
    ),
    variable(
        "cohort",
        VariableType::Text,
        "the cohort in which the surge is concentrated, empty where it is in none",
    ),
    variable(
        "cohort_lift_percent",
        VariableType::Number,
        "how often that cohort is hit for each time that its size explains, in percent; 0 without",
    ),
    variable(
        "cohort_lift_low_percent",
        VariableType::Number,
        "the lower end of its 95 % interval; 0 without a cohort",
    ),
    variable(
        "cohort_explained_by_mix",
        VariableType::Bool,
        "whether the mix of merchants who wrote explains it",
    ),
    variable(
        ACTION_RUNS,
        VariableType::Number,
        "how often the rule's action ran on this class before",
    ),
    variable(
        ACTION_HEALED,
        VariableType::Number,
        "of a hundred of those that were verified, how many healed; 0 where none was",
    ),
];

/// What the rule's own action has done: differs from rule to rule.
const ACTION_RUNS: &str = "action_runs";
const ACTION_HEALED: &str = "action_healed_percent";

const fn variable(name: &'static str, kind: VariableType, about: &'static str) -> Variable {
    Variable { name, kind, about }
}

impl PolicyContext {
    /// The value of the variable with this name.
    pub(super) fn value(&self, name: &str) -> Option<cel::Value> {
        Some(match name {
            "is_incident" => self.is_incident.into(),
            "merchants" => number(self.merchants),
            "tickets" => number(self.tickets),
            "root_cause" => self.root_cause.as_str().into(),
            "confidence" => number(self.confidence),
            "verdict" => self.verdict.as_str().into(),
            "severity" => self.severity.as_str().into(),
            "migration_stage" => self.migration_stage.as_str().into(),
            "checkout_failures" => number(self.checkout_failures),
            "affected_customers" => number(self.affected_customers),
            "has_runbook" => self.has_runbook.into(),
            "ineffective_fixes" => number(self.ineffective_fixes),
            "hour" => number(self.hour),
            "failures_per_hour" => number(self.failures_per_hour),
            "cohort" => self.cohort.as_str().into(),
            "cohort_lift_percent" => number(self.cohort_lift_percent),
            "cohort_lift_low_percent" => number(self.cohort_lift_low_percent),
            "cohort_explained_by_mix" => self.cohort_explained_by_mix.into(),
            _ => return None,
        })
    }

    /// The values that differ from action to action, by name.
    pub(super) fn values_of(&self, action: &ActionName) -> [(&'static str, cel::Value); 2] {
        let history = self.history.get(action).copied().unwrap_or_default();
        [
            (ACTION_RUNS, number(history.runs)),
            (ACTION_HEALED, number(history.healed_percent())),
        ]
    }

    /// A situation in which nothing is known and nothing has happened.
    pub fn nothing() -> Self {
        Self {
            is_incident: false,
            merchants: 0,
            tickets: 0,
            root_cause: RootCause::Unknown,
            confidence: 0,
            verdict: Verdict::Inconclusive,
            severity: Severity::Low,
            migration_stage: String::new(),
            checkout_failures: 0,
            affected_customers: 0,
            has_runbook: false,
            ineffective_fixes: 0,
            hour: 0,
            failures_per_hour: 0,
            cohort: String::new(),
            cohort_lift_percent: 0,
            cohort_lift_low_percent: 0,
            cohort_explained_by_mix: false,
            history: BTreeMap::new(),
        }
    }

    /// Contexts of every class, verdict and severity, small and large: each condition is tried on
    /// all of them when the config is read.
    pub(super) fn samples() -> Vec<Self> {
        let mut samples = Vec::new();
        for root_cause in RootCause::ALL {
            for verdict in [Verdict::Inconclusive, Verdict::Likely, Verdict::Confirmed] {
                for severity in [
                    Severity::Low,
                    Severity::Medium,
                    Severity::High,
                    Severity::Critical,
                ] {
                    samples.push(Self::sample(root_cause, verdict, severity, false));
                    samples.push(Self::sample(root_cause, verdict, severity, true));
                }
            }
        }
        samples
    }

    /// The action whose history the samples hold.
    pub(super) fn sample_action() -> ActionName {
        ActionName::new("sample")
    }

    fn sample(root_cause: RootCause, verdict: Verdict, severity: Severity, large: bool) -> Self {
        let pick = |small: u32, big: u32| if large { big } else { small };
        Self {
            is_incident: large,
            merchants: pick(1, 30),
            tickets: pick(1, 200),
            root_cause,
            confidence: if large { 95 } else { 20 },
            verdict,
            severity,
            migration_stage: if large { "post_migration" } else { "" }.to_owned(),
            checkout_failures: pick(0, 5000).into(),
            affected_customers: pick(0, 100_000).into(),
            has_runbook: large,
            ineffective_fixes: pick(0, 2),
            hour: if large { 23 } else { 0 },
            failures_per_hour: pick(0, 900).into(),
            cohort: if large { "post_migration" } else { "" }.to_owned(),
            cohort_lift_percent: pick(0, 320),
            cohort_lift_low_percent: pick(0, 180),
            cohort_explained_by_mix: large,
            history: BTreeMap::from([(
                Self::sample_action(),
                ActionHistory {
                    runs: pick(0, 40),
                    verified: pick(0, 30),
                    healed: pick(0, 20),
                },
            )]),
        }
    }
}

/// CEL's numbers have 64 bits with a sign; a count beyond that is as large as one can be.
fn number(count: impl TryInto<i64>) -> cel::Value {
    cel::Value::Int(count.try_into().unwrap_or(i64::MAX))
}
