//! Who reported is told after healed, once, and never before.

use crate::support::world::World;

const GUIDE: &str = "send_configuration_guide";
const TOLD: &str = "tell_it_is_healed";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

/// An incident whose fix was approved, and everybody who was not helped wrote again before.
async fn treated() -> World {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    for _ in 0..8 {
        world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
        }
    }
    world.approves("ana", "INC-1", GUIDE).await;
    world
}

async fn healed() -> World {
    let world = treated().await;
    for _ in 0..12 {
        world.later(30).await;
        if world.card("INC-1").contains("healed: 6 treated") {
            return world;
        }
    }
    panic!("it never healed: {}", world.card("INC-1"));
}

/// Merchants who read that it is healed, in order.
fn told(world: &World) -> Vec<String> {
    world
        .arrived()
        .into_iter()
        .filter(|one| one.body.to_string().contains("is resolved"))
        .map(|one| one.path)
        .collect()
}

#[tokio::test]
async fn the_batch_is_announced_before_and_asked_about_after_healed() {
    let world = treated().await;
    let card = world.card("INC-1");
    assert!(
        card.contains(
            "Once healed: people are asked to have 6 merchants told by tell_it_is_healed"
        ),
        "{card}"
    );
    assert!(!card.contains("* tell_it_is_healed"), "{card}");
    let mut world = healed().await;
    let card = world.card("INC-1");
    assert!(card.contains("[waiting for approval]"), "{card}");
    assert!(
        card.contains("* tell_it_is_healed: waiting for approval"),
        "{card}"
    );
    assert_eq!(told(&world), Vec::<String>::new());
    // The question outlives a restart, though the incident is closed.
    world.restarts().await;
    let said = world.approves("ana", "INC-1", TOLD).await;
    assert!(said.starts_with("Approved."), "{said}");
    let mut first = told(&world);
    first.sort();
    assert_eq!(
        first,
        (1..=6)
            .map(|n| format!("/helpdesk/merchants/M{n}/messages"))
            .collect::<Vec<_>>()
    );
    world.restarts().await;
    world.later(600).await;
    assert_eq!(told(&world).len(), 6, "somebody was told twice");
    assert!(
        world.card("INC-1").contains("[done]"),
        "{}",
        world.card("INC-1")
    );
}

#[tokio::test]
async fn merchants_are_told_in_the_language_of_their_newest_ticket() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    for _ in 0..8 {
        world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            let issue = match number {
                1 => "Bestellungen kommen nicht an, der Webhook schlägt fehl",
                2 => "Les commandes n'arrivent plus, le webhook échoue toujours",
                _ => ISSUE,
            };
            world.merchant_posts(&merchant, issue, TIMEOUT).await;
        }
    }
    world.approves("ana", "INC-1", GUIDE).await;
    let card = world.card("INC-1");
    let before = card.lines().find(|line| line.starts_with("Once healed"));
    insta::assert_snapshot!(before.unwrap_or_default(), @"Once healed: people are asked to have 6 merchants told by tell_it_is_healed (English 4, French 1, German 1), each message shown whole first");
    for _ in 0..12 {
        world.later(30).await;
    }
    world.approves("ana", "INC-1", TOLD).await;
    let mut told: Vec<String> = world
        .arrived()
        .into_iter()
        .filter(|one| one.body.to_string().contains("INC-1") && one.body["subject"].is_string())
        .filter(|one| {
            one.body["text"]
                .as_str()
                .is_some_and(|text| text.contains("INC-1"))
        })
        .map(|one| {
            format!(
                "{} {}",
                one.to,
                one.body["subject"].as_str().unwrap_or_default()
            )
        })
        .collect();
    told.sort();
    insta::assert_snapshot!(told.join("\n"), @"
    M1 Ihre Meldung zu INC-1 ist erledigt
    M2 Votre signalement concernant INC-1 est résolu
    M3 Your report about INC-1 is resolved
    M4 Your report about INC-1 is resolved
    M5 Your report about INC-1 is resolved
    M6 Your report about INC-1 is resolved
    ");
}

#[tokio::test]
async fn nobody_is_told_where_people_say_no_or_a_person_closed_it() {
    let world = healed().await;
    world.rejects("ben", "INC-1", TOLD, "we call them").await;
    world.later(60).await;
    assert_eq!(told(&world), Vec::<String>::new());
    assert!(
        world.card("INC-1").contains("[done]"),
        "{}",
        world.card("INC-1")
    );

    let world = treated().await;
    world.closes("ana", "INC-1", "enough").await;
    world.later(600).await;
    let card = world.card("INC-1");
    assert!(!card.contains(TOLD), "{card}");
}

#[tokio::test]
async fn a_closing_action_that_treats_or_that_rules_use_is_refused_at_start() {
    use medic::config::{Config, EnvSource};
    let read = |more: &str| {
        let env = EnvSource::fixed([]);
        Config::read("the test's config", more, &env)
            .unwrap_err()
            .to_string()
    };
    let remedial = read("[verify]\nclosing_action = \"send_configuration_guide\"\n");
    assert!(remedial.contains("set remedial = false"), "{remedial}");
    let used = read("[verify]\nclosing_action = \"nobody\"\n");
    assert!(used.contains("is not an action of [actions]"), "{used}");
}
