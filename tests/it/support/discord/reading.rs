//! Discord as people see it: text.

use super::Discord;
use super::world::{ChannelKind, World};
use serde_json::Value;

/// What a channel shows.
pub struct Reads<'a> {
    discord: &'a Discord,
    channel: u64,
}

impl Discord {
    /// The channel or thread of this name.
    pub fn channel(&self, name: &str) -> Reads<'_> {
        let channel = self.world(|world| world.channel_named(name));
        Reads {
            discord: self,
            channel,
        }
    }

    /// The thread that hangs on the newest message of a channel that has one.
    pub fn thread_in(&self, channel: &str) -> Reads<'_> {
        let channel = self.world(|world| {
            let parent = world.channel_named(channel);
            let threads = world
                .channels
                .values()
                .filter(|c| c.kind == ChannelKind::Thread);
            let newest = threads
                .filter(|c| c.parent == Some(parent))
                .map(|c| c.id)
                .max();
            newest.unwrap_or_else(|| panic!("no thread in {channel}"))
        });
        Reads {
            discord: self,
            channel,
        }
    }

    /// Who was pinged, in order.
    pub fn pings(&self) -> Vec<String> {
        self.world(|world| world.pings.iter().map(|ping| ping.whom.clone()).collect())
    }
}

impl Reads<'_> {
    /// Its id.
    pub fn id(&self) -> u64 {
        self.channel
    }

    /// Everything that everybody can read there, oldest first.
    pub fn reads(&self) -> String {
        self.messages().join("\n\n")
    }

    /// Each message as text, oldest first.
    pub fn messages(&self) -> Vec<String> {
        self.discord.world(|world| {
            let ids = posts(world, self.channel);
            ids.into_iter().map(|id| message_text(world, id)).collect()
        })
    }

    /// The bot's messages there, oldest first.
    pub fn posts(&self) -> Vec<u64> {
        self.discord.world(|world| {
            let ids = posts(world, self.channel);
            ids.into_iter()
                .filter(|id| world.messages[id].author == world.bot)
                .collect()
        })
    }

    /// Waits until so many messages stand here.
    pub async fn holds(&self, messages: usize) {
        let channel = self.channel;
        let what = format!("{messages} messages in a channel");
        self.discord
            .until(&what, |world| {
                (posts(world, channel).len() >= messages).then_some(())
            })
            .await
    }

    /// Waits until what can be read contains `part`, and answers with all of it.
    pub async fn shows(&self, part: &str) -> String {
        let channel = self.channel;
        let what = format!("{part:?} in a channel");
        self.discord
            .until(&what, |world| {
                let texts: Vec<String> = posts(world, channel)
                    .into_iter()
                    .map(|id| message_text(world, id))
                    .collect();
                let text = texts.join("\n\n");
                text.contains(part).then_some(text)
            })
            .await
    }
}

fn posts(world: &World, channel: u64) -> Vec<u64> {
    let messages = world.messages.values();
    let visible = messages.filter(|m| m.channel == channel && m.ephemeral_for.is_none());
    visible.map(|message| message.id).collect()
}

/// One message as text.
pub fn message_text(world: &World, id: u64) -> String {
    let message = &world.messages[&id];
    let mut lines = Vec::new();
    let edited = if message.edited.is_some() {
        " (edited)"
    } else {
        ""
    };
    lines.push(format!(
        "{}{edited}: {}",
        world.users[&message.author].name, message.content
    ));
    for embed in message.embeds.as_array().into_iter().flatten() {
        embed_text(embed, &mut lines);
    }
    for (name, bytes) in &message.attachments {
        lines.push(format!("[file {name}, {} bytes]", bytes.len()));
    }
    components_text(&message.components, &mut lines);
    if let Some(thread) = world
        .channels
        .get(&id)
        .filter(|c| c.kind == ChannelKind::Thread)
    {
        lines.push(format!("(thread: {})", thread.name));
    }
    lines.join("\n").trim_end().to_owned()
}

fn embed_text(embed: &Value, lines: &mut Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(title) = embed["title"].as_str() {
        let colour = embed["color"]
            .as_u64()
            .map_or(String::new(), |colour| format!(" (#{colour:06x})"));
        lines.push(format!("  # {title}{colour}"));
    }
    let described = text(&embed["description"]);
    lines.extend(
        described
            .lines()
            .map(|line| format!("  {line}").trim_end().to_owned()),
    );
    for field in embed["fields"].as_array().into_iter().flatten() {
        lines.push(format!("  * {}", text(&field["name"])));
        lines.extend(
            text(&field["value"])
                .lines()
                .map(|line| format!("    {line}").trim_end().to_owned()),
        );
    }
    if let Some(footer) = embed["footer"]["text"].as_str() {
        lines.push(format!("  _ {footer}"));
    }
}

fn components_text(rows: &Value, lines: &mut Vec<String>) {
    for row in rows.as_array().into_iter().flatten() {
        let parts: Vec<String> = row["components"]
            .as_array()
            .into_iter()
            .flatten()
            .map(component_text)
            .collect();
        lines.push(format!("  {}", parts.join(" ")));
    }
}

fn component_text(part: &Value) -> String {
    let label = part["label"].as_str().unwrap_or_default();
    match part["type"].as_u64() {
        Some(2) if part["disabled"] == true => format!("[{label}, off]"),
        Some(2) if part["style"] == 5 => {
            format!("[{label} → {}]", part["url"].as_str().unwrap_or_default())
        }
        Some(2) => format!("[{label}]"),
        Some(3) => {
            let options: Vec<&str> = part["options"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|o| o["label"].as_str())
                .collect();
            format!(
                "[{} ▾ {}]",
                part["placeholder"].as_str().unwrap_or_default(),
                options.join(" | ")
            )
        }
        _ => "[?]".into(),
    }
}

/// A form as text: its title, and its fields with what stands in them.
pub fn form_text(data: &Value) -> String {
    let mut lines = vec![format!("# {}", data["title"].as_str().unwrap_or_default())];
    for row in data["components"].as_array().into_iter().flatten() {
        let input = if row["type"] == 18 {
            &row["component"]
        } else {
            &row["components"][0]
        };
        let label = if row["type"] == 18 {
            &row["label"]
        } else {
            &input["label"]
        };
        let needed = if input["required"] == false { "" } else { " *" };
        lines.push(format!(
            "{}{needed}: {}",
            label.as_str().unwrap_or_default(),
            input["value"].as_str().unwrap_or_default()
        ));
    }
    lines.join("\n")
}
