//! The gateway: sessions that can be resumed, events in order, and every way to break off.

use super::moods::EventMood;
use super::world::World;
use super::{Discord, Shared, TOKEN};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Heartbeats are asked for this often, in ms, as Discord does.
const HEARTBEAT_MS: u64 = 41_250;

const GUILDS: u64 = 1;
const GUILD_MESSAGES: u64 = 1 << 9;
const MESSAGE_CONTENT: u64 = 1 << 15;
const PRIVILEGED: u64 = MESSAGE_CONTENT | 1 << 1 | 1 << 8;

/// How the gateway ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// A close frame with this code.
    Code(u16),
    /// A close frame without a code (1005).
    WithoutStatus,
    /// The TCP connection is reset.
    Reset,
    /// Nothing is sent or answered any more; the connection stays open.
    Silence,
    /// Opcode 9; whether the session may be resumed.
    InvalidSession(bool),
    /// Opcode 7.
    Reconnect,
}

/// What a connection's task is told.
enum Order {
    Send(String),
    End(Close),
}

#[derive(Default)]
pub struct Sessions {
    pub all: Vec<Session>,
    pub live: Option<(usize, UnboundedSender<OrderBox>)>,
    /// How often a session was begun and resumed.
    pub identifies: u32,
    pub resumes: u32,
    pub connections: u32,
    /// Intents of the last Identify.
    pub intents: u64,
    /// Code that the next Identify meets.
    pub refuse_identify: Option<u16>,
    held: Option<(usize, u64)>,
}

/// Keeps [`Order`] private to this file.
pub struct OrderBox(Order);

pub struct Session {
    pub id: String,
    pub valid: bool,
    events: Vec<(u64, String)>,
    sequence: u64,
}

pub async fn serve(world: Arc<Shared>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                return;
            };
            // Else a second small frame waits for the first one's receipt, up to 40 ms of real time.
            let _ = stream.set_nodelay(true);
            if world.lock().moods.gateway_down {
                let _ = stream.set_zero_linger();
                continue;
            }
            let world = Arc::clone(&world);
            connections.spawn(connection(world, stream));
        }
    });
    (url, task)
}

