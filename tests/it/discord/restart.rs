//! A whole Medic that stops and starts again while Discord goes on: what came meanwhile is read back
//! once, with one summary, and the card that stood there works.

use super::whole::{Place, timed_out};
use crate::support::discord::{Discord, Mood};
use std::time::Duration;

/// The card of the one incident; panics where there are several.
fn card(discord: &Discord) -> (u64, String) {
    let alerts = discord.channel("alerts");
    let found: Vec<(u64, String)> = alerts
        .posts()
        .into_iter()
        .zip(alerts.messages())
        .filter(|(_, text)| text.contains("_ card/INC-1"))
        .collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

/// The label of the card's first button.
fn approve(card: &str) -> String {
    let from = card.find("[Approve PLAN-").unwrap() + 1;
    let length = card[from..].find(']').unwrap();
    card[from..from + length].to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_while_medic_was_down_is_read_back_once_and_the_card_works_on() {
    let place = Place::new().await;
    let discord = &place.discord;
    let medic = place.starts().await;
    discord.online().await;
    medic.webhooks_time_out(discord).await;
    medic.until("six tickets", |all| all.len() == 6).await;
    let (first, _) = card(discord);
    medic.app.stop().await;

    discord.forgets_sessions();
    timed_out(discord, 7);

    let medic = place.starts().await;
    let alerts = discord.channel("alerts");
    let read = alerts.shows("Caught up").await;
    insta::assert_snapshot!(read.lines().find(|line| line.contains("Caught up")).unwrap(), @"Medic: Caught up: 1 message new or changed in 1 channel or thread.");
    medic.until("what came", |all| all.len() == 7).await;
    alerts.shows("**Merchants** 7 distinct").await;
    let (same, text) = card(discord);
    assert_eq!(same, first);
    let said = discord
        .member("Ben")
        .clicks_on(first, &approve(&text))
        .await;
    assert!(said.ephemeral, "{said:?}");
    assert!(said.text.starts_with("Approved."), "{said:?}");
    medic.app.stop().await;

    // Nothing came meanwhile: nothing is told.
    discord.forgets_sessions();
    let (connections, _, _) = discord.connections();
    let medic = place.starts().await;
    discord.online_again(connections).await;
    timed_out(discord, 1);
    medic.until("a ticket of now", |all| all.len() == 8).await;
    medic.app.stop().await;
    card(discord);
    assert_eq!(alerts.reads().matches("Caught up").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_hangs_when_medic_stops_does_not_keep_the_store() {
    let place = Place::new().await;
    let discord = place.discord.clone();
    let medic = place.starts().await;
    discord.online().await;
    discord
        .until("the commands", |world| {
            world
                .commands
                .as_array()
                .is_some_and(|all| !all.is_empty())
                .then_some(())
        })
        .await;
    // Discord takes this request and is silent about it.
    discord.next("GET /users/@me", Mood::Slow(Duration::from_secs(600)));
    let asks = {
        let ben = discord.member("Ben");
        tokio::spawn(async move { ben.uses_command("alerts", "/medic doctor").await })
    };
    discord
        .until("the question to hang", |world| {
            world.moods.requests.is_empty().then_some(())
        })
        .await;
    medic.app.stop().await;
    place.starts().await.app.stop().await;
    asks.abort();
}
