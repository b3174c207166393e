//! The fault table with the whole of Medic behind it: after each fault nothing is lost that the
//! history gives, nothing stands twice, webhooks were taken all the time, and what a reconnect can heal
//! is healed within fifteen seconds. Time is simulated, in steps.

#![expect(
    clippy::print_stdout,
    reason = "the recovery times are what this run is asked for"
)]

use crate::discord_surface::team::context;
use crate::support::discord::gateway::Close;
use crate::support::discord::moods::EventMood;
use crate::support::discord::reading::message_text;
use crate::support::discord::{Discord, Mood, Scope, TOKEN};
use crate::support::steps::{NoLeaps, STEP, turns};
use crate::support::world::World;
use medic::discord::options::DiscordOptions;
use medic::discord::serve::{Hold, Serving, Setup};
use medic::engine::handle::Receipt;
use secrecy::SecretString;
use serenity::model::id::GuildId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Every reconnect-type fault is healed within this.
const HEALED_WITHIN: Duration = Duration::from_secs(15);
/// Everything else within this: Discord itself asks for waits, and slow answers are waited for.
const AT_LAST_WITHIN: Duration = Duration::from_secs(90);
/// Between two faults.
const REST: Duration = Duration::from_secs(20);

const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

/// What goes wrong.
#[derive(Clone, Debug)]
enum Fault {
    /// The gateway's connection ends.
    Gateway(Close),
    /// The gateway's next message event.
    Event(EventMood),
    /// The next requests of each kind that showing and answering needs.
    Rest(Mood),
}

/// Medic with a Discord around it, on one simulated time.
struct Stand {
    world: World,
    discord: Discord,
    serving: Option<Serving>,
    posted: usize,
    _no_leaps: NoLeaps,
}

impl Stand {
    async fn new() -> Self {
        let no_leaps = NoLeaps::begin();
        let discord = Discord::start().await;
        discord.text_channel("alerts");
        discord.text_channel("support");
        discord.member_with("Ana", &["on-call", "support"]);
        discord.member_with("Ben", &["on-call"]);
        let world = World::new().await;
        let around = context(&world, &discord, &Arc::new(Semaphore::new(1)));
        let text = format!(
            "audit_every = \"6h\"\nregister_commands = false\n[[channels]]\nid = \"{}\"\n",
            discord.channel("support").id()
        );
        let read: DiscordOptions = toml::from_str(&text).unwrap();
        let options = DiscordOptions {
            channels: read.channels,
            ..(*around.options).clone()
        };
        let serving = Serving::start(Setup {
            handle: world.handle(),
            options: Arc::new(options),
            guild: GuildId::new(discord.world(|world| world.guild)),
            workspace: world.workspace(),
            people: around.people,
            token: SecretString::from(TOKEN),
            rest: around.rest,
            extras: around.extras,
            chat: Arc::clone(&world.chat),
            hold: Hold::Here,
        });
        let mut stand = Self {
            world,
            discord,
            serving: Some(serving),
            posted: 0,
            _no_leaps: no_leaps,
        };
        stand
            .until("the connection", |stand| stand.is_online())
            .await;
        stand.passes(REST).await;
        for _ in 0..6 {
            stand.takes_by_webhook().await;
        }
        stand
            .until("the card", |stand| {
                stand.alerts().contains("[Approve PLAN-")
            })
            .await;
        stand.passes(REST).await;
        stand
    }

    fn is_online(&self) -> bool {
        self.discord.world(|world| world.sessions.live.is_some())
    }

    fn alerts(&self) -> String {
        self.discord.channel("alerts").reads()
    }

    /// One step of time, in which everybody has their turn.
    async fn step(&self) {
        for _ in 0..2 {
            turns().await;
            self.world.moves_on(Duration::ZERO).await;
        }
        turns().await;
        self.world.moves_on(STEP).await;
        tokio::time::advance(STEP).await;
    }

    async fn passes(&self, time: Duration) {
        let ends = Instant::now() + time;
        while Instant::now() < ends {
            self.step().await;
        }
    }

