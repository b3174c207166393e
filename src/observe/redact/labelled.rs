//! Personal data that only its label tells: a number of an identity document, a date of birth, the
//! security code of a card; and the values of a `Cookie` header.

use super::{
    Kind,
    scan::{ALNUM, DIGIT, HYPHEN, LETTER, LOWER, Scan, UPPER, VALUE, is},
};

/// Words that may stand between a label and its value.
const FILLERS: &[&str] = &[
    "number",
    "numbers",
    "no",
    "nr",
    "num",
    "nummer",
    "numéro",
    "número",
    "id",
    "code",
    "is",
    "ist",
    "on",
    "am",
    "le",
    "of",
    "my",
    "the",
    "for",
    "card",
    "security",
    "insurance",
];
/// How many fillers are skipped.
const MOST_FILLERS: usize = 3;

/// Where the value behind the label that ends at `at` begins, and whether a colon or an equals
/// sign joins them. None where the label is the middle of a word.
fn behind(scan: &Scan<'_>, start: usize, literal: usize) -> Option<(usize, bool)> {
    let mut at = start + literal;
    if is(scan.before(start), ALNUM) || is(scan.byte(at), LETTER) {
        return None;
    }
    let mut joined = false;
    for _ in 0..=MOST_FILLERS {
        let gap = at;
        while at < gap + 6
            && matches!(
                scan.byte(at),
                b' ' | b'\t'
                    | b':'
                    | b'='
                    | b'"'
                    | b'\''
                    | b'\\'
                    | b'#'
                    | b'.'
                    | b'_'
                    | b'-'
                    | b'('
            )
        {
            joined |= matches!(scan.byte(at), b':' | b'=');
            at += 1;
        }
        let rest = &scan.text()[at..];
        let word = rest
            .find(|c: char| !c.is_alphabetic())
            .map_or(rest, |end| &rest[..end]);
        let filler = !joined && word.len() < 12 && FILLERS.contains(&word.to_lowercase().as_str());
        if !filler {
            return (at > gap).then_some((at, joined));
        }
        at += word.len();
    }
    None
}

/// Looks at a name of a document or register that numbers persons: `SSN`, `passport`.
pub(super) fn identity(scan: &mut Scan<'_>, at: usize, literal: usize) {
    /// Letters and digits of such a number, in all and at least how many digits.
    const LENGTH: std::ops::RangeInclusive<usize> = 6..=14;
    const DIGITS: usize = 5;
    let Some((from, _)) = behind(scan, at, literal) else {
        return;
    };
    let (mut end, mut count, mut digits) = (from, 0, 0);
    let mut next = from;
    loop {
        let stop = scan.run_end(next, UPPER | DIGIT);
        let group = &scan.bytes()[next..stop];
        let own = group.iter().filter(|b| is(**b, DIGIT)).count();
        // A group without a digit is a word, unless it is one of a number's letters.
        let fits = !group.is_empty()
            && (own > 0 || group.len() <= 2)
            && count + group.len() <= *LENGTH.end();
        if !fits || is(scan.byte(stop), LOWER) {
            break;
        }
        (end, count, digits) = (stop, count + group.len(), digits + own);
        if !matches!(scan.byte(stop), b' ' | b'-' | b'.' | b'/') {
            break;
        }
        next = stop + 1;
    }
    if LENGTH.contains(&count) && digits >= DIGITS && !is(scan.byte(end), ALNUM) {
        scan.found(from, end, Kind::NationalId);
    }
}

/// Looks at a name for the day on which somebody was born.
pub(super) fn birth(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let Some((from, _)) = behind(scan, at, literal) else {
        return;
    };
    if let Some(end) = date(scan, from) {
        scan.found(from, end, Kind::BirthDate);
    }
}

/// Where the date at `from` ends: `1984-02-17`, `17/2/84`, `17. Februar 1984`, `Feb 17, 1984`.
fn date(scan: &mut Scan<'_>, from: usize) -> Option<usize> {
    let first = scan.run_end(from, DIGIT);
    let sign = scan.byte(first);
    if first > from && matches!(sign, b'-' | b'.' | b'/') && is(scan.byte(first + 1), DIGIT) {
        let second = scan.run_end(first + 1, DIGIT);
        let third = scan.run_end(second + 1, DIGIT);
        let lengths = [first - from, second - first - 1, third - second - 1];
        let shaped = matches!(lengths, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4]);
        let whole = scan.byte(second) == sign && shaped && !is(scan.byte(third), ALNUM | HYPHEN);
        return whole.then_some(third);
    }
    // A day, a month in letters and a year, in either order of the first two.
    let (mut at, mut letters, mut digits) = (from, 0, 0);
    for _ in 0..3 {
        let rest = &scan.text()[at..];
        let length = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let group = &rest[..length];
        at += length;
        match group.bytes().filter(|b| is(*b, DIGIT)).count() {
            0 if (3..=12).contains(&length) => letters += 1,
            4 if length == 4 && letters + digits == 2 => return Some(at),
            1..=2 if length <= 4 => digits += 1,
            _ => return None,
        }
        let gap = at;
        while at < gap + 2 && matches!(scan.byte(at), b' ' | b'.' | b',') {
            at += 1;
        }
    }
    None
}

/// Looks at a name for a card's security code. Only where it is written as a field: three digits
/// behind a word alone may be anything.
pub(super) fn card_code(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let literal = literal + usize::from(scan.byte(at + literal) == b'2');
    let Some((from, true)) = behind(scan, at, literal) else {
        return;
    };
    let end = scan.run_end(from, DIGIT);
    if matches!(end - from, 3 | 4) && !is(scan.byte(end), ALNUM) && scan.byte(end) != b'.' {
        scan.found(from, end, Kind::CardCode);
    }
}

/// Looks at a `Cookie` or `Set-Cookie` header: each value that a machine made lets somebody in.
pub(super) fn cookie(scan: &mut Scan<'_>, at: usize, literal: usize) {
    /// A header's end is looked for so far.
    const LONGEST: usize = 4096;
    /// A language, a currency or a consent is shorter.
    const SHORTEST: usize = 16;
    let Some((from, true)) = behind(scan, at, literal) else {
        return;
    };
    let header = &scan.bytes()[from..scan.bytes().len().min(from + LONGEST)];
    let end = from
        + header
            .iter()
            .position(|b| matches!(b, b'\n' | b'\r' | b'"' | b'\''))
            .unwrap_or(header.len());
    let mut next = from;
    while next < end {
        let equals = scan.bytes()[next..end].iter().position(|b| *b == b'=');
        let Some(start) = equals.map(|place| next + place + 1) else {
            return;
        };
        let stop = scan.run_end(start, VALUE).min(end);
        let value = &scan.bytes()[start..stop];
        let digits = value.iter().filter(|b| is(**b, DIGIT)).count();
        let letters = value.iter().filter(|b| is(**b, LETTER)).count();
        if value.len() >= SHORTEST && digits >= 2 && letters >= 4 {
            scan.found(start, stop, Kind::Secret);
        }
        next = stop + 1;
    }
}
