//! From a rendered payload to a request, and from what came back to an outcome: what every
//! connector over HTTP shares.

use crate::act::{CheckOutcome, DeliveryOutcome};
use crate::domain::{Payload, PayloadPart};
use crate::net::{Method, Request, Response, SendError};
use jiff::Timestamp;
use std::time::Duration;

/// Stands in a payload for the delivery's idempotency key, which is derived from the payload and
/// so cannot stand in it.
pub(super) const KEY_PLACEHOLDER: &str = "{idempotency_key}";

/// A reference is an id for people; longer ones are cut.
const MAX_REFERENCE: usize = 200;

pub(super) fn part(name: impl Into<String>, value: impl Into<String>) -> PayloadPart {
    PayloadPart {
        name: name.into(),
        value: value.into(),
    }
}

pub(super) fn failed(why: impl Into<String>) -> DeliveryOutcome {
    DeliveryOutcome::Failed { why: why.into() }
}

/// A payload that sends this JSON document to a place of an endpoint.
pub(super) fn json_payload(
    summary: String,
    method: &str,
    url: String,
    document: &serde_json::Value,
) -> Result<Payload, String> {
    let body = serde_json::to_string_pretty(document).map_err(|error| error.to_string())?;
    Ok(Payload {
        summary,
        parts: vec![part("method", method), part("url", url), part("body", body)],
    })
}

/// The request that a payload describes: what is sent is what was shown, not what the action
/// would say now.
pub(super) fn request_of(payload: &Payload) -> Result<Request, String> {
    let (Some(url), Some(method)) = (payload.part("url"), payload.part("method")) else {
        return Err("the payload has no url or method; it was not made by this connector".into());
    };
    let method = match method {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return Err("the payload's method is none of POST, PUT, PATCH, DELETE".into()),
    };
    let body = payload.part("body").unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    if !body.is_empty() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    headers.extend(payload.parts.iter().filter_map(|part| {
        let name = part.name.strip_prefix("header ")?;
        Some((name.to_owned(), part.value.clone()))
    }));
    Ok(Request {
        headers,
        body,
        ..Request::to(method, url)
    })
}

/// A request that reads a JSON document.
pub(super) fn reading(url: impl Into<String>) -> Request {
    Request {
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        ..Request::to(Method::Get, url)
    }
}

/// Reads what came of a delivery. The status alone decides; a body that is too long or breaks off
/// only costs the reference, because the other side has already said what it did.
///
/// - 2xx: done.
/// - 301, 307, 308: the other side did nothing and points elsewhere; not followed, so failed.
///   Other 3xx may follow work that was done (RFC 9110 15.4.4), so unknown.
/// - 409 where it says that nothing was done and may be later (`conflict_passes`): try again.
///   Otherwise failed.
/// - 408, 425, 429, and 503 with `Retry-After`: not taken, try again.
/// - Other 4xx: refused, nothing was done.
/// - Other 5xx: it may have been done before it broke, so unknown.
pub(super) fn outcome(
    came: Result<Response, SendError>,
    conflict_passes: bool,
    now: Timestamp,
    reference: impl FnOnce(&Response) -> String,
) -> DeliveryOutcome {
    let response = match came {
        Ok(response) => response,
        Err(SendError::Refused(why)) => return failed(why),
        Err(SendError::NotSent(why)) => return DeliveryOutcome::Retry { why, after: None },
        Err(SendError::Unanswered(why)) => return DeliveryOutcome::Unknown { why },
    };
    let status = response.status;
    let after = asked_wait(&response, now);
    let why = format!("it answered {}", in_words(status));
    match status {
        200..=299 => DeliveryOutcome::Delivered {
            reference: short(&reference(&response)),
        },
        301 | 307 | 308 => failed(format!(
            "{why} and points elsewhere; redirects are not followed, set the endpoint's base_url \
             to the new place"
        )),
        409 if conflict_passes => DeliveryOutcome::Retry {
            why: format!("{why}: the same request is still under way there"),
            after,
        },
        408 | 425 | 429 => DeliveryOutcome::Retry { why, after },
        503 if after.is_some() => DeliveryOutcome::Retry { why, after },
        400..=499 => failed(why),
        _ => DeliveryOutcome::Unknown { why },
    }
}

/// The document that a reading request was answered with; an outcome of the check if there is none:
/// denied where the other side says that there is no such thing.
pub(super) fn document(
    came: Result<Response, SendError>,
) -> Result<serde_json::Value, CheckOutcome> {
    let cannot_tell = |why: String| Err(CheckOutcome::CannotTell(why));
    let response = match came {
        Ok(response) => response,
        Err(error) => return cannot_tell(format!("the check failed: {error}")),
    };
    let said = in_words(response.status);
    match response.status {
        200..=299 => {}
        404 | 410 => return Err(CheckOutcome::Denied(format!("the check answered {said}"))),
        _ => return cannot_tell(format!("the check answered {said}")),
    }
    match &response.body {
        Ok(bytes) => serde_json::from_slice(bytes).or_else(|_| {
            cannot_tell("the check's answer cannot be read: it is not JSON".to_owned())
        }),
        Err(why) => cannot_tell(format!("the check's answer cannot be read: {why}")),
    }
}

/// The document in an answer, if it came whole and is one.
pub(super) fn json(response: &Response) -> Option<serde_json::Value> {
    serde_json::from_slice(response.body.as_ref().ok()?).ok()
}

/// A reference fit to be shown: no control characters, not too long.
pub(super) fn short(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_REFERENCE)
        .collect()
}

/// How long the other side asks to wait: `Retry-After` in either of its forms (RFC 9110 10.2.3),
/// seconds or a date.
pub(super) fn asked_wait(response: &Response, now: Timestamp) -> Option<Duration> {
    let value = response.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(until(at.as_second(), now))
}

/// From `now` to a second since 1970; nothing if it has passed.
pub(super) fn until(second: i64, now: Timestamp) -> Duration {
    let seconds = second.saturating_sub(now.as_second());
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

pub(super) fn in_words(status: u16) -> String {
    let name = match status {
        400 => " (bad request)",
        401 => " (not signed in: look at the endpoint's token or signing secret)",
        403 => " (forbidden: look at the rights of its token)",
        404 => " (not found)",
        409 => " (conflict)",
        410 => " (gone)",
        413 => " (too large)",
        422 => " (not accepted)",
        429 => " (too many requests)",
        500 => " (error)",
        502..=504 => " (not available)",
        _ => "",
    };
    format!("{status}{name}")
}
