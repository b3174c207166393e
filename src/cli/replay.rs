//! `medic replay`: ticket files through the detector.

mod scoring;
mod state;

use super::terminal::counted;
use crate::observe::detect::DetectOptions;
use crate::observe::replay::{Replay, Replayed};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use scoring::{Scored, Scoring};
use serde::Serialize;
use state::Progress;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Reads tickets in the order of time and tells which belong together. Uses the tickets' own
/// times, no network and no model.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ReplayArgs {
    /// Ticket files, one JSON object a line; `-` reads standard input.
    #[arg(required = true, value_name = "TICKETS.jsonl")]
    pub tickets: Vec<PathBuf>,
    /// Writes one line a ticket: {"ticket_id","pattern_id"}.
    #[arg(long, value_name = "FILE")]
    pub assignments: Option<PathBuf>,
    /// Writes one line an alert: {"pattern_id","at","ticket_ids","merchants","expected","reason"}.
    #[arg(long, value_name = "FILE")]
    pub alerts: Option<PathBuf>,
    /// Scores the assignment against these labels (ticket id, tab, label); with --assignments
    /// over all that the file holds, earlier runs included.
    #[arg(long, value_name = "FILE.tsv")]
    pub labels: Option<PathBuf>,
    /// Keeps the state here: a stopped run goes on where it was, and a later file is read with
    /// what the earlier ones taught.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Prints the result as one JSON line.
    #[arg(long)]
    pub json: bool,
}

/// What a run did.
#[derive(Default, Serialize)]
struct Summary {
    tickets: u64,
    patterns: usize,
    alerts: u64,
    bad_lines: u64,
    stopped: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    scored: Option<Scored>,
}

/// Lines longer than this are refused without being held in memory.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// The state is stored each time so many lines are done, so that a run that was killed does not
/// start anew.
const CHECKPOINT_LINES: u64 = 100_000;

struct Run<'a> {
    args: &'a ReplayArgs,
    replay: Replay,
    progress: Progress,
    assignments: Option<File>,
    alerts: Option<File>,
    scoring: Option<Scoring>,
    patterns: std::collections::BTreeSet<u64>,
    /// Files of which an earlier run had read all.
    read_before: Vec<&'a Path>,
    summary: Summary,
}

/// Carries the command out. `stop` ends it after the current line, with the state stored.
///
/// # Errors
/// When a file cannot be read or written, or the state file is not one of this version.
pub fn run(
    args: &ReplayArgs,
    options: DetectOptions,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let (progress, replay) = state::start(args.state.as_deref(), options)?;
    let scoring = args.labels.as_deref();
    let scoring = scoring.map(|labels| Scoring::new(labels, replay.ids()));
    let mut run = Run {
        assignments: open_output(args.assignments.as_deref(), &progress)?,
        alerts: open_output(args.alerts.as_deref(), &progress)?,
        args,
        replay,
        progress,
        scoring: scoring.transpose()?,
        patterns: Default::default(),
        read_before: Vec::new(),
        summary: Summary::default(),
    };
    for path in &args.tickets {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        run.file(path, stop)?;
    }
    run.summary.stopped = stop.load(Ordering::Relaxed);
    run.store()?;
    run.report(out)
}

impl<'a> Run<'a> {
    fn file(&mut self, path: &'a Path, stop: &AtomicBool) -> anyhow::Result<()> {
        let standard = path.as_os_str() == "-";
        let (mut input, length): (Box<dyn BufRead>, u64) = if standard {
            (Box::new(BufReader::new(io::stdin())), 0)
        } else {
            let file =
                File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
            let length = file.metadata().map(|data| data.len()).unwrap_or(0);
            (Box::new(BufReader::with_capacity(1 << 16, file)), length)
        };
        let done = if standard {
            0
        } else {
            self.progress.inputs.get(path).copied().unwrap_or(0)
        };
        let bar = progress_bar(path, length);
        let mut line = Vec::new();
        let (mut number, mut position) = (0, 0);
        while !stop.load(Ordering::Relaxed) {
            let read = read_line(&mut input, &mut line).with_context(|| {
                format!(
                    "{} cannot be read further (line {})",
                    path.display(),
                    number + 1
                )
            })?;
            if read == 0 {
                break;
            }
            number += 1;
            position += read;
            if number <= done {
                continue;
            }
            self.line(path, number, read, &line)?;
            if !standard {
                self.progress.inputs.insert(path.to_owned(), number);
            }
            if number % 512 == 0 {
                bar.set_position(position);
            }
            if number % CHECKPOINT_LINES == 0 {
                self.store()?;
            }
        }
        bar.finish_and_clear();
        if done > 0 && number <= done && !stop.load(Ordering::Relaxed) {
            self.read_before.push(path);
        }
        Ok(())
    }

