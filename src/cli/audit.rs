//! `medic audit`: what was done, by whom, why; and whether the record of it is whole.

mod print;
mod verify;

use super::Place;
use crate::audit::{Format, RecordFilter, export, write_record};
use crate::domain::{PlanId, Record, SubjectId, TicketId, WorkspaceId};
use crate::store::{StoreError, embedded};
use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Look at the audit log, take it away, and check it. Works beside a running Medic.
#[derive(Args, Clone, Debug)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: Command,
    /// The store's directory; without it, that of the config.
    #[arg(long, global = true, value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// The newest records first, two lines each.
    List {
        #[command(flatten)]
        filters: Filters,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 30)]
        limit: usize,
        /// One JSON object a line instead.
        #[arg(long)]
        json: bool,
    },
    /// One record, or all of an incident, a case, a plan or a ticket, oldest first and in full.
    Show {
        /// A record's number, or an id such as INC-4, CASE-2, PLAN-17 or T-12.
        #[arg(value_name = "NUMBER|ID")]
        what: Shown,
        /// Only of this workspace.
        #[arg(long)]
        workspace: Option<String>,
        /// One JSON object a line instead.
        #[arg(long)]
        json: bool,
    },
    /// All records, oldest first, to standard output. A filtered export carries the hashes of what
    /// it leaves out, so that it can be verified too.
    Export {
        #[command(flatten)]
        filters: Filters,
        /// `jsonl` can be verified; `csv` is for a spreadsheet.
        #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
        format: ExportFormat,
    },
    /// Whether the chain of an export or of a journal is whole. Exit code 1 where it is not.
    Verify {
        /// An export, a journal file, a store's directory, or `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The head as posted to the audit channel (discord.audit_channel). Without one, a log that was cut off at its end
        /// looks whole, and the answer says "unanchored".
        #[arg(long, value_name = "HASH")]
        head: Option<crate::domain::Digest>,
        /// One JSON object instead.
        #[arg(long)]
        json: bool,
    },
}

/// Which records.
#[derive(Args, Clone, Debug)]
struct Filters {
    /// At or after this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Of this kind or below it: `plan` finds `plan.approved` too.
    #[arg(long)]
    kind: Option<String>,
    /// About this incident or case.
    #[arg(long, value_name = "INC-4|CASE-2")]
    subject: Option<SubjectId>,
    /// About this plan.
    #[arg(long, value_name = "PLAN-17")]
    plan: Option<PlanId>,
    /// About this ticket.
    #[arg(long, value_name = "T-12")]
    ticket: Option<TicketId>,
    /// By this person (id or name), this source, or `medic`.
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// With these words in it.
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Of this workspace.
    #[arg(long)]
    workspace: Option<String>,
}

impl From<&Filters> for RecordFilter {
    fn from(filters: &Filters) -> Self {
        let Filters {
            since,
            until,
            kind,
            subject,
            plan,
            ticket,
            actor,
            text,
            workspace,
        } = filters.clone();
        Self {
            workspace: workspace.map(WorkspaceId::new),
            since,
            until,
            kind,
            subject,
            ticket,
            plan,
            actor,
            text,
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum ExportFormat {
    Jsonl,
    Csv,
}

/// What `show` shows.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Record(u64),
    Subject(SubjectId),
    Plan(PlanId),
    Ticket(TicketId),
}

impl std::str::FromStr for Shown {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "{text:?} is neither a record's number nor an id such as INC-4, CASE-2, PLAN-17 or T-12"
            )
        };
        let kind = text
            .split_once('-')
            .map(|(kind, _)| kind.to_ascii_uppercase());
        match kind.as_deref() {
            None => text.parse().map(Self::Record).map_err(|_| unknown()),
            Some("INC" | "CASE") => text.parse().map(Self::Subject).map_err(|_| unknown()),
            Some("PLAN") => text.parse().map(Self::Plan).map_err(|_| unknown()),
            Some("T") => text.parse().map(Self::Ticket).map_err(|_| unknown()),
            Some(_) => Err(unknown()),
        }
    }
}

/// Runs the command; `false` where a chain is broken.
///
/// # Errors
/// Where config, store, a file or the output cannot be read or written, with the place and the way
/// out.
pub fn run(args: &AuditArgs, place: &Place) -> anyhow::Result<bool> {
    let store = || Ok(place.config()?.store.dir);
    run_with(args, store, io::stdout().lock(), io::stderr())
}

