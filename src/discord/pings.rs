//! Whoever has to decide is called in a message of its own, since an edit calls nobody: once when
//! the question is asked, and once for each reminder and escalation.

use super::context::Context;
use super::escape::Text;
use super::limits;
use super::message::Draft;
use super::posts::{self, Kind, PostError, Standing};
use super::render::time;
use crate::domain::card::{Card, PlanCard};
use crate::domain::{Ask, AskKind};
use serenity::model::id::ChannelId;

/// Posts a call for the newest asking of each plan that waits and was not called for.
///
/// # Errors
/// When Discord or the store fails; trying again posts the rest.
pub async fn bring_up_to_date(
    context: &Context,
    channel: ChannelId,
    card: &Card,
    at: &Standing,
) -> Result<(), PostError> {
    for plan in card.plans.iter().rev().filter(|plan| plan.can_vote) {
        // After a stop several may be due; the newest says all that the earlier ones would.
        let Some(ask) = plan.asks.last() else {
            continue;
        };
        let key = format!("ping/{}/{}", plan.id, plan.asks.len());
        posts::show(context, channel, &key, Kind::Once, |_| {
            draft(context, channel, card, plan, ask, at)
        })
        .await?;
    }
    Ok(())
}

fn draft(
    context: &Context,
    channel: ChannelId,
    card: &Card,
    plan: &PlanCard,
    ask: &Ask,
    at: &Standing,
) -> Draft {
    let mut text = Text::new();
    let mut pings = Vec::new();
    let mut unknown = Vec::new();
    for role in &ask.roles {
        match context.options.roles.get(role) {
            Some(id) => {
                text = text.own(&format!("<@&{id}> "));
                pings.push(id.get());
            }
            None => unknown.push(role.as_str()),
        }
    }
    let mut calls = Vec::new();
    for person in &ask.people {
        match context.people.user(person) {
            Some(user) => {
                text = text.own(&format!("<@{user}> "));
                calls.push(user.get());
            }
            None => unknown.push(person.as_str()),
        }
    }
    if !unknown.is_empty() {
        text = text.foreign(&unknown.join(", ")).own(": ");
    }
    text = text.own(match ask.kind {
        AskKind::First => "please decide: ",
        AskKind::Reminder => "still undecided: ",
        AskKind::Escalation => "nobody has decided yet, now you may too: ",
    });
    text = text
        .own(&format!("{} asks for ", card.subject))
        .foreign(&plan.action)
        .own(&format!(" ({}, {} risk)", plan.id, plan.risk.level));
    if let Some(at) = plan.expires_at {
        text = text.own(&format!(", expires {}", time(at)));
    }
    if !plan.waiting_costs.is_empty() {
        text = text.own(". Waiting costs ").foreign(&plan.waiting_costs);
    }
    if let Some(message) = at.message {
        text = text.own(&format!("\n{}", context.link(channel, message.into())));
    }
    Draft {
        pings,
        calls,
        ..Draft::words(text.clamp(limits::CONTENT - 100))
    }
}
