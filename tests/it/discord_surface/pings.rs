//! Whoever has to decide is called: once when asked, once for each reminder and escalation.

use super::reading::plain;
use super::team::Team;
use medic::domain::SubjectId;

fn calls(team: &Team) -> Vec<String> {
    let messages = team.alerts().into_iter();
    messages
        .filter(|text| text.contains("Medic · ping/"))
        .collect()
}

fn asks(team: &Team) -> usize {
    let subject: SubjectId = "INC-1".parse().unwrap();
    let card = team
        .world
        .handle()
        .card(&team.world.workspace(), subject)
        .unwrap()
        .unwrap();
    card.plans.iter().map(|plan| plan.asks.len()).sum()
}

#[tokio::test]
async fn a_question_calls_only_the_role_that_may_decide_and_links_to_its_card() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.discord
        .until("a call for each question", |world| {
            (world.pings.len() >= 2).then_some(())
        })
        .await;
    assert!(
        team.discord.pings().iter().all(|whom| whom == "@on-call"),
        "{:?}",
        team.discord.pings()
    );
    let card = team.discord.channel("alerts").posts()[0];
    let calls = calls(&team);
    assert_eq!(calls.len(), 2, "{calls:#?}");
    assert!(
        calls.iter().all(|call| call.contains(&format!("/{card}"))),
        "{calls:#?}"
    );
    let read = plain(&calls[0]);
    let lines: Vec<&str> = read
        .lines()
        .filter(|line| !line.contains("https://"))
        .collect();
    let role = team.discord.role("on-call").to_string();
    insta::assert_snapshot!(lines.join("\n").replace(&role, "on-call"), @r"
    Medic: <@&on-call> please decide: INC-1 asks for escalate_to_engineering (PLAN-1, high risk), expires 09:00 (from now)
    -# Medic · ping/PLAN-1/1
    ");
}

#[tokio::test]
async fn each_reminder_is_a_new_message_and_a_restart_repeats_none() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let first = asks(&team);
    team.discord
        .until("the first calls", |world| {
            (world.pings.len() >= first).then_some(())
        })
        .await;
    for _ in 0..5 {
        team.world.later(10).await;
    }
    let wanted = asks(&team);
    assert!(wanted > first, "nobody was reminded");
    for plan in 1..=2 {
        let newest = format!("ping/PLAN-{plan}/{}", wanted / 2);
        team.discord.channel("alerts").shows(&newest).await;
    }
    let before = calls(&team).len();
    team.restarts().await;
    team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    team.discord
        .channel("alerts")
        .shows("[Approve PLAN-2]")
        .await;
    assert_eq!(calls(&team).len(), before);
}
