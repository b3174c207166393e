//! `medic generate`: tickets to try things out and to measure them.

use crate::generate::{Options, Scenario, stream};
use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

/// Write generated tickets to standard output, one JSON object a line, in order of time.
///
/// The same options give the same bytes on every machine. Scenarios: `steady` (the seven error
/// types at their own rates, no incident), `surge` (background and about one incident a day),
/// `demo` (one morning with four incidents and one loud merchant).
#[derive(Args, Clone, Debug)]
pub struct GenerateArgs {
    /// How many tickets; the demo's morning has 200 and no more.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u64,
    /// Another seed, another stream.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// `steady`, `surge` or `demo`.
    #[arg(long, value_name = "NAME", default_value_t)]
    scenario: Scenario,
    /// Also write the truth here, tab-separated: ticket id, pattern, incident, root cause.
    #[arg(long, value_name = "FILE.tsv")]
    labels: Option<PathBuf>,
    /// When the stream starts (RFC 3339); the demo is on the morning of this day.
    #[arg(long, value_name = "TIME", default_value = Options::DEFAULT_START)]
    start: Timestamp,
}

/// Writes the tickets to `out`.
///
/// # Errors
/// Where the tickets or the labels cannot be written.
pub fn run(args: &GenerateArgs, out: impl Write) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    let mut labels = args.labels.as_deref().map(Labels::create).transpose()?;
    let progress = progress(args.count);
    let options = Options {
        scenario: args.scenario,
        count: args.count,
        seed: args.seed,
        start: args.start,
    };
    for generated in stream(options) {
        writeln!(out, "{}", generated.ticket.to_line())?;
        // A repeat has its label already.
        if let (Some(labels), false) = (&mut labels, generated.repeat) {
            labels.line(&[
                &generated.ticket.ticket_id,
                generated.pattern,
                generated.incident.as_deref().unwrap_or(""),
                generated.root_cause.as_str(),
            ])?;
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    out.flush()?;
    labels.map_or(Ok(()), Labels::finish)
}

/// The labels' file.
struct Labels<'a> {
    path: &'a Path,
    file: BufWriter<File>,
}

impl<'a> Labels<'a> {
    fn create(path: &'a Path) -> anyhow::Result<Self> {
        let file = File::create(path)
            .with_context(|| format!("cannot write the labels to {}", path.display()))?;
        let mut labels = Self {
            path,
            file: BufWriter::new(file),
        };
        labels.line(&["ticket_id", "pattern", "incident", "root_cause"])?;
        Ok(labels)
    }

    fn line(&mut self, columns: &[&str]) -> anyhow::Result<()> {
        writeln!(self.file, "{}", columns.join("\t"))
            .with_context(|| format!("cannot write the labels to {}", self.path.display()))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.file
            .flush()
            .with_context(|| format!("cannot write the labels to {}", self.path.display()))
    }
}

/// A bar on standard error for long work, where a person watches and the tickets go elsewhere.
fn progress(count: u64) -> ProgressBar {
    if count < 50_000 || std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr_with_hz(5));
    match ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} tickets, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
