//! `medic policy`: other rules on what has happened, and why a decision came out as it did.

use crate::support::world::World;
use clap::Parser;
use medic::cli::policy::{PolicyArgs, run_with};
use medic::config::{BUILT_IN, Config, EnvSource};
use medic::engine::redecide::{History, redecide};
use std::path::Path;

const LOG: &str = "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
const ASK: &str = r#"
[[policy.rules]]
name = "never_that_many"
when = "merchants > 500"
action = "escalate_to_engineering"
decision = "ask"
continue = true

[[policy.rules]]
name = "always_the_same"
when = "1 > 2"
action = "escalate_to_engineering"
decision = "ask"

[[policy.rules]]
name = "guide"
when = 'root_cause == "webhook_configuration"'
action = "send_configuration_guide"
decision = "ask"

[[policy.rules]]
name = "rest"
when = "true"
action = "assign_to_support_team"
decision = "auto"
"#;

#[derive(Parser)]
struct Words {
    #[command(flatten)]
    args: PolicyArgs,
}

/// What the command prints, and whether all could be reproduced; `new` is the other config.
fn medic(store: &Path, new: &str, words: &[&str]) -> (String, bool) {
    let store = store.to_str().unwrap();
    let words = [&["policy"], words, &["--store", store]].concat();
    let args = Words::try_parse_from(words).unwrap().args;
    let env = EnvSource::fixed([]);
    let config = Config::load(None, &env).unwrap();
    let other = |path: &Path| Ok(Config::read(&path.display().to_string(), new, &env)?);
    let mut out = Vec::new();
    let good = run_with(&args, &config, other, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), good)
}

/// Two cases that got the guide by themselves, and an incident in which people rejected it.
async fn a_morning() -> tempfile::TempDir {
    let mut world = World::new().await;
    world.merchant_posts("M8", "Webhook fails", LOG).await;
    world.later(400).await;
    world.webhooks_time_out().await;
    world
        .rejects("ana", "INC-1", "send_configuration_guide", "Not now.")
        .await;
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    folder
}

#[tokio::test]
async fn the_recorded_rules_give_every_recorded_decision_again() {
    let folder = a_morning().await;
    let (text, good) = medic(folder.path(), BUILT_IN, &["test", "same.toml"]);
    assert!(good);
    assert!(
        text.contains(" recorded decisions, 0 would differ."),
        "{text}"
    );
}

