//! Slash commands and message menus: one file a command, and one line in [`ALL`]. Registration,
//! dispatch, permission, suggestions, pages and help all read this table, so they cannot drift.

mod approvals;
mod audit;
mod explain;
mod forward;
mod incident;
mod medic;
mod policy;
mod ticket;

mod call;
pub mod register;

pub use call::{Call, Target};
pub(super) use incident::card_link;

use super::answer::{Answer, Refusal};
use super::context::Context;
use super::interactions::Caller;
use super::limits;
use super::message::Draft;
use crate::domain::WorkspaceId;
use crate::engine::handle::{Handle, StoreError};
use serenity::model::application::{CommandData, CommandType};
use std::pin::Pin;

/// Every command.
pub const ALL: &[Command] = &[
    incident::COMMAND,
    approvals::COMMAND,
    audit::COMMAND,
    ticket::COMMAND,
    policy::COMMAND,
    medic::COMMAND,
    forward::COMMAND,
    explain::COMMAND,
];

/// An answer on its way.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;
/// What a command does.
pub type Run = for<'a> fn(&'a Call<'a>) -> Doing<'a, Answer>;
/// Another page of a command's list: its filter, and where the page begins.
pub type Page = for<'a> fn(&'a Context, &'a [&'a str], &'a str) -> Doing<'a, Draft>;
/// What an option suggests for what was typed so far: what is shown, and what is sent.
pub type Suggest = fn(&Handle, &WorkspaceId, &str) -> Result<Vec<(String, String)>, StoreError>;

/// One command.
pub struct Command {
    /// Its name, as typed or as it stands in the menu of a message.
    pub name: &'static str,
    /// What it is for, at most 100 characters.
    pub about: &'static str,
    /// What it does.
    pub does: Does,
    /// Further pages of its list, if it has one, and who may turn them.
    pub page: Option<(Needs, Page)>,
}

/// How a command is called.
pub enum Does {
    /// By its name alone.
    Alone(Action),
    /// By one of its subcommands.
    Group(&'static [Sub]),
    /// From the menu of a message.
    OnMessage(Action),
}

/// A subcommand.
pub struct Sub {
    /// Its name.
    pub name: &'static str,
    /// What it does, at most 100 characters.
    pub about: &'static str,
    /// What it does.
    pub action: Action,
}

/// What is done, for whom, with what.
pub struct Action {
    /// Who may.
    pub needs: Needs,
    /// What it takes.
    pub options: &'static [Opt],
    /// What it does.
    pub run: Run,
}

/// Who may use a command. Discord shows commands to everyone in the server; here they are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Every member of the server, merchants too.
    Anybody,
    /// Whoever holds one of the roles that the config names.
    Team,
    /// Whoever holds a role that may decide about plans.
    Decider,
}

impl Needs {
    /// In words, for the help.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Anybody => "everybody",
            Self::Team => "your team",
            Self::Decider => "who may decide",
        }
    }
}

/// One option of a command. Required ones stand first.
pub struct Opt {
    /// Its name.
    pub name: &'static str,
    /// What it is, at most 100 characters.
    pub about: &'static str,
    /// Whether it has to be given.
    pub required: bool,
    /// What may be given.
    pub takes: Takes,
}

/// What an option takes.
pub enum Takes {
    /// Text of at most so many characters.
    Text(u16),
    /// Text with suggestions.
    Suggested(Suggest),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A way to call something: how it is typed, what it is for, and what it does.
pub struct Way {
    /// `/incident list`; the bare name for a message's menu.
    pub typed: String,
    /// What it is for.
    pub about: &'static str,
    /// What it does.
    pub action: &'static Action,
}

/// Every way to call something, in the order of the table.
pub fn ways() -> Vec<Way> {
    let mut ways = Vec::new();
    for command in ALL {
        match &command.does {
            Does::Alone(action) => ways.push(Way {
                typed: format!("/{}", command.name),
                about: command.about,
                action,
            }),
            Does::Group(subs) => ways.extend(subs.iter().map(|sub| Way {
                typed: format!("/{} {}", command.name, sub.name),
                about: sub.about,
                action: &sub.action,
            })),
            Does::OnMessage(action) => ways.push(Way {
                typed: command.name.to_owned(),
                about: command.about,
                action,
            }),
        }
    }
    ways
}

/// The action that a call means.
pub fn find(name: &str, kind: CommandType, sub: Option<&str>) -> Option<&'static Action> {
    let menu = kind == CommandType::Message;
    let command = ALL.iter().find(|command| {
        command.name == name && matches!(command.does, Does::OnMessage(_)) == menu
    })?;
    match (&command.does, sub) {
        (Does::Alone(action) | Does::OnMessage(action), None) => Some(action),
        (Does::Group(subs), Some(sub)) => subs
            .iter()
            .find(|found| found.name == sub)
            .map(|found| &found.action),
        _ => None,
    }
}

