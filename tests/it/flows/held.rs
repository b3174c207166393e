//! Brakes that come on after a plan was decided about hold back what is not sent yet, and say so.

use crate::support::world::World;

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
/// Another trouble that the same action is for.
const STOCK: &str = "Stock levels are wrong and we are overselling, stock is not updated";
const STOCK_LOG: &str = "no webhooks registered for inventory";

async fn reports(world: &mut World, merchant: &str) {
    world.merchant_posts(merchant, ISSUE, TIMEOUT).await;
}

/// The newest plan of the guide on a card.
fn guide_on(world: &World, subject: &str) -> String {
    let card = world.card(subject);
    let found = card.split_once("* send_configuration_guide: ");
    let found = found.unwrap_or_else(|| panic!("{card}")).1;
    found
        .split("\n* ")
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

#[tokio::test]
async fn a_cap_that_was_not_on_the_card_holds_what_is_beyond_it_and_lets_it_go_by_itself() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .edits_config(GUIDE, "per_hour = 100", "per_hour = 2")
        .await;
    insta::assert_snapshot!(world.approves("ana", "INC-1", GUIDE).await, @"Approved. PLAN-2 runs now, for 6 targets. send_configuration_guide begins 2 times an hour at most: 2 now, the others follow by themselves.");
    assert_eq!(world.reached(), ["M1", "M2"]);
    insta::assert_snapshot!(guide_on(&world, "INC-1"), @r#"
    under way, 2 of 6 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      - merchant M1: delivered
      - merchant M2: delivered
      - merchant M3: held: send_configuration_guide begins 2 times an hour at most, and nobody has approved more; it goes on at 09:01 UTC
      - merchant M4: held: send_configuration_guide begins 2 times an hour at most, and nobody has approved more; it goes on at 09:01 UTC
      - merchant M5: held: send_configuration_guide begins 2 times an hour at most, and nobody has approved more; it goes on at 09:01 UTC
      - merchant M6: held: send_configuration_guide begins 2 times an hour at most, and nobody has approved more; it goes on at 09:01 UTC
    "#);
    world.later(59).await;
    assert_eq!(world.reached().len(), 2, "the hour is not over");
    // What is held outlives a restart.
    world.restarts().await;
    world.later(3).await;
    assert_eq!(world.reached(), ["M1", "M2", "M3", "M4"]);
    world.later(62).await;
    assert_eq!(world.reached().len(), 6);
    assert!(guide_on(&world, "INC-1").starts_with("done, 6 of 6 delivered"));
}

#[tokio::test]
async fn a_yes_to_more_than_the_cap_is_a_yes() {
    let mut world = World::new().await;
    world
        .edits_config(GUIDE, "per_hour = 100", "per_hour = 2")
        .await;
    world.webhooks_time_out().await;
    let card = guide_on(&world, "INC-1");
    assert!(
        card.contains("would be delivered 6 times within an hour, its cap is 2"),
        "{card}"
    );
    insta::assert_snapshot!(world.approves("ana", "INC-1", GUIDE).await, @"Approved. PLAN-2 runs now, for 6 targets.");
    assert_eq!(world.reached().len(), 6);
}

#[tokio::test]
async fn what_gathered_while_medic_was_paused_does_not_burst_through_the_cap() {
    let mut world = World::new().await;
    world
        .edits_config(GUIDE, "per_hour = 100", "per_hour = 1")
        .await;
    world.pauses("kim", "deploying").await;
    for merchant in ["M1", "M2", "M3"] {
        reports(&mut world, merchant).await;
        world.later(1).await;
    }
    world.resumes("kim").await;
    assert_eq!(world.reached(), ["M1"]);
    world.later(62).await;
    assert_eq!(world.reached(), ["M1", "M2"]);
    world.later(62).await;
    assert_eq!(world.reached(), ["M1", "M2", "M3"]);
}

#[tokio::test]
async fn quiet_hours_hold_what_nobody_approved_until_they_end() {
    // It is eight in the morning.
    let mut world = World::with("[policy]\nquiet_hours = \"09:00-10:00\"\n").await;
    world.pauses("kim", "deploying").await;
    reports(&mut world, "M1").await;
    world.later(70).await;
    world.resumes("kim").await;
    assert_eq!(world.reached(), [""; 0]);
    insta::assert_snapshot!(guide_on(&world, "CASE-1"), @r#"
    under way, 0 of 1 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      risk low: send_configuration_guide is at least low risk
      - merchant M1: held: quiet hours have begun, and no person has approved it; it goes on at 10:00 UTC
    "#);
    // A person's yes is a yes in quiet hours too.
    reports(&mut world, "M2").await;
    world.approves("ana", "CASE-2", GUIDE).await;
    assert_eq!(world.reached(), ["M2"]);
    world.restarts().await;
    world.later(45).await;
    assert_eq!(world.reached(), ["M2"]);
    world.later(6).await;
    assert_eq!(world.reached(), ["M2", "M1"]);
}

#[tokio::test]
async fn a_dry_run_that_begins_keeps_back_what_was_approved_and_not_sent() {
    let mut world = World::new().await;
    world.pauses("kim", "deploying").await;
    reports(&mut world, "M1").await;
    world.restarts_with("[policy]\ndry_run = true\n").await;
    world.resumes("kim").await;
    assert_eq!(world.arrived_at(), [""; 0]);
    insta::assert_snapshot!(guide_on(&world, "CASE-1"), @r#"
    done, 0 of 1 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      risk low: send_configuration_guide is at least low risk
      - merchant M1: not sent: dry run: this is what would have been sent, and nothing was
    "#);
}

#[tokio::test]
async fn who_was_reached_by_another_plan_meanwhile_is_left_out_and_the_rest_is_asked_anew() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    // One of them has a second trouble, and gets the same action for it.
    world.merchant_posts("M2", STOCK, STOCK_LOG).await;
    assert_eq!(world.reached(), ["M2"], "{}", world.card("CASE-3"));
    insta::assert_snapshot!(world.approves("ana", "INC-1", GUIDE).await, @"refused: Nothing was sent: reached by send_configuration_guide a moment ago, from elsewhere: M2. PLAN-2 has ended; PLAN-4 asks in its place and shows what differs (1 difference). Read it and decide there.");
    assert_eq!(world.reached(), ["M2"]);
    let (plan, _) = world.plan("INC-1", GUIDE);
    insta::assert_snapshot!(world.differences("INC-1", plan), @r#"
    PLAN-2: reached by send_configuration_guide a moment ago, from elsewhere: M2
    no longer for merchant M2: "POST helpdesk /merchants/M2/messages" -> ""
    "#);
    world.approves("ana", "INC-1", GUIDE).await;
    assert_eq!(world.reached(), ["M2", "M1", "M3", "M4", "M5", "M6"]);
}

#[tokio::test]
async fn nobody_gets_the_same_twice_from_two_plans_that_were_held() {
    let mut world = World::new().await;
    world.pauses("kim", "deploying").await;
    reports(&mut world, "M1").await;
    world.merchant_posts("M1", STOCK, STOCK_LOG).await;
    world.resumes("kim").await;
    assert_eq!(world.reached(), ["M1"]);
    let held = guide_on(&world, "CASE-2");
    assert!(
        held.contains("by another plan; it goes on at 08:01 UTC"),
        "{held}"
    );
    world.later(2).await;
    assert_eq!(world.reached(), ["M1"]);
    insta::assert_snapshot!(guide_on(&world, "CASE-2"), @r#"
    done, 0 of 1 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70
      risk low: send_configuration_guide is at least low risk
      - merchant M1: not sent: reached by send_configuration_guide a moment ago, from elsewhere: M1
    "#);
}

#[tokio::test]
async fn the_kill_switch_stops_what_is_not_under_way_and_loses_and_repeats_nothing() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .edits_config(GUIDE, "per_hour = 100", "per_hour = 4")
        .await;
    // The switch is pulled while the first are being sent.
    let (said, paused) = tokio::join!(
        world.approves("ana", "INC-1", GUIDE),
        world.pauses("kim", "it goes wrong")
    );
    assert!(said.starts_with("Approved. "), "{said}");
    assert!(paused.starts_with("Paused. "), "{paused}");
    world.calm().await;
    let sent = world.reached().len();
    assert!(sent <= 4, "{sent}");
    let card = guide_on(&world, "INC-1");
    assert!(
        card.contains("nothing is sent while Medic is paused by Kim: it goes wrong"),
        "{card}"
    );
    // Neither time nor a restart lets anything through.
    world.later(90).await;
    world.restarts().await;
    world.later(90).await;
    assert_eq!(world.reached().len(), sent);
    world.resumes("kim").await;
    world.later(62).await;
    let mut all = world.reached();
    all.sort();
    assert_eq!(all, ["M1", "M2", "M3", "M4", "M5", "M6"]);
}
