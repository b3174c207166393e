//! Tokens and keys known by a prefix.

mod leads;

use super::scan::{ALNUM, Class, Scan, is};
use super::{Kind, assign};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use leads::{Body, LEADS, Lead};
use std::sync::LazyLock;

static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(LEADS.iter().map(|(literal, _)| literal))
        .ok()
});

/// Looks wherever a literal stands. Says whether the text holds an encoded character.
pub(super) fn look(scan: &mut Scan<'_>) -> bool {
    let mut hides = false;
    // A few short literals always build; the test below proves it.
    let Some(automaton) = AUTOMATON.as_ref() else {
        return hides;
    };
    for hit in automaton.find_iter(scan.text()) {
        let (literal, lead) = &LEADS[hit.pattern().as_usize()];
        match lead {
            Lead::Token(body) => token(scan, hit.start(), literal, body),
            Lead::Shape(check) => check(scan, hit.start(), literal.len()),
            Lead::Hides => hides = true,
        }
    }
    hides
}

fn token(scan: &mut Scan<'_>, at: usize, literal: &str, body: &Body) {
    let from = at + literal.len();
    if scan.bytes()[at..from] != *literal.as_bytes() || (body.word && !scan.word_begins(at)) {
        return;
    }
    let mut end = scan.run_end(from, body.class);
    if end - from < body.exact
        && let Some(whole) = over_lines(scan, end, body.class, body.exact - (end - from))
    {
        end = whole;
    }
    while end > from && matches!(scan.before(end), b'.' | b'-' | b'%') {
        // The end of a sentence or a dash, not of a token.
        end -= 1;
    }
    let length = end - from;
    if length < body.least || (body.most > 0 && length > body.most) {
        return;
    }
    if body.word && is(scan.byte(end), ALNUM) {
        return;
    }
    if is_mask(&scan.bytes()[from..end]) {
        return;
    }
    scan.found(at, end, body.kind);
    if matches!(body.kind, Kind::AwsAccessKeyId) {
        assign::aws_secret_near(scan, at, end - at);
    }
}

/// Where a token of a fixed length ends that a mail client or terminal broke into lines: `missing`
/// characters must follow, to the character.
fn over_lines(
    scan: &mut Scan<'_>,
    mut at: usize,
    class: Class,
    mut missing: usize,
) -> Option<usize> {
    /// A line break with its continuation mark, quote mark and indent.
    const LONGEST_BREAK: usize = 12;
    while missing > 0 {
        let rest = &scan.bytes()[at..];
        let gap = rest
            .iter()
            .take(LONGEST_BREAK)
            .take_while(|b| matches!(b, b'\\' | b'=' | b'\r' | b'\n' | b' ' | b'\t' | b'>'))
            .count();
        if !rest[..gap].contains(&b'\n') {
            return None;
        }
        let end = scan.run_end(at + gap, class);
        missing = missing
            .checked_sub(end - (at + gap))
            .filter(|_| end > at + gap)?;
        at = end;
    }
    Some(at)
}

/// Whether a body stands for a token instead of being one: `xxxxxxxx`, `0000…`, `…EXAMPLE`.
pub(super) fn is_mask(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    let mut distinct = 0;
    for byte in body.iter().map(u8::to_ascii_lowercase) {
        distinct += u32::from(!std::mem::replace(&mut seen[usize::from(byte)], true));
        if distinct > 3 {
            return has(body, b"EXAMPLE") || has(body, b"xxxxxx") || has(body, b"XXXXXX");
        }
    }
    true
}

fn has(body: &[u8], part: &[u8]) -> bool {
    body.len() <= 128 && body.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_literal_is_found_as_itself() {
        let automaton = AUTOMATON.as_ref().unwrap();
        for (index, (literal, _)) in LEADS.iter().enumerate() {
            let hit = automaton.find(literal).map(|hit| hit.pattern().as_usize());
            assert_eq!(hit, Some(index), "{literal}");
        }
    }
}
