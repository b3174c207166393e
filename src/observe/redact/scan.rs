//! Finds the places worth a look and keeps what the checks read there.

use super::{Kind, tokens};

/// A finding, in bytes of the scanned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// First byte.
    pub(super) start: usize,
    /// The byte behind the last.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind,
}

/// Classes of ASCII characters, to be combined with `|`.
pub(super) type Class = u16;
pub(super) const DIGIT: Class = 1;
pub(super) const LOWER: Class = 1 << 1;
pub(super) const UPPER: Class = 1 << 2;
pub(super) const HEX: Class = 1 << 3;
pub(super) const UNDERSCORE: Class = 1 << 4;
pub(super) const HYPHEN: Class = 1 << 5;
pub(super) const PLUS_SLASH: Class = 1 << 6;
pub(super) const DOT: Class = 1 << 7;
pub(super) const EQUALS: Class = 1 << 8;
pub(super) const DOLLAR: Class = 1 << 9;
pub(super) const PERCENT: Class = 1 << 10;
/// What a bare value may hold: anything printable that does not end a word or a field.
pub(super) const VALUE: Class = 1 << 11;
/// What may stand in the authority of a URL.
pub(super) const AUTHORITY: Class = 1 << 12;
pub(super) const LETTER: Class = LOWER | UPPER;
pub(super) const ALNUM: Class = LETTER | DIGIT;
pub(super) const WORD: Class = ALNUM | UNDERSCORE;
pub(super) const BASE64: Class = ALNUM | PLUS_SLASH;
pub(super) const BASE64URL: Class = WORD | HYPHEN;

const CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let mut class = match b {
            b'0'..=b'9' => DIGIT | HEX,
            b'a'..=b'f' => LOWER | HEX,
            b'g'..=b'z' => LOWER,
            b'A'..=b'F' => UPPER | HEX,
            b'G'..=b'Z' => UPPER,
            b'_' => UNDERSCORE,
            b'-' => HYPHEN,
            b'+' | b'/' => PLUS_SLASH,
            b'.' => DOT,
            b'=' => EQUALS,
            b'$' => DOLLAR,
            b'%' => PERCENT,
            _ => 0,
        };
        if b > b' ' && b != 0x7f && !matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\') {
            if !matches!(b, b'/' | b'?' | b'#') {
                class |= AUTHORITY;
            }
            if !matches!(b, b',' | b';' | b'&' | b')' | b']' | b'}' | b'|') {
                class |= VALUE;
            }
        }
        table[byte] = class;
        byte += 1;
    }
    table
}

/// Whether the byte belongs to one of the classes.
pub(super) const fn is(byte: u8, class: Class) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// A text under inspection, and what was found in it.
pub(super) struct Scan<'a> {
    text: &'a str,
    found: Vec<Found>,
    runs: Vec<(Class, usize, usize)>,
    /// From here on there is no end marker of a PEM block.
    pub(super) no_pem_end_from: usize,
    /// The stretch last taken for a URL's authority: its start and its last `@`.
    pub(super) authority: (usize, usize),
    /// Where the named value last looked into ends, and how often it was.
    value: (usize, u32),
}

/// Everything that looks like a secret, unordered and overlapping, and whether the text holds
/// encoded characters, which can hide one.
pub(super) fn scan(text: &str) -> (Vec<Found>, bool) {
    let mut scan = Scan {
        text,
        found: Vec::new(),
        runs: Vec::new(),
        no_pem_end_from: usize::MAX,
        authority: (0, 0),
        value: (0, 0),
    };
    let encoded = tokens::look(&mut scan);
    look_at_bytes(&mut scan);
    (scan.found, encoded)
}

/// Digits, `@` and dots are too common for the automaton and too different from each other.
fn look_at_bytes(scan: &mut Scan<'_>) {
    let bytes = scan.bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at = match byte {
            b'0'..=b'9' => super::digits::look(scan, at),
            b'@' => super::email::look(scan, at),
            b'.' => super::shapes::discord_token(scan, at),
            b'A'..=b'Z' => super::national::look(scan, at),
            _ => at + 1,
        };
    }
}

impl<'a> Scan<'a> {
    /// The text.
    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// Its bytes.
    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// Keeps a finding. Bounds that split a character are widened to it.
    pub(super) fn found(&mut self, mut start: usize, mut end: usize, kind: Kind) {
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        if start < end {
            self.found.push(Found { start, end, kind });
        }
    }

    /// Where the run of characters of `class` that holds `at` ends; `at` if none does. Each run
    /// is read once, however often it is asked for: that keeps hostile repetition linear.
    pub(super) fn run_end(&mut self, at: usize, class: Class) -> usize {
        let bytes = self.bytes();
        let slot = self.runs.iter().position(|(of, _, _)| *of == class);
        if let Some(slot) = slot {
            let (_, start, end) = self.runs[slot];
            if start <= at && at < end {
                return end;
            }
        }
        let length = bytes[at.min(bytes.len())..]
            .iter()
            .take_while(|b| is(**b, class))
            .count();
        match slot {
            Some(slot) => self.runs[slot] = (class, at, at + length),
            None => self.runs.push((class, at, at + length)),
        }
        at + length
    }

    /// Whether the named value that ends at `end` may be looked into. A value full of names
    /// (`token:token:…`) would otherwise be read once for each of them.
    pub(super) const fn may_look_into(&mut self, end: usize) -> bool {
        const MOST: u32 = 16;
        let looks = if self.value.0 == end {
            self.value.1 + 1
        } else {
            1
        };
        self.value = (end, looks);
        looks <= MOST
    }

    /// Where the run of `class` that ends before `at` begins, looking back at most `most` bytes.
    pub(super) fn run_start(&self, at: usize, class: Class, most: usize) -> usize {
        let floor = at.saturating_sub(most);
        let back = self.bytes()[floor..at]
            .iter()
            .rev()
            .take_while(|b| is(**b, class))
            .count();
        at - back
    }

    /// The byte at `at`, 0 behind the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes().get(at).copied().unwrap_or(0)
    }

    /// The byte before `at`, 0 at the start.
    pub(super) fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |at| self.byte(at))
    }

    /// Whether a word may begin at `at`: the character before is no letter or digit, or is the
    /// tail of an escape (`\n`, `%3D`) in a text that was escaped once too often.
    pub(super) fn word_begins(&self, at: usize) -> bool {
        let last = self.before(at);
        if !is(last, ALNUM) {
            return true;
        }
        let escaped = matches!(last, b'n' | b'r' | b't') && self.before(at - 1) == b'\\';
        let encoded =
            at >= 3 && self.byte(at - 3) == b'%' && is(self.byte(at - 2), HEX) && is(last, HEX);
        escaped || encoded
    }
}
