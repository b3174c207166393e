//! The thread that holds the connection, and the one that watches it.

use super::run::{Connection, Parts};
use super::status::{Link, Telltale, status};
use super::{Gateway, Inbound, Stop, WAITING};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How often the watcher looks.
const LOOK: Duration = Duration::from_secs(1);

/// So many looks without a sign of life are a stall.
const STALLED: u32 = 30;

/// The first pause before a broken-down connection gets a new thread; then twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Begins to connect.
///
/// # Errors
/// When the system gives no thread.
pub fn start(parts: Parts) -> std::io::Result<Gateway> {
    let (out, inbound) = mpsc::channel(WAITING);
    let (told, stop) = watch::channel(false);
    let (has_ended, ended) = watch::channel(false);
    let (telltale, status) = status();
    let parts = Arc::new(parts);
    std::thread::Builder::new()
        .name("discord-watch".into())
        .spawn(move || {
            watch_over(&parts, &out, &telltale, &stop);
            // With them goes the engine, which whoever waits for the end is about to close.
            drop(parts);
            let _ = has_ended.send(true);
        })?;
    Ok(Gateway {
        inbound,
        status,
        stop: Stop { told, ended },
    })
}

/// The same connection on the runtime that polls the future, without a thread and a watch of its
/// own: whoever holds simulated time holds the connection too.
pub fn here(parts: Parts) -> (Gateway, impl Future<Output = ()> + Send) {
    let (out, inbound) = mpsc::channel(WAITING);
    let (told, stop) = watch::channel(false);
    let (has_ended, ended) = watch::channel(false);
    let (telltale, status) = status();
    let connection = Connection {
        parts: Arc::new(parts),
        out,
        telltale,
        stop,
        beat: Arc::default(),
        overrun: AtomicBool::new(false),
    };
    let gateway = Gateway {
        inbound,
        status,
        stop: Stop { told, ended },
    };
    (gateway, async move {
        connection.run().await;
        let _ = has_ended.send(true);
    })
}

/// Keeps a connection's thread alive: a stalled or broken-down one gets a successor.
fn watch_over(
    parts: &Arc<Parts>,
    out: &mpsc::Sender<Inbound>,
    telltale: &Telltale,
    stop: &watch::Receiver<bool>,
) {
    let mut pause = PAUSE;
    loop {
        let beat = Arc::new(AtomicU64::new(0));
        // Only this one's connection is told by it, if it stalls and comes back to life.
        let (give_up, given_up) = watch::channel(false);
        let connection = Connection {
            parts: Arc::clone(parts),
            out: out.clone(),
            telltale: telltale.clone(),
            stop: given_up,
            beat: Arc::clone(&beat),
            overrun: AtomicBool::new(false),
        };
        let thread = std::thread::Builder::new()
            .name("discord-gateway".into())
            .spawn(move || hold(connection));
        match thread {
            Ok(thread) => {
                match attend(&thread, &beat, stop, &give_up) {
                    Attended::Done => return,
                    Attended::Stalled => {
                        tracing::error!(
                            "the thread of Discord's gateway stands still; beginning another"
                        );
                    }
                    Attended::BrokeDown => {
                        tracing::error!(
                            "the thread of Discord's gateway broke down; beginning another"
                        );
                    }
                }
                // Unless it has been given up on purpose, a panic ended it.
                telltale.link(Link::Connecting);
            }
            Err(error) => tracing::error!(%error, "no thread for Discord's gateway"),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
        if *stop.borrow() {
            return;
        }
    }
}

enum Attended {
    Done,
    Stalled,
    BrokeDown,
}

fn attend(
    thread: &std::thread::JoinHandle<bool>,
    beat: &AtomicU64,
    stop: &watch::Receiver<bool>,
    give_up: &watch::Sender<bool>,
) -> Attended {
    let (mut last, mut still, mut told) = (0, 0, 0);
    loop {
        // Short, so that a stop is quick.
        for _ in 0..20 {
            std::thread::sleep(LOOK / 20);
            if thread.is_finished() {
                return if beat.load(Ordering::Relaxed) == u64::MAX {
                    Attended::Done
                } else {
                    Attended::BrokeDown
                };
            }
            if *stop.borrow() {
                let _ = give_up.send(true);
                told += 1;
            }
            // Two seconds are enough for a goodbye.
            if told > 40 {
                return Attended::Done;
            }
        }
        let now = beat.load(Ordering::Relaxed);
        still = if now == last { still + 1 } else { 0 };
        last = now;
        if still >= STALLED {
            let _ = give_up.send(true);
            return Attended::Stalled;
        }
    }
}

/// The connection's thread. Leaves the beat at its end where it ended as it should.
fn hold(connection: Connection) -> bool {
    let beat = Arc::clone(&connection.beat);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime for Discord's gateway");
            return false;
        }
    };
    let alive = Arc::clone(&beat);
    runtime.block_on(async move {
        let pulse = tokio::spawn(async move {
            loop {
                alive.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(LOOK).await;
            }
        });
        connection.run().await;
        pulse.abort();
        let _ = pulse.await;
    });
    runtime.shutdown_timeout(LOOK);
    beat.store(u64::MAX, Ordering::Relaxed);
    true
}
