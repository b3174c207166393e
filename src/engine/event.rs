//! Everything that can happen, and everything the engine may have done outside: two closed enums.

use super::handle::{Note, TicketChange};
use super::rows::TicketRow;
use crate::act::DeliveryOutcome;
use crate::domain::{
    ActionName, Case, Correction, Delivery, Diagnosis, Digest, Incident, Outcome, PatternId,
    Person, PersonId, Plan, PlanId, Problem, RootCause, SourceName, SubjectId, Surface, Target,
    Ticket, TicketId,
};
use crate::observe::intake::TicketDraft;
use crate::verify::Observed;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use crate::decide::Ballot;

/// A person's word on a delivery whose outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It arrived.
    Delivered,
    /// It did not arrive; nothing is repeated by itself.
    NotDelivered,
}

/// What a person may want about a plan that waits, beside voting on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanWish {
    /// Take back their approval.
    Withdraw,
    /// Be asked again at this time.
    Snooze {
        /// When.
        until: Timestamp,
    },
    /// Send something else: a new plan that this person asks for.
    Edit {
        /// The digest prefix their card carried.
        prefix: String,
        /// What is written anew.
        edits: Vec<PartEdit>,
        /// Deliveries that are left out, by their place.
        without: BTreeSet<u32>,
    },
}

/// Why a cause is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// In the person's words.
    pub words: String,
    /// What it is, if they know.
    pub instead: Option<RootCause>,
}

/// One part of one delivery, written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEdit {
    /// Which delivery, by its place.
    pub index: u32,
    /// Which part.
    pub part: String,
    /// Its whole new value.
    pub value: String,
}

/// A ticket as intake left it, with the answer to "was it here before?" that the loop looked up.
#[derive(Clone)]
pub struct Arrival {
    /// The ticket, or what is wrong with it.
    pub draft: Result<TicketDraft, Problem>,
    /// The number under which it is already stored.
    pub known: Option<TicketId>,
}

/// An incident or case as the store holds it.
#[derive(Clone)]
pub enum Found {
    /// An incident.
    Incident(Box<Incident>),
    /// A case.
    Case(Box<Case>),
}

/// A probe that found something broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FailedProbe {
    /// The probe's name.
    pub name: String,
    /// What was read.
    pub url: String,
    /// What it answered instead, in words.
    pub why: String,
}

/// A plan that a person wants taken back, as the store holds it.
#[derive(Clone)]
pub struct ToUndo {
    /// The plan.
    pub plan: Plan,
    /// Its deliveries.
    pub deliveries: Vec<Delivery>,
    /// What an earlier undo has taken back, or may have, or will: of which action, at which target.
    pub undone: BTreeSet<(ActionName, Target)>,
    /// The case it was for, as long as that is no part of an incident.
    pub case: Option<Case>,
}

