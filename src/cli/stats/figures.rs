//! `medic stats`: how the team does, each figure with its definition.

use crate::config::Config;
use crate::domain::{Since, WorkspaceId};
use crate::engine::stats::Stats;
use crate::engine::{Clock as _, SystemClock};
use crate::store::embedded;
use std::io::Write;

/// Computes them from the journal, one batch in memory at a time, and prints them.
///
/// # Errors
/// When the journal cannot be read or the output not be written.
pub(super) fn print(
    config: &Config,
    since: Option<Since>,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let since = since.and_then(|since| since.before(now));
    let dir = &config.store.dir;
    let workspace = &config.workspace;
    let stats = if dir.exists() {
        Stats::of(embedded::records(dir)?, workspace, since, now)?
    } else {
        Stats::of([], workspace, since, now)
            .unwrap_or_else(|never: std::convert::Infallible| match never {})
    };
    write(&stats, workspace, json, out)
}

fn write(
    stats: &Stats,
    workspace: &WorkspaceId,
    json: bool,
    mut out: impl Write,
) -> anyhow::Result<()> {
    if json {
        writeln!(out, "{}", serde_json::to_string(stats)?)?;
        return Ok(());
    }
    let since = stats.since.map_or_else(
        || "from the beginning".to_owned(),
        |since| format!("since {}", since.strftime("%Y-%m-%d %H:%M UTC")),
    );
    writeln!(
        out,
        "Workspace {workspace}, {since}: what began in that time, by {} records.\n",
        stats.records
    )?;
    for figure in &stats.figures {
        writeln!(out, "{}: {}", figure.name, figure.measured.in_words())?;
        writeln!(out, "  {}\n", figure.definition)?;
    }
    Ok(())
}
