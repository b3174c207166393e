//! Drafts become chained records.

use crate::domain::{
    Actor, Digest, Record, RecordDraft, Surface, write_canonical_object, write_json_text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::ops::Range;

/// Longest record as text, in bytes: readers hold one at a time and refuse longer ones. Records
/// hold digests of texts and not the texts, so an honest one stays far below.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;

/// The end of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last record, 0 where there is none.
    pub seq: u64,
    /// Its hash, zero where there is none.
    pub hash: Digest,
}

impl Head {
    /// The head of a chain without records.
    pub const START: Self = Self {
        seq: 0,
        hash: Digest::ZERO,
    };

    /// The head once this record is the last.
    pub const fn at(record: &Record) -> Self {
        Self {
            seq: record.seq,
            hash: record.hash,
        }
    }
}

/// What chaining gave.
#[derive(Clone, Debug, Default)]
pub struct Chained {
    /// The records, in order.
    pub records: Vec<Record>,
    /// Where each record's text lies in the output.
    pub texts: Vec<Range<usize>>,
}

/// A draft cannot become a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {kind} cannot be written: {reason}")]
pub struct DraftError {
    /// The draft's kind.
    pub kind: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Chains `drafts` behind `after` and appends the records' texts to `out`, separated by commas.
/// `state` is the digest of the changes committed with them; the last record carries it.
///
/// # Errors
/// A draft with a fraction or an integer beyond 64 bits, or a record longer than
/// [`MAX_RECORD_BYTES`]; `out` is then left with an unusable tail.
pub fn chain(
    after: Head,
    drafts: Vec<RecordDraft>,
    state: Option<Digest>,
    out: &mut String,
) -> Result<Chained, DraftError> {
    let mut head = after;
    let count = drafts.len();
    let mut chained = Chained {
        records: Vec::with_capacity(count),
        texts: Vec::with_capacity(count),
    };
    for (i, draft) in drafts.into_iter().enumerate() {
        only_whole_numbers(&draft)?;
        if i > 0 {
            out.push(',');
        }
        let start = out.len();
        let mut record = Record {
            seq: head.seq + 1,
            draft,
            state: state.filter(|_| i + 1 == count),
            prev: head.hash,
            hash: Digest::ZERO,
        };
        write_content(&record, out);
        record.hash = Digest::of(&out[start..]);
        append_hash(record.hash, out);
        if out.len() - start > MAX_RECORD_BYTES {
            return Err(DraftError {
                kind: record.draft.kind,
                reason: format!(
                    "it is {} bytes long, at most {MAX_RECORD_BYTES} are allowed; put a digest in the record and the text in a row",
                    out.len() - start
                ),
            });
        }
        head = Head::at(&record);
        chained.texts.push(start..out.len());
        chained.records.push(record);
    }
    Ok(chained)
}

/// Appends a chained record's line, without a line break.
pub fn write_record(record: &Record, out: &mut String) {
    write_content(record, out);
    append_hash(record.hash, out);
}

/// Replaces the closing brace by the hash and a closing brace.
fn append_hash(hash: Digest, out: &mut String) {
    out.pop();
    push(out, format_args!(",\"hash\":\"{hash}\"}}"));
}

/// Appends the canonical JSON of everything but the hash. Written by hand, key after key in sorted
/// order, because this runs for every ticket; a test holds it against the general form.
fn write_content(record: &Record, out: &mut String) {
    let draft = &record.draft;
    out.push_str("{\"actor\":");
    write_actor(&draft.actor, out);
    push(out, format_args!(",\"at\":\"{}\",\"kind\":", draft.at));
    write_json_text(&draft.kind, out);
    if let Some(plan) = draft.plan {
        push(out, format_args!(",\"plan\":\"{plan}\""));
    }
    push(out, format_args!(",\"prev\":\"{}\"", record.prev));
    write_map("result", &draft.result, out);
    push(out, format_args!(",\"seq\":{}", record.seq));
    if let Some(state) = record.state {
        push(out, format_args!(",\"state\":\"{state}\""));
    }
    if let Some(subject) = draft.subject {
        push(out, format_args!(",\"subject\":\"{subject}\""));
    }
    if let Some(ticket) = draft.ticket {
        push(out, format_args!(",\"ticket\":\"{ticket}\""));
    }
    out.push_str(",\"what\":");
    write_json_text(&draft.what, out);
    write_map("why", &draft.why, out);
    out.push_str(",\"workspace\":");
    write_json_text(draft.workspace.as_str(), out);
    out.push('}');
}

fn write_actor(actor: &Actor, out: &mut String) {
    match actor {
        Actor::Medic => out.push_str("{\"kind\":\"medic\"}"),
        Actor::Source { name } => {
            out.push_str("{\"kind\":\"source\",\"name\":");
            write_json_text(name.as_str(), out);
            out.push('}');
        }
        Actor::Person { id, name, surface } => {
            out.push_str("{\"id\":");
            write_json_text(id.as_str(), out);
            out.push_str(",\"kind\":\"person\",\"name\":");
            write_json_text(name, out);
            let surface = match surface {
                Surface::Discord => "discord",
                Surface::Console => "console",
                Surface::Terminal => "terminal",
            };
            push(out, format_args!(",\"surface\":\"{surface}\"}}"));
        }
    }
}

fn write_map(name: &str, map: &Map<String, Value>, out: &mut String) {
    if !map.is_empty() {
        push(out, format_args!(",\"{name}\":"));
        write_canonical_object(map, out);
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// Refuses fractions: their text is not the same everywhere, so a digest over them proves nothing.
fn only_whole_numbers(draft: &RecordDraft) -> Result<(), DraftError> {
    for (part, map) in [("why", &draft.why), ("result", &draft.result)] {
        if let Some((key, value)) = map.iter().find(|(_, value)| holds_fraction(value)) {
            return Err(DraftError {
                kind: draft.kind.clone(),
                reason: format!(
                    "{part}.{key} holds {value}: records hold whole numbers and texts only"
                ),
            });
        }
    }
    Ok(())
}

fn holds_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => !(number.is_u64() || number.is_i64()),
        Value::Array(items) => items.iter().any(holds_fraction),
        Value::Object(map) => map.values().any(holds_fraction),
        _ => false,
    }
}
