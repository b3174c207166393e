//! From what the other side answered to what became of a delivery: the one place that says which
//! status means which. A connector adds its vendor's own manners and nothing else.

use crate::act::{CheckOutcome, DeliveryOutcome};
use crate::net::{Response, SendError};
use jiff::Timestamp;
use std::time::Duration;

/// A reference is an id for people; longer ones are cut.
const MAX_REFERENCE: usize = 200;

/// What a vendor's answers mean beyond what HTTP says (RFC 9110, RFC 6585).
#[derive(Clone, Copy)]
pub(super) struct Manners {
    /// Why a 409 did nothing and may do it later, where the vendor says so; else it is refused.
    pub(super) conflict: Option<&'static str>,
    /// How long to wait if an answer says, in the vendor's way, that a rate limit is reached.
    pub(super) at_limit: fn(&Response, Timestamp) -> Option<Duration>,
}

/// A vendor that keeps to the standard.
pub(super) const STANDARD: Manners = Manners {
    conflict: None,
    at_limit: |_, _| None,
};

/// Refused for good: nothing was done, and a repeat is of no use.
pub(super) fn failed(why: impl Into<String>) -> DeliveryOutcome {
    DeliveryOutcome::Failed { why: why.into() }
}

/// Nothing was done, and it is safe to try again, when this side thinks fit.
pub(super) fn again(why: impl Into<String>) -> DeliveryOutcome {
    DeliveryOutcome::Retry {
        why: why.into(),
        after: None,
    }
}

/// Reads what came of a delivery. The status alone decides; a body that is too long or breaks off
/// only costs the reference, because the other side has already said what it did.
///
/// - 2xx: done.
/// - 301, 307, 308: the other side did nothing and points elsewhere; not followed, so failed.
///   Other 3xx may follow work that was done (RFC 9110 15.4.4), so unknown.
/// - 409, and answers at a rate limit, as the vendor's manners say.
/// - 408, 425, 429, and 503 with `Retry-After`: not taken, try again.
/// - Other 4xx: refused, nothing was done.
/// - Other 5xx: it may have been done before it broke, so unknown.
pub(super) fn outcome(
    came: Result<Response, SendError>,
    manners: Manners,
    now: Timestamp,
    reference: impl FnOnce(&Response) -> String,
) -> DeliveryOutcome {
    let response = match came {
        Ok(response) => response,
        Err(SendError::Refused(why)) => return failed(why),
        Err(SendError::NotSent(why)) => return again(why),
        Err(SendError::Unanswered(why)) => return DeliveryOutcome::Unknown { why },
    };
    let status = response.status;
    let why = format!("it answered {}", in_words(status));
    if let Some(wait) = (manners.at_limit)(&response, now) {
        return DeliveryOutcome::Retry {
            why: format!("{why}: its rate limit is reached"),
            after: Some(wait),
        };
    }
    let after = asked_wait(&response, now);
    match (status, manners.conflict) {
        (200..=299, _) => DeliveryOutcome::Delivered {
            reference: short(&reference(&response)),
        },
        (301 | 307 | 308, _) => failed(format!(
            "{why} and points elsewhere; redirects are not followed, set the endpoint's base_url \
             to the new place"
        )),
        (409, Some(meaning)) => DeliveryOutcome::Retry {
            why: format!("{why}: {meaning}"),
            after,
        },
        (408 | 425 | 429, _) => DeliveryOutcome::Retry { why, after },
        (503, _) if after.is_some() => DeliveryOutcome::Retry { why, after },
        (400..=499, _) => failed(why),
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
