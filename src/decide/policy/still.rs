//! Whether a plan that was made under other rules stands under those of now.

use super::{DEFAULT, Policy, Rule};
use crate::decide::RuleNow;
use crate::domain::{Decision, Plan};

impl Policy {
    /// Whether a plan that a rule ran by itself would still run by itself: the policy is the same,
    /// or its rule of that name still does that action.
    pub(in crate::decide) fn still_allows(&self, plan: &Plan) -> bool {
        self.digest == plan.policy
            || self.rules.iter().any(|now| {
                now.options.name == plan.rule
                    && now.options.action == plan.action
                    && now.options.decision == Decision::Auto
            })
    }

    /// What has become of the rule that led to a plan. Where an action is not possible, each rule
    /// leads to the default one.
    pub fn rule_now(&self, plan: &Plan) -> RuleNow {
        let default = plan.action == self.default_action;
        if self.digest == plan.policy || (plan.rule == DEFAULT && default) {
            return RuleNow::Stands;
        }
        let found = self.rules.iter().find(|now| {
            now.options.name == plan.rule && (now.options.action == plan.action || default)
        });
        match found {
            None => RuleNow::Gone,
            Some(now) if now.has_other_condition(plan) => RuleNow::Changed {
                before: plan.condition.clone(),
                now: now.options.when.trim().to_owned(),
            },
            Some(_) => RuleNow::Stands,
        }
    }

    /// The condition of the rule of this name; empty where there is none.
    pub fn condition_of(&self, rule: &str) -> String {
        let found = self.rules.iter().find(|one| one.options.name == rule);
        found.map_or(String::new(), |one| one.options.when.trim().to_owned())
    }
}

impl Rule {
    fn has_other_condition(&self, plan: &Plan) -> bool {
        !plan.condition.is_empty() && self.options.when.trim() != plan.condition
    }
}
