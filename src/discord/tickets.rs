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

/// The context, with what is known of threads.
pub struct Desk {
    context: Context,
    places: Places,
}

impl Desk {
    /// A desk at which nothing is known yet.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            places: Places::default(),
        }
    }
}

impl std::ops::Deref for Desk {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

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
pub async fn created(desk: &Desk, message: &Message) -> Result<Taken, RestError> {
    take(desk, message, false).await
}

/// Takes a message read from the history, as it stands there now.
///
/// # Errors
/// As [`created`].
pub async fn read_back(desk: &Desk, message: &Message) -> Result<Taken, RestError> {
    take(desk, message, true).await
}

async fn take(desk: &Desk, message: &Message, current: bool) -> Result<Taken, RestError> {
    if !is_persons(message) {
        return Ok(Taken::NotATicket);
    }
    match desk.places.find(desk, message.channel_id).await? {
        Place::Elsewhere => Ok(Taken::NotATicket),
        Place::Channel(id) => match desk.options.ticket_channel(id) {
            Some(channel) if may_be_ticket(message) => {
                let roles = roles_of(desk, message).await;
                let posting = posting(desk, channel, None, message, &roles, &[]);
                settle(desk, posting.ticket(), current).await
            }
            _ => Ok(Taken::NotATicket),
        },
        Place::Thread {
            parent,
            thread,
            forum,
        } => {
            let starter = forum && message.id.get() == thread.id.get();
            match desk.options.ticket_channel(parent) {
                // Alone so far: no need to ask for what else is there.
                Some(channel) if starter && !current => {
                    let roles = roles_of(desk, message).await;
                    let posting = posting(desk, channel, Some(&thread), message, &roles, &[]);
                    settle(desk, posting.ticket(), false).await
                }
                Some(channel) => whole(desk, channel, &thread, forum, Some(message)).await,
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
    desk: &Desk,
    channel: ChannelId,
    message: MessageId,
) -> Result<Taken, RestError> {
    if desk.places.find(desk, channel).await? == Place::Elsewhere {
        return Ok(Taken::NotATicket);
    }
    match desk.rest.message(channel, message).await {
        Ok(message) => read_back(desk, &message).await,
        Err(error) if error.is_unknown_message() => deleted(desk, channel, message).await,
        Err(error) => Err(error),
    }
}

/// A message was deleted, or a thread: that comes as the deletion of the message with its id.
///
/// # Errors
/// When Discord does not say where it stood.
pub async fn deleted(
    desk: &Desk,
    channel: ChannelId,
    message: MessageId,
) -> Result<Taken, RestError> {
    let began_thread = channel.get() == message.get();
    let place = match desk.places.find(desk, channel).await {
        Ok(place) => place,
        Err(error) if !error.is_unknown_channel() => return Err(error),
        // Its thread is gone as well, or it is the thread: a forum's post, or what hung on a
        // message that may still be there.
        Err(_) if began_thread && stands_in_a_channel(desk, message).await? => {
            return Ok(Taken::NotATicket);
        }
        Err(_) => Place::Channel(channel),
    };
    match place {
        Place::Thread {
            parent,
            thread,
            forum,
        } if !began_thread => match desk.options.ticket_channel(parent) {
            Some(channel) => whole(desk, channel, &thread, forum, None).await,
            None => Ok(Taken::NotATicket),
        },
        Place::Elsewhere | Place::Thread { forum: false, .. } => Ok(Taken::NotATicket),
        Place::Channel(_) | Place::Thread { .. } => {
            desk.places.forget(channel);
            Ok(withdrawn(desk, message).await)
        }
    }
}

/// Whether this message stands in one of the text channels that are read.
async fn stands_in_a_channel(desk: &Desk, message: MessageId) -> Result<bool, RestError> {
    for channel in &desk.options.channels {
        match desk.rest.message(channel.id, message).await {
            Ok(_) => return Ok(true),
            // Not there, or a forum, which holds no messages.
            Err(error) if matches!(error.status(), Some(400 | 403 | 404)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// A thread was made, renamed or tagged: its title and tags are part of its ticket.
///
/// # Errors
/// When Discord does not hand its messages out.
pub async fn thread_changed(desk: &Desk, channel: &GuildChannel) -> Result<Taken, RestError> {
    match desk.places.learn(desk, channel).await? {
        Place::Thread {
            parent,
            thread,
            forum: true,
        } => match desk.options.ticket_channel(parent) {
            Some(channel) => whole(desk, channel, &thread, true, None).await,
            None => Ok(Taken::NotATicket),
        },
        _ => Ok(Taken::NotATicket),
    }
}

/// The ticket of a thread with all that its author wrote there. `hint` is a message that is known
/// to be there: where it is somebody else's, nothing has to be read.
async fn whole(
    desk: &Desk,
    channel: &TicketChannel,
    thread: &InThread,
    forum: bool,
    hint: Option<&Message>,
) -> Result<Taken, RestError> {
    let at = if forum { thread.id } else { channel.id };
    let starter = match hint.filter(|message| message.id.get() == thread.id.get()) {
        Some(message) => message.clone(),
        None => match desk.rest.message(at, MessageId::new(thread.id.get())).await {
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
        let page = desk
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
    let roles = roles_of(
        desk,
        hint.filter(|m| m.member.is_some()).unwrap_or(&starter),
    )
    .await;
    let posting = posting(desk, channel, Some(thread), &starter, &roles, &additions);
    settle(desk, posting.ticket(), true).await
}

fn posting<'a>(
    desk: &'a Desk,
    channel: &'a TicketChannel,
    thread: Option<&'a InThread>,
    message: &'a Message,
    roles: &'a [RoleId],
    additions: &'a [Message],
) -> Posting<'a> {
    Posting {
        workspace: &desk.workspace,
        options: &desk.options,
        channel,
        thread,
        message,
        roles,
        additions,
        now: desk.handle.now(),
    }
}

/// The roles of a message's author: with the message where the gateway sent it, asked for where it
/// comes from the history. Unknown is none, so that a merchant is claimed rather than believed.
async fn roles_of(desk: &Desk, message: &Message) -> Vec<RoleId> {
    if desk.options.merchant_roles.is_empty() {
        return Vec::new();
    }
    if let Some(member) = &message.member {
        return member.roles.clone();
    }
    let Some(guild) = desk.options.guild_id else {
        return Vec::new();
    };
    match desk.rest.member(guild, message.author.id).await {
        Ok(member) => member.roles,
        Err(error) => {
            tracing::warn!(%error, "cannot read the roles of a message's author; its merchant is only claimed");
            Vec::new()
        }
    }
}

/// Stores a ticket, waiting as long as the engine asks: what was seen once is not let go.
async fn settle(
    desk: &Desk,
    ticket: Option<PostedTicket>,
    current: bool,
) -> Result<Taken, RestError> {
    let Some(ticket) = ticket else {
        return Ok(Taken::NotATicket);
    };
    loop {
        let wait = match desk.handle.submit_ticket(ticket.clone()).await {
            Ok(Receipt::Accepted { ticket, .. }) => return Ok(Taken::New(ticket)),
            Ok(Receipt::Refused(problem)) => return Ok(Taken::Refused(problem)),
            Ok(Receipt::Duplicate { ticket: known, .. }) => {
                if !current {
                    return Ok(Taken::Same(known));
                }
                match desk.handle.edit_ticket(ticket.clone()).await {
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

async fn withdrawn(desk: &Desk, message: MessageId) -> Taken {
    let source = SourceName::new(SOURCE);
    let id = message.to_string();
    loop {
        let change = desk
            .handle
            .withdraw_ticket(&desk.workspace, &source, Surface::Discord, &id)
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
