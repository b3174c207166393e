//! What Discord makes of a press, a choice, a command or a form, and what the person sees of the answer.

use super::Answer;
use crate::support::discord::reading::{self, form_text, message_text};
use crate::support::discord::world::{Interaction, Permission, World};
use serde_json::{Value, json};
use tokio::time::Instant;

pub(super) fn seen(world: &World, id: u64) -> Answer {
    let interaction = &world.interactions[&id];
    let callback = interaction.callback.as_ref().unwrap();
    let data = &callback["data"];
    let kind = callback["type"].as_u64().unwrap_or(0);
    let shown = interaction.follow_ups.last().copied().or(match kind {
        4 | 5 => interaction.original,
        _ => None,
    });
    let text = match (
        kind,
        shown.filter(|shown| world.messages.contains_key(shown)),
    ) {
        (9, _) => form_text(data),
        (8, _) => {
            let choices = data["choices"].as_array().into_iter().flatten();
            choices
                .filter_map(|choice| choice["name"].as_str())
                .collect::<Vec<_>>()
                .join("\n")
        }
        (_, Some(shown)) => message_text(world, shown),
        _ => String::new(),
    };
    Answer {
        interaction: id,
        text: text
            .strip_prefix("Medic: ")
            .or_else(|| text.strip_prefix("Medic (edited): "))
            .map_or(text.clone(), str::to_owned),
        ephemeral: shown.is_some_and(|shown| {
            world
                .messages
                .get(&shown)
                .is_some_and(|m| m.ephemeral_for.is_some())
        }),
        acknowledged_ms: interaction.acknowledged_ms.unwrap_or_default(),
        form: (kind == 9).then(|| reading::form_text(data)),
    }
}

pub(super) fn begin(
    world: &mut World,
    user: u64,
    channel: u64,
    kind: u8,
    data: Value,
    on: Option<u64>,
) -> u64 {
    let id = world.snowflake();
    let token = format!("aW50ZXJhY3Rpb24{id}");
    let interaction = Interaction {
        token: token.clone(),
        user,
        channel,
        on,
        kind,
        begun: Some(Instant::now()),
        ..Interaction::default()
    };
    world.interactions.insert(id, interaction);
    let mut event = json!({
        "id": id.to_string(), "application_id": world.application.to_string(), "type": kind,
        "token": token, "version": 1, "guild_id": world.guild.to_string(),
        "channel_id": channel.to_string(), "channel": world.channel_json(channel),
        "member": world.member_json(user), "app_permissions": Permission::all().to_string(),
        "locale": "en-US", "guild_locale": "en-US", "entitlements": [],
        "authorizing_integration_owners": {"0": world.guild.to_string()}, "context": 0,
        "attachment_size_limit": 10_485_760, "data": data,
    });
    if let Some(message) = on.filter(|message| world.messages.contains_key(message)) {
        event["message"] = world.message_json(message);
    }
    world.dispatch("INTERACTION_CREATE", event);
    id
}

pub(super) fn parts(rows: &Value) -> impl Iterator<Item = &Value> {
    let rows = rows.as_array().into_iter().flatten();
    rows.flat_map(|row| row["components"].as_array().into_iter().flatten())
}

pub(super) fn live_part(rows: &Value, label: &str) -> Option<Value> {
    let part = parts(rows)
        .find(|part| part["type"] == 2 && part["label"] == label && part["disabled"] != true);
    part.cloned()
}

pub(super) fn option_of(rows: &Value, label: &str) -> Option<(Value, String)> {
    parts(rows)
        .filter(|part| part["type"] == 3 && part["disabled"] != true)
        .find_map(|part| {
            let mut options = part["options"].as_array().into_iter().flatten();
            let option = options.find(|option| option["label"] == label)?;
            Some((part.clone(), option["value"].as_str()?.to_owned()))
        })
}

pub(super) fn command_named(world: &World, name: &str, kind: u64) -> Value {
    let mut commands = world.commands.as_array().into_iter().flatten();
    let found = commands.find(|c| c["name"] == name && c["type"].as_u64().unwrap_or(1) == kind);
    found
        .cloned()
        .unwrap_or_else(|| panic!("no command {name:?} is registered"))
}

/// Reads `/incident show id:INC-1 note:two words` against the registered command.
pub(super) fn typed_command(world: &World, typed: &str, focused: Option<&str>) -> Value {
    let mut words = typed.trim_start_matches('/').split(' ');
    let name = words.next().unwrap_or_default();
    let command = command_named(world, name, 1);
    let rest: Vec<&str> = words.collect();
    let options = typed_options(&command["options"], &rest, focused);
    json!({"id": command["id"], "name": name, "type": 1, "options": options, "guild_id": world.guild.to_string()})
}

pub(super) fn typed_options(declared: &Value, words: &[&str], focused: Option<&str>) -> Value {
    let declared = declared.as_array().map_or(&[][..], Vec::as_slice);
    if let Some(sub) = declared.iter().find(|option| {
        matches!(option["type"].as_u64(), Some(1 | 2))
            && words.first().is_some_and(|word| option["name"] == *word)
    }) {
        let inner = typed_options(&sub["options"], &words[1..], focused);
        return json!([{"name": sub["name"], "type": sub["type"], "options": inner}]);
    }
    let mut given: Vec<(String, String)> = Vec::new();
    for word in words {
        match word.split_once(':') {
            Some((name, value)) if declared.iter().any(|option| option["name"] == name) => {
                given.push((name.to_owned(), value.to_owned()));
            }
            _ => match given.last_mut() {
                Some((_, value)) => {
                    value.push(' ');
                    value.push_str(word);
                }
                None => panic!("{word:?} is no option of the command"),
            },
        }
    }
    for option in declared {
        let missing = option["required"] == true
            && !given
                .iter()
                .any(|(name, _)| option["name"] == name.as_str());
        assert!(
            !missing || focused.is_some(),
            "the command needs {}",
            option["name"]
        );
    }
    let options = given.into_iter().map(|(name, value)| {
        let option = declared
            .iter()
            .find(|option| option["name"] == name.as_str())
            .unwrap();
        let typed = match option["type"].as_u64() {
            Some(4) => json!(value.parse::<i64>().unwrap_or(0)),
            Some(5) => json!(value == "true"),
            Some(10) => json!(value.parse::<f64>().unwrap_or(0.0)),
            _ => json!(value),
        };
        let mut json = json!({"name": name, "type": option["type"], "value": typed});
        if focused == Some(name.as_str()) {
            json["focused"] = json!(true);
        }
        json
    });
    options.collect()
}
