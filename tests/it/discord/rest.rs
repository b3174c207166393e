//! Calls within Discord's limits, and what comes of each kind of trouble. Time is simulated: waits
//! cost nothing and are measured exactly.

use crate::support::discord::{Discord, Mood, Permission, Scope, TOKEN};
use medic::discord::rest::{ApiBase, Attachment, Deadlines, Rest, RestError};
use secrecy::SecretString;
use serde_json::{Value, json};
use serenity::model::id::{ChannelId, InteractionId, MessageId};
use std::time::Duration;
use tokio::time::Instant;

fn rest_of(discord: &Discord) -> Rest {
    let base = ApiBase::parse(discord.base()).unwrap();
    Rest::new(&SecretString::from(TOKEN), base, Deadlines::default()).unwrap()
}

async fn begun() -> (Discord, Rest, ChannelId) {
    let discord = Discord::start().await;
    let rest = rest_of(&discord);
    let channel = ChannelId::new(discord.text_channel("alerts"));
    (discord, rest, channel)
}

fn once(text: &str) -> Value {
    json!({"content": text, "nonce": text, "enforce_nonce": true})
}

fn sent(discord: &Discord, part: &str) -> usize {
    discord.world(|world| {
        world
            .requests
            .iter()
            .filter(|line| line.contains(part))
            .count()
    })
}

