//! Messages and threads.

use super::call::{Attachment, Call};
use super::{Rest, RestError, lenient};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use serenity::model::channel::{GuildChannel, Message};
use serenity::model::id::{ChannelId, MessageId, UserId};

/// Messages a page at most (Discord's limit).
pub const PAGE: u8 = 100;

/// A page of a channel's history.
#[derive(Clone, Debug)]
pub struct Page {
    /// Oldest first, whatever order Discord gave.
    pub messages: Vec<Message>,
    /// Messages of the page that could not be read.
    pub unreadable: Vec<MessageId>,
    /// The newest id of the page, of a readable message or not; none for an empty page.
    pub newest: Option<MessageId>,
    /// Whether the page was full, so that there may be more.
    pub full: bool,
}

const MESSAGES: &str = "/channels/{channel}/messages";
const MESSAGE: &str = "/channels/{channel}/messages/{message}";

impl Rest {
    /// Posts a message. It is posted once however often the answer is lost, if it carries a nonce
    /// and `enforce_nonce`.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn create_message(
        &self,
        channel: ChannelId,
        message: &impl Serialize,
        files: Vec<Attachment>,
    ) -> Result<Message, RestError> {
        let path = format!("/channels/{channel}/messages");
        let call = Call::new(Method::POST, MESSAGES, channel.get(), path);
        self.fetch(call.message(message, None, files)?).await
    }

    /// Changes one of the bot's own messages.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn edit_message(
        &self,
        channel: ChannelId,
        message: MessageId,
        edit: &impl Serialize,
    ) -> Result<Message, RestError> {
        let call = on_message(Method::PATCH, channel, message);
        self.fetch(call.message(edit, None, Vec::new())?).await
    }

    /// Deletes a message; one that is gone already is no error.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn delete_message(
        &self,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<(), RestError> {
        match self
            .send(on_message(Method::DELETE, channel, message))
            .await
        {
            Err(error) if error.is_unknown_message() => Ok(()),
            other => other,
        }
    }

    /// One message.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn message(
        &self,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<Message, RestError> {
        self.fetch(on_message(Method::GET, channel, message)).await
    }

    /// Up to `limit` (1 to 100) messages after `after`, or the channel's first.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn messages_after(
        &self,
        channel: ChannelId,
        after: Option<MessageId>,
        limit: u8,
    ) -> Result<Page, RestError> {
        let after = after.map_or(0, MessageId::get);
        self.page(history(channel, limit).query("after", after), limit)
            .await
    }

    /// Up to `limit` (1 to 100) messages right before `before`.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn messages_before(
        &self,
        channel: ChannelId,
        before: MessageId,
        limit: u8,
    ) -> Result<Page, RestError> {
        let call = history(channel, limit).query("before", before);
        self.page(call, limit).await
    }

    /// The newest `limit` (1 to 100) messages of a channel.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn newest_messages(&self, channel: ChannelId, limit: u8) -> Result<Page, RestError> {
        self.page(history(channel, limit), limit).await
    }

    async fn page(&self, call: Call, limit: u8) -> Result<Page, RestError> {
        let raw: Vec<Value> = self.fetch(call).await?;
        let full = raw.len() >= usize::from(limit.clamp(1, PAGE));
        let (mut messages, mut unreadable) = (Vec::new(), Vec::new());
        for value in raw {
            let id = value["id"].as_str().and_then(|id| id.parse().ok());
            match (lenient::from_value::<Message>(value), id) {
                (Ok(message), _) => messages.push(message),
                (Err(_), Some(id)) => unreadable.push(MessageId::new(id)),
                (Err(error), None) => return Err(RestError::Unreadable(error.to_string())),
            }
        }
        messages.sort_by_key(|message| message.id);
        let ids = messages.iter().map(|message| message.id);
        Ok(Page {
            newest: ids.chain(unreadable.iter().copied()).max(),
            messages,
            unreadable,
            full,
        })
    }

    /// Starts a thread on a message; the thread then has the message's id.
    ///
    /// # Errors
    /// See [`RestError`]; [`RestError::is_thread_exists`] where there is one already.
    pub async fn start_thread(
        &self,
        channel: ChannelId,
        message: MessageId,
        thread: &impl Serialize,
    ) -> Result<GuildChannel, RestError> {
        let path = format!("/channels/{channel}/messages/{message}/threads");
        let route = "/channels/{channel}/messages/{message}/threads";
        // A second one is refused with a number that says so.
        let call = Call::new(Method::POST, route, channel.get(), path).repeatable();
        self.fetch(call.body(thread)?).await
    }

    /// Opens a thread that hangs on no message.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn open_thread(
        &self,
        channel: ChannelId,
        thread: &impl Serialize,
    ) -> Result<GuildChannel, RestError> {
        let path = format!("/channels/{channel}/threads");
        let route = "/channels/{channel}/threads";
        let call = Call::new(Method::POST, route, channel.get(), path);
        self.fetch(call.body(thread)?).await
    }

    /// Opens a post in a forum channel. Its first message lies under `message` of the body.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn create_forum_post(
        &self,
        forum: ChannelId,
        post: &impl Serialize,
        files: Vec<Attachment>,
    ) -> Result<GuildChannel, RestError> {
        let path = format!("/channels/{forum}/threads");
        let call = Call::new(
            Method::POST,
            "/channels/{channel}/threads",
            forum.get(),
            path,
        );
        self.fetch(call.message(post, Some("message"), files)?)
            .await
    }

    /// Changes a thread: its name, whether it is archived, its tags.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn edit_thread(
        &self,
        thread: ChannelId,
        edit: &impl Serialize,
    ) -> Result<GuildChannel, RestError> {
        let path = format!("/channels/{thread}");
        let call = Call::new(Method::PATCH, "/channels/{channel}", thread.get(), path);
        self.fetch(call.body(edit)?).await
    }

    /// Adds a person to a thread.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn add_to_thread(&self, thread: ChannelId, user: UserId) -> Result<(), RestError> {
        self.thread_member(thread, &user.to_string()).await
    }

    /// Joins a thread, so that its messages come.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn join_thread(&self, thread: ChannelId) -> Result<(), RestError> {
        self.thread_member(thread, "@me").await
    }

    async fn thread_member(&self, thread: ChannelId, who: &str) -> Result<(), RestError> {
        let path = format!("/channels/{thread}/thread-members/{who}");
        let route = "/channels/{channel}/thread-members/{user}";
        self.send(Call::new(Method::PUT, route, thread.get(), path))
            .await
    }
}

fn on_message(method: Method, channel: ChannelId, message: MessageId) -> Call {
    let path = format!("/channels/{channel}/messages/{message}");
    Call::new(method, MESSAGE, channel.get(), path)
}

fn history(channel: ChannelId, limit: u8) -> Call {
    let path = format!("/channels/{channel}/messages");
    Call::new(Method::GET, MESSAGES, channel.get(), path).query("limit", limit.clamp(1, PAGE))
}
