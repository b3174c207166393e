//! Effects whose turn has come, and the diagnosis that one of them brings back.

use super::{Start, Step, map};
use crate::domain::{Actor, Diagnosis, IncidentId, Reach, SubjectId};
use crate::engine::event::{Effect, Reply};
use crate::observe::redact::redact;
use serde_json::json;

impl Step<'_> {
    /// Begins an effect, if it is still wanted.
    pub(super) fn effect_due(&mut self, effect: Effect) -> Reply {
        if !self.state.wants(&effect) {
            return Reply::Nothing;
        }
        match effect {
            Effect::Diagnose { subject, revision } => self.begin_diagnosis(subject, revision),
            Effect::Deliver { plan, index } => self.begin_delivery(plan, index),
            Effect::Measure { plan } => {
                if let Some(live) = self.state.plan(plan) {
                    let subject = live.plan.subject;
                    let (probes, not_asked) = self.probes_of(plan);
                    self.out.starts.push(Start::Measure {
                        plan,
                        subject,
                        probes,
                        not_asked,
                    });
                } else {
                    self.state.end_effect(&Effect::Measure { plan });
                }
            }
        }
        Reply::Nothing
    }

    fn begin_diagnosis(&mut self, subject: SubjectId, revision: u32) {
        let found = match subject {
            SubjectId::Incident(id) => self.state.incident(id).map(|incident| {
                (
                    incident.sample.clone(),
                    incident.label.clone(),
                    incident.distinct,
                    incident.tickets,
                    incident.severity,
                    true,
                )
            }),
            SubjectId::Case(id) => self.state.case(id).map(|case| {
                (
                    vec![case.ticket],
                    case.title.clone(),
                    u32::from(case.merchant.is_some()),
                    1,
                    case.severity,
                    case.new_pattern,
                )
            }),
        };
        let Some((tickets, label, merchants, ticket_count, severity, ask_models)) = found else {
            self.state
                .end_effect(&Effect::Diagnose { subject, revision });
            return;
        };
        self.out.starts.push(Start::Diagnose {
            subject,
            revision,
            tickets,
            question: Box::new(crate::reason::Question {
                label,
                tickets: Vec::new(),
                merchants,
                ticket_count,
                severity,
                past: Vec::new(),
                ask_models,
            }),
        });
    }

    /// Every request to a model, for `medic stats cost`: who was asked, and what it took.
    fn bill(&mut self, subject: SubjectId, found: &Diagnosis) {
        if found.calls.is_empty() {
            return;
        }
        for call in &found.calls {
            self.state.spend(self.now, call);
        }
        let calls: Vec<_> = found
            .calls
            .iter()
            .map(|call| {
                json!({
                    "provider": call.provider,
                    "model": call.model,
                    "model_version": call.model_version,
                    "answered": call.outcome == "answered",
                    "prompt_tokens": call.prompt_tokens,
                    "output_tokens": call.output_tokens,
                    "cost_micros": call.cost_micros,
                })
            })
            .collect();
        let record = self.record(
            Actor::Medic,
            "models.asked",
            format!(
                "{subject}: {} to models",
                super::counted(found.calls.len() as u64, "request")
            ),
        );
        record.subject = Some(subject);
        record.result = map([("calls", json!(calls))]);
    }

    /// Asks for a diagnosis of a new incident, and again whenever its tickets have doubled: that is
    /// a material change, and deserves a second look and a model's; every single ticket does not.
    pub(super) fn ask_again(&mut self, id: IncidentId) {
        let Some(incident) = self.state.incident_mut(id) else {
            return;
        };
        if incident.tickets < incident.asked_tickets.saturating_mul(2) {
            return;
        }
        incident.asked += 1;
        incident.asked_tickets = incident.tickets;
        let revision = incident.asked;
        self.state.counters_mut().figures.pattern_changes += 1;
        self.begin(Effect::Diagnose {
            subject: SubjectId::Incident(id),
            revision,
        });
    }

    /// Stores a diagnosis and decides what follows from it.
    pub(super) fn diagnosed(
        &mut self,
        subject: SubjectId,
        revision: u32,
        diagnosis: Diagnosis,
    ) -> Reply {
        // What it cost is owed, whether or not it is still wanted.
        self.bill(subject, &diagnosis);
        let mut diagnosis = without_secrets(diagnosis);
        let effect = Effect::Diagnose { subject, revision };
        if !self.state.wants(&effect) {
            return Reply::Nothing;
        }
        self.state.end_effect(&effect);
        diagnosis.calibrated = self.state.worth(&diagnosis);
        let now = self.now;
        let before = match subject {
            SubjectId::Incident(id) => {
                let Some(incident) = self.state.incident_mut(id) else {
                    return Reply::Nothing;
                };
                incident.updated_at = now;
                incident.diagnosis.replace(diagnosis.clone())
            }
            SubjectId::Case(id) => {
                let Some(case) = self.state.case_mut(id) else {
                    return Reply::Nothing;
                };
                case.diagnosis.replace(diagnosis.clone())
            }
        };
        let record = self.record(
            Actor::Medic,
            "diagnosis.made",
            format!(
                "{subject}: {}, {}, {} of 100",
                diagnosis.root_cause.in_words(),
                diagnosis.verdict,
                diagnosis.confidence
            ),
        );
        record.subject = Some(subject);
        record.why = map([
            ("provider", json!(diagnosis.provider)),
            ("model_version", json!(diagnosis.model_version)),
            ("prompt_version", json!(diagnosis.prompt_version)),
            ("reach", json!(diagnosis.reach)),
            ("runbook", json!(diagnosis.runbook)),
            ("evidence", json!(evidence_digests(&diagnosis))),
        ]);
        record.result = map([
            ("root_cause", json!(diagnosis.root_cause)),
            ("verdict", json!(diagnosis.verdict)),
            ("confidence", json!(diagnosis.confidence)),
        ]);
        self.touch(subject);
        if !before.is_some_and(|before| before.says_the_same(&diagnosis)) {
            self.decide(subject);
        }
        Reply::Nothing
    }
}

/// A model's own words, redacted like any text that is stored: it may have put an address together
/// that no ticket spells out. Quotes stand in texts that are redacted already.
fn without_secrets(mut found: Diagnosis) -> Diagnosis {
    if found.calls.is_empty() && found.reach != Reach::Model {
        return found;
    }
    let clean = |text: &mut String| *text = redact(text).text;
    [&mut found.explanation, &mut found.ask_merchant]
        .into_iter()
        .for_each(clean);
    found.assumptions.iter_mut().for_each(clean);
    for one in &mut found.hypotheses {
        clean(&mut one.explanation);
        clean(&mut one.would_tell);
        one.against.iter_mut().for_each(clean);
    }
    found
}

/// What the diagnosis rests on: each source, with the digest of the quote rather than its words.
fn evidence_digests(diagnosis: &Diagnosis) -> Vec<serde_json::Value> {
    diagnosis
        .leading()
        .map(|best| {
            best.evidence
                .iter()
                .map(|evidence| {
                    json!({
                        "source": evidence.source.to_string(),
                        "quote": crate::domain::Digest::of(&evidence.quote),
                    })
                })
                .collect()
        })
        .unwrap_or_default()
}
