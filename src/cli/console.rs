//! `medic console login`: a sign-in link for a person of the config.

use super::Place;
use crate::app;
use crate::domain::PersonId;
use crate::engine::{Clock as _, SystemClock};
use crate::web;
use clap::{Args, Subcommand};
use std::io::Write as _;

/// The web console.
#[derive(Args, Clone, Debug)]
pub struct ConsoleArgs {
    #[command(subcommand)]
    command: ConsoleCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum ConsoleCommand {
    /// Print a link that signs one person in, once, within ten minutes.
    Login {
        /// Their id in the config: `[[people]] id`.
        person: String,
    },
}

/// Prints the link. Works while `medic run` holds the store, on the same machine and folder.
///
/// # Errors
/// When there is no such person, or the key cannot be read.
pub fn run(args: &ConsoleArgs, place: &Place) -> anyhow::Result<bool> {
    let ConsoleCommand::Login { person } = &args.command;
    let config = place.config()?;
    let Some(found) = config.people.iter().find(|p| p.id.as_str() == person) else {
        let known: Vec<&str> = config.people.iter().map(|p| p.id.as_str()).collect();
        anyhow::bail!(
            "there is no person {person:?} in the config; use one of: {}; or add [[people]]",
            known.join(", ")
        );
    };
    let workspace = found.workspace.as_ref().unwrap_or(&config.workspace);
    let secret = app::load_secret(&config.store.dir)?;
    let link = web::issue_login_link(
        &secret.login_key(),
        &app::configured_origin(&config)?,
        workspace,
        &PersonId::new(person.as_str()),
        SystemClock.now(),
        web::LOGIN_LINK_VALID,
    )?;
    writeln!(std::io::stdout(), "{link}")?;
    Ok(true)
}
