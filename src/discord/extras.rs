//! What the surface needs of the whole application, and helpers over the context.

use super::answer::Refusal;
use super::context::Context;
use crate::domain::{Person, Since, WorkspaceId};
use crate::engine::handle::{Handle, Redecided, StoreError};
use serenity::model::id::{ChannelId, MessageId};
use std::pin::Pin;

/// How a thing that the doctor looked at stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Fine,
    /// Good to know.
    Notice,
    /// Something will not work when it is needed.
    Problem,
}

/// One thing that the doctor looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub level: Level,
    /// What was looked at.
    pub what: String,
    /// What was found; for a fault what to do and where.
    pub text: String,
}

/// What only the whole application can do.
pub trait Extras: Send + Sync {
    /// A link that signs this person in to the console once.
    ///
    /// # Errors
    /// With the sentence to show: nobody can sign in who has no entry in the config.
    fn login_link(&self, workspace: &WorkspaceId, person: &Person) -> Result<String, String>;

    /// What has been decided, decided again under these rules (the text of `[[policy.rules]]`), back
    /// from the newest decision for so long. Waits on the store.
    ///
    /// # Errors
    /// With what is wrong about the rules, a line each.
    fn try_rules(
        &self,
        workspace: &WorkspaceId,
        rules: &str,
        since: Option<Since>,
    ) -> Result<Redecided, String>;

    /// Everything that would keep Medic from working.
    fn doctor(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>>;
}

impl Context {
    /// Reads the store on a thread that may wait.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Handle, &WorkspaceId) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (handle, workspace) = (self.handle.clone(), self.workspace.clone());
        let done = tokio::task::spawn_blocking(move || read(&handle, &workspace)).await;
        match done {
            Ok(result) => Ok(result?),
            Err(error) => Err(Refusal::Broken(error.to_string())),
        }
    }

    /// The address of a message, as it opens in Discord.
    pub fn link(&self, channel: ChannelId, message: MessageId) -> String {
        let guild = self
            .options
            .guild_id
            .map_or_else(|| "@me".to_owned(), |guild| guild.to_string());
        format!("https://discord.com/channels/{guild}/{channel}/{message}")
    }
}
