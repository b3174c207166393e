//! The shipped rules, line by line, and what a rule may and may not say.

use crate::decide_support::{self, action, catalogue, policy, rule};
use medic::decide::{
    Catalogue, Matched, Policy, PolicyContext, PolicyOptions, RuleOptions, decide_guarded,
    not_repeated,
};
use medic::domain::{ActionName, Decision, Risk, RootCause, Severity, Verdict};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

fn shipped() -> Arc<Policy> {
    let config = decide_support::shipped();
    config.governance(&config.workspace).policy
}

fn one_ticket() -> PolicyContext {
    PolicyContext {
        is_incident: false,
        merchants: 1,
        tickets: 1,
        root_cause: RootCause::Unknown,
        confidence: 0,
        verdict: Verdict::Inconclusive,
        severity: Severity::Medium,
        migration_stage: "post_migration".to_owned(),
        checkout_failures: 0,
        affected_customers: 0,
        has_runbook: true,
        ineffective_fixes: 0,
        hour: 9,
        failures_per_hour: 0,
        cohort: String::new(),
        cohort_lift_percent: 0,
        cohort_lift_low_percent: 0,
        cohort_explained_by_mix: false,
        history: std::collections::BTreeMap::new(),
    }
}

/// `rule: action decision`, one a line.
fn said(answers: &[Matched]) -> String {
    let lines: Vec<String> = answers
        .iter()
        .map(|answer| format!("{}: {} {}", answer.rule, answer.action, answer.decision))
        .collect();
    lines.join(", ")
}

#[test]
fn the_six_shipped_rules_decide_as_their_table_says() {
    use RootCause::{
        DocumentationGap as Docs, PlatformBug as Bug, Unknown, WebhookConfiguration as Webhook,
    };
    use Severity::{Critical, High, Medium};
    let table = [
        // merchants, class, confidence, severity, what is decided
        (
            1,
            Webhook,
            71,
            Medium,
            "webhook_guide: send_configuration_guide auto",
        ),
        (
            1,
            Webhook,
            70,
            Medium,
            "otherwise: assign_to_support_team auto",
        ),
        (
            2,
            Webhook,
            90,
            Critical,
            "webhook_guide: send_configuration_guide auto",
        ),
        (
            3,
            Webhook,
            90,
            Medium,
            "many_merchants: escalate_to_engineering ask, webhook_guide: send_configuration_guide auto",
        ),
        (
            1,
            Docs,
            1,
            Medium,
            "documentation: update_documentation auto",
        ),
        (
            3,
            Docs,
            80,
            Critical,
            "many_merchants: escalate_to_engineering ask, documentation: update_documentation auto",
        ),
        (
            1,
            Bug,
            1,
            Medium,
            "defect_or_critical: escalate_to_engineering ask",
        ),
        (
            3,
            Bug,
            90,
            Critical,
            "many_merchants: escalate_to_engineering ask",
        ),
        (
            1,
            Unknown,
            61,
            Critical,
            "defect_or_critical: escalate_to_engineering ask",
        ),
        (
            1,
            Unknown,
            60,
            Critical,
            "critical: immediate_support_escalation ask",
        ),
        (
            1,
            Webhook,
            60,
            Critical,
            "critical: immediate_support_escalation ask",
        ),
        (
            3,
            Unknown,
            10,
            Critical,
            "many_merchants: escalate_to_engineering ask, critical: immediate_support_escalation ask",
        ),
        (
            2,
            Unknown,
            10,
            High,
            "otherwise: assign_to_support_team auto",
        ),
        (
            3,
            Unknown,
            10,
            Medium,
            "many_merchants: escalate_to_engineering ask, otherwise: assign_to_support_team auto",
        ),
    ];
    let policy = shipped();
    for (merchants, root_cause, confidence, severity, wanted) in table {
        let facts = PolicyContext {
            merchants,
            root_cause,
            confidence,
            severity,
            ..one_ticket()
        };
        assert_eq!(
            said(&policy.decide(&facts)),
            wanted,
            "{merchants} merchants, {root_cause} {confidence}, {severity}"
        );
    }
}

#[test]
fn once_means_once_for_an_incident() {
    let policy = shipped();
    let defect = PolicyContext {
        root_cause: RootCause::PlatformBug,
        ..one_ticket()
    };
    let planned = BTreeSet::from([ActionName::new("escalate_to_engineering")]);
    assert!(not_repeated(policy.decide(&defect), &planned).is_empty());
    assert_eq!(
        not_repeated(policy.decide(&defect), &BTreeSet::new()).len(),
        1
    );
}

