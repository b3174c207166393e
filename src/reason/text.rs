//! Texts in two readings: as words, for rules and retrieval; folded, for finding a quote. Both
//! remember where they came from, so that what is quoted is what was written.

use std::ops::Range;

/// The longest quote, in characters.
pub const QUOTE_LIMIT: usize = 300;
/// A quote with fewer letters and digits says nothing.
const QUOTE_MINIMUM: usize = 3;

/// A text as words: lower case, everything but letters and digits turned into one space, with a
/// space before and behind, so that ` word ` finds whole words and ` word` their beginnings.
/// Apostrophes vanish (`doesn't` is `doesnt`), as do invisible characters, which are used to
/// break words up. A question mark is a word: asking is not reporting. A time of day is one word
/// and no number (`14:21` is `h14h21`): "since 14:21" names no version.
#[derive(Clone, Debug)]
pub struct Words {
    text: String,
    /// For each word: where it begins in `text`, and its bytes in the original.
    places: Vec<(usize, Range<usize>)>,
}

impl Words {
    /// Reads a text.
    pub fn of(original: &str) -> Self {
        let mut text = String::with_capacity(original.len() + 2);
        let mut places = Vec::with_capacity(original.len() / 5);
        text.push(' ');
        let mut open: Option<(usize, Range<usize>)> = None;
        for (at, c) in original.char_indices() {
            if c.is_alphanumeric() {
                if open.is_none() && starts_time(&original.as_bytes()[at..]) {
                    open = Some((text.len(), at..at));
                    text.push('h');
                }
                let word = open.get_or_insert((text.len(), at..at));
                word.1.end = at + c.len_utf8();
                if c.is_ascii() {
                    text.push(c.to_ascii_lowercase());
                } else {
                    text.extend(c.to_lowercase());
                }
            } else if c == ':' && is_within_digits(original, at) {
                text.push('h');
            } else if !vanishes(c) {
                if let Some(word) = open.take() {
                    places.push(word);
                    text.push(' ');
                }
                if c == '?' {
                    places.push((text.len(), at..at + 1));
                    text.push_str("? ");
                }
            }
        }
        if let Some(word) = open {
            places.push(word);
            text.push(' ');
        }
        Self { text, places }
    }

    /// The words with their spaces.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The words alone.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split_ascii_whitespace()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The bytes of the original behind the bytes `found` of [`Words::as_str`].
    pub fn original(&self, found: Range<usize>) -> Range<usize> {
        let first = self
            .places
            .partition_point(|(start, _)| *start <= found.start);
        let first = match self.places.get(first) {
            // A match begins with the space before its first word.
            Some((start, _)) if *start == found.start + 1 => first,
            _ => first.saturating_sub(1),
        };
        let behind = self.places.partition_point(|(start, _)| *start < found.end);
        let last = behind.saturating_sub(1).max(first);
        match (self.places.get(first), self.places.get(last)) {
            (Some((_, from)), Some((_, to))) => from.start..to.end,
            _ => 0..0,
        }
    }
}

/// The sentence (or line) of `text` around the bytes `at`, at most [`QUOTE_LIMIT`] characters.
pub fn sentence(text: &str, at: Range<usize>) -> &str {
    let before = text.get(..at.start).unwrap_or("");
    let after = text.get(at.end..).unwrap_or("");
    let start = before
        .char_indices()
        .rev()
        .find(|(i, c)| ends_sentence(*c, before[i + c.len_utf8()..].chars().next()))
        .map_or(0, |(i, c)| i + c.len_utf8());
    let end = after
        .char_indices()
        .find(|(i, c)| ends_sentence(*c, after[i + c.len_utf8()..].chars().next().or(Some(' '))))
        .map_or(text.len(), |(i, c)| {
            at.end + i + usize::from(c != '\n') * c.len_utf8()
        });
    let whole = text.get(start..end).unwrap_or("").trim();
    if whole.chars().count() <= QUOTE_LIMIT {
        return whole;
    }
    // Too long for a quote: as much as fits, from a little before the find.
    let lead = QUOTE_LIMIT / 4;
    let from = text[start..at.start]
        .char_indices()
        .rev()
        .nth(lead)
        .map_or(start, |(i, _)| start + i);
    clamp(text[from..end].trim())
}

/// At most [`QUOTE_LIMIT`] characters of a text.
fn clamp(text: &str) -> &str {
    match text.char_indices().nth(QUOTE_LIMIT) {
        Some((cut, _)) => text[..cut].trim_end(),
        None => text,
    }
}

fn ends_sentence(c: char, next: Option<char>) -> bool {
    match c {
        '\n' => true,
        '.' | '!' | '?' => next.is_some_and(char::is_whitespace),
        _ => false,
    }
}

