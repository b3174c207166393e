//! One place that may be reached, as the operator configured it.

use super::resolve::{Allowed, CheckedLookup, Lookup};
use super::signing::SigningKey;
use reqwest::{Certificate, Client, Url, redirect, retry};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Name, connection and TLS handshake together may take at most this long, and never longer than
/// the answer may. It comes on top of the time for the answer, so that the total never runs out
/// before a connection stands: that would look as if something might have been sent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// `[endpoints.NAME]`: the allow-list entry for one host and port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointOptions {
    /// Scheme, host, port and an optional path that every request lies under.
    pub base_url: String,
    /// Whether it may lie in a private network or on this machine.
    #[serde(default)]
    pub allow_private: bool,
    /// Whether plain http may leave this machine. To this machine it always may.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// How long an answer may take once the connection stands, in milliseconds.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// PEM file of the only authorities trusted for it; without it, those of the system.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Environment variable that holds its bearer token.
    #[serde(default)]
    pub bearer_env: Option<String>,
    /// Environment variable that holds the secret (`whsec_…`) that signs what is sent to it.
    #[serde(default)]
    pub signing_env: Option<String>,
    /// Who signs in: by Basic authentication, or at a mail server.
    #[serde(default)]
    pub user: Option<String>,
    /// Environment variable that holds the password of `user`.
    #[serde(default)]
    pub password_env: Option<String>,
    /// Environment variable that holds a key which its connector puts into what it sends.
    #[serde(default)]
    pub key_env: Option<String>,
}

/// Support and paging systems answer in well under a second; ten covers a slow night.
fn default_timeout_ms() -> u64 {
    10_000
}

/// A prepared endpoint.
pub(super) struct Endpoint {
    base: String,
    pub client: Client,
    pub bearer: Option<SecretString>,
    pub signing: Option<SigningKey>,
    pub login: Option<(String, SecretString)>,
    pub key: Option<SecretString>,
}

impl EndpointOptions {
    /// An endpoint with this base URL and the defaults for the rest.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            allow_private: false,
            allow_plain_http: false,
            timeout_ms: default_timeout_ms(),
            ca_file: None,
            bearer_env: None,
            signing_env: None,
            user: None,
            password_env: None,
            key_env: None,
        }
    }

    /// The environment variables it needs, each with the key that names it.
    pub fn secret_names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("bearer_env", &self.bearer_env),
            ("signing_env", &self.signing_env),
            ("password_env", &self.password_env),
            ("key_env", &self.key_env),
        ]
        .into_iter()
        .filter_map(|(key, name)| Some((key, name.as_deref()?)))
    }
}

impl Endpoint {
    /// Checks the options and builds the client; an error is the key to blame and the reason.
    pub fn new(
        options: &EndpointOptions,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        lookup: &Arc<dyn Lookup>,
    ) -> Result<Self, (&'static str, String)> {
        let url = parse_base(&options.base_url).map_err(|reason| ("base_url", reason))?;
        let allowed = allowed(&url, options)?;
        let answer_timeout = answer_timeout(options)?;
        let connect_timeout = CONNECT_TIMEOUT.min(answer_timeout);
        let mut builder = Client::builder()
            .connect_timeout(connect_timeout)
            .timeout(connect_timeout + answer_timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .referer(false)
            .user_agent(concat!("medic/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(CheckedLookup {
                lookup: Arc::clone(lookup),
                allowed,
            });
        if let Some(pem) = read_authorities(options)? {
            builder = builder.tls_certs_only(certificates(&pem).unwrap_or_default());
        } else if url.scheme() == "http" {
            // No TLS will happen, so a machine without any trusted authorities must still do.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| {
            let why = super::root_cause(&error);
            let way_out = "install the ca-certificates package, or set ca_file";
            ("base_url", format!("cannot prepare TLS: {why}; {way_out}"))
        })?;
        let bearer = read_secret("bearer_env", options.bearer_env.as_deref(), secret)?;
        let signing = read_secret("signing_env", options.signing_env.as_deref(), secret)?
            .map(|value| SigningKey::parse(&value))
            .transpose()
            .map_err(|error| ("signing_env", error.to_string()))?;
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            client,
            bearer,
            signing,
            login: read_login(options, secret)?,
            key: read_secret("key_env", options.key_env.as_deref(), secret)?,
        })
    }

    /// Scheme, host, port and path, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The URL, parsed, if it lies under the base and parsing changes nothing in it: what was
    /// shown to an approver is, letter by letter, what is sent.
    pub fn admit(&self, url: &str) -> Result<Url, String> {
        let rest = url
            .strip_prefix(&self.base)
            .filter(|rest| rest.starts_with('/'))
            .ok_or_else(|| format!("{url:?} does not lie under {}", self.base))?;
        let parsed = Url::parse(url).map_err(|error| format!("{url:?}: {error}"))?;
        if parsed.as_str() != url || rest.contains('#') {
            return Err(format!(
                "{rest:?} has dot segments, blanks or other characters that must be \
                 percent-encoded"
            ));
        }
        Ok(parsed)
    }
}

