//! Why a problem happens: diagnosers, and the chain that asks them.
//!
//! The offline diagnoser always answers. A model's answer is checked against the same sources and
//! merged into it: a model can add doubt and explanations, and never loosens anything.

mod broken;
mod rules;
pub mod runbook;

mod names;
mod phrases;
mod reading;
mod retrieve;
mod suspicion;
mod text;
mod weigh;

pub mod evidence;
pub mod offline;

pub mod prompt;
pub mod provider;
pub mod reply;
mod wire;

pub mod gemini;
pub mod openai;

mod asking;
mod breaker;
pub mod budget;
mod cache;
mod merge;
mod options;

pub mod calibrate;
pub mod chain;

pub use broken::Broken;
pub use options::{GeminiOptions, OpenAiOptions, ReasonOptions, Thinking};

use crate::domain::{Diagnosis, IncidentId, RootCause, Severity, Ticket};

/// Everything a diagnoser may read. Merchants are counted by code, never by a diagnoser.
#[derive(Clone, Debug)]
pub struct Question {
    /// A short name for the problem.
    pub label: String,
    /// The tickets, newest last, at most 20, already redacted.
    pub tickets: Vec<Ticket>,
    /// Distinct merchants, counted by code.
    pub merchants: u32,
    /// Tickets in all.
    pub ticket_count: u32,
    /// The worst severity reported.
    pub severity: Severity,
    /// Closed incidents that may be alike, newest first, at most 50.
    pub past: Vec<PastIncident>,
    /// Whether models may be asked: the pattern is new or has changed materially.
    pub ask_models: bool,
}

impl Question {
    /// The question about a single ticket, outside any incident.
    pub fn about(ticket: Ticket, past: Vec<PastIncident>) -> Self {
        Self {
            label: ticket.title(),
            merchants: u32::from(ticket.merchant.is_some()),
            ticket_count: 1,
            severity: ticket.severity,
            tickets: vec![ticket],
            past,
            ask_models: true,
        }
    }
}

/// A closed incident, as a later diagnosis may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastIncident {
    /// Its id.
    pub id: IncidentId,
    /// Its name and diagnosis in words.
    pub summary: String,
    /// The class it was given.
    pub root_cause: RootCause,
    /// Whether what was done healed it.
    pub healed: bool,
}

/// Answers a question. Never fails: a diagnoser that cannot tell says so.
#[async_trait::async_trait]
pub trait Diagnose: Send + Sync {
    /// The diagnosis; its quotes are checked by the caller's side of this module, not believed.
    async fn diagnose(&self, question: &Question) -> Diagnosis;
}

/// The diagnosis where none came about: nothing is known, nothing rests on it, and the card says
/// why.
pub fn broken_off(why: &str) -> Diagnosis {
    Diagnosis {
        root_cause: RootCause::Unknown,
        reach: crate::domain::Reach::Retrieval,
        verdict: crate::domain::Verdict::Inconclusive,
        confidence: 0,
        grounded: crate::domain::Grounded::default(),
        explanation: why.to_owned(),
        hypotheses: Vec::new(),
        assumptions: Vec::new(),
        dropped: Vec::new(),
        suspicious: Vec::new(),
        disagreement: String::new(),
        contested: false,
        ask_merchant: String::new(),
        priority: Severity::High,
        runbook: None,
        provider: "none".to_owned(),
        model_version: String::new(),
        provider_note: "no diagnosis came about".to_owned(),
        tokens: 0,
        cost_micros: 0,
        prompt_version: String::new(),
        calibrated: None,
        calls: Vec::new(),
    }
}
