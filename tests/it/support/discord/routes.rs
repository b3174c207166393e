//! What each request does to the world.

use super::answers;
use super::limits::{Form, Refusal, missing_access, missing_permissions, refusal, unknown};
use super::rest::Asked;
use super::world::{ChannelKind, Message, Permission, World};
use serde_json::{Value, json};

type Done = Result<Value, Refusal>;

/// How old a message is, in ms, when edits of it are counted, and how many it then takes.
const OLD_MS: u64 = 3_600_000;
const EDITS_OF_OLD: u32 = 100;

/// Minutes after which a nonce is forgotten are not modelled: tests are shorter.
pub fn carry_out(world: &mut World, asked: &Asked) -> Done {
    let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["gateway", "bot"]) => Ok(json!({
            "url": world.gateway_url, "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": 990, "reset_after": 1000, "max_concurrency": 1},
        })),
        ("GET", ["users", "@me"]) => Ok(world.user_json(world.bot)),
        ("GET", ["applications", "@me"]) => Ok(application(world)),
        ("GET", ["guilds", guild]) => in_guild(world, guild).map(|()| world.guild_json()),
        ("GET", ["guilds", guild, "roles"]) => {
            in_guild(world, guild)?;
            Ok(world
                .roles
                .values()
                .map(|role| world.role_json(role))
                .collect())
        }
        ("GET", ["guilds", guild, "channels"]) => {
            in_guild(world, guild)?;
            let listed = world
                .channels
                .values()
                .filter(|channel| channel.kind != ChannelKind::Thread);
            Ok(listed
                .map(|channel| world.channel_json(channel.id))
                .collect())
        }
        ("GET", ["guilds", guild, "members", user]) => {
            in_guild(world, guild)?;
            let id = number(user);
            if world.users.contains_key(&id) {
                Ok(world.member_json(id))
            } else {
                Err(unknown("Member", 10_007))
            }
        }
        ("GET", ["guilds", guild, "threads", "active"]) => {
            in_guild(world, guild)?;
            Ok(threads(world, |channel| !channel.archived))
        }
        ("GET", ["channels", channel, "threads", "archived", "public"]) => {
            let parent = seen(world, channel)?;
            Ok(threads(world, |channel| {
                channel.archived && channel.parent == Some(parent)
            }))
        }
        ("GET", ["channels", channel]) => seen(world, channel).map(|id| world.channel_json(id)),
        ("PATCH", ["channels", channel]) => edit_channel(world, channel, &asked.body),
        ("GET", ["channels", channel, "messages"]) => history(world, channel, asked),
        ("POST", ["channels", channel, "messages"]) => create(world, channel, asked),
        ("GET", ["channels", channel, "messages", message]) => {
            let channel = seen(world, channel)?;
            if !world.may(channel, Permission::ReadMessageHistory) {
                return Err(missing_permissions());
            }
            found(world, channel, message).map(|id| world.message_json(id))
        }
        ("PATCH", ["channels", channel, "messages", message]) => {
            edit(world, channel, message, asked)
        }
        ("DELETE", ["channels", channel, "messages", message]) => {
            let channel = seen(world, channel)?;
            let id = found(world, channel, message)?;
            if world.messages[&id].author != world.bot
                && !world.may(channel, Permission::ManageMessages)
            {
                return Err(missing_permissions());
            }
            world.remove(id);
            Ok(Value::Null)
        }
        ("POST", ["channels", channel, "messages", message, "threads"]) => {
            let channel = seen(world, channel)?;
            let id = found(world, channel, message)?;
            if !world.may(channel, Permission::CreatePublicThreads) {
                return Err(missing_permissions());
            }
            if world.channels.contains_key(&id) {
                return Err(refusal(
                    400,
                    160_004,
                    "A thread has already been created for this message",
                ));
            }
            let mut form = Form::default();
            form.thread(&asked.body, true);
            form.verdict()?;
            let name = asked.body["name"].as_str().unwrap_or_default().to_owned();
            world.add_channel_as(id, &name, ChannelKind::Thread, Some(channel));
            let json = world.channel_json(id);
            world.dispatch("THREAD_CREATE", json.clone());
            Ok(json)
        }
        ("POST", ["channels", channel, "threads"]) => forum_post(world, channel, asked),
        ("PUT", ["channels", thread, "thread-members", who]) => {
            let thread = seen(world, thread)?;
            if world.channels[&thread].archived {
                return Err(refusal(400, 50_083, "Thread is archived"));
            }
            let who = if *who == "@me" {
                world.bot
            } else {
                number(who)
            };
            world.channels.get_mut(&thread).unwrap().members.insert(who);
            Ok(Value::Null)
        }
        ("GET", ["applications", _, "guilds", guild, "commands"]) => {
            in_guild(world, guild).map(|()| world.commands.clone())
        }
        ("PUT", ["applications", _, "guilds", guild, "commands"]) => {
            in_guild(world, guild)?;
            let mut form = Form::default();
            form.commands(&asked.body);
            form.verdict()?;
            world.commands = registered(world, &asked.body);
            Ok(world.commands.clone())
        }
        ("POST", ["interactions", id, token, "callback"]) => {
            answers::callback(world, number(id), token, asked)
        }
        (method, ["webhooks", _, token, rest @ ..]) => {
            answers::webhook(world, method, token, rest, asked)
        }
        _ => Err(refusal(404, 0, "404: Not Found")),
    }
}