/// Whether a time of day begins here: one or two digits, a colon, two digits and no third.
fn starts_time(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = digits(text);
    let rest = text.get(hours..).unwrap_or_default();
    matches!(hours, 1..=2) && rest.first() == Some(&b':') && digits(&rest[1..]) == 2
}

/// Whether the character at this byte, one byte long, stands between two digits.
fn is_within_digits(text: &str, at: usize) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    at.checked_sub(1)
        .is_some_and(|before| digit(bytes.get(before)))
        && digit(bytes.get(at + 1))
}

/// Characters that are no part of a word and do not part words either.
fn vanishes(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A text as quotes are looked for in it: lower case, runs of white space one space, typographic
/// quotation marks and dashes plain, and the brackets of a redaction's placeholder
/// (`‹email:1›`, `<email:1>`, `[email:1]`) alike.
#[derive(Clone, Debug)]
pub struct Folded {
    text: String,
    /// For each byte of `text` the byte of the original it came from.
    from: Vec<usize>,
}

impl Folded {
    /// Reads a text.
    pub fn of(original: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(original.len()),
            from: Vec::with_capacity(original.len()),
        };
        for (at, c) in original.char_indices() {
            match c {
                c if c.is_whitespace() => {
                    if !folded.text.is_empty() && !folded.text.ends_with(' ') {
                        folded.push(' ', at);
                    }
                }
                '\u{2018}' | '\u{2019}' => folded.push('\'', at),
                '\u{201c}' | '\u{201d}' => folded.push('"', at),
                '\u{2010}'..='\u{2015}' => folded.push('-', at),
                '\u{2039}' | '<' | '[' => folded.push('[', at),
                '\u{203a}' | '>' | ']' => folded.push(']', at),
                c if c.is_ascii() => folded.push(c.to_ascii_lowercase(), at),
                c => c.to_lowercase().for_each(|c| folded.push(c, at)),
            }
        }
        if folded.text.ends_with(' ') {
            folded.text.pop();
            folded.from.pop();
        }
        folded
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.from.extend(std::iter::repeat_n(at, c.len_utf8()));
    }

    /// Where `quote` stands in `original` (the text this was made of), as it is written there.
    /// None where it does not stand, is too long, or says nothing once the placeholders of the
    /// redaction are taken away.
    pub fn find<'a>(&self, original: &'a str, quote: &Self) -> Option<&'a str> {
        if !quote.says_something() {
            return None;
        }
        let start = self.text.find(&quote.text)?;
        let last = start + quote.text.len() - 1;
        let from = *self.from.get(start)?;
        let to = *self.from.get(last)?;
        let end = to + original.get(to..)?.chars().next()?.len_utf8();
        original.get(from..end)
    }

    fn says_something(&self) -> bool {
        if self.text.chars().count() > QUOTE_LIMIT {
            return false;
        }
        let mut depth = 0_u32;
        let mut count = 0;
        for c in self.text.chars() {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                c if depth == 0 && c.is_alphanumeric() => count += 1,
                _ => {}
            }
        }
        count >= QUOTE_MINIMUM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_what_was_written() {
        let text = "Since 2.6.0 it DOESN'T load\u{200b}. Help!";
        let words = Words::of(text);
        assert_eq!(words.as_str(), " since 2 6 0 it doesnt load help ");
        let at = words.as_str().find(" doesnt load ").unwrap();
        let found = words.original(at..at + " doesnt load ".len());
        assert_eq!(&text[found.clone()], "DOESN'T load");
        assert_eq!(
            sentence(text, found),
            "Since 2.6.0 it DOESN'T load\u{200b}."
        );
    }

    #[test]
    fn a_quote_stands_despite_case_space_and_brackets_and_is_given_as_written() {
        let text = "Mail to  ‹email:1›\nwas “Refused”";
        let folded = Folded::of(text);
        let find = |quote: &str| folded.find(text, &Folded::of(quote));
        assert_eq!(
            find("mail TO [email:1] was"),
            Some("Mail to  ‹email:1›\nwas")
        );
        assert_eq!(find("\"refused\""), Some("“Refused”"));
        assert_eq!(
            find("<email:1>"),
            None,
            "a placeholder alone proves nothing"
        );
        assert_eq!(find("was accepted"), None);
        assert_eq!(find(" "), None);
    }

    #[test]
    fn a_long_line_is_quoted_around_the_find() {
        let text = format!("{}needle{}", "é".repeat(900), "ü".repeat(900));
        let at = text.find("needle").unwrap();
        let quote = sentence(&text, at..at + 6);
        assert!(quote.contains("needle"));
        assert!(quote.chars().count() <= QUOTE_LIMIT);
    }
}
