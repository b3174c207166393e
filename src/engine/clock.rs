//! The clock is a value too: the real one, or one that a demo or a test moves.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tells the time to the engine and its adapters.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// How long to wait, in real time, until `due`; none where only moving the clock gets there.
    fn wait(&self, due: Timestamp) -> Option<Duration>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn wait(&self, due: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(due.duration_since(self.now())).unwrap_or(Duration::ZERO))
    }
}

/// A clock that stands still until it is moved. Whoever moves it wakes the engine with a tick.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(time: Timestamp) -> Self {
        Self(Mutex::new(time))
    }

    /// Moves it to `time`, never back.
    pub fn move_to(&self, time: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = time.max(*now);
    }

    /// Moves it by `step`.
    pub fn advance(&self, step: SignedDuration) {
        let now = self.now();
        self.move_to(now.saturating_add(step).unwrap_or(now));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, _due: Timestamp) -> Option<Duration> {
        None
    }
}
