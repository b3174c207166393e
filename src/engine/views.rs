//! What surfaces are shown, as plain values.

use crate::domain::card::CardState;
use crate::domain::{
    CaseId, IncidentId, Language, MerchantId, Origin, PatternId, PlanId, Risk, RootCause, Severity,
    SubjectId, Ticket, TicketId, WorkspaceId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something changed that a surface may want to show anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// What.
    pub topic: Topic,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Tickets came in.
    Tickets,
    /// An incident or case, or a plan of it, changed.
    Subject(SubjectId),
    /// Medic was paused or resumed.
    Pause,
}

/// Who paused Medic, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseView {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// One line of the list of incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentRow {
    /// Which.
    pub id: IncidentId,
    /// Its name; foreign words.
    pub label: String,
    /// Where it stands.
    pub state: CardState,
    /// Distinct merchants.
    pub merchants: u32,
    /// Tickets in all.
    pub tickets: u32,
    /// Worst severity reported.
    pub severity: Severity,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed, if it was.
    pub closed_at: Option<Timestamp>,
    /// The diagnosis in short: `webhook configuration, LIKELY 82`; empty while there is none.
    pub diagnosis: String,
    /// How many plans wait for a person.
    pub waiting: u32,
}

/// One line of the list of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Which.
    pub id: CaseId,
    /// Its ticket.
    pub ticket: TicketId,
    /// The ticket's title; foreign words.
    pub title: String,
    /// Its merchant.
    pub merchant: Option<MerchantId>,
    /// What was decided, in words.
    pub decided: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How many plans wait for a person.
    pub waiting: u32,
}

/// What waits for a person: a plan to decide, or a delivery whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// The incident or case.
    pub subject: SubjectId,
    /// The plan.
    pub plan: PlanId,
    /// Its action.
    pub action: String,
    /// What is wanted, in words: `approval (high): on-call`, `say whether delivery 3 arrived`.
    pub wanted: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, if it expires.
    pub expires_at: Option<Timestamp>,
    /// What each hour of waiting costs, in words; empty where nothing was counted.
    pub cost: String,
}

/// What changed behind a record: a surface that knows how far it has looked asks for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Incidents and cases that changed.
    pub subjects: BTreeSet<SubjectId>,
    /// The last record that was looked at; ask from here on.
    pub upto: u64,
    /// Whether there may be more behind it.
    pub more: bool,
}

/// A plan that waits and could be approved together with others like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlikeRow {
    /// The plan.
    pub plan: PlanId,
    /// What it is for.
    pub subject: SubjectId,
    /// What that is called; foreign words.
    pub label: String,
    /// What a vote on it has to present.
    pub digest_prefix: String,
    /// Whom it reaches and what each is sent, one line a target.
    pub targets: Vec<String>,
    /// Until when it waits.
    pub expires_at: Option<Timestamp>,
}

/// Plans that wait and are alike, to be approved together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlikeGroup {
    /// One of them; the rest is found by it.
    pub plan: PlanId,
    /// Their action.
    pub action: String,
    /// The cause that they are for.
    pub cause: RootCause,
    /// Their risk.
    pub risk: Risk,
    /// How many there are.
    pub count: usize,
}

/// The figures on top of the console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Tickets taken.
    pub tickets: u64,
    /// Repeats dropped.
    pub duplicates: u64,
    /// Patterns seen.
    pub patterns: u64,
    /// How often a pattern changed materially: it became an incident, or its tickets doubled.
    #[serde(default)]
    pub pattern_changes: u64,
    /// Requests to models.
    #[serde(default)]
    pub model_calls: u64,
    /// Incidents opened.
    pub incidents: u64,
    /// Cases opened.
    pub cases: u64,
    /// Decisions: auto, ask, refuse.
    pub decisions: [u64; 3],
    /// Plans whose execution began.
    pub executions: u64,
    /// Deliveries confirmed.
    pub deliveries: u64,
    /// Verified outcomes: healed, no difference, worse, cannot tell.
    pub outcomes: [u64; 4],
}

/// The front page.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the engine's clock says.
    pub now: Timestamp,
    /// Whether and why everything is paused.
    pub paused: Option<PauseView>,
    /// Totals.
    pub figures: Figures,
    /// What waits for a person, at most 100: incidents before cases, each group oldest first.
    pub waiting: Vec<WaitingRow>,
    /// How much waits in all.
    pub waiting_count: usize,
    /// How many incidents are open in all.
    pub open_count: usize,
    /// Open incidents, newest first, at most 50.
    pub open: Vec<IncidentRow>,
}

/// A ticket with where it was put and why.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// Its pattern.
    pub pattern: Option<PatternId>,
    /// Why it was put there.
    pub reason: String,
    /// The incident or case that answers it.
    pub subject: Option<SubjectId>,
    /// Where it was posted, if it came from a surface.
    pub origin: Option<Origin>,
    /// In which language it is written; English where that is not certain.
    pub language: Language,
    /// When it was last edited there.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted there.
    pub withdrawn_at: Option<Timestamp>,
}

/// Which records are wanted; absent parts match all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordQuery {
    /// Start of the dotted kind: `plan`, `delivery.`.
    pub kind: Option<String>,
    /// An id as text: `INC-4`, `CASE-2`, `PLAN-9`, `T-31`.
    pub about: Option<String>,
    /// Only records before this number; none starts at the newest.
    pub before: Option<u64>,
    /// Only records behind this number.
    pub after: Option<u64>,
}
