//! Durable ingest over 64 connections: signed requests, answered after the flush, beside what the
//! machine allows: the same HTTP and signature check alone, and the same with nothing behind it but
//! a file that is flushed in groups.

#![allow(
    missing_docs,
    reason = "criterion's macros make items without documentation"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot start has nothing to say"
)]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit as _, Mac as _};
use medic::app::{App, Build};
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::engine::{Clock as _, SystemClock};
use sha2::Sha256;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

const CONNECTIONS: u64 = 64;
/// Requests of one measurement.
const REQUESTS: u64 = 3_200;
const KEY: &[u8; 32] = b"a key of thirty-two bytes, so so";

/// Never the same ticket twice, over all measurements.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn signature(id: &str, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
        mac.update(part);
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// One signed request as bytes; the ticket is of ordinary size, one of ten problems.
fn request() -> Vec<u8> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let body = format!(
        r#"{{"ticket_id":"b-{number}","merchant_id":"M{}","issue":"Orders do not arrive in the shop","merchant_message":"Since this morning no order reaches our system, customers write to us all the time. Shop {number}.","error_log":"WebhookTimeout: order.created{} webhook failed after 30s - endpoint unreachable","severity":"high","migration_stage":"post-migration-day-1"}}"#,
        number % 500,
        number % 10,
    );
    let id = format!("msg_{number}");
    let time = SystemClock.now().as_second().to_string();
    let signed = signature(&id, &time, body.as_bytes());
    format!(
        "POST /v1/tickets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nwebhook-id: {id}\r\nwebhook-timestamp: {time}\r\nwebhook-signature: v1,{signed}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends requests over one connection, each after the answer to the one before.
async fn client(address: SocketAddr, count: u64) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let mut answer = vec![0; 16 * 1024];
    for _ in 0..count {
        socket.write_all(&request()).await.unwrap();
        let mut have = 0;
        loop {
            have += socket.read(&mut answer[have..]).await.unwrap();
            if let Some(length) = whole(&answer[..have]) {
                assert!(
                    answer.starts_with(b"HTTP/1.1 202"),
                    "{}",
                    String::from_utf8_lossy(&answer[..length])
                );
                break;
            }
        }
    }
}

/// The length of the answer, once it is there whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head])
        .ok()?
        .to_ascii_lowercase();
    let body = text
        .lines()
        .find_map(|line| {
            line.strip_prefix("content-length: ")?
                .trim()
                .parse::<usize>()
                .ok()
        })
        .unwrap_or(0);
    (bytes.len() >= head + body).then_some(head + body)
}

async fn run(address: SocketAddr, rounds: u64) -> Duration {
    let begun = Instant::now();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(client(address, rounds * REQUESTS / CONNECTIONS)))
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    begun.elapsed()
}

type Log = Option<mpsc::UnboundedSender<(Bytes, oneshot::Sender<()>)>>;

/// The bare handler: the signature, and where there is a log, its flush.
async fn bare(State(log): State<Arc<Log>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or("")
    };
    let wanted = signature(text("webhook-id"), text("webhook-timestamp"), &body);
    if text("webhook-signature").trim_start_matches("v1,") != wanted {
        return StatusCode::UNAUTHORIZED;
    }
    if let Some(log) = &*log {
        let (answer, heard) = oneshot::channel();
        log.send((body, answer)).unwrap();
        heard.await.unwrap();
    }
    StatusCode::ACCEPTED
}

async fn serve_bare(log: Log) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v1/tickets", post(bare))
        .with_state(Arc::new(log));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A file that takes whatever waits, then flushes once.
fn bare_journal(folder: &std::path::Path) -> Log {
    let (sender, mut waiting) = mpsc::unbounded_channel::<(Bytes, oneshot::Sender<()>)>();
    let mut file = std::fs::File::create(folder.join("bare.jsonl")).unwrap();
    std::thread::spawn(move || {
        let mut batch = Vec::new();
        while waiting.blocking_recv_many(&mut batch, 1_024) > 0 {
            let mut line = Vec::new();
            for (body, _) in &batch {
                line.extend_from_slice(body);
                line.push(b'\n');
            }
            file.write_all(&line).unwrap();
            file.sync_data().unwrap();
            for (_, answer) in batch.drain(..) {
                let _ = answer.send(());
            }
        }
    });
    Some(sender)
}

async fn serve_medic(folder: &std::path::Path) -> App {
    let text = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n[store]\ndir = \"{}\"\n",
        folder.join("db").display()
    );
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let env = EnvSource::fixed([("MEDIC_WEBHOOK_SECRET", secret.as_str())]);
    App::start(Build {
        config: Config::read("the bench's config", &text, &env).unwrap(),
        data: DataFiles::built_in(),
        clock: Arc::new(SystemClock),
        received: None,
    })
    .await
    .unwrap()
}

fn ingest(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (http, journal, app) = runtime.block_on(async {
        (
            serve_bare(None).await,
            serve_bare(bare_journal(folder.path())).await,
            serve_medic(folder.path()).await,
        )
    });
    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Elements(REQUESTS));
    group.sample_size(10);
    for (name, address) in [
        ("http and signature alone", http),
        ("with a bare journal", journal),
        ("medic", app.address()),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| runtime.block_on(run(address, rounds)));
        });
    }
    group.finish();
}

criterion_group!(benches, ingest);
criterion_main!(benches);