fn registered(world: &mut World, wanted: &Value) -> Value {
    let mut commands = wanted.clone();
    for command in commands.as_array_mut().into_iter().flatten() {
        command["id"] = json!(world.snowflake().to_string());
        command["version"] = json!(world.snowflake().to_string());
        command["application_id"] = json!(world.application.to_string());
        command["guild_id"] = json!(world.guild.to_string());
        for (key, default) in [
            ("type", json!(1)),
            ("description", json!("")),
            ("default_member_permissions", Value::Null),
            ("nsfw", json!(false)),
        ] {
            if command.get(key).is_none() {
                command[key] = default;
            }
        }
    }
    commands
}

fn application(world: &World) -> Value {
    let content = if world.content_switched_on {
        1 << 19
    } else {
        0
    };
    json!({
        "id": world.application.to_string(), "name": "Medic", "icon": null, "description": "",
        "bot_public": false, "bot_require_code_grant": false, "verify_key": "0".repeat(64),
        "flags": content, "hook": true, "summary": "", "redirect_uris": [],
        "interactions_endpoint_url": null,
    })
}

pub fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

fn in_guild(world: &World, guild: &str) -> Result<(), Refusal> {
    if number(guild) == world.guild {
        Ok(())
    } else {
        Err(missing_access())
    }
}

/// The channel, if the bot sees it.
fn seen(world: &World, channel: &str) -> Result<u64, Refusal> {
    let id = number(channel);
    if !world.channels.contains_key(&id) {
        return Err(unknown("Channel", 10_003));
    }
    if world.may(id, Permission::ViewChannel) {
        Ok(id)
    } else {
        Err(missing_access())
    }
}

fn found(world: &World, channel: u64, message: &str) -> Result<u64, Refusal> {
    let id = number(message);
    let there = world
        .messages
        .get(&id)
        .is_some_and(|m| m.channel == channel && m.ephemeral_for.is_none());
    if there {
        Ok(id)
    } else {
        Err(unknown("Message", 10_008))
    }
}

fn threads(world: &World, wanted: impl Fn(&super::world::Channel) -> bool) -> Value {
    let threads = world.channels.values().filter(|channel| {
        channel.kind == ChannelKind::Thread
            && wanted(channel)
            && world.may(channel.id, Permission::ViewChannel)
    });
    let threads: Vec<Value> = threads
        .map(|channel| world.channel_json(channel.id))
        .collect();
    json!({"threads": threads, "members": [], "has_more": false})
}

