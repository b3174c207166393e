//! Why a line is no ticket, in words for whoever wrote the file.

use crate::domain::{Problem, Severity};
use serde_json::Value;

const TEXTS: [&str; 6] = [
    "timestamp",
    "issue",
    "merchant_message",
    "error_log",
    "category",
    "migration_stage",
];

/// What is wrong with a line that could not be read.
pub(super) fn why_not(line: &str) -> Problem {
    let object = match serde_json::from_str(line) {
        Ok(Value::Object(object)) => object,
        Ok(_) => {
            let reason = "a ticket is an object with at least `issue` or `merchant_message`";
            return Problem::whole("wrong_type", reason);
        }
        Err(error) if error.is_eof() => {
            let reason = "not JSON: it ends in the middle, is the line cut off?";
            return Problem::whole("not_json", reason);
        }
        Err(error) => {
            let reason = format!("not JSON from byte {} on", error.column());
            return Problem::whole("not_json", reason);
        }
    };
    for (field, value) in &object {
        let field = field.as_str();
        let wanted = match field {
            _ if value.is_null() => None,
            "severity" => (!is_severity(value)).then_some("low, medium, high or critical"),
            "checkout_failures" | "affected_customers" => {
                (!value.is_u64()).then_some("a whole number that is not negative")
            }
            _ if TEXTS.contains(&field) => {
                (!value.is_string()).then_some("a text in double quotes")
            }
            _ => None,
        };
        if let Some(wanted) = wanted {
            return Problem::field(field, "wrong_type", format!("write {wanted}"));
        }
    }
    // All fields are as they should be one by one, and JSON takes the last of two.
    Problem::whole("duplicate_key", "a field stands there twice; keep one")
}

fn is_severity(value: &Value) -> bool {
    use serde::Deserialize as _;
    Severity::deserialize(value).is_ok()
}