/// As [`run`], with `store` to tell the directory of the config's store if it is needed: a file is
/// verified without any config.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    args: &AuditArgs,
    store: impl FnOnce() -> anyhow::Result<PathBuf>,
    out: impl Write,
    mut err: impl Write,
) -> anyhow::Result<bool> {
    let store = || args.store.clone().map_or_else(store, Ok);
    let mut out = BufWriter::new(out);
    let good = match &args.command {
        Command::List {
            filters,
            limit,
            json,
        } => list(&store()?, &filters.into(), *limit, *json, &mut out).map(|()| true),
        Command::Show {
            what,
            workspace,
            json,
        } => show(&store()?, *what, workspace.clone(), *json, &mut out).map(|()| true),
        Command::Export { filters, format } => {
            export_all(&store()?, &filters.into(), *format, &mut out, &mut err).map(|()| true)
        }
        Command::Verify { file, head, json } => verify::run(file, *head, *json, &mut out),
    }?;
    out.flush()?;
    Ok(good)
}

fn records(
    store: &Path,
) -> anyhow::Result<impl Iterator<Item = Result<Record, StoreError>> + use<>> {
    if !store.is_dir() {
        bail!(
            "there is no store in {}; give its directory with --store, or as [store] dir in config.toml",
            store.display()
        );
    }
    Ok(embedded::records(store)?)
}

fn list(
    store: &Path,
    filter: &RecordFilter,
    limit: usize,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut newest = VecDeque::new();
    let (mut all, mut passing) = (0_u64, 0_u64);
    for record in records(store)? {
        let record = record?;
        all += 1;
        if filter.passes(&record.draft) {
            passing += 1;
            newest.push_back(record);
            if newest.len() > limit {
                newest.pop_front();
            }
        }
    }
    let shown = newest.len() as u64;
    let newest = newest.into_iter().rev();
    if json {
        return newest
            .into_iter()
            .try_for_each(|record| json_line(&record, out));
    }
    let mut day = None;
    for record in newest {
        print::in_brief(&record, &mut day, out)?;
    }
    writeln!(out, "{}", print::how_many(shown, passing, all))?;
    Ok(())
}

fn show(
    store: &Path,
    what: Shown,
    workspace: Option<String>,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut filter = RecordFilter {
        workspace: workspace.map(WorkspaceId::new),
        ..Default::default()
    };
    let mut number = None;
    match what {
        Shown::Record(seq) => number = Some(seq),
        Shown::Subject(id) => filter.subject = Some(id),
        Shown::Plan(id) => filter.plan = Some(id),
        Shown::Ticket(id) => filter.ticket = Some(id),
    }
    let (mut shown, mut last) = (0_u64, 0);
    for record in records(store)? {
        let record = record?;
        last = record.seq;
        if number.is_some_and(|number| number != record.seq) || !filter.passes(&record.draft) {
            continue;
        }
        if json {
            json_line(&record, out)?;
        } else {
            if shown > 0 {
                writeln!(out)?;
            }
            print::in_full(&record, out)?;
        }
        shown += 1;
    }
    match (shown, what) {
        (0, Shown::Record(seq)) => bail!("there is no record {seq}; the last one is {last}"),
        (0, Shown::Subject(id)) => bail!("no record is about {id}"),
        (0, Shown::Plan(id)) => bail!("no record is about {id}"),
        (0, Shown::Ticket(id)) => bail!("no record is about {id}"),
        _ => Ok(()),
    }
}

fn export_all(
    store: &Path,
    filter: &RecordFilter,
    format: ExportFormat,
    out: &mut impl Write,
    err: &mut impl Write,
) -> anyhow::Result<()> {
    let csv = matches!(format, ExportFormat::Csv);
    let format = if csv { Format::Csv } else { Format::Jsonl };
    let done = export(records(store)?, filter, format, out)?;
    if done.skipped > 0 {
        let left = if csv {
            "left out"
        } else {
            "left out, their hashes are in"
        };
        writeln!(err, "{} records, {} {left}", done.written, done.skipped)?;
    }
    Ok(())
}

fn json_line(record: &Record, out: &mut impl Write) -> anyhow::Result<()> {
    let mut line = String::new();
    write_record(record, &mut line);
    Ok(writeln!(out, "{line}")?)
}
