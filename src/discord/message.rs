//! A message as a plain value: what a person will read, before it takes a wire form. Two values
//! compare, and have a digest, so that only what differs is sent.

mod components;

pub use components::{Button, Entry, Look, Row};

use super::limits::{self, length};
use super::rest::Attachment;
use crate::domain::Digest;
use serde::Serialize;
use serenity::builder::{
    CreateActionRow, CreateAllowedMentions, CreateEmbed, CreateEmbedFooter,
    CreateInteractionResponseMessage, CreateMessage, EditInteractionResponse, EditMessage,
};
use serenity::model::channel::{MessageReference, MessageReferenceKind, Nonce};
use serenity::model::id::{ChannelId, MessageId, RoleId, UserId};

/// A message to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// Text above the embeds; the only part that a notification shows.
    pub content: String,
    /// Embeds, in order.
    pub embeds: Vec<Embed>,
    /// Buttons and menus, a row each.
    pub rows: Vec<Row>,
    /// The roles that it pings.
    pub pings: Vec<u64>,
    /// The people that it pings. Nobody else is pinged.
    pub calls: Vec<u64>,
    /// The message it answers.
    pub answers: Option<u64>,
    /// The key under which it is found again; stands in the last embed's footer, or in small print
    /// below the content where there is no embed.
    pub key: Option<String>,
    /// A file with it.
    pub file: Option<File>,
}

/// A box with a colour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Embed {
    /// `0xRRGGBB`.
    pub colour: u32,
    /// First line, large.
    pub title: String,
    /// The text.
    pub description: String,
    /// Names with values.
    pub fields: Vec<(String, String)>,
}