    /// How long it takes until this is so.
    async fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) -> Duration {
        let begun = Instant::now();
        while !so(self) {
            assert!(
                begun.elapsed() < AT_LAST_WITHIN,
                "waited in vain for {what}:\n{}\n{}",
                self.alerts(),
                self.discord.channel("support").reads()
            );
            self.step().await;
        }
        begun.elapsed()
    }

    /// A merchant's system reports by webhook; it is never refused.
    async fn takes_by_webhook(&mut self) {
        self.posted += 1;
        let body = serde_json::json!({
            "ticket_id": format!("hook-{}", self.posted),
            "merchant_id": format!("M{}", self.posted % 6),
            "timestamp": self.world.now(),
            "issue": "Orders do not arrive, webhook fails",
            "error_log": TIMEOUT,
            "severity": "high",
        });
        let receipts = self.world.takes(&body.to_string()).await;
        assert!(
            matches!(receipts[..], [Receipt::Accepted { .. }]),
            "{receipts:?}"
        );
    }

    /// Whether these messages are tickets.
    fn holds(&self, messages: &[u64]) -> bool {
        let newest = self
            .world
            .handle()
            .tickets(&self.world.workspace(), None, 20)
            .unwrap();
        messages.iter().all(|message| {
            newest.iter().any(|view| {
                let origin = view.origin.as_ref();
                origin.is_some_and(|origin| origin.id == message.to_string())
            })
        })
    }

    /// What of ours stands twice, by what it stands for; and messages that are two tickets.
    fn twice(&self) -> Vec<String> {
        let mut found: BTreeMap<String, u32> = BTreeMap::new();
        self.discord.world(|world| {
            let ours = world.messages.values().filter(|m| m.author == world.bot);
            for message in ours {
                let text = message_text(world, message.id);
                let keys = text.lines().filter_map(|line| {
                    let line = line.trim();
                    line.strip_prefix("_ ")
                        .or_else(|| line.strip_prefix("-# Medic · "))
                });
                for key in keys {
                    *found.entry(key.to_owned()).or_default() += 1;
                }
            }
        });
        assert!(found.contains_key("card/INC-1"), "{found:?}");
        let all = self
            .world
            .handle()
            .tickets(&self.world.workspace(), None, 10_000)
            .unwrap();
        for view in all {
            if let Some(origin) = view.origin {
                *found.entry(origin.id).or_default() += 1;
            }
        }
        found.retain(|_, times| *times > 1);
        found.into_keys().collect()
    }
}

fn faults() -> Vec<(String, Fault)> {
    let mut faults: Vec<(String, Fault)> = [
        1000, 1001, 1011, 1012, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 4900,
    ]
    .map(|code| (format!("close {code}"), Fault::Gateway(Close::Code(code))))
    .into();
    for (name, close) in [
        ("close without a status (1005)", Close::WithoutStatus),
        ("TCP reset", Close::Reset),
        ("silence, no heartbeat answered", Close::Silence),
        ("asked to reconnect (op 7)", Close::Reconnect),
        ("invalid session, resumable", Close::InvalidSession(true)),
        (
            "invalid session, not resumable",
            Close::InvalidSession(false),
        ),
    ] {
        faults.push((name.to_owned(), Fault::Gateway(close)));
    }
    for mood in [
        EventMood::Lost,
        EventMood::Late,
        EventMood::Twice,
        EventMood::Undecodable,
    ] {
        faults.push((format!("event {mood:?}"), Fault::Event(mood)));
    }
    for mood in [
        Mood::Limited(Scope::User, 2.0),
        Mood::Limited(Scope::Global, 2.0),
        Mood::Limited(Scope::Shared, 2.0),
        Mood::LimitedWithoutWord,
        Mood::Status(500),
        Mood::Status(502),
        Mood::Slow(Duration::from_secs(8)),
        Mood::AnswerLost,
        Mood::UnreadableHeaders,
        Mood::Says("{"),
    ] {
        faults.push((format!("API {mood:?}"), Fault::Rest(mood)));
    }
    faults
}

#[tokio::test(start_paused = true)]
async fn after_every_fault_nothing_is_lost_nothing_stands_twice_and_intake_goes_on() {
    let mut stand = Stand::new().await;
    for (name, fault) in faults() {
        let (connections, _, _) = stand.discord.connections();
        let begun = Instant::now();
        match &fault {
            Fault::Gateway(close) => drop(stand.discord.gateway_ends(*close)),
            Fault::Event(mood) => drop(stand.discord.next_event("MESSAGE_CREATE", *mood)),
            Fault::Rest(mood) => {
                for part in ["POST /channels", "PATCH /channels", "GET /channels"] {
                    stand.discord.next(part, mood.clone());
                }
            }
        }
        let ana = stand.discord.member("Ana");
        let messages = [1, 2].map(|n| ana.says("support", &format!("{name}, {n}: {TIMEOUT}")));
        stand.takes_by_webhook().await;
        let reconnects = matches!(fault, Fault::Gateway(_));
        stand
            .until(&name, |stand| {
                let (now, _, _) = stand.discord.connections();
                let back = !reconnects || (now > connections && stand.is_online());
                back && stand.holds(&messages)
            })
            .await;
        let took = begun.elapsed();
        if reconnects {
            assert!(took <= HEALED_WITHIN, "{name}: {took:?}");
        }
        stand.takes_by_webhook().await;
        let after = ana.says("support", &format!("{name}, after: {TIMEOUT}"));
        stand.until(&name, |stand| stand.holds(&[after])).await;
        // The card shows the newest state, and whoever reported is answered.
        let tickets = stand
            .world
            .handle()
            .tickets(&stand.world.workspace(), None, 10_000)
            .unwrap();
        let wanted = format!("**Tickets** {}", tickets.len());
        stand
            .until(&format!("{name}: the card"), |stand| {
                stand.alerts().contains(&wanted)
            })
            .await;
        println!(
            "{name}: nothing missing after {} ms, the card right after {} ms",
            took.as_millis(),
            begun.elapsed().as_millis()
        );
        stand.passes(REST).await;
        assert_eq!(stand.twice(), [""; 0], "{name}");
    }
    let answered = stand.discord.channel("support").reads();
    let wanted = 3 * faults().len();
    assert_eq!(answered.matches("belongs to **INC-1**").count(), wanted);
    stand.serving.take().unwrap().stop().await;
}
