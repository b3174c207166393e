//! Other people's words made inert, and every text clamped: one place, so that nothing of a ticket
//! can ping, link under a false name, break out of a code block, hide, or turn our words around.
//!
//! A [`Text`] is a row of pieces that are never split: an escaped character, a stretch of our own
//! markup, a whole code block. Clamping therefore comes after escaping and cuts between pieces.

use super::limits::length;

/// What stands where a text was cut: `⟨ 812 characters left out ⟩`.
const LEFT_OUT_ROOM: usize = 40;
/// Combining marks on one character that are shown; a pile of them covers the lines around it.
const MARKS: usize = 3;

/// Text on its way to Discord.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    text: String,
    /// Where each piece ends, in bytes.
    ends: Vec<usize>,
}

impl Text {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Our own words, with our own markup: sent as it is and never split. Never for anything that
    /// comes from a ticket, a person, a model, the config or another system.
    #[must_use]
    pub fn own(mut self, markup: &str) -> Self {
        self.piece(markup);
        self
    }

    /// Anybody's words in a line: markup, mentions and links escaped, line breaks made spaces,
    /// invisible characters shown by their number.
    #[must_use]
    pub fn foreign(mut self, text: &str) -> Self {
        let mut marks = 0;
        let mut blank = self.text.is_empty() || self.text.ends_with([' ', '\n']);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_whitespace() && !is_hidden(c) {
                if !blank {
                    self.piece(" ");
                }
                blank = true;
                continue;
            }
            blank = false;
            let slashes = c == ':' && chars.peek() == Some(&'/');
            if shown_by_number(c, &mut marks) {
                self.piece(&by_number(c));
            } else if is_markup(c) || slashes {
                self.piece(&format!("\\{c}"));
            } else {
                self.piece(c.encode_utf8(&mut [0; 4]));
            }
        }
        self
    }

    /// Anybody's words with their own line breaks, otherwise as [`Text::foreign`].
    #[must_use]
    pub fn paragraphs(mut self, text: &str) -> Self {
        for line in text.lines() {
            self = self.line().foreign(line.trim());
        }
        self
    }

    /// Anybody's words as a name in fixed-width letters, at most `max` long.
    #[must_use]
    pub fn code(mut self, text: &str, max: usize) -> Self {
        let mut inner = Self::new();
        let mut marks = 0;
        for c in text.chars() {
            match c {
                '`' => inner.piece("ˋ"),
                c if shown_by_number(c, &mut marks) => inner.piece(&by_number(c)),
                c if c.is_whitespace() => inner.piece(" "),
                c => inner.piece(c.encode_utf8(&mut [0; 4])),
            }
        }
        let inner = inner.clamp(max.saturating_sub(2));
        let inner = if inner.trim().is_empty() {
            "(empty)"
        } else {
            &inner
        };
        self.piece(&format!("`{inner}`"));
        self
    }

    /// Anybody's words as a block in which every character and line break stands as it is, fence
    /// and all at most `max` long; longer ones are cut in the middle, which the block says.
    #[must_use]
    pub fn block(mut self, text: &str, max: usize) -> Self {
        const FENCE: usize = 8;
        let mut inner = Self::new();
        let mut marks = 0;
        let mut ticks = 0;
        for c in text.trim_matches(['\r', '\n']).chars() {
            ticks = if c == '`' { ticks + 1 } else { 0 };
            match c {
                '\r' => {}
                '\n' | '\t' => inner.piece(c.encode_utf8(&mut [0; 4])),
                // The third tick in a row would end the block.
                '`' if ticks % 3 == 0 => inner.piece("ˋ"),
                c if shown_by_number(c, &mut marks) => inner.piece(&by_number(c)),
                c => inner.piece(c.encode_utf8(&mut [0; 4])),
            }
        }
        let inner = inner.clamp(max.saturating_sub(FENCE));
        let inner = if inner.trim().is_empty() {
            "(empty)"
        } else {
            &inner
        };
        self.piece(&format!("```\n{inner}\n```"));
        self
    }

    /// A line break of ours.
    #[must_use]
    pub fn line(mut self) -> Self {
        if !self.text.is_empty() {
            self.piece("\n");
        }
        self
    }

    /// Another text behind this one.
    #[must_use]
    pub fn then(mut self, other: &Self) -> Self {
        let mut start = 0;
        for end in &other.ends {
            self.piece(&other.text[start..*end]);
            start = *end;
        }
        self
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Its length as Discord's limits count it.
    pub fn length(&self) -> usize {
        length(&self.text)
    }

    /// Whether it fits whole.
    pub fn fits(&self, max: usize) -> bool {
        self.length() <= max
    }

    /// The text, at most `max` long: cut in the middle, between pieces, and saying so.
    pub fn clamp(&self, max: usize) -> String {
        if self.fits(max) {
            return self.text.clone();
        }
        let pieces: Vec<&str> = self.pieces().collect();
        let room = max.saturating_sub(LEFT_OUT_ROOM);
        let (head, tail) = if room < LEFT_OUT_ROOM {
            (max.saturating_sub(1), 0)
        } else {
            (room - room / 3, room / 3)
        };
        let kept = taken(pieces.iter().copied(), head);
        let last = taken(pieces[kept..].iter().rev().copied(), tail);
        let left_out = pieces.len() - kept - last;
        let mut out: String = pieces[..kept].concat();
        if room < LEFT_OUT_ROOM {
            if max > 0 {
                out.push('…');
            }
            return out;
        }
        out.push_str(&format!(" ⟨ {left_out} characters left out ⟩ "));
        out.push_str(&pieces[pieces.len() - last..].concat());
        out
    }

    fn pieces(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[start..*end])
    }

    fn piece(&mut self, piece: &str) {
        if !piece.is_empty() {
            self.text.push_str(piece);
            self.ends.push(self.text.len());
        }
    }
}

