//! International bank account numbers (ISO 13616): the country's length and mod 97.

use super::super::scan::{ALNUM, DIGIT, LETTER, Scan, is};

/// Lengths by country, from the registry that SWIFT keeps (release 99).
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The account number whose check digits begin at `at`: its start and end.
pub(super) fn ending(scan: &Scan<'_>, at: usize) -> Option<(usize, usize)> {
    let start = at.checked_sub(2)?;
    let letters = [scan.byte(start), scan.byte(start + 1)];
    if !letters.iter().all(|b| is(*b, LETTER)) || !is(scan.byte(at + 1), DIGIT) {
        return None;
    }
    let country = letters.map(|b| b.to_ascii_uppercase());
    let (_, length) = LENGTHS.iter().find(|(known, _)| **known == country)?;
    if !scan.word_begins(start) {
        return None;
    }
    let mut at = start;
    let mut characters = [0; 34];
    let mut count = 0;
    let mut group = 0;
    let mut grouped = false;
    while count < *length {
        let byte = scan.byte(at);
        if is(byte, ALNUM) {
            characters[count] = byte.to_ascii_uppercase();
            count += 1;
            group += 1;
            // In groups means in groups of four.
            if grouped && group > 4 {
                return None;
            }
        } else if matches!(byte, b' ' | b'-') && group == 4 {
            grouped = true;
            group = 0;
        } else {
            return None;
        }
        at += 1;
    }
    let ends = !is(scan.byte(at), DIGIT);
    (ends && remainder(&characters[..count]) == 1).then_some((start, at))
}

/// The number modulo 97, its first four characters moved to the end, letters as 10 to 35.
fn remainder(characters: &[u8]) -> u32 {
    let (head, tail) = characters.split_at(4);
    tail.iter().chain(head).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    })
}