    fn line(&mut self, path: &Path, number: u64, read: u64, line: &[u8]) -> anyhow::Result<()> {
        let fed = if read > MAX_LINE_BYTES {
            Err(format!(
                "the line is longer than {MAX_LINE_BYTES} bytes: a ticket may have 65,536"
            ))
        } else {
            match std::str::from_utf8(line) {
                Ok(text) => self
                    .replay
                    .feed(text)
                    .map_err(|problem| problem.to_string()),
                Err(error) => Err(format!(
                    "not UTF-8 from byte {} on",
                    error.valid_up_to() + 1
                )),
            }
        };
        match fed {
            Ok(Some(replayed)) => self.take(replayed),
            Ok(None) => Ok(()),
            Err(problem) => {
                self.summary.bad_lines += 1;
                writeln!(io::stderr(), "{}:{number}: {problem}", path.display())?;
                Ok(())
            }
        }
    }

    fn take(&mut self, replayed: Replayed) -> anyhow::Result<()> {
        self.summary.tickets += 1;
        self.patterns
            .extend(replayed.pattern.map(|pattern| pattern.number()));
        if let Some(file) = &mut self.assignments {
            write_line(file, &replayed.assignment).context("the assignments cannot be written")?;
        }
        if let Some(alert) = &replayed.alert {
            self.summary.alerts += 1;
            if let Some(file) = &mut self.alerts {
                write_line(file, alert).context("the alerts cannot be written")?;
            }
        }
        if let Some(scoring) = &mut self.scoring {
            let pattern = replayed.pattern.map(|pattern| pattern.to_string());
            scoring.note(&replayed.ticket_id, pattern);
        }
        Ok(())
    }

    fn store(&mut self) -> anyhow::Result<()> {
        let Some(path) = &self.args.state else {
            return Ok(());
        };
        let outputs = [
            (&self.args.assignments, &mut self.assignments),
            (&self.args.alerts, &mut self.alerts),
        ];
        for (name, file) in outputs {
            if let (Some(name), Some(file)) = (name, file) {
                self.progress
                    .outputs
                    .insert(name.clone(), file.stream_position()?);
            }
        }
        state::store(path, &self.progress, &self.replay)
    }

    fn report(mut self, out: &mut dyn Write) -> anyhow::Result<bool> {
        self.summary.patterns = self.patterns.len();
        let assignments = self.args.assignments.as_deref();
        let scored = self.scoring.take().map(|all| all.scored(assignments));
        self.summary.scored = scored.transpose()?;
        let summary = &self.summary;
        if self.args.json {
            writeln!(out, "{}", serde_json::to_string(summary)?)?;
        } else {
            writeln!(
                out,
                "{}, {}, {}",
                counted(summary.tickets, "ticket"),
                counted(summary.patterns as u64, "pattern"),
                counted(summary.alerts, "alert")
            )?;
            for path in &self.read_before {
                let path = path.display();
                writeln!(
                    out,
                    "everything in {path} was read by an earlier run with this --state"
                )?;
            }
            if let Some(scored) = &summary.scored {
                scored.write(out)?;
            }
            if summary.bad_lines > 0 {
                let were = if summary.bad_lines == 1 {
                    "line was no ticket"
                } else {
                    "lines were no tickets"
                };
                writeln!(out, "{} {were} (see above)", summary.bad_lines)?;
            }
            if summary.stopped {
                writeln!(
                    out,
                    "stopped; the same command with the same --state goes on"
                )?;
            }
        }
        Ok(summary.bad_lines == 0 && !summary.stopped)
    }
}

/// Opens an output: where the state knows it, what was written after the state was stored is cut
/// off, so that every line stands there once.
fn open_output(path: Option<&Path>, progress: &Progress) -> anyhow::Result<Option<File>> {
    let Some(path) = path else {
        return Ok(None);
    };
    let known = progress.outputs.get(path).copied();
    let open = || -> io::Result<File> {
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(known.is_none())
            .open(path)?;
        if let Some(bytes) = known {
            let bytes = bytes.min(file.metadata()?.len());
            file.set_len(bytes)?;
            file.seek(SeekFrom::Start(bytes))?;
        }
        Ok(file)
    };
    open()
        .map(Some)
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn write_line(file: &mut File, line: &str) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(line.len() + 1);
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    file.write_all(&bytes)
}

/// Reads up to the next line break; of a line that is too long only the start is kept. Answers
/// how many bytes the line has, 0 at the end.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let mut read = (&mut *input)
        .take(MAX_LINE_BYTES + 1)
        .read_until(b'\n', line)? as u64;
    if read > MAX_LINE_BYTES && line.last() != Some(&b'\n') {
        loop {
            let held = input.fill_buf()?;
            if held.is_empty() {
                break;
            }
            let end = held.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(held.len(), |at| at + 1);
            input.consume(used);
            read += used as u64;
            if end.is_some() {
                break;
            }
        }
    }
    Ok(read)
}

fn progress_bar(path: &Path, length: u64) -> ProgressBar {
    let bar = if length == 0 {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::new(length)
    };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(path.display().to_string());
    bar
}
