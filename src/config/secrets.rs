//! What needs a secret, and whether it is there.

use super::check::{is_name, known_workspace};
use super::document::Document;
use super::env::EnvSource;
use super::options::{AuthKind, Secrets, Source, SourceAuth, SourceOptions};
use crate::domain::WorkspaceId;
use crate::net::EndpointOptions;
use jiff::SignedDuration;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};

/// Endpoints that are set up, names of those that are not, and the secrets of the former.
type Endpoints = (BTreeMap<String, EndpointOptions>, Vec<String>, Secrets);

/// Reads the endpoints; one that is set up needs every secret it names.
pub(super) fn endpoints(doc: &mut Document<'_>, env: &EnvSource) -> Endpoints {
    let mut on = BTreeMap::new();
    let mut off = Vec::new();
    let mut secrets = Secrets::default();
    for (_, name, options) in doc.map::<EndpointOptions>("endpoints") {
        if options.base_url.trim().is_empty() {
            off.push(name);
            continue;
        }
        for (key, variable) in options.secret_names() {
            let at = doc.place_of(&["endpoints", &name, key]);
            match env.get(variable) {
                Ok(Some(secret)) => secrets.set(variable, secret),
                Ok(None) => doc.fault(
                    at,
                    format!(
                        "endpoint {name} needs the secret in {variable}, which is not set; set it in the environment or in .env, or remove the key {key}"
                    ),
                ),
                Err(reason) => doc.fault(at, format!("endpoint {name}: {reason}")),
            }
        }
        on.insert(name, options);
    }
    (on, off, secrets)
}

/// Sources that are on, and those that are off with the variables they wait for.
type Sources = (Vec<Source>, BTreeMap<String, Vec<String>>);

/// Gives each source its secrets; without any, it is off if it may be, and a fault if not.
pub(super) fn sources(
    doc: &mut Document<'_>,
    options: Vec<(usize, SourceOptions)>,
    workspaces: &[WorkspaceId],
    env: &EnvSource,
) -> Sources {
    let mut on: Vec<Source> = Vec::new();
    let mut off = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (at, source) in options {
        let name = source.name.clone();
        if !is_name(name.as_str(), b"-_") || !names.insert(name.clone()) {
            doc.fault(at, format!("{:?} is no name for a source, or a second one of that name; 1 to 32 lower-case letters, digits, - and _", name.as_str()));
        }
        if name.as_str() == "discord" {
            doc.fault(at, "the name discord is kept for tickets from Discord itself; give this source another one");
        }
        if source.replay_window <= SignedDuration::ZERO {
            doc.fault(
                at,
                format!(
                    "source {name}: replay_window has to be longer than nothing; \"24h\" is usual"
                ),
            );
        }
        let workspace = known_workspace(doc, at, source.workspace, workspaces);
        let secrets = source_secrets(doc, at, &source.secret_env, env);
        if secrets.is_empty() {
            let variables = source.secret_env;
            if !source.optional {
                doc.fault(at, format!("source {name} has no secret, so anybody could send tickets: set {} in the environment or in .env (make one with `openssl rand -base64 32`), or write optional = true to start without it", variables.join(" or ")));
            }
            off.insert(name.to_string(), variables);
            continue;
        }
        let Some(workspace) = workspace else { continue };
        on.push(Source {
            name,
            workspace,
            auth: match source.auth {
                AuthKind::StandardWebhooks => SourceAuth::StandardWebhooks(secrets),
                AuthKind::Bearer => SourceAuth::Bearer(secrets),
            },
            verified_merchants: source.verified_merchants,
            replay_window: source.replay_window,
        });
    }
    (on, off)
}

/// The secrets of those variables that are set. One that is set but empty is a fault: it is meant
/// to be a secret, and is none.
fn source_secrets(
    doc: &mut Document<'_>,
    at: usize,
    variables: &[String],
    env: &EnvSource,
) -> Vec<SecretString> {
    let mut secrets = Vec::new();
    for variable in variables {
        match env.get(variable) {
            Ok(secret) => secrets.extend(secret),
            Err(reason) => doc.fault(at, reason),
        }
    }
    secrets
}
