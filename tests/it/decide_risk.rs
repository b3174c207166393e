//! Effective risk, brakes, and how they turn an auto into a question.

use crate::decide_support::{action, deliveries, minutes, now};
use medic::decide::{
    Brake, BrakeEffect, Brakes, Matched, QuietHours, RiskOptions, effective_risk, settle,
};
use medic::domain::{
    Action, ActionName, Decision, Delivery, EffectiveRisk, MerchantId, Risk, Target, Verdict,
};
use std::collections::BTreeMap;

const OPTIONS: RiskOptions = RiskOptions {
    high_from_merchants: 3,
    critical_from_merchants: 25,
    canary_from_merchants: 10,
};

fn matched(decision: Decision) -> Matched {
    Matched {
        rule: "guide".to_owned(),
        action: ActionName::new("guide"),
        decision,
        once: false,
        catch_all: false,
        reason: "rule guide: confidence > 70".to_owned(),
    }
}

#[test]
fn risk_is_the_highest_of_floor_reach_and_verdict_with_every_reason() {
    let guide = action("guide", Risk::Low, true);
    let escalate = action("escalate", Risk::High, false);
    let level = |action: &Action, merchants, verdict| {
        effective_risk(action, Risk::Low, &deliveries(merchants), verdict, &OPTIONS).level
    };
    for (merchants, sure, unsure) in [
        (1, Risk::Low, Risk::Medium),
        (2, Risk::Low, Risk::Medium),
        (3, Risk::High, Risk::Critical),
        (24, Risk::High, Risk::Critical),
        (25, Risk::Critical, Risk::Critical),
    ] {
        assert_eq!(level(&guide, merchants, Verdict::Likely), sure);
        assert_eq!(level(&guide, merchants, Verdict::Inconclusive), unsure);
    }
    assert_eq!(level(&escalate, 1, Verdict::Inconclusive), Risk::High);

    let risk = effective_risk(
        &guide,
        Risk::Low,
        &deliveries(9),
        Verdict::Inconclusive,
        &OPTIONS,
    );
    insta::assert_snapshot!(risk.reasons.join("\n"), @r"
    guide is at least low risk
    reaches 9 merchants: at least high
    treats merchants on an inconclusive diagnosis: one step more
    ");
}

#[test]
fn a_connector_has_a_floor_of_its_own_and_says_so_where_it_counts() {
    let guide = action("guide", Risk::Low, true);
    let risk = effective_risk(
        &guide,
        Risk::Medium,
        &deliveries(1),
        Verdict::Likely,
        &OPTIONS,
    );
    assert_eq!(risk.level, Risk::Medium);
    insta::assert_snapshot!(risk.reasons.join("\n"), @r"
    guide is at least low risk
    sent by http: at least medium
    ");
    let escalate = action("escalate", Risk::High, false);
    let risk = effective_risk(
        &escalate,
        Risk::Medium,
        &deliveries(1),
        Verdict::Likely,
        &OPTIONS,
    );
    assert_eq!(risk.level, Risk::High);
    assert_eq!(risk.reasons.len(), 1);
}

#[test]
fn telling_a_team_about_many_merchants_reaches_none() {
    let mut to_team: Vec<Delivery> = deliveries(1);
    to_team[0].target = Target::Team("support".to_owned());
    let assign = action("assign", Risk::Medium, false);
    let risk = effective_risk(
        &assign,
        Risk::Low,
        &to_team,
        Verdict::Inconclusive,
        &OPTIONS,
    );
    assert_eq!(risk.level, Risk::Medium);
}

#[test]
fn auto_stays_auto_only_where_nothing_speaks_against_it() {
    let low = EffectiveRisk {
        level: Risk::Medium,
        reasons: vec!["guide is at least medium risk".to_owned()],
    };
    let high = EffectiveRisk {
        level: Risk::High,
        reasons: vec!["reaches 9 merchants: at least high".to_owned()],
    };
    let quiet = Brake {
        effect: BrakeEffect::Ask,
        reason: "quiet hours until 07:00 UTC".to_owned(),
    };
    let held = Brake {
        effect: BrakeEffect::Hold,
        reason: "Medic is paused".to_owned(),
    };
    let auto = matched(Decision::Auto);
    let foreign = ["label".to_owned()];

    let settled = settle(&auto, &low, &[], std::slice::from_ref(&held));
    assert_eq!(settled.decision, Decision::Auto, "held back, not asked");
    assert_eq!(settled.reason, "rule guide: confidence > 70");

    assert_eq!(settle(&auto, &high, &[], &[]).decision, Decision::Ask);
    assert_eq!(settle(&auto, &low, &foreign, &[]).decision, Decision::Ask);
    let all = settle(&auto, &high, &foreign, &[quiet.clone(), held]);
    assert_eq!(all.decision, Decision::Ask);
    insta::assert_snapshot!(all.reason, @"rule guide: confidence > 70; a person decides, because its risk is high (reaches 9 merchants: at least high); what would be sent contains words that are not ours: label; quiet hours until 07:00 UTC");

    for decision in [Decision::Ask, Decision::Refuse] {
        let settled = settle(
            &matched(decision),
            &high,
            &foreign,
            std::slice::from_ref(&quiet),
        );
        assert_eq!(settled.decision, decision);
        assert_eq!(settled.reason, "rule guide: confidence > 70");
    }
}

fn on(brakes: &Brakes<'_>) -> String {
    let lines: Vec<String> = brakes
        .on()
        .into_iter()
        .map(|brake| format!("{:?}: {}", brake.effect, brake.reason))
        .collect();
    lines.join("\n")
}

#[test]
fn every_brake_says_what_it_does_and_why() {
    let mut guide = action("guide", Risk::Low, true);
    guide.caps.per_hour = Some(10);
    guide.caps.cooldown_minutes = 60;
    let merchants = BTreeMap::from([
        (MerchantId::new("m-fresh"), None),
        (MerchantId::new("m-hot"), Some(now() - minutes(59))),
        (MerchantId::new("m-cool"), Some(now() - minutes(60))),
    ]);
    let mut brakes = Brakes {
        action: &guide,
        now: now(),
        paused: None,
        dry_run: false,
        quiet_hours: None,
        merchants: &merchants,
        deliveries: 3,
        last_hour: 8,
        ineffective: 1,
    };
    assert_eq!(
        on(&brakes),
        "Exclude(MerchantId(\"m-hot\")): m-hot got guide 59 min ago, and gets it once in 60 min",
        "8 and the 2 that are left are within the cap"
    );
    brakes.paused = Some("by Ben at 08:55");
    brakes.dry_run = true;
    brakes.quiet_hours = Some("08:00-09:30".parse().unwrap());
    brakes.last_hour = 9;
    brakes.ineffective = 2;
    insta::assert_snapshot!(on(&brakes), @r#"
    Hold: Medic is paused (by Ben at 08:55)
    RenderOnly: dry run: this is what would be sent, and nothing is
    Ask: guide would be delivered 11 times within an hour, its cap is 10
    Ask: quiet hours until 09:30 UTC
    Ask: 2 fixes for this problem did not help
    Exclude(MerchantId("m-hot")): m-hot got guide 59 min ago, and gets it once in 60 min
    "#);

    let tell = action("escalate", Risk::High, false);
    brakes.action = &tell;
    brakes.paused = None;
    brakes.dry_run = false;
    assert_eq!(on(&brakes), "", "telling somebody waits for no morning");
}

#[test]
fn quiet_hours_may_run_over_midnight() {
    let at = |time: &str| format!("2026-11-23T{time}:00Z").parse().unwrap();
    let night: QuietHours = "22:00-07:00".parse().unwrap();
    let noon: QuietHours = "12:00 - 13:00".parse().unwrap();
    for (time, in_night, in_noon) in [
        ("21:59", false, false),
        ("22:00", true, false),
        ("00:00", true, false),
        ("06:59", true, false),
        ("07:00", false, false),
        ("12:00", false, true),
        ("13:00", false, false),
    ] {
        assert_eq!(night.holds(at(time)), in_night, "{time}");
        assert_eq!(noon.holds(at(time)), in_noon, "{time}");
    }
    for wrong in [
        "",
        "22",
        "22:00",
        "25:00-07:00",
        "7-8",
        "07:00-07:00",
        "22:00-07:00-08:00",
    ] {
        assert!(wrong.parse::<QuietHours>().is_err(), "{wrong}");
    }
}
