//! Rules that somebody wants to try before they stand in the config.

use super::Config;
use crate::decide::{Policy, PolicyOptions, RuleOptions};
use serde::Deserialize;

/// What is sent: `[policy]` as in the config, or only its rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    policy: SentPolicy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentPolicy {
    default_action: Option<crate::domain::ActionName>,
    rules: Vec<RuleOptions>,
}

impl Config {
    /// The policy with these rules in the place of its own, over the actions in force.
    ///
    /// # Errors
    /// What is wrong with them, each with its place.
    pub fn try_rules(&self, text: &str) -> Result<Policy, String> {
        let sent: Sent = toml::from_str(text).map_err(|error| error.to_string())?;
        let options = PolicyOptions {
            default_action: sent
                .policy
                .default_action
                .unwrap_or_else(|| self.policy.default_action.clone()),
            rules: sent.policy.rules,
            ..self.policy.clone()
        };
        Policy::compile(&options, &self.catalogue).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })
    }
}
