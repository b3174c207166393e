//! A team around a whole Medic and a Discord to test against: its members press and call, merchants
//! report, time passes.

use crate::support::discord::Discord;
use crate::support::discord::TOKEN;
use crate::support::discord::people::Member;
use crate::support::world::World;
use futures_util::{SinkExt as _, StreamExt as _};
use medic::config::Config;
use medic::discord::cards::{self, Look};
use medic::discord::chat::DiscordChat;
use medic::discord::context::Context;
use medic::discord::extras::{Extras, Finding, Level};
use medic::discord::options::DiscordOptions;
use medic::discord::people::{KnownPerson, People};
use medic::discord::rest::{ApiBase, Deadlines, Rest};
use medic::discord::{commands, interactions};
use medic::domain::{Person, PersonId, Since, WorkspaceId};
use medic::engine::handle::{Handle, Redecided};
use secrecy::SecretString;
use serde_json::{Value, json};
use serenity::model::application::Interaction;
use serenity::model::id::{ApplicationId, MessageId, UserId};
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message as Frame;

/// Everybody and everything.
pub struct Team {
    pub world: World,
    pub discord: Discord,
    pub context: Context,
    /// The doctor answers only while it has a permit, and breaks down where it is closed.
    pub door: Arc<Semaphore>,
    looks: UnboundedSender<Look>,
    tasks: Vec<JoinHandle<()>>,
}

struct Around {
    config: Config,
    handle: Handle,
    /// The doctor answers only while it is open.
    door: Arc<Semaphore>,
}

impl Extras for Around {
    fn login_link(&self, _: &WorkspaceId, person: &Person) -> Result<String, String> {
        if person.id.as_str().starts_with("discord:") {
            return Err("You have no entry in [[people]].".to_owned());
        }
        Ok(format!("http://127.0.0.1:8787/login?for={}", person.id))
    }

    fn try_rules(
        &self,
        workspace: &WorkspaceId,
        rules: &str,
        since: Option<Since>,
    ) -> Result<Redecided, String> {
        let policy = self.config.try_rules(rules)?;
        let found = self.handle.redecided(workspace, &policy, since);
        found.map_err(|error| error.to_string())
    }

    fn doctor(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>> {
        Box::pin(async {
            let open = self.door.acquire().await;
            drop(open.expect("a closed door breaks the doctor down"));
            vec![
                Finding {
                    level: Level::Fine,
                    what: "Token".to_owned(),
                    text: "Discord takes it.".to_owned(),
                },
                Finding {
                    level: Level::Problem,
                    what: "Channel #alerts".to_owned(),
                    text: "Medic may not post there; give it Send Messages.".to_owned(),
                },
            ]
        })
    }
}

impl Team {
    /// Ana and Ben are on call, Kim is of support, and a merchant is in the server too.
    pub async fn new() -> Self {
        Self::with(|_| String::new()).await
    }

    /// The same, with more config, which may name what is in the server.
    pub async fn with(more: impl FnOnce(&Discord) -> String) -> Self {
        let discord = Discord::start().await;
        discord.text_channel("alerts");
        discord.text_channel("support");
        discord.member_with("Ana", &["on-call", "support"]);
        discord.member_with("Ben", &["on-call"]);
        discord.member_with("Kim", &["support"]);
        discord.member_with("Merchant", &[]);
        let world = World::with(&more(&discord)).await;
        let door = Arc::new(Semaphore::new(1));
        let context = context(&world, &discord, &door);
        world
            .chat
            .connect(Arc::new(DiscordChat::new(context.clone())));
        commands::register::put_if_different(&context)
            .await
            .unwrap();
        let (looks, tasks) = begin(&context, &discord).await;
        Self {
            world,
            discord,
            context,
            door,
            looks,
            tasks,
        }
    }

    /// Medic stops and starts again; Discord goes on.
    pub async fn restarts(&mut self) {
        self.stops();
        self.world.restarts().await;
        self.context = context(&self.world, &self.discord, &self.door);
        let (looks, tasks) = begin(&self.context, &self.discord).await;
        (self.looks, self.tasks) = (looks, tasks);
    }

    /// Only the surface stops, as when the process dies: nothing it was about to do happens.
    pub fn stops(&mut self) {
        self.tasks.drain(..).for_each(|task| task.abort());
    }

