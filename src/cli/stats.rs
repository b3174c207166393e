//! `medic stats`: figures over what has happened, from the audit log. Works beside a running Medic.

mod calibration;
mod cost;
mod figures;

use super::Place;
use crate::config::Config;
use crate::domain::Record;
use crate::domain::Since;
use crate::reason::budget::{Spent, day};
use crate::store::embedded;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::{self, Write};

/// Figures over what has happened, from the audit log: how fast incidents are noticed and resolved,
/// how long questions wait, what heals. Works beside a running Medic.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct StatsArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only what began in this long: 30d, 12h. For the figures that are printed without a further
    /// word; without it, everything. The whole journal is read once, a batch at a time.
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Print JSON instead.
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
        None => figures::print(config, args.since, args.json, out)?,
        Some(Command::Cost) => cost::print(config, args.json, out)?,
        Some(Command::Calibration) => calibration::print(config, args.json, out)?,
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