fn history(world: &World, channel: &str, asked: &Asked) -> Done {
    let channel = seen(world, channel)?;
    let limit = asked.query.get("limit").map_or(50, |limit| number(limit));
    if !(1..=100).contains(&limit) {
        return Err(refusal(400, 50_035, "Invalid Form Body"));
    }
    // Without the permission Discord says nothing instead of refusing.
    if !world.may(channel, Permission::ReadMessageHistory) {
        return Ok(json!([]));
    }
    let mut ids: Vec<u64> = world
        .messages
        .values()
        .filter(|message| message.channel == channel && message.ephemeral_for.is_none())
        .map(|message| message.id)
        .collect();
    let limit = usize::try_from(limit).unwrap_or(50);
    if let Some(after) = asked.query.get("after") {
        ids.retain(|id| *id > number(after));
        ids.truncate(limit);
        ids.reverse();
    } else {
        if let Some(before) = asked.query.get("before") {
            ids.retain(|id| *id < number(before));
        }
        ids.reverse();
        ids.truncate(limit);
    }
    Ok(ids.into_iter().map(|id| world.message_json(id)).collect())
}

fn create(world: &mut World, channel: &str, asked: &Asked) -> Done {
    let channel = seen(world, channel)?;
    let found = &world.channels[&channel];
    let needed = match found.kind {
        ChannelKind::Text => Permission::SendMessages,
        ChannelKind::Thread => Permission::SendMessagesInThreads,
        ChannelKind::Forum => {
            return Err(refusal(
                400,
                50_008,
                "Cannot send messages in a non-text channel",
            ));
        }
    };
    if !world.may(channel, needed) {
        return Err(missing_permissions());
    }
    if found.locked && found.archived {
        return Err(refusal(400, 50_083, "Thread is archived"));
    }
    let mut form = Form::default();
    form.message(&asked.body);
    form.verdict()?;
    if let (Some(nonce), true) = (
        asked.body["nonce"].as_str(),
        asked.body["enforce_nonce"] == true,
    ) && let Some(first) = world.nonces.get(&(channel, nonce.to_owned()))
        && world.messages.contains_key(first)
    {
        return Ok(world.message_json(*first));
    }
    // A message wakes an archived thread.
    if let Some(channel) = world.channels.get_mut(&channel) {
        channel.archived = false;
    }
    let mut message = filled(world, channel, asked)?;
    message.reply_to = asked.body["message_reference"]["message_id"]
        .as_str()
        .map(number);
    if let Some(reply) = message.reply_to
        && !world.messages.contains_key(&reply)
        && asked.body["message_reference"]["fail_if_not_exists"] != false
    {
        return Err(Refusal {
            status: 400,
            body: json!({"message": "Invalid Form Body", "code": 50_035, "errors": {"message_reference": {"_errors": [{"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message": "Unknown message"}]}}}),
        });
    }
    let nonce = message.nonce.clone();
    let id = world.post(message);
    if let Some(nonce) = nonce {
        world.nonces.insert((channel, nonce), id);
    }
    Ok(world.message_json(id))
}

/// A message of the bot from a body that was checked.
pub fn filled(world: &World, channel: u64, asked: &Asked) -> Result<Message, Refusal> {
    let mut message = world.blank(channel, world.bot);
    fill(world, &mut message, &asked.body);
    message.attachments.clone_from(&asked.files);
    let empty = message.content.is_empty()
        && message.embeds.as_array().is_none_or(Vec::is_empty)
        && message.attachments.is_empty();
    if empty {
        return Err(refusal(400, 50_006, "Cannot send an empty message"));
    }
    Ok(message)
}

/// Takes over what the body names.
pub fn fill(world: &World, message: &mut Message, body: &Value) {
    if let Some(content) = body.get("content") {
        message.content = content.as_str().unwrap_or_default().to_owned();
    }
    if let Some(embeds) = body.get("embeds").filter(|embeds| embeds.is_array()) {
        message.embeds = if world.may(message.channel, Permission::EmbedLinks) {
            embeds.clone()
        } else {
            json!([])
        };
        for embed in message.embeds.as_array_mut().into_iter().flatten() {
            embed["type"] = json!("rich");
        }
    }
    if let Some(components) = body
        .get("components")
        .filter(|components| components.is_array())
    {
        message.components = components.clone();
        message.keep_first_components();
    }
    if let Some(nonce) = body["nonce"].as_str() {
        message.nonce = Some(nonce.to_owned());
    }
    message.allowed_mentions = body["allowed_mentions"].clone();
}

