//! Signing in with a single-use link. The link's page only shows a button: the press, not the
//! look, uses the link up, because chats and mail programs look at every link they carry.

use super::console::{PageError, layout};
use super::origin::of_request;
use super::seal::Purpose;
use super::session::{self, Pass, SentForm, read_fields};
use super::{App, LoginKey, Origin, Shared};
use crate::domain::{Person, PersonId, WorkspaceId};
use crate::engine::handle::CommandError;
use axum::extract::{Query, Request, State};
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use maud::html;
use serde::Deserialize;

/// How long a link may wait for its press, if nobody says otherwise.
pub const LOGIN_LINK_VALID: SignedDuration = SignedDuration::from_mins(10);

/// A link that signs this person in once, until `now + valid`. Whoever holds it is that person:
/// hand it over where only they can read it.
///
/// # Errors
/// When the system gives no randomness.
pub fn issue_login_link(
    key: &LoginKey,
    origin: &Origin,
    workspace: &WorkspaceId,
    person: &PersonId,
    now: Timestamp,
    valid: SignedDuration,
) -> Result<String, getrandom::Error> {
    let pass = Pass::new(workspace, person, now, valid)?;
    let token = key.seal(Purpose::Link, &pass);
    Ok(format!("{origin}/login?token={token}"))
}

/// The link's query.
#[derive(Deserialize)]
pub(super) struct LinkQuery {
    #[serde(default)]
    token: String,
}

/// `GET /login`: says who would be signed in and shows the button.
pub(super) async fn page(
    State(app): State<Shared>,
    Query(query): Query<LinkQuery>,
) -> Result<Response, PageError> {
    if query.token.is_empty() {
        return Err(PageError::SignIn(None));
    }
    let (pass, person) = check(&app, &query.token)?;
    Ok(layout::plain(
        &app.assets,
        "Sign in",
        html! {
            h1 { "Sign in to Medic" }
            p { "You will be signed in as " strong { (person.name) } " in the workspace "
                strong { (pass.workspace) } "." }
            @if !person.roles.is_empty() {
                p.muted { "Roles: " (person.roles.join(", ")) }
            }
            form method="post" action="/login" {
                input type="hidden" name="token" value=(query.token);
                button.primary type="submit" autofocus { "Sign in as " (person.name) }
            }
            p.muted { "The link works once. If you are not " (person.name) ", close this page." }
        },
    ))
}

/// `POST /login`: uses the link up and begins the session.
pub(super) async fn sign_in(
    State(app): State<Shared>,
    request: Request,
) -> Result<Response, PageError> {
    let origin = of_request(&app.options.origins, request.headers()).cloned();
    let fields = read_fields(request).await?;
    let (pass, person) = check(&app, fields.get("token").map_or("", String::as_str))?;
    app.handle
        .sign_in(&pass.workspace, &person, &pass.id)
        .await
        .map_err(|error| match error {
            CommandError::Refused(sentence) => PageError::SignIn(Some(sentence)),
            CommandError::Unavailable(why) => PageError::Unavailable(why),
        })?;
    let now = (app.clock)();
    let key = &app.options.login_key;
    let cookie = session::begin(key, origin.as_ref(), &pass.workspace, &person.id, now)
        .map_err(|error| PageError::Broken(format!("no randomness for a session: {error}")))?;
    tracing::info!(person = %person.id, workspace = %pass.workspace, "signed in to the console");
    Ok((
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Redirect::to("/"),
    )
        .into_response())
}

/// `POST /logout`: ends the session.
pub(super) async fn sign_out(State(app): State<Shared>, form: SentForm) -> Response {
    app.signed_out.add(&form.signed, (app.clock)());
    (
        AppendHeaders([(header::SET_COOKIE, session::end())]),
        Redirect::to("/login"),
    )
        .into_response()
}

/// The link's pass and its person, if both still hold.
fn check(app: &App, token: &str) -> Result<(Pass, Person), PageError> {
    let refuse = |sentence: String| PageError::SignIn(Some(sentence));
    let pass: Pass = app
        .options
        .login_key
        .open(Purpose::Link, token)
        .ok_or_else(|| {
            refuse("This link is not one of this Medic's, or it was cut off when copied.".into())
        })?;
    if !pass.holds((app.clock)()) {
        return Err(refuse("This link has expired.".into()));
    }
    let person = app
        .options
        .person(&pass.workspace, &pass.person)
        .ok_or_else(|| {
            refuse(format!(
                "{} is not (or no longer) among the people of workspace {} in config.toml.",
                pass.person, pass.workspace
            ))
        })?;
    Ok((pass, person))
}
