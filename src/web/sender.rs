//! Proves who sends tickets: Standard Webhooks signatures or bearer tokens, in constant time.

use super::seal::hmac_sha256;
use crate::engine::handle::SourceGrant;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use subtle::ConstantTimeEq;

/// A source of tickets and how its sender proves itself.
#[derive(Debug)]
pub struct WebhookSource {
    /// What a proven sender may.
    pub grant: SourceGrant,
    /// How it is proven.
    pub auth: SourceAuth,
}

/// How a sender proves itself. Several secrets are alive at once while one is being replaced.
#[derive(Debug)]
pub enum SourceAuth {
    /// Secrets of Standard Webhooks: base64, with or without `whsec_` before it.
    StandardWebhooks(Vec<SecretString>),
    /// Bearer tokens.
    Bearer(Vec<SecretString>),
}

/// Sources whose secrets are fit for use.
#[derive(Debug)]
pub struct Sources(Vec<Source>);

#[derive(Debug)]
struct Source {
    grant: SourceGrant,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Signing(SecretSlice<u8>),
    /// SHA-256 of a bearer token, so that comparing does not tell its length.
    Token(SecretSlice<u8>),
}

/// Bytes of a signing secret (and characters of a bearer token) at least: what Standard Webhooks
/// asks for.
const MIN_SECRET: usize = 24;

/// Seconds that a signature's time may lie beside ours (Standard Webhooks: five minutes).
const TOLERANCE_SECONDS: i64 = 300;

impl Sources {
    /// Checks every secret.
    ///
    /// # Errors
    /// When a source has none, one is too short or is not base64, or two sources share one (it
    /// would not say whose ticket it is).
    pub fn new(sources: Vec<WebhookSource>) -> Result<Self, SecretError> {
        let mut keys = Vec::new();
        let mut seen = BTreeSet::new();
        for WebhookSource { grant, auth } in sources {
            let name = grant.name.to_string();
            let (secrets, parse): (_, fn(&str, &SecretString) -> Result<Key, SecretError>) =
                match auth {
                    SourceAuth::StandardWebhooks(secrets) => (secrets, signing_key),
                    SourceAuth::Bearer(tokens) => (tokens, token_key),
                };
            if secrets.is_empty() {
                return Err(SecretError::None { name });
            }
            for secret in &secrets {
                let key = parse(&name, secret)?;
                if !seen.insert(Sha256::digest(key.bytes())) {
                    return Err(SecretError::Shared { name });
                }
                keys.push(Source {
                    grant: grant.clone(),
                    key,
                });
            }
        }
        Ok(Self(keys))
    }

    /// Whose request this is, if the claim holds for its body.
    pub(super) fn prove(&self, claim: &Claim, body: &[u8]) -> Option<&SourceGrant> {
        let holds = |source: &&Source| match (&source.key, claim) {
            (Key::Signing(key), Claim::Signed(signed)) => signed.holds(key.expose_secret(), body),
            (Key::Token(digest), Claim::Bearer(token)) => {
                digest.expose_secret().ct_eq(token).into()
            }
            _ => false,
        };
        self.0.iter().find(holds).map(|source| &source.grant)
    }
}

impl Key {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Signing(bytes) | Self::Token(bytes) => bytes.expose_secret(),
        }
    }
}

fn signing_key(name: &str, secret: &SecretString) -> Result<Key, SecretError> {
    let text = secret.expose_secret().trim();
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    let bytes = STANDARD.decode(text).map_err(|_| SecretError::NotBase64 {
        name: name.to_owned(),
    })?;
    long_enough(name, bytes.len(), "bytes behind base64")?;
    Ok(Key::Signing(bytes.into()))
}

fn token_key(name: &str, secret: &SecretString) -> Result<Key, SecretError> {
    let token = secret.expose_secret().trim();
    long_enough(name, token.len(), "characters")?;
    Ok(Key::Token(Sha256::digest(token).to_vec().into()))
}

