//! The fault table: every way in which the gateway, the network or Discord itself fails, and what
//! must hold after each: nothing that the history gives is lost, nothing is taken twice, and the
//! connection stands again within fifteen seconds. Time is simulated.

#![expect(
    clippy::print_stdout,
    reason = "the recovery times are what this run is asked for"
)]

use super::inlet::Inlet;
use crate::support::discord::gateway::Close;
use crate::support::discord::moods::EventMood;
use crate::support::discord::{Discord, Mood, Permission, Scope};
use crate::support::steps::Steps;
use medic::discord::gateway::Link;
use std::time::Duration;
use tokio::time::Instant;

/// Every reconnect-type fault is healed within this.
const HEALED_WITHIN: Duration = Duration::from_secs(15);

async fn begun() -> (Discord, Inlet) {
    let discord = Discord::start().await;
    discord.text_channel("support");
    let inlet = Inlet::start(&discord, &["support"]).await;
    discord.online().await;
    inlet.settled().await;
    discord.member("Ana").says("support", "before");
    inlet.takes("before").await;
    (discord, inlet)
}

#[tokio::test(start_paused = true)]
async fn every_broken_connection_is_healed_and_nothing_is_lost_or_taken_twice() {
    let mut faults = vec![
        ("close without a status (1005)", Close::WithoutStatus),
        ("TCP reset", Close::Reset),
        ("silence, no heartbeat answered", Close::Silence),
        ("asked to reconnect (op 7)", Close::Reconnect),
        (
            "invalid session, resumable (op 9)",
            Close::InvalidSession(true),
        ),
        (
            "invalid session, not resumable (op 9)",
            Close::InvalidSession(false),
        ),
    ];
    let codes = [
        1000, 1001, 1006, 1011, 1012, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 4900,
    ];
    // A close frame cannot carry 1006; a proxy that dies looks like a reset.
    let codes = codes.into_iter().filter(|code| *code != 1006);
    let named: Vec<(String, Close)> = codes
        .map(|code| (format!("close {code}"), Close::Code(code)))
        .collect();
    faults.extend(named.iter().map(|(name, close)| (name.as_str(), *close)));
    for (name, fault) in faults {
        let (discord, inlet) = begun().await;
        let (connections, _, _) = discord.connections();
        let steps = Steps::begin();
        let begun = Instant::now();
        discord.gateway_ends(fault);
        discord.member("Ana").says("support", "while away");
        discord.online_again(connections).await;
        let took = begun.elapsed();
        println!("{name}: back after {} ms", took.as_millis());
        drop(steps);
        assert!(took <= HEALED_WITHIN, "{name}: {took:?}");
        inlet.takes("while away").await;
        discord.member("Ana").says("support", "after");
        inlet.takes("after").await;
        assert_eq!(inlet.taken(), ["before", "while away", "after"], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_down_for_an_hour_is_back_within_seconds_of_its_return() {
    let (discord, inlet) = begun().await;
    let (connections, identifies, _) = discord.connections();
    discord.gateway_down(true).gateway_ends(Close::Reset);
    discord.member("Ana").says("support", "while away");
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    discord.gateway_down(false);
    let _steps = Steps::begin();
    let begun = Instant::now();
    discord.online_again(connections).await;
    println!(
        "gateway down for an hour: back after {} ms",
        begun.elapsed().as_millis()
    );
    assert!(begun.elapsed() <= HEALED_WITHIN);
    inlet.takes("while away").await;
    // The session outlived it: none was begun.
    assert_eq!(discord.connections().1, identifies);
}

#[tokio::test(start_paused = true)]
async fn lost_late_repeated_and_undecodable_events_are_made_good_from_the_history() {
    for mood in [
        EventMood::Lost,
        EventMood::Late,
        EventMood::Twice,
        EventMood::Undecodable,
    ] {
        let (discord, inlet) = begun().await;
        discord.next_event("MESSAGE_CREATE", mood);
        let ana = discord.member("Ana");
        ana.says("support", "first");
        ana.says("support", "second");
        inlet.takes("first").await;
        inlet.takes("second").await;
        ana.says("support", "third");
        inlet.takes("third").await;
        let mut taken = inlet.taken();
        taken.sort();
        assert_eq!(taken, ["before", "first", "second", "third"], "{mood:?}");
        let counts = inlet.status.counts();
        assert_eq!(
            counts.undecodable,
            u64::from(mood == EventMood::Undecodable),
            "{mood:?}"
        );
        assert_eq!(
            counts.repeated,
            u64::from(mood == EventMood::Twice),
            "{mood:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn closes_that_only_a_person_can_mend_stop_with_the_way_out() {
    for (code, part) in [
        (4004, "DISCORD_TOKEN"),
        (4010, "2,500 servers"),
        (4011, "2,500 servers"),
        (4012, "version 10"),
        (4013, "DISCORD_API_BASE"),
        (4014, "Message Content Intent"),
    ] {
        let discord = Discord::start().await;
        discord.text_channel("support");
        discord.world(|world| world.sessions.refuse_identify = Some(code));
        let mut inlet = Inlet::start(&discord, &["support"]).await;
        let why = inlet.stopped().await;
        assert!(why.contains(part), "{code}: {why}");
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert_eq!(discord.connections().1, 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_switch_for_message_content_is_needed_only_where_channels_are_read() {
    let discord = Discord::start().await;
    discord.world(|world| world.content_switched_on = false);
    let inlet = Inlet::start(&discord, &[]).await;
    discord.online().await;
    inlet.online().await;
    assert_eq!(discord.world(|world| world.sessions.intents), 1);
    discord.text_channel("support");
    let mut inlet = Inlet::start(&discord, &["support"]).await;
    assert!(inlet.stopped().await.contains("4014"));
}

#[tokio::test(start_paused = true)]
async fn no_more_than_fifty_sessions_a_day_are_begun_whatever_happens() {
    let (discord, mut inlet) = begun().await;
    let spoil = {
        let discord = discord.clone();
        tokio::spawn(async move {
            loop {
                discord.gateway_ends(Close::InvalidSession(false));
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        })
    };
    tokio::time::sleep(Duration::from_secs(20 * 3_600)).await;
    assert_eq!(discord.connections().1, 50);
    assert!(matches!(inlet.status.link(), Link::Waiting { .. }));
    // Nor does a restart begin more.
    inlet = inlet.restarted(&discord).await;
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(discord.connections().1, 50);
    spoil.abort();
    tokio::time::sleep(Duration::from_secs(4 * 3_600)).await;
    assert_eq!(discord.connections().1, 51);
    inlet.online().await;
}

#[tokio::test(start_paused = true)]
async fn a_restarted_process_resumes_and_reads_back_what_it_missed() {
    let (discord, inlet) = begun().await;
    let (_, identifies, _) = discord.connections();
    let inlet = inlet
        .restarted_after(&discord, || {
            discord.member("Ana").says("support", "while down");
        })
        .await;
    inlet.takes("while down").await;
    assert_eq!(discord.connections().1, identifies);
    assert_eq!(inlet.taken(), ["before", "while down"]);
    // And where the session is gone, the history alone gives it.
    let inlet = inlet
        .restarted_after(&discord, || {
            discord.forgets_sessions();
            for n in 0..250 {
                discord
                    .member("Ana")
                    .says("support", &format!("flood {n:03}"));
            }
        })
        .await;
    inlet.takes("flood 249").await;
    assert_eq!(inlet.taken().len(), 252);
    let summary = inlet.settled().await;
    assert_eq!(
        summary.to_string(),
        "Caught up: 250 messages new or changed in 1 channel or thread."
    );
}

#[tokio::test(start_paused = true)]
async fn history_that_stays_hidden_is_noticed_and_told() {
    let (discord, inlet) = begun().await;
    discord.deny("support", Permission::ReadMessageHistory);
    let inlet = inlet
        .restarted_after(&discord, || {
            discord.forgets_sessions();
            discord.member("Ana").says("support", "unseen");
        })
        .await;
    let summary = inlet.settled().await;
    assert_eq!(summary.hidden.len(), 1);
    assert!(
        summary
            .to_string()
            .contains("give my role \"Read Message History\" there")
    );
}

#[tokio::test(start_paused = true)]
async fn trouble_of_the_api_delays_reading_and_loses_nothing() {
    let moods = [
        Mood::Status(500),
        Mood::Status(502),
        Mood::Limited(Scope::User, 2.0),
        Mood::Limited(Scope::Global, 2.0),
        Mood::Limited(Scope::Shared, 2.0),
        Mood::AnswerLost,
        Mood::Slow(Duration::from_secs(30)),
        Mood::UnreadableHeaders,
        Mood::Says("{"),
    ];
    for mood in moods {
        let (discord, inlet) = begun().await;
        let inlet = inlet
            .restarted_after(&discord, || {
                discord.forgets_sessions();
                discord.member("Ana").says("support", "while down");
                for part in [
                    "/messages",
                    "/threads/active",
                    "GET /channels/",
                    "/gateway/bot",
                ] {
                    discord.next(part, mood.clone());
                }
            })
            .await;
        inlet.takes("while down").await;
        assert_eq!(inlet.taken(), ["before", "while down"], "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn threads_and_forum_posts_are_read_back_too() {
    let discord = Discord::start().await;
    discord.forum("help", &["M1"]);
    let inlet = Inlet::start(&discord, &["help"]).await;
    discord.online().await;
    inlet.settled().await;
    let ana = discord.member("Ana");
    ana.posts("help", "Old one", "It broke", &[]);
    inlet.takes("It broke").await;
    let inlet = inlet
        .restarted_after(&discord, || {
            discord.forgets_sessions();
            ana.says("Old one", "Still broken");
            ana.posts("help", "New one", "Another thing", &[]);
            discord.world(|world| {
                let old = world.channel_named("Old one");
                world.channels.get_mut(&old).unwrap().archived = true;
            });
        })
        .await;
    inlet.takes("Still broken").await;
    inlet.takes("Another thing").await;
    let mut taken = inlet.taken();
    taken.sort();
    assert_eq!(taken, ["Another thing", "It broke", "Still broken"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_taken_is_taken_later_and_holds_nothing_else_up() {
    let discord = Discord::start().await;
    discord.text_channel("support");
    discord.text_channel("sales");
    let inlet = Inlet::start(&discord, &["support", "sales"]).await;
    discord.online().await;
    inlet.settled().await;
    inlet.refuse("support", 3);
    let ana = discord.member("Ana");
    ana.says("support", "stuck");
    ana.says("sales", "flows");
    inlet.takes("flows").await;
    inlet.takes("stuck").await;
}
