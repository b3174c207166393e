//! The transport without an engine: a listener that writes down what it takes, and drops repeats as
//! intake does.

use crate::support::discord::{Discord, TOKEN};
use async_trait::async_trait;
use medic::discord::gateway::{Gateway, Link, Pace, Parts, Status, Stop};
use medic::discord::inbound::{self, Reader};
use medic::discord::listener::{Listener, Summary};
use medic::discord::memory::Memory;
use medic::discord::rest::{ApiBase, Deadlines, Rest};
use secrecy::SecretString;
use serenity::model::application::Interaction;
use serenity::model::channel::{GuildChannel, Message};
use serenity::model::event::MessageUpdateEvent;
use serenity::model::id::{ChannelId, GuildId, MessageId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A transport that runs.
pub struct Inlet {
    pub status: Status,
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
    channels: Vec<String>,
    ids: Vec<u64>,
    notebook: Arc<Notebook>,
}

#[derive(Default)]
struct Notebook {
    page: Mutex<Page>,
    changed: Notify,
}

#[derive(Default)]
struct Page {
    taken: Vec<(MessageId, String)>,
    summaries: Vec<Summary>,
    online: usize,
    refusing: BTreeMap<u64, u32>,
    kept: BTreeMap<String, String>,
}

impl Notebook {
    fn with<T>(&self, act: impl FnOnce(&mut Page) -> T) -> T {
        let result = act(&mut self.page.lock().unwrap());
        self.changed.notify_waiters();
        result
    }

    async fn until<T>(&self, what: &str, look: impl Fn(&mut Page) -> Option<T>) -> T {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = look(&mut self.page.lock().unwrap()) {
                    return found;
                }
                changed.await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(600), wait).await {
            Ok(found) => found,
            Err(_) => panic!(
                "waited in vain for {what}; taken: {:?}",
                self.page.lock().unwrap().taken
            ),
        }
    }

    fn take(&self, message: &Message) -> Result<bool, String> {
        self.with(|page| {
            if let Some(left) = page
                .refusing
                .get_mut(&message.channel_id.get())
                .filter(|left| **left > 0)
            {
                *left -= 1;
                return Err("not now".into());
            }
            match page.taken.iter_mut().find(|(id, _)| *id == message.id) {
                Some((_, text)) if *text == message.content => Ok(false),
                Some((_, text)) => {
                    text.clone_from(&message.content);
                    Ok(true)
                }
                None => {
                    page.taken.push((message.id, message.content.clone()));
                    Ok(true)
                }
            }
        })
    }
}

#[async_trait]
impl Memory for Notebook {
    async fn recall(&self, key: &str) -> Option<String> {
        self.page.lock().unwrap().kept.get(key).cloned()
    }

    async fn keep(&self, key: &str, value: String) -> Result<(), String> {
        assert!(value.len() <= 4_096, "{key} does not fit a note");
        self.page.lock().unwrap().kept.insert(key.to_owned(), value);
        Ok(())
    }
}

#[async_trait]
impl Listener for Notebook {
    async fn posted(&self, message: &Message) -> Result<(), String> {
        self.take(message).map(drop)
    }

    async fn read_back(&self, message: &Message) -> Result<bool, String> {
        self.take(message)
    }

    async fn edited(&self, _: &MessageUpdateEvent) -> Result<(), String> {
        Ok(())
    }

    async fn deleted(&self, _: ChannelId, _: MessageId) -> Result<(), String> {
        Ok(())
    }

    async fn thread(&self, _: &GuildChannel) {}

    async fn interaction(&self, _: Interaction) {}

    async fn online(&self, _: bool) {
        self.with(|page| page.online += 1);
    }

    async fn caught_up(&self, summary: Summary) {
        self.with(|page| page.summaries.push(summary));
    }
}

impl Inlet {
    pub async fn start(discord: &Discord, channels: &[&str]) -> Self {
        let channels = channels.iter().map(|name| (*name).to_owned()).collect();
        Self::start_with(discord, channels, Arc::default()).await
    }

