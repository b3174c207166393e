//! A question to the merchant whose answer would help most: ready in the ticket's thread, shown to
//! whoever presses, sent only once they send it.

use super::card;
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::escape::Text;
use crate::discord::forms::{Form, Input};
use crate::discord::interactions::Caller;
use crate::discord::limits;
use crate::discord::message::{Button, Draft, Look, Row};
use crate::discord::posts::{self, Kind};
use crate::domain::card::{Card, CardState};
use crate::domain::{Digest, Origin, SubjectId, Surface, TicketId};
use crate::engine::handle::TicketView;
use serenity::model::id::ChannelId;

/// The longest question, in characters.
const LONGEST: u16 = 1_000;

/// The row that offers the question under what is said about a ticket; none where there is none.
pub fn button(card: &Card, ticket: TicketId) -> Option<Row> {
    let wish = CustomId::Wish(Wish::AskMerchant { ticket });
    let asks = !card.ask_merchant.is_empty() && !is_over(card);
    asks.then(|| Row::Buttons(vec![Button::new(&wish, "Ask the merchant…", Look::Plain)]))
}

/// The form with the question as it would be sent.
pub(super) async fn show(context: &Context, ticket: TicketId) -> Result<Answer, Refusal> {
    let (_, subject, _) = place(context, ticket).await?;
    let card = open(context, ticket, subject).await?;
    if card.ask_merchant.is_empty() {
        return Err(Refusal::Told(format!(
            "There is no question about {ticket} any more whose answer would help."
        )));
    }
    Ok(Answer::Ask(Form {
        id: CustomId::Wish(Wish::AskMerchant { ticket }),
        title: format!("Ask the merchant of {ticket}"),
        inputs: vec![Input {
            name: "question".into(),
            label: "This is sent here, in Medic's name".to_owned(),
            value: card.ask_merchant,
            long: true,
            required: true,
            most: LONGEST,
            ..Input::default()
        }],
    }))
}

/// Sends what the form says, once, where the ticket was reported.
pub(super) async fn ask(
    context: &Context,
    caller: &Caller,
    ticket: TicketId,
    question: &str,
) -> Result<Answer, Refusal> {
    let (view, subject, origin) = place(context, ticket).await?;
    open(context, ticket, subject).await?;
    let where_to = origin.thread.as_ref().unwrap_or(&origin.channel);
    let channel = where_to
        .parse::<ChannelId>()
        .map_err(|_| Refusal::Broken(format!("{ticket} was posted in no channel")))?;
    let (workspace, person) = (&context.workspace, &caller.person);
    // Who had it sent is recorded first: nothing is sent of which there is no record.
    context
        .handle
        .merchant_asked(workspace, person, ticket, subject, question)
        .await?;
    let author = origin.author.parse::<u64>().ok();
    let text = match author {
        Some(author) => Text::new().own(&format!("<@{author}> ")),
        None => Text::new(),
    };
    let text = text.paragraphs(question);
    let draft = Draft {
        answers: origin.message.as_ref().and_then(|id| id.parse().ok()),
        calls: author.into_iter().collect(),
        ..Draft::words(text.clamp(limits::CONTENT - 100))
    };
    let words = Digest::of(question).prefix();
    let key = format!("asked/{}/{words}", view.ticket.id);
    posts::show(context, channel, &key, Kind::Once, |_| draft.clone())
        .await
        .map_err(|error| Refusal::Told(format!("It could not be sent: {error}. Try again.")))?;
    Ok(Answer::own("Sent, where the ticket was reported."))
}

/// The ticket, what answers it, and where it was reported in Discord.
async fn place(
    context: &Context,
    ticket: TicketId,
) -> Result<(TicketView, SubjectId, Origin), Refusal> {
    let found = context
        .read(move |handle, workspace| handle.ticket(workspace, ticket))
        .await?;
    let told = |sentence: String| Refusal::Told(sentence);
    let view = found.ok_or_else(|| told(format!("There is no {ticket} here.")))?;
    let subject = view
        .subject
        .ok_or_else(|| told(format!("Nothing answers {ticket} yet.")))?;
    let origin = view
        .origin
        .clone()
        .filter(|origin| origin.surface == Surface::Discord && view.withdrawn_at.is_none())
        .ok_or_else(|| told(format!("{ticket} does not stand in Discord any more.")))?;
    Ok((view, subject, origin))
}

/// Whether nothing more is to be found out. A case that was answered may still need to know.
fn is_over(card: &Card) -> bool {
    card.state == CardState::Done && matches!(card.subject, SubjectId::Incident(_))
}

async fn open(context: &Context, ticket: TicketId, subject: SubjectId) -> Result<Card, Refusal> {
    let card = card(context, subject).await?;
    if is_over(&card) {
        return Err(Refusal::Told(format!(
            "{subject} is over, so nothing needs to be asked about {ticket}. Nothing was sent."
        )));
    }
    Ok(card)
}
