//! Where a message stands: in a channel that is read, in a thread under one, or elsewhere.

use super::super::rest::RestError;
use super::Desk;
use super::posting::InThread;
use serenity::model::channel::{ChannelType, GuildChannel};
use serenity::model::id::ChannelId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many threads and other channels are remembered; past that all are forgotten and asked for
/// again.
const MOST: usize = 10_000;

/// Where a message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In no channel that is read.
    Elsewhere,
    /// In a text channel that is read.
    Channel(ChannelId),
    /// In a thread under a channel or forum that is read.
    Thread {
        /// The channel or forum.
        parent: ChannelId,
        /// The thread.
        thread: Arc<InThread>,
        /// Whether the parent is a forum, so that the thread began with its own first message.
        forum: bool,
    },
}

/// What is known of threads; learnt from events, asked for where an event was missed.
#[derive(Debug, Default)]
pub struct Places(Mutex<BTreeMap<ChannelId, Place>>);

impl Places {
    /// Where this channel or thread is.
    ///
    /// # Errors
    /// When Discord does not say.
    pub async fn find(&self, desk: &Desk, id: ChannelId) -> Result<Place, RestError> {
        if desk.options.ticket_channel(id).is_some() {
            return Ok(Place::Channel(id));
        }
        if let Some(place) = self.known().get(&id) {
            return Ok(place.clone());
        }
        let channel = desk.rest.channel(id).await?;
        self.learn(desk, &channel).await
    }

    /// Remembers a thread as Discord describes it.
    ///
    /// # Errors
    /// When Discord does not name its forum's tags.
    pub async fn learn(&self, desk: &Desk, channel: &GuildChannel) -> Result<Place, RestError> {
        let parent = channel
            .parent_id
            .filter(|_| is_thread(channel.kind))
            .filter(|parent| desk.options.ticket_channel(*parent).is_some());
        let Some(parent) = parent else {
            return Ok(self.remember(channel.id, Place::Elsewhere));
        };
        let above = desk.rest.channel(parent).await?;
        let forum = above.kind == ChannelType::Forum;
        let mut tags: Vec<String> = channel
            .applied_tags
            .iter()
            .map(ToString::to_string)
            .collect();
        let named = above
            .available_tags
            .iter()
            .filter(|tag| channel.applied_tags.contains(&tag.id))
            .map(|tag| tag.name.clone());
        tags.extend(named);
        let thread = InThread {
            id: channel.id,
            title: forum.then(|| channel.name.clone()),
            tags,
        };
        let place = Place::Thread {
            parent,
            thread: Arc::new(thread),
            forum,
        };
        Ok(self.remember(channel.id, place))
    }

    /// Forgets a thread that is gone.
    pub fn forget(&self, id: ChannelId) {
        self.known().remove(&id);
    }

    fn remember(&self, id: ChannelId, place: Place) -> Place {
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(id, place.clone());
        place
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<ChannelId, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn is_thread(kind: ChannelType) -> bool {
    matches!(
        kind,
        ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread
    )
}
