//! The frame around every page: navigation, who is signed in, the banner while Medic is paused.

use super::Frame;
use super::text;
use crate::web::assets::Assets;
use crate::web::session::FORM_TOKEN;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

/// Where a page stands in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Now,
    Incidents,
    Cases,
    Tickets,
    Deliveries,
    Received,
    Audit,
}

impl Section {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Now, "/", "Now"),
        (Self::Incidents, "/incidents", "Incidents"),
        (Self::Cases, "/cases", "Cases"),
        (Self::Tickets, "/tickets", "Tickets"),
        (Self::Deliveries, "/deliveries", "Sent"),
        (Self::Received, "/received", "Received"),
        (Self::Audit, "/audit", "Audit"),
    ];
}

/// A page, before its frame.
pub(super) struct Page<'a> {
    /// Its name in the window's title.
    pub title: &'a str,
    /// Where it stands in the navigation.
    pub section: Section,
    /// Which changes it shows: words of the event stream, or `*` for all.
    pub listens: &'a str,
    /// What a screen reader is told when it changes; nothing if empty.
    pub announce: String,
    /// Its content.
    pub main: Markup,
}

/// The whole document of a page.
pub(super) fn framed(frame: &Frame, page: &Page<'_>) -> Markup {
    let waiting = frame.overview.waiting_count;
    document(
        &frame.app.assets,
        &html! {
            @if waiting > 0 { "(" (waiting) ") " }
            (page.title) " · Medic"
        },
        &html! {
            a.skip href="#main" { "Skip to the content" }
            header.top {
                a.brand href="/" { img src=(frame.app.assets.icon) alt="" width="22" height="22"; "Medic" }
                nav aria-label="Main" {
                    @for (section, path, name) in Section::ALL {
                        @if section != Section::Received || frame.app.received.is_some() {
                            a href=(path) aria-current=[(section == page.section).then_some("page")] { (name) }
                        }
                    }
                }
                (who(frame))
            }
            div #banner data-part="banner" { (pause_banner(frame)) }
            @if let Some(flash) = &frame.flash {
                div.flash.bad[!flash.good] role="status" tabindex="-1" autofocus {
                    strong { (if flash.good { "Done. " } else { "Not done. " }) }
                    (text::foreign(&flash.text))
                }
            }
            main #main tabindex="-1" data-listens=(page.listens) data-announce=(page.announce) {
                (page.main)
            }
            div #stale.stale hidden role="status" {
                "Something new is here. "
                button type="button" #show-now { "Show it now" }
            }
            footer {
                span #live { "Times are UTC. Reload to see what is new." }
            }
            div #announce.visually-hidden aria-live="polite" {}
        },
    )
}

fn who(frame: &Frame) -> Markup {
    let person = &frame.signed.person;
    html! {
        details.who #who {
            summary { span.visually-hidden { "Signed in as " } (text::foreign(&person.name)) }
            div {
                p { "Workspace " strong { (frame.signed.workspace) } }
                p { "Roles: " (if person.roles.is_empty() { "none".to_owned() } else { person.roles.join(", ") }) }
                form method="post" action="/logout" {
                    (form_token(frame))
                    button type="submit" { "Sign out" }
                }
            }
        }
    }
}

fn pause_banner(frame: &Frame) -> Markup {
    html! {
        @if let Some(pause) = &frame.overview.paused {
            section.paused aria-label="Medic is paused" {
                div {
                    strong { span aria-hidden="true" { "❚❚ " } "Medic is paused: nothing is delivered." }
                    " By " (text::foreign(&pause.by)) ", " (text::time(pause.at, frame.now)) ": "
                    (text::foreign(&pause.reason))
                }
                form method="post" action="/resume" {
                    (form_token(frame))
                    button type="submit" { "Resume" }
                }
            }
        }
    }
}

/// The field that proves that a form comes from a page of this session.
pub(super) fn form_token(frame: &Frame) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(frame.form_token); }
}

/// A page for somebody who is not signed in, or an error: no navigation, one column.
pub(in crate::web) fn plain(assets: &Assets, title: &str, content: Markup) -> Response {
    let body = html! {
        main #main.sheet {
            a.brand href="/" { img src=(assets.icon) alt="" width="28" height="28"; "Medic" }
            (content)
        }
    };
    Html(document(assets, &html! { (title) " · Medic" }, &body).into_string()).into_response()
}

fn document(assets: &Assets, title: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" href=(assets.icon) type="image/svg+xml";
                link rel="stylesheet" href=(assets.style);
                script src=(assets.script) defer {}
            }
            body { (body) }
        }
    }
}
