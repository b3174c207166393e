//! Telephone numbers: international (`+`, `00`), North American, national with a trunk 0, and
//! whatever a word such as "phone" announces.

use super::super::{
    context,
    scan::{ALNUM, Scan, UNDERSCORE, is},
};
use super::chain::Chain;

/// Digits of the longest number with its country's code (E.164).
const LONGEST: usize = 15;

/// Most digits a number can have, country's code included, where E.164's 15 would swallow a
/// number that merely follows.
const COUNTRIES: &[(&str, usize)] = &[
    ("27", 11),
    ("30", 12),
    ("31", 11),
    ("32", 11),
    ("33", 11),
    ("34", 11),
    ("351", 12),
    ("353", 12),
    ("354", 10),
    ("358", 12),
    ("36", 11),
    ("380", 12),
    ("39", 12),
    ("40", 11),
    ("41", 11),
    ("420", 12),
    ("421", 12),
    ("43", 13),
    ("44", 12),
    ("45", 10),
    ("46", 11),
    ("47", 10),
    ("48", 11),
    ("49", 13),
    ("52", 12),
    ("55", 13),
    ("61", 11),
    ("64", 12),
    ("65", 10),
    ("7", 11),
    ("81", 12),
    ("852", 11),
    ("86", 13),
    ("90", 12),
    ("91", 12),
    ("971", 12),
    ("972", 12),
];

/// Fewest digits of a number with its country's code.
const SHORTEST_INTERNATIONAL: usize = 9;

/// The telephone number whose first digit stands at `at`: its start and end.
pub(super) fn around(scan: &Scan<'_>, at: usize) -> Option<(usize, usize)> {
    let (start, plus, paren) = lead(scan, at);
    let chain = Chain::read(scan, at, LONGEST + 3);
    if chain.count() == 0 {
        return None;
    }
    let announced = !plus && context::announces_phone(scan, start);
    if !may_begin(scan, start, plus, announced) {
        return None;
    }
    let groups = (1..=chain.count()).rev().find(|groups| {
        ends_well(scan, chain.end(*groups))
            && (if plus {
                is_international(&chain, *groups, &digits(scan, &chain, *groups))
            } else {
                is_national(scan, &chain, *groups, paren, announced)
            })
    })?;
    Some((start, chain.end(groups)))
}

/// What stands before the first digit and belongs to the number: where it begins, whether there
/// is a `+`, whether there is a bracket.
fn lead(scan: &Scan<'_>, at: usize) -> (usize, bool, bool) {
    match (scan.before(at), scan.before(at.saturating_sub(1))) {
        (b'+', b'(') => (at - 2, true, true),
        (b'(', b'+') => (at - 2, true, true),
        (b'+', _) => (at - 1, true, false),
        (b'(', _) => (at - 1, false, true),
        _ => (at, false, false),
    }
}

fn may_begin(scan: &Scan<'_>, start: usize, plus: bool, announced: bool) -> bool {
    let before = scan.before(start);
    if is(before, ALNUM | UNDERSCORE) {
        return scan.word_begins(start) && before != b'_';
    }
    if plus {
        return before != b'+';
    }
    announced
        || !matches!(
            before,
            b'.' | b'-' | b'#' | b'$' | b'/' | b'+' | b'%' | b'*' | b'&'
        )
}

/// Whether a number may end here: not within a longer name, a time, or a percentage.
fn ends_well(scan: &Scan<'_>, end: usize) -> bool {
    let (next, after) = (scan.byte(end), scan.byte(end + 1));
    match next {
        b'x' | b'X' | b'e' | b'E' => true,
        b'_' | b'%' => false,
        b'-' | b':' => !is(after, ALNUM),
        _ => !is(next, ALNUM),
    }
}

fn digits(scan: &Scan<'_>, chain: &Chain, groups: usize) -> String {
    (0..groups).map(|index| chain.group(scan, index)).collect()
}

fn is_international(chain: &Chain, groups: usize, digits: &str) -> bool {
    let most = match COUNTRIES.iter().find(|(code, _)| digits.starts_with(code)) {
        // A number in one piece is taken whole; the limit only keeps others from joining it.
        Some((_, most)) if groups > 1 => *most,
        _ => LONGEST,
    };
    // `+44 (0)20 …`: the trunk 0 is written and not dialled.
    let trunk = usize::from(
        chain
            .lengths(groups)
            .skip(1)
            .take(1)
            .any(|length| length == 1),
    );
    match digits.as_bytes() {
        [b'1', rest @ ..] => is_north_american(rest),
        [b'0', ..] | [] => false,
        _ => (SHORTEST_INTERNATIONAL..=most + trunk).contains(&digits.len()),
    }
}

/// Ten digits, neither area nor exchange beginning with 0 or 1.
fn is_north_american(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] >= b'2' && digits[3] >= b'2'
}

fn is_national(
    scan: &Scan<'_>,
    chain: &Chain,
    groups: usize,
    paren: bool,
    announced: bool,
) -> bool {
    let all = digits(scan, chain, groups);
    if is_date(scan, chain, groups) {
        return false;
    }
    if let Some(rest) = all.strip_prefix("00") {
        // In one piece it could also be a padded number of another sort.
        let whole =
            groups == 1 && (rest.len() < 10 || context::announces_goods(scan, chain.start()));
        return !whole && is_international(chain, groups, rest);
    }
    let lengths: Vec<usize> = chain.lengths(groups).collect();
    let plain = chain
        .gaps(scan, groups)
        .all(|gap| matches!(gap, " " | "-" | "." | ") " | ")" | ")-"));
    match lengths[..] {
        [3, 3, 4] if plain => return is_north_american(all.as_bytes()),
        [1, 3, 3, 4] if plain && all.starts_with('1') => {
            return is_north_american(&all.as_bytes()[1..]);
        }
        // British mobiles are commonly written in one piece.
        [11] if all.starts_with("07") => return !context::announces_goods(scan, chain.start()),
        _ => {}
    }
    if announced {
        return (7..=LONGEST).contains(&all.len()) && lengths.iter().all(|length| *length >= 2);
    }
    let trunk = all.starts_with('0') && all.as_bytes().get(1).is_some_and(|b| *b != b'0');
    let pairs = lengths.iter().all(|length| *length == 2);
    let gaps = chain.gaps(scan, groups).all(|gap| match gap {
        "." | "-" if pairs => gap == "." && groups >= 5,
        "." => false,
        ")" | ") " | ")-" => paren,
        " " | "-" | "/" | " - " | " / " => true,
        _ => false,
    });
    trunk
        && groups >= 2
        && (9..=11).contains(&all.len())
        && (2..=5).contains(&lengths[0])
        && lengths.iter().all(|length| *length >= 2)
        && gaps
}

/// Whether the groups begin with a day, a month and a year.
fn is_date(scan: &Scan<'_>, chain: &Chain, groups: usize) -> bool {
    if groups < 3 || chain.lengths(3).ne([2, 2, 4]) {
        return false;
    }
    let year = chain.group(scan, 2);
    (year.starts_with("19") || year.starts_with("20"))
        && chain
            .gaps(scan, 3)
            .all(|gap| matches!(gap, "-" | "/" | "."))
}
