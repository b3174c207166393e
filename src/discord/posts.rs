//! Messages that stand for something: each under a key, in a durable note. Shown again, a message
//! is compared with what the note says and edited only where it differs. After a crash, or where
//! an answer was lost, the message is looked for before it is posted again.

use super::context::Context;
use super::message::Draft;
use super::rest::{PAGE, RestError};
use crate::domain::Surface;
use crate::engine::handle::{CommandError, Note, StoreError};
use serde::{Deserialize, Serialize};
use serenity::model::channel::Message;
use serenity::model::id::{ChannelId, MessageId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Which message stands for a key, and what it showed last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The channel or thread.
    pub channel: u64,
    /// The message; none where it is gone and a new one is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<u64>,
    /// Digest of what it shows.
    #[serde(default)]
    pub digest: String,
    /// How often a new message took the place of one that was gone or fixed.
    #[serde(default)]
    pub generation: u32,
    /// The message that the last one took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u64>,
}

/// Why a message could not be brought to what it should show.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Discord did not take it.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The note could not be kept.
    #[error(transparent)]
    Note(#[from] CommandError),
    /// The message is larger than Discord takes. A defect of ours: nothing is sent.
    #[error("the message {key} is too large: {what}")]
    TooLarge {
        /// Its key.
        key: String,
        /// What of it.
        what: String,
    },
}

/// What a message under a key can do when it has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is edited, and posted anew where it cannot be.
    Living,
    /// It is posted once and never touched again.
    Once,
}

/// Keys of our own messages in a channel, as found in its history. What this process posted is in
/// the notes; the history is only asked for what an earlier one may have posted without noting it.
#[derive(Default)]
pub struct Found(Mutex<BTreeMap<ChannelId, BTreeMap<String, MessageId>>>);

impl Found {
    fn get(&self, channel: ChannelId, key: &str) -> Option<Option<MessageId>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.get(&channel).map(|keys| keys.get(key).copied())
    }

    fn put(&self, channel: ChannelId, keys: BTreeMap<String, MessageId>) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(channel, keys);
    }

    /// The channel's history has to be asked again: something may stand there that no note knows.
    pub fn forget(&self, channel: ChannelId) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.remove(&channel);
    }
}

/// What the note of a key says.
///
/// # Errors
/// When the store cannot be read.
pub fn standing(context: &Context, key: &str) -> Result<Option<Standing>, StoreError> {
    let value = context
        .handle
        .note_of(&context.workspace, Surface::Discord, key)?;
    Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
}

/// Keeps the note of a key.
///
/// # Errors
/// When the store does not write.
pub async fn keep(context: &Context, key: &str, standing: &Standing) -> Result<(), CommandError> {
    let note = Note {
        key: key.to_owned(),
        value: serde_json::to_string(standing).ok(),
    };
    context
        .handle
        .note(&context.workspace, Surface::Discord, vec![note])
        .await
}

/// Makes the message of this draft's key show the draft, in this channel, and answers where it
/// stands. `draft` is made from what the note says, since a message that takes another's place
/// names it.
///
/// # Errors
/// When Discord, or the store, cannot be brought to it now; trying again is safe.
pub async fn show(
    context: &Context,
    channel: ChannelId,
    key: &str,
    kind: Kind,
    draft: impl Fn(&Standing) -> Draft,
) -> Result<Standing, PostError> {
    let mut at = standing(context, key)?.unwrap_or_default();
    if at.channel != 0 && at.channel != channel.get() {
        // Another channel is configured now: what stands in the old one is left there.
        replaced(&mut at);
        at.earlier = None;
    }
    at.channel = channel.get();
    if at.message.is_none()
        && let Some(found) = look_for(context, channel, key).await?
        && at.earlier.is_none_or(|earlier| found.get() > earlier)
    {
        at.message = Some(found.get());
    }
    if let Some(message) = at.message {
        let wanted = checked(key, draft(&at))?;
        let digest = wanted.digest().prefix();
        if at.digest == digest || (kind == Kind::Once && !at.digest.is_empty()) {
            return Ok(at);
        }
        if kind == Kind::Once {
            at.digest = digest;
            keep(context, key, &at).await?;
            return Ok(at);
        }
        let edited = context
            .rest
            .edit_message(channel, MessageId::new(message), &wanted.edit())
            .await;
        match edited {
            Ok(_) => {
                at.digest = digest;
                keep(context, key, &at).await?;
                return Ok(at);
            }
            Err(error) if error.is_unknown_message() => {
                tracing::info!(key, "the message is gone; a new one takes its place");
                replaced(&mut at);
                at.earlier = None;
            }
            Err(error) if error.edits_refused() => {
                tracing::info!(key, %error, "the message cannot be edited; a new one takes its place");
                replaced(&mut at);
            }
            Err(error) => return Err(error.into()),
        }
        // Durable before the new one is posted: its nonce differs from the old one's.
        keep(context, key, &at).await?;
    }
    let wanted = checked(key, draft(&at))?;
    let create = wanted.create(channel, at.generation);
    let posted = context
        .rest
        .create_message(channel, &create, wanted.files())
        .await;
    let posted = match posted {
        Ok(posted) => posted,
        Err(error) => {
            context.found.forget(channel);
            return Err(error.into());
        }
    };
    at.message = Some(posted.id.get());
    at.digest = wanted.digest().prefix();
    keep(context, key, &at).await?;
    Ok(at)
}

/// The message of a key was deleted by somebody: the next look posts it anew.
///
/// # Errors
/// When the store does not write.
pub async fn forget(context: &Context, key: &str, mut at: Standing) -> Result<(), CommandError> {
    replaced(&mut at);
    at.earlier = None;
    keep(context, key, &at).await
}

fn replaced(at: &mut Standing) {
    at.earlier = at.message.take();
    at.digest.clear();
    at.generation += 1;
}

fn checked(key: &str, draft: Draft) -> Result<Draft, PostError> {
    let draft = draft.keyed(key);
    let wrong = draft.too_large();
    if wrong.is_empty() {
        Ok(draft)
    } else {
        Err(PostError::TooLarge {
            key: key.to_owned(),
            what: wrong.join("; "),
        })
    }
}

/// Looks through the channel's newest messages of our own for one with this key.
///
/// # Errors
/// When the channel cannot be read.
pub async fn look_for(
    context: &Context,
    channel: ChannelId,
    key: &str,
) -> Result<Option<MessageId>, RestError> {
    if let Some(known) = context.found.get(channel, key) {
        return Ok(known);
    }
    let newest = context.rest.newest_messages(channel, PAGE).await?;
    let mut keys = BTreeMap::new();
    let ours = newest.messages.iter();
    for message in ours.filter(|found| found.author.id == context.me) {
        for found in keys_of(message) {
            // Oldest first: an older one of the same key was replaced.
            keys.insert(found, message.id);
        }
    }
    let found = keys.get(key).copied();
    context.found.put(channel, keys);
    Ok(found)
}

/// The keys that a message carries in its footers or its small print.
pub fn keys_of(message: &Message) -> BTreeSet<String> {
    let footers = message
        .embeds
        .iter()
        .filter_map(|embed| embed.footer.as_ref())
        .map(|footer| footer.text.clone());
    let small_print = message
        .content
        .lines()
        .filter_map(|line| line.strip_prefix("-# Medic · "))
        .map(str::to_owned);
    footers.chain(small_print).collect()
}
