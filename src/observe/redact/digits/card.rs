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
    let digits = chain.all(scan);
    (1..=chain.count())
        .rev()
        .find(|groups| is_card(scan, &chain, *groups, &digits[..chain.digits(*groups)]))
        .map(|groups| chain.end(groups))
}

fn is_card(scan: &Scan<'_>, chain: &Chain, groups: usize, digits: &[u8]) -> bool {
    let length = digits.len();
    if !(SHORTEST..=LONGEST).contains(&length) || !issued(number(&digits[..6]), length) {
        return false;
    }
    // Written in groups, all but the last have four digits or more: 4-4-4-4, 4-6-5, 6-13.
    let even = chain
        .lengths(groups)
        .take(groups - 1)
        .all(|length| length >= 4);
    let mut gaps = chain.gaps(scan, groups);
    let plain = gaps.all(|gap| gap == " " || gap == "-" || (gap == "." && length == 16));
    let end = chain.end(groups);
    let decimal = scan.byte(end) == b'.' && is(scan.byte(end + 1), DIGIT);
    if !even || !plain || decimal || !luhn(digits) {
        return false;
    }
    // Thirteen digits are far more often an object's or an article's number.
    length != SHORTEST || context::announces_card(scan, chain.start())
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
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

fn luhn(digits: &[u8]) -> bool {
    let values = digits.iter().rev().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = values
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
