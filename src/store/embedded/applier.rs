//! One thread brings committed batches into the index, at its leisure: consecutive batches at once,
//! so that a row that changes with every batch is written once in a while.
//!
//! When the index fails while Medic runs (sled returns an error or panics, on a write or on a read),
//! it is rebuilt in place from the journal. Commits go on meanwhile, readers wait. If the rebuilding
//! fails too, it is tried again every few seconds; until it succeeds, reads that need the index are
//! refused with its reason, and so are commits once no more of them fit in memory.

use super::Options;
use super::index::{Index, IndexError};
use super::overlay::Overlay;
use super::pending::Pending;
use super::reader::Position;
use super::recovery::IndexPlace;
use crate::store::StoreError;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// So much is applied at once at most; when so much is pending, the applier does not linger.
const STEP_BYTES: usize = 1 << 20;

/// How long the applier waits for further batches to apply with the first.
const LINGER: Duration = Duration::from_millis(50);

/// sled is told to write out its memory after so much was applied, or after a pause of so long. What
/// it had not written at a crash is applied again at the next start, which should not take long.
const FLUSH_BYTES: usize = 16 << 20;
const FLUSH_PAUSE: Duration = Duration::from_secs(1);

/// What committing, reading and applying share. Where both locks are held, `index` came first.
#[derive(Debug)]
pub struct Shared {
    place: IndexPlace,
    options: Options,
    /// Locked for writing while it changes, so that a reader of several keys sees them in one state.
    /// None while it is down.
    index: RwLock<Option<Index>>,
    state: Mutex<State>,
    /// There is something to do for the applier.
    work: Condvar,
    /// The applier has done something.
    done: Condvar,
}

#[derive(Debug)]
struct State {
    overlay: Overlay,
    /// The store is being closed.
    closing: bool,
    /// The applier is no more.
    stopped: bool,
    /// A reader found the index failing, and why.
    doubt: Option<IndexError>,
    /// The index could not be rebuilt, and why.
    down: Option<String>,
    /// How often it was rebuilt, or tried to.
    rebuilt: u64,
}

/// What the applier does next.
enum Work {
    Apply(Vec<Arc<Pending>>),
    Flush,
    Rebuild(String),
    Close,
}

impl Shared {
    /// An index that was brought to the journal's end.
    pub fn new(place: IndexPlace, options: Options, index: Index, committed: Position) -> Self {
        Self {
            place,
            options,
            index: RwLock::new(Some(index)),
            state: Mutex::new(State {
                overlay: Overlay::new(committed),
                closing: false,
                stopped: false,
                doubt: None,
                down: None,
                rebuilt: 0,
            }),
            work: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// Waits until another batch may be pending.
    pub fn wait_for_room(&self) -> Result<(), StoreError> {
        let full = |state: &mut State| state.overlay.bytes() >= self.options.max_pending_bytes;
        let mut state = wait(self.done.wait_while(self.state(), |state| {
            full(state) && state.down.is_none() && !state.stopped
        }));
        if full(&mut state) {
            return Err(StoreError::Write {
                place: self.place.index_dir().display().to_string(),
                source: io::Error::other(why_down(&state)),
            });
        }
        Ok(())
    }

    /// Takes up a durable batch.
    pub fn push(&self, batch: Pending) {
        let mut state = self.state();
        let before = state.overlay.bytes();
        state.overlay.push(batch);
        // The applier sleeps through everything between these two.
        if before == 0 || (before < STEP_BYTES && state.overlay.bytes() >= STEP_BYTES) {
            self.work.notify_one();
        }
    }

    /// Looks at what is pending.
    pub fn pending<T>(&self, look: impl FnOnce(&Overlay) -> T) -> T {
        look(&self.state().overlay)
    }

    /// Reads from the index. `read` may look at what is pending: every batch is in one of the two.
    pub fn read<T>(&self, read: impl Fn(&Index) -> Result<T, IndexError>) -> Result<T, StoreError> {
        let mut last_error = None;
        for _ in 0..2 {
            let (rebuilt, error) = {
                let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
                let Some(index) = &*index else { break };
                match read(index) {
                    Ok(value) => return Ok(value),
                    Err(error) => (self.state().rebuilt, error),
                }
            };
            last_error = Some(error.to_string());
            let mut state = self.state();
            if state.rebuilt == rebuilt {
                state.doubt.get_or_insert(error);
                self.work.notify_one();
            }
            drop(wait(self.done.wait_while(state, |state| {
                state.rebuilt == rebuilt && !state.stopped
            })));
        }
        let state = self.state();
        Err(StoreError::Read {
            place: self.place.index_dir().display().to_string(),
            source: io::Error::other(last_error.unwrap_or_else(|| why_down(&state))),
        })
    }

    /// Lets the applier apply what is pending and end.
    pub fn close(&self) {
        self.state().closing = true;
        self.work.notify_one();
    }

    /// What the applier's thread does until the store is closed.
    pub fn run(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.apply_until_closed())).is_err() {
            tracing::error!("the store's applier panicked; restart medic, nothing is lost");
        }
        self.state().stopped = true;
        self.done.notify_all();
    }

