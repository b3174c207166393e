//! A Discord to test against: REST and gateway over real sockets, with Discord's limits, permissions
//! and moods. People act on it (`people.rs`), it can be read as people see it (`reading.rs`), and it
//! misbehaves on command (`moods.rs`).

mod answers;
mod capture;
pub mod gateway;
mod limits;
pub mod moods;
pub mod people;
pub mod reading;
mod rest;
mod routes;
pub mod world;

pub use moods::{Mood, Scope};
pub use world::{Permission, World};

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The token that the fake takes.
pub const TOKEN: &str = "MTA.fake-discord.token";

/// How long a test waits for something to happen before it fails. Never waited for where it does.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running fake. Cheap to clone; the servers end with the last clone.
#[derive(Clone)]
pub struct Discord(Arc<Running>);

struct Running {
    world: Arc<Shared>,
    base: String,
    servers: Vec<JoinHandle<()>>,
}

/// The world and who waits for it to change.
pub struct Shared {
    world: Mutex<World>,
    changed: Notify,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.world
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Changes the world and tells who waits.
    pub fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let result = act(&mut self.lock());
        self.changed.notify_waiters();
        result
    }
}

impl Discord {
    /// Begins with one guild, the bot in it, and nothing else.
    pub async fn start() -> Self {
        let world = Arc::new(Shared {
            world: Mutex::new(World::new()),
            changed: Notify::new(),
        });
        let (gateway, gateway_server) = gateway::serve(Arc::clone(&world)).await;
        world.lock().gateway_url = gateway;
        let (base, rest_server) = rest::serve(Arc::clone(&world)).await;
        Self(Arc::new(Running {
            world,
            base,
            servers: vec![gateway_server, rest_server],
        }))
    }

    /// For `DISCORD_API_BASE`.
    pub fn base(&self) -> &str {
        &self.0.base
    }

    /// Looks at or changes the world directly.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.0.world.change(act)
    }

    /// Waits until `look` finds something.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&mut World) -> Option<T>) -> T {
        let wait = async {
            loop {
                let changed = self.0.world.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = look(&mut self.0.world.lock()) {
                    return found;
                }
                changed.await;
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!(
                "waited in vain for {what}; Discord shows:\n{}",
                self.reads_all()
            ),
        }
    }

    fn reads_all(&self) -> String {
        let world = self.0.world.lock();
        let names: Vec<String> = world.channels.values().map(|c| c.name.clone()).collect();
        drop(world);
        let parts = names
            .iter()
            .map(|name| format!("#{name}\n{}", self.channel(name).reads()));
        parts.collect::<Vec<_>>().join("\n")
    }
}