/// How long one answer may take.
pub(super) fn answer_timeout(
    options: &EndpointOptions,
) -> Result<Duration, (&'static str, String)> {
    if options.timeout_ms == 0 {
        let why = "it is 0; give at least 1, 10000 by default";
        return Err(("timeout_ms", why.into()));
    }
    Ok(Duration::from_millis(options.timeout_ms))
}

/// The PEM of the only authorities that are trusted, if there is such a file; it holds at least one.
pub(super) fn read_authorities(
    options: &EndpointOptions,
) -> Result<Option<Vec<u8>>, (&'static str, String)> {
    let Some(path) = &options.ca_file else {
        return Ok(None);
    };
    std::fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|pem| certificates(&pem).map(|_| Some(pem)))
        .map_err(|why| ("ca_file", format!("cannot read {}: {why}", path.display())))
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    match Certificate::from_pem_bundle(pem) {
        Ok(found) if found.is_empty() => Err("no certificate in it".to_owned()),
        Ok(found) => Ok(found),
        Err(_) => Err("not a PEM file".to_owned()),
    }
}

/// User and password; one of them without the other is a mistake.
pub(super) fn read_login(
    options: &EndpointOptions,
    secret: &dyn Fn(&str) -> Option<SecretString>,
) -> Result<Option<(String, SecretString)>, (&'static str, String)> {
    let password = read_secret("password_env", options.password_env.as_deref(), secret)?;
    match (&options.user, password) {
        (Some(_), _) if options.bearer_env.is_some() => {
            let why = "there is a bearer_env too; an endpoint signs in in one way";
            Err(("user", why.into()))
        }
        (Some(user), Some(password)) => Ok(Some((user.clone(), password))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(("user", "it needs password_env, which is not set".into())),
        (None, Some(_)) => Err(("password_env", "it needs user, which is not set".into())),
    }
}

fn parse_base(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        format!("{text:?} is not a URL ({error}); write it as https://host[:port][/path]")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{} is not supported; use https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user or password; use bearer_env instead".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it has a query or fragment; give those with the action".into());
    }
    Ok(url)
}

fn allowed(url: &Url, options: &EndpointOptions) -> Result<Allowed, (&'static str, String)> {
    let host = url.host_str().unwrap_or_default();
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let allowed = Allowed {
        private: options.allow_private,
        only_loopback: url.scheme() == "http" && !options.allow_plain_http,
    };
    if let Some(address) = literal {
        // An address in the URL never passes the resolver.
        allowed
            .check(host, address)
            .map_err(|refused| ("base_url", refused.to_string()))?;
    }
    if allowed.only_loopback && literal.is_none() && host != "localhost" {
        return Err((
            "base_url",
            format!("plain http to {host}; use https, or set allow_plain_http = true"),
        ));
    }
    if allowed.only_loopback && !allowed.private {
        return Err((
            "allow_private",
            format!("{host} is this machine; set allow_private = true if that is meant"),
        ));
    }
    Ok(allowed)
}

fn read_secret(
    key: &'static str,
    name: Option<&str>,
    secret: &dyn Fn(&str) -> Option<SecretString>,
) -> Result<Option<SecretString>, (&'static str, String)> {
    use secrecy::ExposeSecret;
    let Some(name) = name else {
        return Ok(None);
    };
    match secret(name).filter(|value| !value.expose_secret().trim().is_empty()) {
        Some(value) => Ok(Some(value)),
        None => Err((
            key,
            format!("{name} is not set or empty; set it in the environment or in .env"),
        )),
    }
}
