//! Forms about a plan beside Approve and Reject, and who stands in for whom.

use super::PageError;
use super::forms::id;
use super::frame::{Frame, answer};
use super::layout::form_token;
use super::text::{foreign, subject_path};
use crate::domain::card::PlanCard;
use crate::domain::{PersonId, PlanId, SubjectId};
use crate::engine::handle::{CommandError, PartEdit};
use crate::web::Shared;
use crate::web::session::SentForm;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::SignedDuration;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// For how long a question can be put off, in minutes, with the words for it.
const SNOOZES: [(i64, &str); 5] = [
    (5, "5 minutes"),
    (15, "15 minutes"),
    (30, "30 minutes"),
    (60, "1 hour"),
    (240, "4 hours"),
];

/// For how long somebody may stand in, in hours, with the words for it.
const SPANS: [(i64, &str); 4] = [
    (8, "8 hours"),
    (24, "1 day"),
    (72, "3 days"),
    (168, "1 week"),
];

/// What is offered about a waiting plan below the two buttons.
pub(super) fn more(frame: &Frame, subject: SubjectId, plan: &PlanCard) -> Markup {
    let hidden = html! {
        (form_token(frame))
        input type="hidden" name="subject" value=(subject);
    };
    html! {
        @if plan.voters.contains(&frame.signed.person.id) {
            form method="post" action={ "/plans/" (plan.id) "/withdraw" } {
                (hidden)
                button type="submit" { "Take my approval back" }
            }
        }
        details id={ (plan.id) "-more" } {
            summary { "Later, edit, or several at once" }
            (snooze_form(frame, plan, &hidden))
            (edit_form(frame, subject, plan))
            p { a href={ "/plans/" (plan.id) "/alike" } { "Others like it" } }
        }
    }
}

/// Offers only what the engine would take: up to the latest time until which it may be put off.
fn snooze_form(frame: &Frame, plan: &PlanCard, hidden: &Markup) -> Markup {
    let left = plan
        .put_off_until
        .map_or(0, |latest| latest.duration_since(frame.now).as_mins());
    let possible: Vec<_> = SNOOZES.iter().filter(|(span, _)| *span <= left).collect();
    html! {
        @if possible.is_empty() {
            p.muted { "It cannot be put off any more." }
        } @else {
            form.inline method="post" action={ "/plans/" (plan.id) "/snooze" } {
                (hidden)
                div {
                    label for={ (plan.id) "-minutes" } { "Ask everybody again in" }
                    select id={ (plan.id) "-minutes" } name="minutes" {
                        @for (minutes, words) in possible { option value=(minutes) { (words) } }
                    }
                }
                button type="submit" { "Put it off" }
            }
        }
    }
}

/// What is offered about a plan that is done and can be taken back.
pub(super) fn take_back(frame: &Frame, subject: SubjectId, plan: &PlanCard) -> Markup {
    html! {
        form method="post" action={ "/plans/" (plan.id) "/undo" } {
            (form_token(frame))
            input type="hidden" name="subject" value=(subject);
            button type="submit" { "Ask to take it back" }
        }
    }
}

fn edit_form(frame: &Frame, subject: SubjectId, plan: &PlanCard) -> Markup {
    let can =
        plan.deliveries.iter().any(|one| !one.editable.is_empty()) || plan.deliveries.len() > 1;
    html! {
        @if can {
            form.reason method="post" action={ "/plans/" (plan.id) "/edit" } {
                (form_token(frame))
                input type="hidden" name="subject" value=(subject);
                input type="hidden" name="digest" value=(plan.digest_prefix);
                p { "Edit what is sent. A new plan takes the place of this one, and somebody else has to approve it." }
                @for (index, delivery) in plan.deliveries.iter().enumerate() {
                    fieldset {
                        legend { (foreign(&delivery.target)) }
                        @for (name, value) in &delivery.parts {
                            @if delivery.editable.contains(name) {
                                label for={ (plan.id) "-" (index) "-" (name) } { (foreign(name)) }
                                textarea id={ (plan.id) "-" (index) "-" (name) } name={ "part-" (index) "-" (name) } rows="6" { "\n" (value) }
                            }
                        }
                        @if plan.deliveries.len() > 1 {
                            label { input type="checkbox" name={ "without-" (index) } value="yes"; " leave out" }
                        }
                    }
                }
                button type="submit" { "Ask for this instead" }
            }
        }
    }
}

