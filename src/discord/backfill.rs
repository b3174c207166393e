//! Reads a channel back from the last message that was taken, oldest first.

use super::listener::Listener;
use super::memory::Memory;
use super::rest::{PAGE, Rest};
use serenity::model::id::{ChannelId, MessageId};
use std::collections::BTreeSet;

/// Messages before the last one seen that are looked at for edits.
const LOOK_BACK: u8 = 50;

/// Messages of a channel that are remembered by their ids, so that a deletion during a gap is noticed.
const REMEMBERED: usize = 50;

/// How far a channel was read: the last message that was taken, and the ids of the newest ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub seen: Option<MessageId>,
    /// Messages of people, those that were taken last.
    pub recent: BTreeSet<MessageId>,
}

impl Mark {
    /// What was kept of a channel; empty where it was never read.
    pub async fn recall(memory: &dyn Memory, channel: ChannelId) -> Self {
        let text = memory.recall(&seen_key(channel)).await.unwrap_or_default();
        let ids = text
            .split(' ')
            .map(|id| id.parse().ok().filter(|id| *id != 0));
        let mut ids = ids.map(|id| id.map(MessageId::new));
        Self {
            seen: ids.next().flatten(),
            recent: ids.flatten().collect(),
        }
    }

    /// Remembers a message that was taken.
    pub fn remember(&mut self, message: MessageId) {
        self.recent.insert(message);
        while self.recent.len() > REMEMBERED {
            self.recent.pop_first();
        }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.seen.map_or(0, MessageId::get))?;
        self.recent.iter().try_for_each(|id| write!(f, " {id}"))
    }
}

/// The key of a channel's [`Mark`].
pub(super) fn seen_key(channel: ChannelId) -> String {
    format!("seen/{channel}")
}

/// The key of the moment from which on a configured channel is read.
pub(super) fn beginning_key(channel: ChannelId) -> String {
    format!("begun/{channel}")
}

/// The last message that was taken in a channel; none where the channel was never read.
pub(super) async fn last_seen(memory: &dyn Memory, channel: ChannelId) -> Option<MessageId> {
    Mark::recall(memory, channel).await.seen
}

/// What came of reading one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadBack {
    /// New or changed messages.
    pub messages: usize,
    /// Messages that could not be read.
    pub unreadable: usize,
    /// Messages of people that stand there now.
    pub standing: Vec<MessageId>,
    /// Messages that were taken and are gone.
    pub gone: Vec<MessageId>,
    /// The newest message there is, if any is newer than where reading began.
    pub newest: Option<MessageId>,
    /// History that exists and is not shown.
    pub hidden: bool,
}

/// What to read of one channel.
pub(super) struct Stretch<'a> {
    /// Messages that were taken and should still stand there.
    pub recent: &'a BTreeSet<MessageId>,
    pub channel: ChannelId,
    /// Nothing up to here is taken, however often it is edited.
    pub floor: MessageId,
    /// The last message that was taken.
    pub after: MessageId,
    /// The newest one as Discord names it, if it does.
    pub last: Option<MessageId>,
}

/// Reads everything after the last message that was taken, and looks at what stands right before it
/// for edits and deletions.
///
/// # Errors
/// When Discord or the listener could not be reached; what was read until then was taken.
pub(super) async fn read_back(
    rest: &Rest,
    listener: &dyn Listener,
    stretch: &Stretch<'_>,
) -> Result<ReadBack, String> {
    let &Stretch {
        channel,
        floor,
        after,
        last,
        recent,
    } = stretch;
    let mut result = ReadBack::default();
    if after > floor {
        let before = MessageId::new(after.get().saturating_add(1));
        let page = rest.messages_before(channel, before, LOOK_BACK).await;
        let page = page.map_err(|error| error.to_string())?;
        let shown: BTreeSet<_> = page.messages.iter().map(|message| message.id).collect();
        // Of what lies before a full page nothing is known.
        let from = shown.first().copied().filter(|_| page.full);
        for id in recent.range(from.unwrap_or(MessageId::new(1))..=after) {
            if !shown.contains(id) && is_gone(rest, channel, *id).await? {
                listener.deleted(channel, *id).await?;
                result.gone.push(*id);
            }
        }
        for message in page.messages {
            let edited = message.edited_timestamp.is_some() && message.id > floor;
            if edited && listener.read_back(&message).await? {
                result.messages += 1;
            }
        }
    }
    let mut from = after;
    loop {
        let page = rest.messages_after(channel, Some(from), PAGE).await;
        let page = page.map_err(|error| error.to_string())?;
        for message in &page.messages {
            if listener.read_back(message).await? {
                result.messages += 1;
            }
            if !message.author.bot {
                result.standing.push(message.id);
            }
        }
        result.unreadable += page.unreadable.len();
        let Some(newest) = page.newest.filter(|newest| *newest > from) else {
            break;
        };
        result.newest = Some(newest);
        from = newest;
        if !page.full {
            break;
        }
    }
    if let (None, Some(last)) = (result.newest, last)
        && last > after
    {
        result.hidden = is_hidden(rest, channel, last).await;
    }
    Ok(result)
}

/// Whether a message that is in no list was deleted. A list that came back short for want of a
/// permission proves nothing, so Discord is asked for the message itself.
async fn is_gone(rest: &Rest, channel: ChannelId, message: MessageId) -> Result<bool, String> {
    match rest.message(channel, message).await {
        Ok(_) => Ok(false),
        Err(error) if error.status().is_some() => Ok(error.is_unknown_message()),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether a message that Discord names is there and not shown: without READ_MESSAGE_HISTORY a list
/// comes back empty, as it does when the message was deleted; only asking for it tells them apart.
async fn is_hidden(rest: &Rest, channel: ChannelId, last: MessageId) -> bool {
    match rest.message(channel, last).await {
        Err(error) => error.is_forbidden(),
        Ok(_) => true,
    }
}
