//! Messages that are tickets: what is posted in the configured channels and forums, edited and
//! deleted there. Every way in ends in the same functions, live or read back, and each may see the
//! same message any number of times.
//!
//! In a text channel each message is a ticket, in a forum each post. In the thread of a ticket,
//! what its author adds belongs to it, and what others write is talk. A reply to somebody else's
//! message is an answer, no ticket. Bots and system messages are not read.

mod places;
mod posting;

pub use places::Places;
pub use posting::{InThread, Posting, SOURCE, is_persons, may_be_ticket};

use super::context::Context;
use super::options::TicketChannel;
use super::rest::RestError;
use crate::domain::{Problem, SourceName, Surface, TicketId};
use crate::engine::handle::{PostedTicket, Receipt, SubmitError, TicketChange};
use places::Place;
use serenity::model::channel::{GuildChannel, Message};
use serenity::model::id::{ChannelId, MessageId, RoleId};
use std::time::Duration;

/// The most pages of a hundred that are read of one ticket's thread.
const MOST_PAGES: usize = 10;
/// Messages in a page, Discord's most.
const PAGE: u8 = 100;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is a new ticket.
    New(TicketId),
    /// It changed a ticket.
    Changed(TicketId),
    /// It is known, and nothing changed.
    Same(TicketId),
    /// It is no ticket, and belongs to none.
    NotATicket,
    /// It cannot be taken as a ticket.
    Refused(Problem),
}

/// Takes a message that was just posted. If it is known, nothing changes: a late repeat of its
/// first version must not undo an edit.
///
/// # Errors
/// When Discord does not say where the message stands.
pub async fn created(context: &Context, message: &Message) -> Result<Taken, RestError> {
    take(context, message, false).await
}

/// Takes a message read from the history, as it stands there now.
///
/// # Errors
/// As [`created`].
pub async fn read_back(context: &Context, message: &Message) -> Result<Taken, RestError> {
    take(context, message, true).await
}

async fn take(context: &Context, message: &Message, current: bool) -> Result<Taken, RestError> {
    if !is_persons(message) {
        return Ok(Taken::NotATicket);
    }
    match context.places.find(context, message.channel_id).await? {
        Place::Elsewhere => Ok(Taken::NotATicket),
        Place::Channel(id) => match context.options.ticket_channel(id) {
            Some(channel) if may_be_ticket(message) => {
                let roles = roles_of(context, message).await;
                let posting = posting(context, channel, None, message, &roles, &[]);
                settle(context, posting.ticket(), current).await
            }
            _ => Ok(Taken::NotATicket),
        },
        Place::Thread { parent, thread, forum } => {
            let starter = forum && message.id.get() == thread.id.get();
            match context.options.ticket_channel(parent) {
                // Alone so far: no need to ask for what else is there.
                Some(channel) if starter && !current => {
                    let roles = roles_of(context, message).await;
                    let posting = posting(context, channel, Some(&thread), message, &roles, &[]);
                    settle(context, posting.ticket(), false).await
                }
                Some(channel) => whole(context, channel, &thread, forum, Some(message)).await,
                None => Ok(Taken::NotATicket),
            }
        }
    }
}

/// A message was edited: it is read again, because events come late, twice or in parts.
///
/// # Errors
/// When Discord does not hand the message out.
pub async fn updated(
    context: &Context,
    channel: ChannelId,
    message: MessageId,
) -> Result<Taken, RestError> {
    if context.places.find(context, channel).await? == Place::Elsewhere {
        return Ok(Taken::NotATicket);
    }
    match context.rest.message(channel, message).await {
        Ok(message) => read_back(context, &message).await,
        Err(error) if error.is_unknown_message() => deleted(context, channel, message).await,
        Err(error) => Err(error),
    }
}

/// A message was deleted.
///
/// # Errors
/// When Discord does not say where it stood.
pub async fn deleted(
    context: &Context,
    channel: ChannelId,
    message: MessageId,
) -> Result<Taken, RestError> {
    let place = match context.places.find(context, channel).await {
        Ok(place) => place,
        // Its thread is gone as well; it may have been one of ours.
        Err(error) if error.is_unknown_channel() => Place::Channel(channel),
        Err(error) => return Err(error),
    };
    match place {
        Place::Elsewhere => Ok(Taken::NotATicket),
        Place::Thread { parent, thread, forum } if thread.id.get() != message.get() => {
            match context.options.ticket_channel(parent) {
                Some(channel) => whole(context, channel, &thread, forum, None).await,
                None => Ok(Taken::NotATicket),
            }
        }
        Place::Channel(_) | Place::Thread { .. } => Ok(withdrawn(context, message).await),
    }
}

/// A thread was made. Its ticket comes with its first message.
///
/// # Errors
/// When Discord does not name its forum's tags.
pub async fn thread_created(context: &Context, channel: &GuildChannel) -> Result<(), RestError> {
    context.places.learn(context, channel).await.map(drop)
}

/// A thread was renamed or tagged: its title and tags are part of its ticket.
///
/// # Errors
/// When Discord does not hand its messages out.
pub async fn thread_changed(
    context: &Context,
    channel: &GuildChannel,
) -> Result<Taken, RestError> {
    match context.places.learn(context, channel).await? {
        Place::Thread { parent, thread, forum: true } => {
            match context.options.ticket_channel(parent) {
                Some(channel) => whole(context, channel, &thread, true, None).await,
                None => Ok(Taken::NotATicket),
            }
        }
        _ => Ok(Taken::NotATicket),
    }
}

