//! Reads what a server of Discord's protocol sends, also where it leaves out fields that serenity's
//! models insist on. Strictly first; only what fails is completed with Discord's own defaults.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// How deep objects are looked into; Discord's own nest less.
const DEPTH: usize = 24;

/// Fields that mark a kind of object, and what is put into one where it is missing.
type Kind = (&'static [&'static str], fn() -> Value);

const KINDS: &[Kind] = &[
    (&["channel_id", "author", "content"], || {
        json!({
            "type": 0, "tts": false, "mention_everyone": false, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [], "pinned": false,
            "timestamp": "1970-01-01T00:00:00Z",
        })
    }),
    (&["user", "roles"], member),
    (&["roles", "joined_at"], member),
    (&["permissions", "name", "position"], || {
        json!({
            "color": 0, "hoist": false, "managed": false,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
        })
    }),
    (&["application_id", "token", "type"], || {
        json!({
            "version": 1, "locale": "en-US", "entitlements": [],
            "attachment_size_limit": 10_485_760,
        })
    }),
    (&["filename", "url"], || json!({"proxy_url": "", "size": 0})),
    (
        &["archive_timestamp"],
        || json!({"archived": false, "locked": false, "auto_archive_duration": 1440}),
    ),
    (&["name", "owner_id", "roles"], || {
        json!({
            "verification_level": 0, "default_message_notifications": 0,
            "explicit_content_filter": 0, "emojis": [], "features": [], "mfa_level": 0,
            "system_channel_flags": 0, "premium_tier": 0, "preferred_locale": "en-US",
            "nsfw_level": 0, "stickers": [], "premium_progress_bar_enabled": false,
        })
    }),
];

fn member() -> Value {
    json!({"deaf": false, "mute": false, "flags": 0, "roles": []})
}

/// Reads a value from JSON text.
///
/// # Errors
/// What the strict reading said, where completing does not help either.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    let strict = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return Err(strict);
    };
    complete(&mut value, DEPTH);
    serde_json::from_value(value).map_err(|_| strict)
}

/// Reads a value from JSON.
///
/// # Errors
/// As [`from_slice`].
pub fn from_value<T: DeserializeOwned>(mut value: Value) -> Result<T, serde_json::Error> {
    let strict = match T::deserialize(&value) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    complete(&mut value, DEPTH);
    serde_json::from_value(value).map_err(|_| strict)
}

/// A value with everything that may be missing put in.
pub fn completed(mut value: Value) -> Value {
    complete(&mut value, DEPTH);
    value
}

fn complete(value: &mut Value, depth: usize) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| complete(item, depth - 1)),
        Value::Object(object) => {
            for (marks, defaults) in KINDS {
                if marks.iter().all(|mark| object.contains_key(*mark)) {
                    fill(object, defaults());
                }
            }
            object
                .values_mut()
                .for_each(|inner| complete(inner, depth - 1));
        }
        _ => {}
    }
}

fn fill(object: &mut Map<String, Value>, defaults: Value) {
    let Value::Object(defaults) = defaults else {
        return;
    };
    for (name, value) in defaults {
        object.entry(name).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serenity::model::application::Interaction;
    use serenity::model::channel::Message;
    use serenity::model::guild::{PartialGuild, Role};

    #[test]
    fn a_server_that_sends_only_the_essential_is_understood() {
        let user = json!({"id": "5", "username": "ana"});
        let message = json!({"id": "3", "channel_id": "2", "author": user, "content": "Hello"});
        let read: Message = from_value(message.clone()).unwrap();
        assert_eq!(read.content, "Hello");
        let role = json!({"id": "9", "name": "on-call", "permissions": "0", "position": 1});
        assert_eq!(from_value::<Role>(role.clone()).unwrap().name, "on-call");
        let guild = json!({"id": "1", "name": "Shop", "owner_id": "5", "roles": [role]});
        assert_eq!(from_value::<PartialGuild>(guild).unwrap().roles.len(), 1);
        let click = json!({
            "id": "7", "application_id": "8", "type": 3, "token": "t", "channel_id": "2",
            "guild_id": "1", "member": {"user": user, "roles": ["9"]}, "message": message,
            "data": {"custom_id": "x", "component_type": 2},
        });
        let click: Interaction = from_slice(click.to_string().as_bytes()).unwrap();
        assert_eq!(click.as_message_component().unwrap().data.custom_id, "x");
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        let message = json!({"id": "x", "channel_id": "2", "author": {}, "content": 5});
        assert!(from_value::<Message>(message).is_err());
        assert!(from_slice::<Message>(b"{").is_err());
    }
}
