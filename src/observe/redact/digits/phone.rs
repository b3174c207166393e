//! Telephone numbers: international (`+`, `00`), North American, national with a trunk 0, and
//! whatever a word such as "phone" announces.

use super::super::{
    context,
    scan::{ALNUM, Scan, UNDERSCORE, is},
};
use super::chain::Chain;
use std::cell::OnceCell;

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

/// Fewest digits of a number that a word announces.
const SHORTEST: usize = 7;

/// Fewest digits of a number with its country's code.
const SHORTEST_INTERNATIONAL: usize = 9;

/// The telephone number whose first digit stands at `at`: its start and end.
pub(super) fn around(scan: &Scan<'_>, at: usize) -> Option<(usize, usize)> {
    let chain = Chain::read(scan, at, LONGEST + 3);
    if chain.count() == 0 || chain.digits(chain.count()) < SHORTEST {
        return None;
    }
    let lead = Lead::before(scan, at);
    let all = chain.all(scan);
    let announced = OnceCell::new();
    (1..=chain.count()).rev().find_map(|groups| {
        let number = Number {
            scan,
            chain: &chain,
            groups,
            digits: &all[..chain.digits(groups)],
            start: lead.start - usize::from(lead.bracket && closes(&chain, scan, groups)),
            announced: &announced,
        };
        let shaped = if lead.plus {
            number.begins_well(true) && number.is_international(number.digits, true)
        } else {
            number.is_national()
        };
        (shaped && ends_well(scan, chain.end(groups))).then(|| (number.start, chain.end(groups)))
    })
}

/// What stands before the first digit.
struct Lead {
    /// Where the number begins: at its `+`, if it has one.
    start: usize,
    plus: bool,
    /// Whether a bracket opens right before `start`.
    bracket: bool,
}

impl Lead {
    fn before(scan: &Scan<'_>, at: usize) -> Self {
        let second = at.checked_sub(1).map_or(0, |at| scan.before(at));
        let (back, plus, bracket) = match (second, scan.before(at)) {
            (b'+', b'(') => (2, true, false),
            (second, b'+') => (1, true, second == b'('),
            (_, b'(') => (0, false, true),
            _ => (0, false, false),
        };
        Self {
            start: at - back,
            plus,
            bracket,
        }
    }
}

/// Whether a bracket that opened before the number closes within it, as in `(020) 7946 0991`.
fn closes(chain: &Chain, scan: &Scan<'_>, groups: usize) -> bool {
    let brackets = |wanted: char| -> usize {
        let gaps = chain.gaps(scan, groups);
        gaps.map(|gap| gap.matches(wanted).count()).sum()
    };
    brackets(')') > brackets('(')
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

/// Ten digits, neither area nor exchange beginning with 0 or 1.
fn is_north_american(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] >= b'2' && digits[3] >= b'2'
}

/// The first groups of a chain, taken for a telephone number.
struct Number<'a> {
    scan: &'a Scan<'a>,
    chain: &'a Chain,
    groups: usize,
    digits: &'a [u8],
    start: usize,
    announced: &'a OnceCell<bool>,
}

