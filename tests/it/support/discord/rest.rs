//! The REST server: moods and limits first, then the routes.

use super::Shared;
use super::TOKEN;
use super::limits::{Refusal, refusal};
use super::moods::{Mood, Scope};
use super::routes;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Requests a second over all but interactions.
const GLOBAL: usize = 50;

/// One request, taken apart.
pub struct Asked {
    pub method: String,
    /// Without the base and the query.
    pub path: String,
    pub query: HashMap<String, String>,
    pub body: Value,
    pub files: Vec<(String, Vec<u8>)>,
}

#[derive(Default)]
struct Meter {
    windows: HashMap<String, (Instant, u32)>,
    global: VecDeque<Instant>,
}

#[derive(Clone)]
struct Server {
    world: Arc<Shared>,
    meter: Arc<Mutex<Meter>>,
}

#[derive(Clone, Copy)]
struct WindowSize {
    requests: u32,
    seconds: f64,
}

impl Default for WindowSize {
    fn default() -> Self {
        Self {
            requests: 1_000,
            seconds: 1.0,
        }
    }
}

pub async fn serve(world: Arc<Shared>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = Server {
        world,
        meter: Arc::default(),
    };
    let router = Router::new().fallback(handle).with_state(server);
    let task = tokio::spawn(async move {
        axum::serve(
            listener.tap_io(|stream| drop(stream.set_nodelay(true))),
            router,
        )
        .await
        .unwrap()
    });
    (base, task)
}

async fn handle(State(server): State<Server>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let whole = parts
        .uri
        .path_and_query()
        .map_or(String::new(), |path| path.to_string());
    let Some(path) = whole.strip_prefix("/api/v10") else {
        return answer(
            404,
            json!({"message": "404: Not Found", "code": 0}),
            HeaderMap::new(),
        );
    };
    let Ok(bytes) = axum::body::to_bytes(body, 30 * 1024 * 1024).await else {
        return answer(
            413,
            json!({"message": "Request entity too large", "code": 40_005}),
            HeaderMap::new(),
        );
    };
    // As Cloudflare does in front of Discord.
    if !is_agent(parts.headers.get("user-agent")) {
        return (StatusCode::FORBIDDEN, "error code: 1010").into_response();
    }
    let asked = take_apart(parts.method.as_str(), path, &parts.headers, &bytes);
    let line = format!("{} {}", asked.method, asked.path);
    let mood = server.world.change(|world| {
        let body = (!asked.body.is_null()).then_some(&asked.body);
        world.capture.write(&asked.method, path, body);
        world.requests.push(line.clone());
        world.moods.take(&line)
    });
    let interaction =
        asked.path.starts_with("/interactions/") || asked.path.starts_with("/webhooks/");
    let mut headers = HeaderMap::new();
    if let Some(refused) = server.meter(&asked, interaction, &mut headers) {
        return refused;
    }
    let mut lose = false;
    match mood {
        Some(Mood::Slow(wait)) => tokio::time::sleep(wait).await,
        Some(Mood::AnswerLost) => lose = true,
        Some(Mood::UnreadableHeaders) => {
            for name in [
                "x-ratelimit-remaining",
                "x-ratelimit-reset-after",
                "x-ratelimit-reset",
            ] {
                headers.insert(name, HeaderValue::from_static("soon"));
            }
        }
        Some(Mood::Limited(scope, seconds)) => return limited(scope, seconds, headers),
        Some(Mood::LimitedWithoutWord) => {
            headers.clear();
            headers.insert("retry-after", HeaderValue::from_static("NaN"));
            return (StatusCode::TOO_MANY_REQUESTS, headers, "<html>").into_response();
        }
        Some(Mood::Status(status)) => return answer(status, Value::Null, headers),
        Some(Mood::Refuses(status, code, words)) => {
            return answer(status, refusal(status, code, words).body, headers);
        }
        Some(Mood::Says(text)) => return (headers, text).into_response(),
        None => {}
    }
    let authorised = parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        == Some(&format!("Bot {TOKEN}"));
    let carried_out = server.world.change(|world| {
        let proven = authorised && world.token_valid;
        if !interaction && !proven {
            return Err(refusal(401, 0, "401: Unauthorized"));
        }
        routes::carry_out(world, &asked)
    });
    if lose {
        // The connection ends in the middle of what should be an answer.
        let broken =
            futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
        return axum::body::Body::from_stream(broken).into_response();
    }
    match carried_out {
        Ok(Value::Null) => (StatusCode::NO_CONTENT, headers).into_response(),
        Ok(body) => answer(200, body, headers),
        Err(Refusal { status, body }) => answer(status, body, headers),
    }
}

