//! Discord's rate limits, kept from what its answers say: buckets by header and channel or guild,
//! 50 requests a second over all, and not too many refusals.

use super::call::Lane;
use reqwest::header::HeaderMap;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requests a second over all routes but interactions (Discord's documentation, "Rate Limits").
const GLOBAL_PER_SECOND: usize = 50;

/// Discord bans an address after 10,000 answers 401, 403 or 429 in ten minutes; at half of that
/// nothing more is sent until some have grown old.
const REFUSALS: usize = 5_000;
const REFUSALS_WINDOW: Duration = Duration::from_secs(600);

/// A wait that Discord asks for is believed up to here; what is longer or no number is not.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// When a 429 says nothing readable about how long.
const UNSAID_WAIT: Duration = Duration::from_secs(1);

/// So many lanes are remembered before those at rest are forgotten.
const LANES: usize = 2_048;

/// What is known about the limits. One for each token.
#[derive(Default)]
pub(super) struct Limiter(Mutex<Known>);

#[derive(Default)]
struct Known {
    lanes: HashMap<Lane, LaneState>,
    buckets: HashMap<(String, u64), Bucket>,
    sent: VecDeque<Instant>,
    refused: VecDeque<Instant>,
    blocked_until: Option<Instant>,
}

#[derive(Default)]
struct LaneState {
    turn: Arc<tokio::sync::Mutex<()>>,
    bucket: Option<String>,
    blocked_until: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Bucket {
    remaining: u64,
    resets: Instant,
}

/// What a 429 was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The bot in this bucket.
    Bucket,
    /// The bot everywhere.
    Global,
    /// The channel or guild for everybody; not the bot's fault.
    Shared,
}

impl Limiter {
    /// The right to send in this lane: one request at a time, so that each knows what the one
    /// before learnt. Other lanes go on.
    pub fn turn(&self, lane: &Lane) -> Arc<tokio::sync::Mutex<()>> {
        let mut known = self.lock();
        if known.lanes.len() >= LANES {
            let now = Instant::now();
            known.lanes.retain(|_, lane| {
                Arc::strong_count(&lane.turn) > 1 || lane.blocked_until.is_some_and(|at| at > now)
            });
            known.buckets.retain(|_, bucket| bucket.resets > now);
        }
        Arc::clone(&known.lanes.entry(lane.clone()).or_default().turn)
    }

    /// Takes a place for one request, or says how long to wait before asking again. Interactions
    /// have no lane and wait only for the refusals.
    pub fn take(&self, lane: Option<&Lane>) -> Result<(), Duration> {
        let now = Instant::now();
        let mut known = self.lock();
        let known = &mut *known;
        while known
            .refused
            .front()
            .is_some_and(|at| *at + REFUSALS_WINDOW <= now)
        {
            known.refused.pop_front();
        }
        if let Some(oldest) = known.refused.front()
            && known.refused.len() >= REFUSALS
        {
            return Err(*oldest + REFUSALS_WINDOW - now);
        }
        let Some(lane) = lane else {
            return Ok(());
        };
        while known
            .sent
            .front()
            .is_some_and(|at| *at + Duration::from_secs(1) <= now)
        {
            known.sent.pop_front();
        }
        let state = known.lanes.entry(lane.clone()).or_default();
        let key = state.bucket.clone().map(|bucket| (bucket, lane.major));
        let bucket = key.and_then(|key| known.buckets.get_mut(&key));
        let empty = bucket.as_ref().filter(|bucket| bucket.remaining == 0);
        let full_second = (known.sent.len() >= GLOBAL_PER_SECOND)
            .then(|| known.sent.front().map(|at| *at + Duration::from_secs(1)))
            .flatten();
        let until = [
            known.blocked_until,
            state.blocked_until,
            empty.map(|bucket| bucket.resets),
            full_second,
        ];
        if let Some(until) = until.into_iter().flatten().max()
            && until > now
        {
            return Err(until - now);
        }
        if let Some(bucket) = bucket {
            // Past its reset a bucket is full again; how full, the answer will say.
            bucket.remaining = bucket.remaining.saturating_sub(1);
        }
        known.sent.push_back(now);
        Ok(())
    }

    /// Learns from an answer's headers. What cannot be read counts as not said.
    pub fn learn(&self, lane: &Lane, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let remaining = text("x-ratelimit-remaining").and_then(|text| text.parse().ok());
        let reset = text("x-ratelimit-reset-after").and_then(seconds);
        let (Some(bucket), Some(remaining), Some(reset)) =
            (text("x-ratelimit-bucket"), remaining, reset)
        else {
            return;
        };
        let mut known = self.lock();
        let resets = Instant::now() + reset;
        let state = known.lanes.entry(lane.clone()).or_default();
        state.bucket = Some(bucket.to_owned());
        let key = (bucket.to_owned(), lane.major);
        known.buckets.insert(key, Bucket { remaining, resets });
    }

    /// Takes a 429 to heart. `said` is the body's `retry_after` in seconds. Answers with the wait
    /// and whose limit it was.
    pub fn limited(
        &self,
        lane: Option<&Lane>,
        headers: &HeaderMap,
        said: Option<f64>,
        global: bool,
    ) -> (Duration, Scope) {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let wait = said
            .and_then(whole)
            .or_else(|| text("retry-after").and_then(seconds))
            .or_else(|| text("x-ratelimit-reset-after").and_then(seconds))
            .unwrap_or(UNSAID_WAIT);
        let scope = match text("x-ratelimit-scope") {
            Some("shared") => Scope::Shared,
            Some("global") => Scope::Global,
            _ if global || text("x-ratelimit-global") == Some("true") => Scope::Global,
            _ => Scope::Bucket,
        };
        let until = Instant::now() + wait;
        let mut known = self.lock();
        match (scope, lane) {
            (Scope::Global, Some(_)) => known.blocked_until = known.blocked_until.max(Some(until)),
            (_, Some(lane)) => {
                let state = known.lanes.entry(lane.clone()).or_default();
                state.blocked_until = state.blocked_until.max(Some(until));
            }
            (_, None) => {}
        }
        (wait, scope)
    }

    /// Counts an answer 401, 403 or 429.
    pub fn refused(&self) {
        self.lock().refused.push_back(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(text: &str) -> Option<Duration> {
    whole(text.parse().ok()?)
}

/// No negative, infinite or absurd wait.
fn whole(seconds: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    (wait <= LONGEST_WAIT).then_some(wait)
}