impl Number<'_> {
    fn lengths(&self) -> impl ExactSizeIterator<Item = usize> {
        self.chain.lengths(self.groups)
    }

    fn gaps(&self) -> impl Iterator<Item = &str> {
        self.chain.gaps(self.scan, self.groups)
    }

    fn is_announced(&self) -> bool {
        *self
            .announced
            .get_or_init(|| context::announces_phone(self.scan, self.start))
    }

    /// Whether a number may begin here: not within a longer name, amount or path.
    fn begins_well(&self, plus: bool) -> bool {
        let before = self.scan.before(self.start);
        if is(before, ALNUM | UNDERSCORE) {
            return before != b'_' && self.scan.word_begins(self.start);
        }
        if plus {
            return before != b'+';
        }
        let joined = matches!(
            before,
            b'.' | b'-' | b'#' | b'$' | b'/' | b'+' | b'%' | b'*' | b'&'
        );
        !joined || self.is_announced()
    }

    /// Whether these digits are a country's code and a number of a length that it has. Behind a
    /// `plus` nobody writes anything else, so a North American one need not be one in service.
    fn is_international(&self, digits: &[u8], plus: bool) -> bool {
        let country = COUNTRIES
            .iter()
            .find(|(code, _)| digits.starts_with(code.as_bytes()));
        let most = match country {
            // A number in one piece is taken whole; the limit only keeps others from joining it.
            Some((_, most)) if self.groups > 1 => *most,
            _ => LONGEST,
        };
        // `+44 (0)20 …`: the trunk 0 is written and not dialled.
        let trunk = usize::from(self.lengths().nth(1) == Some(1));
        match digits {
            [b'1', rest @ ..] if plus => rest.len() == 10 && rest[0] >= b'2',
            [b'1', rest @ ..] => is_north_american(rest),
            [b'0', ..] | [] => false,
            _ => (SHORTEST_INTERNATIONAL..=most + trunk).contains(&digits.len()),
        }
    }

    fn is_national(&self) -> bool {
        let shaped = match self.digits {
            [b'0', b'0', rest @ ..] => {
                // In one piece it could also be a padded number of another sort.
                let padded = self.groups == 1 && (rest.len() < 10 || self.is_goods());
                !padded && self.is_international(rest, false)
            }
            _ => self.is_grouped() || self.has_trunk_prefix(),
        };
        (shaped || self.may_be_announced() && self.is_announced())
            && self.begins_well(false)
            && !self.is_date()
    }

    fn is_goods(&self) -> bool {
        context::announces_goods(self.scan, self.start)
    }

    /// The North American grouping, and British mobiles, which are commonly written in one piece.
    fn is_grouped(&self) -> bool {
        let mut gaps = self.gaps();
        let mut plain = || gaps.all(|gap| matches!(gap, " " | "-" | "." | ") " | ")" | ")-"));
        if self.lengths().eq([3, 3, 4]) {
            return is_north_american(self.digits) && plain();
        }
        if self.lengths().eq([1, 3, 3, 4]) {
            return self.digits[0] == b'1' && is_north_american(&self.digits[1..]) && plain();
        }
        self.groups == 1
            && self.digits.len() == 11
            && self.digits.starts_with(b"07")
            && !self.is_goods()
    }

    /// A national number in groups, the first beginning with the trunk's 0.
    fn has_trunk_prefix(&self) -> bool {
        let trunk = self.digits.len() > 1 && self.digits[0] == b'0' && self.digits[1] != b'0';
        if !trunk || self.groups < 2 || !(9..=11).contains(&self.digits.len()) {
            return false;
        }
        let pairs = self.lengths().all(|length| length == 2);
        let bracket = self.scan.byte(self.start) == b'(';
        let gaps = self.gaps().all(|gap| match gap {
            // 01.99.00.56.78 is French; anything else with dots, or pairs with hyphens, is not.
            "." => pairs && self.groups >= 5,
            "-" => !pairs,
            ")" | ") " | ")-" => bracket,
            " " | "/" | " - " | " / " => true,
            _ => false,
        });
        gaps && self.lengths().all(|length| length >= 2)
            && self
                .lengths()
                .next()
                .is_some_and(|first| (2..=5).contains(&first))
    }

    fn may_be_announced(&self) -> bool {
        (SHORTEST..=LONGEST).contains(&self.digits.len())
            && self.lengths().all(|length| length >= 2)
    }

    /// Whether it begins with a day, a month and a year.
    fn is_date(&self) -> bool {
        self.groups >= 3
            && self.chain.lengths(3).eq([2, 2, 4])
            && matches!(self.digits[4..6], [b'1', b'9'] | [b'2', b'0'])
            && self
                .gaps()
                .take(2)
                .all(|gap| matches!(gap, "-" | "/" | "."))
    }
}
