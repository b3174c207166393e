//! A surge from its first ticket to its end.

use crate::support::world::World;
use medic::engine::handle::Receipt;

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

#[tokio::test]
async fn a_surge_becomes_one_incident_that_asks_before_it_reaches_many() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    assert_eq!(world.incidents(), 1);
    insta::assert_snapshot!(world.card("INC-1"), @r#"
    INC-1 · WebhookTimeout order.created [waiting for approval]
    4 of 4 merchants in 30 min, less than 0.1 expected
    Merchants: 6 distinct
    Tickets: 6
    Severity: high
    Stage: post-migration-day-1 (6 of 6 tickets)
    Cause: webhook configuration
    How sure: CONFIRMED, 81 of 100, by an error signature
    * escalate_to_engineering: waiting for approval
      rule many_merchants: merchants >= 3
      risk high: escalate_to_engineering is at least high risk
      - engineering: queued
    * send_configuration_guide: waiting for approval
      rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
      risk high: send_configuration_guide is at least low risk; reaches 6 merchants: at least high
      - merchant M1: queued
      - merchant M2: queued
      - merchant M3: queued
      - merchant M4: queued
      - merchant M5: queued
      - merchant M6: queued
    "#);
}

#[tokio::test]
async fn an_approved_guide_reaches_every_merchant_once_and_silence_heals() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let said = world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    assert!(said.starts_with("Approved."), "{said}");
    let mut guides: Vec<String> = world
        .arrived_at()
        .into_iter()
        .filter(|path| path.contains("/merchants/"))
        .collect();
    guides.sort();
    let before = guides.len();
    guides.dedup();
    assert_eq!(before, guides.len(), "a merchant got it twice");
    assert_eq!(guides.len(), 6);
    for _ in 0..30 {
        world.later(60).await;
    }
    // One report of each says little about how often they would write: silence alone is no proof.
    let card = world.card("INC-1");
    assert!(card.contains("cannot tell yet"), "{card}");
    assert!(
        !world
            .records("INC-1")
            .contains(&"incident.closed".to_owned())
    );
}

#[tokio::test]
async fn a_fix_after_which_everybody_falls_silent_heals_and_closes_the_incident() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    // Who is not helped writes again and again.
    for _ in 0..8 {
        world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
        }
    }
    world.later(15).await;
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..12 {
        world.later(30).await;
    }
    let card = world.card("INC-1");
    assert!(
        card.contains("healed: 6 treated merchants: 0 tickets"),
        "{card}"
    );
    // Nothing is left to do but to tell those who reported it, which people approve.
    assert!(
        card.contains("* tell_it_is_healed: waiting for approval"),
        "{card}"
    );
    assert!(
        world
            .records("INC-1")
            .contains(&"incident.closed".to_owned())
    );
}

#[tokio::test]
async fn newcomers_are_asked_about_together_when_the_fix_before_is_looked_at() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    let (first, _) = world.plan("INC-1", GUIDE);
    for merchant in ["N1", "N2", "N3"] {
        world.later(5).await;
        world.merchant_posts(merchant, ISSUE, TIMEOUT).await;
    }
    assert_eq!(
        world.plan("INC-1", GUIDE).0,
        first,
        "asked for each of them"
    );
    world.later(20).await;
    let (second, _) = world.plan("INC-1", GUIDE);
    assert_ne!(second, first);
    let card = world.card("INC-1");
    for merchant in ["N1", "N2", "N3"] {
        let line = format!("- merchant {merchant}: queued");
        assert!(card.contains(&line), "{card}");
    }
}

#[tokio::test]
async fn a_newcomer_is_not_forgotten_when_every_fix_before_is_over() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    // Past the deadline nobody looks again.
    for _ in 0..13 {
        world.later(120).await;
    }
    let (first, _) = world.plan("INC-1", GUIDE);
    world.merchant_posts("N1", ISSUE, TIMEOUT).await;
    assert_ne!(
        world.plan("INC-1", GUIDE).0,
        first,
        "{}",
        world.card("INC-1")
    );
}

#[tokio::test]
async fn one_loud_merchant_is_no_incident() {
    let mut world = World::new().await;
    for _ in 0..40 {
        world
            .merchant_posts(
                "M1",
                "Checkout broken AGAIN",
                "WebhookTimeout: order.created failed",
            )
            .await;
        world.later(1).await;
    }
    assert_eq!(world.incidents(), 0);
}

