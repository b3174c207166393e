//! Answers to interactions: once only, within three seconds, by a token that lives fifteen minutes.

use super::limits::{Form, Refusal, refusal, unknown};
use super::rest::Asked;
use super::routes::{filled, number};
use super::world::{Interaction, World};
use serde_json::{Value, json};
use std::time::Duration;

/// Discord's own limits.
const FIRST_ANSWER: Duration = Duration::from_secs(3);
const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

const EPHEMERAL: u64 = 1 << 6;

pub fn callback(world: &mut World, id: u64, token: &str, asked: &Asked) -> Result<Value, Refusal> {
    let Some(interaction) = world.interactions.get(&id).filter(|i| i.token == token) else {
        return Err(unknown("interaction", 10_062));
    };
    if interaction.callback.is_some() {
        return Err(refusal(
            400,
            40_060,
            "Interaction has already been acknowledged.",
        ));
    }
    let waited = interaction
        .begun
        .map(|begun| begun.elapsed())
        .unwrap_or_default();
    if waited > FIRST_ANSWER {
        return Err(unknown("interaction", 10_062));
    }
    let (user, channel, on, kind) = (
        interaction.user,
        interaction.channel,
        interaction.on,
        interaction.kind,
    );
    let body = &asked.body;
    let data = &body["data"];
    let mut form = Form::default();
    let answer = body["type"].as_u64().unwrap_or(0);
    match answer {
        4 | 7 => form.message(data),
        8 => form.choices(data),
        9 => form.modal(data),
        5 | 6 => {}
        _ => return Err(refusal(400, 50_035, "Invalid Form Body")),
    }
    form.verdict()?;
    let fits = match answer {
        6 | 7 => on.is_some(),
        8 => kind == 4,
        9 => kind != 5,
        _ => kind != 4,
    };
    if !fits {
        return Err(refusal(400, 50_035, "Invalid Form Body"));
    }
    let mut original = None;
    match answer {
        4 | 5 => {
            let ephemeral = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
            let inner = Asked {
                body: data.clone(),
                method: String::new(),
                path: String::new(),
                query: Default::default(),
                files: asked.files.clone(),
            };
            let mut message = if answer == 4 {
                filled(world, channel, &inner)?
            } else {
                world.blank(channel, world.bot)
            };
            message.ephemeral_for = ephemeral.then_some(user);
            original = Some(if answer == 5 && !ephemeral {
                // "Medic is thinking": no message yet that others could read.
                message.ephemeral_for = Some(user);
                let id = world.post(message);
                world.messages.get_mut(&id).unwrap().ephemeral_for = Some(0);
                id
            } else {
                world.post(message)
            });
        }
        7 => {
            if let Some(message) = on.filter(|message| world.messages.contains_key(message)) {
                world.amend(message, data);
            }
            original = on;
        }
        6 => original = on,
        _ => {}
    }
    let interaction = world.interactions.get_mut(&id).unwrap();
    interaction.callback = Some(body.clone());
    interaction.acknowledged_ms = Some(waited.as_millis());
    interaction.original = original;
    interaction.settled = !matches!(answer, 5 | 6);
    Ok(Value::Null)
}

/// `/webhooks/{application}/{token}` and below.
pub fn webhook(
    world: &mut World,
    method: &str,
    token: &str,
    rest: &[&str],
    asked: &Asked,
) -> Result<Value, Refusal> {
    let found = world
        .interactions
        .iter()
        .find(|(_, interaction)| interaction.token == token);
    let Some((&id, interaction)) = found else {
        return Err(refusal(401, 50_027, "Invalid Webhook Token"));
    };
    if interaction
        .begun
        .is_some_and(|begun| begun.elapsed() > TOKEN_LIFE)
    {
        return Err(refusal(401, 50_027, "Invalid Webhook Token"));
    }
    let Some(answered) = interaction
        .callback
        .as_ref()
        .and_then(|callback| callback["type"].as_u64())
    else {
        return Err(unknown("Webhook", 10_015));
    };
    let (user, channel, original, settled) = (
        interaction.user,
        interaction.channel,
        interaction.original,
        interaction.settled,
    );
    let flags = |body: &Value| body["flags"].as_u64().unwrap_or(0);
    match (method, rest) {
        ("POST", []) => {
            let mut form = Form::default();
            form.message(&asked.body);
            form.verdict()?;
            // The first follow-up of a deferred answer becomes that answer.
            if answered == 5 && !settled {
                let id = original.unwrap_or(0);
                return show(world, token, id, asked);
            }
            let mut message = filled(world, channel, asked)?;
            message.ephemeral_for = (flags(&asked.body) & EPHEMERAL != 0).then_some(user);
            let message = world.post(message);
            let interaction = world.interactions.get_mut(&id).unwrap();
            interaction.follow_ups.push(message);
            interaction.settled = true;
            Ok(world.message_json(message))
        }
        (_, ["messages", which]) => {
            let message = if *which == "@original" {
                original.unwrap_or(0)
            } else {
                number(which)
            };
            if !world.messages.contains_key(&message) {
                return Err(unknown("Message", 10_008));
            }
            match method {
                "GET" => Ok(world.message_json(message)),
                "PATCH" => show(world, token, message, asked),
                "DELETE" => {
                    world.remove(message);
                    Ok(Value::Null)
                }
                _ => Err(refusal(405, 0, "405: Method Not Allowed")),
            }
        }
        _ => Err(refusal(404, 0, "404: Not Found")),
    }
}

/// Puts content into an answer's message.
fn show(world: &mut World, token: &str, id: u64, asked: &Asked) -> Result<Value, Refusal> {
    let mut form = Form::default();
    form.message(&asked.body);
    form.verdict()?;
    let Some(message) = world.messages.get_mut(&id) else {
        return Err(unknown("Message", 10_008));
    };
    if !asked.files.is_empty() {
        message.attachments.clone_from(&asked.files);
    }
    // 0 stands for "everybody will see it once it says something".
    let becomes_public = message.ephemeral_for == Some(0);
    if becomes_public {
        message.ephemeral_for = None;
    }
    world.amend(id, &asked.body);
    if becomes_public {
        let mut data = world.message_json(id);
        data["guild_id"] = json!(world.guild.to_string());
        world.dispatch("MESSAGE_CREATE", data);
    }
    let found: Option<&mut Interaction> =
        world.interactions.values_mut().find(|i| i.token == token);
    if let Some(interaction) = found {
        interaction.settled = true;
    }
    Ok(world.message_json(id))
}
