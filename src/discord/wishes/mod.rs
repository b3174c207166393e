//! What people want beside approving and rejecting. Each opens with a press and, where words are
//! needed, ends with a form. Who may is decided by the engine when it is done; that somebody is of
//! the team is asked before anything is shown.

mod alike;
mod edit;
mod go_on;
mod grouping;
mod later;
mod merchant;
mod rules;

pub use alike::groups;
pub use merchant::button as merchant_button;
pub use rules::form as rules_form;

use super::answer::{Answer, Refusal};
use super::commands::{self, Needs};
use super::context::Context;
use super::custom_id::Wish;
use super::interactions::Caller;
use crate::domain::SubjectId;
use crate::domain::card::Card;
use std::collections::BTreeMap;

/// Answers a press. `chosen`: what was chosen, where it is a menu of its own.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn press(
    context: &Context,
    caller: &Caller,
    wish: Wish,
    chosen: &[String],
) -> Result<Answer, Refusal> {
    commands::checked(context, caller, Needs::Team, what(&wish)).await?;
    match wish {
        Wish::PutOff { plan } => later::put_off(context, plan).await,
        Wish::Withdraw { plan } => later::withdraw(context, caller, plan).await,
        Wish::StandIn => Ok(later::stand_in(context)),
        Wish::Edit { plan, digest } => edit::begin(context, plan, &digest).await,
        Wish::EditOne {
            plan,
            digest,
            index,
        } => edit::one(context, plan, &digest, index).await,
        Wish::Alike { plan } => alike::list(context, plan).await,
        Wish::ApproveAlike { plan, digest } => alike::approve(context, caller, plan, &digest).await,
        Wish::WrongCause { subject } => grouping::wrong_cause(context, subject).await,
        Wish::OtherCause { subject, cause } => Ok(grouping::why_wrong(subject, cause)),
        Wish::Merge { subject } => grouping::merge(context, subject).await,
        Wish::Split { subject } => grouping::split(context, subject, chosen).await,
        Wish::NotTheSame { subject } => grouping::not_the_same(context, subject).await,
        Wish::GoOn { incident } => go_on::ask(context, incident).await,
        Wish::AskMerchant { ticket } => merchant::show(context, ticket).await,
        Wish::TryRules => Ok(rules::form()),
    }
}

/// Takes a form that was filled in.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn send(
    context: &Context,
    caller: &Caller,
    wish: Wish,
    answers: BTreeMap<String, String>,
) -> Result<Answer, Refusal> {
    commands::checked(context, caller, Needs::Team, what(&wish)).await?;
    let answered = |name: &str| answers.get(name).map(String::as_str).unwrap_or_default();
    match wish {
        Wish::PutOff { plan } => later::put_off_for(context, caller, plan, answered("for")).await,
        Wish::StandIn => {
            later::stand_in_for(context, caller, answered("who"), answered("for")).await
        }
        Wish::EditOne {
            plan,
            digest,
            index,
        } => edit::done(context, caller, (plan, &digest, index), &answers).await,
        Wish::OtherCause { subject, cause } => {
            grouping::doubt(context, caller, subject, cause, answered("reason")).await
        }
        Wish::Merge { subject } => {
            grouping::merged(context, caller, subject, answered("others")).await
        }
        Wish::Split { subject } => {
            grouping::split_off(context, caller, subject, answered("tickets")).await
        }
        Wish::NotTheSame { subject } => {
            grouping::kept_apart(context, caller, subject, answered("others")).await
        }
        Wish::GoOn { incident } => go_on::done(context, caller, incident, answered("reason")).await,
        Wish::AskMerchant { ticket } => {
            merchant::ask(context, caller, ticket, answered("question")).await
        }
        Wish::TryRules => rules::try_them(context, answered("rules"), answered("since")).await,
        Wish::Withdraw { .. }
        | Wish::Edit { .. }
        | Wish::Alike { .. }
        | Wish::ApproveAlike { .. }
        | Wish::WrongCause { .. } => Err(Refusal::Told(
            "This form comes from another version of Medic. Open it again.".to_owned(),
        )),
    }
}

/// What is wanted, as a record of a refusal calls it.
fn what(wish: &Wish) -> &'static str {
    match wish {
        Wish::PutOff { .. } => "putting a question off",
        Wish::Withdraw { .. } => "taking an approval back",
        Wish::Edit { .. } | Wish::EditOne { .. } => "an edit",
        Wish::StandIn => "a delegation",
        Wish::Alike { .. } | Wish::ApproveAlike { .. } => "approving several at once",
        Wish::WrongCause { .. } | Wish::OtherCause { .. } => "\"wrong cause\"",
        Wish::Merge { .. } | Wish::Split { .. } | Wish::NotTheSame { .. } => "a correction",
        Wish::GoOn { .. } => "letting automation go on",
        Wish::AskMerchant { .. } => "asking a merchant",
        Wish::TryRules => "trying rules",
    }
}

/// The card of an incident or case.
async fn card(context: &Context, subject: SubjectId) -> Result<Card, Refusal> {
    context
        .read(move |handle, workspace| handle.card(workspace, subject))
        .await?
        .ok_or_else(|| Refusal::Told(format!("There is no {subject} here.")))
}