fn answer(status: u16, body: Value, headers: HeaderMap) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, headers, axum::Json(body)).into_response()
}

fn limited(scope: Scope, seconds: f64, mut headers: HeaderMap) -> Response {
    let (name, global) = match scope {
        Scope::User => ("user", false),
        Scope::Global => ("global", true),
        Scope::Shared => ("shared", false),
    };
    headers.insert("x-ratelimit-scope", HeaderValue::from_static(name));
    if global {
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
    }
    let whole = HeaderValue::from_str(&seconds.ceil().to_string()).unwrap();
    headers.insert("retry-after", whole);
    let body =
        json!({"message": "You are being rate limited.", "retry_after": seconds, "global": global});
    answer(429, body, headers)
}

impl Server {
    /// Counts the request and puts the rate headers on; a refusal if there were too many.
    fn meter(&self, asked: &Asked, interaction: bool, headers: &mut HeaderMap) -> Option<Response> {
        if interaction {
            return None;
        }
        let size = self.world.lock().moods.bucket;
        let size = size.map_or_else(WindowSize::default, |(requests, seconds)| WindowSize {
            requests,
            seconds,
        });
        let mut meter = self.meter.lock().unwrap();
        let now = Instant::now();
        while meter
            .global
            .front()
            .is_some_and(|at| *at + Duration::from_secs(1) <= now)
        {
            meter.global.pop_front();
        }
        if meter.global.len() >= GLOBAL {
            return Some(limited(Scope::Global, 1.0, headers.clone()));
        }
        meter.global.push_back(now);
        let parts: Vec<&str> = asked.path.split('/').take(4).collect();
        let bucket = format!("{}{}", asked.method.to_lowercase(), parts.join("-"));
        let window = Duration::from_secs_f64(size.seconds);
        let (began, used) = meter.windows.entry(bucket.clone()).or_insert((now, 0));
        if *began + window <= now {
            (*began, *used) = (now, 0);
        }
        let left = (*began + window - now).as_secs_f64();
        *used += 1;
        let over = *used > size.requests;
        let remaining = size.requests.saturating_sub(*used);
        for (name, value) in [
            ("x-ratelimit-limit", size.requests.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-reset-after", format!("{left:.3}")),
            ("x-ratelimit-bucket", bucket),
        ] {
            headers.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        over.then(|| limited(Scope::User, left, headers.clone()))
    }
}

fn take_apart(method: &str, path: &str, headers: &HeaderMap, bytes: &[u8]) -> Asked {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let kind = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (body, files) = match kind.split_once("boundary=") {
        Some((_, boundary)) => multipart(boundary.trim_matches('"'), bytes),
        None => (
            serde_json::from_slice(bytes).unwrap_or_default(),
            Vec::new(),
        ),
    };
    Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        body,
        files,
    }
}

/// Enough of multipart for what a Discord client sends.
fn multipart(boundary: &str, bytes: &[u8]) -> (Value, Vec<(String, Vec<u8>)>) {
    let (mut body, mut files) = (Value::Null, Vec::new());
    let mark = format!("--{boundary}");
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], mark.as_bytes()) {
        starts.push(at + found);
        at += found + mark.len();
    }
    for pair in starts.windows(2) {
        let part = &bytes[pair[0] + mark.len()..pair[1]];
        let Some(split) = find(part, b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&part[..split]).into_owned();
        let content = &part[split + 4..part.len().saturating_sub(2)];
        if head.contains("name=\"payload_json\"") {
            body = serde_json::from_slice(content).unwrap_or_default();
        } else if let Some((_, name)) = head.split_once("filename=\"") {
            let name = name.split('"').next().unwrap_or_default();
            files.push((name.to_owned(), content.to_vec()));
        }
    }
    (body, files)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Whether this is what Discord asks for: `DiscordBot (URL, VERSION)`.
fn is_agent(agent: Option<&HeaderValue>) -> bool {
    let inside = agent
        .and_then(|agent| agent.to_str().ok()?.strip_prefix("DiscordBot ("))
        .and_then(|rest| rest.strip_suffix(')'));
    inside
        .and_then(|inside| inside.split_once(", "))
        .is_some_and(|(url, version)| {
            url.starts_with("https://") && version.starts_with(|c: char| c.is_ascii_digit())
        })
}
