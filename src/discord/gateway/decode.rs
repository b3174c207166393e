//! A line of the gateway to an event of serenity's.

use super::super::lenient;
use serde_json::Value;
use serenity::model::event::{Event, GatewayEvent};
use serenity::model::id::{ChannelId, MessageId};

/// Events that Medic acts on. Of these an unreadable one matters; others are passed over.
const WANTED: &[&str] = &[
    "READY",
    "RESUMED",
    "INTERACTION_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "CHANNEL_DELETE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "THREAD_DELETE",
];

/// What a line was.
#[derive(Debug)]
pub(super) enum Line {
    /// A numbered event that Medic acts on.
    Event(u64, Box<Event>),
    /// A numbered event that is none of its business.
    Other(u64),
    /// A numbered event that it should act on and cannot read.
    Undecodable(u64, Undecodable),
    /// The server's greeting.
    Hello,
    /// Anything else of the protocol, or nothing that can be made out.
    Protocol,
}

/// What can still be said of an event that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// Its type, such as `MESSAGE_CREATE`.
    pub kind: String,
    /// The channel it named.
    pub channel: Option<ChannelId>,
    /// The message it named.
    pub message: Option<MessageId>,
}

pub(super) fn decode(text: &str) -> Line {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Line::Protocol;
    };
    match value["op"].as_u64() {
        Some(0) => {}
        Some(10) => return Line::Hello,
        _ => return Line::Protocol,
    }
    let Some(sequence) = value["s"].as_u64() else {
        return Line::Protocol;
    };
    let kind = value["t"].as_str().unwrap_or_default().to_owned();
    if !WANTED.contains(&kind.as_str()) {
        return Line::Other(sequence);
    }
    let id = |name: &str| {
        let id = value["d"][name].as_str()?.parse().ok()?;
        (id != 0).then_some(id)
    };
    let undecodable = Undecodable {
        kind,
        channel: id("channel_id").map(ChannelId::new),
        message: id("id").map(MessageId::new),
    };
    // serenity takes a known event that it cannot read for an unknown one; so it is completed and
    // read again.
    let read = |value: Value| match serde_json::from_value::<GatewayEvent>(value) {
        Ok(GatewayEvent::Dispatch(_, event)) if !matches!(event, Event::Unknown(_)) => Some(event),
        _ => None,
    };
    match read(value.clone()).or_else(|| read(lenient::completed(value))) {
        Some(event) => Line::Event(sequence, Box::new(event)),
        None => Line::Undecodable(sequence, undecodable),
    }
}
