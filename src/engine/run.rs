//! The loop: drain what waits, step through it, commit once, then answer and begin what follows.
//!
//! This is group commit: the more waits, the more is made durable by one flush to the disk, and
//! nobody hears "accepted" before it is.

mod broken;

use super::clock::Clock;
use super::event::{Effect, Event, Reply};
use super::handle::Notice;
use super::inbox::{Envelope, Health, Message};
use super::lookup;
use super::rules::AllRules;
use super::standing::{self, Keep, KeptUpTo};
use super::state::State;
use super::step::{Output, Start, step};
use crate::domain::{Actor, RecordDraft, WorkspaceId};
use crate::store::{Batch, Store, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};

/// The most events that one commit holds.
const MOST_AT_ONCE: usize = 1_024;
/// How many deliveries of all that are due are handed out before one of them ends: enough that none
/// of those who send waits, and few, because each carries its whole plan.
const SENDS_AHEAD: usize = 32;
/// How long to wait before the store is tried again after it failed.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Makes the state of a workspace from what the store holds.
pub type LoadState = dyn Fn(&dyn Store, &WorkspaceId) -> Result<State, StoreError> + Send;

type Answer = oneshot::Sender<Result<Reply, String>>;

pub(super) struct Loop {
    pub store: Arc<dyn Store>,
    pub rules: Arc<AllRules>,
    pub clock: Arc<dyn Clock>,
    pub health: Arc<Health>,
    pub mailbox: mpsc::UnboundedReceiver<Message>,
    pub work: mpsc::UnboundedSender<(WorkspaceId, Start)>,
    pub notices: broadcast::Sender<Notice>,
    pub states: BTreeMap<WorkspaceId, State>,
    pub load: Box<LoadState>,
    /// Where detectors' snapshots are kept, if anywhere.
    pub keep: Option<Box<Keep>>,
    /// The last ticket and correction in each snapshot that was kept.
    pub kept: KeptUpTo,
    /// Events of our own that wait to be handled, or that a failed commit gave back.
    pub carried: Vec<Envelope>,
    /// The same of deliveries whose turn has come; they wait for room among those being sent.
    pub due: VecDeque<Envelope>,
    /// How much work outside has not ended.
    pub under_way: usize,
    /// How much of it is sending.
    pub sending: usize,
    pub quiet: Vec<oneshot::Sender<()>>,
    /// Whether the states may hold what is not durable.
    pub stale: bool,
    pub stopping: bool,
}

