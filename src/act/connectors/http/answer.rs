//! What an HTTP answer says beyond its status: the reference, and whether a check is satisfied.

use super::super::answers::{in_words, json};
use super::expect::Expect;
use crate::act::CheckOutcome;
use crate::net::Response;

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
pub(super) fn reference(response: &Response, pointer: Option<&str>) -> String {
    let in_body = |pointer: &str| match json(response)?.pointer(pointer)? {
        serde_json::Value::String(text) => Some(text.clone()),
        number @ serde_json::Value::Number(_) => Some(number.to_string()),
        _ => None,
    };
    pointer
        .and_then(in_body)
        .or_else(|| response.header("location").map(str::to_owned))
        .unwrap_or_default()
}
