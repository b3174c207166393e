//! The connection's life: connect, resume or begin, hand events on, and again.

use super::super::memory::Memory;
use super::super::rest::{self, Rest, RestError};
use super::budget::Budget;
use super::closing::{Closing, closing};
use super::decode::{Line, decode};
use super::order::{Order, Place};
use super::pace::Pace;
use super::session::{self, Kept};
use super::status::{Link, Telltale, count};
use super::{Inbound, Now, intents};
use secrecy::{ExposeSecret, SecretString};
use serenity::model::event::Event;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::StreamExt as _;
use twilight_gateway::error::ReceiveMessageErrorType;
use twilight_gateway::{CloseFrame, ConfigBuilder, Message, Shard, ShardId};

/// What the connection is made of.
pub struct Parts {
    /// The bot's token.
    pub token: SecretString,
    /// Says where the gateway is.
    pub rest: Rest,
    /// The runtime on which REST calls run; not the connection's own.
    pub calls: tokio::runtime::Handle,
    /// Keeps the session and the budget.
    pub memory: Arc<dyn Memory>,
    /// The time, for the budget of a day.
    pub now: Now,
    /// Whether channels are read, so that messages and their content are asked for.
    pub reads_channels: bool,
    /// How long to wait for what.
    pub pace: Pace,
}

/// The connection while it runs.
pub(super) struct Connection {
    pub parts: Arc<Parts>,
    pub out: mpsc::Sender<Inbound>,
    pub telltale: Telltale,
    pub stop: watch::Receiver<bool>,
    /// Moves while the runtime is alive.
    pub beat: Arc<AtomicU64>,
    /// The reader was too slow, and events were left out.
    pub overrun: AtomicBool,
}

/// How one connection ended.
enum End {
    /// Connect again.
    Again {
        keep_session: bool,
        failed_to_connect: bool,
    },
    /// Somebody has to change something first.
    Stop(String),
    /// Medic stops.
    Told,
}

/// One connection's state.
struct Current {
    shard: Shard<Budget>,
    order: Order,
    /// When READY or RESUMED came.
    since: Option<Instant>,
    greeted: bool,
    /// Whether it was asked for a sign of life and has given none.
    asked: bool,
    kept_at: Instant,
}

impl Connection {
    /// Runs until told to stop, or until somebody has to change something.
    pub async fn run(mut self) {
        let end = self.life().await;
        if let End::Stop(why) = end {
            tracing::error!(%why, "Discord's gateway is given up; everything else goes on");
            self.telltale.link(Link::Stopped { why });
        }
    }

    async fn life(&mut self) -> End {
        let parts = Arc::clone(&self.parts);
        let pace = parts.pace;
        let mut kept = session::recall(&*parts.memory).await;
        let (mut failures, mut url) = (0, None);
        loop {
            if failures > 0 && self.pause(pace.pause(failures)).await {
                return End::Told;
            }
            self.telltale.link(Link::Connecting);
            if url.is_none() {
                match self.find(kept.session.is_none()).await {
                    Ok(found) => url = Some(found),
                    Err(End::Again { .. }) => {
                        failures += 1;
                        continue;
                    }
                    Err(end) => return end,
                }
            }
            let Some(at) = url.clone() else {
                continue;
            };
            let mut current = self.connection(at, &kept);
            let end = self.follow(&mut current).await;
            let steady = current
                .since
                .is_some_and(|since| since.elapsed() >= pace.steady);
            failures = if steady { 1 } else { failures + 1 };
            kept = Kept {
                session: current.shard.session().cloned(),
                resume_url: current.shard.resume_url().map(str::to_owned),
            };
            match end {
                End::Again {
                    keep_session,
                    failed_to_connect,
                } => {
                    if !keep_session {
                        kept = Kept::default();
                    }
                    if failed_to_connect {
                        // The place to resume may be gone, or the gateway moved.
                        kept.resume_url = None;
                        url = None;
                    }
                    session::keep(&*parts.memory, &kept).await;
                }
                end => {
                    session::keep(&*parts.memory, &kept).await;
                    return end;
                }
            }
        }
    }

