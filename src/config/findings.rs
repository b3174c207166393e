//! What a sound config still lacks: for `medic doctor` and the first lines of `medic run`.

use super::Config;
use crate::decide::ApprovalRule;
use crate::domain::{ActionName, Decision, Risk};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Notice,
    /// Something will not work when it is needed.
    Problem,
}

/// Something the operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// The key it is about: `approval.critical`.
    pub key: String,
    /// What it means and what to do.
    pub text: String,
}

impl Config {
    /// Everything that can be told from the config alone, the problems first.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = [
            self.quorums(),
            self.roles(),
            self.rules(),
            self.endpoints(),
            self.reach(),
            self.discord_findings(),
        ]
        .into_iter()
        .flatten()
        .collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        findings
    }

    /// Levels of risk, and actions, that nobody, or too few, could ever approve.
    fn quorums(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for workspace in &self.workspaces {
            let governance = self.governance(workspace);
            for (key, risk, rule) in self.approval_rules() {
                let need = rule.quorum as usize;
                let have = governance.people.holders(&rule.roles, &rule.people);
                // How many hold the role in Discord, only Discord can say: the doctor asks it.
                let by_discord = self.roles_by_discord(workspace);
                let may_grow = rule.roles.iter().any(|role| by_discord.contains(role));
                if have < need && !may_grow {
                    findings.push(problem(
                        key,
                        format!(
                            "a plan of {risk} risk needs {need} of {}, and workspace {workspace} has {have}: it can never be approved; add [[people]] with one of these roles",
                            rule.roles.join(" or "),
                        ),
                    ));
                }
            }
        }
        findings
    }

    /// The rule of each level, and of each action that has its own at the least risk it can have.
    fn approval_rules(&self) -> Vec<(String, Risk, ApprovalRule)> {
        let unnamed = ActionName::new("");
        let levels = [Risk::Low, Risk::Medium, Risk::High, Risk::Critical].map(|risk| {
            (
                format!("approval.{risk}"),
                risk,
                self.approval.of(&unnamed, risk),
            )
        });
        let own = self
            .catalogue
            .iter()
            .filter(|action| action.approval.is_some())
            .map(|action| {
                let key = format!("actions.{}.approval", action.name);
                (
                    key,
                    action.risk,
                    self.approval.of(&action.name, action.risk),
                )
            });
        levels.into_iter().chain(own).collect()
    }

    /// Roles that stand on one side only.
    fn roles(&self) -> Vec<Finding> {
        let rules = self.approval_rules();
        let wanted: BTreeSet<&String> = rules
            .iter()
            .flat_map(|(_, _, rule)| rule.roles.iter().chain(&rule.escalate_to))
            .collect();
        let held: BTreeSet<&String> = self.people.iter().flat_map(|one| &one.roles).collect();
        let by_discord: BTreeSet<String> = self
            .workspaces
            .iter()
            .flat_map(|workspace| self.roles_by_discord(workspace))
            .collect();
        let nobody = wanted
            .difference(&held)
            .filter(|role| !by_discord.contains(**role));
        let nobody = nobody.map(|role| {
            notice(
                "approval",
                format!("nobody holds the role {role}; give it to somebody in [[people]], or take it out"),
            )
        });
        let useless = held.difference(&wanted).map(|role| {
            notice(
                "people",
                format!("the role {role} decides nothing; [approval] does not name it"),
            )
        });
        let late = rules.iter().filter_map(|(key, _, rule)| {
            let late = |after: Option<SignedDuration>| after.is_some_and(|d| d >= rule.expires_after);
            let what = match (late(rule.remind_after), late(rule.escalate_after)) {
                (false, false) => return None,
                (true, false) => "reminds nobody",
                (false, true) => "asks no further role",
                (true, true) => "reminds nobody and asks no further role",
            };
            Some(notice(
                key,
                format!("{key} {what}, because that would come after the question has expired; set remind_after and escalate_after below expires_after"),
            ))
        });
        nobody.chain(useless).chain(late).collect()
    }

    /// Rules that do not do what they look like.
    fn rules(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (rule, shadow) in self.rules.unreachable() {
            findings.push(problem(
                "policy.rules",
                format!("rule {rule} is never looked at, because rule {shadow} before it takes everything; move it up"),
            ));
        }
        for rule in self.rules.constant() {
            findings.push(problem(
                "policy.rules",
                format!("rule {rule} speaks of no fact, so that it always or never holds; write `true`, or a condition"),
            ));
        }
        for rule in &self.policy.rules {
            let Some(action) = self.catalogue.get(&rule.action) else {
                continue;
            };
            if rule.decision == Decision::Auto && action.risk >= Risk::High {
                findings.push(notice(
                    "policy.rules",
                    format!(
                        "rule {} says auto, but {} is of {} risk, so it always asks",
                        rule.name, action.name, action.risk
                    ),
                ));
            }
        }
        findings
    }

    /// Endpoints that actions need and nobody has set up, with the actions that wait for them.
    fn endpoints(&self) -> Vec<Finding> {
        let waiting = |endpoint: &String| {
            let actions: Vec<&str> = self
                .catalogue
                .iter()
                .filter(|action| action.with.get("endpoint") == Some(endpoint))
                .map(|action| action.name.as_str())
                .collect();
            (!actions.is_empty()).then(|| {
                notice(
                    format!("endpoints.{endpoint}"),
                    format!(
                        "{endpoint} is not set up, so these actions cannot be carried out: {}; give endpoints.{endpoint}.base_url in config.toml",
                        actions.join(", ")
                    ),
                )
            })
        };
        self.endpoints_off.iter().filter_map(waiting).collect()
    }

    /// What comes in and goes out.
    fn reach(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, variables) in &self.sources_off {
            findings.push(notice(
                format!("sources.{name}"),
                format!(
                    "webhook source {name} is off, because {} is not set; set it in the environment or in .env to take tickets at /v1/tickets",
                    variables.join(" or "),
                ),
            ));
        }
        if self.sources.is_empty() && self.sources_off.is_empty() {
            findings.push(notice(
                "sources",
                "no webhook source is active: nobody can send tickets over HTTP",
            ));
        }
        if self.policy.dry_run {
            findings.push(notice("policy.dry_run", "dry run: nothing is ever sent"));
        }
        if !self.web.listen.ip().is_loopback() && self.web.public_url.is_none() {
            findings.push(notice(
                "web.public_url",
                format!("the console listens on {} for other machines, but its own address is not known; set public_url to what browsers type", self.web.listen),
            ));
        }
        findings
    }
}

pub(super) fn problem(key: impl Into<String>, text: impl Into<String>) -> Finding {
    Finding {
        level: Level::Problem,
        key: key.into(),
        text: text.into(),
    }
}

pub(super) fn notice(key: impl Into<String>, text: impl Into<String>) -> Finding {
    Finding {
        level: Level::Notice,
        key: key.into(),
        text: text.into(),
    }
}
