//! Takes what comes from Discord and hands it to whom it concerns; keeps what the transport has to
//! know in the surface's notes.

use super::cards::{self, Look};
use super::context::Context;
use super::interactions;
use super::listener::{Listener, Summary};
use super::memory::Memory;
use super::rest::RestError;
use super::tickets::{self, Desk, Taken};
use crate::domain::{Surface, WorkspaceId};
use crate::engine::handle::{Handle, Note};
use async_trait::async_trait;
use serenity::builder::CreateMessage;
use serenity::model::application::Interaction;
use serenity::model::channel::{GuildChannel, Message};
use serenity::model::event::MessageUpdateEvent;
use serenity::model::id::{ChannelId, MessageId};
use tokio::sync::mpsc::UnboundedSender;

/// Whoever listens on the surface's side.
pub struct Reception {
    desk: Desk,
    look: UnboundedSender<Look>,
}

impl Reception {
    /// Hands messages to the tickets, presses to their router, and has cards looked at.
    pub fn new(context: Context, look: UnboundedSender<Look>) -> Self {
        Self {
            desk: Desk::new(context),
            look,
        }
    }
}

/// What came of a message. What Discord refuses for good is told and let go, so that it holds
/// nothing back; everything else comes again.
fn taken(result: Result<Taken, RestError>) -> Result<bool, String> {
    match result {
        Ok(Taken::New(_) | Taken::Changed(_)) => Ok(true),
        Ok(Taken::Same(_) | Taken::NotATicket) => Ok(false),
        Ok(Taken::Refused(problem)) => {
            tracing::warn!(code = problem.code, "a message cannot be taken as a ticket");
            Ok(false)
        }
        Err(error) if matches!(error.status(), Some(403 | 404)) => {
            tracing::warn!(%error, "a message's place cannot be read; `medic doctor` says what is missing");
            Ok(false)
        }
        Err(error) => Err(error.to_string()),
    }
}

#[async_trait]
impl Listener for Reception {
    async fn posted(&self, message: &Message) -> Result<(), String> {
        taken(tickets::created(&self.desk, message).await).map(drop)
    }

    async fn read_back(&self, message: &Message) -> Result<bool, String> {
        taken(tickets::read_back(&self.desk, message).await)
    }

    async fn edited(&self, update: &MessageUpdateEvent) -> Result<(), String> {
        // Without a time it was not edited: Discord has only added a preview of a link.
        if update.edited_timestamp.is_none() {
            return Ok(());
        }
        taken(tickets::updated(&self.desk, update.channel_id, update.id).await).map(drop)
    }

    async fn deleted(&self, channel: ChannelId, message: MessageId) -> Result<(), String> {
        let card = cards::deleted(&self.desk, message)
            .await
            .map_err(|error| error.to_string())?;
        if let Some(subject) = card {
            // Nobody shows cards any more while Medic stops.
            let _ = self.look.send(Look::At(subject));
        }
        taken(tickets::deleted(&self.desk, channel, message).await).map(drop)
    }

    async fn thread(&self, thread: &GuildChannel) {
        if let Err(error) = taken(tickets::thread_changed(&self.desk, thread).await) {
            tracing::warn!(%error, "a thread cannot be read for now; its next message brings it in");
        }
    }

    async fn interaction(&self, interaction: Interaction) {
        interactions::handle((*self.desk).clone(), interaction).await;
    }

    async fn online(&self, resumed: bool) {
        // As above.
        let _ = self.look.send(Look::Everything { doubt: !resumed });
    }

    async fn caught_up(&self, summary: Summary) {
        tracing::info!(
            channels = summary.channels,
            messages = summary.messages,
            unreadable = summary.unreadable,
            hidden = summary.hidden.len(),
            failed = summary.failed.len(),
            "read back what came meanwhile"
        );
        let Some(channel) = self.desk.options.alerts_channel else {
            return;
        };
        if !summary.is_worth_telling() {
            return;
        }
        let told = CreateMessage::new().content(summary.to_string());
        let posted = self.desk.rest.create_message(channel, &told, Vec::new());
        if let Err(error) = posted.await {
            tracing::warn!(%error, "the summary cannot be posted");
        }
    }
}

/// The transport's memory, among the surface's notes.
pub struct Notes {
    /// The engine.
    pub handle: Handle,
    /// Whose notes.
    pub workspace: WorkspaceId,
}

#[async_trait]
impl Memory for Notes {
    async fn recall(&self, key: &str) -> Option<String> {
        match self
            .handle
            .note_of(&self.workspace, Surface::Discord, &kept(key))
        {
            Ok(value) => value,
            Err(error) => {
                tracing::error!(%error, "what Discord's transport kept cannot be read");
                None
            }
        }
    }

    async fn keep(&self, key: &str, value: String) -> Result<(), String> {
        let note = Note {
            key: kept(key),
            value: Some(value),
        };
        self.handle
            .note(&self.workspace, Surface::Discord, vec![note])
            .await
            .map_err(|error| error.to_string())
    }
}

fn kept(key: &str) -> String {
    format!("transport/{key}")
}
