//! Rules in order: auto, ask or refuse.

mod digest;
mod still;
mod trace;

pub use trace::Traced;

use super::brakes::QuietHours;
use super::catalogue::Catalogue;
use super::condition::{self, Condition};
use super::context::PolicyContext;
use crate::domain::{ActionName, Decision, Digest};
use cel::Env;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What stands for the rule where none matched.
const DEFAULT: &str = "default";

/// `[policy]` of the config.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyOptions {
    /// What to ask about where no rule matches.
    pub default_action: ActionName,
    /// Everything is decided and rendered, nothing is ever sent.
    #[serde(default)]
    pub dry_run: bool,
    /// In these hours nothing that treats merchants happens without a person.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// The rules, in order.
    #[serde(default)]
    pub rules: Vec<RuleOptions>,
}

/// One rule of the config.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOptions {
    /// Its name, unique; stands on cards and in records.
    pub name: String,
    /// Its condition.
    pub when: String,
    /// What to do.
    pub action: ActionName,
    /// Whether Medic does it by itself, asks, or refuses to.
    pub decision: Decision,
    /// Whether later rules are looked at too.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
    /// Whether this action is planned at most once for one incident or case.
    #[serde(default)]
    pub once: bool,
}

/// What is wrong with the rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy rule {rule:?}{}: {reason}", place(.at))]
pub struct PolicyError {
    /// The rule's name.
    pub rule: String,
    /// Line and column inside its condition, from 1, where the condition is to blame.
    pub at: Option<(usize, usize)>,
    /// What is wrong and the way out.
    pub reason: String,
}

fn place(at: &Option<(usize, usize)>) -> String {
    at.map_or(String::new(), |(line, column)| {
        format!(", condition line {line}, column {column}")
    })
}

/// One action that the policy answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The rule; `default` where none matched.
    pub rule: String,
    /// The action.
    pub action: ActionName,
    /// What is to be done about it.
    pub decision: Decision,
    /// Whether the action is planned at most once for this subject: drop it with
    /// [`not_repeated`] where it has been.
    pub once: bool,
    /// Whether it is the answer of a rule whose condition is `true`, or of no rule.
    pub catch_all: bool,
    /// Why, in words.
    pub reason: String,
}

/// Rules that have been checked.
pub struct Policy {
    env: Arc<Env>,
    rules: Vec<Rule>,
    default_action: ActionName,
    digest: Digest,
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("rules", &self.rules.len())
            .field("digest", &self.digest)
            .finish()
    }
}

struct Rule {
    options: RuleOptions,
    condition: Condition,
}

/// How one pass over the rules ended.
struct Pass {
    matched: Vec<Matched>,
    /// Whether only the catch-all rule, or no rule, ended it.
    caught_all: bool,
}

impl Policy {
    /// What is asked about where no rule matches, or where a rule's action has nobody to reach.
    pub const fn default_action(&self) -> &ActionName {
        &self.default_action
    }

    /// The rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &RuleOptions> {
        self.rules.iter().map(|rule| &rule.options)
    }

    /// Checks every rule: its condition's syntax, names and types, that it can be evaluated on
    /// ordinary situations, and that its action exists. All faults are reported at once.
    pub fn compile(
        options: &PolicyOptions,
        catalogue: &Catalogue,
    ) -> Result<Self, Vec<PolicyError>> {
        let env = condition::environment();
        let mut errors = Vec::new();
        let mut rules = Vec::new();
        let mut names = BTreeSet::from([DEFAULT, crate::domain::closing::RULE]);
        for rule in &options.rules {
            let mut error = |at, reason| {
                errors.push(PolicyError {
                    rule: rule.name.clone(),
                    at,
                    reason,
                });
            };
            if !names.insert(&rule.name) {
                error(
                    None,
                    "another rule has this name (`default` is Medic's own)".to_owned(),
                );
            }
            if catalogue.get(&rule.action).is_none() {
                error(None, no_action(&rule.action, catalogue));
            }
            match Condition::compile(&rule.when, &env) {
                Ok(condition) => rules.push(Rule {
                    options: rule.clone(),
                    condition,
                }),
                Err(fault) => error(Some((fault.line, fault.column)), fault.reason),
            }
        }
        if catalogue.get(&options.default_action).is_none() {
            errors.push(PolicyError {
                rule: DEFAULT.to_owned(),
                at: None,
                reason: no_action(&options.default_action, catalogue),
            });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            env,
            rules,
            default_action: options.default_action.clone(),
            digest: digest::of(options),
        })
    }

    /// The digest that stands for these rules in plans and records: of names, conditions, actions
    /// and decisions in order, not of comments or spaces around them.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// What the rules say. The first match decides; a rule that goes on adds its action and lets
    /// the next be looked at; where no rule matches, a person is asked about the default action.
    /// Within one pass an action is planned once, by the first rule that names it. Where a
    /// condition cannot be evaluated, the pass ends there and everything in it asks.
    pub fn decide(&self, facts: &PolicyContext) -> Vec<Matched> {
        self.pass(facts).matched
    }

    fn pass(&self, facts: &PolicyContext) -> Pass {
        let mut matched: Vec<Matched> = Vec::new();
        let mut values = condition::values(facts, &self.env);
        for rule in &self.rules {
            let options = &rule.options;
            condition::of_action(&mut values, facts, &options.action);
            match rule.condition.holds(&values) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(why) => return asks_after_error(matched, rule, &why),
            }
            if !matched
                .iter()
                .any(|earlier| earlier.action == options.action)
            {
                let reason = match rule.condition.is_always() {
                    true => format!("rule {}: no rule before it decided", options.name),
                    false => format!("rule {}: {}", options.name, options.when.trim()),
                };
                matched.push(rule.matched(options.decision, reason));
            }
            if !options.goes_on {
                return Pass {
                    matched,
                    caught_all: rule.condition.is_always(),
                };
            }
        }
        if matched.is_empty() {
            matched.push(Matched {
                rule: DEFAULT.to_owned(),
                action: self.default_action.clone(),
                decision: Decision::Ask,
                once: false,
                catch_all: true,
                reason: "no rule matched, so a person decides".to_owned(),
            });
        }
        Pass {
            matched,
            caught_all: true,
        }
    }

    /// Rules that no situation can reach, because a rule before them takes everything: each with
    /// the rule that shadows it.
    pub fn unreachable(&self) -> Vec<(String, String)> {
        let Some(at) = self
            .rules
            .iter()
            .position(|rule| rule.condition.is_always() && !rule.options.goes_on)
        else {
            return Vec::new();
        };
        let shadow = &self.rules[at].options.name;
        self.rules[at + 1..]
            .iter()
            .map(|rule| (rule.options.name.clone(), shadow.clone()))
            .collect()
    }
}

