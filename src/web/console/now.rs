//! The front page: what waits for a person, what is open, how much has been done, the kill switch.

use super::layout::{Page, Section, form_token};
use super::lists::incident_row;
use super::text::{count, foreign, subject_path, time};
use super::{Frame, PageError};
use crate::engine::handle::{Figures, WaitingRow};
use axum::response::Response;
use maud::{Markup, html};

/// `GET /`.
pub(super) async fn page(frame: Frame) -> Result<Response, PageError> {
    let waiting = &frame.overview.waiting;
    let open = &frame.overview.open;
    let main = html! {
        h1.visually-hidden { "Now" }
        section.waiting-list #waiting data-part="waiting" {
            h2 { "Waits for a person" }
            @if waiting.is_empty() {
                p.empty { "Nothing waits for you." }
            } @else {
                ul.rows { @for row in waiting { (waiting_row(&frame, row)) } }
            }
        }
        section #open data-part="open" {
            h2 { "Open incidents" }
            @if open.is_empty() {
                p.empty { "No incident is open." }
            } @else {
                ul.rows { @for row in open { (incident_row(row, frame.now)) } }
            }
        }
        section #figures data-part="figures" {
            h2 { "So far" }
            (figures(&frame.overview.figures))
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
    };
    Ok(frame.show(&Page {
        title: "Now",
        section: Section::Now,
        listens: "*",
        announce: format!(
            "{}, {}",
            match waiting.len() {
                0 => "nothing waits for a person".to_owned(),
                1 => "1 decision waits for a person".to_owned(),
                many => format!("{many} decisions wait for a person"),
            },
            count(open.len() as u64, "open incident", "open incidents"),
        ),
        main,
    }))
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
                    span { "since " (time(row.since, frame.now)) }
                    @if let Some(at) = row.expires_at {
                        span { "expires " (time(at, frame.now)) }
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
