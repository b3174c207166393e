//! Connects to Discord and serves it until told to stop. Nothing that fails here stops anything
//! else: tickets by webhook, the loop and the console go on.

use super::cards;
use super::chat::DiscordChat;
use super::context::Context;
use super::extras::Extras;
use super::gateway::{self, Pace};
use super::inbound::{self, Reader};
use super::memory::Memory;
use super::options::DiscordOptions;
use super::people::People;
use super::posts::Found;
use super::reception::{Notes, Reception};
use super::rest::{Rest, RestError};
use super::{commands, listener::Listener};
use crate::domain::WorkspaceId;
use crate::domain::ports::LateChat;
use crate::engine::handle::Handle;
use secrecy::SecretString;
use serenity::model::id::{ApplicationId, GuildId, UserId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// The first pause before Discord is asked again who we are; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a part may take to end.
const END: Duration = Duration::from_secs(6);

/// Where the gateway's connection lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// On a thread and runtime of its own, watched from outside: nothing else can hold its heartbeats.
    Apart,
    /// On the runtime that serves, for whoever holds its clock.
    Here,
}

/// What serving needs.
pub struct Setup {
    /// The engine.
    pub handle: Handle,
    /// `[discord]` of the config.
    pub options: Arc<DiscordOptions>,
    /// The server.
    pub guild: GuildId,
    /// Whose tickets and cards these are.
    pub workspace: WorkspaceId,
    /// Who is who.
    pub people: Arc<People>,
    /// The bot's token, for the gateway.
    pub token: SecretString,
    /// Calls to Discord.
    pub rest: Rest,
    /// What only the whole application can do.
    pub extras: Arc<dyn Extras>,
    /// Where connectors find the chat.
    pub chat: Arc<LateChat>,
    /// Where the connection lives.
    pub hold: Hold,
}

/// Discord, being served.
pub struct Serving {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Begins, in the background.
    pub fn start(setup: Setup) -> Self {
        let (stop, told) = watch::channel(false);
        Self {
            stop,
            task: tokio::spawn(serve(setup, told)),
        }
    }

    /// Ends the connection, so that its session can be resumed, and finishes what was begun.
    pub async fn stop(self) {
        // It may have ended by itself.
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::error!("the Discord surface broke down; the next start shows what is missing");
        }
    }
}

async fn serve(setup: Setup, mut told: watch::Receiver<bool>) {
    let identity = tokio::select! {
        identity = identity(&setup.rest) => identity,
        _ = told.wait_for(|stop| *stop) => None,
    };
    let Some((me, application)) = identity else {
        return;
    };
    let (handle, workspace) = (setup.handle.clone(), setup.workspace.clone());
    let context = Context {
        handle: setup.handle,
        rest: setup.rest,
        options: setup.options,
        workspace: setup.workspace,
        people: setup.people,
        me,
        application,
        found: Arc::new(Found::default()),
        extras: setup.extras,
    };
    setup
        .chat
        .connect(Arc::new(DiscordChat::new(context.clone())));
    let registering = tokio::spawn(register(context.clone()));
    let (look, looks) = mpsc::unbounded_channel();
    let showing = tokio::spawn(cards::run(context.clone(), looks));
    let memory: Arc<dyn Memory> = Arc::new(Notes { handle, workspace });
    let channels: Vec<_> = context.options.channels.iter().map(|one| one.id).collect();
    let now: gateway::Now = {
        let handle = context.handle.clone();
        Arc::new(move || handle.now())
    };
    let parts = gateway::Parts {
        token: setup.token,
        rest: context.rest.clone(),
        calls: tokio::runtime::Handle::current(),
        memory: Arc::clone(&memory),
        now: Arc::clone(&now),
        reads_channels: !channels.is_empty(),
        pace: Pace::default(),
    };
    let started = match setup.hold {
        Hold::Apart => gateway::start(parts),
        Hold::Here => {
            let (gateway, life) = gateway::here(parts);
            tokio::spawn(life);
            Ok(gateway)
        }
    };
    match started {
        Ok(gateway) => {
            let listener: Arc<dyn Listener> = Arc::new(Reception::new(context.clone(), look));
            let reader = Reader {
                rest: context.rest.clone(),
                memory,
                listener,
                guild: setup.guild,
                channels,
                now,
            };
            let reading = tokio::spawn(inbound::run(reader, gateway.inbound));
            tell(gateway.status, told).await;
            gateway.stop.stop().await;
            ended("reading", reading).await;
        }
        Err(error) => {
            tracing::error!(%error, "Discord's gateway cannot have a thread; cards are still shown");
            // A sender that is gone has nobody left to tell.
            let _ = told.wait_for(|stop| *stop).await;
            drop(look);
        }
    }
    registering.abort();
    ended("registering", registering).await;
    ended("showing", showing).await;
    // The chat holds the engine, and the engine the chat: without this neither would ever go.
    setup.chat.disconnect();
}

/// Says in the log how the connection stands, until it is time to stop.
async fn tell(mut status: gateway::Status, mut told: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            link = status.changed() => match link {
                Some(link) => tracing::info!(?link, "Discord's gateway"),
                // It has given up; whoever may mend it was told. The rest is served on.
                None => break,
            },
            _ = told.changed() => return,
        }
    }
    // A sender that is gone has nobody left to tell.
    let _ = told.wait_for(|stop| *stop).await;
}

async fn ended(part: &str, task: JoinHandle<()>) {
    let abort = task.abort_handle();
    match tokio::time::timeout(END, task).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) if error.is_cancelled() => {}
        Ok(Err(error)) => tracing::error!(%error, part, "a part of the Discord surface broke down"),
        Err(_) => abort.abort(),
    }
}

/// Who the bot is, asked until Discord answers; none if it never will.
async fn identity(rest: &Rest) -> Option<(UserId, ApplicationId)> {
    let mut pause = PAUSE;
    loop {
        let asked = async { Ok((rest.me().await?.id, rest.application().await?.id)) };
        let error: RestError = match asked.await {
            Ok(identity) => return Some(identity),
            Err(error) => error,
        };
        if error == RestError::Unauthorised {
            tracing::error!("{error}; until then Medic runs without Discord");
            return None;
        }
        tracing::warn!(%error, "Discord does not say who we are yet; everything else goes on");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn register(context: Context) {
    if !context.options.register_commands {
        return;
    }
    match commands::register::put_if_different(&context).await {
        Ok(true) => tracing::info!("the commands are registered"),
        Ok(false) => {}
        Err(error) => tracing::error!(
            %error,
            "the commands cannot be registered; `medic doctor` says what to do"
        ),
    }
}
