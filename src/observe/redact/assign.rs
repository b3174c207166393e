//! Values that only their name makes a secret: `password=…`, `Authorization: Bearer …`.

use super::{
    Kind,
    scan::{
        ALNUM, BASE64, BASE64URL, DIGIT, EQUALS, HYPHEN, LETTER, LOWER, PLUS_SLASH, Scan, UPPER,
        VALUE, is,
    },
    tokens::is_mask,
};

/// Longest value read.
const LONGEST: usize = 4096;
/// How far behind the word `aws` or `secret` a bare AWS secret key is looked for.
const AWS_REACH: usize = 120;
/// Characters of an AWS secret key.
const AWS_LENGTH: usize = 40;

/// How a value is joined to its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// `name=value`, `"name":"value"`: written by or for a program.
    Tight,
    /// `name: value`: perhaps prose.
    Loose,
}

/// Looks at a name that means a password.
pub(super) fn password(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let Some((from, end, join)) = value(scan, at + literal) else {
        return;
    };
    let text = &scan.text()[from..end];
    let plain = text.bytes().all(|b| is(b, LETTER));
    let telling = match join {
        Join::Tight => text.len() >= 4 && !(plain && is_word(text)),
        Join::Loose => text.len() >= 6 && !plain && text.bytes().any(|b| !is(b, LETTER | HYPHEN)),
    };
    // `PWD=/srv/shop` is where a program runs.
    if telling && !text.starts_with(['/', '.', '~']) {
        scan.found(from, end, Kind::Password);
    }
}

/// Looks at a name that means a secret or a key.
pub(super) fn secret(scan: &mut Scan<'_>, at: usize, literal: usize) {
    aws_secret_near(scan, at, literal);
    let Some((from, end, _)) = value(scan, at + literal) else {
        return;
    };
    let text = &scan.text()[from..end];
    let digits = text.bytes().any(|b| is(b, DIGIT));
    let letters = text.bytes().filter(|b| is(*b, LETTER)).count() >= 2;
    let public = text.starts_with("pk_") || text.contains("://");
    if text.len() >= 8 && digits && letters && !public && !is_date(text) {
        scan.found(from, end, Kind::Secret);
    }
}

/// Looks at a name whose value lets somebody in as long as it was made by a machine: a session's
/// cookie, the signature or the one-time code of an address. A coupon or a country is shorter.
pub(super) fn machine_made(scan: &mut Scan<'_>, at: usize, literal: usize) {
    const SHORTEST: usize = 20;
    let Some((from, end, Join::Tight)) = value(scan, at + literal) else {
        return;
    };
    let query = matches!(scan.byte(at), b'?' | b'&');
    let text = &scan.text()[from..end];
    // Within an address the next field begins a new value.
    let end = from
        + text
            .find(['&', '#'])
            .filter(|_| query)
            .unwrap_or(text.len());
    let text = &scan.text()[from..end];
    let digits = text.bytes().filter(|b| is(*b, DIGIT)).count() >= 2;
    let letters = text.bytes().filter(|b| is(*b, LETTER)).count() >= 4;
    if text.len() >= SHORTEST && digits && letters && !text.contains("://") {
        scan.found(from, end, Kind::Secret);
    }
}

/// Looks at the name `token`, alone or with a word that says it lets somebody in. A cart's or a
/// form's token is the shop's own business and often what a ticket is about.
pub(super) fn token(scan: &mut Scan<'_>, at: usize, literal: usize) {
    const SHORTEST: usize = 16;
    let name = scan.run_start(at, BASE64URL, 32);
    let owner = scan.text()[name..at]
        .trim_end_matches(['_', '-'])
        .to_ascii_lowercase();
    let lets_in = "access auth refresh api bot bearer id session secret oauth deploy admin"
        .split(' ')
        .any(|word| owner.ends_with(word));
    if !owner.is_empty() && !lets_in {
        return;
    }
    let Some((from, end, join)) = value(scan, at + literal) else {
        return;
    };
    let text = &scan.text()[from..end];
    let digits = text.bytes().any(|b| is(b, DIGIT));
    let letters = text.bytes().filter(|b| is(*b, LETTER)).count() >= 4;
    let bare = owner.is_empty() && join == Join::Loose;
    if text.len() >= SHORTEST && digits && letters && !bare && !is_date(text) {
        scan.found(from, end, Kind::Secret);
    }
}

/// Looks at an `Authorization` header whose scheme is not `Bearer`.
pub(super) fn authorization(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let Some((from, end, _)) = value(scan, at + literal) else {
        return;
    };
    let scheme = &scan.text()[from..end];
    let known = ["basic", "token", "digest", "apikey", "hmac-sha256", "bot"]
        .iter()
        .any(|name| scheme.eq_ignore_ascii_case(name));
    if known {
        credential(scan, end);
    } else if !scheme.eq_ignore_ascii_case("bearer") && looks_random(scheme) {
        scan.found(from, end, Kind::Authorization);
    }
}

/// Looks at `Bearer`, in a header or without one.
pub(super) fn bearer(scan: &mut Scan<'_>, at: usize, literal: usize) {
    if scan.word_begins(at) {
        credential(scan, at + literal);
    }
}

/// The credential behind a scheme's name.
fn credential(scan: &mut Scan<'_>, mut from: usize) {
    if !matches!(scan.byte(from), b' ' | b':') {
        return;
    }
    while matches!(scan.byte(from), b' ' | b':' | b'"') {
        from += 1;
    }
    let end = scan.run_end(from, VALUE);
    if !scan.may_look_into(end) {
        return;
    }
    let Some(text) = scan.text().get(from..end.min(from + LONGEST)) else {
        return;
    };
    let text = text.trim_end_matches(['.', ':', '!', '?']);
    if looks_random(text) {
        scan.found(from, from + text.len(), Kind::Authorization);
    }
}

