//! A problem that comes back, and fixes that do not help.

use crate::discord_surface::team::Team;
use crate::support::world::World;

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

async fn everybody_writes(world: &mut World) {
    for number in 1..=6 {
        let merchant = format!("M{number}");
        world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
    }
}

async fn everybody_writes_at_once(world: &mut World) {
    let tickets: Vec<_> = (1..=6)
        .map(|number| {
            serde_json::json!({
                "ticket_id": format!("again-{number}"),
                "merchant_id": format!("M{number}"),
                "timestamp": world.now(),
                "issue": ISSUE,
                "error_log": TIMEOUT,
                "severity": "high",
            })
        })
        .collect();
    let body = serde_json::Value::from(tickets).to_string();
    world.sends(&body, true).await;
}

/// An incident that was closed by hand, two hours after everybody got the guide.
async fn closed_by_hand() -> World {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..4 {
        world.later(30).await;
    }
    let said = world.closes("ana", "INC-1", "the gateway was mended").await;
    assert!(said.contains("is closed"), "{said}");
    world
}

fn summary(world: &World) -> String {
    let card = world.card("INC-1");
    card.lines().nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_problem_that_comes_back_reopens_its_incident_with_its_history() {
    let mut world = closed_by_hand().await;
    world.restarts().await;
    world.later(30).await;
    for merchant in ["M1", "M2", "N1"] {
        world.merchant_posts(merchant, ISSUE, TIMEOUT).await;
    }
    assert!(
        world.card("INC-1").contains("[done]"),
        "three are no incident"
    );
    world.merchant_posts("N2", ISSUE, TIMEOUT).await;

    assert_eq!(world.incidents(), 1);
    insta::assert_snapshot!(summary(&world), @"Again: closed by hand on 2026-01-05 10:00 UTC, back since 2026-01-05 10:30 UTC. At first: 4 of 4 merchants in 30 min, less than 0.1 expected");
    let records = world.records("INC-1");
    assert!(
        records.contains(&"incident.reopened".to_owned()),
        "{records:?}"
    );
    let card = world.card("INC-1");
    assert!(card.contains("Merchants: 8 distinct"), "{card}");
    // Engineering hears of it again, and who was told the same a moment ago is not told it again.
    assert!(card.contains("escalate_to_engineering: waiting"), "{card}");
    // It ends like any other, and nobody counts it as a new one.
    let said = world.closes("ana", "INC-1", "mended for good").await;
    assert!(said.contains("is closed"), "{said}");
}

#[tokio::test]
async fn after_the_window_it_is_a_new_incident() {
    let mut world = closed_by_hand().await;
    for _ in 0..40 {
        world.later(120).await;
    }
    for merchant in ["M1", "M2", "N1", "N2", "N3", "N4"] {
        world.merchant_posts(merchant, ISSUE, TIMEOUT).await;
    }
    assert_eq!(world.incidents(), 2, "{}", world.card("INC-1"));
    assert!(world.card("INC-1").contains("[done]"));
}

/// The guide is sent, and everybody writes as before until Medic says that it made no difference.
async fn a_fix_that_does_nothing(world: &mut World) {
    let said = world.approves("ana", "INC-1", GUIDE).await;
    assert!(said.starts_with("Approved."), "{said}");
    for _ in 0..60 {
        world.later(25).await;
        everybody_writes(world).await;
        let card = world.card("INC-1");
        if ["no difference", "worse"]
            .iter()
            .any(|word| card.contains(&format!("Outcome: {word}")))
        {
            return;
        }
    }
    panic!("no answer: {}", world.card("INC-1"));
}

#[tokio::test]
async fn two_fixes_that_do_not_help_stop_automation_until_a_person_lets_it_go_on() {
    let mut world = World::new().await;
    world
        .edits_config(GUIDE, "cooldown_minutes = 1440", "cooldown_minutes = 0")
        .await;
    world.webhooks_time_out().await;
    for _ in 0..4 {
        world.later(25).await;
        everybody_writes(&mut world).await;
    }
    let stopped = |world: &World| world.card("INC-1").contains("Automation: stopped");
    a_fix_that_does_nothing(&mut world).await;
    assert!(!stopped(&world));
    // It was closed by hand, and it was not over.
    let said = world.closes("ana", "INC-1", "somebody mended it").await;
    assert!(said.contains("is closed"), "{said}");
    everybody_writes_at_once(&mut world).await;
    assert_eq!(world.incidents(), 1);
    for _ in 0..4 {
        world.later(25).await;
        everybody_writes(&mut world).await;
    }
    a_fix_that_does_nothing(&mut world).await;
    let card = world.card("INC-1");
    let line = card.lines().find(|line| line.starts_with("Automation"));
    insta::assert_snapshot!(line.unwrap_or(&card), @"Automation: stopped for this pattern: 2 fixes did not help, so a person decides");
    assert!(
        world
            .records("INC-1")
            .contains(&"automation.stopped".to_owned())
    );
    world.restarts().await;
    assert!(stopped(&world));

    let said = world.lets_go_on("nobody", "INC-1", "I wish").await;
    assert!(said.starts_with("refused: "), "{said}");
    let said = world
        .lets_go_on("ana", "INC-1", "the guide was rewritten")
        .await;
    assert!(said.contains("goes on"), "{said}");
    assert!(!stopped(&world));
    let again = world.lets_go_on("ana", "INC-1", "again").await;
    assert!(
        again.starts_with("refused: Automation is not stopped for "),
        "{again}"
    );
}

#[tokio::test]
async fn stopped_automation_goes_on_from_the_menu_of_the_card_and_only_where_it_is_stopped() {
    let mut team = Team::new().await;
    team.world
        .edits_config(GUIDE, "cooldown_minutes = 1440", "cooldown_minutes = 0")
        .await;
    team.restarts().await;
    team.webhooks_time_out().await;
    let (ana, merchant) = (team.member("Ana"), team.member("Merchant"));
    let card = team.discord.channel("alerts").posts()[0];
    let offer = "Let automation go on…";
    assert!(!team.discord.channel("alerts").reads().contains(offer));
    let early = ana.forges(card, "v1:go-on:INC-1").await;
    assert!(
        early.text.starts_with("Automation is not stopped for "),
        "{early:?}"
    );
    for _ in 0..4 {
        team.world.later(25).await;
        everybody_writes(&mut team.world).await;
    }
    a_fix_that_does_nothing(&mut team.world).await;
    team.world
        .closes("ana", "INC-1", "somebody mended it")
        .await;
    everybody_writes_at_once(&mut team.world).await;
    for _ in 0..4 {
        team.world.later(25).await;
        everybody_writes(&mut team.world).await;
    }
    a_fix_that_does_nothing(&mut team.world).await;
    team.discord.channel("alerts").shows(offer).await;

    let form = ana.chooses("alerts", offer).await;
    assert!(
        form.text
            .starts_with("# Let automation go on\nWhat is different now? *:"),
        "{form:?}"
    );
    let theirs = merchant.chooses("alerts", offer).await;
    assert!(
        theirs.ephemeral && theirs.text.contains("Only your team can do this"),
        "{theirs:?}"
    );
    let said = ana
        .submits(&form, &[("reason", "the guide was rewritten")])
        .await;
    assert!(said.ephemeral && said.text.contains("goes on"), "{said:?}");
    let again = ana.submits(&form, &[("reason", "again")]).await;
    assert!(
        again.text.starts_with("Automation is not stopped for "),
        "{again:?}"
    );
    team.world.calm().await;
    assert!(!team.world.card("INC-1").contains("Automation: stopped"));
}
