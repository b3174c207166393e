//! How the connection stands, for whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// The connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not there, and on its way.
    Connecting,
    /// There; events come.
    Online,
    /// Held back on purpose.
    Waiting {
        /// Why, and what to do.
        why: String,
    },
    /// Given up until somebody changes something and starts Medic anew. Everything but Discord
    /// goes on.
    Stopped {
        /// What to change, and where.
        why: String,
    },
}

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events taken.
    pub events: u64,
    /// Events that could not be read.
    pub undecodable: u64,
    /// Events that came twice and were taken once.
    pub repeated: u64,
    /// Times that events may have been missed, so that the history was read.
    pub gaps: u64,
    /// Connections made.
    pub connections: u64,
    /// Sessions begun; the rest were resumed.
    pub identifies: u64,
}

/// How the connection stands. Cheap to clone.
#[derive(Clone)]
pub struct Status {
    link: watch::Receiver<Link>,
    counters: Arc<Counters>,
}

#[derive(Default)]
pub(super) struct Counters {
    pub events: AtomicU64,
    pub undecodable: AtomicU64,
    pub repeated: AtomicU64,
    pub gaps: AtomicU64,
    pub connections: AtomicU64,
    pub identifies: AtomicU64,
    waiting: AtomicU64,
}

/// The other end of [`Status`].
#[derive(Clone)]
pub(super) struct Telltale {
    link: watch::Sender<Link>,
    pub counters: Arc<Counters>,
}

/// One Identify that waits.
pub(super) struct Waiting(Arc<Counters>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn status() -> (Telltale, Status) {
    let (sender, receiver) = watch::channel(Link::Connecting);
    let counters = Arc::new(Counters::default());
    let telltale = Telltale {
        link: sender,
        counters: Arc::clone(&counters),
    };
    let status = Status {
        link: receiver,
        counters,
    };
    (telltale, status)
}

impl Telltale {
    pub fn link(&self, link: Link) {
        // Nobody may be listening.
        let _ = self.link.send_if_modified(|now| {
            let changed = *now != link;
            *now = link;
            changed
        });
    }

    /// An Identify waits for its turn until this is dropped, so that silence means nothing.
    pub fn waiting(&self) -> Waiting {
        count(&self.counters.waiting);
        Waiting(Arc::clone(&self.counters))
    }

    pub fn is_identifying(&self) -> bool {
        self.counters.waiting.load(Ordering::Relaxed) > 0
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Status {
    /// The connection now.
    pub fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    /// Waits until the connection changes; none when it has ended for good.
    pub async fn changed(&mut self) -> Option<Link> {
        self.link.changed().await.ok()?;
        Some(self.link.borrow_and_update().clone())
    }

    /// Counts since the start.
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            events: of(&self.counters.events),
            undecodable: of(&self.counters.undecodable),
            repeated: of(&self.counters.repeated),
            gaps: of(&self.counters.gaps),
            connections: of(&self.counters.connections),
            identifies: of(&self.counters.identifies),
        }
    }
}