/// Something that happened in one workspace. Not `Debug`: it carries texts that no log may hold.
#[derive(Clone)]
pub enum Event {
    /// Medic started; what the store found when it opened, in words.
    Started {
        /// One sentence each.
        report: Vec<String>,
    },
    /// A request brought tickets.
    TicketsArrived {
        /// Through which source.
        source: SourceName,
        /// The key under which a repeat of this very request is recognised.
        request: Digest,
        /// How long ago it may have come to count as a repeat; for ever where the sender signed
        /// its id.
        window: Option<SignedDuration>,
        /// The tickets this request brought when it came first, if this is a repeat.
        repeat_of: Option<Vec<TicketId>>,
        /// The tickets.
        arrivals: Vec<Arrival>,
    },
    /// A ticket was edited where it was posted.
    TicketEdited {
        /// Through which source.
        source: SourceName,
        /// The ticket as it stands there now.
        draft: Box<TicketDraft>,
        /// The ticket as it is stored; the loop looks it up.
        stored: Option<Box<TicketRow>>,
    },
    /// A ticket was deleted where it was posted.
    TicketWithdrawn {
        /// Through which source.
        source: SourceName,
        /// The key it is stored under.
        identity: Digest,
        /// The ticket as it is stored; the loop looks it up.
        stored: Option<Box<TicketRow>>,
    },
    /// A surface keeps notes.
    Noted {
        /// Which surface.
        surface: Surface,
        /// What.
        notes: Vec<Note>,
    },
    /// A diagnosis returned.
    Diagnosed {
        /// Of what.
        subject: SubjectId,
        /// Which asking it answers.
        revision: u32,
        /// The answer.
        diagnosis: Box<Diagnosis>,
    },
    /// A person voted on a plan.
    Voted {
        /// Who.
        person: Person,
        /// On which plan.
        plan: PlanId,
        /// The digest prefix their card carried.
        prefix: String,
        /// How.
        ballot: Ballot,
    },
    /// A person wants something about a plan beside voting on it.
    PlanAsked {
        /// Who.
        person: Person,
        /// About which plan.
        plan: PlanId,
        /// What.
        wish: PlanWish,
    },
    /// A person wants taken back what a plan has done.
    UndoAsked {
        /// Who.
        person: Person,
        /// Which plan.
        plan: PlanId,
        /// The plan with every undo of it, as stored; the loop looks them up.
        found: Option<Box<ToUndo>>,
    },
    /// A person approves several plans that are alike.
    VotedOnMany {
        /// Who.
        person: Person,
        /// Each plan with the digest prefix they saw.
        plans: Vec<(PlanId, String)>,
    },
    /// A person lets another decide in their place until then, or ends that.
    DelegationAsked {
        /// Who.
        person: Person,
        /// Whom they name; none ends it.
        to: Option<PersonId>,
        /// Until when.
        until: Timestamp,
    },
    /// A person says what became of a delivery.
    Settled {
        /// Who.
        person: Person,
        /// Of which plan.
        plan: PlanId,
        /// Which delivery.
        index: u32,
        /// What became of it.
        settlement: Settlement,
    },
    /// A person pauses (with a reason) or resumes everything.
    PauseAsked {
        /// Who.
        person: Person,
        /// Why; none resumes.
        reason: Option<String>,
    },
    /// A person closes an incident.
    CloseAsked {
        /// Who.
        person: Person,
        /// Which.
        incident: crate::domain::IncidentId,
        /// Why.
        reason: String,
    },
    /// A person lets automation go on where fixes did not help.
    AutomationLifted {
        /// Who.
        person: Person,
        /// Of which incident's pattern.
        incident: crate::domain::IncidentId,
        /// What is different now.
        reason: String,
        /// The pattern, filled in by the loop: the incident may be over.
        pattern: Option<PatternId>,
    },
    /// A person says that the cause on a card is wrong.
    CauseDoubted {
        /// Who.
        person: Person,
        /// Of what.
        subject: SubjectId,
        /// Why, and what it is if they know.
        doubt: Doubt,
        /// The incident or case as stored, filled in by the loop: it may be over.
        found: Option<Found>,
    },
    /// A person corrects how tickets were grouped.
    CorrectionAsked {
        /// Who.
        person: Person,
        /// What they say.
        correction: Correction,
        /// The tickets it names with the patterns they were put into; the loop looks them up.
        tickets: Vec<(Ticket, Option<PatternId>)>,
    },
    /// A surface, and not the engine, refused a person something.
    RefusedElsewhere {
        /// Who.
        person: Person,
        /// What, as it is called there.
        what: String,
        /// Why, in words.
        why: String,
    },
    /// A surface sent a person's question to the merchant of a ticket.
    MerchantAsked {
        /// Who.
        person: Person,
        /// Of which ticket.
        ticket: TicketId,
        /// What answers that ticket.
        subject: SubjectId,
        /// The question, as it was sent.
        question: String,
    },
    /// A person used a sign-in link.
    SignedIn {
        /// Who.
        person: Person,
        /// The link's own id.
        link: String,
        /// Whether it was used before.
        used: bool,
    },
    /// An effect's turn has come.
    EffectDue(Effect),
    /// A delivery attempt ended.
    DeliveryEnded {
        /// Of which plan.
        plan: PlanId,
        /// Which delivery.
        index: u32,
        /// Which attempt.
        attempt: u32,
        /// How.
        outcome: DeliveryOutcome,
    },
    /// Checks and counts for a verification are in.
    Measured {
        /// Of which plan.
        plan: PlanId,
        /// Tickets before and after, of treated and untreated, and what the checks said.
        observed: Observed,
        /// Which probes failed, by name, with why; theirs, so never in our own sentences.
        failing: Vec<FailedProbe>,
    },
    /// Time has passed; whatever is due is handled.
    Tick,
}

/// Something to be done outside the loop, kept in the outbox until its end is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// Ask the diagnosers.
    Diagnose {
        /// About what.
        subject: SubjectId,
        /// Which asking; an answer to an older one is dropped.
        revision: u32,
    },
    /// Deliver one target of an authorised plan.
    Deliver {
        /// Which plan.
        plan: PlanId,
        /// Which delivery.
        index: u32,
    },
    /// Ask whether a remedial plan helped.
    Measure {
        /// Which plan.
        plan: PlanId,
    },
}

impl Effect {
    /// Its row's id in the outbox: two effects with the same id are the same work.
    pub fn id(&self) -> String {
        match self {
            Self::Diagnose { subject, .. } => format!("diagnose/{subject}"),
            Self::Deliver { plan, index } => format!("deliver/{plan}/{index}"),
            Self::Measure { plan } => format!("measure/{plan}"),
        }
    }
}

/// What the loop answers to whoever sent an event.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To tickets: one receipt each.
    Receipts(Vec<super::handle::Receipt>),
    /// To a change of one ticket.
    Changed(TicketChange),
    /// To a command that was carried out: the sentence to show.
    Done(String),
    /// To a command that was not: the sentence to show.
    Refused(String),
    /// To events nobody waits for.
    Nothing,
}

/// Index of an outcome in the figures.
pub(super) const fn outcome_index(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Healed => 0,
        Outcome::NoDifference => 1,
        Outcome::Worse => 2,
        Outcome::CannotTellYet => 3,
    }
}
