//! Deterministic simulation: the engine's own step and store under a simulated clock, with random
//! tickets, clicks, drifts and edits, a diagnoser and outside systems that fail, and crashes after
//! commits and effects. What must hold is checked afterwards, from the records alone.

mod chance;
mod check;
mod moves;
mod outside;
mod setting;
mod stepped;

use super::event::{Effect, Event, Reply};
use super::handle::Receipt;
use super::lookup;
use super::rules::Rules;
use super::stages::Stages;
use super::standing::replay_tickets;
use super::state::State;
use super::step::{Output, Start, step};
use crate::act::{DeliveryOutcome, deliver};
use crate::domain::{Actor, PlanId, Record, RecordDraft, TicketId, WorkspaceId};
use crate::store::{Batch, Store, StoreError};
use chance::Chance;
use jiff::{SignedDuration, Timestamp};
use outside::{Ledger, SameWords};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many moves a run has.
const MOVES: u32 = 160;
/// Of a hundred batches, so many crash before the commit, and as many right after it.
const CRASHES: u64 = 1;

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// What did not hold, one sentence each; empty is what it should be.
    pub violations: Vec<String>,
    /// Audit records.
    pub records: u64,
    /// Pieces of work that the outside did.
    pub works: u64,
    /// Pieces of work that took another back.
    pub undone: u64,
    /// Later steps of plans that began.
    pub steps: u64,
    /// Plans that took back by themselves what had broken off.
    pub rolled_back: u64,
    /// Crashes.
    pub crashes: u64,
}

/// Runs one seed on a store that is empty.
///
/// # Errors
/// When the store refuses, or a row cannot be understood: in a simulation both are defects.
pub fn run(seed: u64, store: Arc<dyn Store>, stages: Arc<dyn Stages>) -> Result<Run, StoreError> {
    let mut world = World::new(seed, store, &stages)?;
    for _ in 0..MOVES {
        world.make_a_move()?;
    }
    world.settle_down()?;
    let records = world.store.records(1, usize::MAX)?;
    let works = world.ledger.works();
    let count =
        |of: &dyn Fn(&Record) -> bool| records.iter().filter(|record| of(record)).count() as u64;
    let mut violations = check::violations(&records, &works, &world.accepted);
    for ticket in &world.accepted {
        let key = crate::store::codec::padded(ticket.number());
        let row = crate::store::codec::load::<super::rows::TicketRow>(
            &*world.store,
            &world.workspace,
            key,
        )?;
        if row.is_none() {
            violations.push(format!("{ticket} was accepted and is not there"));
        }
    }
    Ok(Run {
        violations,
        records: records.len() as u64,
        undone: works.iter().filter(|work| work.undoes.is_some()).count() as u64,
        works: works.len() as u64,
        steps: count(&|record| record.draft.kind == "step.begun"),
        rolled_back: count(&|record| record.draft.why.contains_key("rolls_back")),
        crashes: world.crashes,
    })
}

/// A Medic and its surroundings.
struct World {
    chance: Chance,
    now: Timestamp,
    workspace: WorkspaceId,
    store: Arc<dyn Store>,
    settings: Vec<Arc<Rules>>,
    setting: usize,
    state: State,
    ledger: Arc<Ledger>,
    /// The engine's own events, not handled yet.
    next: VecDeque<Event>,
    /// Work that was begun outside and has not ended.
    under_way: Vec<Start>,
    accepted: Vec<TicketId>,
    requests: u64,
    crashes: u64,
}

