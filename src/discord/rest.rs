//! Calls to Discord: each with a deadline, within Discord's limits, and with an error that says
//! whether it was carried out. The same code runs in tests, against another base.
//!
//! serenity's own client is not used: its limiter cannot be pointed at another server, waits
//! without bound and repeats for ever on a header that it cannot read.

mod base;
mod call;
mod error;
mod limiter;
mod mentions;

mod guilds;
mod interactions;
mod messages;

pub use base::{ApiBase, gateway_url};
pub use call::Attachment;
pub use error::RestError;
pub use guilds::{Application, Gateway, SessionStartLimit};
pub use messages::{PAGE, Page};

use super::lenient;
use call::{Call, Kind, Lane};
use limiter::{Limiter, Scope};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::multipart::{Form, Part};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Who calls, in the form that Discord asks for: `DiscordBot (URL, VERSION)`. Medic has no home on the
/// web; `.invalid` can be nobody else's.
const AGENT: &str = concat!(
    "DiscordBot (https://medic.invalid, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// Tries of one call, the first included.
const TRIES: u32 = 5;

/// The first pause before another try; each further one is twice as long.
const BACKOFF: Duration = Duration::from_millis(250);

/// An answer is read up to here, in bytes: 100 long messages with embeds stay below.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// A refusal's words are kept up to here, in characters.
const MAX_REASON: usize = 300;

/// How long calls may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// One try, from connecting to the whole answer.
    pub attempt: Duration,
    /// A call with all its tries and waits for limits.
    pub call: Duration,
    /// Answering an interaction the first time, all in all; Discord's own limit is 3 s.
    pub callback: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(10),
            call: Duration::from_secs(60),
            callback: Duration::from_secs(2),
        }
    }
}

/// Discord's REST API under one bot token. Cheap to clone; all clones share the limits.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    base: ApiBase,
    authorization: HeaderValue,
    deadlines: Deadlines,
    limiter: Limiter,
    unauthorised: AtomicBool,
}

/// What one try came to.
enum Tried {
    Answered(u16, HeaderMap, Vec<u8>),
    NotSent(String),
    Unanswered(String),
}

impl Rest {
    /// Ready to call; nothing is sent yet.
    ///
    /// # Errors
    /// When the token cannot stand in a header, or the system gives no TLS roots.
    pub fn new(
        token: &SecretString,
        base: ApiBase,
        deadlines: Deadlines,
    ) -> Result<Self, RestError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Somebody else may install one in between; either serves.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let token = token.expose_secret().trim();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        let mut authorization = HeaderValue::from_str(&format!("Bot {token}"))
            .map_err(|_| RestError::Malformed("DISCORD_TOKEN holds what no header can".into()))?;
        authorization.set_sensitive(true);
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(deadlines.attempt)
            .build()
            .map_err(|error| RestError::Malformed(innermost(&error)))?;
        Ok(Self(Arc::new(Inner {
            client,
            base,
            authorization,
            deadlines,
            limiter: Limiter::default(),
            unauthorised: AtomicBool::new(false),
        })))
    }

    /// Where Discord is.
    pub fn base(&self) -> &ApiBase {
        &self.0.base
    }

    /// Whether Discord refused the token. Then nothing is sent any more.
    pub fn is_unauthorised(&self) -> bool {
        self.0.unauthorised.load(Ordering::Relaxed)
    }

    /// Carries the call out and reads what came back.
    async fn fetch<T: DeserializeOwned>(&self, call: Call) -> Result<T, RestError> {
        let bytes = self.run(call).await?;
        lenient::from_slice(&bytes).map_err(|error| RestError::Unreadable(error.to_string()))
    }

    /// Carries the call out; what comes back does not matter.
    async fn send(&self, call: Call) -> Result<(), RestError> {
        self.run(call).await.map(drop)
    }

    async fn run(&self, call: Call) -> Result<Vec<u8>, RestError> {
        let inner = &*self.0;
        let ends = Instant::now() + call.allowed(&inner.deadlines);
        let lane = call.lane();
        let turn = lane.map(|lane| inner.limiter.turn(lane));
        let _turn =
            match &turn {
                Some(turn) => Some(timeout_at(ends, turn.lock()).await.map_err(|_| {
                    RestError::RateLimited {
                        retry_after: BACKOFF,
                    }
                })?),
                None => None,
            };
        let mut pause = BACKOFF;
        for tries in 1..=TRIES {
            self.wait_for_place(lane, ends).await?;
            let tried = match timeout_at(ends, self.attempt(&call)).await {
                Ok(tried) => tried,
                Err(_) => Tried::Unanswered("no answer in time".into()),
            };
            let error = match self.judge(&call, tries, tried) {
                Judged::Done(bytes) => return Ok(bytes),
                Judged::Failed(error) => return Err(error),
                Judged::Again(error) => error,
            };
            let wait = match &error {
                RestError::RateLimited { retry_after } => *retry_after,
                _ => pause,
            };
            if tries == TRIES || Instant::now() + wait >= ends {
                return Err(error);
            }
            sleep(wait).await;
            pause *= 2;
        }
        Err(RestError::Unanswered("too many tries".into()))
    }

    /// Waits for Discord's limits, never past the end of the call.
    async fn wait_for_place(&self, lane: Option<&Lane>, ends: Instant) -> Result<(), RestError> {
        loop {
            if self.is_unauthorised() && lane.is_some() {
                return Err(RestError::Unauthorised);
            }
            let Err(wait) = self.0.limiter.take(lane) else {
                return Ok(());
            };
            if Instant::now() + wait >= ends {
                return Err(RestError::RateLimited { retry_after: wait });
            }
            sleep(wait).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Tried {
        let inner = &*self.0;
        let url = format!("{}{}", inner.base.as_str(), call.path);
        let request = inner.client.request(call.method.clone(), url);
        let mut request = request.header(USER_AGENT, AGENT);
        if call.lane().is_some() {
            request = request.header(AUTHORIZATION, inner.authorization.clone());
        }
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        request = match &call.body {
            Some(body) if call.files.is_empty() => request.json(body),
            Some(body) => request.multipart(form(body, &call.files)),
            None => request,
        };
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Tried::NotSent(innermost(&error));
            }
            Err(error) if error.is_timeout() => {
                return Tried::Unanswered("no answer in time".into());
            }
            Err(error) => return Tried::Unanswered(innermost(&error)),
        };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        match read(answer).await {
            Ok(bytes) => Tried::Answered(status, headers, bytes),
            // A refusal stands without its words.
            Err(_) if status >= 400 => Tried::Answered(status, headers, Vec::new()),
            Err(error) => Tried::Unanswered(error),
        }
    }

    fn judge(&self, call: &Call, tries: u32, tried: Tried) -> Judged {
        let limiter = &self.0.limiter;
        let lane = call.lane();
        let (status, headers, bytes) = match tried {
            Tried::Answered(status, headers, bytes) => (status, headers, bytes),
            Tried::NotSent(why) => return Judged::Again(RestError::Unreachable(why)),
            Tried::Unanswered(why) => return call.unanswered(why),
        };
        if let Some(lane) = lane {
            limiter.learn(lane, &headers);
        }
        if (200..300).contains(&status) {
            return Judged::Done(bytes);
        }
        let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        match status {
            429 => {
                let seconds = said["retry_after"].as_f64();
                let global = said["global"] == Value::Bool(true);
                let (wait, scope) = limiter.limited(lane, &headers, seconds, global);
                if scope != Scope::Shared {
                    limiter.refused();
                }
                Judged::Again(RestError::RateLimited { retry_after: wait })
            }
            401 if lane.is_some() => {
                limiter.refused();
                self.0.unauthorised.store(true, Ordering::Relaxed);
                Judged::Failed(RestError::Unauthorised)
            }
            500.. => call.unanswered(format!("status {status}")),
            _ => {
                if matches!(status, 401 | 403) {
                    limiter.refused();
                }
                let error = refusal(status, &said);
                // The try before had landed, though its answer was lost.
                if tries > 1 && error.already_acknowledged() {
                    return Judged::Done(Vec::new());
                }
                Judged::Failed(error)
            }
        }
    }
}

