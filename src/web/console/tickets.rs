//! Tickets: the list, and one ticket as it is stored.

use super::layout::{Page, Section};
use super::lists::{Before, PAGE, older};
use super::text::{block, count, foreign, severity, subject_path, time};
use super::{Frame, PageError};
use crate::domain::{Provenance, Ticket, TicketId};
use crate::engine::handle::TicketView;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};

/// `GET /tickets`.
pub(super) async fn list(
    frame: Frame,
    Query(before): Query<Before>,
) -> Result<Response, PageError> {
    let before = before.id::<TicketId>()?;
    let rows = frame
        .read(move |handle, workspace| handle.tickets(workspace, before, PAGE))
        .await?;
    let older = older("/tickets", rows.len(), rows.last().map(|row| row.ticket.id));
    let main = html! {
        h1 { "Tickets" }
        section #list data-part="list" {
            @if rows.is_empty() {
                p.empty { "No tickets here. They come in through POST /v1/tickets." }
            } @else {
                ul.rows { @for row in &rows { (ticket_row(&frame, row)) } }
            }
            (older)
        }
    };
    Ok(frame.show(&Page {
        title: "Tickets",
        section: Section::Tickets,
        listens: "tickets all",
        announce: String::new(),
        main,
    }))
}

/// `GET /tickets/{id}`.
pub(super) async fn ticket(frame: Frame, Path(id): Path<String>) -> Result<Response, PageError> {
    let no_such = || {
        PageError::NotFound(format!(
            "There is no such ticket in workspace {}.",
            frame.signed.workspace
        ))
    };
    let id = id.parse::<TicketId>().map_err(|_| no_such())?;
    let view = frame
        .read(move |handle, workspace| handle.ticket(workspace, id))
        .await?
        .ok_or_else(no_such)?;
    let title = id.to_string();
    Ok(frame.show(&Page {
        title: &title,
        section: Section::Tickets,
        listens: "tickets all",
        announce: String::new(),
        main: whole(&frame, &view),
    }))
}

fn ticket_row(frame: &Frame, row: &TicketView) -> Markup {
    let ticket = &row.ticket;
    html! {
        li {
            a.row href={ "/tickets/" (ticket.id) } {
                span.row-head {
                    strong { (ticket.id) }
                    span.row-title { (foreign(&ticket.title())) }
                }
                span.row-meta {
                    (severity(ticket.severity))
                    @if let Some(merchant) = &ticket.merchant { span { (foreign(merchant.id.as_str())) } }
                    @if let Some(subject) = row.subject { span { "in " (subject) } }
                    span { (time(ticket.received_at, frame.now)) }
                }
            }
        }
    }
}

fn whole(frame: &Frame, view: &TicketView) -> Markup {
    let ticket = &view.ticket;
    html! {
        div.card-head #head data-part="head" {
            h1 { (ticket.id) " · " (foreign(&ticket.title())) }
            p.lead {
                @match view.subject {
                    Some(subject) => { "Answered by " a href=(subject_path(subject)) { (subject) } ". " }
                    None => { "Not answered yet. " }
                }
                @if let Some(pattern) = view.pattern { "Pattern " (pattern) ": " (foreign(&view.reason)) "." }
            }
            dl.facts {
                div { dt { "Merchant" } dd { (merchant(ticket)) } }
                div { dt { "Severity" } dd { (severity(ticket.severity)) } }
                div { dt { "Happened" } dd { (time(ticket.occurred_at, frame.now)) } }
                div { dt { "Received" } dd { (time(ticket.received_at, frame.now)) } }
                @for (name, value) in [("Stage", &ticket.migration_stage), ("Category", &ticket.category)] {
                    @if !value.is_empty() { div { dt { (name) } dd { (foreign(value)) } } }
                }
                div { dt { "Failed checkouts" } dd { (ticket.checkout_failures) } }
                div { dt { "Affected customers" } dd { (ticket.affected_customers) } }
                div { dt { "Source" } dd {
                    (foreign(ticket.source.as_str()))
                    @if let Some(id) = &ticket.external_id { ", its id " code { (foreign(id)) } }
                } }
            }
        }
        section #texts data-part="texts" {
            @for (name, text) in [("Issue", &ticket.issue), ("Message", &ticket.merchant_message), ("Error log", &ticket.error_log)] {
                @if !text.is_empty() {
                    h2 { (name) }
                    div.mono[name == "Error log"] { (block(name, text)) }
                }
            }
            @if !ticket.redacted.is_empty() {
                p.muted { "Taken out before anything was stored: "
                    @for (index, (kind, number)) in ticket.redacted.iter().enumerate() {
                        @if index > 0 { ", " }
                        (count(*number, kind, &format!("{kind}s")))
                    }
                    "." }
            }
        }
        @if !ticket.attributes.is_empty() {
            section #attributes data-part="attributes" {
                h2 { "Other fields" }
                dl.parts {
                    @for (name, value) in &ticket.attributes {
                        div { dt { (foreign(name)) } dd { (block(name, &in_words(value))) } }
                    }
                }
            }
        }
    }
}

fn in_words(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    }
}

fn merchant(ticket: &Ticket) -> Markup {
    html! {
        @match &ticket.merchant {
            None => { "not named" }
            Some(merchant) => {
                (foreign(merchant.id.as_str()))
                @match &merchant.provenance {
                    Provenance::Verified => { " (verified)" }
                    Provenance::Claimed { author } => { " (claimed by " (foreign(author)) ")" }
                }
            }
        }
    }
}