impl World {
    fn new(seed: u64, store: Arc<dyn Store>, stages: &Arc<dyn Stages>) -> Result<Self, StoreError> {
        let workspace = WorkspaceId::new("default");
        let ledger = Ledger::new(seed);
        let settings = setting::settings(&ledger, stages).map_err(|errors| StoreError::Row {
            key: "the simulation's policy".to_owned(),
            reason: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
        let state = State::load(&*store, &workspace, Box::new(SameWords::default()))?;
        Ok(Self {
            chance: Chance(seed),
            // A Monday morning.
            now: Timestamp::from_second(1_767_600_000).unwrap_or(Timestamp::UNIX_EPOCH),
            workspace,
            store,
            settings,
            setting: 0,
            state,
            ledger,
            next: VecDeque::new(),
            under_way: Vec::new(),
            accepted: Vec::new(),
            requests: 0,
            crashes: 0,
        })
    }

    fn rules(&self) -> Arc<Rules> {
        let place = self.setting % self.settings.len().max(1);
        Arc::clone(&self.settings[place])
    }

    /// Handles an event and everything of the engine's own that follows, with crashes in between.
    fn happens(&mut self, event: Event) -> Result<(), StoreError> {
        self.batch(event)?;
        while let Some(event) = self.next.pop_front() {
            self.batch(event)?;
        }
        Ok(())
    }

    /// One batch: step, commit, and only then answer and begin.
    fn batch(&mut self, event: Event) -> Result<(), StoreError> {
        let event = lookup::fill(&*self.store, &self.workspace, event, self.now)?;
        let mut out = Output::default();
        let rules = self.rules();
        let reply = step(&mut self.state, &rules, self.now, event, &mut out);
        if self.chance.percent(CRASHES) {
            return self.crash();
        }
        let changes = self.state.take_changes()?;
        if out.records.is_empty() && !changes.is_empty() {
            out.records.push(self.bookkeeping());
        }
        if !out.records.is_empty() {
            self.store.commit(Batch {
                records: out.records,
                changes,
            })?;
        }
        if let Reply::Receipts(receipts) = reply {
            self.accepted
                .extend(receipts.into_iter().filter_map(|receipt| match receipt {
                    Receipt::Accepted { ticket, .. } => Some(ticket),
                    _ => None,
                }));
        }
        if self.chance.percent(CRASHES) {
            return self.crash();
        }
        self.next.extend(out.next);
        self.under_way.extend(out.starts);
        Ok(())
    }

    /// Everything in memory is gone; the next start takes up what the outbox holds.
    fn crash(&mut self) -> Result<(), StoreError> {
        self.crashes += 1;
        self.next.clear();
        self.under_way.clear();
        let mut detector = Box::new(SameWords::default());
        replay_tickets(&*self.store, &self.workspace, &mut *detector)?;
        self.state = State::load(&*self.store, &self.workspace, detector)?;
        let effects: Vec<Effect> = self.state.outbox().cloned().collect();
        self.next.push_back(Event::Started { report: Vec::new() });
        self.next.extend(effects.into_iter().map(Event::EffectDue));
        Ok(())
    }

    /// Some work outside ends, unless Medic crashes before it hears of it.
    fn work_ends(&mut self) -> Result<(), StoreError> {
        if self.under_way.is_empty() {
            return Ok(());
        }
        let place = usize::try_from(self.chance.below(self.under_way.len() as u64)).unwrap_or(0);
        let start = self.under_way.swap_remove(place);
        let event = self.perform(start);
        if self.chance.percent(CRASHES) {
            self.crash()?;
            return self.drain();
        }
        match event {
            Some(event) => self.happens(event),
            None => Ok(()),
        }
    }

    fn drain(&mut self) -> Result<(), StoreError> {
        while let Some(event) = self.next.pop_front() {
            self.batch(event)?;
        }
        Ok(())
    }

    fn perform(&mut self, start: Start) -> Option<Event> {
        Some(match start {
            Start::Diagnose {
                subject, revision, ..
            } => Event::Diagnosed {
                subject,
                revision,
                diagnosis: Box::new(self.diagnosis()),
            },
            Start::Send {
                plan,
                index,
                attempt,
                cut_off,
            } => {
                let rules = self.rules();
                let name = plan.delivery(index).map(|one| plan.plan().action_of(one));
                let name = name.unwrap_or(&plan.plan().action);
                let action = rules.catalogue.get(name)?;
                let connector = &**rules.connectors.get(&action.connector)?;
                let outcome = match plan.delivery(index) {
                    Ok(delivery) if cut_off => now(deliver::recover(connector, action, delivery)),
                    _ => now(deliver::attempt(connector, action, &plan, index)),
                };
                Event::DeliveryEnded {
                    plan: plan.plan().id,
                    index,
                    attempt,
                    outcome: outcome.unwrap_or(DeliveryOutcome::Unknown {
                        why: "the system never answered".to_owned(),
                    }),
                }
            }
            Start::Measure { plan, .. } => Event::Measured {
                plan,
                observed: self.observed(),
                failing: Vec::new(),
            },
        })
    }

    /// The trouble is over: everything outside ends, nothing is paused, time passes.
    fn settle_down(&mut self) -> Result<(), StoreError> {
        for _ in 0..40 {
            while !self.under_way.is_empty() {
                self.work_ends()?;
            }
            self.later(60)?;
        }
        Ok(())
    }

    fn later(&mut self, minutes: i64) -> Result<(), StoreError> {
        let step = SignedDuration::from_mins(minutes);
        self.now = self.now.saturating_add(step).unwrap_or(self.now);
        self.happens(Event::Tick)
    }

    /// A plan that was made at some time, live or over.
    fn some_plan(&mut self) -> Option<PlanId> {
        let last = self.state.counters().plan;
        (last > 0).then(|| PlanId::new(1 + self.chance.below(last)))
    }

    fn bookkeeping(&self) -> RecordDraft {
        RecordDraft {
            at: self.now,
            workspace: self.workspace.clone(),
            actor: Actor::Medic,
            kind: "state.kept".to_owned(),
            ticket: None,
            subject: None,
            plan: None,
            what: "bookkeeping".to_owned(),
            why: serde_json::Map::new(),
            result: serde_json::Map::new(),
        }
    }
}

/// What a future answers at once: nothing here waits for anything.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}
