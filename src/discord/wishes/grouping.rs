//! Medic took it for the wrong thing: another cause, more that belongs to it, some that does not.

use super::card;
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::escape::Text;
use crate::discord::forms::{Form, Input};
use crate::discord::interactions::Caller;
use crate::discord::limits;
use crate::discord::message::{Draft, Entry, Row};
use crate::domain::card::plain;
use crate::domain::{PatternId, RootCause, SubjectId};
use crate::engine::handle::Handle;

/// Room for the diagnosis above the choice.
const DIAGNOSIS: usize = 600;

/// Asks what the cause is.
pub(super) async fn wrong_cause(context: &Context, subject: SubjectId) -> Result<Answer, Refusal> {
    let card = card(context, subject).await?;
    if !card.can_doubt {
        return Err(Refusal::Told(format!(
            "No cause is given for {subject}, so none can be wrong."
        )));
    }
    let entries = RootCause::ALL.map(|cause| {
        let wish = Wish::OtherCause { subject, cause };
        let label = match cause {
            RootCause::Unknown => "I do not know what it is".to_owned(),
            known => format!("It is {}", known.in_words()),
        };
        Entry::new(&CustomId::Wish(wish), &label, "")
    });
    let words = Text::new()
        .own(&format!("Medic says of {subject}: "))
        .foreign(&plain(&card.diagnosis));
    let words = Text::new().own(&words.clamp(DIAGNOSIS)).line().own(
        "What is it really? Medic learns from it how far to trust such answers, and ends what waits to treat that cause.",
    );
    let id = CustomId::Wish(Wish::WrongCause { subject });
    Ok(Answer::Say(Box::new(Draft {
        rows: vec![Row::menu(&id, "Choose the cause", entries.into())],
        ..Draft::words(words.clamp(limits::CONTENT))
    })))
}

/// Asks why.
pub(super) fn why_wrong(subject: SubjectId, cause: RootCause) -> Answer {
    let label = match cause {
        RootCause::Unknown => "Why is the cause wrong?".to_owned(),
        known => format!("Why is it {}?", known.in_words()),
    };
    Answer::Ask(Form::reason(
        CustomId::Wish(Wish::OtherCause { subject, cause }),
        &format!("The cause of {subject} is wrong"),
        &label,
    ))
}

/// Notes it.
pub(super) async fn doubt(
    context: &Context,
    caller: &Caller,
    subject: SubjectId,
    cause: RootCause,
    reason: &str,
) -> Result<Answer, Refusal> {
    let instead = (cause != RootCause::Unknown).then_some(cause);
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .doubt_cause(workspace, person, subject, instead, reason)
        .await?;
    Ok(Answer::said(&said))
}

/// Asks what else is the same problem.
pub(super) async fn merge(context: &Context, subject: SubjectId) -> Result<Answer, Refusal> {
    pattern(context, subject).await?;
    Ok(others(
        Wish::Merge { subject },
        &format!("More is the same as {subject}"),
        "What? It is kept for ever",
    ))
}

/// Merges.
pub(super) async fn merged(
    context: &Context,
    caller: &Caller,
    subject: SubjectId,
    names: &str,
) -> Result<Answer, Refusal> {
    let mut patterns = vec![pattern(context, subject).await?];
    patterns.extend(named(context, names).await?);
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context.handle.merge(workspace, person, patterns).await?;
    Ok(Answer::said(&said))
}

/// Asks what is another problem.
pub(super) async fn not_the_same(context: &Context, subject: SubjectId) -> Result<Answer, Refusal> {
    pattern(context, subject).await?;
    Ok(others(
        Wish::NotTheSame { subject },
        &format!("{subject} is not the same as another"),
        "Which other? It is kept for ever",
    ))
}

/// Keeps them apart.
pub(super) async fn kept_apart(
    context: &Context,
    caller: &Caller,
    subject: SubjectId,
    names: &str,
) -> Result<Answer, Refusal> {
    let one = pattern(context, subject).await?;
    let [other] = named(context, names).await?[..] else {
        return Err(Refusal::Told(
            "Name one other. Nothing was changed.".to_owned(),
        ));
    };
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .not_the_same(workspace, person, one, other)
        .await?;
    Ok(Answer::said(&said))
}

/// Offers the newest tickets; once some are chosen, the form that confirms them.
pub(super) async fn split(
    context: &Context,
    subject: SubjectId,
    chosen: &[String],
) -> Result<Answer, Refusal> {
    pattern(context, subject).await?;
    if !chosen.is_empty() {
        return Ok(Answer::Ask(Form {
            id: CustomId::Wish(Wish::Split { subject }),
            title: format!("Not {subject}: another problem"),
            inputs: vec![Input {
                name: "tickets".into(),
                label: "These tickets. It is kept for ever".to_owned(),
                value: chosen.join(", "),
                hint: "T-31, T-44".to_owned(),
                long: true,
                required: true,
                most: 1_000,
            }],
        }));
    }
    let card = card(context, subject).await?;
    let tickets = card.tickets.iter().take(limits::OPTIONS);
    let entries: Vec<Entry> = tickets
        .map(|(id, title)| Entry::plain(id.to_string(), &format!("{id} · {}", plain(title))))
        .collect();
    let id = CustomId::Wish(Wish::Split { subject });
    Ok(Answer::Say(Box::new(Draft {
        rows: vec![Row::choice(&id, "Choose tickets", entries)],
        ..Draft::words(format!(
            "Which tickets of {subject} are another problem? These are the newest; older ones can be added in the form that follows."
        ))
    })))
}

/// Splits them off.
pub(super) async fn split_off(
    context: &Context,
    caller: &Caller,
    subject: SubjectId,
    names: &str,
) -> Result<Answer, Refusal> {
    let tickets = Handle::tickets_named(names)?;
    let pattern = pattern(context, subject).await?;
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .split(workspace, person, pattern, tickets)
        .await?;
    Ok(Answer::said(&said))
}

fn others(wish: Wish, title: &str, label: &str) -> Answer {
    Answer::Ask(Form {
        id: CustomId::Wish(wish),
        title: title.to_owned(),
        inputs: vec![Input {
            name: "others".into(),
            label: label.to_owned(),
            hint: "An incident, pattern or ticket: INC-5, P-12, T-40".to_owned(),
            required: true,
            most: 1_000,
            ..Input::default()
        }],
    })
}

async fn pattern(context: &Context, subject: SubjectId) -> Result<PatternId, Refusal> {
    card(context, subject).await?.pattern.ok_or_else(|| {
        Refusal::Told(format!(
            "The ticket of {subject} has nothing to compare, so it belongs to no pattern."
        ))
    })
}

async fn named(context: &Context, names: &str) -> Result<Vec<PatternId>, Refusal> {
    let names = names.to_owned();
    let found = context
        .read(move |handle, workspace| Ok(handle.patterns_named(workspace, &names)))
        .await?;
    Ok(found?)
}
