//! The heart: one event, the state and the time go in; changes, records and effects come out.
//!
//! Nothing here reads a clock, a file or a socket, so that a run can be replayed exactly.

mod amend;
mod automation;
mod batch;
mod commands;
mod corrections;
mod decide;
mod delegation;
mod deliveries;
mod diagnosed;
mod draft;
mod edit;
mod holding;
mod joining;
mod judging;
mod one_problem;
mod parts;
mod probing;
mod recurring;
mod replan;
mod risk;
mod rollback;
mod situation;
mod stepping;
mod tickets;
mod trial;
mod undo;
mod verifying;
mod votes;
mod wishes;

use super::event::{Effect, Event, Reply};
use super::handle::Topic;
use super::rules::Rules;
use super::state::State;
use crate::act::probe::ProbeRequest;
use crate::decide::AuthorisedPlan;
use crate::domain::{Actor, Diagnosis, PlanId, RecordDraft, SubjectId, Ticket, TicketId};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most plans that one tick sees to, so that a batch stays far below what a line of the journal
/// holds; the others are still due right after it.
const MOST_DUE: usize = 500;

/// Work that may begin once the batch is durable.
#[derive(Debug)]
pub enum Start {
    /// Ask the diagnosers about a subject.
    Diagnose {
        /// About what.
        subject: SubjectId,
        /// Which asking.
        revision: u32,
        /// The tickets to read.
        tickets: Vec<TicketId>,
        /// The rest of the question.
        question: Box<crate::reason::Question>,
    },
    /// Send one delivery.
    Send {
        /// The plan, proven to be authorised at this moment.
        plan: Arc<AuthorisedPlan>,
        /// Which delivery.
        index: u32,
        /// Which attempt.
        attempt: u32,
        /// Whether Medic stopped after it had begun: then nothing is sent, the other side is asked.
        cut_off: bool,
    },
    /// Check and count for a verification.
    Measure {
        /// The plan.
        plan: PlanId,
        /// What it was for.
        subject: SubjectId,
        /// The probes to ask.
        probes: Vec<ProbeRequest>,
        /// How many probes cannot be asked, since a value for them is missing.
        not_asked: u32,
    },
}

/// What a batch of events leads to.
#[derive(Default)]
pub struct Output {
    /// Records to chain.
    pub records: Vec<RecordDraft>,
    /// Work to begin after the commit.
    pub starts: Vec<Start>,
    /// Events to handle right after the commit.
    pub next: Vec<Event>,
    /// What surfaces may want to show anew.
    pub topics: BTreeSet<Topic>,
}

/// One event being handled.
pub(super) struct Step<'a> {
    pub state: &'a mut State,
    pub rules: &'a Rules,
    pub now: Timestamp,
    pub out: &'a mut Output,
}

