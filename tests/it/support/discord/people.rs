//! What people do.

mod interactions;

use super::Discord;
use super::world::{ChannelKind, Permission, User};
use interactions::{begin, command_named, live_part, option_of, seen, typed_command};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A member of the guild.
#[derive(Clone)]
pub struct Member {
    discord: Discord,
    pub id: u64,
}

/// What somebody got for what they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    interaction: u64,
    /// What they see, as text: a message, a form, choices. Empty where only a message changed.
    pub text: String,
    /// Whether only they see it.
    pub ephemeral: bool,
    /// Milliseconds until the first answer.
    pub acknowledged_ms: u128,
    form: Option<String>,
}

impl Discord {
    /// A role of this name.
    pub fn role(&self, name: &str) -> u64 {
        self.world(|world| world.role(name))
    }

    /// A text channel.
    pub fn text_channel(&self, name: &str) -> u64 {
        self.world(|world| world.add_channel(name, ChannelKind::Text, None))
    }

    /// A forum with these tags.
    pub fn forum(&self, name: &str, tags: &[&str]) -> u64 {
        self.world(|world| {
            let id = world.add_channel(name, ChannelKind::Forum, None);
            let tags = tags
                .iter()
                .map(|tag| (world.snowflake(), (*tag).to_owned()))
                .collect();
            world.channels.get_mut(&id).unwrap().tags = tags;
            id
        })
    }

    /// The member of this name, with these roles beside those they have. Comes into being when first
    /// named.
    pub fn member_with(&self, name: &str, roles: &[&str]) -> Member {
        let id = self.world(|world| {
            let roles: BTreeSet<u64> = roles.iter().map(|role| world.role(role)).collect();
            let known = world
                .users
                .values()
                .find(|user| user.name == name)
                .map(|user| user.id);
            let id = known.unwrap_or_else(|| {
                let id = world.snowflake();
                let user = User {
                    id,
                    name: name.into(),
                    bot: false,
                    roles: BTreeSet::new(),
                    can: Permission::ViewChannel as u64 | Permission::SendMessages as u64,
                };
                world.users.insert(id, user);
                id
            });
            world.users.get_mut(&id).unwrap().roles.extend(roles);
            id
        });
        Member {
            discord: self.clone(),
            id,
        }
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Member {
        self.member_with(name, &[])
    }

    /// Another application's bot.
    pub fn bot(&self, name: &str) -> Member {
        let member = self.member(name);
        self.world(|world| world.users.get_mut(&member.id).unwrap().bot = true);
        member
    }

    /// A thread gets another name.
    pub fn renames(&self, thread: u64, name: &str) -> &Self {
        self.world(|world| {
            world.channels.get_mut(&thread).unwrap().name = name.to_owned();
            let json = world.channel_json(thread);
            world.dispatch("THREAD_UPDATE", json);
        });
        self
    }

    /// A thread is deleted, with all that is in it.
    pub fn deletes_thread(&self, thread: u64) -> &Self {
        self.world(|world| {
            let gone = world.channels.remove(&thread).unwrap();
            world
                .messages
                .retain(|_, message| message.channel != thread);
            let json = json!({
                "id": thread.to_string(), "guild_id": world.guild.to_string(),
                "parent_id": gone.parent.map(|id| id.to_string()), "type": gone.kind as u8,
            });
            world.dispatch("THREAD_DELETE", json);
        });
        self
    }

    /// A moderator deletes several messages of one channel at once.
    pub fn deletes_in_bulk(&self, messages: &[u64]) -> &Self {
        self.world(|world| {
            let channel = world.messages[&messages[0]].channel;
            for message in messages {
                world.messages.remove(message);
            }
            let ids: Vec<String> = messages.iter().map(u64::to_string).collect();
            let json = json!({
                "ids": ids, "channel_id": channel.to_string(), "guild_id": world.guild.to_string(),
            });
            world.dispatch("MESSAGE_DELETE_BULK", json);
        });
        self
    }

    /// Takes a permission from the bot in a channel.
    pub fn deny(&self, channel: &str, permission: Permission) -> &Self {
        self.world(|world| {
            let id = world.channel_named(channel);
            world.channels.get_mut(&id).unwrap().denied |= permission as u64;
        });
        self
    }

    /// Gives it back.
    pub fn permit(&self, channel: &str, permission: Permission) -> &Self {
        self.world(|world| {
            let id = world.channel_named(channel);
            world.channels.get_mut(&id).unwrap().denied &= !(permission as u64);
        });
        self
    }
}

impl Member {
    /// Writes into a channel or thread.
    pub fn says(&self, channel: &str, text: &str) -> u64 {
        self.discord.world(|world| {
            let channel = world.channel_named(channel);
            let mut message = world.blank(channel, self.id);
            message.content = text.to_owned();
            world.post(message)
        })
    }

