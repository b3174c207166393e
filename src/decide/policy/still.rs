//! Whether a plan that was made under other rules stands under those of now.

use super::{DEFAULT, Policy};
use crate::domain::{ActionName, Decision, Digest};

impl Policy {
    /// Whether a plan that `rule` of the policy `digest` ran by itself would still run by itself:
    /// the policy is the same, or its rule of that name still does that action.
    pub(in crate::decide) fn still_allows(
        &self,
        digest: &Digest,
        rule: &str,
        action: &ActionName,
    ) -> bool {
        self.digest == *digest
            || self.rules.iter().any(|now| {
                now.options.name == rule
                    && now.options.action == *action
                    && now.options.decision == Decision::Auto
            })
    }

    /// Whether what `rule` of the policy `digest` led to is still to be asked about: the policy is
    /// the same, or its rule of that name still leads to that action. Where an action is not
    /// possible, each rule leads to the default one.
    pub fn still_leads_to(&self, digest: &Digest, rule: &str, action: &ActionName) -> bool {
        let default = *action == self.default_action;
        self.digest == *digest
            || (rule == DEFAULT && default)
            || self
                .rules
                .iter()
                .any(|now| now.options.name == rule && (now.options.action == *action || default))
    }
}
