//! `config.toml` and the environment, read here and nowhere else, into a [`Config`] that holds
//! together.
//!
//! The `config.toml` at the top level of the repository is built in. A file of the operator's
//! is laid over it: what it leaves out keeps the built-in value, a list or an action it gives
//! replaces the built-in one whole. So a default stands in one place only, with its comment.

mod bounds;
mod check;
mod detector;
mod discord;
mod document;
mod env;
mod findings;
mod models;
mod options;
mod secrets;
mod steps;
mod trial;

pub use discord::{Discord, DiscordSetup};
pub use document::{ConfigError, ConfigErrors};
pub use env::EnvSource;
pub use findings::{Finding, Level};
pub use options::{LimitOptions, ListenOptions, Secrets, Source, SourceAuth, StoreOptions};

use crate::decide::{
    ApprovalRules, Catalogue, Governance, People, PersonOptions, Policy, PolicyOptions, RiskOptions,
};
use crate::domain::{Action, MerchantDirectory, WorkspaceId};
use crate::net::EndpointOptions;
use crate::observe::detect::DetectOptions;
use crate::reason::ReasonOptions;
use crate::verify::VerifyOptions;
use document::Document;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The config that is used where there is no file.
pub const BUILT_IN: &str = include_str!("../config.toml");

/// Everything the config says, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The workspace of everything that names none.
    pub workspace: WorkspaceId,
    /// Every workspace, the one above first.
    pub workspaces: Vec<WorkspaceId>,
    /// Where the web surface listens.
    pub web: ListenOptions,
    /// Where and how state is kept.
    pub store: StoreOptions,
    /// Webhook sources whose secrets are there.
    pub sources: Vec<Source>,
    /// Optional sources that are off because none of their variables is set, with these variables.
    pub sources_off: BTreeMap<String, Vec<String>>,
    /// Everyone who may decide; each has a workspace.
    pub people: Vec<PersonOptions>,
    /// Who may approve at which risk.
    pub approval: ApprovalRules,
    /// `[discord]`.
    pub discord: Discord,
    /// The rules, as written, with dry run and quiet hours.
    pub policy: PolicyOptions,
    /// When a plan's reach raises its risk.
    pub risk: RiskOptions,
    /// The actions.
    pub catalogue: Catalogue,
    /// The endpoints that are set up, by name.
    pub endpoints: BTreeMap<String, EndpointOptions>,
    /// Names of endpoints whose `base_url` is empty: not set up.
    pub endpoints_off: Vec<String>,
    /// The secrets of the endpoints, by variable.
    pub secrets: Secrets,
    /// Which models are asked why, how long, and for how much money.
    pub reason: ReasonOptions,
    /// When and how long to look whether a fix helped.
    pub verify: VerifyOptions,
    /// `[detect]`.
    pub detect: DetectOptions,
    /// How much is taken in.
    pub limits: LimitOptions,
    rules: Arc<Policy>,
}

impl Config {
    /// Reads the file, or the built-in config where there is none, and the secrets it names.
    ///
    /// # Errors
    /// Everything wrong with it, as far as it can be found at once, each with its place.
    pub fn load(path: Option<&Path>, env: &EnvSource) -> Result<Self, ConfigErrors> {
        let Some(path) = path else {
            return Self::read("config.toml (built in)", BUILT_IN, env);
        };
        let source = read_file(path)?;
        Self::read(&path.display().to_string(), &source, env)
    }

    /// Reads a config from text; `file` is how messages name it.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn read(file: &str, source: &str, env: &EnvSource) -> Result<Self, ConfigErrors> {
        let mut document = Document::parse(file, source);
        document.lay_over(BUILT_IN);
        check::config(document, env)
    }

    /// Who and what may authorise plans in this workspace.
    pub fn governance(&self, workspace: &WorkspaceId) -> Governance {
        let people = self
            .people
            .iter()
            .filter(|person| person.workspace.as_ref() == Some(workspace));
        Governance {
            policy: Arc::clone(&self.rules),
            approval: self.approval.clone(),
            people: People::new(people.cloned())
                .with_roles_by_discord(self.roles_by_discord(workspace)),
        }
    }

    /// Why this action cannot be carried out as configured, and which key to set; none if it can.
    /// What only its connector can tell is not looked at here.
    pub fn unavailable(&self, action: &Action) -> Option<String> {
        let endpoint = action.with.get("endpoint")?;
        self.endpoints_off.contains(endpoint).then(|| {
            format!(
                "{} goes to {endpoint}, which is not set up: give endpoints.{endpoint}.base_url in config.toml",
                action.name
            )
        })
    }
}

/// Reads a merchant directory; `file` is how messages name it.
///
/// # Errors
/// Everything wrong with it, each with its place.
pub fn read_merchants(file: &str, text: &str) -> Result<MerchantDirectory, ConfigErrors> {
    document::whole(file, text)
}

fn read_file(path: &Path) -> Result<String, ConfigErrors> {
    std::fs::read_to_string(path).map_err(|error| {
        ConfigErrors::of_file(
            path,
            format!("cannot be read: {error}; name another file with --config"),
        )
    })
}
