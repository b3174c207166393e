//! National numbers of persons, where their shape and check digits make a chance hit unlikely:
//! Brazil's CPF, France's NIR, Sweden's personnummer, Finland's HETU, China's resident number,
//! Italy's codice fiscale. Numbers without a check digit are left: too much looks like them.

use super::Kind;
use super::scan::{ALNUM, DIGIT, Scan, UPPER, is};

/// Looks at a capital, which may begin an Italian tax number; answers where to go on.
pub(super) fn look(scan: &mut Scan<'_>, at: usize) -> usize {
    const LENGTH: usize = 16;
    /// Where it has digits; everywhere else letters.
    const DIGITS: [usize; 7] = [6, 7, 9, 10, 12, 13, 14];
    if !scan.word_begins(at) {
        return at + 1;
    }
    let end = scan.run_end(at, UPPER | DIGIT);
    let text = &scan.bytes()[at..end];
    if text.len() != LENGTH || is(scan.byte(end), ALNUM) {
        return at + 1;
    }
    let shaped = text
        .iter()
        .enumerate()
        .all(|(place, b)| is(*b, DIGIT) == DIGITS.contains(&place));
    if shaped && codice_fiscale_check(text) == text[LENGTH - 1] {
        scan.found(at, end, Kind::NationalId);
        return end;
    }
    at + 1
}

/// The check letter over the first fifteen characters (decree of 23 December 1976).
fn codice_fiscale_check(text: &[u8]) -> u8 {
    const ODD: [u8; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let sum: u32 = text[..15]
        .iter()
        .enumerate()
        .map(|(place, b)| {
            let value = if is(*b, DIGIT) { b - b'0' } else { b - b'A' };
            // Places are counted from one, so the first is odd.
            u32::from(if place % 2 == 0 {
                ODD[usize::from(value)]
            } else {
                value
            })
        })
        .sum();
    b'A' + (sum % 26) as u8
}

/// Where the national number ends that begins with the digit at `at`.
pub(super) fn ending(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let before = scan.before(at);
    if is(before, ALNUM) || matches!(before, b'.' | b'-' | b'_' | b'+' | b'/') {
        return None;
    }
    [cpf, nir, personnummer, hetu, resident_number]
        .iter()
        .find_map(|check| check(scan, at))
        .filter(|end| !is(scan.byte(*end), ALNUM) && scan.byte(*end) != b'-')
}

/// The digits of a mask such as `ddd.ddd.ddd-dd` at `at`, and where it ends.
fn masked(scan: &Scan<'_>, at: usize, mask: &str) -> Option<(Vec<u32>, usize)> {
    let text = scan.bytes().get(at..at + mask.len())?;
    let fits = mask
        .bytes()
        .zip(text)
        .all(|(m, b)| if m == b'd' { is(*b, DIGIT) } else { m == *b });
    fits.then(|| {
        let digits = text
            .iter()
            .filter(|b| is(**b, DIGIT))
            .map(|b| u32::from(b - b'0'))
            .collect();
        (digits, at + mask.len())
    })
}

fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |sum, d| sum * 10 + u64::from(*d))
}

const fn is_day(month: u64, day: u64) -> bool {
    month >= 1 && month <= 12 && day >= 1 && day <= 31
}

/// Brazil: two check digits modulo 11; only as it is printed, `ddd.ddd.ddd-dd`.
fn cpf(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let (digits, end) = masked(scan, at, "ddd.ddd.ddd-dd")?;
    let check = |count: usize| {
        let sum: u32 = digits[..count]
            .iter()
            .zip((2..=count as u32 + 1).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        (sum * 10) % 11 % 10 == digits[count]
    };
    let differ = digits.iter().any(|d| *d != digits[0]);
    (differ && check(9) && check(10)).then_some(end)
}

/// France: thirteen digits and a key, 97 minus the number modulo 97.
fn nir(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let (digits, end) = masked(scan, at, "d dd dd dd ddd ddd dd")
        .or_else(|| masked(scan, at, "ddddddddddddddd"))?;
    let month = number(&digits[3..5]);
    let person = matches!(digits[0], 1 | 2) && (1..=12).contains(&month);
    (person && number(&digits[13..]) == 97 - number(&digits[..13]) % 97).then_some(end)
}

/// Sweden: date of birth, hyphen, three digits and a Luhn digit; with century or without.
fn personnummer(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let (digits, end) =
        masked(scan, at, "dddddddd-dddd").or_else(|| masked(scan, at, "dddddd-dddd"))?;
    let short = &digits[digits.len() - 10..];
    let sum: u32 = short
        .iter()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (1, _) => *digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    let born = is_day(number(&short[2..4]), number(&short[4..6]));
    (born && sum.is_multiple_of(10)).then_some(end)
}

/// Finland: date of birth, a sign for the century, three digits and a check character.
fn hetu(scan: &Scan<'_>, at: usize) -> Option<usize> {
    const CHECK: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let century = scan.byte(at + 6);
    if !matches!(century, b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y') {
        return None;
    }
    let (mut digits, _) = masked(scan, at, "dddddd")?;
    let (serial, end) = masked(scan, at + 7, "ddd")?;
    digits.extend(serial);
    let born = is_day(number(&digits[2..4]), number(&digits[..2]));
    let wanted = CHECK[(number(&digits) % 31) as usize];
    (born && scan.byte(end) == wanted).then_some(end + 1)
}

/// China: region, date of birth, serial number, check character modulo 11 (GB 11643).
fn resident_number(scan: &Scan<'_>, at: usize) -> Option<usize> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let (digits, end) = masked(scan, at, "ddddddddddddddddd")?;
    let born = (1900..=2099).contains(&number(&digits[6..10]))
        && is_day(number(&digits[10..12]), number(&digits[12..14]))
        && (1..=8).contains(&digits[0]);
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
    let last = scan.byte(end).to_ascii_uppercase();
    (born && last == CHECK[(sum % 11) as usize]).then_some(end + 1)
}
