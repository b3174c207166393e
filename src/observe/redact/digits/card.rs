//! Payment cards: issuer's range, length and Luhn digit (ISO/IEC 7812-1).

use super::super::{
    context,
    scan::{DIGIT, Scan, is},
};
use super::chain::Chain;

/// Digits of the longest card number.
const LONGEST: usize = 19;
/// Digits of the shortest still in use: old Visa cards.
const SHORTEST: usize = 13;

/// Where the card number ends that begins at `at`, if one does.
pub(super) fn ending(scan: &Scan<'_>, at: usize) -> Option<usize> {
    if !matches!(scan.byte(at), b'2'..=b'6') {
        return None;
    }
    // The fraction of a decimal number.
    if scan.before(at) == b'.' && at > 1 && is(scan.before(at - 1), DIGIT) {
        return None;
    }
    let chain = Chain::read(scan, at, LONGEST);
    (1..=chain.count())
        .rev()
        .find(|groups| is_card(scan, &chain, *groups, at))
        .map(|groups| chain.end(groups))
}

fn is_card(scan: &Scan<'_>, chain: &Chain, groups: usize, at: usize) -> bool {
    let digits = chain.digits(groups);
    if !(SHORTEST..=LONGEST).contains(&digits) {
        return false;
    }
    // Written in groups, all but the last have four digits or more: 4-4-4-4, 4-6-5, 6-13.
    let even = chain
        .lengths(groups)
        .take(groups - 1)
        .all(|length| length >= 4);
    let mut gaps = chain.gaps(scan, groups);
    let plain = gaps.all(|gap| gap == " " || gap == "-" || (gap == "." && digits == 16));
    if !even || !plain {
        return false;
    }
    let end = chain.end(groups);
    if scan.byte(end) == b'.' && is(scan.byte(end + 1), DIGIT) {
        return false;
    }
    let first = |n: usize| {
        chain
            .values(scan, groups)
            .take(n)
            .fold(0, |sum, d| sum * 10 + d)
    };
    if !issued(first(6), digits) || !luhn(chain.values(scan, groups)) {
        return false;
    }
    // Thirteen digits are far more often an article number.
    digits != SHORTEST
        || !(context::announces_goods(scan, at) || is_article(chain.values(scan, groups)))
}

/// Whether an issuer gives out numbers of this length that begin with these six digits.
const fn issued(first: u32, digits: usize) -> bool {
    match first {
        // Mir; Mastercard.
        220_000..=220_499 | 222_100..=272_099 | 510_000..=559_999 => digits == 16,
        // Diners Club.
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => {
            digits == 14 || digits == 16
        }
        // American Express.
        340_000..=349_999 | 370_000..=379_999 => digits == 15,
        // JCB.
        352_800..=358_999 => digits == 16,
        // Visa.
        400_000..=499_999 => matches!(digits, 13 | 16 | 19),
        // Maestro and other debit cards; UnionPay, Discover, RuPay, Hipercard.
        500_000..=509_999 | 560_000..=699_999 => matches!(digits, 16 | 19),
        _ => false,
    }
}

fn luhn(digits: impl DoubleEndedIterator<Item = u32>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether thirteen digits have the check digit of an article number (EAN-13).
fn is_article(digits: impl DoubleEndedIterator<Item = u32>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit } else { digit * 3 })
        .sum();
    sum.is_multiple_of(10)
}
