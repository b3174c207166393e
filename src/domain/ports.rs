//! What the core may ask of a surface: values in, values out. The surface implements it, a
//! connector calls it, and neither knows the other.

use super::{Origin, WorkspaceId};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// An answer that is still on its way.
pub type ChatFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a chat message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatPlace {
    /// Into a channel or thread, by the chat's own id.
    Channel(String),
    /// To where a ticket was posted: into its thread, or as a reply to its message.
    Ticket(Origin),
    /// Into a new thread of this name in a channel.
    NewThread {
        /// The channel's id.
        channel: String,
        /// The thread's name.
        name: String,
    },
}

/// A message as it is to be posted. Every text in it is data: nothing in it pings or formats,
/// except that the roles named in `ping` are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    /// Whose chat.
    pub workspace: WorkspaceId,
    /// Where.
    pub place: ChatPlace,
    /// The words.
    pub text: String,
    /// Roles to call, as the config names them.
    pub ping: Vec<String>,
}

/// How an attempt to post ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatOutcome {
    /// It stands there.
    Posted {
        /// The chat's id of the message, with its channel: `123/456`.
        reference: String,
    },
    /// Nothing was posted, and trying again under the same key is safe.
    Retry {
        /// Why, in words.
        why: String,
        /// How long to wait, where the chat says so.
        after: Option<Duration>,
    },
    /// Nothing was posted, and trying again is of no use.
    Refused {
        /// Why, in words.
        why: String,
    },
    /// It may or may not stand there.
    Unknown {
        /// Why, in words.
        why: String,
    },
}

/// The answer to "was it posted?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatFound {
    /// It stands there.
    Posted {
        /// The chat's id of the message, with its channel.
        reference: String,
    },
    /// It does not.
    Absent,
    /// The chat could not be asked, or cannot look back that far.
    CannotTell {
        /// Why, in words.
        why: String,
    },
}

/// A chat that messages can be posted to.
pub trait Chat: Send + Sync {
    /// Posts a message once. Under the same `key` the chat recognises a repeat and does not post
    /// it twice.
    fn post(&self, message: ChatMessage, key: String) -> ChatFuture<'_, ChatOutcome>;

    /// Whether the message of this key stands at this place.
    fn find(&self, place: ChatPlace, key: String) -> ChatFuture<'_, ChatFound>;

    /// Everything wrong with posting there, one sentence each: a channel or role that nobody
    /// configured. Asks nobody outside.
    fn problems(&self, place: &ChatPlace, ping: &[String]) -> Vec<String>;
}

/// A chat that may come later: connectors are built before any surface runs. Until one is there,
/// nothing is posted and everybody is told so.
#[derive(Default)]
pub struct LateChat(RwLock<Option<Arc<dyn Chat>>>);

/// What is said while there is no chat.
const NO_CHAT: &str = "no chat is connected; set DISCORD_TOKEN and [discord] in config.toml";

impl LateChat {
    /// Puts the chat in; it counts from now on.
    pub fn connect(&self, chat: Arc<dyn Chat>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(chat);
    }

    /// Takes the chat out again, when its surface ends.
    pub fn disconnect(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn chat(&self) -> Option<Arc<dyn Chat>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Chat for LateChat {
    fn post(&self, message: ChatMessage, key: String) -> ChatFuture<'_, ChatOutcome> {
        match self.chat() {
            Some(chat) => Box::pin(async move { chat.post(message, key).await }),
            None => Box::pin(std::future::ready(ChatOutcome::Retry {
                why: NO_CHAT.to_owned(),
                after: None,
            })),
        }
    }

    fn find(&self, place: ChatPlace, key: String) -> ChatFuture<'_, ChatFound> {
        match self.chat() {
            Some(chat) => Box::pin(async move { chat.find(place, key).await }),
            None => Box::pin(std::future::ready(ChatFound::CannotTell {
                why: NO_CHAT.to_owned(),
            })),
        }
    }

    fn problems(&self, place: &ChatPlace, ping: &[String]) -> Vec<String> {
        self.chat()
            .map(|chat| chat.problems(place, ping))
            .unwrap_or_default()
    }
}
