//! Which channels and threads there are to be read.

use super::{Reader, Wanted};
use crate::discord::backfill::last_seen;
use serenity::model::channel::{ChannelType, GuildChannel};
use serenity::model::id::ChannelId;
use std::time::Duration;

/// When a channel that could not be looked at is looked at again.
pub(super) const AGAIN: Duration = Duration::from_secs(30);

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
        None => last_seen(&*reader.memory, parent).await,
    };
    match (seen, thread.last_message_id) {
        (Some(seen), Some(last)) => last > seen,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
