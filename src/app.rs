//! Builds everything from the config, and takes it down again in order.

mod closing;
mod detectors;
mod reasoning;
mod secret;

pub use detectors::beside;
pub use reasoning::{Models, chain, models, offline, prompts, spent};
pub use secret::{Secret, load_secret};

pub mod discord;

use crate::act::registry::Registry;
use crate::config::{Config, SourceAuth};
use crate::data::DataFiles;
use crate::discord::serve::Serving;
use crate::domain::ports::{Chat, LateChat};
use crate::domain::{MerchantDirectory, PersonId, WorkspaceId};
use crate::engine::handle::{Handle, SourceGrant};
use crate::engine::{AllRules, Clock, Engine, Parts, Rules, Terms};
use crate::net::{Net, SystemLookup};
use crate::observe::intake::Limits;
use crate::reason::offline::Offline;
use crate::store::Store;
use crate::store::embedded::{EmbeddedStore, Options};
use crate::web::{
    self, ConsolePerson, LoginKey, Origin, ReceivedView, Sources, WebOptions, WebState,
    WebhookSource,
};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long the store's last user may take to end.
const CLOSING: Duration = Duration::from_secs(5);

/// What an app is built from.
pub struct Build {
    /// The config, checked.
    pub config: Config,
    /// The data files.
    pub data: DataFiles,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What the demo's receiver got, for the console to show.
    pub received: Option<Arc<dyn ReceivedView>>,
}

/// A running Medic: engine, store and web surface.
pub struct App {
    engine: Engine,
    address: SocketAddr,
    origin: Origin,
    secret: Secret,
    discord: Option<Serving>,
    clock: Arc<dyn Clock>,
    findings: Vec<String>,
    stopping: watch::Sender<bool>,
    store: Weak<dyn Store>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl App {
    /// Builds everything and begins to serve. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// With a sentence that names the place and the way out.
    pub async fn start(build: Build) -> anyhow::Result<Self> {
        let Build {
            config,
            data,
            clock,
            received,
        } = build;
        let listen = config.web.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!(
                "cannot listen on {listen}; if another program has this port, stop it or give \
                 another one as [web] listen in config.toml"
            )
        })?;
        let address = listener.local_addr()?;

        let offline = Arc::new(offline(&data)?);
        let mut findings: Vec<String> = offline.broken().iter().map(ToString::to_string).collect();
        let (store, report) = EmbeddedStore::open(
            &config.store.dir,
            Options {
                cache_bytes: u64::from(config.store.cache_mib) << 20,
                rotate_bytes: u64::from(config.store.segment_mib) << 20,
                ..Options::default()
            },
        )?;
        findings.extend(report.findings());
        let store: Arc<dyn Store> = Arc::new(store);
        let held = Arc::downgrade(&store);
        let secret = load_secret(&config.store.dir)?;
        let models = models(&config, &config.reason.providers)?;
        let diagnoser = chain(
            &config,
            &data,
            Arc::clone(&offline),
            models,
            &clock,
            secret.derive("fences and canaries of prompts"),
            spent(&*store, &config.workspaces, &clock)?,
        )?;
        let chat = Arc::new(LateChat::default());
        let late: Arc<dyn Chat> = Arc::clone(&chat) as _;
        let engine = Engine::start(Parts {
            store,
            workspaces: rules(&config, &data, &offline, &clock, &late)?,
            diagnoser: Arc::new(diagnoser),
            clock: Arc::clone(&clock),
            detector: detectors::make(&config),
            keep: Some(detectors::keep(&config)),
            terms: Terms {
                limits: Limits {
                    ticket_bytes: config.limits.ticket_bytes,
                    request_bytes: config.limits.request_bytes,
                    tickets: config.limits.request_tickets,
                    ..Limits::default()
                },
                pseudonym_key: secret.pseudonym_key(),
            },
            report: report.findings(),
        })?;

        let origin = origin(&config, address)?;
        let serving = discord::start(
            config.clone(),
            engine.handle(),
            &chat,
            &clock,
            load_secret(&config.store.dir)?,
            origin.clone(),
        );
        let discord = serving.unwrap_or_else(|error| {
            findings.push(format!("Discord stays off: {error:#}"));
            None
        });
        let (stopping, stop) = watch::channel(false);
        let server = tokio::spawn(web::serve(
            listener,
            WebState {
                handle: engine.handle(),
                options: web_options(&config, secret.login_key(), &origin, address)?,
                clock: {
                    let clock = Arc::clone(&clock);
                    Arc::new(move || clock.now())
                },
                received,
                stopping: stop,
            },
        ));
        Ok(Self {
            engine,
            address,
            origin,
            secret,
            discord,
            clock,
            findings,
            stopping,
            store: held,
            server,
        })
    }

    /// The engine, as adapters hold it.
    pub fn handle(&self) -> Handle {
        self.engine.handle()
    }

    /// The engine itself, for whoever moves its clock.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What an operator should know about the start, one sentence each.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// A link that signs this person in once.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn login_link(
        &self,
        workspace: &WorkspaceId,
        person: &PersonId,
        valid: jiff::SignedDuration,
    ) -> anyhow::Result<String> {
        Ok(web::issue_login_link(
            &self.secret.login_key(),
            &self.origin,
            workspace,
            person,
            self.clock.now(),
            valid,
        )?)
    }

    /// Stops taking requests, finishes what was begun, and closes the store.
    pub async fn stop(self) {
        // The server may have ended by itself.
        let _ = self.stopping.send(true);
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the web surface ended with an error"),
            Err(error) => tracing::error!(%error, "the web surface broke down"),
        }
        if let Some(discord) = self.discord {
            discord.stop().await;
        }
        self.engine.stop().await;
        closed(&self.store).await;
    }
}