    fn apply_until_closed(&self) {
        let mut unflushed = 0;
        loop {
            let outcome = match self.next_work(unflushed > 0) {
                Work::Apply(batches) => {
                    unflushed += batches.iter().map(|batch| batch.bytes()).sum::<usize>();
                    self.apply(&batches)
                }
                Work::Flush => self.flush(&mut unflushed),
                Work::Rebuild(reason) => {
                    self.rebuild(&reason);
                    Ok(())
                }
                Work::Close => break,
            };
            let outcome = match outcome {
                Ok(()) if unflushed >= FLUSH_BYTES => self.flush(&mut unflushed),
                outcome => outcome,
            };
            if let Err(error) = outcome {
                self.rebuild(&error.to_string());
            }
        }
        self.close_index();
    }

    /// Waits for something to do.
    fn next_work(&self, unflushed: bool) -> Work {
        let idle = |state: &mut State| {
            state.overlay.bytes() == 0 && !state.closing && state.doubt.is_none()
        };
        let mut state = self.state();
        if let Some(reason) = state.down.clone() {
            let retry = self
                .work
                .wait_timeout_while(state, self.options.index_retry, |state| !state.closing);
            return if wait(retry).0.closing {
                Work::Close
            } else {
                Work::Rebuild(reason)
            };
        }
        if unflushed {
            let (after, pause) = wait(self.work.wait_timeout_while(state, FLUSH_PAUSE, idle));
            if pause.timed_out() {
                return Work::Flush;
            }
            state = after;
        } else {
            state = wait(self.work.wait_while(state, idle));
        }
        state = wait(self.work.wait_timeout_while(state, LINGER, |state| {
            state.overlay.bytes() < STEP_BYTES && !state.closing && state.doubt.is_none()
        }))
        .0;
        if let Some(error) = state.doubt.take() {
            return Work::Rebuild(error.to_string());
        }
        let batches = state.overlay.first(STEP_BYTES);
        if batches.is_empty() {
            return Work::Close;
        }
        Work::Apply(batches)
    }

    fn apply(&self, batches: &[Arc<Pending>]) -> Result<(), IndexError> {
        self.may_write()?;
        {
            let index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            let index = index.as_ref().ok_or_else(is_down)?;
            index.apply(batches)?;
        }
        if let Some(last) = batches.last() {
            self.state().overlay.applied(last.position.batch);
            self.done.notify_all();
        }
        Ok(())
    }

    fn flush(&self, unflushed: &mut usize) -> Result<(), IndexError> {
        *unflushed = 0;
        self.may_write()?;
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.as_ref().ok_or_else(is_down)?.flush()
    }

    /// Replaces the index by a new one, made from the journal.
    fn rebuild(&self, reason: &str) {
        let first_try = self.state().down.is_none();
        if first_try {
            tracing::error!(
                reason,
                "the store's index failed and is rebuilt from the journal, nothing is lost"
            );
        }
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        *index = None;
        let committed = self.state().overlay.committed();
        let outcome = self.rebuilt(committed);
        let mut state = self.state();
        state.rebuilt += 1;
        match outcome {
            Ok(new) => {
                *index = Some(new);
                state.overlay.applied(committed.batch);
                state.down = None;
                tracing::info!(batches = committed.batch, "the store's index was rebuilt");
            }
            Err(e) => {
                if first_try {
                    tracing::error!(error = %e, "the store's index cannot be rebuilt, trying again");
                }
                state.down = Some(e.to_string());
            }
        }
        self.done.notify_all();
    }

    fn rebuilt(&self, committed: Position) -> Result<Index, StoreError> {
        self.may_write().map_err(|e| StoreError::Write {
            place: self.place.index_dir().display().to_string(),
            source: io::Error::other(e),
        })?;
        let (index, _) = self.place.open_anew()?;
        self.place
            .catch_up(&index, Position::START, Some(committed))?;
        Ok(index)
    }

    fn close_index(&self) {
        let index = self
            .index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(index) = index else { return };
        let flushed = index.flush();
        drop(index);
        let closed = flushed
            .map_err(io::Error::other)
            .and_then(|()| self.place.mark_closed());
        if let Err(error) = closed {
            tracing::warn!(%error, "the store's index was not closed properly, it may be rebuilt at the next start");
        }
    }

    fn may_write(&self) -> Result<(), IndexError> {
        self.options
            .disk
            .index_may_write()
            .map_err(|e| IndexError(e.to_string()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics halfway through a change of it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock, whether or not another holder panicked.
fn wait<T>(locked: Result<T, PoisonError<T>>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

fn is_down() -> IndexError {
    IndexError("it is not open".to_owned())
}

fn why_down(state: &State) -> String {
    let reason = state
        .down
        .as_deref()
        .unwrap_or("the applier has ended, restart medic");
    format!("the index is down: {reason}")
}
