//! How Discord writes down what is in the guild.

use super::{BEGINNING, ChannelKind, Role, World};
use serde_json::{Value, json};

impl World {
    pub fn user_json(&self, id: u64) -> Value {
        let user = &self.users[&id];
        json!({
            "id": id.to_string(), "username": user.name, "discriminator": "0",
            "global_name": null, "avatar": null, "bot": user.bot, "public_flags": 0,
        })
    }

    pub fn member_json(&self, id: u64) -> Value {
        let user = &self.users[&id];
        let roles: Vec<String> = user.roles.iter().map(u64::to_string).collect();
        json!({
            "user": self.user_json(id), "roles": roles, "nick": null, "avatar": null,
            "joined_at": Self::timestamp(BEGINNING), "deaf": false, "mute": false, "flags": 0,
            "pending": false, "permissions": user.can.to_string(),
        })
    }

    pub fn role_json(&self, role: &Role) -> Value {
        let permissions = if role.name == "Medic" {
            self.users[&self.bot].can
        } else {
            0
        };
        json!({
            "id": role.id.to_string(), "name": role.name, "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "icon": null, "unicode_emoji": null,
            "position": 1, "permissions": permissions.to_string(), "managed": role.name == "Medic",
            "mentionable": role.mentionable, "flags": 0,
        })
    }

    pub fn channel_json(&self, id: u64) -> Value {
        let channel = &self.channels[&id];
        let mut json = json!({
            "id": id.to_string(), "type": channel.kind as u8, "guild_id": self.guild.to_string(),
            "name": channel.name, "position": 0, "nsfw": false, "flags": 0,
            "parent_id": channel.parent.map(|id| id.to_string()),
            "last_message_id": channel.last_message.map(|id| id.to_string()),
            "permission_overwrites": [], "rate_limit_per_user": 0,
        });
        if channel.denied != 0 {
            json["permission_overwrites"] = json!([{
                "id": self.bot.to_string(), "type": 1, "allow": "0",
                "deny": channel.denied.to_string(),
            }]);
        }
        match channel.kind {
            ChannelKind::Text => {}
            ChannelKind::Forum => {
                json["available_tags"] = channel
                    .tags
                    .iter()
                    .map(|(id, name)| json!({"id": id.to_string(), "name": name, "moderated": false, "emoji_id": null, "emoji_name": null}))
                    .collect();
                json["flags"] = json!(if channel.requires_tag { 1 << 4 } else { 0 });
                json["default_sort_order"] = Value::Null;
                json["default_reaction_emoji"] = Value::Null;
            }
            ChannelKind::Thread => {
                json["owner_id"] = json!(channel.owner.unwrap_or(self.bot).to_string());
                json["applied_tags"] = channel.applied_tags.iter().map(u64::to_string).collect();
                json["message_count"] = json!(0);
                json["member_count"] = json!(channel.members.len().min(50));
                json["thread_metadata"] = json!({
                    "archived": channel.archived, "locked": channel.locked,
                    "auto_archive_duration": 1440, "archive_timestamp": Self::timestamp(BEGINNING),
                    "create_timestamp": Self::timestamp(BEGINNING),
                });
            }
        }
        json
    }

    /// The message as the API gives it.
    pub fn message_json(&self, id: u64) -> Value {
        let message = &self.messages[&id];
        let mentions: Vec<Value> = self
            .users
            .keys()
            .filter(|user| message.content.contains(&format!("<@{user}>")))
            .map(|user| self.user_json(*user))
            .collect();
        let attachments: Vec<Value> = message
            .attachments
            .iter()
            .enumerate()
            .map(|(n, (name, bytes))| {
                json!({"id": (id + n as u64).to_string(), "filename": name, "size": bytes.len(), "url": format!("https://cdn.invalid/{name}"), "proxy_url": format!("https://cdn.invalid/{name}")})
            })
            .collect();
        let mut json = json!({
            "id": id.to_string(), "channel_id": message.channel.to_string(), "type": if message.reply_to.is_some() {19} else {0},
            "author": self.user_json(message.author), "content": message.content,
            "timestamp": Self::timestamp(message.at),
            "edited_timestamp": message.edited.map(Self::timestamp),
            "tts": false, "mention_everyone": false, "mentions": mentions, "mention_roles": [],
            "attachments": attachments, "embeds": message.embeds, "components": message.components,
            "pinned": false, "flags": if message.ephemeral_for.is_some() { 64 } else { 0 },
        });
        if let Some(nonce) = &message.nonce {
            json["nonce"] = json!(nonce);
        }
        if let Some(reply) = message.reply_to {
            json["message_reference"] = json!({"type": 0, "channel_id": message.channel.to_string(), "message_id": reply.to_string(), "guild_id": self.guild.to_string()});
        }
        if self.users[&message.author].bot {
            json["application_id"] = json!(self.application.to_string());
        } else if message.ephemeral_for.is_none() {
            json["member"] = self.member_json(message.author);
            if let Some(member) = json["member"].as_object_mut() {
                member.remove("user");
            }
        }
        if let Some(thread) = self.channels.get(&id) {
            json["thread"] = self.channel_json(thread.id);
        }
        json
    }

    pub fn guild_json(&self) -> Value {
        let roles: Vec<Value> = self
            .roles
            .values()
            .map(|role| self.role_json(role))
            .collect();
        json!({
            "id": self.guild.to_string(), "name": "Shop support", "icon": null, "splash": null,
            "discovery_splash": null, "owner_id": self.users.keys().last().unwrap().to_string(),
            "afk_channel_id": null, "afk_timeout": 300, "verification_level": 1,
            "default_message_notifications": 1, "explicit_content_filter": 0, "roles": roles,
            "emojis": [], "features": [], "mfa_level": 0, "application_id": null,
            "system_channel_id": null, "system_channel_flags": 0, "rules_channel_id": null,
            "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
            "preferred_locale": "en-US", "public_updates_channel_id": null, "nsfw_level": 0,
            "stickers": [], "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null,
        })
    }
}