/// Handles one event at this time.
pub fn step(
    state: &mut State,
    rules: &Rules,
    now: Timestamp,
    event: Event,
    out: &mut Output,
) -> Reply {
    let mut step = Step {
        state,
        rules,
        now,
        out,
    };
    match event {
        Event::Started { report } => step.started(report),
        Event::TicketsArrived {
            source,
            request,
            repeat_of,
            arrivals,
            ..
        } => step.tickets_arrived(&source, &request, repeat_of, arrivals),
        Event::TicketEdited {
            source,
            draft,
            stored,
        } => step.ticket_edited(&source, *draft, stored),
        Event::TicketWithdrawn {
            source,
            identity,
            stored,
        } => step.ticket_withdrawn(&source, &identity, stored),
        Event::Noted { surface, notes } => step.noted(surface, notes),
        Event::Diagnosed {
            subject,
            revision,
            diagnosis,
        } => step.diagnosed(subject, revision, *diagnosis),
        Event::Voted {
            person,
            plan,
            prefix,
            ballot,
            over,
            undone,
        } => {
            let found = (over.as_deref(), undone.as_deref());
            step.voted(&person, plan, &prefix, ballot, found)
        }
        Event::PlanAsked { person, plan, wish } => step.plan_asked(&person, plan, wish),
        Event::UndoAsked {
            person,
            plan,
            found,
        } => step.undo_asked(&person, plan, found.map(|found| *found)),
        Event::VotedOnMany { person, plans } => step.voted_on_many(&person, &plans),
        Event::DelegationAsked { person, to, until } => step.delegation_asked(&person, to, until),
        Event::Settled {
            person,
            plan,
            index,
            settlement,
        } => step.settled(&person, plan, index, settlement),
        Event::PauseAsked { person, reason } => step.pause_asked(&person, reason),
        Event::CloseAsked {
            person,
            incident,
            reason,
        } => step.close_asked(&person, incident, &reason),
        Event::AutomationLifted {
            person,
            incident,
            reason,
            pattern,
        } => step.automation_lifted(&person, incident, &reason, pattern),
        Event::CauseDoubted {
            person,
            subject,
            doubt,
            found,
        } => step.cause_doubted(&person, subject, &doubt, found),
        Event::CorrectionAsked {
            person,
            correction,
            tickets,
        } => step.correction_asked(&person, correction, &tickets),
        Event::RefusedElsewhere { person, what, why } => {
            step.refused_elsewhere(&person, &what, &why)
        }
        Event::MerchantAsked {
            person,
            ticket,
            subject,
            question,
        } => step.merchant_asked(&person, ticket, subject, &question),
        Event::SignedIn { person, link, used } => step.signed_in(&person, link, used),
        Event::EffectDue(effect) => step.effect_due(effect),
        Event::DeliveryEnded {
            plan,
            index,
            attempt,
            outcome,
        } => step.delivery_ended(plan, index, attempt, outcome),
        Event::Measured {
            plan,
            observed,
            failing,
        } => step.measured(plan, &observed, &failing),
        Event::Tick => step.tick(),
    }
}

/// Opens a case for a ticket and decides about it under this diagnosis. For previews.
pub(super) fn decide_case(
    state: &mut State,
    rules: &Rules,
    now: Timestamp,
    ticket: &Ticket,
    diagnosis: Diagnosis,
    out: &mut Output,
) -> SubjectId {
    let mut step = Step {
        state,
        rules,
        now,
        out,
    };
    let case = step.open_case(ticket, None, true);
    let subject = SubjectId::Case(case);
    step.diagnosed(subject, 1, diagnosis);
    subject
}

impl Step<'_> {
    /// Adds an effect to the outbox and has it begin after the commit.
    fn begin(&mut self, effect: Effect) {
        self.state.add_effect(effect.clone());
        self.out.next.push(Event::EffectDue(effect));
    }

    /// Adds a record about a subject.
    fn record(&mut self, actor: Actor, kind: &str, what: impl Into<String>) -> &mut RecordDraft {
        self.out.records.push(RecordDraft {
            at: self.now,
            workspace: self.state.workspace.clone(),
            actor,
            kind: kind.to_owned(),
            ticket: None,
            subject: None,
            plan: None,
            what: what.into(),
            why: Map::new(),
            result: Map::new(),
        });
        let last = self.out.records.len() - 1;
        &mut self.out.records[last]
    }

    fn touch(&mut self, subject: SubjectId) {
        self.out.topics.insert(Topic::Subject(subject));
    }

    fn started(&mut self, report: Vec<String>) -> Reply {
        let what = if report.is_empty() {
            "Medic started".to_owned()
        } else {
            format!("Medic started: {}", report.join("; "))
        };
        self.record(Actor::Medic, "medic.started", what);
        Reply::Nothing
    }

    fn tick(&mut self) -> Reply {
        for _ in 0..MOST_DUE {
            match self.state.take_due(self.now) {
                Some(plan) => self.plan_due(plan),
                None => break,
            }
        }
        Reply::Nothing
    }
}

/// A map for a record's `why` or `result`.
fn map<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// `1 merchant`, `3 merchants`.
pub(super) fn counted(number: impl Into<u64>, noun: &str) -> String {
    let number = number.into();
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}