    /// Answers somebody's message.
    pub fn replies(&self, to: u64, text: &str) -> u64 {
        self.discord.world(|world| {
            let channel = world.messages[&to].channel;
            let mut message = world.blank(channel, self.id);
            message.content = text.to_owned();
            message.reply_to = Some(to);
            world.post(message)
        })
    }

    /// Opens a post in a forum; answers with the thread's id.
    pub fn posts(&self, forum: &str, title: &str, text: &str, tags: &[&str]) -> u64 {
        self.discord.world(|world| {
            let parent = world.channel_named(forum);
            let id = world.snowflake();
            world.add_channel_as(id, title, ChannelKind::Thread, Some(parent));
            let known = world.channels[&parent].tags.clone();
            let thread = world.channels.get_mut(&id).unwrap();
            thread.owner = Some(self.id);
            thread.applied_tags = known
                .iter()
                .filter(|(_, name)| tags.contains(&name.as_str()))
                .map(|(id, _)| *id)
                .collect();
            let json = world.channel_json(id);
            world.dispatch("THREAD_CREATE", json);
            let mut message = world.blank(id, self.id);
            message.id = id;
            message.content = text.to_owned();
            world.post(message);
            id
        })
    }

    /// Changes what they wrote.
    pub fn edits(&self, message: u64, text: &str) {
        self.discord
            .world(|world| world.amend(message, &json!({"content": text})));
    }

    /// Deletes what they wrote.
    pub fn deletes(&self, message: u64) {
        self.discord.world(|world| world.remove(message));
    }

    /// Clicks the newest live button of this label in a channel.
    pub async fn clicks(&self, channel: &str, label: &str) -> Answer {
        let (message, part) = self.discord.world(|world| {
            let channel = world.channel_named(channel);
            let messages = world.messages.values().rev().filter(|m| {
                m.channel == channel && m.ephemeral_for.is_none_or(|who| who == self.id)
            });
            let mut found = messages.filter_map(|m| Some((m.id, live_part(&m.components, label)?)));
            found
                .next()
                .unwrap_or_else(|| panic!("no live button {label:?} in the channel"))
        });
        self.uses_part(message, &part, Vec::new()).await
    }

    /// Clicks the live button of this label on one message.
    pub async fn clicks_on(&self, message: u64, label: &str) -> Answer {
        let part = self.discord.world(|world| {
            live_part(&world.messages[&message].components, label)
                .unwrap_or_else(|| panic!("no live button {label:?} on the message"))
        });
        self.uses_part(message, &part, Vec::new()).await
    }

    /// Clicks a button as it was when they last looked: it may be gone by now.
    pub async fn presses(&self, message: u64, label: &str) -> Answer {
        let part = self.discord.world(|world| {
            let seen = world.messages[&message].first_components.clone();
            live_part(&seen, label)
                .unwrap_or_else(|| panic!("the message never had a button {label:?}"))
        });
        self.uses_part(message, &part, Vec::new()).await
    }

    /// Sends a click with any `custom_id`, as a forged client could.
    pub async fn forges(&self, message: u64, custom_id: &str) -> Answer {
        let part = json!({"type": 2, "custom_id": custom_id});
        self.uses_part(message, &part, Vec::new()).await
    }

