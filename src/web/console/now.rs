//! The front page: what waits for a person, what is open, how much has been done, the kill switch.

use super::deciding::stand_in;
use super::layout::{Page, Section, form_token};
use super::lists::incident_row;
use super::text::{count, foreign, hint, subject_path, time};
use super::{Frame, PageError};
use crate::engine::handle::{Figures, Handle, WaitingRow};
use axum::response::Response;
use maud::{Markup, html};

/// Decisions shown at once, so that the open incidents stay in sight; the rest is one press away.
const WAITING_SHOWN: usize = 8;

/// `GET /`.
pub(super) async fn page(frame: Frame) -> Result<Response, PageError> {
    let open = &frame.overview.open;
    let delegations = frame.read(Handle::delegations).await?;
    let main = html! {
        h1.visually-hidden { "Now" }
        div.halves {
            section #waiting data-part="waiting" { (waiting_list(&frame)) }
            section #open data-part="open" {
                h2 { "Open incidents" }
                @if open.is_empty() {
                    p.empty { "No incident is open." }
                } @else {
                    ul.rows { @for row in open { (incident_row(row, frame.now)) } }
                }
            }
        }
        section #figures data-part="figures" {
            h2 { "So far" }
            (figures(&frame.overview.figures))
        }
        div.halves {
            section #standing-in data-part="standing-in" {
                h2 { "Standing in" }
                @if !delegations.is_empty() {
                    ul.bullets {
                        @for one in &delegations {
                            li { (foreign(frame.name_of(&one.to))) " may decide in the place of " (foreign(frame.name_of(&one.from))) ", until " (time(one.until, frame.now)) }
                        }
                    }
                }
                (stand_in(&frame))
            }
            section #kill-switch data-part="kill-switch" {
                h2 { "Kill switch" }
                @if frame.overview.paused.is_some() {
                    p { "Medic is paused. Tickets are taken and diagnosed, nothing is delivered. The banner above resumes it." }
                } @else {
                    p { "Stops every delivery at once, also those that were approved, until somebody resumes. Tickets are taken and diagnosed all the same." }
                    form.reason method="post" action="/pause" {
                        (form_token(&frame))
                        label for="pause-reason" { "Why" }
                        input #pause-reason name="reason" type="text" required maxlength="500" autocomplete="off";
                        button.danger type="submit" { "Pause every delivery" }
                    }
                }
            }
        }
    };
    Ok(frame.show(&Page {
        title: "Now",
        section: Section::Now,
        listens: "*",
        announce: format!(
            "{}, {}",
            match frame.overview.waiting_count {
                0 => "nothing waits for a person".to_owned(),
                1 => "1 decision waits for a person".to_owned(),
                many => format!("{many} decisions wait for a person"),
            },
            count(open.len() as u64, "open incident", "open incidents"),
        ),
        main,
    }))
}

/// The first decisions, the next behind a press, and how many are left out.
fn waiting_list(frame: &Frame) -> Markup {
    let rows = &frame.overview.waiting;
    let count = frame.overview.waiting_count;
    let (first, rest) = rows.split_at(rows.len().min(WAITING_SHOWN));
    let left_out = count.saturating_sub(rows.len());
    html! {
        h2 { "Waits for a person" @if count > 0 { " (" (count) ")" } }
        @if rows.is_empty() {
            p.empty { "Nothing waits for you." }
        } @else {
            ul.rows { @for row in first { (waiting_row(frame, row)) } }
        }
        @if !rest.is_empty() {
            details #more-waiting {
                summary { (count - first.len()) " more" }
                ul.rows { @for row in rest { (waiting_row(frame, row)) } }
                @if left_out > 0 {
                    p.empty { (left_out) " newer ones come up here as these are decided; " a href="/cases" { "the cases" } " say which wait." }
                }
            }
        }
    }
}

fn waiting_row(frame: &Frame, row: &WaitingRow) -> Markup {
    html! {
        li {
            a.row.wants href={ (subject_path(row.subject)) "#" (row.plan) } {
                span.row-head {
                    strong { (row.subject) }
                    span.row-title { code { (foreign(&row.action)) } }
                    span.go aria-hidden="true" { "→" }
                }
                span.row-meta {
                    span { (foreign(&row.wanted)) }
                    span { "asked " (hint(row.since, frame.now)) }
                    @if let Some(at) = row.expires_at {
                        span { "expires " (hint(at, frame.now)) }
                    }
                }
            }
        }
    }
}

fn figures(figures: &Figures) -> Markup {
    let [auto, ask, refuse] = figures.decisions;
    let [healed, no_difference, worse, cannot_tell] = figures.outcomes;
    let plain = [
        ("Tickets", figures.tickets),
        ("Repeats dropped", figures.duplicates),
        ("Patterns", figures.patterns),
        ("Incidents", figures.incidents),
        ("Cases", figures.cases),
        ("Executions", figures.executions),
        ("Deliveries", figures.deliveries),
    ];
    html! {
        dl.figures {
            @for (name, value) in plain {
                div { dt { (name) } dd { (value) } }
            }
            div.wide { dt { "Decisions" } dd.small {
                span { strong { (auto) } " auto" } span { strong { (ask) } " ask" } span { strong { (refuse) } " refuse" }
            } }
            div.wide { dt { "Did it help?" } dd.small {
                span { strong { (healed) } " healed" } span { strong { (no_difference) } " no difference" }
                span { strong { (worse) } " worse" } span { strong { (cannot_tell) } " cannot tell" }
            } }
        }
    }
}
