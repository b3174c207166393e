//! Nobody is pinged by accident: every message that leaves carries `allowed_mentions`.

use serde_json::{Map, Value, json};

/// Has the message ping only whom it names one by one. What it says under `parse` (everyone, all
/// roles, all users that its text mentions) is dropped, for the text may be a stranger's.
pub(super) fn restrain(message: &mut Map<String, Value>) {
    let given = message.get("allowed_mentions");
    let ids = |key: &str| {
        let ids = given.and_then(|given| given.get(key));
        ids.and_then(Value::as_array)
            .filter(|ids| !ids.is_empty())
            .cloned()
    };
    let mut allowed = Map::new();
    allowed.insert("parse".into(), json!([]));
    for key in ["roles", "users"] {
        if let Some(ids) = ids(key) {
            allowed.insert(key.into(), Value::Array(ids));
        }
    }
    message.insert("allowed_mentions".into(), Value::Object(allowed));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(message: Value) -> Value {
        let Value::Object(mut message) = message else {
            panic!("an object")
        };
        restrain(&mut message);
        message["allowed_mentions"].clone()
    }

    #[test]
    fn what_is_not_named_is_not_pinged() {
        assert_eq!(
            allowed(json!({"content": "@everyone"})),
            json!({"parse": []})
        );
        let wide = json!({"allowed_mentions": {"parse": ["everyone", "roles"], "roles": ["7"], "users": []}});
        assert_eq!(allowed(wide), json!({"parse": [], "roles": ["7"]}));
    }
}
