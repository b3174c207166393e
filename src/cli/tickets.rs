//! Ticket files as the commands read them: one JSON object a line, a bad line reported and passed
//! over.

use crate::domain::{SourceName, Ticket, TicketId, WorkspaceId};
use crate::observe::intake::{self, Limits, SourceRules};
use anyhow::Context as _;
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// The tickets of a file, in its order, each numbered by its line. `-` reads standard input. The
/// second value is whether every line was good.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path, now: Timestamp) -> anyhow::Result<(Vec<Ticket>, bool)> {
    let input: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file =
            File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        Box::new(BufReader::new(file))
    };
    let rules = SourceRules {
        verified_merchants: true,
        ..SourceRules::new(WorkspaceId::new("file"), SourceName::new("file"))
    };
    let limits = Limits::default();
    let (mut tickets, mut good) = (Vec::new(), true);
    for (line, number) in input.split(b'\n').zip(1_u64..) {
        let line = line.with_context(|| format!("{} cannot be read further", path.display()))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let item = intake::parse_body("application/json", &line, &limits)
            .and_then(|mut items| items.pop().unwrap_or_else(|| Err(empty())))
            .and_then(|raw| intake::accept(raw, &rules, now));
        match item {
            Ok(draft) => tickets.push(draft.into_ticket(TicketId::new(number))),
            Err(problem) => {
                good = false;
                writeln!(io::stderr(), "{}:{number}: {problem}", path.display())?;
            }
        }
    }
    Ok((tickets, good))
}

fn empty() -> crate::domain::Problem {
    crate::domain::Problem::whole("empty", "there is no ticket on this line")
}