/// An attached file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Draft {
    /// Only words.
    pub fn words(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// The same, to be found again under this key.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What stands for its content in a note: two messages with the same digest look the same.
    pub fn digest(&self) -> Digest {
        Digest::of_json(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Everything in which it is larger than Discord takes, in words; empty means that it fits.
    pub fn too_large(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut check = |what: &str, size: usize, max: usize| {
            if size > max {
                found.push(format!("{what}: {size}, at most {max}"));
            }
        };
        check("content", length(&self.shown_content()), limits::CONTENT);
        check("embeds", self.embeds.len(), limits::EMBEDS);
        let mut total = self.footer().map_or(0, |footer| length(&footer));
        for embed in &self.embeds {
            check("title", length(&embed.title), limits::EMBED_TITLE);
            let description = length(&embed.description);
            check("description", description, limits::EMBED_DESCRIPTION);
            check("fields", embed.fields.len(), limits::EMBED_FIELDS);
            for (name, value) in &embed.fields {
                check("field name", length(name), limits::FIELD_NAME);
                check("field value", length(value), limits::FIELD_VALUE);
            }
            total += embed.length();
        }
        check("all embeds", total, limits::EMBEDS_TOTAL);
        check("rows", self.rows.len(), limits::ROWS);
        for row in &self.rows {
            match row {
                Row::Buttons(buttons) => {
                    check("buttons", buttons.len(), limits::ROW_BUTTONS);
                    for button in buttons {
                        check("label", length(&button.label), limits::BUTTON_LABEL);
                        check("custom_id", length(&button.id), limits::CUSTOM_ID);
                    }
                }
                Row::Menu {
                    id,
                    placeholder,
                    entries,
                    ..
                } => {
                    check("custom_id", length(id), limits::CUSTOM_ID);
                    check("placeholder", length(placeholder), limits::MENU_PLACEHOLDER);
                    check("entries", entries.len(), limits::OPTIONS);
                    for entry in entries {
                        check("entry", length(&entry.label), limits::OPTION_TEXT);
                        check("entry", length(&entry.hint), limits::OPTION_TEXT);
                        check("entry", length(&entry.value), limits::OPTION_TEXT);
                    }
                }
            }
        }
        if let Some(file) = &self.file {
            check("file", file.bytes.len(), limits::FILE_BYTES);
        }
        found
    }

    /// The new message of this in a channel. The same key and generation give the same nonce, so that
    /// a repeat within some minutes is the same message.
    pub fn create(&self, channel: ChannelId, generation: u32) -> CreateMessage {
        let mut message = CreateMessage::new()
            .content(self.shown_content())
            .embeds(self.wire_embeds())
            .components(self.wire_rows())
            .allowed_mentions(self.mentions());
        if let Some(key) = &self.key {
            message = message
                .nonce(Nonce::String(nonce(key, generation)))
                .enforce_nonce(true);
        }
        if let Some(answered) = self.answers {
            let reference = MessageReference::new(MessageReferenceKind::Default, channel)
                .message_id(MessageId::new(answered))
                .fail_if_not_exists(false);
            message = message.reference_message(reference);
        }
        message
    }

    /// An edit that makes a message look like this.
    pub fn edit(&self) -> EditMessage {
        EditMessage::new()
            .content(self.shown_content())
            .embeds(self.wire_embeds())
            .components(self.wire_rows())
            .allowed_mentions(self.mentions())
    }

    /// This as the first answer to an interaction, seen only by whoever asked.
    pub fn answer(&self) -> CreateInteractionResponseMessage {
        CreateInteractionResponseMessage::new()
            .content(self.shown_content())
            .embeds(self.wire_embeds())
            .components(self.wire_rows())
            .allowed_mentions(self.mentions())
            .ephemeral(true)
    }

    /// This as the answer to an interaction that was put off.
    pub fn late_answer(&self) -> EditInteractionResponse {
        EditInteractionResponse::new()
            .content(self.shown_content())
            .embeds(self.wire_embeds())
            .components(self.wire_rows())
            .allowed_mentions(self.mentions())
    }

    /// The files that go with it.
    pub fn files(&self) -> Vec<Attachment> {
        let files = self.file.iter();
        files
            .map(|file| Attachment {
                name: file.name.clone(),
                bytes: file.bytes.clone(),
            })
            .collect()
    }

    fn shown_content(&self) -> String {
        match (&self.key, self.embeds.is_empty()) {
            (Some(key), true) => format!("{}\n-# Medic · {key}", self.content),
            _ => self.content.clone(),
        }
    }

    fn footer(&self) -> Option<String> {
        (!self.embeds.is_empty())
            .then(|| self.key.clone())
            .flatten()
    }

    fn mentions(&self) -> CreateAllowedMentions {
        CreateAllowedMentions::new()
            .roles(self.pings.iter().copied().map(RoleId::new))
            .users(self.calls.iter().copied().map(UserId::new))
            .replied_user(false)
    }

    fn wire_embeds(&self) -> Vec<CreateEmbed> {
        let last = self.embeds.len().saturating_sub(1);
        let footer = self.footer();
        let embeds = self.embeds.iter().enumerate();
        embeds
            .map(|(index, embed)| {
                let mut wire = CreateEmbed::new().colour(embed.colour);
                if !embed.title.is_empty() {
                    wire = wire.title(&embed.title);
                }
                if !embed.description.is_empty() {
                    wire = wire.description(&embed.description);
                }
                for (name, value) in &embed.fields {
                    wire = wire.field(name, value, false);
                }
                match &footer {
                    Some(key) if index == last => wire.footer(CreateEmbedFooter::new(key)),
                    _ => wire,
                }
            })
            .collect()
    }

    fn wire_rows(&self) -> Vec<CreateActionRow> {
        self.rows.iter().map(Row::wire).collect()
    }
}

impl Embed {
    /// Its part of what all embeds of a message may hold together.
    pub fn length(&self) -> usize {
        let fields = self.fields.iter();
        let fields: usize = fields
            .map(|(name, value)| length(name) + length(value))
            .sum();
        length(&self.title) + length(&self.description) + fields
    }
}

/// The word by which Discord recognises a repeat: the start of a digest over the key and how often
/// a new message took the place of the one before.
pub fn nonce(key: &str, generation: u32) -> String {
    let mut digits = Digest::of(format!("{key}#{generation}")).to_string();
    digits.truncate(limits::NONCE);
    digits
}
