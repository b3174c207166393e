//! `medic policy`: other rules on what has happened, and why a decision came out as it did.

use crate::support::world::World;
use clap::Parser;
use medic::cli::policy::{PolicyArgs, run_with};
use medic::config::{BUILT_IN, Config, EnvSource};
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
