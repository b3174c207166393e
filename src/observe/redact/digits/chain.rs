//! Groups of digits with single separators between them.

use super::super::scan::{DIGIT, Scan, is};

/// More groups than any number has that is looked for.
pub(super) const MOST_GROUPS: usize = 10;

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

    /// The digits of the first `groups` groups, as numbers.
    pub(super) fn values<'a>(
        &'a self,
        scan: &Scan<'a>,
        groups: usize,
    ) -> impl DoubleEndedIterator<Item = u32> + 'a {
        let bytes = scan.bytes();
        self.groups[..groups]
            .iter()
            .flat_map(|(start, end)| &bytes[*start..*end])
            .map(|b| u32::from(b - b'0'))
    }

    /// The text of one group.
    pub(super) fn group<'a>(&self, scan: &Scan<'a>, index: usize) -> &'a str {
        let (start, end) = self.groups[index];
        &scan.text()[start..end]
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
