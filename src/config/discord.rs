//! `[discord]`, and what of it stands in the environment.

use super::Config;
use super::check::known_workspace;
use super::document::{Document, did_you_mean};
use super::env::EnvSource;
use super::findings::{Finding, notice, problem};
use crate::decide::{ApprovalRules, PersonOptions};
use crate::discord::options::DiscordOptions;
use crate::domain::WorkspaceId;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;

/// The variable that holds the bot's token.
const TOKEN: &str = "DISCORD_TOKEN";
/// The variable that points at another server than Discord's own.
const API_BASE: &str = "DISCORD_API_BASE";

/// `[discord]` with the environment's part.
#[derive(Clone, Debug)]
pub struct Discord {
    /// The section.
    pub options: DiscordOptions,
    /// The bot's token, if it is set.
    pub token: Option<SecretString>,
    /// Where Discord's API lies, if not where it usually does.
    pub api_base: Option<String>,
}

/// Everything a connection needs.
#[derive(Clone, Debug)]
pub struct DiscordSetup<'a> {
    /// The section; it names a guild.
    pub options: &'a DiscordOptions,
    /// The bot's token.
    pub token: &'a SecretString,
    /// Where Discord's API lies, if not where it usually does.
    pub api_base: Option<&'a str>,
}

/// Reads the section and its part of the environment.
pub(super) fn discord(
    doc: &mut Document<'_>,
    workspaces: &[WorkspaceId],
    env: &EnvSource,
) -> Option<Discord> {
    let at = doc.place_of(&["discord"]);
    let mut variable = |name| {
        env.get(name).unwrap_or_else(|reason| {
            doc.fault(at, reason);
            None
        })
    };
    let token = variable(TOKEN);
    let api_base = variable(API_BASE).map(|base| base.expose_secret().to_owned());
    let mut options: DiscordOptions = doc.section("discord")?;
    for wrong in options.contradictions() {
        let at = doc.place_of(&["discord", "channels"]);
        doc.fault(at, wrong);
    }
    let at = doc.place_of(&["discord", "workspace"]);
    options.workspace = known_workspace(doc, at, options.workspace, workspaces);
    Some(Discord {
        options,
        token,
        api_base,
    })
}

/// Roles that `[discord.roles]` names and nothing else does are slips of the pen.
pub(super) fn role_names(
    doc: &mut Document<'_>,
    discord: &Discord,
    approval: &ApprovalRules,
    people: &[PersonOptions],
) {
    let known = known_roles(approval, people);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for name in discord.options.roles.keys() {
        if !known.contains(&name.as_str()) {
            let at = doc.place_of(&["discord", "roles", name]);
            let hint = did_you_mean(name, &known);
            doc.fault(
                at,
                format!("no approval rule and no person has the role {name}{hint}"),
            );
        }
    }
}

fn known_roles(approval: &ApprovalRules, people: &[PersonOptions]) -> BTreeSet<String> {
    use crate::domain::Risk;
    [Risk::Low, Risk::Medium, Risk::High, Risk::Critical]
        .iter()
        .flat_map(|risk| approval.at(*risk).roles.iter())
        .chain(people.iter().flat_map(|person| person.roles.iter()))
        .cloned()
        .collect()
}

impl Config {
    /// What a connection to Discord needs, if all of it is there.
    pub fn discord_setup(&self) -> Option<DiscordSetup<'_>> {
        self.discord.options.guild_id?;
        Some(DiscordSetup {
            options: &self.discord.options,
            token: self.discord.token.as_ref()?,
            api_base: self.discord.api_base.as_deref(),
        })
    }

    /// Roles that Discord gives in this workspace, while it is set up.
    pub(super) fn roles_by_discord(&self, workspace: &WorkspaceId) -> Vec<String> {
        match self.discord_setup() {
            Some(setup) if setup.options.workspace.as_ref() == Some(workspace) => {
                setup.options.roles.keys().cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What can be told of Discord without asking it.
    pub(super) fn discord_findings(&self) -> Vec<Finding> {
        let options = &self.discord.options;
        let (token, guild) = (self.discord.token.is_some(), options.guild_id.is_some());
        if !guild && !token {
            return vec![notice(
                "discord",
                "Discord is not set up, so Medic runs without it: README.md, \"Set up Discord\", says how",
            )];
        }
        let mut findings = Vec::new();
        if !guild {
            findings.push(problem(
                "discord.guild_id",
                format!("{TOKEN} is set, but no server is named, so Discord stays off: give discord.guild_id in config.toml"),
            ));
        }
        if !token {
            findings.push(problem(
                "discord",
                format!("a server is named, but {TOKEN} is not set, so Discord stays off: put the bot's token in the environment or in .env"),
            ));
        }
        if options.alerts_channel.is_none() {
            findings.push(problem(
                "discord.alerts_channel",
                "no channel for alerts, so no card is ever posted and nobody can approve in Discord: give discord.alerts_channel",
            ));
        }
        if options.channels.is_empty() {
            findings.push(notice(
                "discord.channels",
                "no channel or forum is read for tickets; add [[discord.channels]], or forward messages by hand",
            ));
        }
        if options.roles.is_empty() && !self.people.iter().any(|person| person.discord_id.is_some())
        {
            findings.push(problem(
                "discord.roles",
                "nobody could decide anything in Discord: map a role in [discord.roles], or give people their discord_id in [[people]]",
            ));
        }
        findings
    }
}
