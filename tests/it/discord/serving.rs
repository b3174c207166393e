//! A whole Medic and a Discord beside it: what merchants write becomes tickets, what they change
//! changes them, and the doctor sees what is amiss.

use super::whole::Place;
use medic::app::{self, App, Build};
use medic::data::DataFiles;
use medic::domain::Provenance;
use medic::engine::SystemClock;
use medic::engine::handle::TicketView;
use std::sync::Arc;

fn merchant(view: &TicketView) -> Option<(&str, bool)> {
    let merchant = view.ticket.merchant.as_ref()?;
    let verified = merchant.provenance == Provenance::Verified;
    Some((merchant.id.as_str(), verified))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_tickets_edits_change_them_and_deletions_are_noted() {
    let place = Place::new().await;
    let discord = &place.discord;
    let medic = place.starts().await;
    discord.online().await;

    let known = discord.member("Merchant 1");
    let message = known.says("help", "Orders do not arrive since the move");
    let found = medic.until("a ticket", |all| all.len() == 1).await;
    assert_eq!(merchant(&found[0]), Some(("M1", true)));
    assert_eq!(found[0].ticket.severity.as_str(), "high");
    assert_eq!(found[0].origin.as_ref().unwrap().id, message.to_string());

    known.edits(
        message,
        "Orders do not arrive since the move, write to kim@shop.example",
    );
    let found = medic
        .until("the edit", |all| all[0].edited_at.is_some())
        .await;
    assert_eq!(
        found[0].ticket.merchant_message,
        "Orders do not arrive since the move, write to ‹email:1›"
    );

    known.deletes(message);
    let found = medic
        .until("the deletion", |all| all[0].withdrawn_at.is_some())
        .await;
    assert_eq!(found.len(), 1);

    let stranger = discord.member("Stranger");
    stranger.says("help", "[M9] Product images answer 404");
    let found = medic.until("a claimed one", |all| all.len() == 2).await;
    assert_eq!(merchant(&found[1]), Some(("M9", false)));
    assert_eq!(
        found[1].ticket.merchant_message,
        "Product images answer 404"
    );

    stranger.posts(
        "reports",
        "Cart is empty",
        "It empties itself",
        &["Ana's Tea"],
    );
    let found = medic.until("a post", |all| all.len() == 3).await;
    assert_eq!(merchant(&found[2]), Some(("M2", true)));
    assert_eq!(found[2].ticket.issue, "Cart is empty");
    medic.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discord_that_is_not_there_stops_nothing_else() {
    let place = Place::new().await;
    let mut config = place.config();
    config.discord.api_base = Some("http://127.0.0.1:9".to_owned());
    let app = App::start(Build {
        config,
        data: DataFiles::built_in(),
        clock: Arc::new(SystemClock),
        received: None,
    });
    let app = app.await.unwrap();
    app.handle().ready().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn the_doctor_looks_at_the_server_itself() {
    let place = Place::new().await;
    let discord = &place.discord;
    let config = place.config();
    let rest = app::discord::rest(&config).unwrap().unwrap();
    let now = jiff::Timestamp::now();
    let found = app::discord::examine(&config, &rest, now).await;
    let read: Vec<String> = found
        .iter()
        .filter(|finding| finding.what != "clock")
        .map(|finding| format!("{:?} {}: {}", finding.level, finding.what, finding.text))
        .collect();
    insta::assert_snapshot!(read.join("\n"), @r"
    Fine token: Discord knows it as Medic
    Fine server: Shop support
    Fine intents: the message content intent is on
    Fine discord.alerts_channel: #alerts for cards
    Fine discord.channels: #help for tickets
    Fine discord.channels: #reports for tickets
    Fine discord.roles.on_call: @on-call
    Notice approval: undecided plans of low, medium, high, critical risk escalate to lead, and nobody is called in Discord: set lead under [discord.roles] to a role's id, or name other roles in escalate_to
    Notice approval: how many people hold a role cannot be read: Discord refused: 404: Not Found (status 404, code 0)
    Fine approval.low: needs 1 of support or on_call; up to 2 could approve
    Fine approval.medium: needs 1 of support or on_call; up to 2 could approve
    Fine approval.high: needs 1 of on_call; up to 2 could approve
    Fine approval.critical: needs 2 of on_call; up to 2 could approve
    Notice commands: not registered yet: incident, approvals, audit, ticket, policy, medic, Forward as ticket, Explain this; `medic run` registers them when it starts
    Fine test card: posted, read back with its button intact, removed. Not proven: that a press arrives, which takes a person; press any button once
    ");
    assert!(
        discord.channel("alerts").messages().is_empty(),
        "the test card stands there still"
    );
}
