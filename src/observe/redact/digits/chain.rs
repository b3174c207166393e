//! Groups of digits with single separators between them.

use super::super::scan::{DIGIT, Scan, is};

/// More groups than any number has that is looked for.
pub(super) const MOST_GROUPS: usize = 10;

/// More digits than any number has that is looked for.
const MOST_DIGITS: usize = 20;

/// The digits of a chain in ASCII, without separators; zeros behind the last.
pub(super) type Digits = [u8; MOST_DIGITS];

/// Groups of digits, as they stand.
#[derive(Clone, Copy, Default)]
pub(super) struct Chain {
    groups: [(usize, usize); MOST_GROUPS],
    count: usize,
}

/// Whether another group of digits follows the one that ends at `end`.
pub(super) fn goes_on(scan: &Scan<'_>, end: usize) -> bool {
    gap(scan, end).is_some()
}

/// How long the separator at `end` is, where a digit follows it.
fn gap(scan: &Scan<'_>, end: usize) -> Option<usize> {
    let length = match (scan.byte(end), scan.byte(end + 1), scan.byte(end + 2)) {
        (b')', b' ' | b'-', _) | (b' ' | b'-', b'(', _) => 2,
        (b' ', b'-' | b'/', b' ') => 3,
        (b' ' | b'-' | b'.' | b'/' | b'(' | b')', _, _) => 1,
        _ => return None,
    };
    is(scan.byte(end + length), DIGIT).then_some(length)
}

impl Chain {
    /// The groups from `at` on, until they hold more than `most` digits.
    pub(super) fn read(scan: &Scan<'_>, at: usize, most: usize) -> Self {
        let most = most.min(MOST_DIGITS);
        let mut chain = Self::default();
        let (mut start, mut digits) = (at, 0);
        while chain.count < MOST_GROUPS {
            let room = most + 1 - digits;
            let length = scan.bytes()[start..]
                .iter()
                .take(room)
                .take_while(|b| is(**b, DIGIT))
                .count();
            digits += length;
            if digits > most {
                break;
            }
            chain.groups[chain.count] = (start, start + length);
            chain.count += 1;
            let Some(gap) = gap(scan, start + length) else {
                break;
            };
            start += length + gap;
        }
        chain
    }

    /// How many groups.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Where it begins.
    pub(super) const fn start(&self) -> usize {
        self.groups[0].0
    }

    /// Where the first `groups` groups end.
    pub(super) const fn end(&self, groups: usize) -> usize {
        self.groups[groups - 1].1
    }

    /// How many digits each of the first `groups` groups has.
    pub(super) fn lengths(&self, groups: usize) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.groups[..groups].iter().map(|(start, end)| end - start)
    }

    /// How many digits the first `groups` groups have together.
    pub(super) fn digits(&self, groups: usize) -> usize {
        self.lengths(groups).sum()
    }

    /// The digits of all groups, without what stands between them.
    pub(super) fn all(&self, scan: &Scan<'_>) -> Digits {
        let mut digits = [0; MOST_DIGITS];
        let bytes = self.groups[..self.count]
            .iter()
            .flat_map(|(start, end)| &scan.bytes()[*start..*end]);
        for (digit, byte) in digits.iter_mut().zip(bytes) {
            *digit = *byte;
        }
        digits
    }

    /// What stands between the first `groups` groups.
    pub(super) fn gaps<'a>(
        &'a self,
        scan: &Scan<'a>,
        groups: usize,
    ) -> impl Iterator<Item = &'a str> + 'a {
        let text = scan.text();
        self.groups[..groups]
            .windows(2)
            .map(move |pair| &text[pair[0].1..pair[1].0])
    }
}
