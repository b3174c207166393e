//! Plans, people and facts as the tests of deciding use them.

use jiff::{SignedDuration, Timestamp};
use medic::config::{Config, EnvSource};
use medic::decide::{
    ActionNow, ApprovalRule, ApprovalRules, Ballot, Catalogue, Click, Facts, Governance, People,
    PersonOptions, Policy, PolicyOptions, RuleOptions, VoteOutcome, VoteRefusal, seal, vote,
};
use medic::domain::{
    Action, ActionName, Decision, Delivery, DeliveryState, Digest, EffectiveRisk, MerchantId,
    Payload, PayloadPart, Person, PersonId, Plan, PlanId, PlanState, Reaches, Risk, SubjectId,
    Surface, Target,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The config as it ships.
pub fn shipped() -> Config {
    Config::load(None, &EnvSource::fixed([])).unwrap()
}

/// A Monday morning.
pub fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

pub fn action(name: &str, risk: Risk, remedial: bool) -> Action {
    Action {
        name: ActionName::new(name),
        description: format!("Does {name}."),
        connector: "http".to_owned(),
        risk,
        remedial,
        reaches: Reaches::EachMerchant,
        caps: Default::default(),
        approval: None,
        probes: Vec::new(),
        steps: Vec::new(),
        with: BTreeMap::new(),
    }
}

pub fn rule(name: &str, when: &str, action: &str, decision: Decision) -> RuleOptions {
    RuleOptions {
        name: name.to_owned(),
        when: when.to_owned(),
        action: ActionName::new(action),
        decision,
        goes_on: false,
        once: false,
    }
}

pub fn catalogue() -> Catalogue {
    Catalogue::new([
        action("guide", Risk::Low, true),
        action("escalate", Risk::High, false),
        action("assign", Risk::Medium, false),
    ])
}

pub fn policy(rules: Vec<RuleOptions>) -> Policy {
    let options = PolicyOptions {
        default_action: ActionName::new("assign"),
        dry_run: false,
        quiet_hours: None,
        rules,
    };
    Policy::compile(&options, &catalogue()).unwrap()
}

fn approval_rule(roles: &[&str], quorum: u32) -> ApprovalRule {
    ApprovalRule {
        roles: roles.iter().map(ToString::to_string).collect(),
        quorum,
        expires_after: minutes(60),
        people: Vec::new(),
        remind_after: None,
        escalate_after: None,
        put_off_within: None,
        escalate_to: Vec::new(),
    }
}

pub fn person(id: &str, name: &str, roles: &[&str]) -> PersonOptions {
    PersonOptions {
        id: PersonId::new(id),
        name: name.to_owned(),
        discord_id: Some(format!("discord-{id}")),
        roles: roles.iter().map(ToString::to_string).collect(),
        workspace: None,
    }
}

/// Ana and Ben are on call, Cleo is support, Dora is on call too.
pub fn governance() -> Governance {
    Governance {
        policy: Arc::new(policy(vec![rule("guide", "true", "guide", Decision::Auto)])),
        approval: ApprovalRules {
            low: approval_rule(&["support", "on_call"], 1),
            medium: approval_rule(&["support", "on_call"], 1),
            high: approval_rule(&["on_call"], 1),
            critical: approval_rule(&["on_call"], 2),
            actions: BTreeMap::new(),
        },
        people: People::new([
            person("ana", "Ana", &["on_call"]),
            person("ben", "Ben", &["on_call"]),
            person("cleo", "Cleo", &["support"]),
            person("dora", "Dora", &["on_call"]),
        ]),
    }
}

pub fn deliveries(count: u32) -> Vec<Delivery> {
    (0..count)
        .map(|index| Delivery {
            plan: PlanId::new(17),
            index,
            step: 0,
            target: Target::Merchant(MerchantId::new(format!("m-{index}"))),
            payload: Payload {
                summary: "POST helpdesk /v1/messages".to_owned(),
                parts: vec![PayloadPart {
                    name: "body".to_owned(),
                    value: format!("{{\"to\":\"m-{index}\"}}"),
                }],
            },
            idempotency_key: format!("key-{index}"),
            attempts: 0,
            maybe_done: false,
            state: DeliveryState::Queued,
        })
        .collect()
}

/// A remedial plan that is not sealed yet.
pub fn draft(governance: &Governance, decision: Decision, risk: Risk) -> Plan {
    Plan {
        id: PlanId::new(17),
        subject: SubjectId::Incident("INC-4".parse().unwrap()),
        action: ActionName::new("guide"),
        connector: "http".to_owned(),
        connector_version: 1,
        template: Digest::of("template"),
        remedial: true,
        undo: false,
        rule: "guide".to_owned(),
        policy: governance.policy.digest(),
        decision,
        decision_reason: "rule guide".to_owned(),
        risk: EffectiveRisk {
            level: risk,
            reasons: vec!["because".to_owned()],
        },
        targets: 0,
        runbook: None,
        requester: None,
        created_at: now(),
        expires_at: None,
        asks: Vec::new(),
        ask_next: None,
        snoozed: None,
        replaces: None,
        undoes: None,
        steps: Vec::new(),
        all_or_nothing: false,
        rolls_back: None,
        opened: Vec::new(),
        rolled_back_by: None,
        unreached: Vec::new(),
        digest: Digest::ZERO,
        votes: Vec::new(),
        state: PlanState::Waiting,
        verify_at: None,
    }
}

pub fn facts() -> Facts {
    Facts {
        paused: None,
        dry_run: false,
        subject_open: true,
        reopened: false,
        least_risk: None,
        treated_since: BTreeSet::new(),
        superseded_by: None,
        rule_gone: false,
        action: Some(ActionNow {
            connector: "http".to_owned(),
            connector_version: 1,
            template: Digest::of("template"),
        }),
        steps: BTreeMap::new(),
        undone: None,
    }
}

/// One plan on its way through people's hands.
pub struct Desk {
    pub governance: Governance,
    pub plan: Plan,
    pub deliveries: Vec<Delivery>,
    pub facts: Facts,
    pub at: Timestamp,
}

impl Desk {
    /// A plan for three merchants that asks, at this risk.
    pub fn asking(risk: Risk) -> Self {
        let governance = governance();
        let deliveries = deliveries(3);
        let plan = draft(&governance, Decision::Ask, risk);
        let plan = seal(plan, &deliveries, &governance.approval, now());
        Self {
            governance,
            plan,
            deliveries,
            facts: facts(),
            at: now() + minutes(5),
        }
    }

    pub fn person(&self, id: &str) -> Person {
        self.governance
            .people
            .person(&PersonId::new(id), Surface::Console)
            .unwrap()
    }

    /// `id` clicks on the newest card; the plan changes as the engine would store it.
    pub fn click(&mut self, id: &str, ballot: Ballot) -> Result<VoteOutcome, VoteRefusal> {
        let person = self.person(id);
        let prefix = self.plan.digest.prefix();
        self.click_as(&person, ballot, &prefix)
    }

    pub fn click_as(
        &mut self,
        person: &Person,
        ballot: Ballot,
        presented: &str,
    ) -> Result<VoteOutcome, VoteRefusal> {
        let click = Click {
            person,
            ballot,
            presented,
            at: self.at,
        };
        let outcome = vote(
            &self.governance,
            &self.plan,
            &self.deliveries,
            &self.facts,
            click,
        )?;
        self.plan = match &outcome {
            VoteOutcome::Recorded { plan, .. } | VoteOutcome::Rejected { plan } => plan.clone(),
            VoteOutcome::Approved { authorised } => authorised.plan().clone(),
        };
        Ok(outcome)
    }
}
