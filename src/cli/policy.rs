//! `medic policy`: what other rules would have decided, and why these decided as they did.

mod explain;
mod history;
mod test;

use super::Place;
use crate::config::Config;
use crate::domain::{Since, SubjectId, WorkspaceId};
use clap::{Args, Subcommand};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Try rules on what has happened, and see why Medic decided as it did. Works beside a running
/// Medic and changes nothing.
#[derive(Args, Clone, Debug)]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: Command,
    /// The store's directory; without it, that of the config.
    #[arg(long, global = true, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The workspace; without it, the config's first.
    #[arg(long, global = true, value_name = "ID")]
    workspace: Option<String>,
    /// One JSON object a line instead.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// Decides everything recorded again, under the rules of another config, and lists what would
    /// differ. Exit code 1 where the recorded rules themselves do not give what was recorded.
    Test {
        /// The config with the other rules; it only has to hold what differs from the built-in one.
        #[arg(value_name = "NEW.toml")]
        file: PathBuf,
        /// Only decisions of this long: 30d, 12h.
        #[arg(long, value_name = "TIME")]
        since: Option<Since>,
    },
    /// Which rule decided about an incident or a case, and on which facts.
    Explain {
        /// INC-42 or CASE-7.
        #[arg(value_name = "INC-42|CASE-7")]
        subject: SubjectId,
    },
}

/// Runs the command; `false` where a recorded decision cannot be reproduced.
///
/// # Errors
/// Where a config or the store cannot be read, with the place and the way out.
pub fn run(args: &PolicyArgs, place: &Place) -> anyhow::Result<bool> {
    let config = place.config()?;
    let other = |path: &Path| place.other_config(path);
    run_with(args, &config, other, io::stdout().lock())
}

/// As [`run`], with the config in force, and how another is read.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    args: &PolicyArgs,
    config: &Config,
    other: impl FnOnce(&Path) -> anyhow::Result<Config>,
    out: impl Write,
) -> anyhow::Result<bool> {
    let mut out = BufWriter::new(out);
    let store = args.store.as_ref().unwrap_or(&config.store.dir);
    let workspace = match &args.workspace {
        Some(id) => WorkspaceId::new(id.as_str()),
        None => config.workspace.clone(),
    };
    let history = history::read(store, &workspace)?;
    let good = match &args.command {
        Command::Test { file, since } => {
            let new = other(file)?;
            let policy = new.governance(&new.workspace).policy;
            // Counted back from the newest decision, so that the same journal gives the same answer.
            let from = since
                .zip(history.newest())
                .and_then(|(since, newest)| since.before(newest));
            test::run(&history, &policy, from, args.json, &mut out)?
        }
        Command::Explain { subject } => {
            let policy = config.governance(&workspace).policy;
            explain::run(&history, &policy, *subject, args.json, &mut out)?;
            true
        }
    };
    out.flush()?;
    Ok(good)
}
