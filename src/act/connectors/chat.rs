//! The team's chat: answers where a ticket was posted, opens threads, calls roles. Which chat that
//! is, nobody here knows.
//!
//! A message is posted under the delivery's key. Where it is not known whether it was, the chat is
//! looked through for the key ([`Connector::check`]); nothing is repeated blindly.
//!
//! | key | meaning |
//! |---|---|
//! | `to` | `ticket`: the thread of the ticket, or a reply to its message (only with `reaches = "each_merchant"`); `channel`: a channel |
//! | `channel` | the channel's id, for `to = "channel"` |
//! | `thread` | template of a name: the message begins a thread of this name; only in a channel |
//! | `ping` | fixed: names of roles to call, with commas between |
//! | `text` | template |

use super::answers::failed;
use super::sending::part;
use super::with::{With, problems, rendered};
use crate::act::template::Values;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::ports::{Chat, ChatFound, ChatMessage, ChatOutcome, ChatPlace};
use crate::domain::{Action, Origin, Payload, Reaches, Risk, Surface, WorkspaceId};
use std::sync::Arc;

/// Characters of a text: what a chat shows whole also where every character has to be escaped.
const MAX_TEXT: usize = 1_900;
/// Characters of a thread's name.
const MAX_NAME: usize = 100;

/// The connector.
pub struct ChatConnector {
    chat: Arc<dyn Chat>,
    workspace: WorkspaceId,
}

impl ChatConnector {
    /// A connector over this chat, for the actions of one workspace.
    pub fn new(chat: Arc<dyn Chat>, workspace: WorkspaceId) -> Self {
        Self { chat, workspace }
    }

    fn with<'a>(&self, action: &'a Action) -> Result<With<'a>, Vec<String>> {
        let with = With::read(action, &["to", "text"], &["channel", "thread", "ping"])?;
        let mut wrong: Vec<String> = ["to", "channel", "ping"]
            .iter()
            .filter_map(|key| with.fixed(key).err())
            .collect();
        match with.need("to") {
            "ticket" if action.reaches != Reaches::EachMerchant => wrong.push(
                "with.to: only a merchant has a ticket to answer; write reaches = \"each_merchant\", or to = \"channel\"".into(),
            ),
            "ticket" => {
                let misplaced = ["channel", "thread"].into_iter().filter(|key| with.get(key).is_some());
                wrong.extend(misplaced.map(|key| {
                    format!("with.{key}: with to = \"ticket\" the place is the ticket's own; leave it out")
                }));
            }
            "channel" if with.get("channel").is_none() => {
                wrong.push("with.channel: it is missing; write the channel's id".into());
            }
            "channel" => {}
            other => wrong.push(format!(
                "with.to: {other:?} is neither \"ticket\" nor \"channel\""
            )),
        }
        if wrong.is_empty() {
            let place = ChatPlace::Channel(with.need("channel").to_owned());
            let pings = names(with.need("ping"));
            let found = match with.need("to") {
                "channel" => self.chat.problems(&place, &pings),
                _ => self
                    .chat
                    .problems(&ChatPlace::Ticket(sample_origin()), &pings),
            };
            wrong.extend(found);
        }
        if wrong.is_empty() {
            Ok(with)
        } else {
            Err(wrong)
        }
    }

    fn fill(
        &self,
        with: &With<'_>,
        values: &Values,
        origin: Option<&Origin>,
    ) -> Result<Payload, String> {
        let text = with.text("text", values)?.unwrap_or_default();
        let text = text.trim();
        if text.is_empty() {
            return Err("with.text: it gives an empty text".into());
        }
        if text.chars().count() > MAX_TEXT {
            return Err(format!("with.text: it has more than {MAX_TEXT} characters"));
        }
        let mut parts = Vec::new();
        let summary = if with.need("to") == "ticket" {
            let origin = origin.ok_or("its ticket was not posted in the chat")?;
            parts.push(part("surface", origin.surface.as_str()));
            parts.push(part("channel", &*origin.channel));
            parts.extend(origin.thread.as_deref().map(|id| part("in thread", id)));
            parts.extend(origin.message.as_deref().map(|id| part("answers", id)));
            "answers in the chat, where the ticket was posted".to_owned()
        } else {
            let channel = with.need("channel");
            parts.push(part("channel", channel));
            match with.text("thread", values)? {
                Some(name) => {
                    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
                    if name.is_empty() || name.chars().count() > MAX_NAME {
                        return Err(format!(
                            "with.thread: a name has 1 to {MAX_NAME} characters"
                        ));
                    }
                    parts.push(part("opens thread", name));
                    format!("opens a thread in channel {channel}")
                }
                None => format!("posts in channel {channel}"),
            }
        };
        if let Some(ping) = with.get("ping") {
            parts.push(part("calls", names(ping).join(", ")));
        }
        parts.push(part("text", text));
        Ok(Payload { summary, parts })
    }
}

