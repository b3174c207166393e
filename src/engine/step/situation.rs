//! Everything about an incident or a case that a decision looks at, gathered in one place.

use super::Step;
use crate::decide::{ActionHistory, PolicyContext};
use crate::domain::{
    ActionName, CohortLift, Diagnosis, Digest, Language, MerchantId, Origin, Reach, RootCause,
    Severity, SourceName, SubjectId, Tried,
};
use crate::engine::card::costs::checkouts_per_hour;
use std::collections::{BTreeMap, BTreeSet};

/// Everything about a subject that a decision looks at.
pub(super) struct Situation {
    pub subject: SubjectId,
    pub diagnosis: Diagnosis,
    /// Merchants that may be treated: not treated yet, with whether they are verified.
    pub merchants: BTreeMap<MerchantId, bool>,
    /// Where each of them can be answered: their newest verified ticket at each source.
    pub reported: BTreeMap<MerchantId, BTreeMap<SourceName, String>>,
    /// Where the newest ticket of each stands that was posted on a surface.
    pub origins: BTreeMap<MerchantId, Origin>,
    /// In which language the newest ticket of each is written.
    pub languages: BTreeMap<MerchantId, Language>,
    pub distinct: u32,
    pub tickets: u32,
    pub severity: Severity,
    pub stage: String,
    pub checkout_failures: u64,
    pub affected_customers: u64,
    pub ineffective: u32,
    /// Merchants that each action has reached for this subject already.
    pub reached: BTreeMap<ActionName, BTreeSet<MerchantId>>,
    pub label: String,
    /// How many tickets each merchant wrote.
    pub wrote: BTreeMap<MerchantId, u32>,
    /// How actions went that were carried out in steps.
    pub tried: BTreeMap<ActionName, Tried>,
    pub planned: BTreeSet<ActionName>,
    pub rejected: BTreeSet<ActionName>,
    /// Actions that cannot be used, and why, as the card says already.
    pub unusable: BTreeMap<ActionName, String>,
    pub failures_per_hour: u64,
    /// The cohort in which the surge is concentrated, if it is in any.
    pub cohort: Option<CohortLift>,
    /// How each action has done, on the class as it stands and on the one without a model.
    pub history: [BTreeMap<ActionName, ActionHistory>; 2],
}

