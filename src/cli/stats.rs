//! `medic stats`: figures over what has happened, from the audit log. Works beside a running Medic.

mod calibration;
mod cost;

use super::Place;
use crate::config::Config;
use crate::domain::Record;
use crate::reason::budget::{Spent, day};
use crate::store::embedded;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::{self, Write};

/// Figures over what has happened, from the audit log. Works beside a running Medic.
#[derive(Args, Clone, Debug)]
pub struct StatsArgs {
    #[command(subcommand)]
    command: Command,
    /// Print JSON instead of a table.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// What models were asked, and what it cost.
    Cost,
    /// How often diagnoses were right, by how sure they were.
    Calibration,
}

/// Prints the figures.
///
/// # Errors
/// When config or store cannot be read.
pub fn run(args: &StatsArgs, place: &Place) -> anyhow::Result<bool> {
    run_with(args, &place.config()?, &mut io::stdout().lock())
}

/// The same with a config at hand, into any output.
///
/// # Errors
/// When the store cannot be read.
pub fn run_with(args: &StatsArgs, config: &Config, out: &mut dyn Write) -> anyhow::Result<bool> {
    match args.command {
        Command::Cost => cost::print(config, args.json, out)?,
        Command::Calibration => calibration::print(config, args.json, out)?,
    }
    Ok(true)
}

/// What models have used on the day of `now`, by the audit log.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn spent_today(config: &Config, now: Timestamp) -> anyhow::Result<Spent> {
    cost::spent_on(config, day(now))
}

/// Every record of a kind, oldest first; none where there is no store yet.
fn records(config: &Config, kind: &str) -> anyhow::Result<Vec<Record>> {
    let dir = &config.store.dir;
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for record in embedded::records(dir)? {
        let record = record?;
        if record.draft.kind == kind {
            found.push(record);
        }
    }
    Ok(found)
}