    /// The connection stands again, with or without what was missed.
    pub fn comes_online(&self, resumed: bool) {
        let _ = self.looks.send(Look::Everything { doubt: !resumed });
    }

    /// A member of the server.
    pub fn member(&self, name: &str) -> Member {
        self.discord.member(name)
    }

    /// Six merchants report the same; waits for the card that asks.
    pub async fn webhooks_time_out(&mut self) -> String {
        self.world.webhooks_time_out().await;
        let alerts = self.discord.channel("alerts");
        alerts.shows("[Approve PLAN-").await
    }

    /// The newest card as it can be read.
    pub fn alerts(&self) -> Vec<String> {
        self.discord.channel("alerts").messages()
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.stops();
    }
}

/// What the surface works with, for this server and this Medic.
pub fn context(world: &World, discord: &Discord, door: &Arc<Semaphore>) -> Context {
    let (guild, me, application) = discord.world(|w| (w.guild, w.bot, w.application));
    // Only where a test has made one.
    let audit = discord.world(|w| {
        let found = w.channels.values().find(|channel| channel.name == "audit");
        found.map(|channel| channel.id.to_string())
    });
    let audit = audit.unwrap_or_default();
    let text = format!(
        "guild_id = \"{guild}\"\nalerts_channel = \"{}\"\naudit_channel = \"{audit}\"\naudit_every = \"6h\"\nregister_commands = true\n[roles]\non_call = \"{}\"\nsupport = \"{}\"\n",
        discord.channel("alerts").id(),
        discord.role("on-call"),
        discord.role("support"),
    );
    let options: DiscordOptions = toml::from_str(&text).unwrap();
    let known = ["Ana", "Ben"].map(|name| KnownPerson {
        user: UserId::new(discord.member(name).id),
        id: PersonId::new(name.to_lowercase()),
        name: name.to_owned(),
        roles: Vec::new(),
    });
    let base = ApiBase::parse(discord.base()).unwrap();
    let token = SecretString::from(TOKEN);
    Context {
        handle: world.handle(),
        rest: Rest::new(&token, base, Deadlines::default()).unwrap(),
        workspace: world.workspace(),
        people: Arc::new(People::new(known, &options)),
        options: Arc::new(options),
        me: UserId::new(me),
        application: ApplicationId::new(application),
        found: Arc::default(),
        extras: Arc::new(Around {
            config: world.config().clone(),
            handle: world.handle(),
            door: Arc::clone(door),
        }),
    }
}

/// The cards' keeper, and a gateway connection that hands on what people do.
async fn begin(
    context: &Context,
    discord: &Discord,
) -> (UnboundedSender<Look>, Vec<JoinHandle<()>>) {
    let (looks, looking) = unbounded_channel();
    let url = discord.world(|world| world.gateway_url.clone());
    let stream = TcpStream::connect(url.trim_start_matches("ws://"))
        .await
        .unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(format!("{url}/?v=10"), stream)
        .await
        .unwrap();
    let identify = json!({"op": 2, "d": {
        "token": TOKEN, "intents": 1 | 1 << 9 | 1 << 15,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
    }});
    socket
        .send(Frame::text(identify.to_string()))
        .await
        .unwrap();
    loop {
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        let event: Value = serde_json::from_str(&text).unwrap();
        if event["t"] == "READY" {
            break;
        }
    }
    let keeper = tokio::spawn(cards::run(context.clone(), looking));
    let (context, told) = (context.clone(), looks.clone());
    let pump = tokio::spawn(async move {
        while let Some(Ok(frame)) = socket.next().await {
            let Ok(text) = frame.into_text() else {
                continue;
            };
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            hand_on(&context, &told, event).await;
        }
    });
    (looks, vec![keeper, pump])
}

async fn hand_on(context: &Context, looks: &UnboundedSender<Look>, mut event: Value) {
    match event["t"].as_str() {
        Some("INTERACTION_CREATE") => {
            let interaction: Interaction = serde_json::from_value(event["d"].take()).unwrap();
            tokio::spawn(interactions::handle(context.clone(), interaction));
        }
        Some("MESSAGE_DELETE") => {
            let id = event["d"]["id"].as_str().unwrap().parse().unwrap();
            let gone = cards::deleted(context, MessageId::new(id)).await.unwrap();
            if let Some(subject) = gone {
                let _ = looks.send(Look::At(subject));
            }
        }
        _ => {}
    }
}
