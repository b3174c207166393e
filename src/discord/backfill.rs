//! Reads a channel back from the last message that was taken, oldest first.

use super::listener::Listener;
use super::memory::Memory;
use super::rest::{PAGE, Rest};
use serenity::model::id::{ChannelId, MessageId};

/// Messages before the last one seen that are looked at for edits.
const LOOK_BACK: u8 = 50;

/// The key of the last message that was taken in a channel.
pub(super) fn seen_key(channel: ChannelId) -> String {
    format!("seen/{channel}")
}

/// The key of the moment from which on a configured channel is read.
pub(super) fn beginning_key(channel: ChannelId) -> String {
    format!("begun/{channel}")
}

/// The last message that was taken in a channel; none where the channel was never read.
pub(super) async fn last_seen(memory: &dyn Memory, channel: ChannelId) -> Option<MessageId> {
    let text = memory.recall(&seen_key(channel)).await?;
    text.parse().ok().filter(|id| *id != 0).map(MessageId::new)
}

/// What came of reading one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadBack {
    /// New or changed messages.
    pub messages: usize,
    /// Messages that could not be read.
    pub unreadable: usize,
    /// The newest message there is, if any is newer than where reading began.
    pub newest: Option<MessageId>,
    /// History that exists and is not shown.
    pub hidden: bool,
}

/// What to read of one channel.
pub(super) struct Stretch {
    pub channel: ChannelId,
    /// Nothing up to here is taken, however often it is edited.
    pub floor: MessageId,
    /// The last message that was taken.
    pub after: MessageId,
    /// The newest one as Discord names it, if it does.
    pub last: Option<MessageId>,
}

/// Reads everything after the last message that was taken, and looks at what stands right before it
/// for edits.
///
/// # Errors
/// When Discord or the listener could not be reached; what was read until then was taken.
pub(super) async fn read_back(
    rest: &Rest,
    listener: &dyn Listener,
    stretch: &Stretch,
) -> Result<ReadBack, String> {
    let &Stretch {
        channel,
        floor,
        after,
        last,
    } = stretch;
    let mut result = ReadBack::default();
    if after > floor {
        let before = MessageId::new(after.get().saturating_add(1));
        let page = rest.messages_before(channel, before, LOOK_BACK).await;
        for message in page.map_err(|error| error.to_string())?.messages {
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

/// Whether a message that Discord names is there and not shown: without READ_MESSAGE_HISTORY a list
/// comes back empty, as it does when the message was deleted; only asking for it tells them apart.
async fn is_hidden(rest: &Rest, channel: ChannelId, last: MessageId) -> bool {
    match rest.message(channel, last).await {
        Err(error) => error.is_forbidden(),
        Ok(_) => true,
    }
}
