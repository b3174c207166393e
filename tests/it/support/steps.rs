//! Simulated time that passes in small steps instead of leaping to the next timer. tokio's paused
//! clock leaps whenever nothing is ready, and on a busy machine a packet on a real socket is not
//! always ready at once: what is timed would seem to take seconds.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::task::JoinHandle;

/// One step.
pub const STEP: Duration = Duration::from_millis(20);

/// How often everything else has its turn between two steps.
const TURNS: usize = 50;

/// Time passes in steps until this is dropped.
pub struct Steps {
    task: JoinHandle<()>,
    _no_leaps: NoLeaps,
}

impl Steps {
    /// Begins; the clock has to be paused.
    pub fn begin() -> Self {
        Self {
            _no_leaps: NoLeaps::begin(),
            task: tokio::spawn(async {
                loop {
                    turns().await;
                    tokio::time::advance(STEP).await;
                }
            }),
        }
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The paused clock stands still until this is dropped, however idle everything is.
pub struct NoLeaps {
    _held: Sender<()>,
}

impl NoLeaps {
    /// Begins.
    pub fn begin() -> Self {
        let (held, until_dropped) = channel::<()>();
        // tokio lets time leap only while no blocking work runs.
        tokio::task::spawn_blocking(move || until_dropped.recv());
        Self { _held: held }
    }
}

/// Everything else has its turn.
pub async fn turns() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}
