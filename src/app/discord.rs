//! The Discord surface, from the config; and what it needs of the whole application.

use super::{Secret, action_problems};
use crate::config::{Config, Level as ConfigLevel};
use crate::decide::ApprovalRules;
use crate::discord::commands;
use crate::discord::doctor::{Examination, Quorum};
use crate::discord::extras::{Extras, Finding, Level};
use crate::discord::people::{KnownPerson, People};
use crate::discord::rest::{ApiBase, Deadlines, Rest};
use crate::discord::serve::{Hold, Serving, Setup};
use crate::domain::ports::LateChat;
use crate::domain::{Person, Risk, Since, WorkspaceId};
use crate::engine::Clock;
use crate::engine::handle::{Handle, Redecided};
use crate::web::{self, Origin};
use anyhow::Context as _;
use std::pin::Pin;
use std::sync::Arc;

/// Calls to the Discord of this config; none while it is not set up.
///
/// # Errors
/// When `DISCORD_API_BASE` or the token cannot be used, with the way out.
pub fn rest(config: &Config) -> anyhow::Result<Option<Rest>> {
    let Some(setup) = config.discord_setup() else {
        return Ok(None);
    };
    let base = match setup.api_base {
        Some(text) => {
            ApiBase::parse(text).map_err(|why| anyhow::anyhow!("DISCORD_API_BASE: {why}"))?
        }
        None => ApiBase::default(),
    };
    Ok(Some(
        Rest::new(setup.token, base, Deadlines::default()).context("Discord")?,
    ))
}

/// Begins to serve Discord; none while it is not set up.
///
/// # Errors
/// As [`rest`].
pub(super) fn start(
    config: Config,
    handle: Handle,
    chat: &Arc<LateChat>,
    clock: &Arc<dyn Clock>,
    secret: Secret,
    origin: Origin,
) -> anyhow::Result<Option<Serving>> {
    let Some(rest) = rest(&config)? else {
        return Ok(None);
    };
    let Some(setup) = config.discord_setup() else {
        return Ok(None);
    };
    let Some(guild) = setup.options.guild_id else {
        return Ok(None);
    };
    let options = Arc::new(setup.options.clone());
    let token = setup.token.clone();
    let workspace = options
        .workspace
        .clone()
        .unwrap_or_else(|| config.workspace.clone());
    let people = Arc::new(People::new(known(&config, &workspace), &options));
    let extras = Arc::new(Whole {
        config,
        handle: handle.clone(),
        rest: rest.clone(),
        clock: Arc::clone(clock),
        secret,
        origin,
    });
    Ok(Some(Serving::start(Setup {
        handle,
        options,
        guild,
        workspace,
        people,
        token,
        rest,
        extras,
        chat: Arc::clone(chat),
        hold: Hold::Apart,
    })))
}

/// Everyone of the workspace with a Discord user.
fn known(config: &Config, workspace: &WorkspaceId) -> Vec<KnownPerson> {
    config
        .people
        .iter()
        .filter(|person| person.workspace.as_ref() == Some(workspace))
        .filter_map(|person| {
            let user: std::num::NonZeroU64 = person.discord_id.as_ref()?.parse().ok()?;
            Some(KnownPerson {
                user: user.into(),
                id: person.id.clone(),
                name: person.name.clone(),
                roles: person.roles.clone(),
            })
        })
        .collect()
}

/// What Discord itself says about the config.
pub async fn examine(config: &Config, rest: &Rest, now: jiff::Timestamp) -> Vec<Finding> {
    let options = &config.discord.options;
    let workspace = options.workspace.as_ref().unwrap_or(&config.workspace);
    let governance = config.governance(workspace);
    let quorums: Vec<Quorum> = [Risk::Low, Risk::Medium, Risk::High, Risk::Critical]
        .into_iter()
        .map(|risk| quorum(&governance.approval, &governance.people, risk))
        .collect();
    let commands: Vec<&str> = commands::ALL.iter().map(|command| command.name).collect();
    Examination {
        rest,
        options,
        quorums: &quorums,
        commands: &commands,
        now,
    }
    .findings()
    .await
}

fn quorum(approval: &ApprovalRules, people: &crate::decide::People, risk: Risk) -> Quorum {
    let rule = approval.at(risk);
    Quorum {
        risk: risk.to_string(),
        roles: rule.roles.clone(),
        escalate_to: rule.escalate_to.clone(),
        need: usize::try_from(rule.quorum)
            .unwrap_or(usize::MAX)
            .max(if risk == Risk::Critical { 2 } else { 1 }),
        configured: people.holders(&rule.roles, &rule.people),
    }
}

struct Whole {
    config: Config,
    handle: Handle,
    rest: Rest,
    clock: Arc<dyn Clock>,
    secret: Secret,
    origin: Origin,
}

impl Extras for Whole {
    fn login_link(&self, workspace: &WorkspaceId, person: &Person) -> Result<String, String> {
        if !self.config.people.iter().any(|one| one.id == person.id) {
            return Err(
                "The console knows only people of the config: have an entry with your discord_id added to [[people]] in config.toml."
                    .to_owned(),
            );
        }
        web::issue_login_link(
            &self.secret.login_key(),
            &self.origin,
            workspace,
            &person.id,
            self.clock.now(),
            web::LOGIN_LINK_VALID,
        )
        .map_err(|error| error.to_string())
    }

    fn try_rules(
        &self,
        workspace: &WorkspaceId,
        rules: &str,
        since: Option<Since>,
    ) -> Result<Redecided, String> {
        let policy = self.config.try_rules(rules)?;
        self.handle
            .redecided(workspace, &policy, since)
            .map_err(|error| format!("the store cannot be read: {error}"))
    }

    fn doctor(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>> {
        Box::pin(async {
            let mut found: Vec<Finding> = self
                .config
                .findings()
                .into_iter()
                .map(|finding| Finding {
                    level: match finding.level {
                        ConfigLevel::Notice => Level::Notice,
                        ConfigLevel::Problem => Level::Problem,
                    },
                    what: finding.key,
                    text: finding.text,
                })
                .collect();
            found.push(match self.handle.ready() {
                Ok(()) => finding(Level::Fine, "store", "it writes"),
                Err(why) => finding(Level::Problem, "store", &why),
            });
            match action_problems(&self.config, &self.clock) {
                Ok(problems) if problems.is_empty() => {
                    found.push(finding(
                        Level::Fine,
                        "actions",
                        "every action that is set up can be carried out",
                    ));
                }
                Ok(problems) => found.extend(
                    problems
                        .iter()
                        .map(|text| finding(Level::Notice, "actions", text)),
                ),
                Err(error) => {
                    found.push(finding(Level::Problem, "endpoints", &format!("{error:#}")));
                }
            }
            found.extend(examine(&self.config, &self.rest, self.clock.now()).await);
            found
        })
    }
}

fn finding(level: Level, what: &str, text: &str) -> Finding {
    Finding {
        level,
        what: what.to_owned(),
        text: text.to_owned(),
    }
}
