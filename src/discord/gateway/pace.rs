//! How long the connection waits for what.

use std::time::Duration;

/// Waits of the connection. The defaults heal every fault that a reconnect can heal within fifteen
/// seconds of its end.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From connecting to the server's Hello.
    pub hello: Duration,
    /// From Hello to READY or RESUMED, not counting what an Identify has to wait for.
    pub ready: Duration,
    /// Silence on a connection that stands, until it is asked for a sign of life: a heartbeat ahead of
    /// its time. Discord allows 120 messages a minute, and this makes at most 12.
    pub quiet: Duration,
    /// From that heartbeat to its answer, or to anything else; then the connection is given up.
    pub answer: Duration,
    /// The first pause after a failure; each further one is twice as long.
    pub backoff: Duration,
    /// The longest pause.
    pub longest_backoff: Duration,
    /// A connection that held this long was no failure.
    pub steady: Duration,
    /// Between two Identifies (Discord's limit for a bot of one shard).
    pub identify_spacing: Duration,
    /// How often the session is kept while events come.
    pub keep_session: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(10),
            ready: Duration::from_secs(10),
            quiet: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            backoff: Duration::from_millis(250),
            longest_backoff: Duration::from_secs(8),
            steady: Duration::from_secs(10),
            identify_spacing: Duration::from_secs(5),
            keep_session: Duration::from_secs(5),
        }
    }
}

impl Pace {
    /// The pause after so many failures in a row.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1).min(16));
        self.backoff
            .saturating_mul(doubled)
            .min(self.longest_backoff)
    }
}