/// Waits until the last holder of the store is gone: what was told to end takes a moment, and only
/// then is the store closed and free for another process.
async fn closed(store: &Weak<dyn Store>) {
    let gone = async {
        while store.strong_count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(CLOSING, gone).await.is_err() {
        tracing::error!("something still uses the store; it closes when the process ends");
    }
}

pub use closing::closing;

/// The merchant directory of the data files.
///
/// # Errors
/// When it cannot be read, or something in it is wrong.
pub fn directory(data: &DataFiles) -> anyhow::Result<MerchantDirectory> {
    let (name, text) = data.text("merchants.toml")?;
    Ok(crate::config::read_merchants(&name, &text)?)
}

/// The rules of every workspace; connectors that speak in the team's chat do so through `chat`.
///
/// # Errors
/// When an endpoint, the merchant directory or a closing sentence is wrong.
pub fn rules(
    config: &Config,
    data: &DataFiles,
    offline: &Offline,
    clock: &Arc<dyn Clock>,
    chat: &Arc<dyn Chat>,
) -> anyhow::Result<AllRules> {
    let directory = directory(data)?;
    let closing = closing::closing(data)?;
    let net = Arc::new(net(config)?);
    let runbooks: BTreeMap<_, _> = offline
        .runbooks()
        .iter()
        .map(|runbook| (runbook.id.clone(), runbook.clone()))
        .collect();
    let mut all = AllRules::new();
    for workspace in &config.workspaces {
        let clock = Arc::clone(clock);
        let now: crate::act::connectors::Clock = Arc::new(move || clock.now());
        all.insert(
            workspace.clone(),
            Arc::new(Rules {
                governance: config.governance(workspace),
                catalogue: config.catalogue.clone(),
                risk: config.risk,
                dry_run: config.policy.dry_run,
                quiet_hours: config.policy.quiet_hours,
                retry: crate::act::deliver::RetryOptions::default(),
                connectors: Registry::new(&net, &now, chat, workspace),
                runbooks: runbooks.clone(),
                directory: directory.clone(),
                closing: closing.clone(),
                verify: config.verify.clone(),
                stages: Arc::new(crate::engine::stages::Sound),
            }),
        );
    }
    Ok(all)
}

/// For whoever posts nothing: every message waits for a chat that never comes.
pub fn no_chat() -> Arc<dyn Chat> {
    Arc::new(LateChat::default())
}

/// Everything wrong with the actions over their connectors, one sentence each. Actions over an
/// endpoint that nobody has set up are left out: [`Config::findings`] names them with the way out.
///
/// # Errors
/// When an endpoint is wrong.
pub fn action_problems(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Vec<String>> {
    let net = Arc::new(net(config)?);
    let clock = Arc::clone(clock);
    let now: crate::act::connectors::Clock = Arc::new(move || clock.now());
    let registry = Registry::new(&net, &now, &no_chat(), &config.workspace);
    let set_up = config.catalogue.iter().filter(|action| {
        let endpoint = action.with.get("endpoint");
        endpoint.is_none_or(|name| !config.endpoints_off.contains(name))
    });
    Ok(registry.problems(set_up))
}

fn net(config: &Config) -> anyhow::Result<Net> {
    let lookup: Arc<dyn crate::net::Lookup> = Arc::new(SystemLookup);
    Net::new(&config.endpoints, &|name| config.secrets.get(name), &lookup).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })
}

fn web_options(
    config: &Config,
    login_key: LoginKey,
    origin: &Origin,
    address: SocketAddr,
) -> anyhow::Result<WebOptions> {
    let sources = config
        .sources
        .iter()
        .map(|source| WebhookSource {
            grant: SourceGrant {
                workspace: source.workspace.clone(),
                name: source.name.clone(),
                verified_merchants: source.verified_merchants,
                author: format!("source {}", source.name),
                replay_window: source.replay_window,
            },
            auth: match &source.auth {
                SourceAuth::StandardWebhooks(secrets) => {
                    web::SourceAuth::StandardWebhooks(secrets.clone())
                }
                SourceAuth::Bearer(tokens) => web::SourceAuth::Bearer(tokens.clone()),
            },
        })
        .collect();
    let people = config
        .people
        .iter()
        .filter_map(|person| {
            Some(ConsolePerson {
                workspace: person.workspace.clone()?,
                id: person.id.clone(),
                name: person.name.clone(),
                roles: person.roles.clone(),
            })
        })
        .collect();
    let mut origins = vec![origin.clone()];
    if address.ip().is_loopback() {
        origins.push(format!("http://localhost:{}", address.port()).parse()?);
        origins.push(format!("http://{address}").parse()?);
    }
    let mut options = WebOptions::new(Sources::new(sources)?, people, login_key, origins);
    options.max_body_bytes = config.limits.request_bytes;
    options.max_requests = config.limits.requests_at_once;
    options.max_streams = config.limits.live_pages;
    Ok(options)
}

fn origin(config: &Config, address: SocketAddr) -> anyhow::Result<Origin> {
    let url = config
        .web
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    Ok(url.parse()?)
}

/// Where browsers reach the console by the config alone, before anything listens.
///
/// # Errors
/// When the public URL is wrong.
pub fn configured_origin(config: &Config) -> anyhow::Result<Origin> {
    origin(config, config.web.listen)
}