    async fn start_with(discord: &Discord, channels: Vec<String>, notebook: Arc<Notebook>) -> Self {
        let base = ApiBase::parse(discord.base()).unwrap();
        let token = SecretString::from(TOKEN);
        let rest = Rest::new(&token, base, Deadlines::default()).unwrap();
        let clock = discord.clone();
        let now: medic::discord::gateway::Now = Arc::new(move || {
            let ms = clock.world(|world| world.now_ms());
            jiff::Timestamp::from_millisecond(ms.try_into().unwrap()).unwrap()
        });
        let parts = Parts {
            token,
            rest: rest.clone(),
            calls: tokio::runtime::Handle::current(),
            memory: Arc::clone(&notebook) as Arc<dyn Memory>,
            now: Arc::clone(&now),
            reads_channels: !channels.is_empty(),
            pace: Pace::default(),
        };
        let (
            Gateway {
                inbound,
                status,
                stop,
            },
            connection,
        ) = medic::discord::gateway::here(parts);
        let reader = Reader {
            rest,
            memory: Arc::clone(&notebook) as Arc<dyn Memory>,
            listener: Arc::clone(&notebook) as Arc<dyn Listener>,
            guild: GuildId::new(discord.world(|world| world.guild)),
            channels: channels
                .iter()
                .map(|name| ChannelId::new(discord.channel(name).id()))
                .collect(),
            now,
        };
        let tasks = vec![
            tokio::spawn(connection),
            tokio::spawn(inbound::run(reader, inbound)),
        ];
        let ids = channels
            .iter()
            .map(|name| discord.channel(name).id())
            .collect();
        Self {
            status,
            stop,
            tasks,
            channels,
            ids,
            notebook,
        }
    }

    /// Stops, lets `meanwhile` happen, and starts anew with what was kept.
    pub async fn restarted_after(self, discord: &Discord, meanwhile: impl FnOnce()) -> Self {
        let (connections, _, _) = discord.connections();
        self.stop.stop().await;
        for task in self.tasks {
            task.await.unwrap();
        }
        self.notebook.with(|page| page.summaries.clear());
        meanwhile();
        let again = Self::start_with(discord, self.channels, self.notebook).await;
        discord.online_again(connections).await;
        again
    }

    /// As [`Self::restarted_after`], without waiting to be online.
    pub async fn restarted(self, discord: &Discord) -> Self {
        self.stop.stop().await;
        for task in self.tasks {
            task.await.unwrap();
        }
        Self::start_with(discord, self.channels, self.notebook).await
    }

    /// What was taken, in order, each once.
    pub fn taken(&self) -> Vec<String> {
        self.notebook
            .with(|page| page.taken.iter().map(|(_, text)| text.clone()).collect())
    }

    /// Waits until this text was taken.
    pub async fn takes(&self, text: &str) {
        self.notebook
            .until(text, |page| {
                page.taken
                    .iter()
                    .any(|(_, taken)| taken == text)
                    .then_some(())
            })
            .await;
    }

    /// Waits for the summary of a reading that is done, and takes it.
    pub async fn settled(&self) -> Summary {
        self.notebook
            .until("a summary", |page| page.summaries.pop())
            .await
    }

    /// Waits until it was online once.
    pub async fn online(&self) {
        self.notebook
            .until("the connection", |page| (page.online > 0).then_some(()))
            .await;
    }

    /// Waits until it gives up, and says why.
    pub async fn stopped(&mut self) -> String {
        loop {
            if let Link::Stopped { why } = self.status.link() {
                return why;
            }
            self.status
                .changed()
                .await
                .expect("gives up before it ends");
        }
    }

    /// The listener cannot take the next so many messages of a channel.
    pub fn refuse(&self, channel: &str, times: u32) {
        let at = self
            .channels
            .iter()
            .position(|name| name == channel)
            .unwrap();
        self.notebook
            .with(|page| page.refusing.insert(self.ids[at], times));
    }
}
