//! The digest that stands for a set of rules.

use super::PolicyOptions;
use crate::domain::Digest;
use serde_json::json;

/// Of names, conditions, actions and decisions in order.
pub(super) fn of(options: &PolicyOptions) -> Digest {
    let rules: Vec<_> = options
        .rules
        .iter()
        .map(|rule| {
            json!({
                "name": rule.name,
                "when": rule.when.trim(),
                "action": rule.action,
                "decision": rule.decision,
                "continue": rule.goes_on,
                "once": rule.once,
            })
        })
        .collect();
    Digest::of_json(&json!({
        "version": 1,
        "default_action": options.default_action,
        "rules": rules,
    }))
}
