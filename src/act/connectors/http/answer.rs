//! What an HTTP answer means for a delivery and for a check.

use super::expect::Expect;
use super::settings::Settings;
use crate::act::{CheckOutcome, DeliveryOutcome};
use crate::net::Response;
use jiff::Timestamp;
use std::time::Duration;

/// A reference is an id for people; longer ones are cut.
const MAX_REFERENCE: usize = 200;

/// Reads the answer to a delivery. The status alone decides; a body that is too long or breaks
/// off only costs the reference, because the other side has already said what it did.
///
/// - 2xx: done.
/// - 301, 307, 308: the other side did nothing and points elsewhere; not followed, so failed.
///   Other 3xx may follow work that was done (RFC 9110 15.4.4), so unknown.
/// - 409 where the key is honoured: a request under the same key is still under way there
///   (draft-ietf-httpapi-idempotency-key-header 2.7), so try again. Otherwise failed.
/// - 408, 425, 429, and 503 with `Retry-After`: not taken, try again.
/// - Other 4xx: refused, nothing was done.
/// - Other 5xx: it may have been done before it broke, so unknown.
pub(super) fn outcome(
    response: &Response,
    settings: &Settings<'_>,
    now: Timestamp,
) -> DeliveryOutcome {
    let status = response.status;
    let after = response
        .header("retry-after")
        .and_then(|value| retry_after(value, now));
    let why = format!("it answered {}", in_words(status));
    match status {
        200..=299 => DeliveryOutcome::Delivered {
            reference: reference(response, settings.reference),
        },
        301 | 307 | 308 => DeliveryOutcome::Failed {
            why: format!(
                "{why} and points elsewhere; redirects are not followed, set the endpoint's \
                 base_url to the new place"
            ),
        },
        409 if settings.idempotent => DeliveryOutcome::Retry {
            why: format!("{why}: the same request is still under way there"),
            after,
        },
        408 | 425 | 429 => DeliveryOutcome::Retry { why, after },
        503 if after.is_some() => DeliveryOutcome::Retry { why, after },
        400..=499 => DeliveryOutcome::Failed { why },
        _ => DeliveryOutcome::Unknown { why },
    }
}

/// Reads the answer to a check.
pub(super) fn checked(response: &Response, expect: &Expect) -> CheckOutcome {
    let status = response.status;
    let said = in_words(status);
    let as_wanted = expect
        .status
        .map_or((200..300).contains(&status), |wanted| wanted == status);
    if !as_wanted {
        return match status {
            200..=299 | 404 | 410 => CheckOutcome::Denied(format!("the check answered {said}")),
            _ => CheckOutcome::CannotTell(format!("the check answered {said}")),
        };
    }
    if !expect.reads_body() {
        return CheckOutcome::confirmed(format!("the check answered {said}"));
    }
    let body = match &response.body {
        Ok(bytes) => serde_json::from_slice(bytes).map_err(|_| "it is not JSON".to_owned()),
        Err(why) => Err(why.clone()),
    };
    match body {
        Ok(body) => match expect.mismatch(&body) {
            None => CheckOutcome::confirmed(format!("the check answered {said} as expected")),
            Some(why) => CheckOutcome::Denied(format!("the check answered {said}, but {why}")),
        },
        Err(why) => CheckOutcome::CannotTell(format!("the check's answer cannot be read: {why}")),
    }
}

/// The id that the answer gives: where `pointer` says, or else the place of what was made.
fn reference(response: &Response, pointer: Option<&str>) -> String {
    let in_body = |pointer: &str| {
        let bytes = response.body.as_ref().ok()?;
        let body = serde_json::from_slice::<serde_json::Value>(bytes).ok()?;
        match body.pointer(pointer)? {
            serde_json::Value::String(text) => Some(text.clone()),
            number @ serde_json::Value::Number(_) => Some(number.to_string()),
            _ => None,
        }
    };
    pointer
        .and_then(in_body)
        .or_else(|| response.header("location").map(str::to_owned))
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_REFERENCE)
        .collect()
}

/// `Retry-After` in either of its forms (RFC 9110 10.2.3): seconds, or a date.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let seconds = at.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn in_words(status: u16) -> String {
    let name = match status {
        400 => " (bad request)",
        401 => " (not signed in: look at bearer_env or signing_env)",
        403 => " (forbidden: look at the rights of its token)",
        404 => " (not found)",
        409 => " (conflict)",
        413 => " (too large)",
        422 => " (not accepted)",
        429 => " (too many requests)",
        500 => " (error)",
        502..=504 => " (not available)",
        _ => "",
    };
    format!("{status}{name}")
}
