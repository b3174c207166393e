//! `[discord]`: which server and channels, who the merchants are there, which Discord role is which
//! role of ours.

use crate::domain::{Severity, WorkspaceId};
use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serenity::model::id::{ChannelId, GuildId, RoleId};
use std::collections::BTreeMap;
use std::num::NonZeroU64;

/// The shortest time between two posts of the end of the audit log.
const SHORTEST_AUDIT: SignedDuration = SignedDuration::from_mins(5);

/// `[discord]` as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscordOptions {
    /// The server; none while Discord is not set up.
    #[serde(default, deserialize_with = "maybe_id")]
    pub guild_id: Option<GuildId>,
    /// Where cards are posted; none shows no cards.
    #[serde(default, deserialize_with = "maybe_id")]
    pub alerts_channel: Option<ChannelId>,
    /// Where the end of the audit chain is posted; none posts it nowhere.
    #[serde(default, deserialize_with = "maybe_id")]
    pub audit_channel: Option<ChannelId>,
    /// How often it is posted there, beside after each decision of high risk.
    pub audit_every: SignedDuration,
    /// Whether the slash commands are registered at the start.
    pub register_commands: bool,
    /// The workspace that this server belongs to; the config fills in the first one.
    #[serde(default)]
    pub workspace: Option<WorkspaceId>,
    /// Our role names and the Discord roles that give them.
    #[serde(default, deserialize_with = "ids_by_name")]
    pub roles: BTreeMap<String, RoleId>,
    /// Discord roles that say which merchant a member speaks for.
    #[serde(default, deserialize_with = "merchants_by_role")]
    pub merchant_roles: BTreeMap<RoleId, String>,
    /// Channels and forums whose messages are tickets.
    #[serde(default)]
    pub channels: Vec<TicketChannel>,
}

/// `[[discord.channels]]`: a text channel or forum whose messages are tickets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketChannel {
    /// Its id.
    #[serde(deserialize_with = "one_id")]
    pub id: ChannelId,
    /// Forum tags, by name or id, that say which merchant a post speaks for.
    #[serde(default)]
    pub merchant_tags: BTreeMap<String, String>,
    /// Whether a merchant may be named in the text: `[M123] …` or a line `merchant: M123`. It then
    /// counts as claimed by the message's author.
    #[serde(default = "yes")]
    pub claimed: bool,
    /// What a merchant named in the text has to look like, `*` standing for anything: `M*`.
    #[serde(default = "anything")]
    pub claimed_pattern: String,
    /// How bad its tickets are; nobody reads that from their words.
    #[serde(default)]
    pub severity: Severity,
    /// Where in the migration its merchants stand, may be empty.
    #[serde(default)]
    pub migration_stage: String,
}

const fn yes() -> bool {
    true
}

fn anything() -> String {
    "*".to_owned()
}

impl DiscordOptions {
    /// The settings of a channel whose messages are tickets.
    pub fn ticket_channel(&self, id: ChannelId) -> Option<&TicketChannel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// Everything that these options contradict among themselves, each with the keys to blame.
    pub fn contradictions(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (index, channel) in self.channels.iter().enumerate() {
            let id = channel.id;
            if self.channels[..index].iter().any(|other| other.id == id) {
                wrong.push(format!("a second entry for channel {id}; merge the two"));
            }
            if self.alerts_channel == Some(id) {
                wrong.push(format!(
                    "channel {id} is also alerts_channel: Medic would read its own posts' neighbours as tickets; give alerts_channel a channel of its own"
                ));
            }
            if self.audit_channel == Some(id) {
                wrong.push(format!(
                    "channel {id} is also audit_channel: whoever may write there could push the posts out of sight; give audit_channel a channel of its own"
                ));
            }
            if channel.claimed_pattern.is_empty() {
                wrong.push(format!(
                    "claimed_pattern of channel {id} is empty and fits nothing; write \"*\", or claimed = false"
                ));
            }
        }
        if self.audit_every < SHORTEST_AUDIT {
            wrong.push("audit_every has to be at least 5m".to_owned());
        }
        wrong
    }
}

/// An id as Discord's app copies it: 17 to 20 digits today, read from 15 on.
fn id<T: From<NonZeroU64>>(text: &str) -> Result<T, String> {
    let digits = (15..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| text.parse::<NonZeroU64>().ok())
        .flatten()
        .map(T::from)
        .ok_or_else(|| {
            format!(
                "{text:?} is not a Discord id; write its 17 to 20 digits in quotes (developer mode on, right click, Copy ID)"
            )
        })
}

fn one_id<'de, D: Deserializer<'de>, T: From<NonZeroU64>>(from: D) -> Result<T, D::Error> {
    id(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// An empty text is "not set up yet", as in the shipped config.
fn maybe_id<'de, D: Deserializer<'de>, T: From<NonZeroU64>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    id(&text).map(Some).map_err(D::Error::custom)
}

fn ids_by_name<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, RoleId>, D::Error> {
    BTreeMap::<String, String>::deserialize(from)?
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| Ok((name, id(&text).map_err(D::Error::custom)?)))
        .collect()
}

fn merchants_by_role<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<RoleId, String>, D::Error> {
    BTreeMap::<String, String>::deserialize(from)?
        .into_iter()
        .map(|(text, merchant)| Ok((id(&text).map_err(D::Error::custom)?, merchant)))
        .collect()
}
