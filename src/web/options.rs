//! What the web surface is built from.

use super::{LoginKey, Origin, Sources};
use crate::domain::{Person, PersonId, Surface, WorkspaceId};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

/// What the config says about the web surface.
#[derive(Debug)]
pub struct WebOptions {
    /// Who may deliver tickets.
    pub sources: Sources,
    /// Who may sign in.
    pub people: Vec<ConsolePerson>,
    /// Seals links and sessions.
    pub login_key: LoginKey,
    /// Where browsers reach the console; requests with another Host are refused.
    pub origins: Vec<Origin>,
    /// Bytes of a ticket request at most.
    pub max_body_bytes: usize,
    /// Ticket requests held in memory at once; more are asked to come back.
    pub max_requests: usize,
    /// Open pages that are refreshed live at once; more fall back to reloading.
    pub max_streams: usize,
}

impl WebOptions {
    /// Options with the limits of the design: 1 MiB a request, 256 requests at once, 64 streams.
    pub fn new(
        sources: Sources,
        people: Vec<ConsolePerson>,
        login_key: LoginKey,
        origins: Vec<Origin>,
    ) -> Self {
        Self {
            sources,
            people,
            login_key,
            origins,
            max_body_bytes: 1024 * 1024,
            max_requests: 256,
            max_streams: 64,
        }
    }

    /// The person with the roles they hold now, if they still may sign in to this workspace.
    pub(super) fn person(&self, workspace: &WorkspaceId, id: &PersonId) -> Option<Person> {
        let found = self
            .people
            .iter()
            .find(|person| person.workspace == *workspace && person.id == *id)?;
        Some(Person {
            id: found.id.clone(),
            name: found.name.clone(),
            roles: found.roles.clone(),
            surface: Surface::Console,
        })
    }
}

/// A person who may sign in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsolePerson {
    /// The workspace they see.
    pub workspace: WorkspaceId,
    /// Their id, the same on every surface.
    pub id: PersonId,
    /// How they are called.
    pub name: String,
    /// The roles they hold.
    pub roles: Vec<String>,
}

/// What the time is. Webhook signatures, links, sessions and "3 min ago" all go by it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything the router needs; see [`super::create_app`].
pub struct WebState {
    /// The engine.
    pub handle: crate::engine::handle::Handle,
    /// What the config says.
    pub options: WebOptions,
    /// What the time is.
    pub clock: Clock,
    /// What arrived at the demo's receiver, where there is one.
    pub received: Option<Arc<dyn ReceivedView>>,
    /// Turns true when the server is to stop: live pages would otherwise never end.
    pub stopping: watch::Receiver<bool>,
}

/// What arrived at a receiver that belongs to Medic itself (the demo's).
pub trait ReceivedView: Send + Sync {
    /// The newest requests, newest first, at most `limit`.
    fn received(&self, limit: usize) -> Vec<ReceivedRequest>;
}

/// One request as the receiver saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// When it came.
    pub at: Timestamp,
    /// `POST /helpdesk/messages`.
    pub what: String,
    /// The key by which the receiver knows a repeat; may be empty.
    pub idempotency_key: String,
    /// Whether its signature was right.
    pub signature_ok: bool,
    /// How often it came under this key.
    pub times: u32,
    /// What it said.
    pub body: String,
}