/// A thread was deleted. In a forum its ticket went with it.
pub async fn thread_deleted(context: &Context, thread: ChannelId, parent: ChannelId) -> Taken {
    context.places.forget(thread);
    if context.options.ticket_channel(parent).is_none() {
        return Taken::NotATicket;
    }
    match context.rest.message(parent, MessageId::new(thread.get())).await {
        // The thread of a message in a text channel; the message itself is still there.
        Ok(_) => Taken::NotATicket,
        Err(_) => withdrawn(context, MessageId::new(thread.get())).await,
    }
}

/// The ticket of a thread with all that its author wrote there. `hint` is a message that is known
/// to be there: where it is somebody else's, nothing has to be read.
async fn whole(
    context: &Context,
    channel: &TicketChannel,
    thread: &InThread,
    forum: bool,
    hint: Option<&Message>,
) -> Result<Taken, RestError> {
    let at = if forum { thread.id } else { channel.id };
    let starter = match hint.filter(|message| message.id.get() == thread.id.get()) {
        Some(message) => message.clone(),
        None => match context.rest.message(at, MessageId::new(thread.id.get())).await {
            Ok(message) => message,
            // A thread that no message began, or whose first message is gone: talk.
            Err(error) if error.status() == Some(404) => return Ok(Taken::NotATicket),
            Err(error) => return Err(error),
        },
    };
    let foreign = hint.is_some_and(|message| message.author.id != starter.author.id);
    if foreign || !may_be_ticket(&starter) {
        return Ok(Taken::NotATicket);
    }
    let mut additions = Vec::new();
    let mut after = MessageId::new(thread.id.get());
    for _ in 0..MOST_PAGES {
        let page = context
            .rest
            .messages_after(thread.id, Some(after), PAGE)
            .await?;
        after = page.newest.unwrap_or(after);
        additions.extend(page.messages.into_iter().filter(|message| {
            message.id != starter.id
                && message.author.id == starter.author.id
                && is_persons(message)
        }));
        if !page.full {
            break;
        }
    }
    let roles = roles_of(context, hint.filter(|m| m.member.is_some()).unwrap_or(&starter)).await;
    let posting = posting(context, channel, Some(thread), &starter, &roles, &additions);
    settle(context, posting.ticket(), true).await
}

fn posting<'a>(
    context: &'a Context,
    channel: &'a TicketChannel,
    thread: Option<&'a InThread>,
    message: &'a Message,
    roles: &'a [RoleId],
    additions: &'a [Message],
) -> Posting<'a> {
    Posting {
        workspace: &context.workspace,
        options: &context.options,
        channel,
        thread,
        message,
        roles,
        additions,
        now: context.handle.now(),
    }
}

/// The roles of a message's author: with the message where the gateway sent it, asked for where it
/// comes from the history. Unknown is none, so that a merchant is claimed rather than believed.
async fn roles_of(context: &Context, message: &Message) -> Vec<RoleId> {
    if context.options.merchant_roles.is_empty() {
        return Vec::new();
    }
    if let Some(member) = &message.member {
        return member.roles.clone();
    }
    let Some(guild) = context.options.guild_id else {
        return Vec::new();
    };
    match context.rest.member(guild, message.author.id).await {
        Ok(member) => member.roles,
        Err(error) => {
            tracing::warn!(%error, "cannot read the roles of a message's author; its merchant is only claimed");
            Vec::new()
        }
    }
}

/// Stores a ticket, waiting as long as the engine asks: what was seen once is not let go.
async fn settle(
    context: &Context,
    ticket: Option<PostedTicket>,
    current: bool,
) -> Result<Taken, RestError> {
    let Some(ticket) = ticket else {
        return Ok(Taken::NotATicket);
    };
    loop {
        let wait = match context.handle.submit_ticket(ticket.clone()).await {
            Ok(Receipt::Accepted { ticket, .. }) => return Ok(Taken::New(ticket)),
            Ok(Receipt::Refused(problem)) => return Ok(Taken::Refused(problem)),
            Ok(Receipt::Duplicate { ticket: known, .. }) => {
                if !current {
                    return Ok(Taken::Same(known));
                }
                match context.handle.edit_ticket(ticket.clone()).await {
                    Ok(TicketChange::Stored { ticket }) => return Ok(Taken::Changed(ticket)),
                    Ok(TicketChange::Same { .. } | TicketChange::Unknown) => {
                        return Ok(Taken::Same(known));
                    }
                    Err(SubmitError::Problem(problem)) => return Ok(Taken::Refused(problem)),
                    Err(error) => seconds(&error),
                }
            }
            Err(SubmitError::Problem(problem)) => return Ok(Taken::Refused(problem)),
            Err(error) => seconds(&error),
        };
        tokio::time::sleep(wait).await;
    }
}

async fn withdrawn(context: &Context, message: MessageId) -> Taken {
    let source = SourceName::new(SOURCE);
    let id = message.to_string();
    loop {
        let change = context
            .handle
            .withdraw_ticket(&context.workspace, &source, Surface::Discord, &id)
            .await;
        match change {
            Ok(TicketChange::Stored { ticket }) => return Taken::Changed(ticket),
            Ok(TicketChange::Same { ticket }) => return Taken::Same(ticket),
            Ok(TicketChange::Unknown) => return Taken::NotATicket,
            Err(error) => tokio::time::sleep(seconds(&error)).await,
        }
    }
}

fn seconds(error: &SubmitError) -> Duration {
    match error {
        SubmitError::Busy {
            retry_after_seconds,
        }
        | SubmitError::Unavailable {
            retry_after_seconds,
        } => Duration::from_secs((*retry_after_seconds).into()),
        SubmitError::Problem(_) => Duration::ZERO,
    }
}
