//! `medic invite`: the link that adds the bot to a Discord server.

use super::Place;
use crate::app;
use crate::config::Config;
use crate::discord::permissions::{ApplicationId, invite_link};
use clap::Args;
use std::io::{self, Write};
use std::num::NonZeroU64;

/// Print the link that adds the bot to your Discord server, with exactly the permissions it uses.
#[derive(Args, Clone, Debug)]
pub struct InviteArgs {
    /// The application's id (Developer Portal, General Information); asked of Discord if left out.
    #[arg(long, value_name = "ID")]
    application: Option<NonZeroU64>,
}

/// Prints the link.
///
/// # Errors
/// When Discord is not set up, or does not say which application the token belongs to.
pub fn run(args: &InviteArgs, place: &Place) -> anyhow::Result<bool> {
    run_with(args, &place.config()?, &mut io::stdout())
}

/// The same with the config at hand, into any output.
///
/// # Errors
/// As above, and when the output cannot be written.
pub fn run_with(args: &InviteArgs, config: &Config, out: &mut dyn Write) -> anyhow::Result<bool> {
    let application = match args.application {
        Some(id) => ApplicationId::from(id),
        None => asked(config)?,
    };
    let link = invite_link(application, config.discord.options.guild_id);
    writeln!(out, "{link}")?;
    Ok(true)
}

fn asked(config: &Config) -> anyhow::Result<ApplicationId> {
    let Some(rest) = app::discord::rest(config)? else {
        anyhow::bail!(
            "set DISCORD_TOKEN and discord.guild_id first, or give --application with the \
             application's id"
        );
    };
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(rest.application())?.id)
}
