//! From a message to a ticket. Pure: what is needed from Discord comes in as values.

use super::super::merchants::{self, NamedMerchant};
use super::super::options::{DiscordOptions, TicketChannel};
use crate::domain::{Origin, SourceName, Surface, WorkspaceId};
use crate::engine::handle::{PostedTicket, RawTicket};
use jiff::{SignedDuration, Timestamp};
use serenity::model::channel::{Message, MessageType};
use serenity::model::id::{ChannelId, RoleId};

/// The source's name in records; the config lets no other source have it.
pub const SOURCE: &str = "discord";

/// Characters of a ticket's text; what a thread holds beyond is left out, with a word about it.
const LONGEST: usize = 30_000;

/// The thread that a ticket stands in or began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InThread {
    /// Its id; also that of the message it began with.
    pub id: ChannelId,
    /// Its name, where it is a forum's post: there it is the title.
    pub title: Option<String>,
    /// Names and ids of the tags on it.
    pub tags: Vec<String>,
}

/// A message that makes a ticket, with what its author added in its thread.
pub struct Posting<'a> {
    /// Whose ticket it is.
    pub workspace: &'a WorkspaceId,
    /// The settings.
    pub options: &'a DiscordOptions,
    /// The channel or forum.
    pub channel: &'a TicketChannel,
    /// Its thread, if it has one.
    pub thread: Option<&'a InThread>,
    /// The message.
    pub message: &'a Message,
    /// Roles of its author.
    pub roles: &'a [RoleId],
    /// Further messages of its author in its thread, oldest first.
    pub additions: &'a [Message],
    /// What time it is.
    pub now: Timestamp,
}

/// Whether a message may be a ticket by itself: a person's words, and no answer to somebody else.
pub fn may_be_ticket(message: &Message) -> bool {
    if !is_persons(message) {
        return false;
    }
    let answered = message.referenced_message.as_ref();
    message.kind != MessageType::InlineReply
        || answered.is_some_and(|other| other.author.id == message.author.id)
}

/// Whether a message holds a person's own words: not a bot's, not a webhook's, not the system's.
pub fn is_persons(message: &Message) -> bool {
    !message.author.bot
        && message.webhook_id.is_none()
        && matches!(
            message.kind,
            MessageType::Regular | MessageType::InlineReply
        )
}

impl Posting<'_> {
    /// The ticket; none if it says nothing.
    pub fn ticket(&self) -> Option<PostedTicket> {
        let text = words(self.message);
        let reading = merchants::read(self.channel, &text);
        let mut parts: Vec<String> = vec![reading.rest.to_owned()];
        parts.extend(self.additions.iter().map(words));
        parts.retain(|part| !part.is_empty());
        let title = self.thread.and_then(|thread| thread.title.clone());
        if parts.is_empty() && title.is_none() {
            return None;
        }
        let tags = self.thread.map(|thread| thread.tags.as_slice());
        let merchant = merchants::merchant_of(
            self.options,
            self.channel,
            self.roles,
            tags.unwrap_or_default(),
            reading.claimed,
        );
        let verified = merchant.as_ref().is_some_and(|merchant| merchant.verified);
        Some(PostedTicket {
            workspace: self.workspace.clone(),
            source: SourceName::new(SOURCE),
            raw: RawTicket {
                merchant_id: merchant
                    .map(|NamedMerchant { id, .. }| id)
                    .unwrap_or_default(),
                timestamp: self.written_at(),
                issue: title.unwrap_or_default(),
                merchant_message: clamped(&parts.join("\n\n")),
                severity: self.channel.severity,
                migration_stage: self.channel.migration_stage.clone(),
                ..RawTicket::default()
            },
            origin: self.origin(),
            verified,
        })
    }

    fn origin(&self) -> Origin {
        Origin {
            surface: Surface::Discord,
            id: self.message.id.to_string(),
            channel: self.channel.id.to_string(),
            thread: self.thread.map(|thread| thread.id.to_string()),
            message: Some(self.message.id.to_string()),
            author: self.message.author.id.to_string(),
            forwarder: None,
        }
    }

    /// When it was written, if the two clocks agree well enough to believe it.
    fn written_at(&self) -> Option<Timestamp> {
        let written = Timestamp::from_second(self.message.timestamp.unix_timestamp()).ok()?;
        let age = self.now.duration_since(written);
        let believable = SignedDuration::from_mins(-5)..SignedDuration::from_hours(24 * 365);
        believable.contains(&age).then_some(written.min(self.now))
    }
}

/// The words of a message: its text, that of a message it forwards, and the names of its
/// attachments. Link previews are not the author's words.
fn words(message: &Message) -> String {
    let mut parts = vec![message.content.trim().to_owned()];
    for forwarded in &message.message_snapshots {
        parts.push(forwarded.content.trim().to_owned());
    }
    let attached: Vec<&str> = message
        .message_snapshots
        .iter()
        .flat_map(|forwarded| &forwarded.attachments)
        .chain(&message.attachments)
        .map(|file| file.filename.as_str())
        .collect();
    if !attached.is_empty() {
        parts.push(format!("(attached: {})", attached.join(", ")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn clamped(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}… (more in the thread)", &text[..cut]),
        None => text.to_owned(),
    }
}
