//! The one way out: the HTTP client, and the mail servers that may be reached.
//!
//! What it may reach is what the operator named: a request goes to a named endpoint, and its URL
//! must lie under that endpoint's base URL, so scheme, host and port can come from nowhere else.
//! A host name is resolved once, every address it gives is checked, and those very addresses are
//! connected, so a name that answers differently the second time gains nothing. Redirects are
//! never followed, not even on the same host: a redirected POST may or may not have been carried
//! out, and the caller must see that. There is no proxy and no connection is used twice: on a kept
//! connection the other side's ordinary close looks like a reset after sending.

mod address;
mod endpoint;
mod mail;
mod resolve;
mod signing;

pub use address::{AddressClass, classify};
pub use endpoint::EndpointOptions;
pub use mail::MailServer;
pub use resolve::{Lookup, SystemLookup};
pub use signing::{NotASigningSecret, SigningKey};

use endpoint::Endpoint;
use jiff::Timestamp;
use resolve::AddressRefused;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::Arc;

/// An answer's body is read up to here, in bytes.
pub const MAX_ANSWER: usize = 1024 * 1024;

/// All endpoints that may be reached, each with its own client.
pub struct Net {
    endpoints: BTreeMap<String, Endpoint>,
    mail: BTreeMap<String, MailServer>,
}

/// The methods that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does something.
    Post,
    /// Replaces something.
    Put,
    /// Changes something.
    Patch,
    /// Takes something away.
    Delete,
}

/// How a request says who sends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// In its header, as the endpoint is configured: bearer token, or user and password.
    #[default]
    Header,
    /// In its body: the endpoint's key, as this member of the JSON object.
    Field(&'static str),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Whole URL, under the endpoint's base URL.
    pub url: String,
    /// Further headers. The endpoint's bearer token and signature are added here, not by callers.
    pub headers: Vec<(String, String)>,
    /// Body, may be empty.
    pub body: String,
    /// Where the endpoint's secret goes.
    pub auth: Auth,
    /// Message id and time of the signature; used if the endpoint has a signing secret.
    pub sign_as: Option<(String, Timestamp)>,
}

impl Request {
    /// A request without headers and body.
    pub fn to(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: String::new(),
            auth: Auth::Header,
            sign_as: None,
        }
    }
}

/// An answer whose status line has come.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Its body, or why it did not come whole. The status stands either way.
    pub body: Result<Vec<u8>, String>,
    headers: Vec<(String, String)>,
}

/// Why there is no answer. The difference between the last two decides whether a repeat is safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not sent, because it may not be; repeating it is of no use.
    #[error("{0}")]
    Refused(String),
    /// No connection came about, so nothing was sent.
    #[error("{0}")]
    NotSent(String),
    /// The request began, and no answer came: it may or may not have been carried out.
    #[error("{0}")]
    Unanswered(String),
}

/// An endpoint cannot be used as configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("endpoints.{endpoint}.{key}: {reason}")]
pub struct EndpointError {
    /// Its name.
    pub endpoint: String,
    /// The key to blame.
    pub key: &'static str,
    /// What is wrong and the way out.
    pub reason: String,
}

