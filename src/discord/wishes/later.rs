//! Not now, or not me: a question put off, an approval taken back, somebody who stands in.

use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::forms::{Form, Input};
use crate::discord::interactions::Caller;
use crate::domain::{PersonId, PlanId, Since};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The form that asks until when.
pub(super) async fn put_off(context: &Context, plan: PlanId) -> Result<Answer, Refusal> {
    let waiting = super::edit::waiting(context, plan).await?;
    let latest = waiting
        .put_off_until
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string());
    Ok(Answer::Ask(Form {
        id: CustomId::Wish(Wish::PutOff { plan }),
        title: format!("Put {plan} off"),
        inputs: vec![Input {
            name: "for".into(),
            label: "Ask everybody again in".to_owned(),
            value: "15m".to_owned(),
            hint: latest.map_or_else(String::new, |latest| {
                format!("15m or 1h; until {latest} UTC at the latest")
            }),
            required: true,
            most: 20,
            ..Input::default()
        }],
    }))
}

/// Puts it off.
pub(super) async fn put_off_for(
    context: &Context,
    caller: &Caller,
    plan: PlanId,
    typed: &str,
) -> Result<Answer, Refusal> {
    let until = after(context, typed)?;
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .snooze(workspace, person, plan, until)
        .await?;
    Ok(Answer::said(&said))
}

/// Takes the person's own approval back.
pub(super) async fn withdraw(
    context: &Context,
    caller: &Caller,
    plan: PlanId,
) -> Result<Answer, Refusal> {
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context.handle.withdraw(workspace, person, plan).await?;
    Ok(Answer::said(&said))
}

/// The form that asks who decides in the person's place, and for how long.
pub(super) fn stand_in(context: &Context) -> Answer {
    let people = context.handle.people(&context.workspace);
    let names: Vec<&str> = people.iter().map(|(id, _)| id.as_str()).collect();
    Answer::Ask(Form {
        id: CustomId::Wish(Wish::StandIn),
        title: "Who decides in your place".to_owned(),
        inputs: vec![
            Input {
                name: "who".into(),
                label: "Who; empty: nobody any more".to_owned(),
                hint: names.join(", "),
                most: 64,
                ..Input::default()
            },
            Input {
                name: "for".into(),
                label: "For how long".to_owned(),
                value: "8h".to_owned(),
                hint: "8h, 3d".to_owned(),
                required: true,
                most: 20,
                ..Input::default()
            },
        ],
    })
}

/// Sets it.
pub(super) async fn stand_in_for(
    context: &Context,
    caller: &Caller,
    who: &str,
    typed: &str,
) -> Result<Answer, Refusal> {
    let until = after(context, typed)?;
    let to = match who {
        "" => None,
        who => Some(named(context, who)),
    };
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .delegate(workspace, person, to, until)
        .await?;
    Ok(Answer::said(&said))
}

/// Whom an id or a name means; an unknown one is the engine's to refuse.
fn named(context: &Context, who: &str) -> PersonId {
    let who = who.trim_start_matches('@').to_lowercase();
    let people = context.handle.people(&context.workspace);
    let found = people
        .into_iter()
        .find(|(id, name)| id.as_str() == who || name.to_lowercase() == who);
    found.map_or_else(|| PersonId::new(who), |(id, _)| id)
}

/// The time that lies so far ahead: `45m`, `2h`, `1h30m`, `3d`; minutes where no unit is named.
fn after(context: &Context, typed: &str) -> Result<Timestamp, Refusal> {
    let span = match typed.parse::<i32>() {
        Ok(minutes) => Some(SignedDuration::from_mins(minutes.into())),
        Err(_) => typed.parse::<Since>().ok().map(Since::span),
    };
    let until = span.and_then(|span| context.handle.now().checked_add(span).ok());
    until.ok_or_else(|| {
        Refusal::Told(format!(
            "{typed:?} is no length of time. Write it like 45m, 2h or 3d. Nothing was changed."
        ))
    })
}
