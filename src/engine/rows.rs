//! The engine's own rows, beside the domain's.

use super::event::Effect;
use super::handle::Figures;
use crate::decide::ActionHistory;
use crate::domain::{
    ActionName, AffectedMerchant, CaseId, Correction, IncidentId, MerchantId, Origin, PatternId,
    RootCause, SubjectId, Surface, Ticket, TicketId,
};
use crate::reason::calibrate::BINS;
use crate::store::codec::{Row, padded};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A ticket with where it was put.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TicketRow {
    /// The ticket.
    pub ticket: Ticket,
    /// Its pattern.
    pub pattern: Option<PatternId>,
    /// Why it was put there.
    pub reason: String,
    /// What answered it when it came.
    pub subject: Option<SubjectId>,
    /// Where it was posted, if it came from a surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The ticket as it first came, where it was edited since: what the detector read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Box<Ticket>>,
    /// How often it was edited where it was posted, and when last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<(u32, Timestamp)>,
    /// When it was deleted where it was posted. It stays, and it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
}

impl TicketRow {
    /// The ticket as the detector read it.
    pub fn first(&self) -> &Ticket {
        self.first.as_deref().unwrap_or(&self.ticket)
    }

    /// How often it was edited.
    pub fn edits(&self) -> u32 {
        self.edited.map_or(0, |(edits, _)| edits)
    }
}

/// Something small that a surface keeps: which message stands for what, what was shown last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteRow {
    /// The surface.
    pub surface: Surface,
    /// Its key there.
    pub key: String,
    /// Its value, as the surface wrote it.
    pub value: String,
}

/// The last number given of each kind, and the totals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CountersRow {
    /// Last ticket.
    pub ticket: u64,
    /// Last incident.
    pub incident: u64,
    /// Last case.
    pub case: u64,
    /// Last plan.
    pub plan: u64,
    /// Last correction.
    #[serde(default)]
    pub correction: u64,
    /// Last decision of the policy.
    #[serde(default)]
    pub decision: u64,
    /// Totals.
    pub figures: Figures,
}

/// Who paused Medic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PauseRow {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// An effect whose end is not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The effect.
    pub effect: Effect,
}

/// Marks an incident, case or plan as live, so that a start reads only what is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LiveRow {
    /// Its id as text.
    pub id: String,
}

/// The ticket under which an identity is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeenRow {
    /// Hexadecimal identity.
    pub identity: String,
    /// The ticket.
    pub ticket: TicketId,
}

/// The tickets that a request brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestRow {
    /// Hexadecimal request key.
    pub request: String,
    /// When it came.
    pub at: Timestamp,
    /// What it brought.
    pub tickets: Vec<TicketId>,
}

/// A merchant of an incident.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AffectedRow {
    /// The incident.
    pub incident: IncidentId,
    /// The merchant.
    pub merchant: MerchantId,
    /// What is known of them there.
    pub affected: AffectedMerchant,
}

/// A ticket's place in an incident.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberRow {
    /// The incident.
    pub incident: IncidentId,
    /// The ticket.
    pub ticket: TicketId,
    /// Its merchant.
    pub merchant: Option<MerchantId>,
    /// When it was reported.
    pub at: Timestamp,
}

/// The incident that took a case over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JoinedRow {
    /// The case.
    pub case: CaseId,
    /// The incident.
    pub incident: IncidentId,
}

/// When an action last reached a merchant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReachRow {
    /// The action.
    pub action: ActionName,
    /// The merchant.
    pub merchant: MerchantId,
    /// When.
    pub at: Timestamp,
}

/// What is remembered of an action: how many of its deliveries began in each of the last 60 minutes,
/// and how it did on each class of problems.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RateRow {
    /// The action.
    pub action: ActionName,
    /// Minutes since 1970 and how many began in each.
    pub minutes: BTreeMap<i64, u32>,
    /// Runs and outcomes by class.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub history: BTreeMap<RootCause, ActionHistory>,
}

/// What models used in one day (UTC).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SpendRow {
    /// `2026-11-25`.
    pub day: String,
    /// Requests.
    pub calls: u64,
    /// Tokens of prompts and answers.
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub cost_micros: u64,
}

/// How a provider's answers of one class turned out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CalibrationRow {
    /// Who answered: `offline`, `gemini`, `openai`.
    pub provider: String,
    /// The class it answered.
    pub root_cause: RootCause,
    /// Right and wrong in each bin of ten points, in half judgements.
    pub bins: [[u32; 2]; BINS],
}

/// Fixes of a pattern that did not help, over all its incidents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FixesRow {
    /// The pattern.
    pub pattern: PatternId,
    /// How many, since the start or since a person let automation go on.
    pub ineffective: u32,
}

/// An incident that is over and comes back if its pattern does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndedRow {
    /// Which.
    pub incident: IncidentId,
    /// When it was closed.
    pub at: Timestamp,
    /// Tickets of its pattern since then, each with the key under which its merchant counts.
    pub since: Vec<(TicketId, String, Timestamp)>,
}

/// A used sign-in link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkRow {
    /// Its id.
    pub link: String,
    /// When it was used.
    pub at: Timestamp,
}

/// What a person said about patterns, and where it stands among the tickets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CorrectionRow {
    /// Which; corrections are numbered from 1.
    pub number: u64,
    /// The last ticket before it.
    pub after: u64,
    /// What was said.
    pub correction: Correction,
    /// The pattern that went on, or the new one.
    pub result: PatternId,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Where a ticket is that was split off the pattern it was put into.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MovedRow {
    /// Which.
    pub ticket: TicketId,
    /// The pattern that was made of it and others.
    pub into: PatternId,
}

/// The id of a surface's note.
pub fn note_id(surface: Surface, key: &str) -> String {
    format!("{}/{key}", surface.as_str())
}

macro_rules! row {
    ($row:ty, $table:literal, $self:ident => $id:expr) => {
        impl Row for $row {
            const TABLE: &'static str = $table;
            const VERSION: u32 = 1;

            fn id(&$self) -> String {
                $id
            }
        }
    };
}

row!(TicketRow, "ticket", self => padded(self.ticket.id.number()));
row!(CountersRow, "counters", self => "all".to_owned());
row!(PauseRow, "pause", self => "now".to_owned());
row!(OutboxRow, "outbox", self => self.effect.id());
row!(LiveRow, "live", self => self.id.clone());
row!(SeenRow, "seen", self => self.identity.clone());
row!(RequestRow, "request", self => self.request.clone());
row!(MemberRow, "member", self => {
    format!("{}/{}", padded(self.incident.number()), padded(self.ticket.number()))
});
row!(AffectedRow, "affected", self => {
    format!("{}/{}", padded(self.incident.number()), self.merchant)
});
row!(JoinedRow, "joined", self => padded(self.case.number()));
row!(ReachRow, "reach", self => format!("{}/{}", self.action, self.merchant));
row!(RateRow, "rate", self => self.action.to_string());
row!(SpendRow, "spend", self => self.day.clone());
row!(CalibrationRow, "calibration", self => format!("{}/{}", self.provider, self.root_cause));
row!(CorrectionRow, "correction", self => padded(self.number));
row!(MovedRow, "moved", self => padded(self.ticket.number()));
row!(NoteRow, "note", self => note_id(self.surface, &self.key));
row!(FixesRow, "fixes", self => padded(self.pattern.number()));
row!(EndedRow, "ended", self => padded(self.incident.number()));
row!(LinkRow, "link", self => self.link.clone());