/// The names between the commas.
fn names(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn sample_origin() -> Origin {
    Origin {
        surface: Surface::Discord,
        id: "1".to_owned(),
        channel: "1".to_owned(),
        thread: None,
        message: Some("1".to_owned()),
        author: String::new(),
        forwarder: None,
    }
}

/// Where a payload goes: what is sent is what was shown, not what the action would say now.
fn place_of(payload: &Payload) -> Result<ChatPlace, String> {
    let channel = payload
        .part("channel")
        .ok_or("the payload has no channel; it was not made by this connector")?
        .to_owned();
    if payload.part("surface").is_some() {
        let message = payload.part("answers").map(str::to_owned);
        return Ok(ChatPlace::Ticket(Origin {
            id: message.clone().unwrap_or_default(),
            channel,
            thread: payload.part("in thread").map(str::to_owned),
            message,
            ..sample_origin()
        }));
    }
    Ok(match payload.part("opens thread") {
        Some(name) => ChatPlace::NewThread {
            channel,
            name: name.to_owned(),
        },
        None => ChatPlace::Channel(channel),
    })
}

#[async_trait::async_trait]
impl Connector for ChatConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "chat",
            version: 1,
            risk: Risk::Low,
            undo: false,
        }
    }

    fn problems(&self, action: &Action) -> Vec<String> {
        problems(self.with(action), |with| {
            let values = Values::sample(&action.reaches);
            self.fill(with, &values, Some(&sample_origin()))
        })
    }

    fn render(
        &self,
        action: &Action,
        context: &RenderContext<'_>,
    ) -> Result<Rendered, RenderError> {
        rendered(action, context, self.with(action), |with, values| {
            self.fill(with, values, context.origin)
        })
    }

    fn repeats_are_safe(&self, _: &Action) -> bool {
        // The chat recognises a repeat for some minutes only; after that it is looked for.
        false
    }

    async fn deliver(
        &self,
        _: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> DeliveryOutcome {
        let place = match place_of(payload) {
            Ok(place) => place,
            Err(why) => return failed(why),
        };
        let message = ChatMessage {
            workspace: self.workspace.clone(),
            place,
            text: payload.part("text").unwrap_or_default().to_owned(),
            ping: names(payload.part("calls").unwrap_or_default()),
        };
        match self.chat.post(message, idempotency_key.to_owned()).await {
            ChatOutcome::Posted { reference } => DeliveryOutcome::Delivered { reference },
            ChatOutcome::Retry { why, after } => DeliveryOutcome::Retry { why, after },
            ChatOutcome::Refused { why } => failed(why),
            ChatOutcome::Unknown { why } => DeliveryOutcome::Unknown { why },
        }
    }

    async fn check(&self, _: &Action, payload: &Payload, idempotency_key: &str) -> CheckOutcome {
        let place = match place_of(payload) {
            Ok(place) => place,
            Err(why) => return CheckOutcome::CannotTell(why),
        };
        match self.chat.find(place, idempotency_key.to_owned()).await {
            ChatFound::Posted { reference } => CheckOutcome::Confirmed {
                said: "it stands in the chat".to_owned(),
                reference,
            },
            ChatFound::Absent => CheckOutcome::Denied("it does not stand in the chat".to_owned()),
            ChatFound::CannotTell { why } => CheckOutcome::CannotTell(why),
        }
    }
}
