//! `medic patterns`: why tickets are grouped as they are.

use super::Place;
use super::terminal::{self, counted, to_the_second};
use crate::app;
use crate::config::Config;
use crate::domain::WorkspaceId;
use crate::engine::{Explained, explain};
use anyhow::bail;
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;

/// Look at how tickets were grouped. Works beside a running Medic.
#[derive(Args, Clone, Debug)]
pub struct PatternsArgs {
    #[command(subcommand)]
    command: Command,
    /// The store's directory; without it, that of the config.
    #[arg(long, global = true, value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// Why a ticket is where it is, and what is known of its pattern.
    Explain {
        /// A ticket T-12 (or its own id at its source), a pattern P-7, an incident INC-4 or a case
        /// CASE-3.
        #[arg(value_name = "TICKET|PATTERN")]
        what: String,
        /// Of this workspace, if there are several.
        #[arg(long)]
        workspace: Option<String>,
        /// Prints it as one JSON line.
        #[arg(long)]
        json: bool,
    },
}

/// Carries the command out.
///
/// # Errors
/// When the store cannot be read, or does not know what is asked about.
pub fn run(args: &PatternsArgs, place: &Place) -> anyhow::Result<bool> {
    let width = terminal::width();
    run_with(args, place.config()?, width, &mut io::stdout().lock())
}

/// The same with the config at hand, into any output of this width.
///
/// # Errors
/// As above, and when the output cannot be written.
pub fn run_with(
    args: &PatternsArgs,
    mut config: Config,
    width: usize,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    if let Some(dir) = &args.store {
        config.store.dir.clone_from(dir);
    }
    let Command::Explain {
        what,
        workspace,
        json,
    } = &args.command;
    let dir = &config.store.dir;
    if !dir.is_dir() {
        bail!(
            "there is no store in {}; give its directory with --store, or as [store] dir in config.toml",
            dir.display()
        );
    }
    let workspace = workspace
        .as_ref()
        .map_or_else(|| config.workspace.clone(), WorkspaceId::new);
    let (store, mut detector) = app::beside(&config, &workspace)?;
    let Some(told) = explain(&store, &workspace, &mut detector, what)? else {
        bail!(
            "workspace {workspace} has no {what:?}; name a ticket like T-12 or by its own id, a \
             pattern like P-7, an incident like INC-4 or a case like CASE-3"
        );
    };
    if *json {
        serde_json::to_writer(&mut *out, &told)?;
        writeln!(out)?;
    } else {
        out.write_all(in_words(&told, width).as_bytes())?;
    }
    Ok(true)
}

/// What is told, for a terminal of this width. Nothing in a ticket's text steers it.
pub fn in_words(told: &Explained, width: usize) -> String {
    let mut lines = Vec::new();
    if let Some(placed) = &told.placed {
        let place = match (placed.into, told.pattern) {
            (None, _) => "belongs to no pattern".to_owned(),
            (Some(then), Some(now)) if then != now && placed.moved.is_none() => {
                format!("was put into {then}, which is part of {now} now")
            }
            (Some(then), _) => format!("was put into {then}"),
        };
        lines.push(format!("{} {place}: {}", placed.ticket, placed.reason));
        if let (Some(moved), Some(now)) = (&placed.moved, told.pattern) {
            let at = to_the_second(moved.at);
            lines.push(format!("  it is in {now} now: {} ({at})", moved.reason));
        }
    }
    if let Some(pattern) = told.pattern {
        lines.push(format!("{pattern} \u{201c}{}\u{201d}", told.label));
        let last = told.last.map_or_else(String::new, |at| {
            format!(", the newest of {}", to_the_second(at))
        });
        lines.push(format!(
            "  {} of {}{last}",
            counted(told.tickets as u64, "ticket"),
            counted(told.merchants as u64, "merchant")
        ));
        if let Some(signature) = &told.signature {
            lines.push(format!("  error signature {signature}"));
        }
        if !told.in_memory {
            lines.push("  aged out: a new ticket of it starts a new pattern".to_owned());
        }
    }
    for (incident, at, alert) in &told.alerts {
        let at = to_the_second(*at);
        lines.push(format!("  {incident} alerted at {at}: {alert}"));
    }
    for said in &told.corrections {
        lines.push(format!("  a person: {said}"));
    }
    lines.push(if told.near.is_empty() {
        "nothing else is like it".to_owned()
    } else {
        "most like it otherwise:".to_owned()
    });
    for (pattern, label, why) in &told.near {
        lines.push(format!("  {pattern} \u{201c}{label}\u{201d}: {why}"));
    }
    lines
        .iter()
        .map(|line| terminal::wrapped(line, width) + "\n")
        .collect()
}
