//! Everybody who reads the alerts hears when Medic is paused and when it goes on, once each.

use super::reading::plain;
use super::team::Team;

#[tokio::test]
async fn a_pause_and_its_end_are_told_in_the_alerts_whoever_says_so_and_wherever() {
    let mut team = Team::new().await;
    let discord = team.discord.clone();
    let alerts = discord.channel("alerts");
    let ana = team.member("Ana");
    ana.uses_command(
        "support",
        "/medic pause reason:Deliveries go to the *wrong* shop",
    )
    .await;
    alerts.shows("is paused").await;
    team.restarts().await;
    let said = team.world.resumes("ben").await;
    assert!(said.starts_with("Resumed."), "{said}");
    alerts.shows("goes on").await;
    // Nobody saw this one begin: Medic's surface was down.
    team.stops();
    team.world.pauses("ana", "Again").await;
    team.restarts().await;
    alerts.shows("Again").await;
    let told: Vec<String> = alerts
        .messages()
        .iter()
        .map(|text| plain(text.split("\n-# ").next().unwrap()))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
    Medic: **Medic is paused** by Ana: Deliveries go to the *wrong* shop
    Tickets are still taken and cards still ask; nothing is delivered until somebody says `/medic resume`.

    Medic: **Medic goes on**, resumed by Ben. What was held back is delivered now.

    Medic: **Medic is paused** by Ana: Again
    Tickets are still taken and cards still ask; nothing is delivered until somebody says `/medic resume`.
    ");
}
