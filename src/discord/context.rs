//! Everything that the parts of the Discord surface share. Built once, cheap to clone.

use super::extras::Extras;
use super::options::DiscordOptions;
use super::people::People;
use super::posts::Found;
use super::rest::Rest;
use crate::domain::WorkspaceId;
use crate::engine::handle::Handle;
use serenity::model::id::{ApplicationId, UserId};
use std::sync::Arc;

/// What the surface works with.
#[derive(Clone)]
pub struct Context {
    /// The engine.
    pub handle: Handle,
    /// Calls to Discord.
    pub rest: Rest,
    /// `[discord]` of the config.
    pub options: Arc<DiscordOptions>,
    /// Whose tickets and cards these are.
    pub workspace: WorkspaceId,
    /// Who is who.
    pub people: Arc<People>,
    /// The bot's own user.
    pub me: UserId,
    /// The bot's application.
    pub application: ApplicationId,
    /// What stands in channels already.
    pub found: Arc<Found>,
    /// What only the whole application can do.
    pub extras: Arc<dyn Extras>,
}
