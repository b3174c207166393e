//! One channel or thread: its events one after the other, and its history where it was behind.

use super::{Reader, Wanted};
use crate::discord::backfill::{Mark, ReadBack, Stretch, beginning_key, read_back, seen_key};
use crate::discord::listener::Summary;
use serenity::model::channel::{GuildChannel, Message};
use serenity::model::event::MessageUpdateEvent;
use serenity::model::id::{ChannelId, MessageId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

/// The first pause before a channel that could not be read is read again; then twice as long.
const AGAIN: Duration = Duration::from_secs(2);
const LONGEST_AGAIN: Duration = Duration::from_secs(120);

/// How long a worker waits for more before it goes.
const IDLE: Duration = Duration::from_secs(60);

/// One thing to do in a channel.
pub(super) enum Work {
    Posted(Box<Message>),
    Edited(Box<MessageUpdateEvent>),
    Deleted(MessageId),
    Thread(Box<GuildChannel>),
    ReadBack(Wanted, mpsc::UnboundedSender<Outcome>),
}

/// What came of one channel's reading.
pub(super) struct Outcome {
    channel: ChannelId,
    result: Result<ReadBack, String>,
}

/// Does what is to do in one channel.
pub(super) struct Worker {
    reader: Arc<Reader>,
    channel: ChannelId,
    /// Gaps so far, and the last one that this channel has read back.
    gaps: Arc<AtomicU64>,
    mended: u64,
    /// The last message taken, once it is known, and the newest before it.
    mark: Mark,
    /// Whether the mark is not yet kept.
    unsaved: bool,
    /// A reading that failed and is owed.
    owed: Option<Wanted>,
    pause: Duration,
    /// When it was last tried.
    tried: Instant,
}

/// Adds one channel's outcome to the summary.
pub(super) fn add(summary: &mut Summary, outcome: Outcome) {
    match outcome.result {
        Ok(read) => {
            summary.channels += 1;
            summary.messages += read.messages;
            summary.unreadable += read.unreadable;
            summary.deleted += read.gone.len();
            if read.hidden {
                summary.hidden.push(outcome.channel);
            }
        }
        Err(why) => summary.failed.push((outcome.channel, why)),
    }
}

impl Worker {
    pub fn new(reader: Arc<Reader>, channel: ChannelId, gaps: Arc<AtomicU64>) -> Self {
        Self {
            reader,
            channel,
            gaps,
            mended: 0,
            mark: Mark::default(),
            unsaved: false,
            owed: None,
            pause: AGAIN,
            tried: Instant::now(),
        }
    }

    pub async fn run(mut self, mut work: mpsc::UnboundedReceiver<Work>) {
        self.mark = Mark::recall(&*self.reader.memory, self.channel).await;
        loop {
            let until = match &self.owed {
                Some(_) => self.tried + self.pause,
                None => Instant::now() + IDLE,
            };
            // Also where messages come without a pause.
            let owed = self.owed.clone().filter(|_| until <= Instant::now());
            match owed {
                Some(wanted) => self.catch_up(wanted, None).await,
                None => match timeout_at(until, work.recv()).await {
                    Ok(Some(one)) => self.take(one).await,
                    Err(_) if self.owed.is_some() => {}
                    Ok(None) | Err(_) => break,
                },
            }
            if work.is_empty() {
                self.save().await;
            }
        }
        work.close();
        while let Ok(one) = work.try_recv() {
            self.take(one).await;
        }
        self.save().await;
    }

    async fn take(&mut self, work: Work) {
        let listener = Arc::clone(&self.reader.listener);
        match work {
            Work::Posted(message) => {
                let result = listener.posted(&message).await;
                self.taken(&message, result);
            }
            Work::Edited(update) => {
                // An edit is in the history as well.
                let result = listener.edited(&update).await;
                self.noted(result);
            }
            Work::Deleted(message) => {
                match listener.deleted(self.channel, message).await {
                    Ok(()) => self.unsaved |= self.mark.recent.remove(&message),
                    // It is remembered, and found gone by the next reading.
                    Err(why) => {
                        tracing::warn!(channel = %self.channel, %message, %why, "a deletion was not taken");
                    }
                }
            }
            Work::Thread(thread) => listener.thread(&thread).await,
            Work::ReadBack(wanted, told) => self.catch_up(wanted, Some(told)).await,
        }
    }

    fn taken(&mut self, message: &Message, result: Result<(), String>) {
        let good = result.is_ok();
        self.noted(result);
        if good && !message.author.bot {
            self.mark.remember(message.id);
        }
        // While something before it is owed, a restart has to begin before that.
        let mended = self.owed.is_none() && self.mended == self.gaps.load(Ordering::Relaxed);
        if good && mended && self.mark.seen.is_none_or(|seen| seen < message.id) {
            self.mark.seen = Some(message.id);
            self.unsaved = true;
        }
    }

    /// What was not taken is owed.
    fn noted(&mut self, result: Result<(), String>) {
        if let Err(why) = result {
            tracing::warn!(channel = %self.channel, %why, "a message was not taken; reading it back");
            if self.owed.is_none() {
                self.tried = Instant::now();
            }
            self.owed.get_or_insert(Wanted {
                channel: self.channel,
                parent: self.channel,
                last: None,
                gap: self.mended,
            });
        }
    }

    async fn catch_up(&mut self, wanted: Wanted, told: Option<mpsc::UnboundedSender<Outcome>>) {
        let result = self.read(&wanted).await;
        self.tried = Instant::now();
        match &result {
            Ok(_) => {
                self.owed = None;
                self.mended = wanted.gap;
                self.pause = AGAIN;
            }
            Err(why) => {
                tracing::warn!(channel = %self.channel, %why, "a channel could not be read back");
                self.pause = if self.owed.is_some() {
                    (self.pause * 2).min(LONGEST_AGAIN)
                } else {
                    AGAIN
                };
                self.owed = Some(wanted);
            }
        }
        if let Some(told) = told {
            // Whoever asked may have stopped waiting.
            let _ = told.send(Outcome {
                channel: self.channel,
                result,
            });
        }
    }

    async fn read(&mut self, wanted: &Wanted) -> Result<ReadBack, String> {
        let reader = Arc::clone(&self.reader);
        let after = self.start(wanted).await;
        let stretch = Stretch {
            channel: self.channel,
            floor: self.beginning(wanted.parent).await,
            after,
            last: wanted.last,
            recent: &self.mark.recent,
        };
        let read = read_back(&reader.rest, &*reader.listener, &stretch).await?;
        for gone in &read.gone {
            self.unsaved |= self.mark.recent.remove(gone);
        }
        for standing in &read.standing {
            self.mark.remember(*standing);
        }
        if let Some(newest) = read.newest
            && self.mark.seen.is_none_or(|seen| seen < newest)
        {
            self.mark.seen = Some(newest);
            self.unsaved = true;
        }
        Ok(read)
    }

    /// Where reading begins: after the last message taken, a new thread where its channel stood.
    async fn start(&self, wanted: &Wanted) -> MessageId {
        if let Some(seen) = self.mark.seen {
            return seen;
        }
        // As a thread's id is its first message's in a forum, and older than its messages elsewhere.
        let own = MessageId::new(self.channel.get().saturating_sub(1).max(1));
        own.max(self.beginning(wanted.parent).await)
    }

    /// The first moment that a channel was read: older things are none of Medic's business.
    async fn beginning(&self, parent: ChannelId) -> MessageId {
        let text = self.reader.memory.recall(&beginning_key(parent)).await;
        let id = text
            .and_then(|text| text.parse().ok())
            .filter(|id| *id != 0);
        MessageId::new(id.unwrap_or(1))
    }

    async fn save(&mut self) {
        if !self.unsaved || self.mark.seen.is_none() {
            return;
        }
        match self
            .reader
            .memory
            .keep(&seen_key(self.channel), self.mark.to_string())
            .await
        {
            Ok(()) => self.unsaved = false,
            Err(why) => {
                tracing::warn!(channel = %self.channel, %why, "cannot note what was read");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}