    /// Waits; whether Medic stops meanwhile.
    async fn pause(&mut self, wait: Duration) -> bool {
        tokio::select! {
            () = sleep(wait) => false,
            () = told(&mut self.stop) => true,
        }
    }

    /// Where the gateway is; `begins` if a new session is going to be begun there.
    async fn find(&mut self, begins: bool) -> Result<String, End> {
        let again = End::Again {
            keep_session: true,
            failed_to_connect: true,
        };
        let rest = self.parts.rest.clone();
        let call = self.parts.calls.spawn(async move { rest.gateway().await });
        let found = tokio::select! {
            found = call => found,
            () = told(&mut self.stop) => return Err(End::Told),
        };
        let gateway = match found {
            Ok(Ok(gateway)) => gateway,
            Ok(Err(RestError::Unauthorised)) => {
                return Err(End::Stop(RestError::Unauthorised.to_string()));
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot ask Discord where its gateway is");
                return Err(again);
            }
            Err(_) => return Err(again),
        };
        if let Some(limit) = gateway.session_start_limit
            && begins
            && limit.remaining == 0
        {
            let wait = Duration::from_millis(limit.reset_after);
            self.telltale.link(Link::Waiting {
                why: format!(
                    "no session may be begun before {} min are over; another one would cost the \
                     bot its token",
                    wait.as_secs().div_ceil(60)
                ),
            });
            if self.pause(wait).await {
                return Err(End::Told);
            }
        }
        rest::gateway_url(&gateway.url)
            .map_err(|why| End::Stop(format!("Discord's gateway: {why}")))
    }

    fn connection(&self, url: String, kept: &Kept) -> Current {
        let parts = &self.parts;
        let queue = Budget::new(
            Arc::clone(&parts.memory),
            Arc::clone(&parts.now),
            parts.pace.identify_spacing,
            self.telltale.clone(),
        );
        let token = parts.token.expose_secret().trim().to_owned();
        let mut config = ConfigBuilder::new(token, intents(parts.reads_channels))
            .queue(queue)
            .proxy_url(url);
        if let Some(session) = &kept.session {
            config = config.session(session.clone());
            // A place that the token must not go to is not gone to.
            let resume = kept
                .resume_url
                .as_deref()
                .and_then(|url| rest::gateway_url(url).ok());
            if let Some(resume) = resume {
                config = config.resume_url(resume);
            }
        }
        Current {
            shard: Shard::with_config(ShardId::ONE, config.build()),
            order: Order::after(kept.session.as_ref().map(|session| session.sequence())),
            since: None,
            greeted: false,
            asked: false,
            kept_at: Instant::now(),
        }
    }

    /// Follows one connection to its end.
    async fn follow(&mut self, current: &mut Current) -> End {
        let again = |keep_session| End::Again {
            keep_session,
            failed_to_connect: false,
        };
        let pace = self.parts.pace;
        loop {
            self.beat.fetch_add(1, Ordering::Relaxed);
            let silence = current.patience(&pace);
            let item = tokio::select! {
                item = timeout(silence, current.shard.next()) => Some(item),
                () = told(&mut self.stop) => None,
            };
            let Some(item) = item else {
                // Not 1000, which would end the session.
                current.shard.close(CloseFrame::RESUME);
                let _ = timeout(Duration::from_secs(1), current.shard.next()).await;
                return End::Told;
            };
            let item = match item {
                Ok(Some(item)) => item,
                Ok(None) => return again(true),
                Err(_) if self.telltale.is_identifying() => continue,
                Err(_) if current.since.is_some() && !current.asked => {
                    current.ask();
                    continue;
                }
                Err(_) => {
                    tracing::warn!("Discord's gateway is silent; connecting anew");
                    return again(true);
                }
            };
            current.asked = false;
            match item {
                Ok(Message::Text(text)) => self.take(current, &text).await,
                Ok(Message::Close(frame)) => {
                    let code = frame.as_ref().map(|frame| frame.code);
                    tracing::info!(?code, "Discord's gateway closed the connection");
                    return match closing(code) {
                        Closing::Resume => again(true),
                        Closing::Begin => again(false),
                        Closing::Stop(why) => End::Stop(why.to_owned()),
                    };
                }
                Err(error) => match error.kind() {
                    ReceiveMessageErrorType::Reconnect => {
                        tracing::warn!("cannot connect to Discord's gateway");
                        return End::Again {
                            keep_session: true,
                            failed_to_connect: true,
                        };
                    }
                    _ => self.lost(None),
                },
            }
        }
    }

