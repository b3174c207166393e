//! Error pages: what is wrong, and the way out, in the style of the others.

use super::layout;
use crate::web::assets::Assets;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use std::any::Any;

/// Why a page or form is not answered as asked.
#[derive(Debug)]
pub(in crate::web) enum PageError {
    /// Nobody is signed in; the sentence says why a link did not do.
    SignIn(Option<String>),
    /// Perhaps signed in, but the browser came from another site; goes on to this path.
    Continue(String),
    /// The request came under a name that is not configured; these are.
    Misdirected(String),
    /// The request cannot be understood.
    BadRequest(String),
    /// It is understood and refused.
    Forbidden(String),
    /// There is no such thing in this workspace.
    NotFound(String),
    /// It may work a little later.
    Unavailable(String),
    /// A defect or a broken store; the text is for the log only.
    Broken(String),
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, title, content) = match self {
            Self::SignIn(why) => (StatusCode::UNAUTHORIZED, "Sign in", sign_in(why.as_deref())),
            Self::Continue(path) => (StatusCode::OK, "One moment", go_on(&path)),
            Self::Misdirected(origins) => (
                StatusCode::MISDIRECTED_REQUEST,
                "Wrong address",
                says(&format!(
                    "The console does not answer under this name. Open {origins}, or add this \
                     name to the console's origins in config.toml."
                )),
            ),
            Self::BadRequest(text) => (StatusCode::BAD_REQUEST, "Not understood", says(&text)),
            Self::Forbidden(text) => (StatusCode::FORBIDDEN, "Not allowed", says(&text)),
            Self::NotFound(text) => (StatusCode::NOT_FOUND, "Not here", says(&text)),
            Self::Unavailable(text) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Not now",
                says(&format!(
                    "Nothing was changed: {text}. Try again in a moment."
                )),
            ),
            Self::Broken(text) => {
                tracing::error!(error = %text, "a page could not be shown");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "That went wrong",
                    broken(),
                )
            }
        };
        let content = html! { h1 { (title) } (content) };
        (status, layout::plain(&Assets::new(), title, content)).into_response()
    }
}

/// Any path that leads nowhere, and any method that a page does not take.
pub(in crate::web) async fn no_such_page() -> PageError {
    PageError::NotFound("There is no such page.".to_owned())
}

/// One page failed by a defect of ours. The panic's own words may hold foreign text and stay out
/// of the log.
pub(in crate::web) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    PageError::Broken("a page's handler panicked; the server goes on".to_owned()).into_response()
}

fn says(text: &str) -> Markup {
    html! {
        p { (text) }
        p { a href="/" { "To the front page" } }
    }
}

fn broken() -> Markup {
    says(
        "Medic could not show this. Tickets and decisions are not touched by it; the server's log \
         says what happened. Reload the page, and if it stays, ask whoever runs this Medic.",
    )
}

fn sign_in(why: Option<&str>) -> Markup {
    html! {
        @if let Some(why) = why {
            p.problem { (why) }
        }
        p { "Pages here hold merchants’ words, so you have to be signed in. On the machine that runs Medic:" }
        pre tabindex="0" { code { "medic console login --person YOUR_ID" } }
        p { "It prints a link that works once, for ten minutes. Open it here." }
    }
}

fn go_on(path: &str) -> Markup {
    html! {
        meta http-equiv="refresh" content=(format!("0; url={path}"));
        p { "You came from another site. " a href=(path) { "Continue to the console" } }
    }
}