/// One line of anybody's words, escaped, at most `max` long.
pub fn foreign(text: &str, max: usize) -> String {
    Text::new().foreign(text).clamp(max)
}

/// Anybody's words where Discord reads no markup (labels, options, form titles): only made visible
/// and put on one line, at most `max` long.
pub fn label(text: &str, max: usize) -> String {
    let mut out = Text::new();
    let mut marks = 0;
    let words = text.split(|c: char| c.is_whitespace() && !is_hidden(c));
    let line = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    for c in line.chars() {
        if shown_by_number(c, &mut marks) {
            out.piece(&by_number(c));
        } else {
            out.piece(c.encode_utf8(&mut [0; 4]));
        }
    }
    super::limits::cut(&out.text, max)
}

fn taken<'a>(pieces: impl Iterator<Item = &'a str>, room: usize) -> usize {
    let mut left = room;
    pieces
        .take_while(|piece| match left.checked_sub(length(piece)) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .count()
}

/// The characters with which Discord's markup, mentions and links begin or end.
const fn is_markup(c: char) -> bool {
    matches!(
        c,
        '\\' | '*' | '_' | '~' | '|' | '>' | '#' | '-' | '[' | ']' | '(' | ')' | '<' | '@' | '`'
    )
}

fn by_number(c: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(c))
}

/// Whether a character is shown by its number: because it is invisible, or because it is one
/// combining mark too many. `marks` counts those in a row.
fn shown_by_number(c: char, marks: &mut usize) -> bool {
    if is_mark(c) {
        *marks += 1;
        return *marks > MARKS;
    }
    *marks = 0;
    is_hidden(c)
}

/// Controls, direction marks, zero-width and blank characters, and the tags and selectors in which
/// whole sentences can be hidden. Joiners and the emoji selector stay: scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0d}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The blocks of combining marks.
const fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{34e}'
            | '\u{350}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}