fn edit(world: &mut World, channel: &str, message: &str, asked: &Asked) -> Done {
    let channel = seen(world, channel)?;
    let id = found(world, channel, message)?;
    if world.messages[&id].author != world.bot {
        return Err(refusal(
            403,
            50_005,
            "Cannot edit a message authored by another user",
        ));
    }
    if world.channels[&channel].archived {
        return Err(refusal(400, 50_083, "Thread is archived"));
    }
    let now = world.now_ms();
    if now - world.messages[&id].at > OLD_MS && world.messages[&id].edits >= EDITS_OF_OLD {
        return Err(refusal(
            429,
            30_046,
            "Maximum number of edits to messages older than 1 hour reached. Try again later",
        ));
    }
    let mut form = Form::default();
    form.message(&asked.body);
    form.verdict()?;
    world.amend(id, &asked.body);
    Ok(world.message_json(id))
}

fn edit_channel(world: &mut World, channel: &str, body: &Value) -> Done {
    let id = seen(world, channel)?;
    let mut form = Form::default();
    form.thread(body, false);
    form.verdict()?;
    let may_manage = world.may(id, Permission::ManageThreads);
    let channel = world.channels.get_mut(&id).unwrap();
    if channel.archived && body["archived"] != false {
        return Err(refusal(400, 50_083, "Thread is archived"));
    }
    if (channel.locked || body.get("locked").is_some()) && !may_manage {
        return Err(missing_permissions());
    }
    if let Some(name) = body["name"].as_str() {
        channel.name = name.to_owned();
    }
    if let Some(archived) = body["archived"].as_bool() {
        channel.archived = archived;
    }
    if let Some(locked) = body["locked"].as_bool() {
        channel.locked = locked;
    }
    if let Some(tags) = body["applied_tags"].as_array() {
        channel.applied_tags = tags
            .iter()
            .filter_map(|tag| tag.as_str())
            .map(number)
            .collect();
    }
    let json = world.channel_json(id);
    world.dispatch("THREAD_UPDATE", json.clone());
    Ok(json)
}

fn forum_post(world: &mut World, channel: &str, asked: &Asked) -> Done {
    let parent = seen(world, channel)?;
    if !world.may(parent, Permission::SendMessages) {
        return Err(missing_permissions());
    }
    let forum = world.channels[&parent].kind == ChannelKind::Forum;
    let mut form = Form::default();
    form.thread(&asked.body, true);
    if forum {
        form.message(&asked.body["message"]);
    }
    form.verdict()?;
    let tags: Vec<u64> = asked.body["applied_tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(number)
        .collect();
    if forum && world.channels[&parent].requires_tag && tags.is_empty() {
        return Err(refusal(
            400,
            40_067,
            "A tag is required to create a forum post in this channel",
        ));
    }
    let id = world.snowflake();
    let name = asked.body["name"].as_str().unwrap_or_default().to_owned();
    world.add_channel_as(id, &name, ChannelKind::Thread, Some(parent));
    world.channels.get_mut(&id).unwrap().applied_tags = tags;
    let json = world.channel_json(id);
    world.dispatch("THREAD_CREATE", json.clone());
    if forum {
        let inner = Asked {
            method: String::new(),
            path: String::new(),
            query: Default::default(),
            body: asked.body["message"].clone(),
            files: asked.files.clone(),
        };
        let mut message = filled(world, id, &inner)?;
        message.id = id;
        world.post(message);
    }
    let mut json = world.channel_json(id);
    if forum {
        json["message"] = world.message_json(id);
    }
    Ok(json)
}

impl World {
    /// Changes a message and tells the gateway.
    pub fn amend(&mut self, id: u64, body: &Value) {
        let mut message = self.messages[&id].clone();
        fill(self, &mut message, body);
        message.edited = Some(self.now_ms());
        message.edits += 1;
        let ephemeral = message.ephemeral_for.is_some();
        self.messages.insert(id, message);
        if !ephemeral {
            let mut data = self.message_json(id);
            data["guild_id"] = json!(self.guild.to_string());
            self.dispatch("MESSAGE_UPDATE", data);
        }
    }

    /// Deletes a message and tells the gateway.
    pub fn remove(&mut self, id: u64) {
        if let Some(message) = self.messages.remove(&id) {
            let data = json!({"id": id.to_string(), "channel_id": message.channel.to_string(), "guild_id": self.guild.to_string()});
            self.dispatch("MESSAGE_DELETE", data);
        }
    }
}
