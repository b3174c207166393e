//! The outside world of the demo: one real HTTP server on this machine that plays the helpdesk,
//! the documentation and the pager. It behaves as a careful receiver should: it believes only
//! signed requests, does the work of one `Idempotency-Key` once, and answers checks.
//!
//! | request | answer |
//! |---|---|
//! | `POST /helpdesk/merchants/{merchant}/messages` | 201 and an id |
//! | `POST /docs/…`, `POST /pager/…`, `POST /helpdesk/…` | 201 and an id |
//! | `GET /{system}/deliveries/{key}` | 200 `{"status": "delivered"}`, or 404 |

use crate::net::{NotASigningSecret, SigningKey};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Systems it plays: the first segment of a path.
const SYSTEMS: [&str; 3] = ["helpdesk", "docs", "pager"];

/// How many deliveries it remembers; the oldest go first.
const MAX_KEPT: usize = 1000;

/// Longest body in bytes.
const MAX_BODY: usize = 128 * 1024;

/// How far a signature's time may be off, in seconds (as the Standard Webhooks libraries do).
const TOLERANCE_SECONDS: i64 = 300;

/// A running receiver; it stops when this is dropped.
pub struct Receiver {
    address: SocketAddr,
    world: Arc<World>,
    server: JoinHandle<()>,
}

/// One delivery that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// When it came first.
    pub at: Timestamp,
    /// The system: `helpdesk`, `docs`, `pager`.
    pub system: String,
    /// The path.
    pub path: String,
    /// The merchant of the path, where it names one; else the rest of it.
    pub to: String,
    /// The body's title, summary, subject or text, one line.
    pub summary: String,
    /// The whole body.
    pub body: Value,
    /// Its idempotency key.
    pub key: String,
    /// The id it was given.
    pub id: String,
    /// How often it was sent; the work was done once.
    pub times: u32,
}

/// The receiver cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// The signing secret is no secret.
    #[error(transparent)]
    Secret(#[from] NotASigningSecret),
    /// No port is to be had.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] std::io::Error),
}

struct World {
    key: SigningKey,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    deliveries: VecDeque<Received>,
    count: BTreeMap<String, u64>,
}

impl Receiver {
    /// Starts on a free port of this machine. `clock` judges the age of signatures.
    pub async fn start(
        secret: &SecretString,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Result<Self, ReceiverError> {
        let world = Arc::new(World {
            key: SigningKey::parse(secret)?,
            clock,
            kept: Mutex::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/{system}/deliveries/{key}", get(check))
            .route("/{system}/{*rest}", post(take))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Arc::clone(&world));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the demo's receiver stopped");
            }
        });
        Ok(Self {
            address,
            world,
            server,
        })
    }

    /// The base URL of one of its systems: `http://127.0.0.1:PORT/helpdesk`.
    pub fn base_url(&self, system: &str) -> String {
        format!("http://{}/{system}", self.address)
    }

    /// What was taken, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.world.kept().deliveries.iter().cloned().collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl World {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the request is signed with the shared secret, and recently.
    fn is_signed(&self, headers: &HeaderMap, body: &str) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(at), Some(signature)) = (
            text("webhook-id"),
            text("webhook-timestamp").and_then(|at| at.parse::<i64>().ok()),
            text("webhook-signature"),
        ) else {
            return false;
        };
        let now = (self.clock)().as_second();
        now.abs_diff(at) <= TOLERANCE_SECONDS.unsigned_abs()
            && self.key.verify(id, at, body, signature)
    }
}

async fn take(
    State(world): State<Arc<World>>,
    Path((system, rest)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(text) = std::str::from_utf8(&body) else {
        return refusal(StatusCode::BAD_REQUEST, "the body is not UTF-8");
    };
    if !world.is_signed(&headers, text) {
        return refusal(
            StatusCode::UNAUTHORIZED,
            "the signature is missing, wrong or old",
        );
    }
    if !SYSTEMS.contains(&system.as_str()) {
        return refusal(StatusCode::NOT_FOUND, "there is no such system");
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return refusal(StatusCode::BAD_REQUEST, "Idempotency-Key is missing");
    };
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        return refusal(StatusCode::BAD_REQUEST, "the body is not JSON");
    };
    let now = (world.clock)();
    let mut kept = world.kept();
    let known = kept.deliveries.iter_mut().find(|taken| taken.key == key);
    if let Some(known) = known {
        known.times += 1;
        if known.body != body || known.path != uri.path() {
            let why = "this Idempotency-Key came with another request";
            return refusal(StatusCode::UNPROCESSABLE_ENTITY, why);
        }
        return created(&known.system, &known.id, &known.key, true);
    }
    let count = kept.count.entry(system.clone()).or_insert(0);
    *count += 1;
    let id = format!("{system}-{count}");
    let answer = created(&system, &id, key, false);
    if kept.deliveries.len() == MAX_KEPT {
        kept.deliveries.pop_front();
    }
    kept.deliveries.push_back(Received {
        at: now,
        to: addressee(&rest),
        path: uri.path().to_owned(),
        summary: summary(&body),
        key: key.to_owned(),
        system,
        body,
        id,
        times: 1,
    });
    answer
}

async fn check(
    State(world): State<Arc<World>>,
    Path((system, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !world.is_signed(&headers, "") {
        return refusal(
            StatusCode::UNAUTHORIZED,
            "the signature is missing, wrong or old",
        );
    }
    let kept = world.kept();
    let found = kept
        .deliveries
        .iter()
        .find(|taken| taken.key == key && taken.system == system);
    match found {
        Some(taken) => Json(json!({ "status": "delivered", "id": taken.id })).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "nothing came under this key"),
    }
}

fn created(system: &str, id: &str, key: &str, replayed: bool) -> Response {
    let headers = [
        (header::LOCATION, format!("/{system}/deliveries/{key}")),
        (
            header::HeaderName::from_static("idempotent-replayed"),
            replayed.to_string(),
        ),
    ];
    let body = Json(json!({ "id": id, "status": "delivered" }));
    (StatusCode::CREATED, headers, body).into_response()
}

fn refusal(status: StatusCode, title: &str) -> Response {
    let body = Json(json!({ "status": status.as_u16(), "title": title }));
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body).into_response()
}

fn addressee(rest: &str) -> String {
    match rest.split('/').collect::<Vec<_>>()[..] {
        ["merchants", merchant, ..] => merchant.to_owned(),
        _ => rest.to_owned(),
    }
}

fn summary(body: &Value) -> String {
    let text = ["title", "summary", "subject", "text"]
        .iter()
        .find_map(|name| body.get(name)?.as_str())
        .unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(120).collect()
}