#[tokio::test]
async fn other_rules_show_what_they_would_do_otherwise_and_which_of_them_never_matched() {
    let folder = a_morning().await;
    let (text, good) = medic(folder.path(), ASK, &["test", "new.toml"]);
    assert!(good);
    insta::assert_snapshot!(text, @r"
    2026-01-05 08:00 CASE-1 send_configuration_guide: auto by rule webhook_guide, now ask by rule guide; ran by itself  <- would ask about what ran by itself  /cases/CASE-1
    2026-01-05 14:40 INC-1 escalate_to_engineering: ask by rule many_merchants, now nothing; still waits  /incidents/INC-1
    2026-01-05 14:40 INC-1 send_configuration_guide: auto by rule webhook_guide, now ask by rule guide; people rejected it  /incidents/INC-1
    2 recorded decisions, 2 would differ.
    Rule always_the_same matched none of them.
    Rule never_that_many matched none of them.
    Rule rest matched none of them.
    Rule always_the_same speaks of no fact: its condition is always the same.
    ");
    let (recent, _) = medic(folder.path(), ASK, &["test", "new.toml", "--since", "1h"]);
    assert!(recent.lines().count() < text.lines().count(), "{recent}");
    let (json, _) = medic(folder.path(), ASK, &["test", "new.toml", "--json"]);
    for line in json.lines() {
        let _: serde_json::Value = serde_json::from_str(line).unwrap();
    }
}

#[tokio::test]
async fn a_decision_is_explained_with_its_facts_and_rules() {
    let folder = a_morning().await;
    let (text, _) = medic(folder.path(), "", &["explain", "INC-1"]);
    insta::assert_snapshot!(text, @r#"
    INC-1 at 2026-01-05 14:40:00 UTC, rules 41edcd6e32662bf5
      is_incident = true
      merchants = 6
      tickets = 6
      root_cause = "webhook_configuration"
      confidence = 81 (without the model: 80)
      verdict = "CONFIRMED"
      severity = "high"
      migration_stage = "post-migration-day-1"
      checkout_failures = 0
      affected_customers = 0
      has_runbook = true
      ineffective_fixes = 0
      hour = 14
      failures_per_hour = 0
      cohort = ""
      cohort_lift_percent = 0
      cohort_lift_low_percent = 0
      cohort_explained_by_mix = false
      send_configuration_guide on this class before: 1 runs, 0 of 0 verified healed
      rule many_merchants: holds: merchants >= 3
      rule webhook_guide: holds: root_cause == "webhook_configuration" && confidence > 70
      rule documentation: not looked at: root_cause == "documentation_gap"
      rule defect_or_critical: not looked at: root_cause == "platform_bug" || (severity == "critical" && confidence > 60)
      rule critical: not looked at: severity == "critical"
      rule otherwise: not looked at: true
      => ask escalate_to_engineering: rule many_merchants: merchants >= 3
      => auto send_configuration_guide: rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      PLAN-2: ask escalate_to_engineering at high risk (escalate_to_engineering is at least high risk); still waits
        rule many_merchants: merchants >= 3
      PLAN-3: ask send_configuration_guide at high risk (send_configuration_guide is at least low risk; reaches 6 merchants: at least high); people rejected it
        rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
    "#);
}

/// A rule that trusts the guide once it has run, and one that looks at what an hour costs.
const EXPERIENCE: &str = r#"
[[policy.rules]]
name = "dear"
when = "failures_per_hour >= 20"
action = "escalate_to_engineering"
decision = "ask"

[[policy.rules]]
name = "tried"
when = "action_runs >= 1 && action_healed_percent < 50"
action = "send_configuration_guide"
decision = "ask"

[[policy.rules]]
name = "fresh"
when = "action_runs == 0"
action = "send_configuration_guide"
decision = "auto"
"#;

#[tokio::test]
async fn what_an_action_has_done_and_what_an_hour_costs_decide_and_are_decided_the_same_again() {
    let mut world = World::with(EXPERIENCE).await;
    let ticket = |world: &World, merchant: &str, failures: u64| {
        serde_json::json!({
            "ticket_id": format!("x-{merchant}"), "merchant_id": merchant,
            "timestamp": world.now(), "issue": "Webhook fails", "error_log": LOG,
            "severity": "high", "checkout_failures": failures,
        })
        .to_string()
    };
    let mut said = Vec::new();
    for (number, merchant, failures) in [(1, "M1", 0), (2, "M2", 0), (3, "M3", 25)] {
        let body = ticket(&world, merchant, failures);
        world.sends(&body, true).await;
        world.later(24 * 60).await;
        said.push(world.card(&format!("CASE-{number}")));
    }
    assert!(
        said[0].contains("rule fresh: action_runs == 0"),
        "{}",
        said[0]
    );
    assert!(
        said[1].contains("rule tried: action_runs >= 1"),
        "{}",
        said[1]
    );
    assert!(
        said[2].contains("rule dear: failures_per_hour >= 20"),
        "{}",
        said[2]
    );
    world.restarts().await;
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    let (text, good) = medic(folder.path(), EXPERIENCE, &["test", "same.toml"]);
    assert!(good);
    assert!(
        text.starts_with("3 recorded decisions, 0 would differ."),
        "{text}"
    );
}

/// What everybody else writes about, so that a stage's merchants are a part of all merchants.
const OTHERWISE: [&str; 8] = [
    "How do I change the colour of the header?",
    "Invoice from last month is missing a line",
    "Please delete my old staff account",
    "Product photos look blurred on tablets",
    "Gift cards cannot be combined with coupons",
    "Where do I find the export of my orders?",
    "Shipping zones for islands are not listed",
    "Newsletter sign-up shows in the wrong language",
];

/// Rules that look at where a surge is concentrated.
const CONCENTRATED: &str = r#"
[[policy.rules]]
name = "one_stage"
when = 'cohort == "post-migration-day-1" && cohort_lift_percent > cohort_lift_low_percent && cohort_lift_low_percent >= 150'
action = "escalate_to_engineering"
decision = "ask"

[[policy.rules]]
name = "everywhere"
when = "cohort_lift_percent == 0"
action = "assign_to_support_team"
decision = "auto"
"#;

#[tokio::test]
async fn a_rule_can_look_at_the_cohort_in_which_a_surge_is_concentrated() {
    let mut world = World::with(CONCENTRATED).await;
    for (number, issue) in OTHERWISE.iter().cycle().take(24).enumerate() {
        world.later(180).await;
        let ticket = serde_json::json!({
            "ticket_id": format!("other-{number}"), "merchant_id": format!("O{number}"),
            "timestamp": world.now(), "issue": issue, "migration_stage": "pre-migration",
        });
        world.sends(&ticket.to_string(), true).await;
    }
    world.later(180).await;
    world.webhooks_time_out().await;
    let card = world.card("INC-1");
    assert!(
        card.contains("post-migration-day-1 is hit 5.8 times as often"),
        "{card}"
    );
    assert!(card.contains("rule one_stage"), "{card}");
    assert!(world.card("CASE-1").contains("rule everywhere"));
    world.restarts().await;
    let folder = tempfile::tempdir().unwrap();
    world.copies_store_to(folder.path());
    let (text, good) = medic(folder.path(), CONCENTRATED, &["test", "same.toml"]);
    assert!(good);
    assert!(
        text.contains(" recorded decisions, 0 would differ."),
        "{text}"
    );
    let (text, _) = medic(folder.path(), "", &["explain", "INC-1"]);
    let told: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("  cohort"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
      cohort = "post-migration-day-1"
      cohort_lift_percent = 580
      cohort_lift_low_percent = 236
      cohort_explained_by_mix = false
    "#);
}

/// A decision as it was kept before facts spoke of cohorts.
const KEPT_BEFORE: &str = r#"{
    "number": 1, "at": "2026-01-05T08:00:00Z", "subject": "INC-1", "policy": "DIGEST",
    "full": FACTS, "grounded": FACTS, "planned": [],
    "answers": [{"action": "escalate_to_engineering", "rule": "many_merchants", "decision": "ask",
        "reason": "rule many_merchants: merchants >= 3"},
        {"action": "assign_to_support_team", "rule": "otherwise", "decision": "auto",
        "reason": "rule otherwise: no rule before it decided"}],
    "plans": []
}"#;

#[test]
fn what_was_decided_before_facts_spoke_of_cohorts_is_decided_the_same_again() {
    let env = EnvSource::fixed([]);
    let config = Config::load(None, &env).unwrap();
    let policy = config.governance(&config.workspace).policy;
    let facts = r#"{"is_incident": true, "merchants": 6, "tickets": 6, "root_cause": "unknown",
        "confidence": 10, "verdict": "INCONCLUSIVE", "severity": "medium", "migration_stage": "",
        "checkout_failures": 0, "affected_customers": 0, "has_runbook": false,
        "ineffective_fixes": 0, "hour": 8, "failures_per_hour": 0}"#;
    let row = KEPT_BEFORE
        .replace("FACTS", facts)
        .replace("DIGEST", &policy.digest().to_string());
    let row = serde_json::from_str(&row).unwrap();
    let history = History::new(vec![row], Vec::new());
    let again = redecide(&history, &policy, None);
    assert_eq!((again.all, again.differ, again.not_reproduced), (1, 0, 0));
}
