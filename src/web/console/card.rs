//! The page of an incident or a case: its card, in the order in which one decides at night.

use super::layout::{Page, Section, form_token};
use super::plan::plan_card;
use super::text::{block, chip, exact_time, foreign, line, time};
use super::{Frame, PageError};
use crate::domain::card::{Card, Quote};
use crate::domain::{CaseId, IncidentId, RootCause, SubjectId, TicketId};
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};

/// Quotes shown at once; the rest is one press away.
const QUOTES_SHOWN: usize = 3;

/// `GET /incidents/{id}`.
pub(super) async fn incident(frame: Frame, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id.parse::<IncidentId>().map_err(|_| no_such(&frame))?;
    show(frame, SubjectId::Incident(id), Section::Incidents).await
}

/// `GET /cases/{id}`.
pub(super) async fn case(frame: Frame, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id.parse::<CaseId>().map_err(|_| no_such(&frame))?;
    show(frame, SubjectId::Case(id), Section::Cases).await
}

fn no_such(frame: &Frame) -> PageError {
    PageError::NotFound(format!(
        "There is no such incident or case in workspace {}.",
        frame.signed.workspace
    ))
}

async fn show(frame: Frame, subject: SubjectId, section: Section) -> Result<Response, PageError> {
    let card = frame
        .read(move |handle, workspace| handle.card(workspace, subject))
        .await?
        .ok_or_else(|| no_such(&frame))?;
    let title = subject.to_string();
    Ok(frame.show(&Page {
        title: &title,
        section,
        listens: &format!("{subject} pause all"),
        announce: format!("{title}: {}", card.state.in_words()),
        main: whole(&frame, &card),
    }))
}

fn whole(frame: &Frame, card: &Card) -> Markup {
    let asking = card.plans.iter().filter(|plan| plan.can_vote);
    let others = card.plans.iter().filter(|plan| !plan.can_vote);
    html! {
        div.card-head #head data-part="head" {
            p.crumb { (chip(card.state)) span { "opened " (time(card.opened_at, frame.now)) }
                span { "changed " (time(card.updated_at, frame.now)) } }
            h1 { (line(&card.title)) }
            p.lead { (line(&card.summary)) }
            @for plan in asking.clone() {
                p.asks {
                    span aria-hidden="true" { "◆ " }
                    "Medic asks you about " code { (foreign(&plan.action)) } ". "
                    a href={ "#" (plan.id) } { "Read what it would do" }
                }
            }
            (facts(card))
        }
        div.columns {
            div.column.col-why {
                section #diagnosis data-part="diagnosis" { (diagnosis(card)) }
                @if card.can_doubt { section #doubt data-part="doubt" { (doubt(frame, card.subject)) } }
            }
            div.column.col-plans {
                @if !card.outcome.is_empty() {
                    section.outcome #outcome data-part="outcome" {
                        h2 { "Did it help?" }
                        p { (line(&card.outcome)) }
                    }
                }
                @if card.plans.is_empty() {
                    section #no-plan data-part="no-plan" {
                        h2 { "Plans" }
                        p.empty { "Nothing is planned yet." }
                    }
                }
                @for plan in asking.chain(others) { (plan_card(frame, card.subject, plan)) }
            }
            div.column.col-rest { (rest(frame, card)) }
        }
    }
}

/// What led here and what was done: the part one reads last.
fn rest(frame: &Frame, card: &Card) -> Markup {
    html! {
        @if !card.safe_sentence.is_empty() {
            section.boxed #safe data-part="safe" {
                h2 { "What support can say now" }
                blockquote.safe #safe-sentence { (foreign(&card.safe_sentence)) }
                button type="button" data-copy="safe-sentence" hidden { "Copy the sentence" }
            }
        }
        @if !card.ask_merchant.is_empty() {
            section.boxed #ask data-part="ask" {
                h2 { "What to ask the merchant" }
                blockquote.safe #ask-merchant { (foreign(&card.ask_merchant)) }
                button type="button" data-copy="ask-merchant" hidden { "Copy the question" }
            }
        }
        section #tickets data-part="tickets" {
            h2 { (match card.subject { SubjectId::Incident(_) => "Newest tickets", SubjectId::Case(_) => "Its ticket" }) }
            @if card.tickets.is_empty() { p.empty { "None." } }
            ul.rows.tight {
                @for (id, title) in &card.tickets {
                    li { a.row href={ "/tickets/" (id) } { span.row-head {
                        strong { (id) } span.row-title { (line(title)) }
                    } } }
                }
            }
        }
        section #timeline data-part="timeline" {
            h2 { "What happened" }
            (timeline(frame, card))
            p { a href={ "/audit?about=" (card.subject) } { "Every audit record about " (card.subject) } }
        }
        @if let Some(pattern) = card.pattern {
            section #correct data-part="correct" { (super::patterns::corrections(frame, card, pattern)) }
        }
        @if card.can_close && let SubjectId::Incident(id) = card.subject {
            section #close data-part="close" { (close(frame, id)) }
        }
    }
}