#[tokio::test(start_paused = true)]
async fn a_message_is_posted_edited_read_and_deleted() {
    let (discord, rest, channel) = begun().await;
    let posted = rest
        .create_message(channel, &json!({"content": "One"}), Vec::new())
        .await
        .unwrap();
    rest.edit_message(channel, posted.id, &json!({"content": "Two"}))
        .await
        .unwrap();
    assert_eq!(discord.channel("alerts").reads(), "Medic (edited): Two");
    assert_eq!(
        rest.message(channel, posted.id).await.unwrap().content,
        "Two"
    );
    let file = Attachment {
        name: "audit.jsonl".into(),
        bytes: b"{}\n".to_vec(),
    };
    rest.create_message(channel, &json!({"content": "With a file"}), vec![file])
        .await
        .unwrap();
    rest.delete_message(channel, posted.id).await.unwrap();
    rest.delete_message(channel, posted.id).await.unwrap();
    insta::assert_snapshot!(discord.channel("alerts").reads(), @r"
    Medic: With a file
    [file audit.jsonl, 3 bytes]
    ");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_pinged_unless_named() {
    let (discord, rest, channel) = begun().await;
    let role = discord.role("on-call");
    let ana = discord.member("Ana").id;
    let text = format!("@everyone <@&{role}> <@{ana}>");
    rest.create_message(channel, &json!({"content": text}), Vec::new())
        .await
        .unwrap();
    let wide =
        json!({"content": text, "allowed_mentions": {"parse": ["everyone", "roles", "users"]}});
    let posted = rest
        .create_message(channel, &wide, Vec::new())
        .await
        .unwrap();
    rest.edit_message(channel, posted.id, &json!({"content": text}))
        .await
        .unwrap();
    assert_eq!(discord.pings(), [""; 0]);
    let named = json!({"content": text, "allowed_mentions": {"roles": [role.to_string()]}});
    rest.create_message(channel, &named, Vec::new())
        .await
        .unwrap();
    assert_eq!(discord.pings(), ["@on-call"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_bucket_takes_is_waited_for_and_never_exceeded() {
    let (discord, rest, channel) = begun().await;
    let other = ChannelId::new(discord.text_channel("support"));
    discord.limits_routes(5, 5.0);
    let begun = Instant::now();
    for n in 0..12 {
        rest.create_message(channel, &json!({"content": format!("{n}")}), Vec::new())
            .await
            .unwrap();
    }
    // Two further windows of five seconds, and not one request too many.
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(sent(&discord, "POST"), 12);
    let begun = Instant::now();
    let slow = (0..5).map(|n| json!({"content": format!("more {n}")}));
    let slow = slow.map(|body| {
        let rest = rest.clone();
        tokio::spawn(async move { rest.create_message(channel, &body, Vec::new()).await })
    });
    let slow: Vec<_> = slow.collect();
    rest.create_message(other, &json!({"content": "not delayed"}), Vec::new())
        .await
        .unwrap();
    assert_eq!(begun.elapsed().as_secs(), 0);
    for task in slow {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_a_second_over_all_channels_are_never_exceeded() {
    let discord = Discord::start().await;
    let rest = rest_of(&discord);
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for n in 0..120 {
        let channel = ChannelId::new(discord.text_channel(&format!("channel-{n}")));
        let rest = rest.clone();
        tasks.push(tokio::spawn(async move {
            rest.create_message(channel, &json!({"content": "x"}), Vec::new())
                .await
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    // No 429 means no request beyond those asked for.
    assert_eq!(sent(&discord, "POST"), 120);
    assert_eq!(begun.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_429_is_waited_out_and_a_global_one_holds_everything_but_interactions() {
    for (scope, elsewhere) in [(Scope::User, 0), (Scope::Shared, 0), (Scope::Global, 3)] {
        let (discord, rest, channel) = begun().await;
        let other = ChannelId::new(discord.text_channel("support"));
        discord.next("/messages", Mood::Limited(scope, 3.0));
        let begun = Instant::now();
        let first = {
            let rest = rest.clone();
            tokio::spawn(async move {
                rest.create_message(channel, &json!({"content": "x"}), Vec::new())
                    .await
            })
        };
        discord
            .until("the first request", |world| {
                (!world.requests.is_empty()).then_some(())
            })
            .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        rest.create_message(other, &json!({"content": "x"}), Vec::new())
            .await
            .unwrap();
        assert_eq!(begun.elapsed().as_secs(), elsewhere, "{scope:?}");
        first.await.unwrap().unwrap();
        assert_eq!(begun.elapsed().as_secs(), 3, "{scope:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_nobody_can_read_repeat_nothing_and_stop_nothing() {
    let (discord, rest, channel) = begun().await;
    discord.next("/messages", Mood::UnreadableHeaders);
    rest.create_message(channel, &json!({"content": "x"}), Vec::new())
        .await
        .unwrap();
    assert_eq!(sent(&discord, "POST"), 1);
    discord.next("/messages", Mood::LimitedWithoutWord);
    rest.create_message(channel, &json!({"content": "y"}), Vec::new())
        .await
        .unwrap();
    assert_eq!(sent(&discord, "POST"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_told_at_once() {
    let (discord, rest, channel) = begun().await;
    discord.next("/messages", Mood::Limited(Scope::User, 900.0));
    let begun = Instant::now();
    let refused = rest
        .create_message(channel, &json!({"content": "x"}), Vec::new())
        .await;
    assert_eq!(
        refused.unwrap_err(),
        RestError::RateLimited {
            retry_after: Duration::from_secs(900)
        }
    );
    assert_eq!(begun.elapsed().as_secs(), 0);
    // Nor does the next one ask Discord again before its time.
    let refused = rest
        .create_message(channel, &json!({"content": "x"}), Vec::new())
        .await;
    assert!(matches!(refused, Err(RestError::RateLimited { .. })));
    assert_eq!(sent(&discord, "POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_posts_once_with_a_nonce_and_is_not_repeated_without() {
    let (discord, rest, channel) = begun().await;
    for mood in [
        Mood::AnswerLost,
        Mood::Status(502),
        Mood::Slow(Duration::from_secs(11)),
    ] {
        discord.next("/messages", mood);
        let text = discord.world(|world| format!("nonce {}", world.requests.len()));
        rest.create_message(channel, &once(&text), Vec::new())
            .await
            .unwrap();
    }
    assert_eq!(discord.channel("alerts").posts().len(), 3);
    discord.next("/messages", Mood::AnswerLost);
    let lost = rest
        .create_message(channel, &json!({"content": "no nonce"}), Vec::new())
        .await;
    assert!(lost.unwrap_err().may_have_happened());
    assert_eq!(discord.channel("alerts").posts().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_broken_is_left_alone_after_five_tries() {
    let (discord, rest, channel) = begun().await;
    for _ in 0..9 {
        discord.next("GET", Mood::Status(500));
    }
    let broken = rest.channel(channel).await.unwrap_err();
    assert_eq!(
        broken.to_string(),
        "Discord gave no usable answer: status 500"
    );
    assert_eq!(sent(&discord, "GET"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_holds_no_call_past_its_deadline() {
    let (discord, rest, channel) = begun().await;
    for _ in 0..9 {
        discord.next("GET", Mood::Slow(Duration::from_secs(3_600)));
    }
    let begun = Instant::now();
    assert!(rest.channel(channel).await.unwrap_err().is_passing());
    assert!(begun.elapsed() <= Duration::from_secs(60));
    discord.next("callback", Mood::Slow(Duration::from_secs(3_600)));
    let begun = Instant::now();
    let late = rest
        .respond(InteractionId::new(1), "token", &json!({"type": 5}))
        .await;
    assert!(late.unwrap_err().is_passing());
    assert!(begun.elapsed() <= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_stops_every_further_request() {
    let (discord, rest, channel) = begun().await;
    discord.world(|world| world.token_valid = false);
    assert_eq!(
        rest.channel(channel).await.unwrap_err(),
        RestError::Unauthorised
    );
    assert_eq!(rest.me().await.unwrap_err(), RestError::Unauthorised);
    assert_eq!(sent(&discord, "GET"), 1);
    assert!(rest.is_unauthorised());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_repeated_and_says_which_field_is_to_blame() {
    let (discord, rest, channel) = begun().await;
    let half = json!({"description": "x".repeat(3_001)});
    let long = json!({"embeds": [half, half]});
    let refused = rest
        .create_message(channel, &long, Vec::new())
        .await
        .unwrap_err();
    insta::assert_snapshot!(refused, @"Discord refused: Invalid Form Body; embeds: Embed size exceeds maximum size of 6000 (status 400, code 50035)");
    discord.deny("alerts", Permission::SendMessages);
    let refused = rest
        .create_message(channel, &once("x"), Vec::new())
        .await
        .unwrap_err();
    assert!(refused.is_forbidden());
    assert_eq!(sent(&discord, "POST"), 2);
    let dead = rest
        .follow_up(1.into(), "dead", &json!({"content": "x"}), Vec::new())
        .await;
    assert_eq!(dead.unwrap_err().status(), Some(401));
    assert!(!rest.is_unauthorised());
    assert_eq!(sent(&discord, "POST /webhooks"), 1);
}

#[tokio::test(start_paused = true)]
async fn history_comes_in_pages_oldest_first() {
    let (discord, rest, channel) = begun().await;
    let ana = discord.member("Ana");
    let ids: Vec<u64> = (0..130)
        .map(|n| ana.says("alerts", &format!("{n}")))
        .collect();
    let after = Some(MessageId::new(ids[9]));
    let first = rest.messages_after(channel, after, 100).await.unwrap();
    assert_eq!(first.messages.len(), 100);
    assert_eq!(first.messages[0].content, "10");
    assert!(first.full);
    let rest_of_it = rest
        .messages_after(channel, first.newest, 100)
        .await
        .unwrap();
    assert_eq!(rest_of_it.messages.len(), 20);
    assert_eq!(rest_of_it.messages[19].content, "129");
    assert!(!rest_of_it.full);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_little_and_no_rate_headers_is_understood() {
    let (discord, rest, channel) = begun().await;
    let little = r#"[{"id": "9", "channel_id": "1", "author": {"id": "2", "username": "ana"}, "content": "Hi"},
        {"id": "8", "content": 5}]"#;
    discord.next("/messages", Mood::Says(little));
    let page = rest.newest_messages(channel, 100).await.unwrap();
    assert_eq!(page.messages[0].content, "Hi");
    assert_eq!(page.unreadable, [MessageId::new(8)]);
}

#[tokio::test(start_paused = true)]
async fn half_of_the_refusals_that_ban_an_address_are_never_exceeded() {
    let (discord, rest, channel) = begun().await;
    discord.deny("alerts", Permission::ViewChannel);
    let mut refused = 0;
    let told = loop {
        match rest.message(channel, MessageId::new(1)).await {
            Err(error) if error.is_forbidden() => refused += 1,
            Err(error) => break error,
            Ok(_) => panic!("nothing was refused"),
        }
    };
    // Discord bans an address after 10,000 within ten minutes.
    assert_eq!(refused, 5_000);
    assert!(matches!(told, RestError::RateLimited { .. }), "{told:?}");
    assert_eq!(sent(&discord, "GET /channels/"), 5_000);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let again = rest.message(channel, MessageId::new(1)).await;
    assert!(again.is_err_and(|error| error.is_forbidden()));
}
