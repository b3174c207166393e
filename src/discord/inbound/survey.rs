//! Which channels and threads there are to be read.

use super::{Reader, Wanted};
use crate::discord::backfill::{beginning_key, last_seen, seen_key};
use serenity::model::channel::{ChannelType, GuildChannel};
use serenity::model::id::{ChannelId, MessageId};
use std::time::Duration;

/// When a channel that could not be looked at is looked at again.
pub(super) const AGAIN: Duration = Duration::from_secs(30);

/// Discord's beginning of time, in ms since 1970: ids count from there, shifted by 22 bits.
const EPOCH_MS: i64 = 1_420_070_400_000;

/// What there is to read, and what could not be looked at.
pub(super) struct Found {
    pub wanted: Vec<Wanted>,
    pub failed: Vec<(ChannelId, String)>,
}

/// Looks for the configured channels, their live threads, and archived threads that went on since.
pub(super) async fn survey(reader: &Reader, gap: u64) -> Found {
    let mut found = Found {
        wanted: Vec::new(),
        failed: Vec::new(),
    };
    let active = reader.rest.active_threads(reader.guild).await;
    let active = match active {
        Ok(active) => active.threads,
        Err(error) => {
            for channel in &reader.channels {
                found
                    .failed
                    .push((*channel, format!("its threads: {error}")));
            }
            Vec::new()
        }
    };
    for parent in &reader.channels {
        if let Err(why) = begin(reader, *parent).await {
            found.failed.push((*parent, why));
            continue;
        }
        let channel = match reader.rest.channel(*parent).await {
            Ok(channel) => channel,
            Err(error) => {
                found.failed.push((*parent, error.to_string()));
                continue;
            }
        };
        let live = active
            .iter()
            .filter(|thread| thread.parent_id == Some(*parent));
        found
            .wanted
            .extend(live.map(|thread| wanted(thread, *parent, gap)));
        if channel.kind != ChannelType::Forum {
            found.wanted.push(wanted(&channel, *parent, gap));
        }
        match reader.rest.archived_threads(*parent).await {
            Ok(archived) => {
                for thread in archived.threads {
                    if went_on(reader, &thread, *parent).await {
                        found.wanted.push(wanted(&thread, *parent, gap));
                    }
                }
            }
            // Channels without threads have no such list.
            Err(error) if error.status().is_some() => {}
            Err(error) => found
                .failed
                .push((*parent, format!("its old threads: {error}"))),
        }
    }
    found
}

/// A channel that was never read begins now: what was posted before is none of Medic's business.
pub(super) async fn begin(reader: &Reader, channel: ChannelId) -> Result<(), String> {
    if last_seen(&*reader.memory, channel).await.is_some() {
        return Ok(());
    }
    let ms = (reader.now)().as_millisecond() - EPOCH_MS;
    let now = u64::try_from(ms).unwrap_or(0).max(1) << 22;
    for key in [beginning_key(channel), seen_key(channel)] {
        reader.memory.keep(&key, now.to_string()).await?;
    }
    Ok(())
}

fn wanted(channel: &GuildChannel, parent: ChannelId, gap: u64) -> Wanted {
    Wanted {
        channel: channel.id,
        parent,
        last: channel.last_message_id,
        gap,
    }
}

/// Whether something was posted in an archived thread after what was last taken.
async fn went_on(reader: &Reader, thread: &GuildChannel, parent: ChannelId) -> bool {
    let seen = match last_seen(&*reader.memory, thread.id).await {
        Some(seen) => Some(seen),
        None => {
            let begun = reader.memory.recall(&beginning_key(parent)).await;
            begun
                .and_then(|text| text.parse().ok())
                .filter(|id| *id != 0)
                .map(MessageId::new)
        }
    };
    match (seen, thread.last_message_id) {
        (Some(seen), Some(last)) => last > seen,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
