//! What every store does with a batch before it keeps it: check it, write its changes as text, and
//! chain its records over the digest of that text.

use super::{Batch, Change, Head, StoreError};
use crate::audit::{self, Chained};
use crate::domain::{Digest, Record, write_json_text};

/// Longest key in bytes.
const MAX_KEY_BYTES: usize = 1024;

/// Checks the batch, appends the array of its changes to `changes` and its records, separated by
/// commas, to `records`. The last record carries the digest of the bytes of the array.
pub fn chain_batch(
    after: Head,
    batch: Batch,
    changes: &mut String,
    records: &mut String,
) -> Result<(Chained, Vec<Change>), StoreError> {
    if let (Some(change), true) = (batch.changes.first(), batch.records.is_empty()) {
        return Err(row(
            change,
            "a change without a record cannot be committed, the chain would not cover it",
        ));
    }
    let start = changes.len();
    write_changes(&batch.changes, changes)?;
    let state = Digest::of(&changes[start..]);
    let chained =
        audit::chain(after, batch.records, Some(state), records).map_err(|e| StoreError::Row {
            key: format!("of record {}", e.kind),
            reason: e.reason,
        })?;
    Ok((chained, batch.changes))
}

/// Every id under which a record is found, as it is written.
pub fn subjects_of(record: &Record) -> impl Iterator<Item = String> {
    let draft = &record.draft;
    [
        draft.ticket.map(|id| id.to_string()),
        draft.subject.map(|id| id.to_string()),
        draft.plan.map(|id| id.to_string()),
    ]
    .into_iter()
    .flatten()
}

/// `[["key",value],["key",null]]`
fn write_changes(changes: &[Change], out: &mut String) -> Result<(), StoreError> {
    out.push('[');
    for (i, change) in changes.iter().enumerate() {
        let key = change.key.as_str();
        if key.len() > MAX_KEY_BYTES || key.bytes().any(|b| b < 0x20) || key.is_empty() {
            return Err(row(
                change,
                "a key has 1 to 1024 bytes and no control characters",
            ));
        }
        out.push_str(if i > 0 { ",[" } else { "[" });
        write_json_text(key, out);
        out.push(',');
        match &change.value {
            None => out.push_str("null"),
            Some(value) => {
                if value_end(value.as_bytes(), 0) != Some(value.len()) || &**value == "null" {
                    return Err(row(
                        change,
                        "its value is not one JSON value on one line, or is null; it would make the journal unreadable",
                    ));
                }
                out.push_str(value);
            }
        }
        out.push(']');
    }
    out.push(']');
    Ok(())
}

/// Where the JSON value that starts at `start` ends. It looks at strings and brackets only, which is
/// enough to cut a line apart and is fast; none if the value does not end or holds a control
/// character.
pub fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_u32;
    let mut at = start;
    loop {
        match *bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            0..0x20 => return None,
            b',' | b':' if depth == 0 => return None,
            _ if depth == 0 => return scalar_end(bytes, at),
            _ => {}
        }
        at += 1;
    }
}

/// The end of the string whose opening quote is at `quote`.
fn string_end(bytes: &[u8], quote: usize) -> Option<usize> {
    let mut at = quote + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// The end of a number, `true`, `false` or `null`.
fn scalar_end(bytes: &[u8], start: usize) -> Option<usize> {
    let length = bytes[start..]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        .count();
    (length > 0).then_some(start + length)
}

fn row(change: &Change, reason: &str) -> StoreError {
    StoreError::Row {
        key: change.key.as_str().chars().take(200).collect(),
        reason: reason.to_owned(),
    }
}
