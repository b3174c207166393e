//! Where the console may be reached: Host and Origin are checked against this, so that a foreign
//! page cannot act through a signed-in browser and a rebound name cannot read the console.

use super::{Shared, console};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::fmt;
use std::str::FromStr;

/// Scheme, host and port under which browsers reach the console: `https://medic.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    authority: String,
}

impl Origin {
    /// Whether cookies may be limited to encrypted connections.
    pub(super) const fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let error = || OriginError(text.to_owned());
        let (https, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err(error()),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
        if authority.is_empty() || !authority.bytes().all(allowed) {
            return Err(error());
        }
        let default_port = if https { ":443" } else { ":80" };
        let authority = match authority.strip_suffix(default_port) {
            Some(host) => host.to_owned(),
            None => authority,
        };
        Ok(Self { https, authority })
    }
}

/// A text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an origin; write scheme, host and port only, like https://medic.example or http://127.0.0.1:8484"
)]
pub struct OriginError(String);

/// The configured origin that this request's Host names, if one does.
pub(super) fn of_request<'a>(origins: &'a [Origin], headers: &HeaderMap) -> Option<&'a Origin> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    origins.iter().find(|origin| {
        let scheme = if origin.https { "https" } else { "http" };
        format!("{scheme}://{host}").parse().as_ref() == Ok(*origin)
    })
}

/// Lets a request to the console through only if it names a configured host and, where it
/// changes something, comes from a page of that very origin.
pub(super) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let origins = &app.options.origins;
    let Some(own) = of_request(origins, request.headers()) else {
        let configured: Vec<String> = origins.iter().map(Origin::to_string).collect();
        return console::PageError::Misdirected(configured.join(" or ")).into_response();
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let from_own_page = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<Origin>().ok())
        .is_some_and(|origin| origin == *own);
    if !reads && !from_own_page {
        return console::PageError::Forbidden(
            "This request does not come from a page of this console. Nothing was changed. Open \
             the console itself and try there."
                .to_owned(),
        )
        .into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_ports_and_case_do_not_matter_anything_else_does() {
        let parse = |text: &str| text.parse::<Origin>();
        assert_eq!(
            parse("https://Medic.Example:443/"),
            parse("https://medic.example")
        );
        assert_ne!(
            parse("http://medic.example"),
            parse("https://medic.example")
        );
        assert_ne!(parse("http://127.0.0.1:1"), parse("http://127.0.0.1:2"));
        for bad in [
            "",
            "medic.example",
            "ftp://x",
            "http://",
            "http://a/b",
            "http://a@b",
            "null",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
