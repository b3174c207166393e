//! What reporters read where they reported: once which incident their ticket belongs to, with a
//! sentence that is safe to pass on, and once more when it is verified healed, never before.

use super::context::Context;
use super::escape::Text;
use super::limits;
use super::message::Draft;
use super::posts::{self, Kind, PostError};
use super::wishes;
use crate::domain::card::Card;
use crate::domain::closing::{Closing, Reporter, Sentences};
use crate::domain::{Actor, Digest, Incident, Origin, SubjectId, Surface, TicketId};
use crate::engine::handle::{Note, RecordQuery, StoreError, TicketView};
use serenity::model::id::ChannelId;

/// Tickets read at once.
const TICKETS: usize = 100;

/// What is told.
#[derive(Clone, Copy)]
enum Told {
    /// What answers the ticket.
    Found,
    /// It is verified healed.
    Healed,
}

impl Told {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Healed => "healed",
        }
    }
}

/// Tells every reporter what there is to tell and was not told.
///
/// # Errors
/// When Discord or the store fails; trying again tells the rest.
pub async fn bring_up_to_date(context: &Context, card: &Card) -> Result<(), PostError> {
    // Before there is a diagnosis nothing safe can be said.
    if card.diagnosis.is_empty() {
        return Ok(());
    }
    tell(context, card, Told::Found).await?;
    if healed(context, card)? {
        tell(context, card, Told::Healed).await?;
    }
    Ok(())
}

/// Whether verification closed it, and nothing has opened it again; a person who closes it has not
/// verified anything. The card's state does not say: a question may wait on what is closed.
fn healed(context: &Context, card: &Card) -> Result<bool, StoreError> {
    if !matches!(card.subject, SubjectId::Incident(_)) {
        return Ok(false);
    }
    let newest = |kind: &str| {
        let wanted = RecordQuery {
            kind: Some(kind.to_owned()),
            about: Some(card.subject.to_string()),
            ..RecordQuery::default()
        };
        let found = context.handle.records(&context.workspace, &wanted, 1)?;
        Ok::<_, StoreError>(found.into_iter().next())
    };
    let Some(closed) = newest("incident.closed")? else {
        return Ok(false);
    };
    let reopened = newest("incident.reopened")?;
    Ok(closed.draft.actor == Actor::Medic && reopened.is_none_or(|again| again.seq < closed.seq))
}

/// Tells the reporters behind the last one that was told.
async fn tell(context: &Context, card: &Card, told: Told) -> Result<(), PostError> {
    let note_key = format!("told/{}/{}", card.subject, told.as_str());
    let noted = context
        .handle
        .note_of(&context.workspace, Surface::Discord, &note_key)?;
    let mut after: Option<TicketId> = noted.and_then(|text| text.parse().ok());
    let incident = match (told, card.subject) {
        (Told::Healed, SubjectId::Incident(id)) => {
            context.handle.incident(&context.workspace, id)?
        }
        _ => None,
    };
    let closing = context.handle.closing(&context.workspace);
    loop {
        let tickets =
            context
                .handle
                .tickets_of(&context.workspace, card.subject, after, TICKETS)?;
        let Some(last) = tickets.last().map(|view| view.ticket.id) else {
            return Ok(());
        };
        for view in &tickets {
            let Some(origin) = here(view, card.subject) else {
                continue;
            };
            let safe = safe_sentence(card, view, &closing);
            let said = Said::of(context, card, view.ticket.id, told, &safe)?;
            let known = Known {
                card,
                view,
                incident: incident.as_ref(),
                sentences: closing.to(&view.language),
                safe: &safe,
            };
            let words = known.words(told, said.before);
            tell_one(context, card, view.ticket.id, origin, told, words).await?;
            said.keep(context).await?;
        }
        let note = Note {
            key: note_key.clone(),
            value: Some(last.to_string()),
        };
        let notes = vec![note];
        context
            .handle
            .note(&context.workspace, Surface::Discord, notes)
            .await?;
        after = Some(last);
    }
}

/// The safe sentence that a reporter has for a ticket, so that it is not repeated when the ticket
/// turns out to belong to an incident.
struct Said {
    note: Option<Note>,
    /// Whether they have this very sentence already, from another answer.
    before: bool,
}

