//! What would go wrong on Discord, before it does: looked at on the real server, with what to do
//! about each fault and where. `medic doctor` and `/medic doctor` both show it.

mod card;
mod channels;
mod roles;

pub use super::extras::{Finding, Level};
use super::options::DiscordOptions;
use super::permissions;
use super::rest::{Application, Rest, RestError};
use jiff::Timestamp;
use serenity::model::application::ApplicationFlags;
use serenity::model::guild::{Member, PartialGuild};

/// What one level of risk needs, as the config says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// The risk, in a word.
    pub risk: String,
    /// The roles that may approve.
    pub roles: Vec<String>,
    /// The roles that are asked when nobody has decided.
    pub escalate_to: Vec<String>,
    /// How many different people.
    pub need: usize,
    /// How many the config itself names with one of these roles.
    pub configured: usize,
}

/// What is examined.
pub struct Examination<'a> {
    /// Calls to the server.
    pub rest: &'a Rest,
    /// The settings.
    pub options: &'a DiscordOptions,
    /// Who has to approve at which risk.
    pub quorums: &'a [Quorum],
    /// Names of the commands that Medic registers.
    pub commands: &'a [&'a str],
    /// What this machine's clock says.
    pub now: Timestamp,
}

/// What the server says of itself and of the bot.
struct Seen {
    application: Application,
    guild: PartialGuild,
    me: Member,
}

impl Examination<'_> {
    /// Looks at everything, in the order in which it would fail.
    pub async fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Some(seen) = self.entrance(&mut found).await {
            self.intents(&seen.application, &mut found);
            self.channels(&seen, &mut found).await;
            self.roles(&seen, &mut found).await;
            self.commands(&seen.application, &mut found).await;
            self.test_card(&mut found).await;
        }
        found
    }

    /// Token, application, server: without one of them nothing else can be asked.
    async fn entrance(&self, found: &mut Vec<Finding>) -> Option<Seen> {
        let me = match self.rest.me().await {
            Ok(me) => me,
            Err(error) => {
                found.push(problem("token", error.to_string()));
                return None;
            }
        };
        found.push(fine("token", format!("Discord knows it as {}", me.name)));
        let application = match self.rest.application().await {
            Ok(application) => application,
            Err(error) => {
                found.push(problem("application", error.to_string()));
                return None;
            }
        };
        if let Some(url) = &application.interactions_endpoint_url {
            found.push(problem(
                "application",
                format!(
                    "presses and commands are sent to {url} and never reach Medic: Developer Portal, your application, General Information, empty Interactions Endpoint URL"
                ),
            ));
        }
        let id = self.options.guild_id?;
        let guild = match self.rest.guild(id).await {
            Ok(guild) => guild,
            Err(error) => {
                let invite = permissions::invite_link(application.id, Some(id));
                found.push(problem(
                    "server",
                    match error.status() {
                        Some(403 | 404) => format!(
                            "the bot is not on server {id}, or discord.guild_id names another one: check the id, or invite the bot with {invite}"
                        ),
                        _ => error.to_string(),
                    },
                ));
                return None;
            }
        };
        found.push(fine("server", guild.name.clone()));
        match self.rest.member(id, me.id).await {
            Ok(me) => Some(Seen {
                application,
                guild,
                me,
            }),
            Err(error) => {
                found.push(problem(
                    "server",
                    format!("the bot's own roles cannot be read: {error}"),
                ));
                None
            }
        }
    }

    /// Without the message content, every message in a ticket channel comes empty.
    fn intents(&self, application: &Application, found: &mut Vec<Finding>) {
        if self.options.channels.is_empty() {
            return;
        }
        let on = ApplicationFlags::GATEWAY_MESSAGE_CONTENT
            | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED;
        found.push(match application.flags {
            Some(flags) if flags.intersects(on) => {
                fine("intents", "the message content intent is on".to_owned())
            }
            Some(_) => problem(
                "intents",
                "the message content intent is off, so Discord refuses the connection: Developer Portal, your application, Bot, Privileged Gateway Intents, switch on Message Content Intent".to_owned(),
            ),
            None => notice(
                "intents",
                "the server does not say whether the message content intent is on".to_owned(),
            ),
        });
    }

    async fn commands(&self, application: &Application, found: &mut Vec<Finding>) {
        let Some(guild) = self.options.guild_id else {
            return;
        };
        if !self.options.register_commands {
            found.push(notice(
                "commands",
                "discord.register_commands is false: Medic leaves the commands as they are"
                    .to_owned(),
            ));
        }
        let there = match self.rest.guild_commands(application.id, guild).await {
            Ok(there) => there,
            Err(error) => {
                found.push(problem(
                    "commands",
                    unreadable_commands(&error, application, guild),
                ));
                return;
            }
        };
        let missing: Vec<&str> = self
            .commands
            .iter()
            .filter(|name| !there.iter().any(|command| command.name == **name))
            .copied()
            .collect();
        found.push(if missing.is_empty() {
            fine("commands", format!("{} are registered", there.len()))
        } else if self.options.register_commands {
            notice(
                "commands",
                format!(
                    "not registered yet: {}; `medic run` registers them when it starts",
                    missing.join(", ")
                ),
            )
        } else {
            problem(
                "commands",
                format!(
                    "not registered: {}; set discord.register_commands = true and start Medic once",
                    missing.join(", ")
                ),
            )
        });
    }
}

fn unreadable_commands(
    error: &RestError,
    application: &Application,
    guild: serenity::model::id::GuildId,
) -> String {
    match error.status() {
        Some(403) => format!(
            "commands cannot be registered: the bot was invited without applications.commands; invite it again with {}",
            permissions::invite_link(application.id, Some(guild))
        ),
        _ => format!("the registered commands cannot be read: {error}"),
    }
}

fn fine(what: &str, text: String) -> Finding {
    finding(Level::Fine, what, text)
}

fn notice(what: &str, text: String) -> Finding {
    finding(Level::Notice, what, text)
}

fn problem(what: &str, text: String) -> Finding {
    finding(Level::Problem, what, text)
}

fn finding(level: Level, what: &str, text: String) -> Finding {
    Finding {
        level,
        what: what.to_owned(),
        text,
    }
}
