//! How the rules came to an answer, rule by rule.

use super::Policy;
use crate::decide::PolicyContext;
use crate::decide::condition;

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// Its name.
    pub rule: String,
    /// Its condition, as written.
    pub when: String,
    /// Whether it held; an error in words where it could not be evaluated; none where an earlier
    /// rule had decided, so that it was not looked at.
    pub held: Option<Result<bool, String>>,
}

impl Policy {
    /// Every rule in order with what became of it on these facts.
    pub fn trace(&self, facts: &PolicyContext) -> Vec<Traced> {
        let mut values = condition::values(facts, &self.env);
        let mut decided = false;
        let mut traced = Vec::new();
        for rule in &self.rules {
            condition::of_action(&mut values, facts, &rule.options.action);
            let held = (!decided).then(|| rule.condition.holds(&values));
            decided |= match &held {
                Some(Ok(true)) => !rule.options.goes_on,
                Some(Err(_)) => true,
                _ => false,
            };
            traced.push(Traced {
                rule: rule.options.name.clone(),
                when: rule.options.when.trim().to_owned(),
                held,
            });
        }
        traced
    }

    /// Rules whose condition speaks of no fact, so that it is always the same, and is not the plain
    /// word `true` of a rule that takes what is left.
    pub fn constant(&self) -> Vec<String> {
        self.rules
            .iter()
            .filter(|rule| rule.condition.is_constant() && !rule.condition.is_always())
            .map(|rule| rule.options.name.clone())
            .collect()
    }
}
