//! The journal's line: one batch.
//!
//! ```json
//! {"v":1,"batch":7,"first":12,"last":14,"prev":"…","head":"…","records":[…],"changes":[["key",…]],"crc32":"0a1b2c3d"}
//! ```
//! `first` and `last` number its records, `prev` is the hash before them and `head` that of the last
//! one: enough to follow the chain from line to line without reading the records. `crc32` (IEEE) is
//! taken over everything before `,"crc32"`. The last record's `state` is the SHA-256 of the bytes of
//! the array of changes: `jq -cj .changes | sha256sum`.

use crate::domain::Digest;
use crate::store::changes::value_end;

/// The format that is written.
pub const FORMAT: u64 = 1;

/// Longest line in bytes. An engine's batch of 1,000 tickets of 64 KiB stays well below; a reader
/// never holds more than one line.
pub const MAX_LINE_BYTES: usize = 128 << 20;

const CRC_BYTES: usize = r#","crc32":"00000000"}"#.len();

/// What a line says of itself before its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Number of the batch, from 1.
    pub batch: u64,
    /// Number of its first record.
    pub first: u64,
    /// Number of its last record.
    pub last: u64,
    /// Hash of the record before its first.
    pub prev: Digest,
    /// Hash of its last record.
    pub head: Digest,
}

/// A line cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is not what was written.
    Damaged(&'static str),
    /// It is whole, but of a newer format.
    Newer(u64),
}

/// A line taken apart.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// The text of each record.
    pub records: Vec<&'a str>,
    /// The whole array of changes: what the state digest is taken of.
    pub changes_text: &'a str,
    /// Each change: the key as a JSON string, and the value's text, none where it is `null`.
    pub changes: Vec<(&'a str, Option<&'a str>)>,
}

/// Appends a line, with its line break. `records` are texts separated by commas.
pub fn write(header: &Header, records: &str, changes: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.reserve(records.len() + changes.len() + 320);
    let Header {
        batch,
        first,
        last,
        prev,
        head,
    } = header;
    out.extend_from_slice(
        format!(
            r#"{{"v":{FORMAT},"batch":{batch},"first":{first},"last":{last},"prev":"{prev}","head":"{head}","records":["#
        )
        .as_bytes(),
    );
    out.extend_from_slice(records.as_bytes());
    out.extend_from_slice(b"],\"changes\":");
    out.extend_from_slice(changes.as_bytes());
    let crc = crc32fast::hash(&out[start..]);
    out.extend_from_slice(format!(",\"crc32\":\"{crc:08x}\"}}\n").as_bytes());
}

/// Whether the line (without its line break) is what its checksum was taken of.
pub fn is_whole(line: &[u8]) -> bool {
    let Some(cut) = line.len().checked_sub(CRC_BYTES) else {
        return false;
    };
    let (content, crc) = line.split_at(cut);
    crc == format!(",\"crc32\":\"{:08x}\"}}", crc32fast::hash(content)).as_bytes()
}

/// Checks a line by its checksum, and reads its header; the number is where its records begin.
pub fn check(line: &[u8]) -> Result<(Header, usize), LineError> {
    if !is_whole(line) {
        return Err(LineError::Damaged("its checksum does not match"));
    }
    header(line)
}

/// Reads the header of a line whose checksum nobody looked at.
pub fn header(line: &[u8]) -> Result<(Header, usize), LineError> {
    let mut rest = Cursor(line);
    let version = rest
        .number("{\"v\":")
        .ok_or(LineError::Damaged("it is not a batch"))?;
    if version != FORMAT {
        return Err(LineError::Newer(version));
    }
    let header = (|| {
        Some(Header {
            batch: rest.number(",\"batch\":")?,
            first: rest.number(",\"first\":")?,
            last: rest.number(",\"last\":")?,
            prev: rest.digest(",\"prev\":\"")?,
            head: rest.digest("\",\"head\":\"")?,
        })
    })()
    .filter(|header| header.first > 0 && header.first <= header.last)
    .ok_or(LineError::Damaged("its header is not as it is written"))?;
    rest.literal("\",\"records\":[")
        .ok_or(LineError::Damaged("it has no records"))?;
    Ok((header, line.len() - rest.0.len()))
}

/// Takes a line apart, whose records begin at `start`. None if it is not as [`write`] writes it.
pub fn body(line: &[u8], start: usize) -> Option<Body<'_>> {
    let end = line.len().checked_sub(CRC_BYTES)?;
    let text = std::str::from_utf8(line.get(start..end)?).ok()?;
    let bytes = text.as_bytes();
    let mut records = Vec::new();
    let mut at = 0;
    loop {
        let end = value_end(bytes, at)?;
        records.push(&text[at..end]);
        at = end + 1;
        match bytes.get(end)? {
            b',' => {}
            b']' => break,
            _ => return None,
        }
    }
    let changes_text = text.get(at..)?.strip_prefix(",\"changes\":")?;
    let changes = changes(changes_text)?;
    Some(Body {
        records,
        changes_text,
        changes,
    })
}

/// `[["key",value],["key",null]]`
fn changes(text: &str) -> Option<Vec<(&str, Option<&str>)>> {
    let bytes = text.as_bytes();
    let mut changes = Vec::new();
    if text == "[]" {
        return Some(changes);
    }
    let mut at = 0;
    loop {
        let key_start = at + 2;
        let expected: &[u8] = if at == 0 { b"[[" } else { b",[" };
        if bytes.get(at..key_start)? != expected {
            return None;
        }
        let key_end = value_end(bytes, key_start)?;
        if bytes.get(key_end)? != &b',' {
            return None;
        }
        let value_start = key_end + 1;
        let end = value_end(bytes, value_start)?;
        if bytes.get(end)? != &b']' {
            return None;
        }
        let value = &text[value_start..end];
        changes.push((
            &text[key_start..key_end],
            (value != "null").then_some(value),
        ));
        at = end + 1;
        if text.get(at..)? == "]" {
            return Some(changes);
        }
    }
}

/// What is left of a line's beginning.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn literal(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text.as_bytes())?;
        Some(())
    }

    fn number(&mut self, name: &str) -> Option<u64> {
        self.literal(name)?;
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        std::str::from_utf8(number).ok()?.parse().ok()
    }

    fn digest(&mut self, name: &str) -> Option<Digest> {
        self.literal(name)?;
        let (digest, rest) = self.0.split_at_checked(64)?;
        self.0 = rest;
        std::str::from_utf8(digest).ok()?.parse().ok()
    }
}
