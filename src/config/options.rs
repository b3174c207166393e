//! What the sections say. Each module owns the options it reads; those of modules that do not
//! read theirs yet stand here.

use crate::domain::{SourceName, WorkspaceId};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `[workspace]`, and each of `[[workspaces]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkspaceOptions {
    /// Part of every stored key: lower-case letters, digits and hyphens, 1–32.
    pub id: WorkspaceId,
}

/// `[web]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenOptions {
    /// Address and port.
    pub listen: SocketAddr,
    /// Where browsers reach it, if not at that address: scheme, host and port.
    #[serde(default)]
    pub public_url: Option<String>,
}

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreOptions {
    /// The directory.
    pub dir: PathBuf,
    /// A journal file is closed and the next begun at this size, in MiB; 1–1024.
    pub segment_mib: u32,
    /// Memory for the query index, in MiB; 1–1024.
    pub cache_mib: u32,
}

/// `[[sources]]` as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceOptions {
    pub name: SourceName,
    #[serde(default)]
    pub workspace: Option<WorkspaceId>,
    pub auth: AuthKind,
    pub secret_env: Vec<String>,
    #[serde(default)]
    pub verified_merchants: bool,
    #[serde(default)]
    pub optional: bool,
    #[serde(default = "a_day")]
    pub replay_window: SignedDuration,
}

/// Twice the longest time for which common senders retry (Standard Webhooks: up to 10 hours).
fn a_day() -> SignedDuration {
    SignedDuration::from_hours(24)
}

/// How a source proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AuthKind {
    StandardWebhooks,
    Bearer,
}

/// A webhook source with its secrets.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name in records.
    pub name: SourceName,
    /// Where its tickets go.
    pub workspace: WorkspaceId,
    /// How it proves itself.
    pub auth: SourceAuth,
    /// Whether it vouches for the merchants its tickets name.
    pub verified_merchants: bool,
    /// How long the same signed body counts as a repeat, where the delivery id is not signed.
    pub replay_window: SignedDuration,
}

/// How a source proves itself; any of several secrets will do, so that one can be replaced.
#[derive(Clone, Debug)]
pub enum SourceAuth {
    /// Signing secrets, base64 with or without `whsec_` before it.
    StandardWebhooks(Vec<SecretString>),
    /// Bearer tokens.
    Bearer(Vec<SecretString>),
}

/// Secrets by the variable that holds them. Shows names only.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// The secret of this variable.
    pub fn get(&self, name: &str) -> Option<SecretString> {
        self.0.get(name).cloned()
    }

    /// Adds one that does not come from the environment, as the demo does.
    pub fn set(&mut self, name: impl Into<String>, secret: SecretString) {
        self.0.insert(name.into(), secret);
    }
}

/// `[limits]`: what intake takes. The largest values are the product's own bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitOptions {
    /// Bytes of one ticket; 1,024–65,536.
    pub ticket_bytes: usize,
    /// Bytes of one request; 1,024–1,048,576.
    pub request_bytes: usize,
    /// Tickets in one request; 1–1,000.
    pub request_tickets: usize,
    /// Requests in memory at once; more are answered 429. 1–4,096.
    pub requests_at_once: usize,
    /// Console pages that are kept up to date live; 1–1,024.
    pub live_pages: usize,
}
