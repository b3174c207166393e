//! Records as a file that somebody takes away.

use super::{Head, RecordFilter, write_record};
use crate::domain::{Record, write_canonical_object};
use std::io::{self, Write};

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One record a line. Where a filter leaves records out, a line
    /// `{"skipped":{"seq":…,"prev":"…","hash":"…"}}` stands for each, so that `audit verify` can
    /// still follow the chain.
    Jsonl,
    /// A table for a spreadsheet, with a header line (RFC 4180). Cells that a spreadsheet would run
    /// as a formula begin with an apostrophe. It cannot be verified: keep the other form for that.
    Csv,
}

/// How much an export holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Records written.
    pub written: u64,
    /// Records the filter left out.
    pub skipped: u64,
}

/// An export broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError<E: std::error::Error + 'static> {
    /// The records could not be read.
    #[error(transparent)]
    Read(E),
    /// The output could not be written.
    #[error("cannot write the export: {0}")]
    Write(#[source] io::Error),
}

/// Writes the records that pass the filter, holding one at a time.
pub fn export<E: std::error::Error + 'static>(
    records: impl IntoIterator<Item = Result<Record, E>>,
    filter: &RecordFilter,
    format: Format,
    out: &mut impl Write,
) -> Result<Exported, ExportError<E>> {
    let mut done = Exported::default();
    let mut line = String::new();
    if format == Format::Csv {
        line.push_str(CSV_HEADER);
    }
    for record in records {
        let record = record.map_err(ExportError::Read)?;
        let passes = filter.passes(&record.draft);
        match format {
            Format::Jsonl if passes => write_record(&record, &mut line),
            Format::Jsonl => write_skipped(&record, &mut line),
            Format::Csv if passes => write_row(&record, &mut line),
            Format::Csv => {}
        }
        if passes {
            done.written += 1;
        } else {
            done.skipped += 1;
        }
        if passes || format == Format::Jsonl {
            line.push_str(if format == Format::Csv { "\r\n" } else { "\n" });
        }
        out.write_all(line.as_bytes()).map_err(ExportError::Write)?;
        line.clear();
    }
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .map_err(ExportError::Write)?;
    Ok(done)
}

fn write_skipped(record: &Record, out: &mut String) {
    let Head { seq, hash } = Head::at(record);
    out.push_str(&format!(
        "{{\"skipped\":{{\"seq\":{seq},\"prev\":\"{}\",\"hash\":\"{hash}\"}}}}",
        record.prev
    ));
}

const CSV_HEADER: &str =
    "seq,at,workspace,actor,kind,ticket,subject,plan,what,why,result,prev,hash\r\n";

fn write_row(record: &Record, out: &mut String) {
    fn text(value: Option<impl ToString>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    let draft = &record.draft;
    let json = |map: &serde_json::Map<_, _>| {
        let mut text = String::new();
        if !map.is_empty() {
            write_canonical_object(map, &mut text);
        }
        text
    };
    let cells = [
        record.seq.to_string(),
        draft.at.to_string(),
        draft.workspace.to_string(),
        draft.actor.to_string(),
        draft.kind.clone(),
        text(draft.ticket),
        text(draft.subject),
        text(draft.plan),
        draft.what.clone(),
        json(&draft.why),
        json(&draft.result),
        record.prev.to_string(),
        record.hash.to_string(),
    ];
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_cell(cell, out);
    }
}

/// Appends one cell. What begins a formula is the list of OWASP's "CSV injection".
fn write_cell(cell: &str, out: &mut String) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = formula || cell.contains([',', '"', '\r', '\n']);
    if !quoted {
        out.push_str(cell);
        return;
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&cell.replace('"', "\"\""));
    out.push('"');
}