/// Whether a value was made by a machine: no word of prose, no placeholder.
fn looks_random(text: &str) -> bool {
    let digits = text.bytes().any(|b| is(b, DIGIT));
    let letters = text.bytes().any(|b| is(b, LETTER));
    let mixed = text.bytes().skip(1).any(|b| is(b, UPPER)) && text.bytes().any(|b| is(b, LOWER));
    text.len() >= 10 && letters && (digits || mixed) && !is_placeholder(text)
}

/// Looks for an AWS secret key behind something that speaks of AWS or of a secret: 40 characters
/// of base 64 that stand alone. They have no prefix, so without such a word they stay.
pub(super) fn aws_secret_near(scan: &mut Scan<'_>, at: usize, literal: usize) {
    if is(scan.before(at), LETTER) && is(scan.byte(at), LOWER) {
        return;
    }
    let mut from = at + literal;
    let reach = from + AWS_REACH;
    while from < reach.min(scan.bytes().len()) {
        if !is(scan.byte(from), BASE64) {
            from += 1;
            continue;
        }
        let end = scan.run_end(from, BASE64);
        let whole = end - from == AWS_LENGTH
            && !is(scan.before(from), BASE64URL | PLUS_SLASH)
            && !is(scan.byte(end), BASE64URL | EQUALS);
        let body = &scan.bytes()[from..end.min(from + AWS_LENGTH)];
        let mixed = [UPPER, LOWER, DIGIT | PLUS_SLASH]
            .iter()
            .all(|class| body.iter().any(|b| is(*b, *class)));
        if whole && mixed && !is_mask(body) {
            scan.found(from, end, Kind::AwsSecretKey);
            return;
        }
        from = end;
    }
}

/// The value given to the name that ends at `at`: its start, end and how it is joined.
fn value(scan: &mut Scan<'_>, at: usize) -> Option<(usize, usize, Join)> {
    /// Rest of the name: `_key`, `AccessKey`, `[0]`.
    const LONGEST_TAIL: usize = 36;
    let mut from = scan.run_end(at, BASE64URL);
    if from > at + LONGEST_TAIL || speaks_about(&scan.text()[at..from]) {
        return None;
    }
    if scan.bytes()[from..].starts_with(b" access key") || scan.bytes()[from..].starts_with(b" key")
    {
        from = scan.run_end(from + 1, ALNUM);
        if scan.byte(from) == b' ' && scan.bytes()[from + 1..].starts_with(b"key") {
            from += 4;
        }
    }
    let mut quoted = false;
    while matches!(scan.byte(from), b'"' | b'\'' | b'`' | b']' | b'\\') {
        quoted = true;
        from += 1;
    }
    skip_spaces(scan, &mut from);
    let joined = from;
    if !matches!(scan.byte(from), b'=' | b':') {
        return None;
    }
    from += 1;
    from += usize::from(matches!(scan.byte(from), b'=' | b'>'));
    let equals = scan.bytes()[joined..from].contains(&b'=');
    skip_spaces(scan, &mut from);
    let escaped = scan.byte(from) == b'\\';
    from += usize::from(escaped);
    let quote = scan.byte(from);
    let (from, end) = if matches!(quote, b'"' | b'\'' | b'`') {
        let start = from + 1;
        let length = scan.bytes()[start..]
            .iter()
            .take(LONGEST)
            .position(|b| *b == quote || *b == b'\n' || (escaped && *b == b'\\'))?;
        quoted = true;
        (start, start + length)
    } else {
        let end = scan.run_end(from, VALUE);
        if !scan.may_look_into(end) {
            return None;
        }
        (from, end)
    };
    let text = scan.text().get(from..end.min(from + LONGEST))?;
    let text = if quoted {
        text
    } else {
        text.trim_end_matches(['.', ':', '!', '?'])
    };
    if text.is_empty() || is_placeholder(text) {
        return None;
    }
    let join = if quoted || equals {
        Join::Tight
    } else {
        Join::Loose
    };
    Some((from, from + text.len(), join))
}

/// Whether the rest of a name makes it one that only speaks about a secret: `password_policy`.
fn speaks_about(tail: &str) -> bool {
    let tail = tail.to_ascii_lowercase();
    "id name url uri path file type length policy count expiry expires expires_in expires_at reset less"
        .split(' ')
        .any(|word| tail.ends_with(word))
}

/// Skips a few spaces.
fn skip_spaces(scan: &Scan<'_>, at: &mut usize) {
    let start = *at;
    while *at < start + 4 && matches!(scan.byte(*at), b' ' | b'\t') {
        *at += 1;
    }
}

/// Whether a value only marks the place of one.
fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.starts_with(['<', '$', '{', '[', '%', '*', '‹', '…', '•', '('])
        || "*** xxxx ... … ••• redacted your_ your- example placeholder changeme process.env getenv"
            .split(' ')
            .any(|part| lower.contains(part))
        || is_mask(text.as_bytes()) && text.len() > 3
}

/// Words that say something about a password instead of being one.
fn is_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    "true false null none nil undefined required invalid incorrect missing empty string text \
     password passwd secret changed reset expired wrong hidden unset optional hash hashed \
     encrypted forgot forgotten failed mismatch weak yes"
        .split(' ')
        .any(|word| word == lower)
}

/// `2026-03-01T10:00:00Z`, as in "token: 2026-…": a time, not a secret.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[..4].iter().all(|b| is(*b, DIGIT))
}
