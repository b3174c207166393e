//! What Medic sent, and, where it has a receiver of its own, what arrived there.

use super::layout::{Page, Section};
use super::lists::PAGE;
use super::text::{block, foreign, subject_path, time};
use super::{Frame, PageError};
use crate::domain::{Delivery, DeliveryState, PlanId, SubjectId};
use crate::web::ReceivedRequest;
use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Where a page of deliveries begins: behind this one.
#[derive(Deserialize)]
pub(super) struct BeforeDelivery {
    plan: Option<String>,
    index: Option<u32>,
}

/// `GET /deliveries`.
pub(super) async fn deliveries(
    frame: Frame,
    Query(before): Query<BeforeDelivery>,
) -> Result<Response, PageError> {
    let before = match (before.plan, before.index) {
        (Some(plan), Some(index)) => {
            let plan = plan.parse::<PlanId>().map_err(|_| {
                PageError::BadRequest("The page's beginning is not a plan's id.".to_owned())
            })?;
            Some((plan, index))
        }
        _ => None,
    };
    let rows = frame
        .read(move |handle, workspace| handle.deliveries(workspace, before, PAGE))
        .await?;
    let main = html! {
        h1 { "Sent" }
        p.lead { "Every delivery that was started, newest first. One is never sent twice; where nobody can tell whether it arrived, a person is asked." }
        section #list data-part="list" {
            @if rows.is_empty() {
                p.empty { "Nothing was sent yet." }
            } @else {
                ul.rows { @for row in &rows { (delivery_row(&frame, row)) } }
            }
            @if rows.len() >= PAGE && let Some((_, _, last)) = rows.last() {
                p.more { a.button href={ "/deliveries?plan=" (last.plan) "&index=" (last.index) } { "Older" } }
            }
        }
    };
    Ok(frame.show(&Page {
        title: "Sent",
        section: Section::Deliveries,
        listens: "*",
        announce: String::new(),
        main,
    }))
}

fn delivery_row(
    frame: &Frame,
    (subject, action, delivery): &(SubjectId, String, Delivery),
) -> Markup {
    let place = format!("{}-{}", delivery.plan, delivery.index);
    html! {
        li {
            details.fold id={ "sent-" (place) } {
                summary {
                    span.row-head {
                        strong { (foreign(&delivery.target.to_string())) }
                        span.row-title { code { (foreign(action)) } }
                        (state(&delivery.state))
                    }
                    span.row-meta {
                        span { (state_time(frame, &delivery.state)) }
                        span { (subject) ", " (delivery.plan) }
                        @if delivery.attempts > 1 { span { "tried " (delivery.attempts) " times" } }
                        @if let Some(why) = why(&delivery.state) { span { (foreign(why)) } }
                    }
                }
                p { "No. " (delivery.index + 1) " of " (delivery.plan) " for "
                    a href={ (subject_path(*subject)) "#" (delivery.plan) } { (subject) }
                    ": " code { (foreign(&delivery.payload.summary)) } }
                dl.parts {
                    @for part in &delivery.payload.parts {
                        div { dt { (foreign(&part.name)) } dd { (block(&part.name, &part.value)) } }
                    }
                    div { dt { "Idempotency key" } dd { code { (foreign(&delivery.idempotency_key)) } } }
                }
            }
        }
    }
}

fn state(state: &DeliveryState) -> Markup {
    let (class, shape) = match state {
        DeliveryState::Queued => ("open", "○"),
        DeliveryState::Started { .. } => ("acting", "▶"),
        DeliveryState::Retry { .. } | DeliveryState::Held { .. } => ("waiting", "↻"),
        DeliveryState::Delivered { .. } => ("done", "✓"),
        DeliveryState::Failed { .. } => ("attention", "✕"),
        DeliveryState::Unknown { .. } => ("attention", "▲"),
        DeliveryState::Skipped { .. } => ("open", "–"),
    };
    html! {
        span class={ "chip " (class) } { span aria-hidden="true" { (shape) } " " (state.in_words()) }
    }
}

fn state_time(frame: &Frame, state: &DeliveryState) -> Markup {
    match state {
        DeliveryState::Queued => html! {},
        DeliveryState::Retry { at, .. } | DeliveryState::Held { at, .. } => {
            html! { "again " (time(*at, frame.now)) }
        }
        DeliveryState::Started { at }
        | DeliveryState::Delivered { at, .. }
        | DeliveryState::Failed { at, .. }
        | DeliveryState::Unknown { at, .. }
        | DeliveryState::Skipped { at, .. } => time(*at, frame.now),
    }
}

fn why(state: &DeliveryState) -> Option<&str> {
    match state {
        DeliveryState::Retry { why, .. }
        | DeliveryState::Held { why, .. }
        | DeliveryState::Failed { why, .. }
        | DeliveryState::Unknown { why, .. }
        | DeliveryState::Skipped { why, .. } => Some(why),
        DeliveryState::Delivered { reference, .. } if !reference.is_empty() => Some(reference),
        _ => None,
    }
}

/// `GET /received`.
pub(super) async fn received(frame: Frame) -> Result<Response, PageError> {
    let Some(view) = frame.app.received.as_ref().map(Arc::clone) else {
        return Err(PageError::NotFound(
            "This Medic delivers to receivers of others; what arrived there, they know.".to_owned(),
        ));
    };
    let rows = view.received(2 * PAGE);
    let main = html! {
        h1 { "What arrived at the receiver" }
        p.lead { "The demo delivers to a receiver that it runs itself. This is the receiver’s side of it." }
        section #list data-part="list" {
            @if rows.is_empty() {
                p.empty { "Nothing has arrived yet." }
            } @else {
                ul.rows { @for row in &rows { (received_row(&frame, row)) } }
            }
        }
    };
    Ok(frame.show(&Page {
        title: "Received",
        section: Section::Received,
        listens: "*",
        announce: String::new(),
        main,
    }))
}

fn received_row(frame: &Frame, row: &ReceivedRequest) -> Markup {
    html! {
        li {
            details.fold id={ "received-" (shortened(&row.idempotency_key)) } {
                summary {
                    span.row-head {
                        span.row-title { code { (foreign(&row.what)) } }
                        @if row.signature_ok {
                            span.chip.done { span aria-hidden="true" { "✓ " } "signature right" }
                        } @else {
                            span.chip.attention { span aria-hidden="true" { "✕ " } "signature wrong" }
                        }
                    }
                    span.row-meta {
                        span { (time(row.at, frame.now)) }
                        span { @if row.times == 1 { "came once" } @else { "came " (row.times) " times, done once" } }
                        span.row-title { (foreign(&one_line(&row.body))) }
                    }
                }
                div.parts { div.mono { (block("Body", &row.body)) } }
                @if !row.idempotency_key.is_empty() {
                    p.muted { "Idempotency key " code { (foreign(&row.idempotency_key)) } }
                }
            }
        }
    }
}

/// The start of a body in one line, to tell one from another.
fn one_line(body: &str) -> String {
    let words: Vec<&str> = body.split_whitespace().take(60).collect();
    words.join(" ")
}

/// The start of a key, enough to know it again.
fn shortened(key: &str) -> String {
    match key.char_indices().nth(16) {
        Some((cut, _)) => format!("{}…", &key[..cut]),
        None => key.to_owned(),
    }
}