#[tokio::test]
async fn many_names_typed_by_one_forwarder_are_no_incident() {
    let mut world = World::new().await;
    for number in 1..=20 {
        let merchant = format!("M{number}");
        world
            .posts(
                &merchant,
                "Webhook fails",
                "WebhookTimeout: order.created failed",
                "high",
                false,
            )
            .await;
        world.later(1).await;
    }
    assert_eq!(world.incidents(), 0);
}

#[tokio::test]
async fn a_merchant_named_only_in_a_message_gets_nothing_by_itself() {
    let mut world = World::new().await;
    world
        .posts(
            "victim",
            "Orders do not arrive",
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
            "high",
            false,
        )
        .await;
    assert!(
        !world
            .arrived_at()
            .iter()
            .any(|path| path.contains("victim"))
    );
    assert!(
        world.card("CASE-1").contains("named only in a message"),
        "{}",
        world.card("CASE-1")
    );
}

#[tokio::test]
async fn the_same_ticket_again_changes_nothing() {
    let world = World::new().await;
    let body = r#"{"ticket_id":"A-1","merchant_id":"M1","issue":"Cart empties itself"}"#;
    let first = world.sends(body, true).await;
    let Receipt::Accepted { ticket, .. } = &first[0] else {
        panic!("{first:?}");
    };
    let again = world.sends(&format!("{body} "), true).await;
    assert!(
        matches!(&again[0], Receipt::Duplicate { ticket: known, .. } if known == ticket),
        "{again:?}"
    );
    let figures = world.handle().overview(&world.workspace()).unwrap().figures;
    assert_eq!((figures.tickets, figures.duplicates), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_used_is_said_once_and_not_at_every_ticket_of_a_surge() {
    let mut world = World::with("[endpoints.unused]\nbase_url = \"\"\n[actions.send_configuration_guide]\ndescription = \"To each.\"\nconnector = \"http\"\nrisk = \"low\"\nremedial = true\nreaches = \"each_merchant\"\n[actions.send_configuration_guide.with]\nendpoint = \"unused\"\nmethod = \"POST\"\npath = \"/x\"\nbody = '{}'\n").await;
    world.webhooks_time_out().await;
    let plans = |world: &World| {
        let made = world.records("INC-1");
        made.iter().filter(|kind| *kind == "plan.made").count()
    };
    let before = plans(&world);
    assert!(world.card("INC-1").contains("cannot be used"));
    for number in 1..=6 {
        world.later(1).await;
        let merchant = format!("M{number}");
        world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
    }
    world.merchant_posts("M7", ISSUE, TIMEOUT).await;
    assert_eq!(plans(&world), before, "{}", world.card("INC-1"));
}

#[tokio::test]
async fn an_endpoint_that_is_not_set_up_is_said_on_the_card_and_nothing_is_sent() {
    let mut world = World::with("[endpoints.unused]\nbase_url = \"\"\n[actions.assign_to_support_team]\ndescription = \"To a queue.\"\nconnector = \"http\"\nrisk = \"medium\"\nremedial = false\nreaches = { team = \"support\" }\n[actions.assign_to_support_team.with]\nendpoint = \"unused\"\nmethod = \"POST\"\npath = \"/x\"\nbody = '{}'\n").await;
    world
        .posts("M1", "A question about invoices", "", "low", true)
        .await;
    let card = world.card("CASE-1");
    assert!(card.contains("cannot be used"), "{card}");
    assert!(card.contains("[endpoints.unused]"), "{card}");
    assert!(card.contains("needs a person"), "{card}");
    assert!(world.arrived().is_empty());
}

/// Bytes of the rows that ten more tickets write, of merchants who are in the incident already.
async fn ten_more(world: &mut World) -> u64 {
    let before = world.store.written();
    for merchant in 0..10 {
        let name = format!("M{}", merchant % 5 + 1);
        world.merchant_posts(&name, ISSUE, TIMEOUT).await;
    }
    world.store.written() - before
}

#[tokio::test]
async fn one_more_ticket_costs_the_same_however_many_merchants_an_incident_has() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let with_few = ten_more(&mut world).await;
    for merchant in 100..300 {
        let name = format!("M{merchant}");
        world.merchant_posts(&name, ISSUE, TIMEOUT).await;
    }
    assert_eq!(world.incidents(), 1);
    let with_many = ten_more(&mut world).await;
    assert!(
        with_many < with_few * 3 / 2,
        "{with_few} bytes with few merchants, {with_many} with many"
    );
}