fn long_enough(name: &str, has: usize, unit: &'static str) -> Result<(), SecretError> {
    if has < MIN_SECRET {
        return Err(SecretError::Short {
            name: name.to_owned(),
            has,
            unit,
        });
    }
    Ok(())
}

/// A source's secret is not fit for use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none.
    #[error("source {name} has no secret; set one, made with `openssl rand -base64 32`")]
    None {
        /// The source.
        name: String,
    },
    /// It can be guessed.
    #[error(
        "a secret of source {name} has {has} {unit}, at least 24 are needed; make one with `openssl rand -base64 32`"
    )]
    Short {
        /// The source.
        name: String,
        /// How long it is.
        has: usize,
        /// In what it is measured.
        unit: &'static str,
    },
    /// It is not written as Standard Webhooks writes secrets.
    #[error(
        "a secret of source {name} is not base64 (with or without whsec_ before it); make one with `openssl rand -base64 32`"
    )]
    NotBase64 {
        /// The source.
        name: String,
    },
    /// Two sources have the same.
    #[error(
        "a secret of source {name} is used twice; give each source its own, or Medic cannot tell whose tickets it receives"
    )]
    Shared {
        /// The later source.
        name: String,
    },
}

/// What a request says about its sender, before it is believed.
#[derive(Debug)]
pub(super) enum Claim {
    /// A signature over id, time and body.
    Signed(Signed),
    /// A bearer token, as its digest.
    Bearer([u8; 32]),
}

#[derive(Debug)]
pub(super) struct Signed {
    id: String,
    timestamp: String,
    signatures: Vec<Vec<u8>>,
}

impl Signed {
    fn holds(&self, key: &[u8], body: &[u8]) -> bool {
        let mut mac = hmac_sha256(key);
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(body);
        self.signatures
            .iter()
            .any(|signature| mac.clone().verify_slice(signature).is_ok())
    }
}

impl Claim {
    /// Reads the claim of a request's headers; the sentence says what is missing or out of time.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Result<Self, String> {
        let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(signatures) = get("webhook-signature") {
            let id = get("webhook-id")
                .filter(|id| (1..=256).contains(&id.len()))
                .ok_or("webhook-id is missing or longer than 256 characters")?
                .to_owned();
            let timestamp = get("webhook-timestamp")
                .ok_or("webhook-timestamp is missing")?
                .to_owned();
            in_time(&timestamp, now)?;
            return Ok(Self::Signed(Signed {
                id,
                timestamp,
                signatures: signatures
                    .split_ascii_whitespace()
                    .filter_map(|entry| STANDARD.decode(entry.strip_prefix("v1,")?).ok())
                    .collect(),
            }));
        }
        let token = get(header::AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(
                "sign the request (webhook-id, webhook-timestamp, webhook-signature; see \
                 standardwebhooks.com) or send `Authorization: Bearer …`",
            )?;
        Ok(Self::Bearer(Sha256::digest(token).into()))
    }

    /// The sender's own id of this request, where it is signed. An id that is not is no guard
    /// against repeats; there the engine goes by the body.
    pub(super) fn delivery_id(&self) -> Option<&str> {
        match self {
            Self::Signed(signed) => Some(&signed.id),
            Self::Bearer(_) => None,
        }
    }
}

fn in_time(timestamp: &str, now: Timestamp) -> Result<(), String> {
    let seconds: i64 = timestamp
        .parse()
        .map_err(|_| "webhook-timestamp is not a whole number of seconds")?;
    let beside = seconds.saturating_sub(now.as_second()).saturating_abs();
    if beside > TOLERANCE_SECONDS {
        return Err(format!(
            "webhook-timestamp lies {beside} s beside this server's clock, {TOLERANCE_SECONDS} s \
             are allowed; check both clocks, and sign again when sending again"
        ));
    }
    Ok(())
}