    /// Chooses an option of a select menu, by its label, on the newest message that has it.
    pub async fn chooses(&self, channel: &str, option: &str) -> Answer {
        let (message, part, value) = self.discord.world(|world| {
            let channel = world.channel_named(channel);
            let messages = world
                .messages
                .values()
                .rev()
                .filter(|m| m.channel == channel);
            let mut found = messages.filter_map(|m| {
                let (part, value) = option_of(&m.components, option)?;
                Some((m.id, part, value))
            });
            found
                .next()
                .unwrap_or_else(|| panic!("no option {option:?} in the channel"))
        });
        self.uses_part(message, &part, vec![value]).await
    }

    async fn uses_part(&self, message: u64, part: &Value, values: Vec<String>) -> Answer {
        let id = self.discord.world(|world| {
            let mut data = json!({"custom_id": part["custom_id"], "component_type": part["type"]});
            if part["type"] == 3 {
                data["values"] = json!(values);
            }
            let channel = world.messages[&message].channel;
            begin(world, self.id, channel, 3, data, Some(message))
        });
        self.answer(id).await
    }

    /// Uses a slash command as typed: `/incident show id:INC-1`.
    pub async fn uses_command(&self, channel: &str, typed: &str) -> Answer {
        let id = self.discord.world(|world| {
            let data = typed_command(world, typed, None);
            let channel = world.channel_named(channel);
            begin(world, self.id, channel, 2, data, None)
        });
        self.answer(id).await
    }

    /// Types a command up to its last option, and sees what is offered.
    pub async fn types(&self, channel: &str, typed: &str, focused: &str) -> Answer {
        let id = self.discord.world(|world| {
            let data = typed_command(world, typed, Some(focused));
            let channel = world.channel_named(channel);
            begin(world, self.id, channel, 4, data, None)
        });
        self.answer(id).await
    }

    /// Uses a message's menu.
    pub async fn uses_menu(&self, menu: &str, message: u64) -> Answer {
        let id = self.discord.world(|world| {
            let command = command_named(world, menu, 3);
            let mut resolved = world.message_json(message);
            resolved["guild_id"] = json!(world.guild.to_string());
            let data = json!({
                "id": command["id"], "name": menu, "type": 3, "target_id": message.to_string(),
                "resolved": {"messages": {message.to_string(): resolved}},
                "guild_id": world.guild.to_string(),
            });
            let channel = world.messages[&message].channel;
            begin(world, self.id, channel, 2, data, None)
        });
        self.answer(id).await
    }

    /// Sends the form that an answer showed, with these fields changed (by their custom id or label).
    pub async fn submits(&self, form: &Answer, fields: &[(&str, &str)]) -> Answer {
        let id = self.discord.world(|world| {
            let interaction = &world.interactions[&form.interaction];
            let data = interaction.callback.as_ref().unwrap()["data"].clone();
            assert!(form.form.is_some(), "the answer shows no form: {}", form.text);
            let (channel, on) = (interaction.channel, interaction.on);
            let mut rows = Vec::new();
            for row in data["components"].as_array().into_iter().flatten() {
                let input = if row["type"] == 18 { &row["component"] } else { &row["components"][0] };
                let label = if row["type"] == 18 { &row["label"] } else { &input["label"] };
                let given = fields.iter().find(|(name, _)| input["custom_id"] == *name || *label == *name);
                let value = given.map_or_else(|| input["value"].as_str().unwrap_or_default(), |(_, value)| value);
                rows.push(json!({"type": 1, "components": [{"type": 4, "custom_id": input["custom_id"], "value": value}]}));
            }
            let data = json!({"custom_id": data["custom_id"], "components": rows});
            begin(world, self.id, channel, 5, data, on)
        });
        self.answer(id).await
    }

    /// Waits for what the bot shows.
    async fn answer(&self, id: u64) -> Answer {
        self.discord
            .until("an answer to the interaction", |world| {
                let interaction = &world.interactions[&id];
                interaction.callback.as_ref()?;
                interaction.settled.then(|| seen(world, id))
            })
            .await
    }
}
