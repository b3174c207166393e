//! Correcting how tickets were grouped: merge, split, "not the same".

use super::PageError;
use super::frame::{Frame, answer};
use super::layout::form_token;
use super::text::subject_path;
use crate::domain::card::Card;
use crate::domain::{PatternId, SubjectId, TicketId};
use crate::engine::handle::{CommandError, Handle};
use crate::web::Shared;
use crate::web::session::SentForm;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

/// What one form of a correction asks.
struct Question {
    verb: &'static str,
    what: &'static str,
    hint: &'static str,
    confirm: &'static str,
}

const QUESTIONS: [Question; 3] = [
    Question {
        verb: "merge",
        what: "More is the same problem",
        hint: "Incidents, patterns or tickets, with commas between: INC-5, P-12, T-40",
        confirm: "Yes, they are one problem",
    },
    Question {
        verb: "split",
        what: "Some tickets do not belong here",
        hint: "Those tickets, with commas between: T-31, T-44",
        confirm: "Yes, they are another problem",
    },
    Question {
        verb: "not-the-same",
        what: "It is not the same as another",
        hint: "One incident, pattern or ticket: INC-5",
        confirm: "Yes, they are different",
    },
];

/// The forms on a card, for a person who sees that tickets were put together wrongly.
pub(super) fn corrections(frame: &Frame, card: &Card, pattern: PatternId) -> Markup {
    html! {
        details #correct-form {
            summary { "Grouped wrongly?" }
            p.muted { "Its tickets are pattern " (pattern) ". What you say here is kept for ever and "
                "goes before anything Medic finds out by itself." }
            @for asked in &QUESTIONS {
                @let field = format!("{}-others", asked.verb);
                form.reason method="post" action={ "/patterns/" (pattern) "/" (asked.verb) } {
                    (form_token(frame))
                    input type="hidden" name="subject" value=(card.subject);
                    label for=(field) { (asked.what) }
                    input id=(field) name="others" type="text" required maxlength="2000" autocomplete="off" placeholder=(asked.hint);
                    label { input type="checkbox" name="sure" value="yes" required; " " (asked.confirm) }
                    button type="submit" { (asked.what) }
                }
            }
        }
    }
}

/// `POST /patterns/{id}/merge`.
pub(super) async fn merge(
    State(app): State<Shared>,
    Path(pattern): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (pattern, next) = place(&pattern, &form)?;
    let signed = &form.signed;
    let outcome = async {
        let mut patterns = named(&app, &form)?;
        patterns.insert(0, pattern);
        app.handle
            .merge(&signed.workspace, &signed.person, patterns)
            .await
    }
    .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /patterns/{id}/split`.
pub(super) async fn split(
    State(app): State<Shared>,
    Path(pattern): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (pattern, next) = place(&pattern, &form)?;
    let signed = &form.signed;
    let outcome = async {
        let tickets = tickets(&form)?;
        app.handle
            .split(&signed.workspace, &signed.person, pattern, tickets)
            .await
    }
    .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /patterns/{id}/not-the-same`.
pub(super) async fn not_the_same(
    State(app): State<Shared>,
    Path(pattern): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let (pattern, next) = place(&pattern, &form)?;
    let signed = &form.signed;
    let outcome = match named(&app, &form).as_deref() {
        Ok([other]) => {
            app.handle
                .not_the_same(&signed.workspace, &signed.person, pattern, *other)
                .await
        }
        Ok(_) => Err(refused("Name one other.")),
        Err(error) => Err(refused(&error.to_string())),
    };
    Ok(answer(&app, &form, outcome, &next))
}

fn place(pattern: &str, form: &SentForm) -> Result<(PatternId, String), PageError> {
    let subject = form.field("subject").parse::<SubjectId>().ok();
    match (pattern.parse().ok(), subject) {
        (Some(pattern), Some(subject)) => Ok((pattern, subject_path(subject))),
        _ => Err(PageError::BadRequest(
            "The form names something that is not an id. Nothing was changed. Reload the page and \
             try again."
                .to_owned(),
        )),
    }
}

fn refused(why: &str) -> CommandError {
    CommandError::Refused(format!("{why} Nothing was changed."))
}

fn sure(form: &SentForm) -> Result<(), CommandError> {
    if form.field("sure") == "yes" {
        return Ok(());
    }
    Err(refused("Tick the box: this cannot be taken back."))
}

fn tickets(form: &SentForm) -> Result<Vec<TicketId>, CommandError> {
    sure(form)?;
    Handle::tickets_named(form.field("others"))
}

fn named(app: &Shared, form: &SentForm) -> Result<Vec<PatternId>, CommandError> {
    sure(form)?;
    let workspace = &form.signed.workspace;
    app.handle.patterns_named(workspace, form.field("others"))
}