impl Said {
    fn of(
        context: &Context,
        card: &Card,
        ticket: TicketId,
        told: Told,
        safe: &str,
    ) -> Result<Self, StoreError> {
        if !matches!(told, Told::Found) || safe.is_empty() {
            return Ok(Self {
                note: None,
                before: false,
            });
        }
        let key = format!("said/{ticket}");
        let value = format!("{} {}", card.subject, Digest::of(safe).prefix());
        let noted = context
            .handle
            .note_of(&context.workspace, Surface::Discord, &key)?;
        let sentence = |text: &str| text.split_once(' ').map(|(_, digest)| digest.to_owned());
        let before = noted
            .as_deref()
            .is_some_and(|noted| noted != value && sentence(noted) == sentence(&value));
        let value = Some(value);
        Ok(Self {
            note: (!before && noted != value).then_some(Note { key, value }),
            before,
        })
    }

    async fn keep(self, context: &Context) -> Result<(), PostError> {
        let Some(note) = self.note else {
            return Ok(());
        };
        let (handle, workspace) = (&context.handle, &context.workspace);
        handle.note(workspace, Surface::Discord, vec![note]).await?;
        Ok(())
    }
}

/// Where a ticket that this subject answers was posted, if it still stands in Discord.
fn here(view: &TicketView, subject: SubjectId) -> Option<&Origin> {
    let origin = view.origin.as_ref()?;
    let stands = origin.surface == Surface::Discord && view.withdrawn_at.is_none();
    (stands && view.subject == Some(subject)).then_some(origin)
}

async fn tell_one(
    context: &Context,
    card: &Card,
    ticket: TicketId,
    origin: &Origin,
    told: Told,
    words: String,
) -> Result<(), PostError> {
    let place = origin.thread.as_ref().unwrap_or(&origin.channel);
    let Ok(channel) = place.parse::<ChannelId>() else {
        return Ok(());
    };
    let key = format!("told/{ticket}/{}/{}", card.subject, told.as_str());
    let draft = Draft {
        answers: origin.message.as_ref().and_then(|id| id.parse().ok()),
        rows: match told {
            Told::Found => wishes::merchant_button(card, ticket).into_iter().collect(),
            Told::Healed => Vec::new(),
        },
        ..Draft::words(words)
    };
    match posts::show(context, channel, &key, Kind::Once, |_| draft.clone()).await {
        Ok(_) => Ok(()),
        // One reporter's channel that is gone or closed must not keep the others waiting.
        Err(PostError::Rest(error)) if !error.is_passing() => {
            tracing::warn!(%error, %ticket, "cannot tell the reporter where they reported");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// What a reporter can pass on, in their language: the runbook's sentence, or, where they write another
/// language than English, one that is safe whatever the cause is; empty where no runbook applies.
fn safe_sentence(card: &Card, view: &TicketView, closing: &Closing) -> String {
    if card.safe_sentence.is_empty() || closing.falls_back(&view.language) {
        return card.safe_sentence.clone();
    }
    closing.to(&view.language).merchant.safe.clone()
}

/// What the words to a reporter are put together from.
struct Known<'a> {
    card: &'a Card,
    view: &'a TicketView,
    incident: Option<&'a Incident>,
    sentences: &'a Sentences,
    safe: &'a str,
}

impl Known<'_> {
    fn words(&self, told: Told, said_before: bool) -> String {
        let (subject, ticket) = (self.card.subject, self.view.ticket.id);
        let own = |text: &str| Text::new().own(&Sentences::about(text, subject, ticket));
        let to = &self.sentences.reporter;
        let text = match (told, subject) {
            (Told::Healed, _) => {
                let merchant = self.view.ticket.merchant.as_ref();
                let reporter = self.incident.map_or(Reporter::Unnamed, |incident| {
                    Reporter::of(incident, merchant.map(|merchant| &merchant.id))
                });
                let text = self.sentences.healed(subject, ticket, reporter);
                return Text::new().own(&text).clamp(limits::CONTENT - 100);
            }
            (Told::Found, SubjectId::Incident(_)) if said_before => own(&to.belongs_now),
            (Told::Found, SubjectId::Incident(_)) => own(&to.belongs),
            (Told::Found, SubjectId::Case(_)) => own(&to.answered),
        };
        let text = match self.safe.is_empty() || said_before {
            true => text,
            false => text.own(&format!(" {}\n> ", to.tell)).foreign(self.safe),
        };
        let text = match subject {
            SubjectId::Incident(_) => text.line().own(&to.hear_again),
            SubjectId::Case(_) => text,
        };
        text.clamp(limits::CONTENT - 100)
    }
}