#[test]
fn a_class_that_only_a_model_reached_never_gives_an_auto() {
    let policy = shipped();
    let grounded = one_ticket();
    for (root_cause, asks) in [
        (
            RootCause::WebhookConfiguration,
            "webhook_guide: send_configuration_guide ask",
        ),
        (
            RootCause::DocumentationGap,
            "documentation: update_documentation ask",
        ),
        (
            RootCause::PlatformBug,
            "defect_or_critical: escalate_to_engineering ask",
        ),
        // Nothing was added, so the queue gets it as it would have without a model.
        (
            RootCause::MigrationIssue,
            "otherwise: assign_to_support_team auto",
        ),
    ] {
        let full = PolicyContext {
            root_cause,
            confidence: 99,
            verdict: Verdict::Likely,
            ..grounded.clone()
        };
        assert_eq!(said(&decide_guarded(&policy, &full, &grounded)), asks);
    }
    let full = PolicyContext {
        root_cause: RootCause::DocumentationGap,
        confidence: 99,
        ..grounded.clone()
    };
    insta::assert_snapshot!(
        decide_guarded(&policy, &full, &grounded)[0].reason,
        @r#"rule documentation: root_cause == "documentation_gap"; only a model reached this diagnosis, our own rules do not, so a person decides"#
    );
}

