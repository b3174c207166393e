//! What Medic has to be allowed, where, and what for. The invitation asks for exactly this.

pub use serenity::model::id::ApplicationId;

use serenity::model::Permissions;
use serenity::model::id::GuildId;

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Cards are posted there, with a thread each.
    Alerts,
    /// The end of the audit chain is posted there.
    Audit,
    /// Its messages are tickets.
    TicketChannel,
    /// Its posts are tickets.
    TicketForum,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [
        Self::Alerts,
        Self::Audit,
        Self::TicketChannel,
        Self::TicketForum,
    ];

    /// In words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Alerts => "cards",
            Self::Audit => "the end of the audit chain",
            Self::TicketChannel | Self::TicketForum => "tickets",
        }
    }

    /// What Medic needs there, each with what it is for.
    pub const fn needs(self) -> &'static [Need] {
        const SEE: Need = need(Permissions::VIEW_CHANNEL, "View Channel", "to see it");
        const HISTORY: Need = need(
            Permissions::READ_MESSAGE_HISTORY,
            "Read Message History",
            "to read what came while it was away, and to find its own posts",
        );
        const SEND: Need = need(Permissions::SEND_MESSAGES, "Send Messages", "to post");
        const EMBED: Need = need(
            Permissions::EMBED_LINKS,
            "Embed Links",
            "to post cards, which are embeds",
        );
        const THREADS: Need = need(
            Permissions::CREATE_PUBLIC_THREADS,
            "Create Public Threads",
            "to give an incident or a ticket its thread",
        );
        const IN_THREADS: Need = need(
            Permissions::SEND_MESSAGES_IN_THREADS,
            "Send Messages in Threads",
            "to write in threads",
        );
        match self {
            Self::Alerts => &[SEE, HISTORY, SEND, EMBED, THREADS, IN_THREADS],
            Self::Audit => &[SEE, HISTORY, SEND, EMBED],
            Self::TicketChannel => &[SEE, HISTORY, SEND, EMBED, THREADS, IN_THREADS],
            Self::TicketForum => &[SEE, HISTORY, EMBED, IN_THREADS],
        }
    }

    /// What of it is missing.
    pub fn missing(self, held: Permissions) -> impl Iterator<Item = &'static Need> {
        self.needs()
            .iter()
            .filter(move |need| !held.contains(need.permission))
    }
}

/// One permission that Medic uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The permission.
    pub permission: Permissions,
    /// Its name in Discord's settings.
    pub name: &'static str,
    /// What it is for.
    pub what_for: &'static str,
}

const fn need(permission: Permissions, name: &'static str, what_for: &'static str) -> Need {
    Need {
        permission,
        name,
        what_for,
    }
}

/// Everything that any channel needs: what the invitation asks for.
pub fn invited_with() -> Permissions {
    Purpose::ALL
        .iter()
        .flat_map(|purpose| purpose.needs())
        .fold(Permissions::empty(), |all, need| all | need.permission)
}

/// The link that adds the application to a server, with its commands and the permissions that are
/// used, and no others.
pub fn invite_link(application: ApplicationId, guild: Option<GuildId>) -> String {
    let permissions = invited_with().bits();
    let guild = guild.map_or_else(String::new, |guild| {
        format!("&guild_id={guild}&disable_guild_select=true")
    });
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={permissions}{guild}"
    )
}
