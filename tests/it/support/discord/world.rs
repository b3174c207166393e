//! What is in the guild, and how Discord writes it down.

mod json;

use super::capture::Capture;
use super::gateway::Sessions;
use super::moods::Moods;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio::time::Instant;

/// 2026-11-02T09:00:00Z in ms.
const BEGINNING: u64 = 1_793_610_000_000;
const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// Permissions that matter here, by Discord's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Permission {
    ManageMessages = 1 << 13,
    ViewChannel = 1 << 10,
    SendMessages = 1 << 11,
    EmbedLinks = 1 << 14,
    AttachFiles = 1 << 15,
    ReadMessageHistory = 1 << 16,
    MentionEveryone = 1 << 17,
    ManageThreads = 1 << 34,
    CreatePublicThreads = 1 << 35,
    SendMessagesInThreads = 1 << 38,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    Text = 0,
    Thread = 11,
    Forum = 15,
}

pub struct Channel {
    pub id: u64,
    pub name: String,
    pub kind: ChannelKind,
    pub parent: Option<u64>,
    pub owner: Option<u64>,
    pub archived: bool,
    pub locked: bool,
    pub tags: Vec<(u64, String)>,
    pub applied_tags: Vec<u64>,
    pub requires_tag: bool,
    /// Bits taken from the bot here.
    pub denied: u64,
    pub members: BTreeSet<u64>,
    pub last_message: Option<u64>,
}

#[derive(Clone)]
pub struct Message {
    pub id: u64,
    pub channel: u64,
    pub author: u64,
    pub content: String,
    pub embeds: Value,
    pub components: Value,
    /// As it was when first there were any.
    pub first_components: Value,
    pub attachments: Vec<(String, Vec<u8>)>,
    pub allowed_mentions: Value,
    pub nonce: Option<String>,
    pub reply_to: Option<u64>,
    pub ephemeral_for: Option<u64>,
    pub at: u64,
    pub edited: Option<u64>,
    pub edits: u32,
}

pub struct User {
    pub id: u64,
    pub name: String,
    pub bot: bool,
    pub roles: BTreeSet<u64>,
    pub can: u64,
}

pub struct Role {
    pub id: u64,
    pub name: String,
    pub mentionable: bool,
}

/// One ping that somebody got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    pub message: u64,
    /// `@on-call`, `@ana`, `@everyone`.
    pub whom: String,
}

#[derive(Default)]
pub struct Interaction {
    pub token: String,
    pub user: u64,
    pub channel: u64,
    /// The message that a button stood on.
    pub on: Option<u64>,
    pub kind: u8,
    pub begun: Option<Instant>,
    /// Milliseconds until the first answer.
    pub acknowledged_ms: Option<u128>,
    pub callback: Option<Value>,
    /// The message that the first answer made.
    pub original: Option<u64>,
    pub follow_ups: Vec<u64>,
    /// Whether a deferred answer was given.
    pub settled: bool,
}

pub struct World {
    pub guild: u64,
    pub bot: u64,
    pub application: u64,
    pub gateway_url: String,
    pub channels: BTreeMap<u64, Channel>,
    pub messages: BTreeMap<u64, Message>,
    pub users: BTreeMap<u64, User>,
    pub roles: BTreeMap<u64, Role>,
    pub interactions: BTreeMap<u64, Interaction>,
    pub commands: Value,
    pub pings: Vec<Ping>,
    pub nonces: HashMap<(u64, String), u64>,
    pub moods: Moods,
    pub sessions: Sessions,
    pub capture: Capture,
    /// `METHOD /path` of every request, in order.
    pub requests: Vec<String>,
    /// Whether Discord's developer portal has the switch for message content on.
    pub content_switched_on: bool,
    pub token_valid: bool,
    started: Instant,
    moved_ms: u64,
    counter: u64,
}

impl Message {
    /// Remembers the first buttons that people saw.
    pub fn keep_first_components(&mut self) {
        let first = self.first_components.is_null();
        if first
            && self
                .components
                .as_array()
                .is_some_and(|rows| !rows.is_empty())
        {
            self.first_components = self.components.clone();
        }
    }
}

impl World {
    pub fn new() -> Self {
        let mut world = Self {
            guild: 0,
            bot: 0,
            application: 0,
            gateway_url: String::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            interactions: BTreeMap::new(),
            commands: json!([]),
            pings: Vec::new(),
            nonces: HashMap::new(),
            moods: Moods::default(),
            sessions: Sessions::default(),
            capture: Capture::open(),
            requests: Vec::new(),
            content_switched_on: true,
            token_valid: true,
            started: Instant::now(),
            moved_ms: 0,
            counter: 0,
        };
        world.guild = world.snowflake();
        // The role of everybody has the guild's id.
        let everyone = Role {
            id: world.guild,
            name: "@everyone".into(),
            mentionable: false,
        };
        world.roles.insert(world.guild, everyone);
        world.application = world.snowflake();
        world.bot = world.application;
        let bot = User {
            id: world.bot,
            name: "Medic".into(),
            bot: true,
            roles: BTreeSet::new(),
            can: Permission::all(),
        };
        world.users.insert(world.bot, bot);
        let role = world.role("Medic");
        if let Some(bot) = world.users.get_mut(&world.bot) {
            bot.roles.insert(role);
        }
        world
    }

    /// Milliseconds since 1970 in the world.
    pub fn now_ms(&self) -> u64 {
        BEGINNING + self.moved_ms + u64::try_from(self.started.elapsed().as_millis()).unwrap_or(0)
    }