/// What the new plan differs in from the one it stands in for.
pub(super) fn differences(plan: &PlanCard) -> Markup {
    html! {
        @if let Some(replaced) = &plan.replaces {
            div.differs {
                p { "Stands in the place of " (replaced.plan) ": " (foreign(&replaced.why)) "." }
                ul.bullets {
                    @for one in &replaced.differences {
                        li { (foreign(&one.what))
                            @if !one.before.is_empty() { ", before: " code { (foreign(&one.before)) } }
                            @if !one.after.is_empty() { ", now: " code { (foreign(&one.after)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The front page's form: who decides in the place of whoever looks.
pub(super) fn stand_in(frame: &Frame) -> Markup {
    let me = &frame.signed.person.id;
    let others = frame
        .app
        .options
        .people
        .iter()
        .filter(|person| person.workspace == frame.signed.workspace && person.id != *me);
    html! {
        form.inline method="post" action="/delegate" {
            (form_token(frame))
            div {
                label for="stand-in" { "Who decides in your place" }
                select #stand-in name="to" {
                    option value="" { "nobody" }
                    @for person in others { option value=(person.id) { (foreign(&person.name)) } }
                }
            }
            div {
                label for="stand-in-hours" { "For how long" }
                select #stand-in-hours name="hours" {
                    @for (hours, words) in SPANS { option value=(hours) { (words) } }
                }
            }
            button type="submit" { "Set" }
        }
    }
}

/// The plan that a form is about, and the page of its subject, which is shown next.
fn place(plan: &str, form: &SentForm) -> Result<(PlanId, String), PageError> {
    let plan = id::<PlanId>(plan)?;
    Ok((plan, subject_path(id::<SubjectId>(form.field("subject"))?)))
}

/// `POST /plans/{id}/withdraw`.
pub(super) async fn withdraw(
    State(app): State<Shared>,
    Path(plan): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (plan, next) = place(&plan, &form)?;
    let signed = &form.signed;
    let outcome = app
        .handle
        .withdraw(&signed.workspace, &signed.person, plan)
        .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /plans/{id}/undo`.
pub(super) async fn undo(
    State(app): State<Shared>,
    Path(plan): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (plan, next) = place(&plan, &form)?;
    let signed = &form.signed;
    let outcome = app
        .handle
        .undo(&signed.workspace, &signed.person, plan)
        .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /plans/{id}/snooze`.
pub(super) async fn snooze(
    State(app): State<Shared>,
    Path(plan): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (plan, next) = place(&plan, &form)?;
    let minutes = id::<i64>(form.field("minutes"))?.clamp(0, 100_000);
    let now = (app.clock)();
    let until = now
        .saturating_add(SignedDuration::from_mins(minutes))
        .unwrap_or(now);
    let signed = &form.signed;
    let outcome = app
        .handle
        .snooze(&signed.workspace, &signed.person, plan, until)
        .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /plans/{id}/edit`.
pub(super) async fn edit(
    State(app): State<Shared>,
    Path(plan): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (plan, next) = place(&plan, &form)?;
    let mut edits = Vec::new();
    for (name, value) in form.fields_after("part-") {
        let (index, part) = name.split_once('-').unwrap_or((name, ""));
        edits.push(PartEdit {
            index: id(index)?,
            part: part.to_owned(),
            // Browsers send line breaks as two characters.
            value: value.replace("\r\n", "\n"),
        });
    }
    let without = form
        .fields_after("without-")
        .map(|(index, _)| id::<u32>(index))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let signed = &form.signed;
    let digest = form.field("digest");
    let outcome = app
        .handle
        .edit(
            &signed.workspace,
            &signed.person,
            plan,
            digest,
            edits,
            without,
        )
        .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /plans/approve`.
pub(super) async fn approve_many(
    State(app): State<Shared>,
    form: SentForm,
) -> Result<Response, PageError> {
    let mut plans = Vec::new();
    for (plan, digest) in form.fields_after("plan-") {
        plans.push((id::<PlanId>(plan)?, digest.to_owned()));
    }
    let signed = &form.signed;
    let outcome = app
        .handle
        .vote_many(&signed.workspace, &signed.person, plans)
        .await;
    Ok(answer(&app, &form, outcome, "/"))
}

/// `POST /delegate`.
pub(super) async fn delegate(
    State(app): State<Shared>,
    form: SentForm,
) -> Result<Response, PageError> {
    let to = match form.field("to") {
        "" => None,
        to => Some(PersonId::new(to)),
    };
    let hours = id::<i64>(form.field("hours"))?.clamp(0, 10_000);
    let now = (app.clock)();
    let until = now
        .saturating_add(SignedDuration::from_hours(hours))
        .map_err(|_| CommandError::Refused("That is too far away.".to_owned()));
    let signed = &form.signed;
    let outcome = async {
        let until = until?;
        app.handle
            .delegate(&signed.workspace, &signed.person, to, until)
            .await
    }
    .await;
    Ok(answer(&app, &form, outcome, "/"))
}
