//! Is the chain whole? Answered from a stream of lines, one at a time, without the store.

use super::{Head, MAX_RECORD_BYTES, strict};
use crate::domain::{Digest, write_canonical_object};
use serde_json::{Map, Value};
use std::fmt;
use std::io::{self, BufRead};

/// A whole chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Records whose content was checked against its hash.
    pub records: u64,
    /// Records of which a filtered export holds only the hashes.
    pub skipped: u64,
    /// Number of the first record seen; 0 where there is none.
    pub first: u64,
    /// The end of the chain.
    pub head: Head,
    /// Whether a head kept elsewhere vouches for it.
    pub anchor: Anchor,
}

/// What a head that was kept elsewhere says about a chain. Without one, a chain that was cut off at
/// its end, or forged from end to end, looks whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// No head was given.
    None,
    /// The given head is the last record's.
    Head,
    /// The given head is that of an earlier record: everything up to it is vouched for.
    Record(u64),
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records", self.records)?;
        if self.skipped > 0 {
            write!(f, " and the hashes of {} skipped ones", self.skipped)?;
        }
        f.write_str(", chain whole")?;
        if self.first > 1 {
            write!(f, " from record {} on", self.first)?;
        }
        write!(f, ", head {} ", self.head.hash)?;
        match self.anchor {
            Anchor::None => f.write_str("(unanchored)"),
            Anchor::Head => f.write_str("(anchored)"),
            Anchor::Record(seq) => write!(
                f,
                "(anchored up to record {seq}, the {} after it are not)",
                self.head.seq - seq
            ),
        }
    }
}

/// A chain is not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} (line {line}): {reason}")]
pub struct Broken {
    /// Number of the first record that is missing or not what was written.
    pub seq: u64,
    /// Where that was seen, from 1.
    pub line: u64,
    /// What is wrong, in words.
    pub reason: String,
}

/// A verification did not end well.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The chain is broken.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The lines could not be read.
    #[error("cannot read the records: {0}")]
    Read(#[from] io::Error),
}

/// Checks an export, full or filtered. `expected` is a head that was kept elsewhere (the one posted
/// to the audit channel); if no record has it, the chain was cut off or is another one.
pub fn verify(mut lines: impl BufRead, expected: Option<Digest>) -> Result<Verified, VerifyError> {
    let mut verifier = Verifier::new(Head::START, expected);
    let mut line = Vec::new();
    loop {
        // Twice the limit, because other tools may have put white space in.
        match read_line(&mut lines, &mut line, 2 * MAX_RECORD_BYTES)? {
            LineEnd::Nothing => break,
            LineEnd::TooLong => {
                return Err(verifier
                    .broken(format!(
                        "the line is longer than {} bytes",
                        2 * MAX_RECORD_BYTES
                    ))
                    .into());
            }
            LineEnd::Newline | LineEnd::Missing => verifier.line(&line)?,
        }
    }
    Ok(verifier.finish()?)
}

/// Checks one record after the other.
#[derive(Debug)]
pub struct Verifier {
    head: Head,
    state: Option<Digest>,
    first: u64,
    records: u64,
    skipped: u64,
    line: u64,
    expected: Option<Digest>,
    anchored_at: Option<u64>,
}

impl Verifier {
    /// Expects the record that follows `after`.
    pub fn new(after: Head, expected: Option<Digest>) -> Self {
        Self {
            head: after,
            state: None,
            first: 0,
            records: 0,
            skipped: 0,
            line: 0,
            expected,
            anchored_at: None,
        }
    }

    /// The end of the chain so far.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// The digest of state changes that the last checked record carries, if it does.
    pub const fn state(&self) -> Option<Digest> {
        self.state
    }