/// Whether this person may; the one place where that is decided for commands.
///
/// # Errors
/// With the roles that they lack.
pub fn allow(context: &Context, caller: &Caller, needs: Needs) -> Result<(), Refusal> {
    let deciders = || context.handle.deciders(&context.workspace);
    let held = &caller.person.roles;
    match needs {
        Needs::Anybody => Ok(()),
        Needs::Team if !held.is_empty() => Ok(()),
        Needs::Decider if deciders().iter().any(|role| held.contains(role)) => Ok(()),
        Needs::Team => Err(Refusal::Told(
            "Only your team can do this: whoever holds a role that [discord.roles] or [[people]] of Medic's config names, and you hold none of them.".to_owned(),
        )),
        Needs::Decider => {
            let roles: Vec<String> = deciders().into_iter().collect();
            Err(Refusal::Told(format!(
                "Only {} can do this, and you hold none of these roles.",
                roles.join(" or ")
            )))
        }
    }
}

/// As [`allow`]; a refusal is recorded. `what` is what was asked for, as it is called.
///
/// # Errors
/// With the roles that they lack.
pub async fn checked(
    context: &Context,
    caller: &Caller,
    needs: Needs,
    what: &str,
) -> Result<(), Refusal> {
    let Err(refusal) = allow(context, caller, needs) else {
        return Ok(());
    };
    let (workspace, person) = (&context.workspace, &caller.person);
    let recorded = context
        .handle
        .refused(workspace, person, what, &refusal.to_string())
        .await;
    if let Err(error) = recorded {
        tracing::warn!(%error, "a refusal could not be recorded");
    }
    Err(refusal)
}

/// Carries a call out.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn run(call: &Call<'_>) -> Result<Answer, Refusal> {
    checked(call.context, call.caller, call.action.needs, &call.typed).await?;
    (call.action.run)(call).await
}

/// Another page of a list; `list` is a command's name, with its filter behind slashes.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn page(
    context: &Context,
    caller: &Caller,
    list: &str,
    from: &str,
) -> Result<Draft, Refusal> {
    let parts: Vec<&str> = list.split('/').collect();
    let found = parts.split_first().and_then(|(name, filter)| {
        let command = ALL.iter().find(|command| command.name == *name)?;
        command.page.map(|(needs, page)| (needs, page, filter))
    });
    let Some((needs, page, filter)) = found else {
        return Err(Refusal::Told(
            "This list comes from another version of Medic. Ask for it again.".to_owned(),
        ));
    };
    allow(context, caller, needs)?;
    page(context, filter, from).await
}

/// Suggestions for the option that is being typed; none where the person may not call it.
pub async fn suggest(
    context: &Context,
    caller: &Caller,
    data: &CommandData,
) -> Vec<(String, String)> {
    let Some((action, option, typed)) = call::completed(data) else {
        return Vec::new();
    };
    let Takes::Suggested(suggest) = option.takes else {
        return Vec::new();
    };
    if allow(context, caller, action.needs).is_err() {
        return Vec::new();
    }
    let found = context
        .read(move |handle, workspace| suggest(handle, workspace, &typed))
        .await;
    let found = found.unwrap_or_else(|refusal| {
        tracing::warn!(%refusal, "no suggestions");
        Vec::new()
    });
    found
        .into_iter()
        .take(limits::SUGGESTIONS)
        .map(|(shown, value)| {
            let shown = super::escape::label(&shown, limits::SUGGESTION_TEXT);
            (shown, limits::cut(&value, limits::SUGGESTION_TEXT))
        })
        .collect()
}