impl Net {
    /// Prepares every endpoint; answers with everything that is wrong, not only the first.
    /// `secret` gives the value of an environment variable, `lookup` resolves names.
    pub fn new(
        options: &BTreeMap<String, EndpointOptions>,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        lookup: &Arc<dyn Lookup>,
    ) -> Result<Self, Vec<EndpointError>> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Somebody else may install one in between; either serves.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut endpoints = BTreeMap::new();
        let mut mail = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, options) in options {
            let built = if mail::is_mail(&options.base_url) {
                MailServer::new(options, secret, lookup).map(|server| {
                    mail.insert(name.clone(), server);
                })
            } else {
                Endpoint::new(options, secret, lookup).map(|endpoint| {
                    endpoints.insert(name.clone(), endpoint);
                })
            };
            errors.extend(built.err().map(|(key, reason)| EndpointError {
                endpoint: name.clone(),
                key,
                reason,
            }));
        }
        if errors.is_empty() {
            Ok(Self { endpoints, mail })
        } else {
            Err(errors)
        }
    }

    /// The mail server of this name.
    pub fn mail_server(&self, name: &str) -> Result<&MailServer, SendError> {
        self.mail.get(name).ok_or_else(|| {
            SendError::Refused(if self.endpoints.contains_key(name) {
                format!(
                    "endpoints.{name} is no mail server; its base_url has to begin with smtp:// or \
                     smtps://"
                )
            } else {
                no_such_endpoint(name, self.mail.keys())
            })
        })
    }

    /// Whether this endpoint has a key that its connector puts into what it sends; an error, in
    /// words, if there is no such endpoint.
    pub fn has_key(&self, endpoint: &str) -> Result<bool, String> {
        let found = self.endpoint(endpoint).map_err(|error| error.to_string())?;
        Ok(found.key.is_some())
    }

    /// Whether requests to this endpoint say in their header who sends them; an error, in words, if
    /// there is no such endpoint.
    pub fn signs_in(&self, endpoint: &str) -> Result<bool, String> {
        let found = self.endpoint(endpoint).map_err(|error| error.to_string())?;
        Ok(found.bearer.is_some() || found.login.is_some())
    }

    /// The names of all HTTP endpoints, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.endpoints.keys().map(String::as_str)
    }

    /// The URL of `path` (from `/` on, with its query) under this endpoint. An error, in words,
    /// where it would mean something else once parsed: dot segments, blanks, a second host.
    pub fn url(&self, endpoint: &str, path: &str) -> Result<String, String> {
        let endpoint = self.endpoint(endpoint).map_err(|error| error.to_string())?;
        if !path.starts_with('/') {
            return Err(format!("the path {path:?} must start with /"));
        }
        let url = format!("{}{path}", endpoint.base());
        endpoint.admit(&url).map(|_| url)
    }

    /// Sends one request, once.
    pub async fn send(&self, endpoint: &str, mut request: Request) -> Result<Response, SendError> {
        let endpoint = self.endpoint(endpoint)?;
        if let Auth::Field(member) = request.auth {
            let key = endpoint.key.as_ref();
            request.body = key
                .and_then(|key| with_member(&request.body, member, key.expose_secret()))
                .ok_or_else(|| SendError::Refused("the endpoint has no key_env to send".into()))?;
        }
        let url = endpoint.admit(&request.url).map_err(SendError::Refused)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = endpoint.client.request(method, url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if request.auth == Auth::Header {
            if let Some(token) = &endpoint.bearer {
                builder = builder.bearer_auth(token.expose_secret());
            }
            if let Some((user, password)) = &endpoint.login {
                builder = builder.basic_auth(user, Some(password.expose_secret()));
            }
        }
        if let (Some(key), Some((id, at))) = (&endpoint.signing, &request.sign_as) {
            let at = at.as_second();
            let Some(signature) = key.sign(id, at, &request.body) else {
                return Err(SendError::Refused("the body cannot be signed".into()));
            };
            builder = builder
                .header("webhook-id", id)
                .header("webhook-timestamp", at)
                .header("webhook-signature", signature);
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body);
        }
        // Built apart, so that a malformed header is told from a failure to send.
        let request = builder.build().map_err(|_| {
            SendError::Refused("a header has a line break or another forbidden character".into())
        })?;
        match endpoint.client.execute(request).await {
            Ok(answer) => Ok(read(answer).await),
            Err(error) => Err(classify_error(&error)),
        }
    }

    fn endpoint(&self, name: &str) -> Result<&Endpoint, SendError> {
        let found = self.endpoints.get(name);
        found.ok_or_else(|| SendError::Refused(no_such_endpoint(name, self.endpoints.keys())))
    }
}

fn no_such_endpoint<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let known = if known.is_empty() {
        "(none is configured)".to_owned()
    } else {
        known.join(", ")
    };
    format!("there is no endpoint {name:?}; configure [endpoints.{name}] or use one of: {known}")
}

/// The JSON object with one member more; none if it is no object.
fn with_member(body: &str, member: &str, value: &str) -> Option<String> {
    let mut document: serde_json::Value = serde_json::from_str(body).ok()?;
    document
        .as_object_mut()?
        .insert(member.into(), value.into());
    Some(document.to_string())
}

impl Response {
    /// A header's first value, if it is there and readable. The name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

async fn read(mut answer: reqwest::Response) -> Response {
    let headers = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let mut bytes = Vec::new();
    let body = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_ANSWER => {
                break Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break Ok(bytes),
            Err(error) if error.is_timeout() => break Err("the answer stopped coming".to_owned()),
            Err(error) => break Err(format!("the answer broke off: {}", root_cause(&error))),
        }
    };
    Response {
        status: answer.status().as_u16(),
        body,
        headers,
    }
}

/// `is_connect` covers everything up to and including the TLS handshake: name, connection,
/// certificate. Whatever fails later may have reached the other side.
fn classify_error(error: &reqwest::Error) -> SendError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<AddressRefused>() {
            return SendError::Refused(refused.to_string());
        }
        source = cause.source();
    }
    if error.is_builder() {
        return SendError::Refused("the request is malformed".into());
    }
    if error.is_connect() {
        return SendError::NotSent(if error.is_timeout() {
            "no connection in time".into()
        } else {
            format!("no connection: {}", root_cause(error))
        });
    }
    SendError::Unanswered(if error.is_timeout() {
        "no answer in time".into()
    } else {
        format!(
            "the connection broke before an answer: {}",
            root_cause(error)
        )
    })
}

/// The innermost cause in words; unlike the outer ones it holds no URL.
fn root_cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "no reason given".to_owned();
    };
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
