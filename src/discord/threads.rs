//! A card's thread: opened once, with the timeline in it, and whole payloads where the card has no
//! room for them.

use super::context::Context;
use super::posts::{self, Kind, PostError, Standing};
use super::render::card::Around;
use super::render::thread;
use crate::domain::card::{Card, PlanCard, TimelineEntry};
use crate::domain::{PlanId, Record, SubjectId, Surface};
use crate::engine::handle::{Note, RecordQuery, StoreError};
use serenity::builder::CreateThread;
use serenity::model::channel::ChannelType;
use serenity::model::id::{ChannelId, MessageId};

/// Records read at once for the timeline.
const RECORDS: usize = 200;

fn key(subject: SubjectId) -> String {
    format!("thread/{subject}")
}

fn payload_key(plan: PlanId) -> String {
    format!("payload/{plan}/whole")
}

fn timeline_key(subject: SubjectId) -> String {
    format!("timeline/{subject}")
}

/// What stands around a card already.
///
/// # Errors
/// When the store cannot be read.
pub fn around(context: &Context, card: &Card) -> Result<Around, StoreError> {
    let mut around = Around {
        thread: posts::standing(context, &key(card.subject))?.and_then(|at| at.message),
        ..Around::default()
    };
    for plan in card.plans.iter().filter(|plan| plan.can_vote) {
        let noted = note(context, &payload_key(plan.id))?;
        if noted.as_deref() == Some(plan.digest_prefix.as_str()) {
            around.whole_in_thread.insert(plan.id);
        }
    }
    Ok(around)
}

/// The thread of a card, opened on its message where there is none yet.
///
/// # Errors
/// When Discord or the store fails.
pub async fn of(
    context: &Context,
    channel: ChannelId,
    message: MessageId,
    card: &Card,
) -> Result<ChannelId, PostError> {
    let key = key(card.subject);
    if let Some(at) = posts::standing(context, &key)?
        && let Some(thread) = at.message
    {
        return Ok(ChannelId::new(thread));
    }
    open(context, channel, message, card).await
}

async fn open(
    context: &Context,
    channel: ChannelId,
    message: MessageId,
    card: &Card,
) -> Result<ChannelId, PostError> {
    let wanted = CreateThread::new(thread::title(card));
    let opened = context.rest.start_thread(channel, message, &wanted).await;
    let thread = match opened {
        Ok(thread) => thread.id,
        // A message has one thread, and it has the message's id.
        Err(error) if error.is_thread_exists() => ChannelId::new(message.get()),
        Err(error) => return Err(error.into()),
    };
    let at = Standing {
        channel: channel.get(),
        message: Some(thread.get()),
        ..Standing::default()
    };
    posts::keep(context, &key(card.subject), &at).await?;
    Ok(thread)
}

/// Posts a plan's whole payload into the thread.
///
/// # Errors
/// When Discord or the store fails; trying again posts the rest.
pub async fn post_payload(
    context: &Context,
    thread: ChannelId,
    card: &Card,
    plan: &PlanCard,
) -> Result<(), PostError> {
    for draft in thread::payload(plan) {
        let key = draft.key.clone().unwrap_or_default();
        post(context, thread, card, &key, &draft).await?;
    }
    keep(context, &payload_key(plan.id), &plan.digest_prefix).await
}

/// Posts what the timeline does not show yet.
///
/// # Errors
/// When Discord or the store fails; trying again posts the rest.
pub async fn post_timeline(
    context: &Context,
    thread: ChannelId,
    card: &Card,
) -> Result<(), PostError> {
    let key = timeline_key(card.subject);
    let shown = note(context, &key)?
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let entries = entries_behind(context, card.subject, shown)?;
    for (last, draft) in thread::timeline(&key, &entries) {
        let message_key = draft.key.clone().unwrap_or_default();
        post(context, thread, card, &message_key, &draft).await?;
        keep(context, &key, &last.to_string()).await?;
    }
    Ok(())
}

/// Entries behind record `shown`, oldest first.
fn entries_behind(
    context: &Context,
    subject: SubjectId,
    shown: u64,
) -> Result<Vec<TimelineEntry>, StoreError> {
    let mut wanted = RecordQuery {
        about: Some(subject.to_string()),
        ..RecordQuery::default()
    };
    let mut entries = Vec::new();
    loop {
        let records = context
            .handle
            .records(&context.workspace, &wanted, RECORDS)?;
        let more = records.len() == RECORDS && records.iter().all(|record| record.seq > shown);
        wanted.before = records.last().map(|record| record.seq);
        entries.extend(
            records
                .into_iter()
                .filter(|record| record.seq > shown && thread::belongs(&record.draft.kind))
                .map(entry),
        );
        if !more {
            break;
        }
    }
    entries.reverse();
    Ok(entries)
}

fn entry(record: Record) -> TimelineEntry {
    TimelineEntry {
        at: record.draft.at,
        record: record.seq,
        actor: record.draft.actor.to_string(),
        text: record.draft.what,
    }
}

/// Posts into the thread; where the thread is gone or locked, a new one is opened by the next look.
async fn post(
    context: &Context,
    thread: ChannelId,
    card: &Card,
    key: &str,
    draft: &super::message::Draft,
) -> Result<(), PostError> {
    match posts::show(context, thread, key, Kind::Once, |_| draft.clone()).await {
        Ok(_) => Ok(()),
        Err(PostError::Rest(error)) if error.is_closed_channel() => {
            tracing::info!(%error, key, "the thread takes no messages; a new one is opened");
            replace(context, card).await?;
            Err(error.into())
        }
        Err(error) => Err(error),
    }
}

/// Opens a thread that hangs on no message, since a message has only one.
async fn replace(context: &Context, card: &Card) -> Result<(), PostError> {
    let Some(channel) = context.options.alerts_channel else {
        return Ok(());
    };
    let wanted = CreateThread::new(thread::title(card)).kind(ChannelType::PublicThread);
    let thread = context.rest.open_thread(channel, &wanted).await?;
    let at = Standing {
        channel: channel.get(),
        message: Some(thread.id.get()),
        ..Standing::default()
    };
    Ok(posts::keep(context, &key(card.subject), &at).await?)
}

fn note(context: &Context, key: &str) -> Result<Option<String>, StoreError> {
    context
        .handle
        .note_of(&context.workspace, Surface::Discord, key)
}

async fn keep(context: &Context, key: &str, value: &str) -> Result<(), PostError> {
    let note = Note {
        key: key.to_owned(),
        value: Some(value.to_owned()),
    };
    context
        .handle
        .note(&context.workspace, Surface::Discord, vec![note])
        .await?;
    Ok(())
}