fn asks_after_error(mut matched: Vec<Matched>, rule: &Rule, why: &str) -> Pass {
    let options = &rule.options;
    let reason = format!(
        "rule {} could not be evaluated ({why}), so a person decides",
        options.name
    );
    for earlier in &mut matched {
        earlier.ask(&reason);
    }
    if !matched
        .iter()
        .any(|earlier| earlier.action == options.action)
    {
        matched.push(rule.matched(Decision::Ask, reason));
    }
    Pass {
        matched,
        caught_all: false,
    }
}

/// Decides with what a model may have added held in check. `full` is the diagnosis as it stands;
/// `grounded` the same facts with the class and confidence only as code that is no model reached
/// them (`Diagnosis::grounded`).
///
/// An action is auto only if both say auto for it, and refused if either refuses it; everything
/// else asks. A catch-all rule's answer is dropped where the other side has a rule that fits. So a
/// model can turn auto into ask and add a question, and nothing else.
pub fn decide_guarded(
    policy: &Policy,
    full: &PolicyContext,
    grounded: &PolicyContext,
) -> Vec<Matched> {
    let full = policy.pass(full);
    let grounded = policy.pass(grounded);
    let mut both = Vec::new();
    for mut matched in full.matched {
        match grounded
            .matched
            .iter()
            .find(|own| own.action == matched.action)
        {
            Some(own) => matched.tighten(own),
            None if matched.yields_to(grounded.caught_all) => continue,
            None => matched.ask(
                "only a model reached this diagnosis, our own rules do not, so a person decides",
            ),
        }
        both.push(matched);
    }
    for mut own in grounded.matched {
        if both.iter().any(|seen| seen.action == own.action) || own.yields_to(full.caught_all) {
            continue;
        }
        own.ask("our own rules say so, but a model doubts it, so a person decides");
        both.push(own);
    }
    both
}

impl Matched {
    /// Turns auto into ask and says why; ask and refuse stay.
    pub fn ask(&mut self, why: &str) {
        if self.decision == Decision::Auto {
            self.decision = Decision::Ask;
            self.reason = format!("{}; {why}", self.reason);
        }
    }

    /// Takes the stricter of two answers about one action.
    fn tighten(&mut self, other: &Self) {
        if other.decision > self.decision {
            self.decision = other.decision;
            self.reason = format!("{}; without the model: {}", self.reason, other.reason);
        }
        self.once |= other.once;
    }

    /// Whether this is a catch-all's answer while the other side has a rule that fits.
    fn yields_to(&self, other_caught_all: bool) -> bool {
        self.catch_all && !other_caught_all && self.decision != Decision::Refuse
    }
}

/// Without the answers whose rule says `once` and whose action has been planned already for this
/// incident or case.
pub fn not_repeated(matched: Vec<Matched>, planned: &BTreeSet<ActionName>) -> Vec<Matched> {
    matched
        .into_iter()
        .filter(|answer| !(answer.once && planned.contains(&answer.action)))
        .collect()
}

impl Rule {
    fn matched(&self, decision: Decision, reason: String) -> Matched {
        Matched {
            rule: self.options.name.clone(),
            action: self.options.action.clone(),
            decision,
            once: self.options.once,
            catch_all: self.condition.is_always(),
            reason,
        }
    }
}

fn no_action(name: &ActionName, catalogue: &Catalogue) -> String {
    format!(
        "there is no action {name}; add a table [actions.{name}] or use one of: {}",
        catalogue.names()
    )
}
