//! A whole Medic and a Discord beside it: what merchants write becomes tickets, what they change
//! changes them, and the doctor sees what is amiss.

use crate::support::discord::{Discord, TOKEN};
use medic::app::{self, App, Build};
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::domain::Provenance;
use medic::engine::SystemClock;
use medic::engine::handle::{Handle, TicketView};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

struct Medic {
    app: App,
    config: Config,
}

fn config(discord: &Discord, folder: &Path) -> Config {
    let guild = discord.world(|world| world.guild);
    let id = |name: &str| discord.channel(name).id();
    let text = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n[store]\ndir = \"{}\"\n\
         [discord]\nguild_id = \"{guild}\"\nalerts_channel = \"{}\"\n\
         [discord.roles]\non_call = \"{}\"\n\
         [discord.merchant_roles]\n\"{}\" = \"M1\"\n\
         [[discord.channels]]\nid = \"{}\"\nseverity = \"high\"\n\
         [[discord.channels]]\nid = \"{}\"\nmerchant_tags = {{ \"Ana's Tea\" = \"M2\" }}\n",
        folder.join("db").display(),
        id("alerts"),
        discord.role("on-call"),
        discord.role("merchant-1"),
        id("help"),
        id("reports"),
    );
    let env = EnvSource::fixed([
        ("DISCORD_TOKEN", TOKEN),
        ("DISCORD_API_BASE", discord.base()),
    ]);
    Config::read("the test's config", &text, &env).unwrap()
}

async fn discord() -> Discord {
    let discord = Discord::start().await;
    discord.text_channel("alerts");
    discord.text_channel("help");
    discord.forum("reports", &["Ana's Tea"]);
    discord.member_with("Merchant", &["merchant-1"]);
    discord.member_with("Stranger", &[]);
    discord.member_with("Ben", &["on-call"]);
    discord
}

impl Medic {
    async fn start(discord: &Discord, folder: &Path) -> Self {
        let config = config(discord, folder);
        let app = App::start(Build {
            config: config.clone(),
            data: DataFiles::built_in(),
            clock: Arc::new(SystemClock),
            received: None,
        });
        let app = app.await.unwrap();
        assert_eq!(app.findings(), [""; 0]);
        Self { app, config }
    }

    fn tickets(handle: &Handle, config: &Config) -> Vec<TicketView> {
        let mut all = handle.tickets(&config.workspace, None, 100).unwrap();
        all.reverse();
        all
    }

    /// Waits until the tickets are as wanted.
    async fn until(&self, what: &str, wanted: impl Fn(&[TicketView]) -> bool) -> Vec<TicketView> {
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
}

fn merchant(view: &TicketView) -> Option<(&str, bool)> {
    let merchant = view.ticket.merchant.as_ref()?;
    let verified = merchant.provenance == Provenance::Verified;
    Some((merchant.id.as_str(), verified))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_tickets_edits_change_them_and_deletions_are_noted() {
    let (discord, folder) = (discord().await, tempfile::tempdir().unwrap());
    let medic = Medic::start(&discord, folder.path()).await;
    discord.online().await;

    let known = discord.member("Merchant");
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
    let (discord, folder) = (discord().await, tempfile::tempdir().unwrap());
    let mut config = config(&discord, folder.path());
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
    let (discord, folder) = (discord().await, tempfile::tempdir().unwrap());
    let config = config(&discord, folder.path());
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
