//! Leaves a provider alone for a while after it failed several times in a row.

use super::provider::Fault;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A refused key or an unknown model does not mend itself; 403s in a row get an address blocked.
const MISCONFIGURED_REST: SignedDuration = SignedDuration::from_mins(10);
/// How long a used-up day's quota is believed: the hint is no proof.
const DAY_QUOTA_REST: SignedDuration = SignedDuration::from_mins(60);

/// One provider's breaker.
#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    rest: SignedDuration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failed: u32,
    closed_until: Option<Timestamp>,
    why: String,
}

impl Breaker {
    pub(super) fn new(failures: u32, rest: SignedDuration) -> Self {
        Self {
            failures,
            rest,
            state: Mutex::default(),
        }
    }

    /// Whether the provider may be asked. After its rest one request is let through; until that
    /// has come back, the others wait for another rest.
    pub(super) fn may_ask(&self, now: Timestamp) -> Result<(), String> {
        let mut state = self.state();
        match state.closed_until {
            Some(until) if now < until => Err(format!(
                "not asked, it is left alone until {} because {}",
                until.strftime("%H:%M:%S UTC"),
                state.why
            )),
            Some(_) => {
                state.closed_until = now.checked_add(self.rest).ok();
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn succeeded(&self) {
        *self.state() = State::default();
    }

    pub(super) fn failed(&self, now: Timestamp, fault: &Fault) {
        if fault.is_about_content() {
            // It works, it only will not answer this.
            return self.succeeded();
        }
        let mut state = self.state();
        state.failed = state.failed.saturating_add(1);
        let rest = match fault {
            Fault::Key(_) | Fault::NoSuchModel(_) => Some(MISCONFIGURED_REST),
            Fault::Quota { day: true, .. } => Some(DAY_QUOTA_REST),
            Fault::Quota { retry_after, .. } => {
                let told = retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
                Some(told.unwrap_or(self.rest))
            }
            _ if state.failed >= self.failures => Some(self.rest),
            _ => None,
        };
        if let Some(rest) = rest {
            state.closed_until = now.checked_add(rest).ok();
            state.why = fault.to_string();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whatever a panic left of it, the next answer sets it right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
