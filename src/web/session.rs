//! Who is signed in: a sealed cookie says who, the options say what they may now.

use super::console::PageError;
use super::origin::{Origin, of_request};
use super::seal::{LoginKey, Purpose, random_id};
use super::{App, Shared};
use crate::domain::{Person, PersonId, WorkspaceId};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long a session lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// The session's cookie.
const COOKIE: &str = "medic_session";

/// The field that every form carries: proof that the page came from this session.
pub(super) const FORM_TOKEN: &str = "form_token";

/// A link or a session: who, until when, and which one it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pass {
    /// The workspace that is seen.
    pub workspace: WorkspaceId,
    /// Who.
    pub person: PersonId,
    /// Until when, in seconds since 1970.
    pub until: i64,
    /// Which link or session this is.
    pub id: String,
}

impl Pass {
    /// A new pass.
    pub(super) fn new(
        workspace: &WorkspaceId,
        person: &PersonId,
        now: Timestamp,
        valid: SignedDuration,
    ) -> Result<Self, getrandom::Error> {
        Ok(Self {
            workspace: workspace.clone(),
            person: person.clone(),
            until: now.as_second().saturating_add(valid.as_secs()),
            id: random_id()?,
        })
    }

    /// Whether it still holds.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        now.as_second() < self.until
    }
}

/// Begins a session; the value is for `Set-Cookie`.
pub(super) fn begin(
    key: &LoginKey,
    origin: Option<&Origin>,
    workspace: &WorkspaceId,
    person: &PersonId,
    now: Timestamp,
) -> Result<String, getrandom::Error> {
    let pass = Pass::new(workspace, person, now, SESSION)?;
    let sealed = key.seal(Purpose::Session, &pass);
    Ok(set_cookie(COOKIE, &sealed, SESSION.as_secs(), origin))
}

/// Takes the session's cookie away.
pub(super) fn end() -> String {
    set_cookie(COOKIE, "", 0, None)
}

/// One `Set-Cookie` value, as strict as cookies go.
pub(super) fn set_cookie(name: &str, value: &str, seconds: i64, origin: Option<&Origin>) -> String {
    let secure = match origin {
        Some(origin) if origin.is_https() => "; Secure",
        _ => "",
    };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Whoever sends this request is signed in.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    /// The workspace they see.
    pub workspace: WorkspaceId,
    /// Who, with the roles they hold now.
    pub person: Person,
    /// When the session ends, in seconds since 1970.
    pub until: i64,
    /// Which session.
    pub session: String,
}

impl SignedIn {
    /// The proof that goes into every form of this session.
    pub(super) fn form_token(&self, app: &App) -> String {
        app.options.login_key.seal(Purpose::Form, &self.session)
    }

    fn read(app: &App, headers: &HeaderMap) -> Option<Self> {
        let pass: Pass = app
            .options
            .login_key
            .open(Purpose::Session, cookie(headers, COOKIE)?)?;
        if !pass.holds((app.clock)()) || app.signed_out.contains(&pass.id) {
            return None;
        }
        let person = app.options.person(&pass.workspace, &pass.person)?;
        Some(Self {
            workspace: pass.workspace,
            person,
            until: pass.until,
            session: pass.id,
        })
    }
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, PageError> {
        if let Some(signed) = Self::read(app, &parts.headers) {
            return Ok(signed);
        }
        // A click in a chat comes from another site, so the browser holds a strict cookie back;
        // one more step from our own page brings it.
        let from_elsewhere = parts.headers.get("sec-fetch-site")
            == Some(&HeaderValue::from_static("cross-site"))
            && parts.method == axum::http::Method::GET;
        if from_elsewhere {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            return Err(PageError::Continue(path.to_owned()));
        }
        Err(PageError::SignIn(None))
    }
}

/// A form sent from a page of the sender's own session.
pub(super) struct SentForm {
    /// Who sent it.
    pub signed: SignedIn,
    /// The origin it was sent to.
    pub origin: Option<Origin>,
    fields: BTreeMap<String, String>,
}

impl SentForm {
    /// A field's value without surrounding white space; empty where it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }

    /// The fields whose name begins so, each with the rest of its name and its value as sent.
    pub(super) fn fields_after<'a>(
        &'a self,
        start: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.fields
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }
}

impl FromRequest<Shared> for SentForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let signed = SignedIn::from_request_parts(&mut parts, app).await?;
        let origin = of_request(&app.options.origins, &parts.headers).cloned();
        let fields = read_fields(Request::from_parts(parts, body)).await?;
        let sealed = fields.get(FORM_TOKEN).map_or("", String::as_str);
        let session: Option<String> = app.options.login_key.open(Purpose::Form, sealed);
        if session.as_deref() != Some(signed.session.as_str()) {
            return Err(PageError::Forbidden(
                "This form belongs to another session. Nothing was changed. Reload the page and \
                 send it again."
                    .to_owned(),
            ));
        }
        Ok(Self {
            signed,
            origin,
            fields,
        })
    }
}

/// The fields of a form's body.
pub(super) async fn read_fields(request: Request) -> Result<BTreeMap<String, String>, PageError> {
    let fields = axum::Form::<BTreeMap<String, String>>::from_request(request, &()).await;
    let axum::Form(fields) = fields.map_err(|_| {
        PageError::BadRequest(
            "The form could not be read (it may be too long). Nothing was changed. Go back, \
             shorten what you wrote, and send it again."
                .to_owned(),
        )
    })?;
    Ok(fields)
}

/// Sessions that were signed out before they ended by themselves. Held in memory: after a restart
/// a copied cookie of a signed-out session would open again until its twelve hours are over;
/// a new login key ends all at once.
#[derive(Debug, Default)]
pub(super) struct SignedOut(std::sync::Mutex<BTreeMap<String, i64>>);

impl SignedOut {
    /// Ends a session and forgets those that have ended by themselves.
    pub(super) fn add(&self, signed: &SignedIn, now: Timestamp) {
        let mut ended = self.0.lock().unwrap_or_else(|dead| dead.into_inner());
        ended.retain(|_, until| *until > now.as_second());
        ended.insert(signed.session.clone(), signed.until);
    }

    fn contains(&self, session: &str) -> bool {
        let ended = self.0.lock().unwrap_or_else(|dead| dead.into_inner());
        ended.contains_key(session)
    }
}