fn facts(card: &Card) -> Markup {
    html! {
        dl.facts {
            @for fact in &card.facts {
                div { dt { (fact.name) } dd { (line(&fact.value)) } }
            }
        }
    }
}

fn diagnosis(card: &Card) -> Markup {
    let (first, rest) = card
        .evidence
        .split_at(card.evidence.len().min(QUOTES_SHOWN));
    html! {
        h2 { "Why it happens" }
        @if card.diagnosis.is_empty() {
            p.empty { "No diagnosis yet." }
        } @else {
            p.diagnosis { (line(&card.diagnosis)) }
        }
        @if !card.provider.is_empty() { p.muted { "Answered by " (foreign(&card.provider)) } }
        @if !card.evidence.is_empty() {
            h3 { "What that rests on" }
            @for quote in first { (evidence(quote)) }
            @if !rest.is_empty() {
                details #more-evidence {
                    summary { (rest.len()) " more" }
                    @for quote in rest { (evidence(quote)) }
                }
            }
        }
        @if !card.doubts.is_empty() {
            h3 { "What speaks against it or was assumed" }
            ul.bullets { @for doubt in &card.doubts { li { (line(doubt)) } } }
        }
        @if !card.alternatives.is_empty() {
            details #alternatives {
                summary { "Other explanations (" (card.alternatives.len()) ")" }
                ul.bullets { @for other in &card.alternatives { li { (line(other)) } } }
            }
        }
    }
}

fn doubt(frame: &Frame, subject: SubjectId) -> Markup {
    html! {
        details #doubt-form {
            summary { "Wrong cause?" }
            p.muted { "Medic learns from it how far to trust such answers, and ends what waits to treat this cause." }
            form.reason method="post" action={ "/wrong-cause/" (subject) } {
                (form_token(frame))
                label for="doubt-instead" { "What it is, if you know" }
                select #doubt-instead name="instead" {
                    option value="" { "I do not know" }
                    @for cause in RootCause::ALL {
                        @if cause != RootCause::Unknown {
                            option value=(cause.as_str()) { (cause.in_words()) }
                        }
                    }
                }
                label for="doubt-reason" { "What is wrong about it" }
                input #doubt-reason name="reason" type="text" required maxlength="500" autocomplete="off";
                button type="submit" { "The cause is wrong" }
            }
        }
    }
}

fn evidence(quote: &Quote) -> Markup {
    let label = format!("Quote from {}", quote.source);
    html! {
        figure.quote {
            blockquote { (block(&label, &quote.text)) }
            figcaption {
                @match quote.source.strip_prefix("ticket ") {
                    Some(id) if id.parse::<TicketId>().is_ok() => {
                        a href={ "/tickets/" (id) } { (quote.source) }
                    }
                    _ => { (foreign(&quote.source)) }
                }
            }
        }
    }
}

fn timeline(frame: &Frame, card: &Card) -> Markup {
    html! {
        ol.timeline {
            @for entry in &card.timeline {
                li {
                    span.at { (exact_time(entry.at, frame.now)) }
                    span.what { strong { (foreign(&entry.actor)) } " " (foreign(&entry.text)) }
                    a.record href={ "/audit?before=" (entry.record.saturating_add(1)) }
                        title={ "Audit record " (entry.record) } { "#" (entry.record) }
                }
            }
        }
    }
}

fn close(frame: &Frame, id: IncidentId) -> Markup {
    html! {
        details #close-form {
            summary { "Close this incident by hand" }
            p.muted { "Medic closes it by itself once it is healed. Closing it now voids what still waits here." }
            form.reason method="post" action={ "/incidents/" (id) "/close" } {
                (form_token(frame))
                label for="close-reason" { "Why" }
                input #close-reason name="reason" type="text" required maxlength="500" autocomplete="off";
                button type="submit" { "Close " (id) }
            }
        }
    }
}
