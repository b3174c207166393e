//! Who takes what comes from Discord, live or read back.

use async_trait::async_trait;
use serenity::model::application::Interaction;
use serenity::model::channel::{GuildChannel, Message};
use serenity::model::event::MessageUpdateEvent;
use serenity::model::id::{ChannelId, MessageId};

/// Takes what comes. Messages of one channel come one after the other, in order; every one of them
/// may come again. An error means "not taken; later again", and holds back that channel only.
#[async_trait]
pub trait Listener: Send + Sync + 'static {
    /// A message that was just posted.
    ///
    /// # Errors
    /// When it could not be taken for now.
    async fn posted(&self, message: &Message) -> Result<(), String>;

    /// A message from the history, as it stands there now. Whether it was new or changed.
    ///
    /// # Errors
    /// When it could not be taken for now.
    async fn read_back(&self, message: &Message) -> Result<bool, String>;

    /// A message was edited.
    ///
    /// # Errors
    /// When it could not be taken for now.
    async fn edited(&self, update: &MessageUpdateEvent) -> Result<(), String>;

    /// A message was deleted.
    ///
    /// # Errors
    /// When it could not be taken for now.
    async fn deleted(&self, channel: ChannelId, message: MessageId) -> Result<(), String>;

    /// A thread was opened or changed.
    async fn thread(&self, thread: &GuildChannel);

    /// Somebody clicked, typed a command or sent a form. Runs beside everything else.
    async fn interaction(&self, interaction: Interaction);

    /// A connection stands: what is shown may have to be compared anew. Where nothing was `resumed`,
    /// a message of our own may be gone without a word.
    async fn online(&self, resumed: bool);

    /// The history was read: what came of it, for one message instead of a flood.
    async fn caught_up(&self, summary: Summary);
}

/// What came of reading the history after a start or a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Channels and threads that were read.
    pub channels: usize,
    /// Messages that were new or changed.
    pub messages: usize,
    /// Messages that were taken and are gone.
    pub deleted: usize,
    /// Messages that could not be read.
    pub unreadable: usize,
    /// Channels whose history stays hidden, because the bot lacks READ_MESSAGE_HISTORY there.
    pub hidden: Vec<ChannelId>,
    /// Channels that could not be read for now, with the reason; they are tried again.
    pub failed: Vec<(ChannelId, String)>,
}

impl Summary {
    /// Whether there is anything that somebody should know.
    pub fn is_worth_telling(&self) -> bool {
        self.messages > 0
            || self.deleted > 0
            || self.unreadable > 0
            || !self.hidden.is_empty()
            || !self.failed.is_empty()
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Caught up: {} new or changed in {}.",
            counted(self.messages, "message"),
            counted(self.channels, "channel or thread")
        )?;
        if self.deleted > 0 {
            write!(
                f,
                " {} deleted meanwhile.",
                counted(self.deleted, "message")
            )?;
        }
        if self.unreadable > 0 {
            write!(
                f,
                " {} could not be read.",
                counted(self.unreadable, "message")
            )?;
        }
        for channel in &self.hidden {
            write!(
                f,
                " What was posted in <#{channel}> meanwhile is hidden from me: give my role \
                 \"Read Message History\" there."
            )?;
        }
        for (channel, why) in &self.failed {
            write!(
                f,
                " <#{channel}> could not be read yet ({why}); I keep trying."
            )?;
        }
        Ok(())
    }
}

fn counted(number: usize, what: &str) -> String {
    match (number, what) {
        (1, what) => format!("1 {what}"),
        (number, "channel or thread") => format!("{number} channels and threads"),
        (number, what) => format!("{number} {what}s"),
    }
}
