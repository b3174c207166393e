//! The journal for somebody who does not hold the store: `medic audit` beside a running medic.

use super::journal;
use super::line::{self, LineError};
use super::pending::parse_record;
use super::reader::{Next, Position, Reader, files};
use crate::audit::{Broken, LineEnd, Verified, Verifier, VerifyError};
use crate::domain::{Digest, Record};
use crate::store::StoreError;
use crate::store::memory::MemoryStore;
use std::io::Read;
use std::path::Path;

/// Whether `path` is a store's directory or one file of a journal, rather than an export.
pub fn is_journal(path: &Path) -> bool {
    if path.is_dir() {
        return files(path).map_or(true, |files| !files.is_empty());
    }
    let mut start = Vec::new();
    let opened = std::fs::File::open(path);
    let read = opened.and_then(|file| file.take(5).read_to_end(&mut start));
    read.is_ok() && start == b"{\"v\":"
}

/// The records of the store in `dir`, oldest first, one batch in memory at a time. What another
/// process is just writing is left out.
pub fn records(
    dir: &Path,
) -> Result<impl Iterator<Item = Result<Record, StoreError>> + use<>, StoreError> {
    let mut reader = Reader::open(dir, Position::START)?;
    let mut batch = Vec::new().into_iter();
    let mut ended = false;
    Ok(std::iter::from_fn(move || {
        loop {
            if let Some(record) = batch.next() {
                return Some(Ok(record));
            }
            if ended {
                return None;
            }
            match next_batch(&mut reader) {
                Ok(Some(records)) => batch = records.into_iter(),
                Ok(None) => return None,
                Err(e) => {
                    ended = true;
                    return Some(Err(e));
                }
            }
        }
    }))
}

/// The rows of these tables in the store in `dir`, as they stand at the journal's end, and the
/// records of this kind: for a look beside a running Medic. Holds them all in memory.
pub fn tables(dir: &Path, tables: &[&str], kind: &str) -> Result<MemoryStore, StoreError> {
    let store = MemoryStore::new();
    let named = format!("\"{kind}\"");
    journal::replay(dir, Position::START, None, |batch| {
        let texts = batch.records().filter(|text| text.contains(&named));
        let mut records: Vec<Record> = texts.flat_map(parse_record).collect();
        records.retain(|record| record.draft.kind == kind);
        let wanted = batch.changes.into_iter().filter(|change| {
            let table = change.key.as_str().split('/').nth(1).unwrap_or_default();
            tables.contains(&table)
        });
        store.apply(wanted.collect(), records);
        Ok(())
    })?;
    Ok(store)
}

fn next_batch(reader: &mut Reader) -> Result<Option<Vec<Record>>, StoreError> {
    let Next::Batch(_, start) = reader.next()? else {
        return Ok(None);
    };
    let body = line::body(reader.line(), start)
        .ok_or_else(|| reader.damaged("its records or changes cannot be read"))?;
    let records: Result<Vec<_>, _> = body.records.iter().map(|text| parse_record(text)).collect();
    records.map(Some).map_err(|reason| reader.damaged(reason))
}

/// Checks a journal, or one file of it, from its first line to its last: every record, the changes
/// that each batch's last record vouches for, and the checksums. `expected` as for
/// [`crate::audit::verify`].
pub fn verify(path: &Path, expected: Option<Digest>) -> Result<Verified, VerifyError> {
    let mut reader = if path.is_dir() {
        Reader::open(path, Position::START)
    } else {
        Reader::open_file(path)
    }
    .map_err(|e| unreadable(&Verifier::new(Position::START.head, None), e))?;
    let mut verifier = Verifier::new(reader.position().head, expected);
    loop {
        let end = reader.next_line();
        match end.map_err(|e| unreadable(&verifier, e))? {
            LineEnd::Nothing => break,
            LineEnd::Newline => {
                let checked = verify_line(&mut verifier, reader.line());
                checked.map_err(|broken| placed(broken, &reader))?;
                reader.skip();
            }
            // What is being written, or was when the machine went down: the store decides.
            LineEnd::Missing if reader.is_last_file() => break,
            LineEnd::Missing | LineEnd::TooLong => {
                return Err(placed(verifier.broken("the line does not end"), &reader).into());
            }
        }
    }
    Ok(verifier.finish()?)
}

fn verify_line(verifier: &mut Verifier, text: &[u8]) -> Result<(), Broken> {
    let before = verifier.head();
    let damaged = |verifier: &Verifier, error| match error {
        LineError::Damaged(reason) => verifier.broken(reason),
        LineError::Newer(found) => verifier.broken(format!(
            "it was written by a newer medic (format {found}, this one knows {})",
            line::FORMAT
        )),
    };
    // The checksum comes last: the records may tell more closely where the change is.
    let (header, start) = line::header(text).map_err(|e| damaged(verifier, e))?;
    let body = line::body(text, start)
        .ok_or_else(|| verifier.broken("its records or changes cannot be read"))?;
    for record in &body.records {
        verifier.line(record.as_bytes())?;
    }
    let state = body
        .records
        .iter()
        .map(|text| parse_record(text).ok()?.state);
    let states: Vec<_> = state.collect();
    let (last, others) = states
        .split_last()
        .ok_or_else(|| verifier.broken("the batch has no records"))?;
    let at_last = |reason: &str| Broken {
        seq: verifier.head().seq,
        ..verifier.broken(reason)
    };
    if *last != Some(Digest::of(body.changes_text)) || others.iter().any(Option::is_some) {
        return Err(at_last(
            "the changes committed with it are not what it vouches for: they were changed after they were written",
        ));
    }
    let head = verifier.head();
    if header.first != before.seq + 1
        || header.prev != before.hash
        || header.last != head.seq
        || header.head != head.hash
    {
        return Err(at_last("the line's header does not match its records"));
    }
    line::check(text).map_err(|e| match e {
        LineError::Damaged(reason) => at_last(reason),
        newer => damaged(verifier, newer),
    })?;
    Ok(())
}

fn placed(broken: Broken, reader: &Reader) -> Broken {
    Broken {
        line: reader.position().line + 1,
        reason: format!("{} ({})", broken.reason, reader.place()),
        ..broken
    }
}

fn unreadable(verifier: &Verifier, error: StoreError) -> VerifyError {
    match error {
        StoreError::Read { place, source } => VerifyError::Read(std::io::Error::new(
            source.kind(),
            format!("{place}: {source}"),
        )),
        error => verifier.broken(error.to_string()).into(),
    }
}
