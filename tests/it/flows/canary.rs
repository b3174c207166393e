//! A large plan: one merchant first, and the rest only once verification says "healed" of that one.

use crate::support::world::World;
use medic::engine::handle::Ballot;

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
const FROM_FOUR: &str = "[risk]\ncanary_from_merchants = 4\n[verify]\ncanary_hours = 6\n";

/// Six merchants who have written every eleven minutes, so many times.
async fn asked(more: &str, times: u32) -> World {
    let mut world = World::with(more).await;
    world.webhooks_time_out().await;
    for _ in 0..times {
        write(&mut world, 11, 1..=6).await;
    }
    world
}

/// So many minutes pass, then these merchants write.
async fn write(world: &mut World, minutes: i64, who: impl IntoIterator<Item = u32>) {
    world.later(minutes).await;
    for number in who {
        let merchant = format!("M{number}");
        world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
    }
}

/// Whom the guide reached, in order.
fn reached(world: &World) -> Vec<String> {
    let paths = world.arrived_at();
    let merchants = paths.iter().filter_map(|path| {
        let rest = path.split("/merchants/").nth(1)?;
        Some(rest.split('/').next()?.to_owned())
    });
    merchants.collect()
}

/// The card from the guide's plan on, as far as the next plan.
fn guide(world: &World) -> String {
    let card = world.card("INC-1");
    let from = card.rfind(&format!("* {GUIDE}")).unwrap();
    let text = &card[from..];
    let end = text[1..].find("\n* ").map_or(text.len(), |at| at + 1);
    text[..end].to_owned()
}