#[test]
fn a_models_doubt_turns_an_auto_of_ours_into_a_question() {
    let policy = shipped();
    let grounded = PolicyContext {
        root_cause: RootCause::WebhookConfiguration,
        confidence: 90,
        ..one_ticket()
    };
    assert_eq!(
        said(&decide_guarded(&policy, &grounded, &grounded)),
        "webhook_guide: send_configuration_guide auto"
    );
    let unsure = PolicyContext {
        confidence: 40,
        ..grounded.clone()
    };
    let another = PolicyContext {
        root_cause: RootCause::DocumentationGap,
        ..grounded.clone()
    };
    let asked = decide_guarded(&policy, &unsure, &grounded);
    assert_eq!(said(&asked), "webhook_guide: send_configuration_guide ask");
    insta::assert_snapshot!(asked[0].reason, @r#"rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; our own rules say so, but a model doubts it, so a person decides"#);
    assert_eq!(
        said(&decide_guarded(&policy, &another, &grounded)),
        "documentation: update_documentation ask, webhook_guide: send_configuration_guide ask"
    );
}

#[test]
fn a_model_cannot_talk_its_way_round_a_refusal() {
    let policy = policy(vec![
        rule(
            "outage",
            "root_cause == 'third_party_outage'",
            "guide",
            Decision::Refuse,
        ),
        rule("guide", "true", "guide", Decision::Auto),
    ]);
    let grounded = PolicyContext {
        root_cause: RootCause::ThirdPartyOutage,
        ..one_ticket()
    };
    let full = PolicyContext {
        root_cause: RootCause::WebhookConfiguration,
        ..one_ticket()
    };
    assert_eq!(
        said(&decide_guarded(&policy, &full, &grounded)),
        "guide: guide refuse"
    );
}

#[test]
fn no_match_asks_about_the_default_action() {
    let policy = policy(vec![rule(
        "never",
        "merchants > 1000",
        "guide",
        Decision::Auto,
    )]);
    let answers = policy.decide(&one_ticket());
    assert_eq!(said(&answers), "default: assign ask");
    assert_eq!(answers[0].reason, "no rule matched, so a person decides");
}

#[test]
fn what_cannot_be_evaluated_asks_and_so_does_everything_before_it() {
    let mut goes_on = rule("first", "true", "guide", Decision::Auto);
    goes_on.goes_on = true;
    // Passes on ordinary situations, fails on one merchant out of 7.
    let policy = policy(vec![
        goes_on,
        rule(
            "breaks",
            "100 / (merchants - 7) > 0",
            "assign",
            Decision::Auto,
        ),
        rule("last", "true", "escalate", Decision::Auto),
    ]);
    let facts = PolicyContext {
        merchants: 7,
        ..one_ticket()
    };
    let answers = policy.decide(&facts);
    assert_eq!(said(&answers), "first: guide ask, breaks: assign ask");
    insta::assert_snapshot!(answers[1].reason, @"rule breaks could not be evaluated (it divides by zero), so a person decides");
    let facts = PolicyContext {
        merchants: 8,
        ..facts
    };
    assert_eq!(
        said(&policy.decide(&facts)),
        "first: guide auto, breaks: assign auto"
    );
}

#[test]
fn rules_that_name_what_is_not_there_are_told_together() {
    let mut options = PolicyOptions {
        default_action: ActionName::new("nobody"),
        dry_run: false,
        quiet_hours: None,
        rules: vec![
            rule("a", "true", "guide", Decision::Auto),
            rule("a", "true", "giude", Decision::Auto),
            rule("default", "nope", "guide", Decision::Auto),
        ],
    };
    let told: Vec<String> = Policy::compile(&options, &catalogue())
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    policy rule "a": another rule has this name (`default` is Medic's own)
    policy rule "a": there is no action giude; add a table [actions.giude] or use one of: assign, escalate, guide
    policy rule "default": another rule has this name (`default` is Medic's own)
    policy rule "default", condition line 1, column 1: no fact is called `nope`; there are is_incident, merchants, tickets, root_cause, confidence, verdict, severity, migration_stage, checkout_failures, affected_customers, has_runbook, ineffective_fixes, hour, failures_per_hour, cohort, cohort_lift_percent, cohort_lift_low_percent, cohort_explained_by_mix, action_runs, action_healed_percent
    policy rule "default": there is no action nobody; add a table [actions.nobody] or use one of: assign, escalate, guide
    "#);
    options.rules.clear();
    assert!(
        Policy::compile(
            &options,
            &Catalogue::new([action("nobody", Risk::Low, false)])
        )
        .is_ok()
    );
}

#[test]
fn the_digest_follows_what_the_rules_say_and_not_how_they_are_laid_out() {
    let digest = |rules: Vec<RuleOptions>| policy(rules).digest();
    let base = rule("a", "merchants > 3", "guide", Decision::Auto);
    let mut spaced = base.clone();
    spaced.when = "  merchants > 3\n".to_owned();
    assert_eq!(digest(vec![base.clone()]), digest(vec![spaced]));
    let changes: [fn(&mut RuleOptions); 5] = [
        |rule| rule.name = "b".to_owned(),
        |rule| rule.when = "merchants > 4".to_owned(),
        |rule| rule.action = ActionName::new("assign"),
        |rule| rule.decision = Decision::Ask,
        |rule| rule.once = true,
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = base.clone();
        change(&mut changed);
        assert_ne!(
            digest(vec![base.clone()]),
            digest(vec![changed]),
            "{number}"
        );
    }
}

fn any_facts() -> impl Strategy<Value = PolicyContext> {
    (
        0..40_u32,
        prop::sample::select(RootCause::ALL.to_vec()),
        0..=100_u8,
        prop::sample::select(vec![
            Severity::Low,
            Severity::Medium,
            Severity::High,
            Severity::Critical,
        ]),
    )
        .prop_map(
            |(merchants, root_cause, confidence, severity)| PolicyContext {
                merchants,
                root_cause,
                confidence,
                severity,
                ..one_ticket()
            },
        )
}

fn any_rule() -> impl Strategy<Value = RuleOptions> {
    (
        prop::sample::select(vec![
            "true",
            "root_cause == 'webhook_configuration'",
            "confidence > 50",
            "confidence <= 20",
            "root_cause in ['platform_bug', 'unknown']",
            "100 / (merchants - 7) > confidence",
        ]),
        prop::sample::select(vec!["guide", "escalate", "assign"]),
        prop::sample::select(vec![Decision::Auto, Decision::Ask, Decision::Refuse]),
        any::<bool>(),
    )
        .prop_map(|(when, action, decision, goes_on)| RuleOptions {
            goes_on,
            ..rule("x", when, action, decision)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Under any rules and whatever a model claims: nothing is done by itself that would not have
    /// been done by itself without the model, and nothing that is refused without it is asked.
    #[test]
    fn a_model_never_loosens(
        mut rules in prop::collection::vec(any_rule(), 0..6),
        grounded in any_facts(),
        claimed in any_facts(),
    ) {
        for (number, rule) in rules.iter_mut().enumerate() {
            rule.name = format!("r{number}");
        }
        let policy = policy(rules);
        // A model sets class and confidence, never a count.
        let full = PolicyContext {
            root_cause: claimed.root_cause,
            confidence: claimed.confidence,
            ..grounded.clone()
        };
        let alone = policy.decide(&grounded);
        let guarded = decide_guarded(&policy, &full, &grounded);
        prop_assert!(!guarded.is_empty());
        for answer in &guarded {
            let without = alone.iter().find(|own| own.action == answer.action);
            match answer.decision {
                Decision::Auto => prop_assert_eq!(
                    without.map(|own| own.decision),
                    Some(Decision::Auto)
                ),
                Decision::Ask => prop_assert_ne!(
                    without.map(|own| own.decision),
                    Some(Decision::Refuse)
                ),
                Decision::Refuse => {}
            }
        }
        for own in alone.iter().filter(|own| own.decision == Decision::Refuse) {
            prop_assert!(guarded.iter().any(|answer| answer.action == own.action
                && answer.decision == Decision::Refuse));
        }
    }
}