impl Loop {
    /// Runs until it is told to stop and nothing waits. Blocks its thread.
    pub fn run(mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "the engine cannot have a timer");
                return;
            }
        };
        loop {
            let batch = runtime.block_on(self.collect());
            if self.stopping && batch.is_empty() && self.mailbox.is_empty() && self.under_way == 0 {
                self.keep_detectors(1);
                return;
            }
            let broken = self.is_broken();
            self.turn(batch);
            if self.stopping && broken && self.is_broken() && self.all_is_back() {
                // The outbox and the journal have what the next start needs.
                return;
            }
            if self.is_quiet() {
                for waiting in self.quiet.drain(..) {
                    // Whoever waited may have gone.
                    let _ = waiting.send(());
                }
                self.keep_detectors(standing::KEEP_AFTER);
            }
        }
    }

    fn is_quiet(&self) -> bool {
        let nothing_waits = self.carried.is_empty() && self.due.is_empty();
        let nothing_comes = self.mailbox.is_empty() && self.under_way == 0;
        let now = self.clock.now();
        let nothing_is_due = self.is_broken() || self.next_timer().is_none_or(|due| due > now);
        nothing_waits && nothing_comes && nothing_is_due
    }

    fn next_timer(&self) -> Option<jiff::Timestamp> {
        self.states.values().filter_map(State::next_timer).min()
    }

    /// Takes what waits, or waits until something comes or is due.
    async fn collect(&mut self) -> Vec<Envelope> {
        let mut batch = std::mem::take(&mut self.carried);
        let room = match self.stopping {
            // Nothing of it is begun any more.
            true => usize::MAX,
            false => SENDS_AHEAD.saturating_sub(self.sending),
        };
        batch.extend(self.due.drain(..room.min(self.due.len())));
        let mut messages = Vec::new();
        let broken = self.is_broken();
        let over = self.stopping && self.under_way == 0;
        if broken || batch.is_empty() && !over {
            let wait = match self.next_timer() {
                _ if broken => Some(TRY_AGAIN),
                // More was due than one turn handles.
                Some(due) if due <= self.clock.now() => Some(Duration::ZERO),
                due => due.and_then(|due| self.clock.wait(due)),
            };
            let receive = self.mailbox.recv_many(&mut messages, MOST_AT_ONCE);
            let received = match wait {
                Some(wait) => tokio::time::timeout(wait, receive).await.ok(),
                None => Some(receive.await),
            };
            if received == Some(0) {
                // Nobody is left who could send anything, or bring back what is under way.
                self.stopping = true;
                self.under_way = 0;
                self.sending = 0;
            }
        }
        while messages.len() + batch.len() < MOST_AT_ONCE {
            match self.mailbox.try_recv() {
                Ok(message) => messages.push(message),
                Err(_) => break,
            }
        }
        for message in messages {
            match message {
                Message::Event(envelope) => batch.push(*envelope),
                Message::Quiet(answer) => self.quiet.push(answer),
                Message::Stop => self.stopping = true,
            }
        }
        batch
    }

    fn turn(&mut self, mut batch: Vec<Envelope>) {
        if self.stopping {
            // The outbox keeps it for the next start.
            batch.retain(|envelope| {
                let due = matches!(envelope.event, Event::EffectDue(_));
                if due && envelope.ends_work {
                    self.under_way = self.under_way.saturating_sub(1);
                }
                !due
            });
        }
        if self.is_broken() && !self.mend() {
            self.give_back(batch);
            return;
        }
        let now = self.clock.now();
        let mut outputs: BTreeMap<WorkspaceId, Output> = BTreeMap::new();
        let mut answers: Vec<(Answer, Reply)> = Vec::new();
        let mut ours = Vec::new();
        let mut batch = batch.into_iter();
        let mut unread = None;
        for envelope in &mut batch {
            let Envelope {
                workspace,
                event,
                answer,
                permit,
                ends_work,
            } = envelope;
            let found = self
                .states
                .get_mut(&workspace)
                .zip(self.rules.get(&workspace));
            let Some((state, rules)) = found else {
                if let Some(answer) = answer {
                    let _ = answer.send(Err(format!("there is no workspace {workspace}")));
                }
                continue;
            };
            let asked = answer.is_none().then(|| event.clone());
            let event = match lookup::fill(&*self.store, &workspace, event, now) {
                Ok(event) => event,
                Err(error @ StoreError::Read { .. }) => {
                    tracing::error!(%error, "cannot read, intake waits");
                    // Before the answer, so that whoever has it is not told that Medic is ready.
                    self.health.set(Some(error.to_string()));
                    if let Some(answer) = answer {
                        let _ = answer.send(Err(error.to_string()));
                    }
                    unread = asked.map(|event| self::ours(&workspace, event, ends_work));
                    break;
                }
                Err(error) => {
                    tracing::error!(%error, "what the store holds cannot be understood");
                    if let Some(answer) = answer {
                        let _ = answer.send(Err(error.to_string()));
                    }
                    continue;
                }
            };
            if answer.is_none() && !matches!(event, Event::Tick) {
                ours.push((workspace.clone(), event.clone(), ends_work));
            }
            if ends_work {
                self.under_way = self.under_way.saturating_sub(1);
                if matches!(event, Event::DeliveryEnded { .. }) {
                    self.sending = self.sending.saturating_sub(1);
                }
            }
            let out = outputs.entry(workspace.clone()).or_default();
            let reply = step(state, rules, now, event, out);
            if let Some(answer) = answer {
                answers.push((answer, reply));
            }
            drop(permit);
        }
        // Nothing of it is left unless reading failed.
        self.give_back(unread.into_iter().chain(batch));
        self.tick_all(now, &mut outputs);
        match self.commit(&mut outputs, now) {
            Ok(()) => self.follow(answers, outputs),
            Err(error) => self.fail(&error, answers, &outputs, ours),
        }
    }

    fn keep_detectors(&mut self, after: u64) {
        if let (Some(keep), None) = (&self.keep, self.health.wrong()) {
            standing::keep_all(&*self.store, &self.states, keep, &mut self.kept, after);
        }
    }

    fn tick_all(&mut self, now: jiff::Timestamp, outputs: &mut BTreeMap<WorkspaceId, Output>) {
        for (workspace, state) in &mut self.states {
            if let Some(rules) = self.rules.get(workspace)
                && state.next_timer().is_some_and(|due| due <= now)
            {
                let out = outputs.entry(workspace.clone()).or_default();
                step(state, rules, now, Event::Tick, out);
            }
        }
    }

    fn commit(
        &mut self,
        outputs: &mut BTreeMap<WorkspaceId, Output>,
        now: jiff::Timestamp,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (workspace, out) in outputs {
            let Some(state) = self.states.get_mut(workspace) else {
                continue;
            };
            let changes = state.take_changes()?;
            if out.records.is_empty() && !changes.is_empty() {
                batch.records.push(bookkeeping(workspace, now));
            }
            batch.records.append(&mut out.records);
            batch.changes.extend(changes);
        }
        if batch.records.is_empty() {
            return Ok(());
        }
        self.store.commit(batch).map(|_| ())
    }

    /// The batch is durable: answer, begin, tell.
    fn follow(&mut self, answers: Vec<(Answer, Reply)>, outputs: BTreeMap<WorkspaceId, Output>) {
        for (answer, reply) in answers {
            // Whoever asked may have gone; what they asked for is done all the same.
            let _ = answer.send(Ok(reply));
        }
        for (workspace, out) in outputs {
            let starts = if self.stopping {
                Vec::new()
            } else {
                out.starts
            };
            for start in starts {
                let sends = usize::from(matches!(start, Start::Send { .. }));
                if self.work.send((workspace.clone(), start)).is_ok() {
                    self.under_way += 1;
                    self.sending += sends;
                }
            }
            for event in out.next {
                self.carry(&workspace, event);
            }
            for topic in out.topics {
                // Nobody may be listening.
                let _ = self.notices.send(Notice {
                    workspace: workspace.clone(),
                    topic,
                });
            }
        }
    }

    /// Adds an event of our own behind those that wait.
    pub fn carry(&mut self, workspace: &WorkspaceId, event: Event) {
        let envelope = ours(workspace, event, false);
        match is_delivery(&envelope) {
            true => self.due.push_back(envelope),
            false => self.carried.push(envelope),
        }
    }

    /// Has everything begun that was not known to have ended when Medic stopped.
    pub fn take_up_outbox(&mut self) {
        let effects: Vec<(WorkspaceId, Effect)> = self
            .states
            .iter()
            .flat_map(|(workspace, state)| {
                state
                    .outbox()
                    .map(|effect| (workspace.clone(), effect.clone()))
            })
            .collect();
        for (workspace, effect) in effects {
            self.carry(&workspace, Event::EffectDue(effect));
        }
    }
}

/// Whether a delivery's turn has come with it.
fn is_delivery(envelope: &Envelope) -> bool {
    matches!(envelope.event, Event::EffectDue(Effect::Deliver { .. }))
}

fn ours(workspace: &WorkspaceId, event: Event, ends_work: bool) -> Envelope {
    Envelope {
        workspace: workspace.clone(),
        event,
        answer: None,
        permit: None,
        ends_work,
    }
}

/// Changes never go without a record, so that their digest is chained.
fn bookkeeping(workspace: &WorkspaceId, at: jiff::Timestamp) -> RecordDraft {
    RecordDraft {
        at,
        workspace: workspace.clone(),
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