    async fn take(&mut self, current: &mut Current, text: &str) {
        let (number, line) = match decode(text) {
            Line::Hello => {
                current.greeted = true;
                count(&self.telltale.counters.connections);
                return;
            }
            Line::Protocol => return,
            Line::Event(number, event) => (number, Ok(Some(event))),
            Line::Other(number) => (number, Ok(None)),
            Line::Undecodable(number, what) => (number, Err(what)),
        };
        // A new session counts from the start.
        if matches!(&line, Ok(Some(event)) if matches!(**event, Event::Ready(_))) {
            current.order = Order::default();
        }
        match current.order.place(number) {
            Place::Repeated => return count(&self.telltale.counters.repeated),
            Place::AfterGap => self.lost(None),
            Place::New => {}
        }
        match line {
            Ok(Some(event)) => {
                let began = match &*event {
                    Event::Ready(_) => Some(Inbound::Online { resumed: false }),
                    Event::Resumed(_) => Some(Inbound::Online { resumed: true }),
                    _ => None,
                };
                if let Some(online) = began {
                    current.since = Some(Instant::now());
                    self.telltale.link(Link::Online);
                    self.hand_on(online);
                } else {
                    count(&self.telltale.counters.events);
                    self.hand_on(Inbound::Event(event));
                }
            }
            Ok(None) => {}
            Err(what) => {
                tracing::warn!(kind = %what.kind, "an event of Discord's cannot be read");
                count(&self.telltale.counters.undecodable);
                self.lost(Some(what));
            }
        }
        if current.kept_at.elapsed() >= self.parts.pace.keep_session || self.is_new(current) {
            current.kept_at = Instant::now();
            let kept = Kept {
                session: current.shard.session().cloned(),
                resume_url: current.shard.resume_url().map(str::to_owned),
            };
            // Apart, so that a slow store holds no heartbeat.
            let memory = Arc::clone(&self.parts.memory);
            tokio::spawn(async move { session::keep(&*memory, &kept).await });
        }
    }

    /// Whether this session has just come into being or back.
    fn is_new(&self, current: &Current) -> bool {
        current.since.is_some_and(|since| since.elapsed().is_zero())
    }

    /// Something may be missing: the history has to be read.
    fn lost(&self, what: Option<super::Undecodable>) {
        count(&self.telltale.counters.gaps);
        self.hand_on(Inbound::Gap(what));
    }

    fn hand_on(&self, inbound: Inbound) {
        if self.overrun.load(Ordering::Relaxed) && self.out.try_send(Inbound::Gap(None)).is_ok() {
            self.overrun.store(false, Ordering::Relaxed);
        }
        // Waiting here would stop the heartbeats; what is left out is read back.
        if self.out.try_send(inbound).is_err() {
            self.overrun.store(true, Ordering::Relaxed);
        }
    }
}

/// Waits until Medic stops.
async fn told(stop: &mut watch::Receiver<bool>) {
    // Nobody to tell it any more means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Current {
    /// How long silence is no sign of trouble.
    fn patience(&self, pace: &Pace) -> Duration {
        match (self.greeted, self.since) {
            (false, _) => pace.hello,
            (true, None) => pace.ready,
            (true, Some(_)) if self.asked => pace.answer,
            (true, Some(_)) => pace.quiet,
        }
    }

    /// Asks the server for a sign of life. twilight's own heartbeats notice a dead connection only
    /// after two of Discord's intervals, 82 s.
    fn ask(&mut self) {
        self.asked = true;
        let sequence = self.shard.session().map(|session| session.sequence());
        let heartbeat = serde_json::json!({"op": 1, "d": sequence});
        self.shard.send(heartbeat.to_string());
    }
}
