//! What every page has: who looks, what waits, what the last form answered.

use super::PageError;
use super::layout::{Page, framed};
use crate::domain::{PersonId, WorkspaceId};
use crate::engine::handle::{CommandError, Handle, Overview};
use crate::web::seal::Purpose;
use crate::web::session::{SentForm, SignedIn, cookie, set_cookie};
use crate::web::{App, Shared};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The cookie that carries a form's answer to the next page.
const FLASH: &str = "medic_flash";

/// Seconds in which that next page must be asked for.
const FLASH_SECONDS: i64 = 60;

/// Characters of an answer at most, so that the cookie stays small.
const FLASH_CHARS: usize = 500;

/// A form's answer, shown once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flash {
    /// Whether what was asked for was done.
    pub good: bool,
    /// The sentence.
    pub text: String,
}

/// A signed-in look at the console.
pub(super) struct Frame {
    /// Everything shared.
    pub app: Shared,
    /// Who looks.
    pub signed: SignedIn,
    /// What their forms carry.
    pub form_token: String,
    /// What the time is.
    pub now: Timestamp,
    /// What waits, what is open, whether Medic is paused.
    pub overview: Overview,
    /// What the form answered that led here.
    pub flash: Option<Flash>,
}

impl Frame {
    /// Reads from the engine, off the threads that serve others.
    pub(super) async fn read<T, E>(
        &self,
        query: impl FnOnce(&Handle, &WorkspaceId) -> Result<T, E> + Send + 'static,
    ) -> Result<T, PageError>
    where
        T: Send + 'static,
        E: fmt::Display + Send + 'static,
    {
        read(&self.app, &self.signed.workspace, query).await
    }

    /// How a person of this workspace is called; the id where the config no longer names them.
    pub(super) fn name_of<'a>(&'a self, id: &'a PersonId) -> &'a str {
        let mut people = self.app.options.people.iter();
        let found = people.find(|one| one.workspace == self.signed.workspace && one.id == *id);
        found.map_or_else(|| id.as_str(), |one| one.name.as_str())
    }

    /// The page in its frame.
    pub(super) fn show(&self, page: &Page<'_>) -> Response {
        let html = Html(framed(self, page).into_string());
        if self.flash.is_none() {
            return html.into_response();
        }
        let seen = set_cookie(FLASH, "", 0, None);
        (AppendHeaders([(header::SET_COOKIE, seen)]), html).into_response()
    }
}

impl FromRequestParts<Shared> for Frame {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, PageError> {
        let signed = SignedIn::from_request_parts(parts, app).await?;
        let overview = read(app, &signed.workspace, Handle::overview).await?;
        let flash = cookie(&parts.headers, FLASH)
            .and_then(|sealed| app.options.login_key.open(Purpose::Flash, sealed));
        Ok(Self {
            form_token: signed.form_token(app),
            now: (app.clock)(),
            app: Arc::clone(app),
            signed,
            overview,
            flash,
        })
    }
}

async fn read<T, E>(
    app: &Shared,
    workspace: &WorkspaceId,
    query: impl FnOnce(&Handle, &WorkspaceId) -> Result<T, E> + Send + 'static,
) -> Result<T, PageError>
where
    T: Send + 'static,
    E: fmt::Display + Send + 'static,
{
    let handle = app.handle.clone();
    let workspace = workspace.clone();
    tokio::task::spawn_blocking(move || query(&handle, &workspace))
        .await
        .map_err(|error| PageError::Broken(error.to_string()))?
        .map_err(|error| PageError::Broken(error.to_string()))
}

/// Answers a form: the sentence goes along to the page that shows what came of it.
pub(super) fn answer(
    app: &App,
    form: &SentForm,
    outcome: Result<String, CommandError>,
    next: &str,
) -> Response {
    let flash = match outcome {
        Ok(text) => Flash { good: true, text },
        Err(error) => Flash {
            good: false,
            text: error.to_string(),
        },
    };
    let flash = Flash {
        text: flash.text.chars().take(FLASH_CHARS).collect(),
        ..flash
    };
    let sealed = app.options.login_key.seal(Purpose::Flash, &flash);
    let cookie = set_cookie(FLASH, &sealed, FLASH_SECONDS, form.origin.as_ref());
    (
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Redirect::to(next),
    )
        .into_response()
}
