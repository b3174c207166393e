//! What the demo is built from: the shipped config at the demo's own receiver, in a folder of its own.

use crate::config::{Config, EnvSource};
use crate::demo::receiver::Receiver;
use crate::domain::{Person, Surface};
use crate::web::{ReceivedRequest, ReceivedView};
use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Where the console is, if nobody else has the port.
const PORT: u16 = 8787;
/// Systems of the receiver, by the endpoint that they stand for.
const SYSTEMS: [(&str, &str); 3] = [
    ("helpdesk", "helpdesk"),
    ("docs", "docs"),
    ("engineering", "pager"),
];

/// Three hours pass in half a minute: whoever watches still finds every question open.
const PATIENCE: &str = "[approval.medium]\nexpires_after = \"12h\"\n\
                        [approval.high]\nexpires_after = \"12h\"\n\
                        [approval.critical]\nexpires_after = \"12h\"\n";

/// The first two people of the config: enough for every quorum that it ships with.
pub(super) fn people(config: &Config) -> Vec<Person> {
    let governance = config.governance(&config.workspace);
    governance
        .people
        .iter()
        .take(2)
        .map(|person| Person {
            id: person.id.clone(),
            name: person.name.clone(),
            roles: person.roles.clone(),
            surface: Surface::Terminal,
        })
        .collect()
}

/// The receiver as the console shows it.
pub(super) struct Shown(pub Arc<Receiver>);

impl ReceivedView for Shown {
    fn received(&self, limit: usize) -> Vec<ReceivedRequest> {
        let mut all = self.0.received();
        all.reverse();
        all.truncate(limit);
        all.into_iter()
            .map(|received| ReceivedRequest {
                at: received.at,
                what: format!("POST {}", received.path),
                idempotency_key: received.key,
                signature_ok: true,
                times: received.times,
                body: serde_json::to_string_pretty(&received.body).unwrap_or_default(),
            })
            .collect()
    }
}

/// The shipped config with more patience, the store in the demo's folder, the endpoints at the demo's receiver,
/// and secrets of this run only.
pub(super) fn config(
    folder: &std::path::Path,
    secret: &SecretString,
    receiver: &Receiver,
) -> anyhow::Result<Config> {
    let mut text = format!(
        "[web]\nlisten = \"{}\"\n[store]\ndir = {}\n{PATIENCE}",
        free_address(),
        toml::Value::from(store_dir(folder).display().to_string()),
    );
    for (endpoint, system) in SYSTEMS {
        text.push_str(&format!(
            "[endpoints.{endpoint}]\nbase_url = \"{}\"\nallow_private = true\n\
             signing_env = \"MEDIC_DEMO_SECRET\"\n",
            receiver.base_url(system)
        ));
    }
    let secret = secret.expose_secret();
    let env = EnvSource::fixed([
        ("MEDIC_WEBHOOK_SECRET", secret),
        ("MEDIC_DEMO_SECRET", secret),
    ]);
    Ok(Config::read("the demo's config", &text, &env)?)
}

/// Where the demo keeps its store.
pub(super) fn store_dir(folder: &std::path::Path) -> std::path::PathBuf {
    folder.join("db")
}

/// The console's usual port, or any other if somebody has it.
fn free_address() -> SocketAddr {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    match std::net::TcpListener::bind(usual) {
        Ok(_) => usual,
        Err(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    }
}

/// A secret of this run only.
pub(super) fn random_secret() -> anyhow::Result<SecretString> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    Ok(SecretString::from(format!("whsec_{encoded}")))
}