    /// Lets time go by for ages of messages and tokens.
    pub fn advance_minutes(&mut self, minutes: u64) {
        self.moved_ms += minutes * 60_000;
    }

    pub fn snowflake(&mut self) -> u64 {
        self.counter += 1;
        ((self.now_ms() - DISCORD_EPOCH) << 22) + self.counter
    }

    pub fn role(&mut self, name: &str) -> u64 {
        if let Some(role) = self.roles.values().find(|role| role.name == name) {
            return role.id;
        }
        let id = self.snowflake();
        let role = Role {
            id,
            name: name.into(),
            mentionable: true,
        };
        self.roles.insert(id, role);
        id
    }

    pub fn add_channel(&mut self, name: &str, kind: ChannelKind, parent: Option<u64>) -> u64 {
        let id = self.snowflake();
        self.add_channel_as(id, name, kind, parent);
        id
    }

    pub fn add_channel_as(&mut self, id: u64, name: &str, kind: ChannelKind, parent: Option<u64>) {
        let channel = Channel {
            id,
            name: name.into(),
            kind,
            parent,
            owner: None,
            archived: false,
            locked: false,
            tags: Vec::new(),
            applied_tags: Vec::new(),
            requires_tag: false,
            denied: 0,
            members: BTreeSet::new(),
            last_message: None,
        };
        self.channels.insert(id, channel);
    }

    /// The channel or thread of this name.
    pub fn channel_named(&self, name: &str) -> u64 {
        let found = self.channels.values().find(|channel| channel.name == name);
        let names: Vec<_> = self
            .channels
            .values()
            .map(|channel| &channel.name)
            .collect();
        found
            .unwrap_or_else(|| panic!("no channel {name:?}, only {names:?}"))
            .id
    }

    /// Whether the bot may do this in the channel.
    pub fn may(&self, channel: u64, permission: Permission) -> bool {
        let Some(found) = self.channels.get(&channel) else {
            return false;
        };
        let denied = found.denied | found.parent.map_or(0, |parent| self.denied(parent));
        let can = self.users.get(&self.bot).map_or(0, |bot| bot.can);
        can & !denied & permission as u64 != 0
    }

    fn denied(&self, channel: u64) -> u64 {
        self.channels
            .get(&channel)
            .map_or(0, |channel| channel.denied)
    }

    /// Puts a message there and tells the gateway and whoever is pinged.
    pub fn post(&mut self, mut message: Message) -> u64 {
        let id = if message.id == 0 {
            self.snowflake()
        } else {
            message.id
        };
        message.id = id;
        message.at = self.now_ms();
        message.keep_first_components();
        let channel = message.channel;
        let ephemeral = message.ephemeral_for.is_some();
        if !ephemeral {
            self.ping(&message);
            if let Some(channel) = self.channels.get_mut(&channel) {
                channel.last_message = Some(id);
            }
        }
        self.messages.insert(id, message);
        if !ephemeral {
            let mut data = self.message_json(id);
            data["guild_id"] = json!(self.guild.to_string());
            self.dispatch("MESSAGE_CREATE", data);
        }
        id
    }

    fn ping(&mut self, message: &Message) {
        let allowed = &message.allowed_mentions;
        let parse = |what: &str| {
            allowed.is_null()
                || allowed["parse"]
                    .as_array()
                    .is_some_and(|p| p.contains(&json!(what)))
        };
        let named = |key: &str, id: u64| {
            allowed[key]
                .as_array()
                .is_some_and(|ids| ids.contains(&json!(id.to_string())))
        };
        let mut whom = Vec::new();
        for user in self.users.values() {
            let mentioned = message.content.contains(&format!("<@{}>", user.id));
            if mentioned && (parse("users") || named("users", user.id)) {
                whom.push(format!("@{}", user.name));
            }
        }
        let wide =
            message.author != self.bot || self.may(message.channel, Permission::MentionEveryone);
        for role in self.roles.values() {
            let mentioned = message.content.contains(&format!("<@&{}>", role.id));
            let may = role.mentionable || wide;
            if mentioned && may && (parse("roles") || named("roles", role.id)) {
                whom.push(format!("@{}", role.name));
            }
        }
        let everyone = message.content.contains("@everyone") || message.content.contains("@here");
        if everyone && wide && parse("everyone") {
            whom.push("@everyone".into());
        }
        let message = message.id;
        self.pings
            .extend(whom.into_iter().map(|whom| Ping { message, whom }));
    }

    pub fn blank(&self, channel: u64, author: u64) -> Message {
        Message {
            id: 0,
            channel,
            author,
            content: String::new(),
            embeds: json!([]),
            components: json!([]),
            first_components: Value::Null,
            attachments: Vec::new(),
            allowed_mentions: Value::Null,
            nonce: None,
            reply_to: None,
            ephemeral_for: None,
            at: 0,
            edited: None,
            edits: 0,
        }
    }

    pub fn timestamp(ms: u64) -> String {
        let ms = i64::try_from(ms).unwrap_or(0);
        let at = jiff::Timestamp::from_millisecond(ms).unwrap();
        at.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
    }
}

impl Permission {
    pub fn all() -> u64 {
        use Permission::*;
        [
            ViewChannel,
            SendMessages,
            EmbedLinks,
            AttachFiles,
            ReadMessageHistory,
            MentionEveryone,
            CreatePublicThreads,
            SendMessagesInThreads,
            ManageThreads,
            ManageMessages,
        ]
        .into_iter()
        .fold(0, |all, one| all | one as u64)
    }
}
