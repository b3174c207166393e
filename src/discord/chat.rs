//! The chat as connectors see it: posts under a key, and finds what was posted under one.

use super::context::Context;
use super::escape::Text;
use super::limits;
use super::message::{Draft, Embed};
use super::posts;
use super::rest::{PAGE, RestError};
use crate::domain::Origin;
use crate::domain::ports::{Chat, ChatFound, ChatFuture, ChatMessage, ChatOutcome, ChatPlace};
use serenity::builder::CreateThread;
use serenity::model::channel::Message;
use serenity::model::id::{ChannelId, MessageId};

/// Room for words beside the roles that are called and the key.
const WORDS: usize = limits::CONTENT - 300;
const COLOUR: u32 = 0x0056_B4E9;

/// Discord as a chat.
pub struct DiscordChat {
    context: Context,
}

impl DiscordChat {
    /// The chat of this server.
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    async fn post_once(&self, message: ChatMessage, key: &str) -> ChatOutcome {
        if message.workspace != self.context.workspace {
            return ChatOutcome::Refused {
                why: format!(
                    "the Discord server belongs to workspace {}, not to {}",
                    self.context.workspace, message.workspace
                ),
            };
        }
        let problems = self.problems(&message.place, &message.ping);
        if let Some(why) = problems.into_iter().next() {
            return ChatOutcome::Refused { why };
        }
        let Some((channel, answers)) = target(&message.place) else {
            return ChatOutcome::Refused {
                why: "the channel is no Discord id".to_owned(),
            };
        };
        let draft = match self.draft(&message, answers, key) {
            Ok(draft) => draft,
            Err(why) => return ChatOutcome::Refused { why },
        };
        let create = draft.create(channel, 0);
        let posted = self
            .context
            .rest
            .create_message(channel, &create, Vec::new())
            .await;
        let posted = match posted {
            Ok(posted) => posted,
            Err(error) => return outcome(&error),
        };
        self.open_thread(&message.place, channel, posted.id).await
    }

    /// Opens the thread that a place asks for; the message that begins it stands already.
    async fn open_thread(
        &self,
        place: &ChatPlace,
        channel: ChannelId,
        message: MessageId,
    ) -> ChatOutcome {
        let reference = format!("{channel}/{message}");
        let ChatPlace::NewThread { name, .. } = place else {
            return ChatOutcome::Posted { reference };
        };
        let thread = CreateThread::new(super::escape::label(name, limits::THREAD_TITLE));
        match self
            .context
            .rest
            .start_thread(channel, message, &thread)
            .await
        {
            Ok(_) => ChatOutcome::Posted { reference },
            Err(error) if error.is_thread_exists() => ChatOutcome::Posted { reference },
            // The words stand there; whether a thread hangs on them, a person can see.
            Err(error) => ChatOutcome::Unknown {
                why: format!("the message stands there, but its thread: {error}"),
            },
        }
    }

    fn draft(
        &self,
        message: &ChatMessage,
        answers: Option<MessageId>,
        key: &str,
    ) -> Result<Draft, String> {
        let mut called = Text::new();
        let mut pings = Vec::new();
        for role in &message.ping {
            if let Some(id) = self.context.options.roles.get(role) {
                called = called.own(&format!("<@&{id}> "));
                pings.push(id.get());
            }
        }
        let words = Text::new().paragraphs(&message.text);
        let mut draft = Draft {
            pings,
            answers: answers.map(MessageId::get),
            key: Some(format!("chat/{key}")),
            ..Draft::default()
        };
        if words.length() + called.length() <= WORDS {
            draft.content = called.then(&words).clamp(limits::CONTENT);
        } else if words.fits(limits::EMBED_DESCRIPTION) {
            draft.content = called.clamp(WORDS);
            draft.embeds = vec![Embed {
                colour: COLOUR,
                description: words.clamp(limits::EMBED_DESCRIPTION),
                ..Embed::default()
            }];
        } else {
            return Err(format!(
                "the text takes {} characters once it is inert, at most {} fit",
                words.length(),
                limits::EMBED_DESCRIPTION
            ));
        }
        Ok(draft)
    }

    async fn search(&self, place: &ChatPlace, key: &str) -> Result<Option<ChatOutcome>, ChatFound> {
        let cannot = |why: String| ChatFound::CannotTell { why };
        let Some((channel, _)) = target(place) else {
            return Err(cannot("the channel is no Discord id".to_owned()));
        };
        let page = self
            .context
            .rest
            .newest_messages(channel, PAGE)
            .await
            .map_err(|error| cannot(error.to_string()))?;
        let key = format!("chat/{key}");
        let ours = |found: &&Message| {
            found.author.id == self.context.me && posts::keys_of(found).contains(&key)
        };
        if let Some(found) = page.messages.iter().find(ours) {
            return Ok(Some(self.open_thread(place, channel, found.id).await));
        }
        if page.messages.is_empty() {
            return Err(cannot(
                "Discord shows no history of the channel; give Medic the permission Read Message History there".to_owned(),
            ));
        }
        if page.full {
            return Err(cannot(format!(
                "it is not among the newest {PAGE} messages, and older ones were not looked at"
            )));
        }
        Ok(None)
    }
}

impl Chat for DiscordChat {
    fn post(&self, message: ChatMessage, key: String) -> ChatFuture<'_, ChatOutcome> {
        Box::pin(async move { self.post_once(message, &key).await })
    }

    fn find(&self, place: ChatPlace, key: String) -> ChatFuture<'_, ChatFound> {
        Box::pin(async move {
            match self.search(&place, &key).await {
                Ok(Some(ChatOutcome::Posted { reference })) => ChatFound::Posted { reference },
                Ok(Some(
                    ChatOutcome::Retry { why, .. }
                    | ChatOutcome::Refused { why }
                    | ChatOutcome::Unknown { why },
                )) => ChatFound::CannotTell { why },
                Ok(None) => ChatFound::Absent,
                Err(found) => found,
            }
        })
    }

    fn problems(&self, place: &ChatPlace, ping: &[String]) -> Vec<String> {
        let mut wrong = Vec::new();
        if target(place).is_none() {
            wrong.push(
                "with.channel: it is no Discord id; right click the channel, Copy Channel ID"
                    .to_owned(),
            );
        }
        for role in ping {
            if !self.context.options.roles.contains_key(role) {
                wrong.push(format!(
                    "with.ping: {role:?} is no role of [discord.roles]; add it there with its Discord role id"
                ));
            }
        }
        wrong
    }
}

/// The channel or thread of a place, and the message to reply to.
fn target(place: &ChatPlace) -> Option<(ChannelId, Option<MessageId>)> {
    match place {
        ChatPlace::Channel(channel) | ChatPlace::NewThread { channel, .. } => {
            Some((channel.parse().ok()?, None))
        }
        ChatPlace::Ticket(Origin {
            thread: Some(thread),
            ..
        }) => Some((thread.parse().ok()?, None)),
        ChatPlace::Ticket(origin) => {
            let message = origin.message.as_ref().and_then(|id| id.parse().ok());
            Some((origin.channel.parse().ok()?, message))
        }
    }
}

fn outcome(error: &RestError) -> ChatOutcome {
    let why = error.to_string();
    match error {
        RestError::RateLimited { retry_after } => ChatOutcome::Retry {
            why,
            after: Some(*retry_after),
        },
        RestError::Unreachable(_) => ChatOutcome::Retry { why, after: None },
        error if error.may_have_happened() => ChatOutcome::Unknown { why },
        _ => ChatOutcome::Refused { why },
    }
}
