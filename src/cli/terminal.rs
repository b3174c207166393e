//! Text for a terminal: foreign words made inert, lines no longer than it is wide.

use jiff::Timestamp;

/// The terminal's width, at most 100 columns for reading.
pub(super) fn width() -> usize {
    textwrap::termwidth().clamp(40, 100)
}

/// The text on one line and without anything that a terminal obeys: control characters, and the
/// marks that turn the direction of writing (Unicode TR 9), become `�`.
pub(super) fn inert(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '�',
            '\u{200e}' | '\u{200f}' | '\u{061c}' => '�',
            c if c.is_control() => '�',
            c => c,
        })
        .collect()
}

/// The line, inert, wrapped between words; what is wrapped stands further in than its start.
pub(super) fn wrapped(line: &str, width: usize) -> String {
    let line = inert(line);
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let further = format!("{indent}    ");
    let options = textwrap::Options::new(width)
        .initial_indent(indent)
        .subsequent_indent(&further)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// A time to the second, in UTC.
pub(super) fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `1 ticket`, `2 tickets`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
