//! Lists of incidents and cases, newest first, a page at a time.

use super::layout::{Page, Section};
use super::text::{chip, count, foreign, severity, time};
use super::{Frame, PageError};
use crate::domain::{CaseId, IncidentId};
use crate::engine::handle::{CaseRow, IncidentRow};
use axum::extract::Query;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use std::fmt::Display;
use std::str::FromStr;

/// Rows on a page.
pub(super) const PAGE: usize = 50;

/// Where a page of a list begins.
#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

impl Before {
    /// The last id of the page before.
    pub(super) fn id<T: FromStr>(&self) -> Result<Option<T>, PageError> {
        match self.before.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                PageError::BadRequest("The page's beginning is not an id of this list.".to_owned())
            }),
        }
    }
}

/// `GET /incidents`.
pub(super) async fn incidents(
    frame: Frame,
    Query(before): Query<Before>,
) -> Result<Response, PageError> {
    let before = before.id::<IncidentId>()?;
    let rows = frame
        .read(move |handle, workspace| handle.incidents(workspace, before, PAGE))
        .await?;
    let older = older("/incidents", rows.len(), rows.last().map(|row| row.id));
    let main = html! {
        h1 { "Incidents" }
        section #list data-part="list" {
            @if rows.is_empty() {
                p.empty { "No incidents here. One is opened when a pattern of tickets crosses its alert rule." }
            } @else {
                ul.rows { @for row in &rows { (incident_row(row, frame.now)) } }
            }
            (older)
        }
    };
    Ok(frame.show(&Page {
        title: "Incidents",
        section: Section::Incidents,
        listens: "*",
        announce: String::new(),
        main,
    }))
}

/// `GET /cases`.
pub(super) async fn cases(
    frame: Frame,
    Query(before): Query<Before>,
) -> Result<Response, PageError> {
    let before = before.id::<CaseId>()?;
    let rows = frame
        .read(move |handle, workspace| handle.cases(workspace, before, PAGE))
        .await?;
    let older = older("/cases", rows.len(), rows.last().map(|row| row.id));
    let main = html! {
        h1 { "Cases" }
        p.lead { "Tickets outside any incident, answered alone." }
        section #list data-part="list" {
            @if rows.is_empty() {
                p.empty { "No cases here." }
            } @else {
                ul.rows { @for row in &rows { (case_row(row, frame.now)) } }
            }
            (older)
        }
    };
    Ok(frame.show(&Page {
        title: "Cases",
        section: Section::Cases,
        listens: "*",
        announce: String::new(),
        main,
    }))
}

/// One incident in a list.
pub(super) fn incident_row(row: &IncidentRow, now: Timestamp) -> Markup {
    html! {
        li {
            a.row href={ "/incidents/" (row.id) } {
                span.row-head {
                    strong { (row.id) }
                    span.row-title { (foreign(&row.label)) }
                    (chip(row.state))
                }
                span.row-meta {
                    (severity(row.severity))
                    span { (count(row.merchants, "merchant", "merchants")) }
                    span { (count(row.tickets, "ticket", "tickets")) }
                    @if !row.diagnosis.is_empty() { span { (foreign(&row.diagnosis)) } }
                    @if row.waiting > 0 { strong.wants-you { (row.waiting) " to decide" } }
                    span { "opened " (time(row.opened_at, now)) }
                    @if let Some(at) = row.closed_at { span { "closed " (time(at, now)) } }
                }
            }
        }
    }
}

fn case_row(row: &CaseRow, now: Timestamp) -> Markup {
    html! {
        li {
            a.row href={ "/cases/" (row.id) } {
                span.row-head {
                    strong { (row.id) }
                    span.row-title { (foreign(&row.title)) }
                }
                span.row-meta {
                    @if row.waiting > 0 { strong.wants-you { (row.waiting) " to decide" } }
                    span { (foreign(&row.decided)) }
                    @if let Some(merchant) = &row.merchant { span { (foreign(merchant.as_str())) } }
                    span { (row.ticket) }
                    span { (time(row.opened_at, now)) }
                }
            }
        }
    }
}

/// The way to the next page, where this one is full.
pub(super) fn older(path: &str, rows: usize, last: Option<impl Display>) -> Markup {
    html! {
        @if rows >= PAGE && let Some(last) = last {
            p.more { a.button href={ (path) "?before=" (last) } { "Older" } }
        }
    }
}
