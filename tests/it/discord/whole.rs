//! A whole Medic beside a Discord: built from a config as an operator writes it, on real time.

use crate::support::discord::{Discord, TOKEN};
use jiff::Timestamp;
use medic::app::{App, Build};
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::demo::receiver::Receiver;
use medic::engine::Clock;
use medic::engine::handle::{Handle, TicketView};
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// 48 bytes of base64: a signing secret that stands for nothing.
const SECRET: &str = "whsec_bm90IGEgc2VjcmV0LCBvbmx5IGxvbmcgZW5vdWdoIGZvciB0ZXN0cw==";

/// Merchants in the server, each with a role of its own: `Merchant 1` speaks for M1.
const MERCHANTS: u32 = 7;

/// A Medic that runs.
pub struct Medic {
    pub app: App,
    pub config: Config,
}

/// Medic and Discord live at one time.
struct Wall(Discord);

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let ms = self.0.world(|world| world.now_ms());
        Timestamp::from_millisecond(ms.try_into().unwrap()).unwrap()
    }

    fn wait(&self, due: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(due.duration_since(self.now())).unwrap_or(Duration::ZERO))
    }
}

/// What outlives a Medic: Discord, the store's folder, and the systems that it delivers to.
pub struct Place {
    pub discord: Discord,
    pub folder: tempfile::TempDir,
    receiver: Receiver,
}

impl Place {
    /// A server with a team, merchants, and channels that are read.
    pub async fn new() -> Self {
        let discord = discord().await;
        let wall = Wall(discord.clone());
        let now = Arc::new(move || wall.now());
        Self {
            discord,
            folder: tempfile::tempdir().unwrap(),
            receiver: Receiver::start(&SecretString::from(SECRET), now)
                .await
                .unwrap(),
        }
    }

    /// The config of a Medic here.
    pub fn config(&self) -> Config {
        let endpoints: String = [
            ("helpdesk", "helpdesk"),
            ("docs", "docs"),
            ("engineering", "pager"),
        ]
        .map(|(name, system)| {
            format!(
                "[endpoints.{name}]\nbase_url = \"{}\"\nallow_private = true\n\
                     signing_env = \"TEST_SECRET\"\n",
                self.receiver.base_url(system)
            )
        })
        .concat();
        let text = text(&self.discord, self.folder.path());
        let env = EnvSource::fixed([
            ("DISCORD_TOKEN", TOKEN),
            ("DISCORD_API_BASE", self.discord.base()),
            ("TEST_SECRET", SECRET),
        ]);
        Config::read("the test's config", &format!("{text}{endpoints}"), &env).unwrap()
    }

    /// What time it is here.
    pub fn now(&self) -> Timestamp {
        Wall(self.discord.clone()).now()
    }

    /// Starts a Medic here.
    pub async fn starts(&self) -> Medic {
        let config = self.config();
        let app = App::start(Build {
            config: config.clone(),
            data: DataFiles::built_in(),
            clock: Arc::new(Wall(self.discord.clone())),
            received: None,
        });
        let app = app.await.unwrap();
        assert_eq!(app.findings(), [""; 0]);
        Medic { app, config }
    }
}

fn text(discord: &Discord, folder: &Path) -> String {
    let guild = discord.world(|world| world.guild);
    let id = |name: &str| discord.channel(name).id();
    let merchants: String = (1..=MERCHANTS)
        .map(|number| {
            let role = discord.role(&format!("merchant-{number}"));
            format!("\"{role}\" = \"M{number}\"\n")
        })
        .collect();
    format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n[store]\ndir = \"{}\"\n\
         [discord]\nguild_id = \"{guild}\"\nalerts_channel = \"{}\"\n\
         [discord.roles]\non_call = \"{}\"\n\
         [discord.merchant_roles]\n{merchants}\
         [[discord.channels]]\nid = \"{}\"\nseverity = \"high\"\n\
         [[discord.channels]]\nid = \"{}\"\nmerchant_tags = {{ \"Ana's Tea\" = \"M2\" }}\n",
        folder.join("db").display(),
        id("alerts"),
        discord.role("on-call"),
        id("help"),
        id("reports"),
    )
}

async fn discord() -> Discord {
    let discord = Discord::start().await;
    discord.text_channel("alerts");
    discord.text_channel("help");
    discord.forum("reports", &["Ana's Tea"]);
    for number in 1..=MERCHANTS {
        let role = format!("merchant-{number}");
        discord.member_with(&format!("Merchant {number}"), &[role.as_str()]);
    }
    discord.member_with("Stranger", &[]);
    discord.member_with("Ben", &["on-call"]);
    discord
}

impl Medic {
    pub fn tickets(handle: &Handle, config: &Config) -> Vec<TicketView> {
        let mut all = handle.tickets(&config.workspace, None, 100).unwrap();
        all.reverse();
        all
    }

    /// Waits until the tickets are as wanted.
    pub async fn until(
        &self,
        what: &str,
        wanted: impl Fn(&[TicketView]) -> bool,
    ) -> Vec<TicketView> {
        let handle = self.app.handle();
        let mut notices = handle.notices();
        let wait = async {
            loop {
                let found = Self::tickets(&handle, &self.config);
                if wanted(&found) {
                    return found;
                }
                // Whatever was missed is seen by looking again.
                let _ = notices.recv().await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(20), wait).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain: {what}"),
        }
    }

    /// Six merchants report the same in #help; waits for the card that asks.
    pub async fn webhooks_time_out(&self, discord: &Discord) -> String {
        for number in 1..=6 {
            timed_out(discord, number);
        }
        discord.channel("alerts").shows("[Approve PLAN-").await
    }
}

/// A merchant reports the timeout, in words of their own.
pub fn timed_out(discord: &Discord, merchant: u32) -> u64 {
    let text = format!(
        "Order {merchant} did not arrive. WebhookTimeout: order.created webhook failed after 30s - \
         endpoint unreachable"
    );
    discord
        .member(&format!("Merchant {merchant}"))
        .says("help", &text)
}