/// What to do after one try.
enum Judged {
    Done(Vec<u8>),
    Again(RestError),
    Failed(RestError),
}

impl Call {
    fn lane(&self) -> Option<&Lane> {
        match &self.kind {
            Kind::Limited(lane) => Some(lane),
            Kind::Interaction | Kind::Callback => None,
        }
    }

    fn allowed(&self, deadlines: &Deadlines) -> Duration {
        match self.kind {
            Kind::Limited(_) | Kind::Interaction => deadlines.call,
            Kind::Callback => deadlines.callback,
        }
    }

    fn unanswered(&self, why: String) -> Judged {
        let error = RestError::Unanswered(why);
        if self.repeatable {
            Judged::Again(error)
        } else {
            Judged::Failed(error)
        }
    }
}

fn form(body: &Value, files: &[Attachment]) -> Form {
    let json = Part::text(body.to_string());
    // The type is a constant that parses.
    let json = json
        .mime_str("application/json")
        .unwrap_or_else(|_| Part::text(body.to_string()));
    files
        .iter()
        .enumerate()
        .fold(Form::new().part("payload_json", json), |form, (n, file)| {
            let part = Part::bytes(file.bytes.clone()).file_name(file.name.clone());
            form.part(format!("files[{n}]"), part)
        })
}

async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_ANSWER => {
                return Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(format!("the answer broke off: {}", innermost(&error))),
        }
    }
}

/// Discord's words: the message, and the first field that it blames.
fn refusal(status: u16, said: &Value) -> RestError {
    let code = said["code"]
        .as_u64()
        .and_then(|code| u32::try_from(code).ok());
    let mut message = said["message"]
        .as_str()
        .unwrap_or("no reason given")
        .to_owned();
    if let Some((path, why)) = blamed(&said["errors"], String::new()) {
        message = format!("{message}; {path}: {why}");
    }
    RestError::Refused {
        status,
        code: code.unwrap_or_default(),
        message: message
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_REASON)
            .collect(),
    }
}

fn blamed(errors: &Value, path: String) -> Option<(String, &str)> {
    let errors = errors.as_object()?;
    if let Some(list) = errors.get("_errors") {
        return Some((path, list[0]["message"].as_str()?));
    }
    errors.iter().find_map(|(key, inner)| {
        let dot = if path.is_empty() { "" } else { "." };
        blamed(inner, format!("{path}{dot}{key}"))
    })
}

/// The innermost cause in words; unlike the outer ones it holds no URL.
fn innermost(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "no reason given".to_owned();
    };
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_REASON)
        .collect()
}
