//! What each button, menu entry and form does. Who may is decided by the engine for votes, and by
//! the table of commands for everything that a command does too.

use super::answer::{Answer, Refusal};
use super::commands::{self, Needs};
use super::context::Context;
use super::custom_id::CustomId;
use super::forms::Form;
use super::interactions::Caller;
use super::render::{lists, question};
use super::tickets_by_form;
use super::wishes;
use crate::domain::card::{Card, PlanCard};
use crate::domain::{IncidentId, PlanId, SubjectId};
use crate::engine::handle::{Ballot, Settlement};
use serenity::model::id::InteractionId;
use std::collections::BTreeMap;

/// Answers a button or the chosen entry of a menu; `chosen` is what was chosen in a menu that says
/// itself what it means.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn press(
    context: &Context,
    caller: &Caller,
    meant: CustomId,
    chosen: &[String],
) -> Result<Answer, Refusal> {
    let (handle, workspace) = (&context.handle, &context.workspace);
    match meant {
        CustomId::Approve { plan, digest } => {
            let said = handle
                .vote(workspace, &caller.person, plan, &digest, Ballot::Approve)
                .await?;
            Ok(Answer::said(&said))
        }
        CustomId::Reject { plan, digest } => Ok(Answer::Ask(Form::reason(
            CustomId::RejectReason { plan, digest },
            &format!("Reject {plan}"),
            "Why not?",
        ))),
        CustomId::Settle {
            plan,
            index,
            arrived,
        } => {
            let settlement = if arrived {
                Settlement::Delivered
            } else {
                Settlement::NotDelivered
            };
            let said = handle
                .settle(workspace, &caller.person, plan, index, settlement)
                .await?;
            Ok(Answer::said(&said))
        }
        CustomId::Plan { plan, subject } => {
            commands::checked(context, caller, Needs::Team, "a plan, whole").await?;
            let card = card(context, subject).await?;
            let shown = question::alone(plan_of(&card, plan)?, subject);
            Ok(Answer::Say(Box::new(shown)))
        }
        CustomId::Why { subject } => {
            commands::checked(context, caller, Needs::Team, "a diagnosis, whole").await?;
            let card = card(context, subject).await?;
            Ok(Answer::Say(Box::new(lists::diagnosis(&card))))
        }
        CustomId::Say { subject } => {
            commands::checked(context, caller, Needs::Team, "a safe sentence").await?;
            let card = card(context, subject).await?;
            if card.safe_sentence.is_empty() {
                return Err(Refusal::Told(
                    "No runbook applies, so there is no sentence that is safe to send.".to_owned(),
                ));
            }
            Ok(Answer::said(&card.safe_sentence))
        }
        CustomId::Close { incident } => Ok(close_form(incident)),
        CustomId::Wish(wish) => wishes::press(context, caller, wish, chosen).await,
        CustomId::Page { list, from } => {
            let page = commands::page(context, caller, &list, &from).await?;
            Ok(Answer::Replace(Box::new(page)))
        }
        CustomId::More { .. }
        | CustomId::RejectReason { .. }
        | CustomId::CloseReason { .. }
        | CustomId::Ticket
        | CustomId::Forward { .. } => Err(Refusal::Told(
            "Nothing was chosen. Choose an entry of the menu.".to_owned(),
        )),
    }
}

/// The form that asks why an incident is closed.
pub fn close_form(incident: IncidentId) -> Answer {
    Answer::Ask(Form::reason(
        CustomId::CloseReason { incident },
        &format!("Close {incident}"),
        "Why can it be closed?",
    ))
}

/// Takes a form that was filled in.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn send(
    context: &Context,
    caller: &Caller,
    meant: CustomId,
    mut answers: BTreeMap<String, String>,
    form: InteractionId,
) -> Result<Answer, Refusal> {
    let (handle, workspace) = (&context.handle, &context.workspace);
    match meant {
        CustomId::RejectReason { plan, digest } => {
            let reason = answers.remove("reason").unwrap_or_default();
            let ballot = Ballot::Reject { reason };
            let said = handle
                .vote(workspace, &caller.person, plan, &digest, ballot)
                .await?;
            Ok(Answer::said(&said))
        }
        CustomId::CloseReason { incident } => {
            let reason = answers.remove("reason").unwrap_or_default();
            let said = handle
                .close(workspace, &caller.person, incident, &reason)
                .await?;
            Ok(Answer::said(&said))
        }
        CustomId::Wish(wish) => wishes::send(context, caller, wish, answers).await,
        CustomId::Ticket => tickets_by_form::create(context, caller, answers, form).await,
        CustomId::Forward {
            channel,
            message,
            author,
        } => {
            commands::checked(context, caller, Needs::Team, "forwarding a message").await?;
            let message = tickets_by_form::Forwarded {
                channel,
                message,
                author,
            };
            tickets_by_form::forward(context, caller, answers, message).await
        }
        _ => Err(Refusal::Told(
            "This form comes from another version of Medic. Open it again.".to_owned(),
        )),
    }
}

async fn card(context: &Context, subject: SubjectId) -> Result<Card, Refusal> {
    context
        .read(move |handle, workspace| handle.card(workspace, subject))
        .await?
        .ok_or_else(|| Refusal::Told(format!("There is no {subject} here.")))
}

fn plan_of(card: &Card, plan: PlanId) -> Result<&PlanCard, Refusal> {
    card.plans
        .iter()
        .find(|found| found.id == plan)
        .ok_or_else(|| Refusal::Told(format!("{plan} is not a plan of {}.", card.subject)))
}
