//! One call of a command, as it came: who, what, with which options.

use super::{Action, Opt, find};
use crate::discord::answer::Refusal;
use crate::discord::context::Context;
use crate::discord::interactions::Caller;
use crate::discord::posts;
use serenity::model::application::{CommandData, CommandDataOption, CommandDataOptionValue};
use serenity::model::channel::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// One call.
pub struct Call<'a> {
    /// Everything around it.
    pub context: &'a Context,
    /// Who calls.
    pub caller: &'a Caller,
    /// What is called.
    pub action: &'static Action,
    /// How it was typed.
    pub typed: String,
    /// The message whose menu it was called from.
    pub target: Option<Target>,
    options: BTreeMap<String, String>,
}

/// The message that a menu was opened on.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its channel.
    pub channel: u64,
    /// Its id.
    pub message: u64,
    /// Who wrote it.
    pub author: u64,
    /// Its words.
    pub text: String,
    /// The keys it carries, where it is one of Medic's own.
    pub keys: BTreeSet<String>,
}

impl<'a> Call<'a> {
    /// Reads a call.
    ///
    /// # Errors
    /// When there is no such command in this version.
    pub fn new(
        context: &'a Context,
        caller: &'a Caller,
        data: &CommandData,
    ) -> Result<Self, Refusal> {
        let (sub, given) = subcommand(data);
        let action = find(&data.name, data.kind, sub).ok_or_else(|| {
            Refusal::Told(
                "This command comes from another version of Medic. Reload Discord and call it again."
                    .to_owned(),
            )
        })?;
        let options = given.iter().filter_map(|option| {
            let value = match &option.value {
                CommandDataOptionValue::String(text) => text.trim().to_owned(),
                CommandDataOptionValue::Integer(number) => number.to_string(),
                CommandDataOptionValue::Boolean(yes) => yes.to_string(),
                _ => return None,
            };
            Some((option.name.clone(), value))
        });
        let typed = match sub {
            Some(sub) => format!("/{} {sub}", data.name),
            None => data.name.clone(),
        };
        Ok(Self {
            context,
            caller,
            action,
            typed,
            target: target(data),
            options: options.collect(),
        })
    }

    /// An option's words; none where it was left out or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.options
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// An option that is an id.
    ///
    /// # Errors
    /// With the form that is wanted.
    pub fn id<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, Refusal> {
        let text = self.text(name).unwrap_or_default();
        text.parse()
            .map_err(|error| Refusal::Told(format!("{name} {text:?} is {error}.")))
    }
}

fn subcommand(data: &CommandData) -> (Option<&str>, &[CommandDataOption]) {
    match data.options.as_slice() {
        [only] => match &only.value {
            CommandDataOptionValue::SubCommand(given) => (Some(&only.name), given),
            _ => (None, &data.options),
        },
        all => (None, all),
    }
}

fn target(data: &CommandData) -> Option<Target> {
    let id = data.target_id?.to_message_id();
    let message: &Message = data.resolved.messages.get(&id)?;
    Some(Target {
        channel: message.channel_id.get(),
        message: id.get(),
        author: message.author.id.get(),
        text: message.content.clone(),
        keys: posts::keys_of(message),
    })
}

/// The option that is being typed, and what stands there so far.
pub fn completed(data: &CommandData) -> Option<(&'static Action, &'static Opt, String)> {
    let (sub, given) = subcommand(data);
    let action = find(&data.name, data.kind, sub)?;
    given.iter().find_map(|option| match &option.value {
        CommandDataOptionValue::Autocomplete { value, .. } => {
            let opt = action.options.iter().find(|opt| opt.name == option.name)?;
            Some((action, opt, value.trim().to_owned()))
        }
        _ => None,
    })
}
