//! What comes from the gateway, to whom it concerns: interactions at once and beside each other,
//! messages in order per channel, and the history read back after every start and gap.

mod channel;
mod survey;

use super::gateway::Inbound;
use super::listener::{Listener, Summary};
use super::memory::Memory;
use super::rest::Rest;
use channel::{Work, Worker};
use serenity::model::event::Event;
use serenity::model::id::{ChannelId, GuildId, MessageId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How long the channels are waited for before the summary is told without those that are not read.
const SUMMARY_AFTER: Duration = Duration::from_secs(60);

/// How long what has begun may take to end when Medic stops.
const FINISH: Duration = Duration::from_secs(5);

/// Workers that may be remembered before the idle ones are swept away.
const WORKERS: usize = 256;

/// What is read, and what with.
pub struct Reader {
    /// Calls to Discord.
    pub rest: Rest,
    /// Remembers the last message of each channel.
    pub memory: Arc<dyn Memory>,
    /// Takes what comes.
    pub listener: Arc<dyn Listener>,
    /// The guild whose threads are looked for.
    pub guild: GuildId,
    /// Text channels and forums that are read, with their threads.
    pub channels: Vec<ChannelId>,
    /// Tells the time, for a channel's first start.
    pub now: super::gateway::Now,
}

/// A channel to be read back.
#[derive(Clone, Debug)]
struct Wanted {
    channel: ChannelId,
    /// The configured channel it is, or hangs under.
    parent: ChannelId,
    /// Its newest message as Discord names it.
    last: Option<MessageId>,
    /// Which gap this reading mends, and all before it.
    gap: u64,
}

/// Hands on what comes until the gateway's end is gone.
pub async fn run(reader: Reader, mut inbound: mpsc::Receiver<Inbound>) {
    // Before anything that comes is taken, so that nothing live counts as older than the beginning;
    // what cannot be noted now is noted by the first reading.
    for channel in &reader.channels {
        let _ = survey::begin(&reader, *channel).await;
    }
    let mut hub = Hub::new(Arc::new(reader));
    loop {
        tokio::select! {
            came = inbound.recv() => match came {
                Some(came) => hub.take(came),
                None => break,
            },
            Some(()) = hub.gaps.recv() => hub.read_back(),
            Some(done) = hub.tasks.join_next() => hub.ended(done),
        }
    }
    // What has begun is finished, within reason; the rest is read back after the next start.
    hub.workers.clear();
    hub.gaps.close();
    let all = async { while hub.tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FINISH, all).await;
    hub.tasks.shutdown().await;
}

struct Hub {
    reader: Arc<Reader>,
    workers: HashMap<ChannelId, mpsc::UnboundedSender<Work>>,
    tasks: JoinSet<Option<survey::Found>>,
    surveying: bool,
    again: bool,
    /// Gaps so far. A worker that has not read back since the last one leaves its mark where it is.
    gap: Arc<AtomicU64>,
    wake: mpsc::UnboundedSender<()>,
    gaps: mpsc::UnboundedReceiver<()>,
}

impl Hub {
    fn new(reader: Arc<Reader>) -> Self {
        let (wake, gaps) = mpsc::unbounded_channel();
        Self {
            reader,
            workers: HashMap::new(),
            tasks: JoinSet::new(),
            surveying: false,
            again: false,
            gap: Arc::default(),
            wake,
            gaps,
        }
    }

    fn take(&mut self, inbound: Inbound) {
        match inbound {
            Inbound::Online { resumed } => {
                let listener = Arc::clone(&self.reader.listener);
                self.spawn(async move { listener.online(resumed).await });
                self.read_back();
            }
            Inbound::Gap(_) => self.read_back(),
            Inbound::Event(event) => self.event(*event),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::InteractionCreate(event) => {
                let listener = Arc::clone(&self.reader.listener);
                self.spawn(async move { listener.interaction(event.interaction).await });
            }
            Event::MessageCreate(event) => {
                self.give(
                    event.message.channel_id,
                    Work::Posted(Box::new(event.message)),
                );
            }
            Event::MessageUpdate(event) => {
                self.give(event.channel_id, Work::Edited(Box::new(event)));
            }
            Event::MessageDelete(event) => {
                self.give(event.channel_id, Work::Deleted(event.message_id));
            }
            Event::MessageDeleteBulk(event) => {
                for id in event.ids {
                    self.give(event.channel_id, Work::Deleted(id));
                }
            }
            Event::ThreadCreate(event) => self.thread(event.thread),
            Event::ThreadUpdate(event) => self.thread(event.thread),
            // A thread and the message it began with have one id.
            Event::ThreadDelete(event) => {
                let id = event.thread.id;
                self.give(id, Work::Deleted(MessageId::new(id.get())));
            }
            _ => {}
        }
    }

    fn thread(&mut self, thread: serenity::model::channel::GuildChannel) {
        self.give(thread.id, Work::Thread(Box::new(thread)));
    }

    /// Begins to read everything back, or does so again after the reading under way.
    fn read_back(&mut self) {
        if self.reader.channels.is_empty() {
            return;
        }
        let gap = self.gap.fetch_add(1, Ordering::Relaxed) + 1;
        if self.surveying {
            self.again = true;
            return;
        }
        self.surveying = true;
        let reader = Arc::clone(&self.reader);
        self.tasks
            .spawn(async move { Some(survey::survey(&reader, gap).await) });
    }

    fn ended(&mut self, done: Result<Option<survey::Found>, tokio::task::JoinError>) {
        let found = match done {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(error) => {
                if error.is_panic() {
                    tracing::error!("a part of Discord's reading broke down; the rest goes on");
                }
                return;
            }
        };
        let (told, mut results) = mpsc::unbounded_channel();
        let expected = found.wanted.len();
        for wanted in found.wanted {
            let channel = wanted.channel;
            self.give(channel, Work::ReadBack(wanted, told.clone()));
        }
        drop(told);
        let mut summary = Summary {
            failed: found.failed,
            ..Summary::default()
        };
        let incomplete = !summary.failed.is_empty();
        let listener = Arc::clone(&self.reader.listener);
        let wake = self.wake.clone();
        self.spawn(async move {
            let collect = async {
                for _ in 0..expected {
                    let Some(result) = results.recv().await else {
                        return;
                    };
                    channel::add(&mut summary, result);
                }
            };
            let _ = tokio::time::timeout(SUMMARY_AFTER, collect).await;
            listener.caught_up(summary).await;
            if incomplete {
                tokio::select! {
                    () = tokio::time::sleep(survey::AGAIN) => {}
                    // Medic stops; the next start reads it back.
                    () = wake.closed() => {}
                }
                let _ = wake.send(());
            }
        });
        self.surveying = false;
        if std::mem::take(&mut self.again) {
            self.read_back();
        }
    }

    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async move {
            work.await;
            None
        });
    }

    fn give(&mut self, channel: ChannelId, work: Work) {
        let work = match self.workers.get(&channel) {
            Some(worker) => match worker.send(work) {
                Ok(()) => return,
                // It was idle and has gone.
                Err(mpsc::error::SendError(work)) => work,
            },
            None => work,
        };
        if self.workers.len() >= WORKERS {
            self.workers.retain(|_, worker| !worker.is_closed());
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        // The receiver is there.
        let _ = sender.send(work);
        self.workers.insert(channel, sender);
        let worker = Worker::new(Arc::clone(&self.reader), channel, Arc::clone(&self.gap));
        self.spawn(worker.run(receiver));
    }
}
