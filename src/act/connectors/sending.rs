//! From an action's settings to a payload, and from a payload to a request: what every connector
//! over HTTP shares. What comes back is read in `answers`.

use super::answers::failed;
use crate::act::DeliveryOutcome;
use crate::domain::{Payload, PayloadPart};
use crate::net::{Method, Request};

/// Stands in a payload for the delivery's idempotency key, which is derived from the payload and
/// so cannot stand in it.
pub(super) const KEY_PLACEHOLDER: &str = "{idempotency_key}";

pub(super) fn part(name: impl Into<String>, value: impl Into<String>) -> PayloadPart {
    PayloadPart {
        name: name.into(),
        value: value.into(),
    }
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
fn request_of(payload: &Payload) -> Result<Request, String> {
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

/// What a delivery needs, the settings and the request, or why nothing can be sent.
pub(super) fn prepared<S>(
    settings: Result<S, Vec<String>>,
    payload: &Payload,
) -> Result<(S, Request), DeliveryOutcome> {
    let settings = settings.map_err(|problems| failed(problems.join("; ")))?;
    let request = request_of(payload).map_err(failed)?;
    Ok((settings, request))
}

/// The same with the delivery's key where the body has a place for it.
pub(super) fn keyed<S>(
    settings: Result<S, Vec<String>>,
    payload: &Payload,
    key: &str,
) -> Result<(S, Request), DeliveryOutcome> {
    let (settings, mut request) = prepared(settings, payload)?;
    request.body = request.body.replace(KEY_PLACEHOLDER, key);
    Ok((settings, request))
}