    /// Checks a line of an export: a record, or the hashes of a skipped one. Blank lines pass.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Broken> {
        self.line += 1;
        let text = std::str::from_utf8(line).map_err(|_| self.broken("it is not UTF-8"))?;
        if text.trim().is_empty() {
            return Ok(());
        }
        let value = strict::parse(text)
            .map_err(|e| self.broken(format!("the line cannot be read as a record: {e}")))?;
        let Value::Object(mut object) = value else {
            return Err(self.broken("the line is not a record"));
        };
        if let Some(skipped) = object.remove("skipped") {
            let Value::Object(hashes) = skipped else {
                return Err(self.broken("\"skipped\" does not hold the hashes of a record"));
            };
            if !object.is_empty() {
                return Err(self.broken("beside \"skipped\" nothing else may stand"));
            }
            self.follow(&hashes)?;
            self.skipped += 1;
            return Ok(());
        }
        self.record(object)
    }

    /// Checks one record, given as its JSON object.
    fn record(&mut self, mut record: Map<String, Value>) -> Result<(), Broken> {
        let before = self.head;
        self.follow(&record)?;
        record.remove("hash");
        let mut content = String::new();
        write_canonical_object(&record, &mut content);
        if Digest::of(content) != self.head.hash {
            self.head = before;
            return Err(self.broken(
                "its content is not what its hash was taken over: it was changed after it was written",
            ));
        }
        self.records += 1;
        self.state = record
            .get("state")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        Ok(())
    }

    /// Takes up number and hashes of the next record, if they follow the last.
    fn follow(&mut self, record: &Map<String, Value>) -> Result<(), Broken> {
        let next = self.head.seq + 1;
        let seq = record
            .get("seq")
            .and_then(Value::as_u64)
            .ok_or_else(|| self.broken("it has no number"))?;
        let hash = |name: &str| {
            record
                .get(name)
                .and_then(Value::as_str)
                .and_then(|text| text.parse::<Digest>().ok())
                .ok_or_else(|| self.broken(format!("its {name:?} is not a SHA-256 digest")))
        };
        let (prev, hash) = (hash("prev")?, hash("hash")?);
        if seq > next {
            return Err(self.broken(format!(
                "it is missing here, the next record is number {seq}"
            )));
        }
        if seq < next {
            return Err(self.broken(format!("record {seq} stands here again or out of order")));
        }
        if prev != self.head.hash {
            let before = self.head.seq;
            return Err(self.broken(if before == 0 {
                format!("it names {prev} as the hash before it, but it is the first")
            } else {
                format!(
                    "it was written after a record {before} with hash {prev}, but record {before} has hash {}: one of the two was replaced",
                    self.head.hash
                )
            }));
        }
        self.head = Head { seq, hash };
        if self.first == 0 {
            self.first = seq;
        }
        if self.expected == Some(hash) {
            self.anchored_at = Some(seq);
        }
        Ok(())
    }

    /// The answer, once every record was seen.
    pub fn finish(self) -> Result<Verified, Broken> {
        let anchor = match (self.expected, self.anchored_at) {
            (None, _) => Anchor::None,
            (Some(_), Some(seq)) if seq == self.head.seq => Anchor::Head,
            (Some(_), Some(seq)) => Anchor::Record(seq),
            (Some(expected), None) => {
                return Err(self.broken(format!(
                    "no record has the expected head {expected}; the chain ends at record {} with {}: its end was cut off, or that head belongs to another chain",
                    self.head.seq, self.head.hash
                )));
            }
        };
        Ok(Verified {
            records: self.records,
            skipped: self.skipped,
            first: self.first,
            head: self.head,
            anchor,
        })
    }

    /// The finding about the record that is due.
    pub fn broken(&self, reason: impl Into<String>) -> Broken {
        Broken {
            seq: self.head.seq + 1,
            line: self.line,
            reason: reason.into(),
        }
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// There was nothing more to read.
    Nothing,
    /// With a line break, which is not part of the line.
    Newline,
    /// At the end of the input, without a line break.
    Missing,
    /// It was longer than allowed; how it goes on was not read.
    TooLong,
}

/// Reads the next line into `line`, at most `limit` bytes.
pub(crate) fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<LineEnd> {
    line.clear();
    let most = u64::try_from(limit).map_or(u64::MAX, |limit| limit.saturating_add(1));
    let read = io::Read::take(&mut *input, most).read_until(b'\n', line)?;
    Ok(if read == 0 {
        LineEnd::Nothing
    } else if line.last() == Some(&b'\n') {
        line.pop();
        LineEnd::Newline
    } else if read > limit {
        LineEnd::TooLong
    } else {
        LineEnd::Missing
    })
}
