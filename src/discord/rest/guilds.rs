//! The application, its guild, channels, members and commands.

use super::call::Call;
use super::{Rest, RestError};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serenity::model::application::{ApplicationFlags, Command};
use serenity::model::channel::{GuildChannel, ThreadsData};
use serenity::model::guild::{Member, PartialGuild, Role};
use serenity::model::id::{ApplicationId, ChannelId, GuildId, RoleId, UserId};
use serenity::model::user::User;
use std::collections::BTreeMap;

/// Where the gateway is, and how many sessions may still be begun.
#[derive(Clone, Debug, Deserialize)]
pub struct Gateway {
    /// Its URL; to be proven before the token is sent there.
    pub url: String,
    /// Discord's count of sessions; other servers may leave it out.
    pub session_start_limit: Option<SessionStartLimit>,
}

/// How many sessions may still be begun.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct SessionStartLimit {
    /// Sessions left; at 0 the next one would cost the token.
    pub remaining: u64,
    /// Milliseconds until the count starts anew.
    pub reset_after: u64,
}

/// What Discord says about the bot's application.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Says among other things which privileged intents are switched on.
    #[serde(default)]
    pub flags: Option<ApplicationFlags>,
    /// Where interactions go instead of the gateway; must be empty for Medic.
    #[serde(default)]
    pub interactions_endpoint_url: Option<String>,
}

/// Short for a GET.
fn get(route: &'static str, major: u64, path: String) -> Call {
    Call::new(Method::GET, route, major, path)
}

impl Rest {
    /// Where the gateway is.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn gateway(&self) -> Result<Gateway, RestError> {
        self.fetch(get("/gateway/bot", 0, "/gateway/bot".into()))
            .await
    }

    /// The bot itself.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn me(&self) -> Result<User, RestError> {
        self.fetch(get("/users/@me", 0, "/users/@me".into())).await
    }

    /// The bot's application.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn application(&self) -> Result<Application, RestError> {
        let path = "/applications/@me";
        self.fetch(get(path, 0, path.into())).await
    }

    /// A guild with its roles.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn guild(&self, guild: GuildId) -> Result<PartialGuild, RestError> {
        self.fetch(get(
            "/guilds/{guild}",
            guild.get(),
            format!("/guilds/{guild}"),
        ))
        .await
    }

    /// A guild's roles.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn roles(&self, guild: GuildId) -> Result<Vec<Role>, RestError> {
        let path = format!("/guilds/{guild}/roles");
        self.fetch(get("/guilds/{guild}/roles", guild.get(), path))
            .await
    }

    /// How many members hold each role of a guild.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn role_member_counts(
        &self,
        guild: GuildId,
    ) -> Result<BTreeMap<RoleId, u64>, RestError> {
        let path = format!("/guilds/{guild}/roles/member-counts");
        let route = "/guilds/{guild}/roles/member-counts";
        self.fetch(get(route, guild.get(), path)).await
    }

    /// A guild's channels, without threads.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn channels(&self, guild: GuildId) -> Result<Vec<GuildChannel>, RestError> {
        let path = format!("/guilds/{guild}/channels");
        self.fetch(get("/guilds/{guild}/channels", guild.get(), path))
            .await
    }

    /// One channel or thread of a guild.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn channel(&self, channel: ChannelId) -> Result<GuildChannel, RestError> {
        let path = format!("/channels/{channel}");
        self.fetch(get("/channels/{channel}", channel.get(), path))
            .await
    }

    /// One member of a guild.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn member(&self, guild: GuildId, user: UserId) -> Result<Member, RestError> {
        let path = format!("/guilds/{guild}/members/{user}");
        self.fetch(get("/guilds/{guild}/members/{user}", guild.get(), path))
            .await
    }

    /// A guild's threads that are not archived.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn active_threads(&self, guild: GuildId) -> Result<ThreadsData, RestError> {
        let path = format!("/guilds/{guild}/threads/active");
        self.fetch(get("/guilds/{guild}/threads/active", guild.get(), path))
            .await
    }

    /// A channel's public threads that are archived, the last archived first, up to 100.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn archived_threads(&self, channel: ChannelId) -> Result<ThreadsData, RestError> {
        let path = format!("/channels/{channel}/threads/archived/public");
        let route = "/channels/{channel}/threads/archived/public";
        self.fetch(get(route, channel.get(), path).query("limit", 100))
            .await
    }

    /// The application's commands in a guild.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn guild_commands(
        &self,
        application: ApplicationId,
        guild: GuildId,
    ) -> Result<Vec<Command>, RestError> {
        self.fetch(commands(Method::GET, application, guild)).await
    }

    /// Replaces all of the application's commands in a guild.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn put_guild_commands(
        &self,
        application: ApplicationId,
        guild: GuildId,
        wanted: &impl Serialize,
    ) -> Result<(), RestError> {
        self.send(commands(Method::PUT, application, guild).body(wanted)?)
            .await
    }
}

fn commands(method: Method, application: ApplicationId, guild: GuildId) -> Call {
    let path = format!("/applications/{application}/guilds/{guild}/commands");
    let route = "/applications/{application}/guilds/{guild}/commands";
    Call::new(method, route, guild.get(), path)
}
