//! The connection to Discord's gateway: on a thread and runtime of its own, so that nothing else
//! can hold its heartbeats and it can hold nothing else.
//!
//! Every close that a reconnect can heal is healed by itself; a session is resumed, also after a
//! restart. Where somebody has to change a setting, it stops and says which.

mod budget;
mod closing;
mod decode;
mod intents;
mod order;
mod pace;
mod run;
mod session;
mod status;
mod watch;

pub use decode::Undecodable;
pub use intents::intents;
pub use pace::Pace;
pub use run::Parts;
pub use status::{Counts, Link, Status};
pub use watch::{here, start};

use serenity::model::event::Event;
use std::sync::Arc;
use tokio::sync::{mpsc, watch as channel};

/// Tells the time.
pub type Now = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;

/// Events that may wait for their reader; beyond, the history is read instead.
const WAITING: usize = 10_000;

/// What comes from the gateway.
#[derive(Debug)]
pub enum Inbound {
    /// The connection stands. After a new session, and after a restart, the history has to be read.
    Online {
        /// Whether missed events follow, so that nothing but a restart can have lost any.
        resumed: bool,
    },
    /// An event that Medic acts on.
    Event(Box<Event>),
    /// Events may be missing; of one it may be known which.
    Gap(Option<Undecodable>),
}

/// The connection's end that Medic holds.
pub struct Gateway {
    /// What comes, in order.
    pub inbound: mpsc::Receiver<Inbound>,
    /// How it stands.
    pub status: Status,
    /// Ends it.
    pub stop: Stop,
}

/// Ends the connection, so that the session can be resumed.
pub struct Stop {
    told: channel::Sender<bool>,
    ended: channel::Receiver<bool>,
}

impl Stop {
    /// Tells the connection to end, and waits until it has, two seconds at most.
    pub async fn stop(mut self) {
        // It may have ended by itself.
        let _ = self.told.send(true);
        let ended = self.ended.wait_for(|ended| *ended);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), ended).await;
    }
}
