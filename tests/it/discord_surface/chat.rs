//! The chat that connectors post through.

use super::team::Team;
use crate::support::discord::Mood;
use medic::discord::chat::DiscordChat;
use medic::domain::ports::{Chat, ChatFound, ChatMessage, ChatOutcome, ChatPlace};
use medic::domain::{Origin, Surface};

fn message(team: &Team, place: ChatPlace, text: &str, ping: &[&str]) -> ChatMessage {
    ChatMessage {
        workspace: team.world.workspace(),
        place,
        text: text.to_owned(),
        ping: ping.iter().map(|role| (*role).to_owned()).collect(),
    }
}

fn channel(team: &Team, name: &str) -> ChatPlace {
    ChatPlace::Channel(team.discord.channel(name).id().to_string())
}

#[tokio::test]
async fn a_message_calls_exactly_the_roles_it_names() {
    let team = Team::new().await;
    let chat = DiscordChat::new(team.context.clone());
    let place = channel(&team, "support");
    let text = "Orders stand still.\n@everyone look: [here](https://evil.example)";
    let posted = chat
        .post(
            message(&team, place, text, &["on_call"]),
            "key-1".to_owned(),
        )
        .await;
    assert!(matches!(posted, ChatOutcome::Posted { .. }), "{posted:?}");
    assert_eq!(team.discord.pings(), ["@on-call"]);
    let shown = team.discord.channel("support").reads();
    assert!(
        shown.contains("\\@everyone look: \\[here\\]\\(https\\://evil.example\\)"),
        "{shown}"
    );
}

#[tokio::test]
async fn an_answer_goes_to_the_tickets_own_message_and_a_thread_begins_on_one() {
    let team = Team::new().await;
    let chat = DiscordChat::new(team.context.clone());
    let asked = team.member("Merchant").says("support", "Nothing works");
    let origin = Origin {
        surface: Surface::Discord,
        id: asked.to_string(),
        channel: team.discord.channel("support").id().to_string(),
        thread: None,
        message: Some(asked.to_string()),
        author: "1".to_owned(),
        forwarder: None,
    };
    let place = ChatPlace::Ticket(origin);
    chat.post(
        message(&team, place, "We are on it.", &[]),
        "key-2".to_owned(),
    )
    .await;
    let answered = team.discord.world(|world| {
        let newest = world.messages.values().next_back().unwrap();
        (newest.reply_to, newest.content.clone())
    });
    assert_eq!(answered.0, Some(asked));
    assert!(answered.1.starts_with("We are on it."), "{}", answered.1);

    let place = ChatPlace::NewThread {
        channel: team.discord.channel("alerts").id().to_string(),
        name: "Webhooks, 5 January".to_owned(),
    };
    let posted = chat
        .post(
            message(&team, place, "Talk about it here.", &[]),
            "key-3".to_owned(),
        )
        .await;
    assert!(matches!(posted, ChatOutcome::Posted { .. }), "{posted:?}");
    assert!(
        team.discord
            .channel("alerts")
            .reads()
            .contains("(thread: Webhooks, 5 January)")
    );
}

#[tokio::test]
async fn what_became_of_a_message_can_be_looked_up_and_nothing_is_posted_twice() {
    let team = Team::new().await;
    let chat = DiscordChat::new(team.context.clone());
    team.member("Merchant").says("support", "Nothing works");
    let place = || channel(&team, "support");
    assert_eq!(
        chat.find(place(), "key-4".to_owned()).await,
        ChatFound::Absent
    );
    for _ in 0..5 {
        team.discord.next("POST /channels", Mood::AnswerLost);
    }
    let outcome = chat
        .post(message(&team, place(), "Once.", &[]), "key-4".to_owned())
        .await;
    assert!(
        matches!(outcome, ChatOutcome::Unknown { .. }),
        "{outcome:?}"
    );
    let found = chat.find(place(), "key-4".to_owned()).await;
    assert!(matches!(found, ChatFound::Posted { .. }), "{found:?}");
    chat.post(message(&team, place(), "Once.", &[]), "key-4".to_owned())
        .await;
    let shown = team.discord.channel("support").reads();
    assert_eq!(shown.matches("Once.").count(), 1, "{shown}");
}

#[tokio::test]
async fn a_role_or_channel_that_nobody_set_up_is_named() {
    let team = Team::new().await;
    let chat = DiscordChat::new(team.context.clone());
    let problems = chat.problems(
        &ChatPlace::Channel("general".to_owned()),
        &["lead".to_owned()],
    );
    insta::assert_snapshot!(problems.join("\n"), @r#"
    with.channel: it is no Discord id; right click the channel, Copy Channel ID
    with.ping: "lead" is no role of [discord.roles]; add it there with its Discord role id
    "#);
}

#[tokio::test]
async fn a_seed_action_may_be_configured_over_the_chat() {
    let mut team = Team::with(|discord| {
        let support = discord.channel("support").id();
        format!(
            "[actions.assign_to_support_team]\ndescription = \"Tells support.\"\nconnector = \"chat\"\n\
             risk = \"low\"\nremedial = false\nreaches = {{ team = \"support\" }}\n\
             [actions.assign_to_support_team.with]\nto = \"channel\"\nchannel = \"{support}\"\n\
             ping = \"support\"\ntext = \"{{{{ subject }}}} is yours: {{{{ root_cause }}}}\"\n"
        )
    })
    .await;
    team.world
        .posts("M1", "A question about an invoice", "", "low", true)
        .await;
    let shown = team.discord.channel("support").shows("is yours").await;
    assert!(shown.contains("CASE\\-1 is yours"), "{shown}");
    assert_eq!(team.discord.pings(), ["@support"]);
    team.world.calm().await;
    assert!(
        team.world
            .records("CASE-1")
            .contains(&"delivery.delivered".to_owned())
    );
}

#[tokio::test]
async fn an_action_can_answer_where_the_merchant_reported() {
    let team = Team::with(|_| {
        "[actions.assign_to_support_team]\ndescription = \"Answers.\"\nconnector = \"chat\"\n\
         risk = \"low\"\nremedial = false\nreaches = \"each_merchant\"\n\
         [actions.assign_to_support_team.with]\nto = \"ticket\"\ntext = \"Thank you, we look into it.\"\n"
            .to_owned()
    })
    .await;
    let asked = team
        .member("Merchant")
        .says("support", "A question about an invoice");
    let kim = team.member("Kim");
    let form = kim.uses_menu("Forward as ticket", asked).await;
    kim.submits(&form, &[("merchant", "M5")]).await;
    team.discord
        .channel("support")
        .shows("Thank you, we look into it.")
        .await;
    let answers = team.discord.world(|world| {
        let mut messages = world.messages.values();
        let found = messages.find(|m| m.content.starts_with("Thank you"));
        found.and_then(|m| m.reply_to)
    });
    assert_eq!(answers, Some(asked));
}
