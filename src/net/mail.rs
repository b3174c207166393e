//! A mail server that may be reached: where it is, and how it is spoken to. The conversation itself
//! is the connector's.

use super::SendError;
use super::endpoint::{self, EndpointOptions};
use super::resolve::{Allowed, Lookup};
use reqwest::Url;
use secrecy::SecretString;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// An endpoint whose base URL is `smtp://HOST:PORT` or `smtps://HOST:PORT`.
pub struct MailServer {
    host: String,
    port: u16,
    tls_from_the_start: bool,
    authorities: Option<Vec<u8>>,
    login: Option<(String, SecretString)>,
    timeout: Duration,
    allowed: Allowed,
    lookup: Arc<dyn Lookup>,
}

/// Whether this base URL is that of a mail server.
pub(super) fn is_mail(base_url: &str) -> bool {
    let base_url = base_url.trim_start().to_ascii_lowercase();
    base_url.starts_with("smtp:") || base_url.starts_with("smtps:")
}

impl MailServer {
    /// Checks the options; an error is the key to blame and the reason.
    pub(super) fn new(
        options: &EndpointOptions,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        lookup: &Arc<dyn Lookup>,
    ) -> Result<Self, (&'static str, String)> {
        let text = &options.base_url;
        let wrong = |why: &str| {
            let how = "write it as smtp://host:587 (STARTTLS) or smtps://host:465";
            ("base_url", format!("{text:?}: {why}; {how}"))
        };
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            let why = "it holds a user or password; use the keys user and password_env instead";
            return Err(("base_url", why.to_owned()));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has more than host and port"));
        }
        let tls_from_the_start = url.scheme() == "smtps";
        // RFC 8314 7.3 and RFC 6409 3.1.
        let usual = if tls_from_the_start { 465 } else { 587 };
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        for (key, value) in [
            ("bearer_env", &options.bearer_env),
            ("signing_env", &options.signing_env),
            ("key_env", &options.key_env),
        ] {
            if value.is_some() {
                let why = "a mail server knows no such thing; use user and password_env";
                return Err((key, why.to_owned()));
            }
        }
        let allowed = Allowed {
            private: options.allow_private,
            only_loopback: false,
        };
        if let Ok(address) = host.parse::<IpAddr>() {
            let checked = allowed.check(&host, address);
            checked.map_err(|refused| ("base_url", refused.to_string()))?;
        }
        Ok(Self {
            port: url.port().unwrap_or(usual),
            host,
            tls_from_the_start,
            authorities: endpoint::read_authorities(options)?,
            login: endpoint::read_login(options, secret)?,
            timeout: endpoint::answer_timeout(options)?,
            allowed,
            lookup: Arc::clone(lookup),
        })
    }

    /// The addresses to connect, looked up now and each of them checked.
    pub async fn addresses(&self) -> Result<Vec<SocketAddr>, SendError> {
        let found = match self.host.parse() {
            Ok(address) => vec![address],
            Err(_) => self.lookup.lookup(&self.host).await.map_err(|error| {
                SendError::NotSent(format!("no connection: {}: {error}", self.host))
            })?,
        };
        for address in &found {
            let checked = self.allowed.check(&self.host, *address);
            checked.map_err(|refused| SendError::Refused(refused.to_string()))?;
        }
        if found.is_empty() {
            let why = format!("no connection: {} has no address", self.host);
            return Err(SendError::NotSent(why));
        }
        let with_port = |address| SocketAddr::new(address, self.port);
        Ok(found.into_iter().map(with_port).collect())
    }

    /// The name that its certificate must be for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether TLS begins with the connection; otherwise it must be begun by STARTTLS.
    pub const fn tls_from_the_start(&self) -> bool {
        self.tls_from_the_start
    }

    /// PEM of the only authorities trusted for it; without it, those of the system.
    pub fn authorities(&self) -> Option<&[u8]> {
        self.authorities.as_deref()
    }

    /// User and password, if it wants them.
    pub fn login(&self) -> Option<(&str, &SecretString)> {
        let (user, password) = self.login.as_ref()?;
        Some((user, password))
    }

    /// How long one answer may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }
}
