//! Registration: the table as Discord takes it, put only where it differs from what stands there.

use super::{ALL, Action, Command, Does, Opt, Takes};
use crate::discord::context::Context;
use crate::discord::rest::RestError;
use serde_json::{Map, Value};
use serenity::builder::{CreateCommand, CreateCommandOption};
use serenity::model::application::{CommandOptionType, CommandType};

/// The whole table, as it is put.
pub fn wanted() -> Vec<CreateCommand> {
    ALL.iter().map(command).collect()
}

/// Puts the commands of the guild if they differ. Answers whether they did.
///
/// # Errors
/// When Discord refuses or cannot be asked.
pub async fn put_if_different(context: &Context) -> Result<bool, RestError> {
    let Some(guild) = context.options.guild_id else {
        return Ok(false);
    };
    let standing = context
        .rest
        .guild_commands(context.application, guild)
        .await?;
    let standing = serde_json::to_value(&standing).unwrap_or_default();
    let wanted = serde_json::to_value(wanted()).unwrap_or_default();
    if essence(&standing) == essence(&wanted) {
        return Ok(false);
    }
    context
        .rest
        .put_guild_commands(context.application, guild, &wanted)
        .await?;
    Ok(true)
}

/// What of a list of commands, options or choices a person can tell apart: Discord adds ids and
/// versions, and leaves out what is as usual.
fn essence(list: &Value) -> Value {
    const TOLD_APART: &[&str] = &[
        "name",
        "description",
        "required",
        "autocomplete",
        "max_length",
        "value",
    ];
    let entries = list.as_array().into_iter().flatten();
    let mut entries: Vec<Value> = entries
        .map(|entry| {
            let mut kept = Map::new();
            for key in TOLD_APART {
                match &entry[*key] {
                    Value::Null | Value::Bool(false) => {}
                    Value::String(text) if text.is_empty() => {}
                    value => drop(kept.insert((*key).to_owned(), value.clone())),
                }
            }
            kept.insert("type".into(), entry["type"].as_u64().unwrap_or(1).into());
            for key in ["options", "choices"] {
                kept.insert(key.into(), essence(&entry[key]));
            }
            Value::Object(kept)
        })
        .collect();
    entries.sort_by_key(|entry| entry["name"].to_string());
    Value::Array(entries)
}

fn command(command: &Command) -> CreateCommand {
    let named = CreateCommand::new(command.name);
    match &command.does {
        Does::OnMessage(_) => named.kind(CommandType::Message),
        Does::Alone(action) => options(action).into_iter().fold(
            named
                .kind(CommandType::ChatInput)
                .description(command.about),
            CreateCommand::add_option,
        ),
        Does::Group(subs) => subs
            .iter()
            .map(|sub| {
                let kind = CommandOptionType::SubCommand;
                options(&sub.action).into_iter().fold(
                    CreateCommandOption::new(kind, sub.name, sub.about),
                    CreateCommandOption::add_sub_option,
                )
            })
            .fold(
                named
                    .kind(CommandType::ChatInput)
                    .description(command.about),
                CreateCommand::add_option,
            ),
    }
}

fn options(action: &Action) -> Vec<CreateCommandOption> {
    action.options.iter().map(option).collect()
}

fn option(opt: &Opt) -> CreateCommandOption {
    let option = CreateCommandOption::new(CommandOptionType::String, opt.name, opt.about)
        .required(opt.required);
    match opt.takes {
        Takes::Text(most) => option.max_length(most),
        Takes::Suggested(_) => option.set_autocomplete(true),
        Takes::OneOf(words) => words.iter().fold(option, |option, word| {
            option.add_string_choice(*word, *word)
        }),
    }
}
