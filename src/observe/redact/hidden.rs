//! A text as it looks to a person, where it differs from its characters.
//!
//! Zero-width characters inside a token, fullwidth letters, HTML entities and percent-encoding
//! keep a secret readable while its characters no longer match. Here they are resolved, with a
//! map back to the bytes they came from.

use super::scan::Found;

/// The plain form of a text.
pub(super) struct Plain {
    text: String,
    /// For each byte of `text`, where its source begins and ends.
    source: Vec<(usize, usize)>,
}

/// Whether a text holds characters that look like others or like nothing. A dash or a space of
/// another width is typography unless it stands where a plain one could be part of a value.
pub(super) fn hides(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut before = ' ';
    text.chars().any(|c| {
        let joined = std::mem::replace(&mut before, c).is_ascii_alphanumeric();
        c >= '\u{a0}'
            && match look(c) {
                Some('-' | ' ') => joined,
                seen => seen != Some(c),
            }
    })
}

impl Plain {
    /// The plain form; none where it does not differ.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut plain = Self {
            text: String::with_capacity(text.len()),
            source: Vec::with_capacity(text.len()),
        };
        let mut differs = false;
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let (seen, width) = match c {
                '&' => entity(&text[at..]).map_or((Some(c), 1), |(c, width)| (Some(c), width)),
                '%' => encoded(&text[at..]).map_or((Some(c), 1), |c| (Some(c), 3)),
                c => (look(c), c.len_utf8()),
            };
            differs |= seen != Some(c);
            if let Some(seen) = seen {
                plain.text.push(seen);
                let bytes = seen.len_utf8();
                plain
                    .source
                    .extend(std::iter::repeat_n((at, at + width), bytes));
            }
            at += width;
        }
        differs.then_some(plain)
    }

    /// The plain text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A finding in the plain text, in bytes of the source. Findings are never empty.
    pub(super) fn back(&self, found: Found) -> Found {
        Found {
            start: self.source[found.start].0,
            end: self.source[found.end - 1].1,
            kind: found.kind,
        }
    }
}

/// What a person sees of a character: none of the invisible ones, the plain form of the rest.
fn look(c: char) -> Option<char> {
    match c {
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0000}'..='\u{e007f}' => None,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => Some('-'),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0),
        '\u{fe6b}' => Some('@'),
        // The mathematical digits, as in 𝟒𝟏𝟏𝟏.
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_digit((c as u32 - 0x1d7ce) % 10, 10),
        '\u{660}'..='\u{669}' => char::from_digit(c as u32 - 0x660, 10),
        '\u{6f0}'..='\u{6f9}' => char::from_digit(c as u32 - 0x6f0, 10),
        c => Some(c),
    }
}

/// The character of an HTML entity at the start of `text`, and how long the entity is.
fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    const NAMED: [(&str, char); 10] = [
        ("amp", '&'),
        ("colon", ':'),
        ("commat", '@'),
        ("equals", '='),
        ("hyphen", '-'),
        ("lowbar", '_'),
        ("nbsp", ' '),
        ("period", '.'),
        ("plus", '+'),
        ("sol", '/'),
    ];
    let end = text
        .bytes()
        .take(LONGEST)
        .position(|byte| byte == b';')
        .filter(|end| *end > 1)?;
    let name = &text[1..end];
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, end + 1))
}

/// The printable ASCII character that is percent-encoded at the start of `text`.
fn encoded(text: &str) -> Option<char> {
    let byte = u8::from_str_radix(text.get(1..3)?, 16).ok()?;
    byte.is_ascii_graphic().then_some(byte as char)
}
