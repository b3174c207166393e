//! The audit trail: who did what, when, why, with the numbers and hashes of the chain.

use super::layout::{Page, Section};
use super::lists::PAGE;
use super::text::{block, exact_time, foreign, subject_path};
use super::{Frame, PageError};
use crate::domain::{Digest, Record};
use crate::engine::handle::RecordQuery;
use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

/// The filter's fields, as typed.
#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    about: String,
    before: Option<u64>,
}

/// `GET /audit`.
pub(super) async fn page(
    frame: Frame,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let wanted = RecordQuery {
        kind: some(&filter.kind),
        about: some(&filter.about).map(|about| about.to_ascii_uppercase()),
        before: filter.before,
        after: None,
    };
    let query = wanted.clone();
    let records = frame
        .read(move |handle, workspace| handle.records(workspace, &query, PAGE))
        .await?;
    let main = html! {
        h1 { "Audit trail" }
        p.lead { "Each record holds the hash of the one before it. " code { "medic audit verify" } " checks the chain without this server." }
        form.filter method="get" action="/audit" role="search" {
            div { label for="about" { "About" }
                input #about name="about" type="text" value=(filter.about.trim()) placeholder="INC-4, T-31, PLAN-9" autocomplete="off"; }
            div { label for="kind" { "Kind begins with" }
                input #kind name="kind" type="text" value=(filter.kind.trim()) placeholder="plan, delivery." autocomplete="off"; }
            button type="submit" { "Show" }
            @if wanted != RecordQuery::default() { a.button href="/audit" { "Show all" } }
        }
        section #list data-part="list" {
            @if records.is_empty() {
                p.empty { "No record matches." }
            } @else {
                ol.records { @for record in &records { (row(&frame, record)) } }
            }
            @if records.len() >= PAGE && let Some(last) = records.last() {
                (older(&wanted, last.seq))
            }
        }
    };
    Ok(frame.show(&Page {
        title: "Audit",
        section: Section::Audit,
        listens: if wanted.before.is_none() { "*" } else { "" },
        announce: String::new(),
        main,
    }))
}

fn older(wanted: &RecordQuery, before: u64) -> Markup {
    html! {
        form.more method="get" action="/audit" {
            @if let Some(about) = &wanted.about { input type="hidden" name="about" value=(about); }
            @if let Some(kind) = &wanted.kind { input type="hidden" name="kind" value=(kind); }
            input type="hidden" name="before" value=(before);
            button type="submit" { "Older" }
        }
    }
}

fn row(frame: &Frame, record: &Record) -> Markup {
    let draft = &record.draft;
    html! {
        li {
            details id={ "record-" (record.seq) } {
                summary {
                    span.seq { "#" (record.seq) }
                    span.at { (exact_time(draft.at, frame.now)) }
                    span.kind { code { (foreign(&draft.kind)) } }
                    span.what { strong { (foreign(&draft.actor.to_string())) } " " (foreign(&draft.what)) }
                }
                dl.parts {
                    @if let Some(subject) = draft.subject { div { dt { "About" } dd { a href=(subject_path(subject)) { (subject) } } } }
                    @if let Some(ticket) = draft.ticket { div { dt { "Ticket" } dd { a href={ "/tickets/" (ticket) } { (ticket) } } } }
                    @if let Some(plan) = draft.plan { div { dt { "Plan" } dd { (plan) } } }
                    (fields("Why", &draft.why))
                    (fields("Result", &draft.result))
                    div { dt { "Hash" } dd { (digest(&record.hash)) } }
                    div { dt { "Before it" } dd { (digest(&record.prev)) } }
                    @if let Some(state) = &record.state { div { dt { "State" } dd { (digest(state)) } } }
                }
            }
        }
    }
}

fn fields(name: &str, map: &serde_json::Map<String, serde_json::Value>) -> Markup {
    html! {
        @if !map.is_empty() {
            div { dt { (name) } dd {
                (block(name, &serde_json::to_string_pretty(map).unwrap_or_default()))
            } }
        }
    }
}

fn digest(digest: &Digest) -> Markup {
    html! { code.digest { (digest) } }
}
