//! Private keys in their armour.

use super::{
    Kind,
    scan::{BASE64, EQUALS, Scan, is},
};

/// Longest label of an armour line, as in `-----BEGIN PGP PRIVATE KEY BLOCK-----`.
const LONGEST_LABEL: usize = 40;

/// Looks at a `-----BEGIN`. Certificates and public keys are no secrets and stay.
pub(super) fn look(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let text = scan.text();
    let label = at + literal;
    let Some(length) = scan.bytes()[label..]
        .iter()
        .take(LONGEST_LABEL)
        .position(|byte| *byte == b'-')
    else {
        return;
    };
    let body = label + length;
    if !text[label..body]
        .to_ascii_uppercase()
        .contains("PRIVATE KEY")
    {
        return;
    }
    let end = end_marker(scan, body).unwrap_or_else(|| cut_off(scan, body));
    scan.found(at, end, Kind::PrivateKey);
}

/// Behind the end marker, if there is one.
fn end_marker(scan: &mut Scan<'_>, from: usize) -> Option<usize> {
    if from >= scan.no_pem_end_from {
        return None;
    }
    let Some(marker) = scan.text()[from..].find("-----END") else {
        scan.no_pem_end_from = from;
        return None;
    };
    let label = from + marker + "-----END".len();
    let bytes = scan.bytes();
    let dashes = bytes[label..]
        .iter()
        .take(LONGEST_LABEL)
        .position(|byte| *byte == b'-')
        .map_or(label, |length| label + length);
    let mut end = dashes;
    while end < dashes + 5 && scan.byte(end) == b'-' {
        end += 1;
    }
    Some(end)
}

/// A block whose end was cut off reaches as far as its lines look like one.
fn cut_off(scan: &mut Scan<'_>, from: usize) -> usize {
    /// Shorter last words are rather prose than the end of a key.
    const SHORTEST: usize = 16;
    let mut end = from;
    while scan.byte(end) == b'-' {
        end += 1;
    }
    let mut at = end;
    loop {
        while matches!(scan.byte(at), b' ' | b'\t' | b'\r' | b'\n' | b'\\') {
            // An escaped line break, in a log or an environment variable.
            at += if scan.byte(at) == b'\\' { 2 } else { 1 };
        }
        let stop = scan.run_end(at, BASE64 | EQUALS);
        if stop - at.min(stop) < SHORTEST || !is(scan.byte(at), BASE64) {
            return end;
        }
        (end, at) = (stop, stop);
    }
}
