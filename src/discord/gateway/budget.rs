//! Sessions begun by itself: at most fifty a day, however often Medic is restarted. Discord resets
//! the token of a bot that begins 1,000.

use super::super::memory::Memory;
use super::Now;
use super::status::{Link, Telltale, count};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use twilight_gateway::queue::Queue;

/// Identifies in any 24 hours.
const A_DAY: usize = 50;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Where the times of the last Identifies are kept.
const KEY: &str = "gateway/identifies";

/// How long a store that does not write is waited for before the next try.
const AGAIN: Duration = Duration::from_secs(1);

/// Lets an Identify go when the budget allows it, and has noted it durably before.
#[derive(Clone)]
pub(super) struct Budget {
    memory: Arc<dyn Memory>,
    now: Now,
    spacing: Duration,
    telltale: Telltale,
}

impl Budget {
    pub fn new(memory: Arc<dyn Memory>, now: Now, spacing: Duration, telltale: Telltale) -> Self {
        Self {
            memory,
            now,
            spacing,
            telltale,
        }
    }

    /// Waits for a place and takes it; whether it did, for the connection may go meanwhile, and then
    /// none is taken.
    async fn take(&self, go: &oneshot::Sender<()>) -> bool {
        loop {
            if go.is_closed() {
                return false;
            }
            let mut times = self.times().await;
            let now = (self.now)();
            times.retain(|at| now.duration_since(*at) < DAY);
            let wait = match (times.back(), times.front()) {
                (_, Some(first)) if times.len() >= A_DAY => DAY - now.duration_since(*first),
                (Some(last), _) => {
                    let spacing = SignedDuration::try_from(self.spacing).unwrap_or_default();
                    spacing - now.duration_since(*last)
                }
                _ => SignedDuration::ZERO,
            };
            if wait > SignedDuration::ZERO {
                let wait = Duration::try_from(wait).unwrap_or_default();
                if times.len() >= A_DAY {
                    self.telltale.link(Link::Waiting {
                        why: format!(
                            "{A_DAY} sessions were begun within a day; Discord would reset the \
                             token of a bot that goes on like this. Something ends them: see the \
                             log for the closes"
                        ),
                    });
                }
                // The machine's clock may jump; so it is asked again.
                tokio::time::sleep(wait.min(Duration::from_secs(60))).await;
                continue;
            }
            times.push_back(now);
            let text = serde_json::to_string(&times).unwrap_or_default();
            match self.memory.keep(KEY, text).await {
                Ok(()) => return true,
                Err(why) => {
                    tracing::warn!(%why, "cannot note the session about to be begun; waiting");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn times(&self) -> VecDeque<Timestamp> {
        let kept = self.memory.recall(KEY).await;
        kept.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }
}

impl Queue for Budget {
    fn enqueue(&self, _shard: u32) -> oneshot::Receiver<()> {
        let (go, wait) = oneshot::channel();
        let budget = self.clone();
        tokio::spawn(async move {
            let waiting = budget.telltale.waiting();
            if budget.take(&go).await {
                count(&budget.telltale.counters.identifies);
                // The connection may have gone meanwhile.
                let _ = go.send(());
            }
            drop(waiting);
        });
        wait
    }
}
