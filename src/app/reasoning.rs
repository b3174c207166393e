//! The diagnosers, from config and data files.

use crate::config::Config;
use crate::data::DataFiles;
use crate::domain::WorkspaceId;
use crate::engine::{Clock, spent_on};
use crate::net::{EndpointOptions, Net, SystemLookup};
use crate::reason::budget::Spent;
use crate::reason::chain::{Chain, Parts};
use crate::reason::gemini::{GEMINI, Gemini};
use crate::reason::offline::Offline;
use crate::reason::openai::{OPENAI, OpenAi};
use crate::reason::prompt::Prompts;
use crate::reason::provider::Provider;
use crate::reason::runbook;
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The models that are set up, in the configured order, and why the others are not asked.
#[derive(Default)]
pub struct Models {
    /// Those that can be asked.
    pub providers: Vec<Arc<dyn Provider>>,
    /// One sentence for each that cannot.
    pub left_out: Vec<String>,
}

/// The offline diagnoser with the runbooks and rules of the data files.
///
/// # Errors
/// When a file cannot be read; a broken runbook or rule is only set aside.
pub fn offline(data: &DataFiles) -> anyhow::Result<Offline> {
    let library = runbook::load(data.folder("runbooks", ".md")?);
    let (name, text) = data.text("rules.toml")?;
    Offline::new(library, &name, &text).map_err(|broken| anyhow::anyhow!("{broken}"))
}

/// The prompts of the data files.
///
/// # Errors
/// When a file cannot be read or used.
pub fn prompts(data: &DataFiles) -> anyhow::Result<Prompts> {
    let question = data.text("prompts/diagnose.md")?;
    let repair = data.text("prompts/repair.md")?;
    Ok(Prompts::parse(
        (&question.0, &question.1),
        (&repair.0, &repair.1),
    )?)
}

/// How much longer than the deadline a request to a model may be under way, in milliseconds.
const LATER_MS: i128 = 5_000;

/// The models of these names, as configured. They have a client of their own, so that no action
/// can be pointed at a model's endpoint.
///
/// # Errors
/// When an address is wrong.
pub fn models<N: AsRef<str>>(config: &Config, names: &[N]) -> anyhow::Result<Models> {
    let (gemini, openai) = (&config.reason.gemini, &config.reason.openai);
    let key = config.secrets.get(&gemini.key_env);
    // The chain gives up at the deadline and says so; the client only has to end at all.
    let longest = config.reason.deadline.as_millis() + LATER_MS;
    let timeout_ms = u64::try_from(longest).unwrap_or(u64::MAX);
    let mut models = Models::default();
    for name in names {
        let mut endpoint = EndpointOptions {
            timeout_ms,
            ..EndpointOptions::new("")
        };
        match (name.as_ref(), &key) {
            (GEMINI, Some(key)) => {
                endpoint.base_url.clone_from(&gemini.base_url);
                // Plain http is refused anywhere but on this machine.
                endpoint.allow_private = gemini.base_url.starts_with("http://");
                let net = client(config, GEMINI, endpoint)?;
                let gemini = Gemini::new(net, gemini.clone(), key.clone());
                models.providers.push(Arc::new(gemini));
            }
            (GEMINI, None) => models
                .left_out
                .push(format!("gemini has no key in {}", gemini.key_env)),
            (OPENAI, _) if openai.base_url.trim().is_empty() => models
                .left_out
                .push("openai has no reason.openai.base_url".to_owned()),
            (OPENAI, _) => {
                endpoint.base_url.clone_from(&openai.base_url);
                endpoint.allow_private = openai.allow_private;
                endpoint.allow_plain_http = openai.allow_plain_http;
                endpoint.bearer_env.clone_from(&openai.key_env);
                let net = client(config, OPENAI, endpoint)?;
                models
                    .providers
                    .push(Arc::new(OpenAi::new(net, openai.clone())));
            }
            _ => {}
        }
    }
    Ok(models)
}

fn client(config: &Config, name: &str, endpoint: EndpointOptions) -> anyhow::Result<Arc<Net>> {
    let lookup: Arc<dyn crate::net::Lookup> = Arc::new(SystemLookup);
    let endpoints = BTreeMap::from([(name.to_owned(), endpoint)]);
    let net = Net::new(&endpoints, &|name| config.secrets.get(name), &lookup);
    Ok(Arc::new(net.map_err(|errors| {
        let why: Vec<&str> = errors.iter().map(|error| error.reason.as_str()).collect();
        anyhow::anyhow!("reason.{name}.base_url: {}", why.join("; "))
    })?))
}

/// The chain of these models and the offline diagnoser. `secret` is known to nobody outside.
///
/// # Errors
/// When a prompt cannot be read.
pub fn chain(
    config: &Config,
    data: &DataFiles,
    offline: Arc<Offline>,
    models: Models,
    clock: &Arc<dyn Clock>,
    secret: [u8; 32],
    spent: Spent,
) -> anyhow::Result<Chain> {
    let clock = Arc::clone(clock);
    Ok(Chain::new(
        Parts {
            offline,
            providers: models.providers,
            left_out: models.left_out,
            prompts: prompts(data)?,
            secret,
            now: Arc::new(move || clock.now()),
            spent,
        },
        &config.reason,
    ))
}

/// What models have used today, in all workspaces.
///
/// # Errors
/// When the store cannot be read.
pub fn spent(
    store: &dyn Store,
    workspaces: &[WorkspaceId],
    clock: &Arc<dyn Clock>,
) -> Result<Spent, StoreError> {
    let mut all = Spent::default();
    for workspace in workspaces {
        let one = spent_on(store, workspace, clock.now())?;
        all.tokens = all.tokens.saturating_add(one.tokens);
        all.micros = all.micros.saturating_add(one.micros);
    }
    Ok(all)
}