async fn connection(world: Arc<Shared>, stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    world.change(|world| world.sessions.connections += 1);
    let (orders, mut told) = unbounded_channel::<OrderBox>();
    let hello = json!({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": null, "t": null});
    if send(&mut socket, hello).await.is_err() {
        return;
    }
    let mut session = None;
    loop {
        tokio::select! {
            frame = socket.next() => {
                let text = match frame {
                    Some(Ok(Frame::Text(text))) => text,
                    Some(Ok(Frame::Close(frame))) => {
                        let code = frame.map_or(1005, |frame| frame.code.into());
                        world.change(|world| world.sessions.left(session, code));
                        // The answer to the close frame still has to go out.
                        let _ = socket.flush().await;
                        return;
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => {
                        world.change(|world| world.sessions.left(session, 1006));
                        return;
                    }
                };
                let Ok(payload) = serde_json::from_str::<Value>(&text) else { continue };
                let answer = world.change(|world| {
                    said(world, &payload, &mut session, &orders)
                });
                for line in answer.0 {
                    if socket.send(Frame::Text(line.into())).await.is_err() {
                        return;
                    }
                }
                if let Some(close) = answer.1 {
                    end(&world, socket, close, session, &mut told).await;
                    return;
                }
            }
            Some(OrderBox(order)) = told.recv() => match order {
                Order::Send(line) => {
                    if socket.send(Frame::Text(line.into())).await.is_err() {
                        return;
                    }
                }
                Order::End(close) => {
                    end(&world, socket, close, session, &mut told).await;
                    return;
                }
            },
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, value: Value) -> Result<(), ()> {
    socket
        .send(Frame::Text(value.to_string().into()))
        .await
        .map_err(drop)
}

async fn end(
    world: &Shared,
    mut socket: WebSocketStream<TcpStream>,
    close: Close,
    session: Option<usize>,
    told: &mut UnboundedReceiver<OrderBox>,
) {
    let code = match close {
        Close::Code(code) => code,
        _ => 1006,
    };
    world.change(|world| world.sessions.left(session, code));
    match close {
        Close::Code(code) => {
            let frame = CloseFrame {
                code: CloseCode::from(code),
                reason: "as told".into(),
            };
            let _ = socket.close(Some(frame)).await;
        }
        Close::WithoutStatus => {
            let _ = socket.close(None).await;
        }
        Close::Reset => {
            let _ = socket.get_ref().set_zero_linger();
            return;
        }
        Close::Silence => {
            told.close();
            // Reads on, so that the other side notices nothing but the silence.
            while let Some(Ok(_)) = socket.next().await {}
            return;
        }
        Close::InvalidSession(resumable) => {
            if !resumable {
                world.change(|world| world.sessions.forget(session));
            }
            let _ = send(
                &mut socket,
                json!({"op": 9, "d": resumable, "s": null, "t": null}),
            )
            .await;
        }
        Close::Reconnect => {
            let _ = send(
                &mut socket,
                json!({"op": 7, "d": null, "s": null, "t": null}),
            )
            .await;
        }
    }
    while let Some(Ok(frame)) = socket.next().await {
        if let Frame::Close(_) = frame {
            let _ = socket.flush().await;
            break;
        }
    }
}

/// What the gateway answers to one payload, and whether it then ends the connection.
fn said(
    world: &mut World,
    payload: &Value,
    session: &mut Option<usize>,
    orders: &UnboundedSender<OrderBox>,
) -> (Vec<String>, Option<Close>) {
    match payload["op"].as_u64() {
        Some(1) => (
            vec![json!({"op": 11, "d": null, "s": null, "t": null}).to_string()],
            None,
        ),
        Some(2) => identify(world, &payload["d"], session, orders),
        Some(6) => resume(world, &payload["d"], session, orders),
        _ => (Vec::new(), Some(Close::Code(4001))),
    }
}

fn identify(
    world: &mut World,
    data: &Value,
    session: &mut Option<usize>,
    orders: &UnboundedSender<OrderBox>,
) -> (Vec<String>, Option<Close>) {
    world.sessions.identifies += 1;
    if !world.token_valid || !is_token(data) {
        return (Vec::new(), Some(Close::Code(4004)));
    }
    if let Some(code) = world.sessions.refuse_identify {
        return (Vec::new(), Some(Close::Code(code)));
    }
    let intents = data["intents"].as_u64().unwrap_or(0);
    if intents & PRIVILEGED & !MESSAGE_CONTENT != 0
        || (intents & MESSAGE_CONTENT != 0 && !world.content_switched_on)
    {
        return (Vec::new(), Some(Close::Code(4014)));
    }
    world.sessions.intents = intents;
    let id = format!("session-{}", world.sessions.all.len() + 1);
    *session = Some(world.sessions.all.len());
    world.sessions.all.push(Session {
        id: id.clone(),
        valid: true,
        events: Vec::new(),
        sequence: 0,
    });
    let number = world.sessions.all.len() - 1;
    world.sessions.live = Some((number, orders.clone()));
    let mut user = world.user_json(world.bot);
    user["mfa_enabled"] = json!(false);
    user["verified"] = json!(true);
    let ready = json!({
        "v": 10, "user": user, "session_id": id, "resume_gateway_url": world.gateway_url,
        "guilds": [{"id": world.guild.to_string(), "unavailable": true}], "shard": [0, 1],
        "application": {"id": world.application.to_string(), "flags": 1 << 19},
    });
    let mut guild = world.guild_json();
    let channels = |thread: bool| -> Value {
        let wanted = world
            .channels
            .values()
            .filter(|channel| (channel.kind as u8 == 11) == thread);
        wanted
            .map(|channel| world.channel_json(channel.id))
            .collect()
    };
    for (key, value) in [
        ("channels", channels(false)),
        ("threads", channels(true)),
        ("members", json!([])),
        ("presences", json!([])),
        ("voice_states", json!([])),
        ("stage_instances", json!([])),
        ("guild_scheduled_events", json!([])),
        ("large", json!(false)),
        ("unavailable", json!(false)),
        ("member_count", json!(world.users.len())),
        ("joined_at", json!(World::timestamp(world.now_ms()))),
    ] {
        guild[key] = value;
    }
    let mut lines = Vec::new();
    for (kind, data) in [("READY", ready), ("GUILD_CREATE", guild)] {
        lines.push(world.sessions.all[number].note(kind, &data));
    }
    (lines, None)
}

fn resume(
    world: &mut World,
    data: &Value,
    session: &mut Option<usize>,
    orders: &UnboundedSender<OrderBox>,
) -> (Vec<String>, Option<Close>) {
    if !is_token(data) {
        return (Vec::new(), Some(Close::Code(4004)));
    }
    let id = data["session_id"].as_str().unwrap_or_default();
    let after = data["seq"].as_u64().unwrap_or(0);
    let found = world
        .sessions
        .all
        .iter()
        .position(|session| session.id == id && session.valid);
    let Some(number) = found else {
        return (Vec::new(), Some(Close::InvalidSession(false)));
    };
    *session = Some(number);
    world.sessions.resumes += 1;
    world.sessions.live = Some((number, orders.clone()));
    let missed = world.sessions.all[number]
        .events
        .iter()
        .filter(|(s, _)| *s > after);
    let mut lines: Vec<String> = missed.map(|(_, line)| line.clone()).collect();
    lines.push(world.sessions.all[number].note("RESUMED", &json!({})));
    (lines, None)
}

fn is_token(data: &Value) -> bool {
    let token = data["token"].as_str().unwrap_or_default();
    token.strip_prefix("Bot ").unwrap_or(token) == TOKEN
}

impl Session {
    /// Gives the event its number and remembers it for a resume.
    fn note(&mut self, kind: &str, data: &Value) -> String {
        self.sequence += 1;
        let line = json!({"op": 0, "t": kind, "s": self.sequence, "d": data}).to_string();
        self.events.push((self.sequence, line.clone()));
        line
    }
}

impl Sessions {
    fn left(&mut self, session: Option<usize>, code: u16) {
        if self.live.as_ref().map(|(number, _)| *number) == session {
            self.live = None;
        }
        // 1000 and 1001 end the session, whoever sends them.
        if matches!(code, 1000 | 1001) {
            self.forget(session);
        }
    }

    fn forget(&mut self, session: Option<usize>) {
        if let Some(session) = session.and_then(|number| self.all.get_mut(number)) {
            session.valid = false;
        }
    }

    fn tell(&self, order: Order) {
        if let Some((_, connection)) = &self.live {
            let _ = connection.send(OrderBox(order));
        }
    }
}

impl World {
    /// An event for the bot, as its intents allow.
    pub fn dispatch(&mut self, kind: &str, mut data: Value) {
        let wanted = match kind.split('_').next() {
            Some("MESSAGE") => self.sessions.intents & GUILD_MESSAGES != 0,
            Some("INTERACTION") => true,
            _ => self.sessions.intents & GUILDS != 0,
        };
        if !wanted {
            return;
        }
        if kind.starts_with("MESSAGE_")
            && self.sessions.intents & MESSAGE_CONTENT == 0
            && data["author"]["id"] != json!(self.bot.to_string())
        {
            for (key, empty) in [
                ("content", json!("")),
                ("embeds", json!([])),
                ("components", json!([])),
            ] {
                if data.get(key).is_some() {
                    data[key] = empty;
                }
            }
        }
        let Some(number) = self.sessions.all.iter().rposition(|session| session.valid) else {
            return;
        };
        let live = self
            .sessions
            .live
            .as_ref()
            .is_some_and(|(live, _)| *live == number);
        // An interaction that finds nobody is gone.
        if kind == "INTERACTION_CREATE" && !live {
            return;
        }
        let mood = self.moods.take_event(kind);
        if mood == Some(EventMood::Undecodable) {
            data = json!({"id": data["id"], "channel_id": data["channel_id"], "author": "?"});
        }
        let line = self.sessions.all[number].note(kind, &data);
        let sequence = self.sessions.all[number].sequence;
        match mood {
            Some(EventMood::Lost) => {
                self.sessions.all[number]
                    .events
                    .retain(|(s, _)| *s != sequence);
                return;
            }
            Some(EventMood::Late) => {
                self.sessions.held = Some((number, sequence));
                return;
            }
            _ => {}
        }
        if live {
            self.sessions.tell(Order::Send(line.clone()));
            if mood == Some(EventMood::Twice) {
                self.sessions.tell(Order::Send(line));
            }
            if let Some((session, sequence)) = self.sessions.held.take() {
                let held = self.sessions.all[session]
                    .events
                    .iter()
                    .find(|(s, _)| *s == sequence);
                if let Some((_, line)) = held {
                    self.sessions.tell(Order::Send(line.clone()));
                }
            }
        }
    }
}

impl Discord {
    /// Ends the gateway's connection this way, now.
    pub fn gateway_ends(&self, close: Close) -> &Self {
        self.world(|world| world.sessions.tell(Order::End(close)));
        self
    }

    /// Every session is over: none can be resumed, and what was missed stands only in the history.
    pub fn forgets_sessions(&self) -> &Self {
        self.world(|world| {
            for session in &mut world.sessions.all {
                session.valid = false;
            }
        });
        self
    }

    /// Whether connections are refused.
    pub fn gateway_down(&self, down: bool) -> &Self {
        self.world(|world| world.moods.gateway_down = down);
        self
    }

    /// Waits until the bot holds a session on a live connection.
    pub async fn online(&self) -> &Self {
        self.until("the bot to come online", |world| {
            world.sessions.live.as_ref().map(drop)
        })
        .await;
        self
    }

    /// Waits until the bot is connected a further time after `connections`.
    pub async fn online_again(&self, connections: u32) -> &Self {
        self.until("the bot to come back", |world| {
            (world.sessions.connections > connections && world.sessions.live.is_some())
                .then_some(())
        })
        .await;
        self
    }

    /// How often the bot has connected, begun a session, and resumed one.
    pub fn connections(&self) -> (u32, u32, u32) {
        self.world(|world| {
            let sessions = &world.sessions;
            (sessions.connections, sessions.identifies, sessions.resumes)
        })
    }
}
