//! The engine: events in, one durable commit a batch, effects out. Everything else hangs on it.

mod clock;
pub mod decisions;
pub mod event;
pub mod handle;
pub mod redecide;
mod rules;
pub mod stages;
pub mod stats;
mod views;

mod lookup;
mod rows;
mod standing;
mod state;
mod step;
mod undone;

mod card;
mod explain;
mod preview;
mod query;

mod inbox;
mod perform;
mod run;

pub mod simulate;

pub use clock::{Clock, ManualClock, SystemClock};
pub use explain::{EXPLAINED_TABLES, Explained, Placed, explain};
pub use handle::Handle;
pub use preview::Preview;
pub use query::{Moved, SPLIT};
pub use rules::{AllRules, Rules};
pub use standing::{Keep, Kept, stand_again};
pub use state::spent_on;

use crate::domain::WorkspaceId;
use crate::observe::detect::Detector;
use crate::reason::Diagnose;
use crate::store::{Store, StoreError};
use event::Event;
pub use inbox::Terms;

use inbox::{Health, Inbox};
use perform::Performer;
use run::Loop;
use state::State;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::{broadcast, mpsc};

/// How many notices a slow listener may be behind.
const NOTICES: usize = 1_024;

/// Makes the detector of a workspace as it stood after the last ticket in the store.
pub type MakeDetector =
    dyn Fn(&dyn Store, &WorkspaceId) -> Result<Box<dyn Detector>, StoreError> + Send;

/// Everything an engine is built from.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Who is asked why.
    pub diagnoser: Arc<dyn Diagnose>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The workspaces, at least one, and how Medic behaves in each.
    pub workspaces: BTreeMap<WorkspaceId, Arc<Rules>>,
    /// How tickets are read.
    pub terms: Terms,
    /// How a detector is made.
    pub detector: Box<MakeDetector>,
    /// Where a detector's snapshot is kept for the next start, if anywhere.
    pub keep: Option<Box<Keep>>,
    /// What the store found when it opened, for the audit log.
    pub report: Vec<String>,
}

/// A running engine.
pub struct Engine {
    handle: Handle,
    inbox: Inbox,
    workspaces: Vec<WorkspaceId>,
    thread: Option<std::thread::JoinHandle<()>>,
    performer: tokio::task::JoinHandle<()>,
}

impl Engine {
    /// Reads the state and starts the loop on a thread of its own. Must be called on a tokio
    /// runtime, which carries the work outside the loop.
    ///
    /// # Errors
    /// When the store cannot be read, or a row cannot be understood, or no thread can be had.
    pub fn start(parts: Parts) -> Result<Self, StoreError> {
        let load = {
            let detector = parts.detector;
            move |store: &dyn Store, workspace: &WorkspaceId| {
                State::load(store, workspace, detector(store, workspace)?)
            }
        };
        let mut states = BTreeMap::new();
        for workspace in parts.workspaces.keys() {
            states.insert(workspace.clone(), load(&*parts.store, workspace)?);
        }
        let (sender, mailbox) = mpsc::unbounded_channel();
        let (work, work_waiting) = mpsc::unbounded_channel();
        let (notices, _) = broadcast::channel(NOTICES);
        let health = Arc::new(Health::default());
        let rules = Arc::new(parts.workspaces);
        let inbox = Inbox::new(
            sender,
            Arc::clone(&rules),
            Arc::clone(&parts.clock),
            Arc::clone(&health),
            parts.terms,
        );
        let handle = Handle::new(inbox.clone(), Arc::clone(&parts.store), notices.clone());
        let performer = tokio::spawn(
            Performer {
                store: Arc::clone(&parts.store),
                rules: Arc::clone(&rules),
                diagnoser: parts.diagnoser,
                inbox: inbox.clone(),
                unread: AtomicBool::new(false),
            }
            .run(work_waiting),
        );
        let mut looping = Loop {
            store: parts.store,
            rules: Arc::clone(&rules),
            clock: parts.clock,
            health,
            mailbox,
            work,
            notices,
            states,
            load: Box::new(load),
            keep: parts.keep,
            kept: BTreeMap::new(),
            carried: Vec::new(),
            due: VecDeque::new(),
            under_way: 0,
            sending: 0,
            quiet: Vec::new(),
            stale: false,
            stopping: false,
        };
        if let Some(first) = rules.keys().next() {
            let report = parts.report;
            looping.carry(first, Event::Started { report });
        }
        looping.take_up_outbox();
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || looping.run())
            .map_err(|source| StoreError::Read {
                place: "the engine's thread".to_owned(),
                source,
            })?;
        Ok(Self {
            handle,
            inbox,
            workspaces: rules.keys().cloned().collect(),
            thread: Some(thread),
            performer,
        })
    }

    /// What adapters hold.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Has everything that is due handled, after a manual clock was moved.
    pub async fn tick(&self) {
        for workspace in &self.workspaces {
            self.inbox.tick(workspace).await;
        }
    }

    /// Waits until nothing waits and nothing is under way.
    pub async fn quiet(&self) {
        self.inbox.quiet().await;
    }

    /// Finishes what was begun and stops. What cannot be finished stays in the outbox.
    pub async fn stop(mut self) {
        self.inbox.stop();
        let thread = self.thread.take();
        let waited = tokio::task::spawn_blocking(move || thread.map(std::thread::JoinHandle::join));
        if !matches!(waited.await, Ok(Some(Ok(())))) {
            tracing::error!("the engine broke down; the next start takes up what was under way");
        }
        if self.performer.await.is_err() {
            tracing::error!("work outside the engine broke down");
        }
    }
}
