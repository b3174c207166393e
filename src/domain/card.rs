//! The card: what a person sees of an incident or a case, as a value that any surface renders.
//!
//! A surface never adds facts, it only lays them out. Foreign text is marked, so that a surface
//! can make it inert (escape it, clamp it) without guessing which words are ours.

use super::{Ask, EffectiveRisk, PatternId, PersonId, PlanId, Replaced, SubjectId, TicketId};
use jiff::Timestamp;

/// A stretch of text and whose words it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Ours: fixed words, numbers and ids.
    Own(String),
    /// Somebody else's: a ticket's, a merchant's, a model's, a connector's answer.
    Foreign(String),
    /// A name or value to set in a fixed-width face; treated as foreign.
    Code(String),
}

/// A line or paragraph.
pub type Line = Vec<Span>;

/// A line in our own words.
pub fn own(text: impl Into<String>) -> Line {
    vec![Span::Own(text.into())]
}

/// The line as plain text, without marks: for terminals, tests and search.
pub fn plain(line: &Line) -> String {
    line.iter()
        .map(|span| match span {
            Span::Own(text) | Span::Foreign(text) | Span::Code(text) => text.as_str(),
        })
        .collect()
}

/// Where the incident or case stands; decides the card's colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// Being diagnosed.
    Open,
    /// Somebody has to decide.
    Waiting,
    /// Deliveries are under way.
    Acting,
    /// Delivered; whether it helped is being watched.
    Verifying,
    /// Needs a person: something failed, or is worse, or nobody answered.
    Attention,
    /// Closed or answered.
    Done,
}

impl CardState {
    /// In words, for the title.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting for approval",
            Self::Acting => "acting",
            Self::Verifying => "watching whether it helped",
            Self::Attention => "needs a person",
            Self::Done => "done",
        }
    }
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// `Merchants`, `Confidence`.
    pub name: &'static str,
    /// Its value.
    pub value: Line,
}

/// A quote with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// `ticket T-12`.
    pub source: String,
    /// The words; foreign.
    pub text: String,
}

/// What one delivery sends, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Whom it reaches.
    pub target: String,
    /// Of which step it is, in words; empty where the plan has one.
    pub step: String,
    /// One line.
    pub summary: String,
    /// Name and whole value of each part.
    pub parts: Vec<(String, String)>,
    /// Names of the parts that a person may write anew while the plan waits.
    pub editable: Vec<String>,
    /// Where it stands, in words, with the reason where there is one.
    pub state: String,
    /// Whether a person has to say what happened: its outcome is unknown.
    pub unknown: bool,
}

/// A plan on a card: everything an approver has to see before deciding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCard {
    /// The plan.
    pub id: PlanId,
    /// First digits of the digest that a vote from this card binds.
    pub digest_prefix: String,
    /// The action's name.
    pub action: String,
    /// What the action does, in a sentence.
    pub description: String,
    /// Where the plan stands, in words: `waiting for 1 of 2 approvals, expires 09:40`.
    pub status: Line,
    /// Whether Approve and Reject are live.
    pub can_vote: bool,
    /// Which rule decided and why.
    pub decided: String,
    /// Effective risk with reasons.
    pub risk: EffectiveRisk,
    /// Who may approve, in words.
    pub approvers: String,
    /// Who has approved so far.
    pub votes: Vec<String>,
    /// When it expires unanswered.
    pub expires_at: Option<Timestamp>,
    /// Who put it off until when, in words; empty where nobody did.
    pub put_off: String,
    /// The latest time until which the question can be put off; none where it does not wait.
    pub put_off_until: Option<Timestamp>,
    /// Who was asked to decide and when, in order; a surface calls each in a message of its own.
    pub asks: Vec<Ask>,
    /// Who is asked next and when, in words; empty where nobody is.
    pub asked_next: String,
    /// Who has approved so far, by id, so that a surface can offer them to take it back.
    pub voters: Vec<PersonId>,
    /// The plan that it stands in for, with what differs.
    pub replaces: Option<Replaced>,
    /// Whether it can be taken back, in words; of an undo, what it takes back.
    pub undo: String,
    /// Whether a person may ask to have it taken back now.
    pub can_undo: bool,
    /// What waiting costs, in words; may be empty.
    pub waiting_costs: String,
    /// What comes after what, what opens it and what happens if it fails, one line each; empty where
    /// the plan has one step.
    pub steps: Vec<Line>,
    /// How many of its deliveries come first, where it has steps; otherwise all of them.
    pub first: usize,
    /// Exact preview, one a target.
    pub deliveries: Vec<Preview>,
    /// Merchants that are left out and why, in words; foreign, may be empty.
    pub unreached: String,
    /// How many newcomers wait for the next plan.
    pub newcomers: u32,
}

/// One line of a card's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// Number of its audit record.
    pub record: u64,
    /// Who.
    pub actor: String,
    /// What.
    pub text: String,
}

/// The whole card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What it shows.
    pub subject: SubjectId,
    /// Where it stands.
    pub state: CardState,
    /// `INC-4 · WebhookTimeout order.created`.
    pub title: Line,
    /// The alert's sentence, or what the case is about.
    pub summary: Line,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When something last changed.
    pub updated_at: Timestamp,
    /// Merchants, tickets, severity, confidence, verdict and so on, in reading order.
    pub facts: Vec<Fact>,
    /// The diagnosis in a sentence or two; empty while there is none.
    pub diagnosis: Line,
    /// Who answered and who was not asked: `offline rules; no model was asked`.
    pub provider: String,
    /// Standing quotes.
    pub evidence: Vec<Quote>,
    /// What speaks against it, was assumed, or was dropped.
    pub doubts: Vec<Line>,
    /// The other hypotheses, one line each.
    pub alternatives: Vec<Line>,
    /// A sentence a support agent can send now; empty if there is none.
    pub safe_sentence: String,
    /// A question to the merchant whose answer would help most, ready to be sent by a person;
    /// foreign, may be empty.
    pub ask_merchant: String,
    /// The plans, newest first.
    pub plans: Vec<PlanCard>,
    /// The answer to "did it help?", in words; empty while there is none.
    pub outcome: Line,
    /// Its newest tickets, newest first, at most ten.
    pub tickets: Vec<(TicketId, Line)>,
    /// Its history, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Whether there is a cause that a person may say is wrong.
    pub can_doubt: bool,
    /// The pattern whose tickets it holds; none where a ticket had nothing to compare.
    pub pattern: Option<PatternId>,
    /// Whether fixes that did not help have stopped automation, and so whether a person may let it
    /// go on.
    pub can_lift: bool,
    /// Whether it is still open, and so whether a person may close it.
    pub can_close: bool,
}