impl Step<'_> {
    pub(super) fn situation(&self, subject: SubjectId) -> Option<Situation> {
        let planned = self
            .state
            .plans_of(subject)
            .filter(|live| !live.plan.state.is_final() || live.plan.verify_at.is_some())
            .map(|live| live.plan.action.clone());
        match subject {
            SubjectId::Incident(id) => {
                let incident = self.state.incident(id)?;
                let diagnosis = incident.diagnosis.as_ref()?;
                Some(Situation {
                    failures_per_hour: checkouts_per_hour(incident, self.now),
                    cohort: incident.cohort.clone(),
                    history: self.history(diagnosis),
                    subject,
                    diagnosis: diagnosis.clone(),
                    merchants: incident
                        .merchants
                        .iter()
                        .filter(|(_, affected)| affected.treated_at.is_none())
                        .map(|(merchant, affected)| (merchant.clone(), affected.verified))
                        .collect(),
                    reported: incident
                        .merchants
                        .iter()
                        .map(|(merchant, affected)| (merchant.clone(), affected.reported.clone()))
                        .collect(),
                    origins: incident
                        .merchants
                        .iter()
                        .filter_map(|(merchant, affected)| {
                            Some((merchant.clone(), affected.origin.clone()?))
                        })
                        .collect(),
                    languages: incident
                        .merchants
                        .iter()
                        .map(|(merchant, affected)| (merchant.clone(), affected.language.clone()))
                        .collect(),
                    distinct: incident.distinct,
                    tickets: incident.tickets,
                    severity: incident.severity,
                    stage: commonest(&incident.stages),
                    checkout_failures: incident.checkout_failures,
                    affected_customers: incident.affected_customers,
                    ineffective: self.state.ineffective(incident.pattern),
                    reached: incident.merchants.reached(),
                    label: incident.label.clone(),
                    wrote: incident
                        .merchants
                        .iter()
                        .map(|(merchant, affected)| (merchant.clone(), affected.tickets))
                        .collect(),
                    tried: incident.tried.clone(),
                    planned: planned.chain(incident.actions.iter().cloned()).collect(),
                    rejected: incident.rejected.clone(),
                    unusable: incident.unusable.clone(),
                })
            }
            SubjectId::Case(id) => {
                let case = self.state.case(id)?;
                let diagnosis = case.diagnosis.as_ref()?;
                Some(Situation {
                    failures_per_hour: case.checkout_failures,
                    cohort: None,
                    history: self.history(diagnosis),
                    subject,
                    diagnosis: diagnosis.clone(),
                    merchants: case
                        .merchant
                        .iter()
                        .map(|merchant| (merchant.clone(), case.verified))
                        .collect(),
                    reported: case
                        .merchant
                        .iter()
                        .map(|merchant| (merchant.clone(), case.reported.clone()))
                        .collect(),
                    origins: case
                        .merchant
                        .clone()
                        .zip(case.origin.clone())
                        .into_iter()
                        .collect(),
                    languages: BTreeMap::new(),
                    distinct: u32::from(case.merchant.is_some()),
                    tickets: 1,
                    severity: case.severity,
                    stage: case.stage.clone(),
                    checkout_failures: case.checkout_failures,
                    affected_customers: case.affected_customers,
                    ineffective: case.pattern.map_or(0, |pattern| {
                        let pattern = self.state.detector.resolve(pattern);
                        self.state.ineffective(pattern)
                    }),
                    reached: BTreeMap::new(),
                    label: case.title.clone(),
                    wrote: BTreeMap::new(),
                    tried: BTreeMap::new(),
                    planned: planned.collect(),
                    rejected: BTreeSet::new(),
                    unusable: BTreeMap::new(),
                })
            }
        }
    }

    fn history(&self, found: &Diagnosis) -> [BTreeMap<ActionName, ActionHistory>; 2] {
        [found.root_cause, found.grounded.root_cause].map(|class| self.state.history_on(class))
    }

    /// The class of a subject's problem, for the history of what is done about it.
    pub(super) fn class_of(&self, subject: SubjectId) -> Option<RootCause> {
        let diagnosis = match subject {
            SubjectId::Incident(id) => self.state.incident(id)?.diagnosis.as_ref(),
            SubjectId::Case(id) => self.state.case(id)?.diagnosis.as_ref(),
        };
        diagnosis.map(|found| found.root_cause)
    }
}

impl Situation {
    /// How this very action went when it was last carried out in steps: with this template, and with
    /// the runbook that applies now.
    pub fn tried(&self, action: &ActionName, template: Digest) -> Option<&Tried> {
        self.tried
            .get(action)
            .filter(|tried| tried.template == template)
            .filter(|tried| tried.runbook == self.diagnosis.runbook)
    }

    /// What the policy sees. With `grounded`, class, confidence and verdict are those that code which is no
    /// model reached.
    pub fn context(&self, hour: u8, grounded: bool) -> PolicyContext {
        let found = &self.diagnosis;
        let own = found.grounded;
        let (root_cause, confidence, verdict) = if grounded {
            (own.root_cause, own.confidence, own.verdict)
        } else {
            (found.root_cause, found.confidence, found.verdict)
        };
        let chosen_by_model = grounded && found.reach == Reach::Model;
        let cohort = self.cohort.as_ref();
        PolicyContext {
            is_incident: matches!(self.subject, SubjectId::Incident(_)),
            merchants: self.distinct,
            tickets: self.tickets,
            root_cause,
            confidence,
            verdict,
            severity: self.severity,
            migration_stage: self.stage.clone(),
            checkout_failures: self.checkout_failures,
            affected_customers: self.affected_customers,
            has_runbook: found.runbook.is_some() && !chosen_by_model,
            ineffective_fixes: self.ineffective,
            hour,
            failures_per_hour: self.failures_per_hour,
            cohort: cohort.map_or(String::new(), |lift| lift.cohort.clone()),
            cohort_lift_percent: cohort.map_or(0, |lift| lift.percent),
            cohort_lift_low_percent: cohort.map_or(0, |lift| lift.low_percent),
            cohort_explained_by_mix: cohort.is_some_and(|lift| lift.explained_by_mix),
            history: self.history[usize::from(grounded)].clone(),
        }
    }
}

/// The stage most tickets name; of several the first by name.
fn commonest(stages: &BTreeMap<String, u32>) -> String {
    let most = stages.values().max().copied().unwrap_or(0);
    stages
        .iter()
        .find(|(_, count)| **count == most)
        .map(|(stage, _)| stage.clone())
        .unwrap_or_default()
}
