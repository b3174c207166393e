//! A whole Medic that stops and starts again while Discord goes on: what came meanwhile is read back
//! once, with one summary, and the card that stood there works.

use super::whole::{Place, timed_out};
use crate::support::discord::{Discord, Mood, Permission};
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

    // What is posted in the moment of a start may be read back as well.
    let earlier = discord
        .channel("alerts")
        .reads()
        .matches("Caught up")
        .count();
    let medic = place.starts().await;
    let alerts = discord.channel("alerts");
    let summary = discord
        .until("a summary", |world| {
            let all = world.messages.values().map(|message| &message.content);
            let told: Vec<&String> = all.filter(|text| text.starts_with("Caught up")).collect();
            told.get(earlier).map(|text| (*text).clone())
        })
        .await;
    insta::assert_snapshot!(summary, @"Caught up: 1 message new or changed in 1 channel or thread.");
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

    assert_eq!(alerts.reads().matches("Caught up").count(), earlier + 1);

    // Once more: nothing is posted again.
    discord.forgets_sessions();
    let (connections, _, _) = discord.connections();
    let medic = place.starts().await;
    discord.online_again(connections).await;
    timed_out(discord, 1);
    medic.until("a ticket of now", |all| all.len() == 8).await;
    medic.app.stop().await;
    card(discord);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_edited_and_deleted_while_medic_was_down_is_noticed() {
    let place = Place::new().await;
    let discord = &place.discord;
    let medic = place.starts().await;
    discord.online().await;
    let merchant = discord.member("Merchant 1");
    let gone = merchant.says("help", "Orders do not arrive");
    let changed = merchant.says("help", "Images are missing");
    merchant.says("help", "Prices are wrong");
    medic.until("three tickets", |all| all.len() == 3).await;
    medic.app.stop().await;

    discord.forgets_sessions();
    merchant.deletes(gone);
    merchant.edits(changed, "Images are missing in the app");

    let medic = place.starts().await;
    let found = medic
        .until("the deletion and the edit", |all| {
            all[0].withdrawn_at.is_some() && all[1].edited_at.is_some()
        })
        .await;
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[1].ticket.merchant_message,
        "Images are missing in the app"
    );
    assert!(found[2].withdrawn_at.is_none() && found[2].edited_at.is_none());
    let read = discord.channel("alerts").shows("deleted meanwhile").await;
    insta::assert_snapshot!(read.lines().find(|line| line.contains("deleted meanwhile")).unwrap(), @"Medic: Caught up: 1 message new or changed in 1 channel or thread. 1 message deleted meanwhile.");
    medic.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_that_is_hidden_after_a_restart_withdraws_nothing() {
    let place = Place::new().await;
    let discord = &place.discord;
    let medic = place.starts().await;
    discord.online().await;
    discord
        .member("Merchant 1")
        .says("help", "Orders do not arrive");
    medic.until("a ticket", |all| all.len() == 1).await;
    medic.app.stop().await;

    discord.forgets_sessions();
    discord.deny("help", Permission::ReadMessageHistory);
    discord.member("Merchant 2").says("help", "Unseen");

    let medic = place.starts().await;
    discord.channel("alerts").shows("is hidden from me").await;
    let found = medic.until("the ticket", |all| all.len() == 1).await;
    assert!(found[0].withdrawn_at.is_none());
    medic.app.stop().await;
}
