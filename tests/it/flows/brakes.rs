//! What holds Medic back from acting by itself, and how it goes on: quiet hours, dry run, caps,
//! cool-downs, the kill switch.

use crate::support::world::World;

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

/// A merchant reports what is treated by itself in a single case.
async fn reports(world: &mut World, merchant: &str) {
    world.merchant_posts(merchant, ISSUE, TIMEOUT).await;
}

#[tokio::test]
async fn in_quiet_hours_a_person_is_asked_and_outside_them_it_goes_by_itself() {
    // It is eight in the morning.
    let mut world = World::with("[policy]\nquiet_hours = \"22:00-08:30\"\n").await;
    reports(&mut world, "M1").await;
    assert_eq!(world.reached(), [""; 0]);
    insta::assert_snapshot!(world.card("CASE-1"), @r#"
    CASE-1 · Orders do not arrive, webhook fails [waiting for approval]
    A single ticket, outside any incident.
    Ticket: T-1
    Merchant: M1
    Severity: high
    Stage: post-migration-day-1
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * send_configuration_guide: waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because quiet hours until 08:30 UTC
      risk low: send_configuration_guide is at least low risk
      - merchant M1: queued
    "#);
    world.later(31).await;
    assert_eq!(
        world.reached(),
        [""; 0],
        "what was asked waits for its answer"
    );
    reports(&mut world, "M2").await;
    assert_eq!(world.reached(), ["M2"]);
    world.approves("ana", "CASE-1", GUIDE).await;
    assert_eq!(world.reached(), ["M2", "M1"]);
}

#[tokio::test]
async fn in_a_dry_run_everything_is_decided_and_shown_and_nothing_is_sent() {
    let mut world = World::with("[policy]\ndry_run = true\n").await;
    reports(&mut world, "M1").await;
    insta::assert_snapshot!(world.card("CASE-1"), @r#"
    CASE-1 · Orders do not arrive, webhook fails [done]
    A single ticket, outside any incident.
    Ticket: T-1
    Merchant: M1
    Severity: high
    Stage: post-migration-day-1
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * send_configuration_guide: done, 0 of 1 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      risk low: send_configuration_guide is at least low risk
      - merchant M1: not sent: dry run: this is what would have been sent, and nothing was
    "#);
    world.webhooks_time_out().await;
    insta::assert_snapshot!(world.approves("ana", "INC-1", GUIDE).await, @"Approved, for 6 targets. This is a dry run: nothing of PLAN-3 is sent.");
    let card = world.card("INC-1");
    let guide = card.split_once("* send_configuration_guide: ").unwrap().1;
    insta::assert_snapshot!(guide, @r#"
    done, 0 of 6 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      - merchant M1: not sent: dry run: this is what would have been sent, and nothing was
      - merchant M2: not sent: dry run: this is what would have been sent, and nothing was
      - merchant M3: not sent: dry run: this is what would have been sent, and nothing was
      - merchant M4: not sent: dry run: this is what would have been sent, and nothing was
      - merchant M5: not sent: dry run: this is what would have been sent, and nothing was
      - merchant M6: not sent: dry run: this is what would have been sent, and nothing was
    "#);
    assert!(
        !guide.contains("waiting"),
        "the same is not asked again at once: {card}"
    );
    world.later(60).await;
    assert_eq!(world.arrived_at(), [""; 0]);
    // What was not sent is not sent all at once when it ends: whoever is hit still is asked about.
    world.restarts_with("").await;
    world.later(5).await;
    assert_eq!(world.reached(), [""; 0]);
    reports(&mut world, "M7").await;
    let said = world.approves("ana", "INC-1", GUIDE).await;
    assert!(
        said.starts_with("Approved. ") && said.ends_with("for 7 targets."),
        "{said}"
    );
    assert_eq!(world.reached().len(), 7);
}

#[tokio::test]
async fn one_more_than_the_cap_is_asked_about_and_an_hour_later_it_goes_by_itself() {
    let mut world = World::new().await;
    world
        .edits_config(GUIDE, "per_hour = 100", "per_hour = 1")
        .await;
    reports(&mut world, "M1").await;
    assert_eq!(world.reached(), ["M1"]);
    world.later(58).await;
    reports(&mut world, "M2").await;
    assert_eq!(world.reached(), ["M1"]);
    insta::assert_snapshot!(world.card("CASE-2"), @r#"
    CASE-2 · Orders do not arrive, webhook fails [waiting for approval]
    A single ticket, outside any incident.
    Ticket: T-2
    Merchant: M2
    Severity: high
    Stage: post-migration-day-1
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * send_configuration_guide: waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because send_configuration_guide would be delivered 2 times within an hour, its cap is 1
      risk low: send_configuration_guide is at least low risk
      - merchant M2: queued
    "#);
    world.later(3).await;
    reports(&mut world, "M3").await;
    assert_eq!(world.reached(), ["M1", "M3"]);
}

#[tokio::test]
async fn who_was_reached_a_moment_ago_is_left_out_and_named() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    world.closes("ana", "INC-1", "They fixed it.").await;
    world.later(7 * 60).await;
    // It comes back, to two who had the guide and to two who did not; the first of them gets it
    // before it is an incident again.
    for merchant in ["M1", "M2", "N1", "N2"] {
        reports(&mut world, merchant).await;
    }
    assert_eq!(world.incidents(), 1);
    let card = world.card("INC-1");
    let newest = card.rsplit_once("* send_configuration_guide: ").unwrap().1;
    insta::assert_snapshot!(newest, @r#"
    waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 8 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 8 merchants: at least high
      - merchant N2: queued
      2 merchants get nothing now: M1, M2 (got send_configuration_guide 420 min ago, and gets it once in 1440 min)
      2 wait for the next plan
    "#);
    let before = world.reached().len();
    world.approves("ana", "INC-1", GUIDE).await;
    assert_eq!(world.reached().split_off(before), ["N2"]);
}

#[tokio::test]
async fn once_the_cool_down_is_over_a_merchant_is_reached_again() {
    let mut world = World::new().await;
    let (day, hour) = ("cooldown_minutes = 1440", "cooldown_minutes = 60");
    world.edits_config(GUIDE, day, hour).await;
    reports(&mut world, "M1").await;
    world.later(59).await;
    reports(&mut world, "M1").await;
    assert_eq!(world.reached(), ["M1"]);
    insta::assert_snapshot!(world.card("CASE-2"), @r#"
    CASE-2 · Orders do not arrive, webhook fails [waiting for approval]
    A single ticket, outside any incident.
    Ticket: T-2
    Merchant: M1
    Severity: high
    Stage: post-migration-day-1
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * assign_to_support_team: waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; send_configuration_guide is not possible: M1 got send_configuration_guide 59 min ago, and gets it once in 60 min
      risk medium: assign_to_support_team is at least medium risk
      - support: queued
    "#);
    world.later(2).await;
    reports(&mut world, "M1").await;
    assert_eq!(world.reached(), ["M1", "M1"]);
}

#[tokio::test]
async fn paused_nothing_is_sent_and_after_it_everything_goes_on() {
    let mut world = World::new().await;
    insta::assert_snapshot!(world.pauses("kim", "the platform is being deployed").await, @"Paused. Nothing is delivered until somebody resumes.");
    reports(&mut world, "M1").await;
    world.later(10).await;
    assert_eq!(world.arrived_at(), [""; 0]);
    insta::assert_snapshot!(world.card("CASE-1"), @r#"
    CASE-1 · Orders do not arrive, webhook fails [acting]
    A single ticket, outside any incident.
    Ticket: T-1
    Merchant: M1
    Severity: high
    Stage: post-migration-day-1
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * send_configuration_guide: under way, 0 of 1 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      risk low: send_configuration_guide is at least low risk
      - merchant M1: queued
    "#);
    world.restarts().await;
    assert_eq!(world.arrived_at(), [""; 0]);
    insta::assert_snapshot!(world.resumes("ben").await, @"Resumed. Deliveries go on.");
    assert_eq!(world.reached(), ["M1"]);
    insta::assert_snapshot!(world.card("CASE-1"), @r#"
    CASE-1 · Orders do not arrive, webhook fails [watching whether it helped]
    A single ticket, outside any incident.
    Ticket: T-1
    Merchant: M1
    Severity: high
    Stage: post-migration-day-1
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * send_configuration_guide: done, 1 of 1 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      risk low: send_configuration_guide is at least low risk
      - merchant M1: delivered
    "#);
}