#[tokio::test]
async fn one_merchant_first_and_the_rest_once_that_one_is_healed() {
    let mut world = asked(FROM_FOUR, 27).await;
    insta::assert_snapshot!(guide(&world), @r#"
    * send_configuration_guide: waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (25 tickets), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 6 hours, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M1: queued
      - merchant M2: queued
      - merchant M3: queued
      - merchant M4: queued
      - merchant M5: queued
      - merchant M6: queued
    "#);
    let said = world.approves("ana", "INC-1", GUIDE).await;
    insta::assert_snapshot!(said, @"Approved. PLAN-6 runs now, with 1 of 6 targets first.");
    assert_eq!(reached(&world), ["M1"]);
    write(&mut world, 11, 2..=6).await;
    insta::assert_snapshot!(guide(&world), @r#"
    * send_configuration_guide: under way, 1 of 6 delivered; the other 5 get it when verification says healed; if it cannot tell by 18:57 UTC, you are asked
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (25 tickets), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 6 hours, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M1: delivered
      - merchant M2: queued
      - merchant M3: queued
      - merchant M4: queued
      - merchant M5: queued
      - merchant M6: queued
    "#);
    assert!(world.card("INC-1").contains("[watching whether it helped]"));

    // Time passes over a restart; nobody else gets it before the answer.
    world.restarts().await;
    for _ in 0..20 {
        assert_eq!(reached(&world), ["M1"]);
        write(&mut world, 11, 2..=6).await;
        if reached(&world).len() > 1 {
            break;
        }
    }
    assert_eq!(reached(&world), ["M1", "M2", "M3", "M4", "M5", "M6"]);
    insta::assert_snapshot!(guide(&world), @r#"
    * send_configuration_guide: done, 6 of 6 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (25 tickets), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 6 hours, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M1: delivered
      - merchant M2: delivered
      - merchant M3: delivered
      - merchant M4: delivered
      - merchant M5: delivered
      - merchant M6: delivered
    "#);
    let (plan, _) = world.plan("INC-1", GUIDE);
    let kinds = world.records(&plan.to_string());
    let told: Vec<&str> = kinds
        .iter()
        .map(String::as_str)
        .filter(|kind| kind.starts_with("step.") || kind.starts_with("plan."))
        .collect();
    insta::assert_snapshot!(told.join(" "), @"plan.made plan.reminded plan.escalated plan.approved step.waits step.answered step.answered step.answered step.answered step.answered step.begun plan.done");

    // All of them are watched then, and only that closes the incident.
    for _ in 0..12 {
        world.later(30).await;
    }
    let card = world.card("INC-1");
    assert!(
        card.contains("[done]") || card.contains("Treated: 6 of 6"),
        "{card}"
    );
}

#[tokio::test]
async fn what_makes_no_difference_to_the_first_is_never_sent_to_the_rest() {
    let mut world = asked(FROM_FOUR, 27).await;
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..36 {
        write(&mut world, 11, 1..=6).await;
    }
    assert_eq!(reached(&world), ["M1"]);
    insta::assert_snapshot!(guide(&world), @r#"
    * send_configuration_guide: done, 1 of 6 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (25 tickets), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 6 hours, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M1: delivered
      - merchant M2: not sent: PLAN-6 made no difference where it was tried first
      - merchant M3: not sent: PLAN-6 made no difference where it was tried first
      - merchant M4: not sent: PLAN-6 made no difference where it was tried first
      - merchant M5: not sent: PLAN-6 made no difference where it was tried first
      - merchant M6: not sent: PLAN-6 made no difference where it was tried first
    "#);
    let card = world.card("INC-1");
    assert!(
        card.contains("Outcome: no difference: 1 treated merchant"),
        "{card}"
    );
    assert!(card.contains("[needs a person]"), "{card}");
    // And it is not planned again for them by itself.
    assert!(!card.contains(&format!("* {GUIDE}: waiting")), "{card}");
}

#[tokio::test]
async fn what_makes_it_worse_for_the_first_is_offered_to_be_taken_back() {
    let retracts = "undo_path = \"/retractions/{{ idempotency_key }}\"\nundo_body = '{\"why\": \"it did not help\"}'\n";
    let mut world = World::with_action(GUIDE, &format!("{retracts}{FROM_FOUR}")).await;
    world.webhooks_time_out().await;
    for _ in 0..3 {
        world.later(50).await;
        write(&mut world, 0, 1..=6).await;
    }
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..30 {
        write(&mut world, 11, 1..=1).await;
        if world.card("INC-1").contains("Outcome: worse") {
            break;
        }
    }
    let card = world.card("INC-1");
    assert!(
        card.contains("Outcome: worse: 1 treated merchant"),
        "{card}"
    );
    assert_eq!(reached(&world), ["M1"]);
    let said = world
        .approves("ben", "INC-1", &format!("undo of {GUIDE}"))
        .await;
    insta::assert_snapshot!(said, @"Approved. PLAN-4 runs now, for 1 target.");
    assert_eq!(reached(&world), ["M1"]);
    let paths = world.arrived_at();
    let retracted = paths.iter().filter(|path| path.contains("/retractions/"));
    assert_eq!(retracted.count(), 1);
}

#[tokio::test]
async fn where_the_numbers_carry_no_answer_in_time_a_person_is_asked_about_the_rest() {
    let mut world = asked("[risk]\ncanary_from_merchants = 4\n", 4).await;
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..3 {
        world.later(20).await;
    }
    assert_eq!(reached(&world), ["M1"]);
    let card = world.card("INC-1");
    let plans = card.split_once(&format!("* {GUIDE}")).unwrap().1;
    insta::assert_snapshot!(plans, @r#"
    : done, 1 of 6 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (1 ticket), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 1 hour, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M1: delivered
      - merchant M2: not sent: nobody can tell yet whether PLAN-2 helps where it was tried first
      - merchant M3: not sent: nobody can tell yet whether PLAN-2 helps where it was tried first
      - merchant M4: not sent: nobody can tell yet whether PLAN-2 helps where it was tried first
      - merchant M5: not sent: nobody can tell yet whether PLAN-2 helps where it was tried first
      - merchant M6: not sent: nobody can tell yet whether PLAN-2 helps where it was tried first
    * send_configuration_guide: waiting for approval
      nobody can tell yet whether PLAN-2 helps where it was tried first: 1 treated merchant: 1 ticket in 60 min, 4 tickets in 44 min before; 5 untreated: 5 tickets in 60 min, 20 tickets in 44 min before; that is 118 % of what was to be expected (95 % interval 2 to more than 1000 %); the time is up, so a person must say; the check confirms 1 of 1. Whether it goes on, for 5 more targets, a person decides
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      - merchant M2: queued
      - merchant M3: queued
      - merchant M4: queued
      - merchant M5: queued
      - merchant M6: queued
    "#);
    // Nobody answers: it expires, and they still have not got it.
    for _ in 0..3 {
        world.later(25).await;
    }
    assert_eq!(reached(&world), ["M1"]);
    // A merchant who writes again has it asked again, for the same reason.
    write(&mut world, 20, 2..=2).await;
    let again = guide(&world);
    assert!(again.contains("waiting for approval"), "{again}");
    let said = world.approves("ben", "INC-1", GUIDE).await;
    insta::assert_snapshot!(said, @"Approved. PLAN-4 runs now, for 5 targets.");
    assert_eq!(reached(&world), ["M1", "M2", "M3", "M4", "M5", "M6"]);
}

#[tokio::test]
async fn the_kill_switch_and_a_drift_between_the_first_and_the_rest_hold_for_the_rest() {
    let mut world = asked(FROM_FOUR, 27).await;
    world.approves("ana", "INC-1", GUIDE).await;
    world.pauses("ben", "deploying").await;
    for _ in 0..20 {
        write(&mut world, 11, 2..=6).await;
    }
    let (plan, _) = world.plan("INC-1", GUIDE);
    assert!(
        world
            .records(&plan.to_string())
            .contains(&"step.begun".to_owned())
    );
    assert_eq!(reached(&world), ["M1"]);
    world.resumes("ben").await;
    assert_eq!(reached(&world).len(), 6);

    let mut world = asked(FROM_FOUR, 27).await;
    world.approves("ana", "INC-1", GUIDE).await;
    write(&mut world, 11, 2..=6).await;
    world
        .edits_config(GUIDE, "\"about\"", "\"concerning\"")
        .await;
    for _ in 0..20 {
        write(&mut world, 11, 2..=6).await;
    }
    assert_eq!(reached(&world), ["M1"]);
    insta::assert_snapshot!(guide(&world), @r#"
    * send_configuration_guide: waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 5 merchants first: M2 is verified, can be answered, wrote most often of those (43 tickets), so a change shows there soonest. The other 4 get it when verification says healed. If it cannot tell within 6 hours, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M2: queued
      - merchant M3: queued
      - merchant M4: queued
      - merchant M5: queued
      - merchant M6: queued
    "#);
}

#[tokio::test]
async fn closing_the_incident_ends_what_waits_for_the_first() {
    let world = asked(FROM_FOUR, 27).await;
    world.approves("ana", "INC-1", GUIDE).await;
    world.closes("ben", "INC-1", "mended by hand").await;
    for _ in 0..16 {
        world.later(30).await;
    }
    assert_eq!(reached(&world), ["M1"]);
    insta::assert_snapshot!(guide(&world), @r#"
    * send_configuration_guide: done, 1 of 6 delivered
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (25 tickets), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 6 hours, you are asked; if it makes no difference or makes it worse, they do not get it.
      - merchant M1: delivered
      - merchant M2: not sent: INC-1 was closed
      - merchant M3: not sent: INC-1 was closed
      - merchant M4: not sent: INC-1 was closed
      - merchant M5: not sent: INC-1 was closed
      - merchant M6: not sent: INC-1 was closed
    "#);
}

#[tokio::test]
async fn a_small_plan_goes_to_all_at_once_and_an_action_may_say_otherwise() {
    let caps = "caps = { per_hour = 100, cooldown_minutes = 1440 }";
    let never = "caps = { per_hour = 100, cooldown_minutes = 1440, canary_from_merchants = 0 }";
    let mut world = World::with("[risk]\ncanary_from_merchants = 7\n").await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    assert_eq!(reached(&world).len(), 6);

    let mut world = World::with("[risk]\ncanary_from_merchants = 2\n").await;
    world.edits_config(GUIDE, caps, never).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    assert_eq!(reached(&world).len(), 6);
}

#[tokio::test]
async fn whom_an_edit_leaves_out_cannot_be_the_first() {
    let world = asked(FROM_FOUR, 27).await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    let said = world
        .edits("ben", plan, &digest, Vec::new(), &[0].into())
        .await;
    insta::assert_snapshot!(said, @"refused: Nothing was changed: nobody would be left for step 1; leave somebody else out, or reject the plan.");
    let said = world
        .edits("ben", plan, &digest, Vec::new(), &[1, 2, 3, 4, 5].into())
        .await;
    assert!(said.contains("stands in the place of"), "{said}");
    let (plan, digest) = world.plan("INC-1", GUIDE);
    let said = world.votes_on("ana", plan, &digest, Ballot::Approve).await;
    insta::assert_snapshot!(said, @"Approved. PLAN-7 runs now, for 1 target.");
    assert_eq!(reached(&world), ["M1"]);
    world.later(1).await;
}
