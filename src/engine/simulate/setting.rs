//! Under which rules a simulated Medic runs: three configs, between which it is switched.

use super::outside::{Ledger, System};
use crate::act::registry::Registry;
use crate::act::{Connector, deliver::RetryOptions};
use crate::decide::{
    ApprovalRule, ApprovalRules, Catalogue, Governance, People, PersonOptions, Policy, PolicyError,
    PolicyOptions, RiskOptions, RuleOptions,
};
use crate::domain::{
    Action, ActionName, ActionStep, Caps, Decision, Gate, MerchantDirectory, PersonId, Reaches,
    Risk,
};
use crate::engine::rules::Rules;
use crate::engine::stages::Stages;
use crate::verify::VerifyOptions;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who decides: three on call, one lead, one in support.
pub(super) const PEOPLE: [(&str, &str); 5] = [
    ("first", "on_call"),
    ("second", "on_call"),
    ("third", "on_call"),
    ("fourth", "lead"),
    ("fifth", "support"),
];

/// How many people must approve at this risk, in every setting.
pub(super) const fn quorum(risk: Risk) -> u32 {
    match risk {
        Risk::Low | Risk::Medium => 1,
        Risk::High | Risk::Critical => 2,
    }
}

/// The three settings: as shipped in spirit; asking about everything; with another text.
pub(super) fn settings(
    ledger: &Arc<Ledger>,
    stages: &Arc<dyn Stages>,
) -> Result<Vec<Arc<Rules>>, Vec<PolicyError>> {
    [
        (Decision::Auto, "read this"),
        (Decision::Ask, "read this"),
        (Decision::Auto, "read that"),
    ]
    .into_iter()
    .map(|(treat, text)| rules(treat, text, ledger, stages).map(Arc::new))
    .collect()
}

fn rules(
    treat: Decision,
    text: &str,
    ledger: &Arc<Ledger>,
    stages: &Arc<dyn Stages>,
) -> Result<Rules, Vec<PolicyError>> {
    let catalogue = Catalogue::new([
        action("treat", "keyed", Risk::Low, true, text),
        action("mend", "plain", Risk::Medium, true, text),
        action("tell", "plain", Risk::High, false, text),
        action("queue", "plain", Risk::Medium, false, text),
        action("lock", "keyed", Risk::Low, false, text),
        Action {
            steps: vec![
                step("lock", Gate::Delivered),
                step("mend", Gate::Delivered),
                step("announce", Gate::Healed),
            ],
            ..action("repair", "", Risk::Medium, false, text)
        },
        action("announce", "plain", Risk::Low, false, text),
        Action {
            reaches: Reaches::EachMerchant,
            ..action("say_healed", "keyed", Risk::Low, false, text)
        },
    ]);
    let policy = PolicyOptions {
        default_action: ActionName::new("queue"),
        dry_run: false,
        quiet_hours: None,
        rules: vec![
            rule("many", "merchants >= 3", "tell", Decision::Ask, true),
            rule(
                "guide",
                "root_cause == \"webhook_configuration\" && confidence > 70",
                "treat",
                treat,
                false,
            ),
            rule(
                "defect",
                "root_cause == \"platform_bug\"",
                "repair",
                treat,
                false,
            ),
            rule("rest", "true", "queue", Decision::Auto, false),
        ],
    };
    let connector = |name, keyed| {
        Arc::new(System {
            name,
            keyed,
            ledger: Arc::clone(ledger),
        }) as Arc<dyn Connector>
    };
    Ok(Rules {
        governance: Governance {
            policy: Arc::new(Policy::compile(&policy, &catalogue)?),
            approval: ApprovalRules {
                low: approval(Risk::Low),
                medium: approval(Risk::Medium),
                high: approval(Risk::High),
                critical: approval(Risk::Critical),
                actions: BTreeMap::new(),
            },
            people: People::new(PEOPLE.map(|(id, role)| PersonOptions {
                id: PersonId::new(id),
                name: id.to_owned(),
                discord_id: None,
                roles: vec![role.to_owned()],
                workspace: None,
            })),
        },
        catalogue,
        risk: RiskOptions {
            high_from_merchants: 3,
            critical_from_merchants: 6,
            canary_from_merchants: 4,
        },
        dry_run: false,
        quiet_hours: None,
        retry: RetryOptions::default(),
        connectors: Registry::of([connector("keyed", true), connector("plain", false)]),
        runbooks: BTreeMap::new(),
        directory: MerchantDirectory::default(),
        closing: Default::default(),
        verify: VerifyOptions {
            closing_action: Some(ActionName::new("say_healed")),
            ..VerifyOptions::default()
        },
        stages: Arc::clone(stages),
    })
}

fn action(name: &str, connector: &str, risk: Risk, remedial: bool, text: &str) -> Action {
    Action {
        name: ActionName::new(name),
        description: format!("Does {name}."),
        connector: connector.to_owned(),
        risk,
        remedial,
        reaches: if remedial {
            Reaches::EachMerchant
        } else {
            Reaches::Team("team".to_owned())
        },
        caps: Caps::default(),
        approval: None,
        probes: Vec::new(),
        steps: Vec::new(),
        with: BTreeMap::from([("text".to_owned(), text.to_owned())]),
    }
}

fn step(action: &str, gate: Gate) -> ActionStep {
    ActionStep {
        action: ActionName::new(action),
        after: None,
        gate,
    }
}

fn rule(name: &str, when: &str, action: &str, decision: Decision, goes_on: bool) -> RuleOptions {
    RuleOptions {
        name: name.to_owned(),
        when: when.to_owned(),
        action: ActionName::new(action),
        decision,
        goes_on,
        once: false,
    }
}

fn approval(risk: Risk) -> ApprovalRule {
    ApprovalRule {
        roles: match risk {
            Risk::Low | Risk::Medium => vec!["support".to_owned(), "on_call".to_owned()],
            Risk::High | Risk::Critical => vec!["on_call".to_owned()],
        },
        people: Vec::new(),
        quorum: quorum(risk),
        expires_after: SignedDuration::from_mins(60),
        remind_after: Some(SignedDuration::from_mins(15)),
        escalate_after: Some(SignedDuration::from_mins(30)),
        put_off_within: Some(SignedDuration::from_hours(24)),
        escalate_to: vec!["lead".to_owned()],
    }
}
