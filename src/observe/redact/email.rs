//! What stands around an `@`: an e-mail address, or the password of a URL.

use super::{
    Kind,
    scan::{ALNUM, AUTHORITY, HEX, Scan, is},
};

/// Longest local part looked at, in bytes: RFC 5321 allows 64 octets, and a name in another
/// script takes up to four times that.
const LONGEST_LOCAL: usize = 256;
/// Longest domain, RFC 1035.
const LONGEST_DOMAIN: usize = 255;
/// Farthest that the user and password of a URL reach before the `@`.
const LONGEST_USERINFO: usize = 512;

/// Last labels that are names of files or units, as in `logo@2x.png` or `getty@tty1.service`.
const NO_DOMAINS: &[&str] = &[
    "avif", "bmp", "cjs", "conf", "css", "csv", "gif", "htm", "html", "ico", "jpeg", "jpg", "js",
    "json", "jsx", "log", "map", "mjs", "mount", "php", "png", "scss", "service", "slice",
    "socket", "svg", "target", "timer", "toml", "ts", "tsx", "txt", "vue", "webp", "xml", "yaml",
    "yml", "zip",
];

/// Looks around the `@` at `at`; answers where to go on.
pub(super) fn look(scan: &mut Scan<'_>, at: usize) -> usize {
    if !url_password(scan, at) {
        address(scan, at);
    }
    at + 1
}

/// The password in `scheme://user:password@host`. Says whether the `@` ends the user part of a
/// URL, and so is no mail address.
fn url_password(scan: &mut Scan<'_>, at: usize) -> bool {
    let (start, last) = authority(scan, at);
    if start < 3 || &scan.bytes()[start - 3..start] != b"://" {
        return false;
    }
    if at != last {
        // The last `@` ends the user part; it is looked at in its turn.
        return true;
    }
    let user = &scan.text()[start..at];
    let Some(colon) = user.find(':') else {
        return true;
    };
    let password = &user[colon + 1..];
    if !stands_for_one(password) {
        scan.found(start + colon + 1, at, Kind::UrlPassword);
    }
    true
}

/// Where the stretch around this `@` that could be a URL's authority begins, and its last `@`.
/// Each stretch is read once, however many `@` it has.
fn authority(scan: &mut Scan<'_>, at: usize) -> (usize, usize) {
    let (start, last) = scan.authority;
    if start < at && at <= last {
        return scan.authority;
    }
    let start = scan.run_start(at, AUTHORITY, LONGEST_USERINFO);
    let end = scan.run_end(at, AUTHORITY);
    let rest = &scan.bytes()[at..end];
    let last = at + rest.iter().rposition(|b| *b == b'@').unwrap_or(0);
    scan.authority = (start, last);
    scan.authority
}

/// Whether a password only marks the place of one: `****`, `<password>`, `${DB_PASSWORD}`.
fn stands_for_one(password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "" | "password" | "passwd" | "pass" | "pwd" | "secret" | "your_password" | "your-password"
    ) || lower.starts_with(['$', '{', '[', '%', '‹', '…'])
        || lower
            .chars()
            .all(|c| matches!(c, '*' | 'x' | '.' | '•' | '-'))
        || lower.contains("***")
        || lower.contains("redacted")
}

fn address(scan: &mut Scan<'_>, at: usize) {
    let start = local_start(scan, at);
    let end = domain_end(scan.text(), at + 1);
    if start == at || end == at + 1 {
        return;
    }
    let local = &scan.text()[start..at];
    let remote_shell = local == "git" && scan.byte(end) == b':';
    if !remote_shell {
        scan.found(start, end, Kind::Email);
    }
}

/// Where the local part begins; `at` if there is none.
fn local_start(scan: &Scan<'_>, at: usize) -> usize {
    let mut floor = at.saturating_sub(LONGEST_LOCAL);
    while !scan.text().is_char_boundary(floor) {
        floor += 1;
    }
    let before = &scan.text()[floor..at];
    let reach: usize = before
        .chars()
        .rev()
        .take_while(|c| c.is_alphanumeric() || "._+-'=".contains(*c) || is_mark(*c))
        .map(char::len_utf8)
        .sum();
    let mut start = at - reach;
    let local = &scan.text()[start..at];
    // `user=jane@…` is a field and its value; `jane+tag=1@…` is one address.
    let plus = local.find('+').unwrap_or(local.len());
    if let Some(equals) = local[..plus].rfind('=') {
        start += equals + 1;
    }
    let escaped = scan.before(start) == b'\\' && matches!(scan.byte(start), b'n' | b'r' | b't');
    let encoded =
        scan.before(start) == b'%' && is(scan.byte(start), HEX) && is(scan.byte(start + 1), HEX);
    start += usize::from(escaped) + 2 * usize::from(encoded);
    let local = scan.text().get(start..at).unwrap_or("");
    let kept = local.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    if kept.ends_with('.') {
        return at;
    }
    at - kept.len()
}

/// Combining marks are part of the letter before them.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Where the domain ends that begins at `from`; `from` if there is none.
fn domain_end(text: &str, from: usize) -> usize {
    let mut labels = 0;
    let (mut end, mut at) = (from, from);
    let mut numbers = 0;
    loop {
        let label = label(
            &text[at..],
            LONGEST_DOMAIN - (at - from).min(LONGEST_DOMAIN),
        );
        if label.is_empty() {
            break;
        }
        let number = label.bytes().all(|b| b.is_ascii_digit());
        if labels > 0 && may_be_last(label) {
            end = at + label.len();
        } else if labels > 0 {
            end = from;
        }
        numbers += usize::from(number && labels < 2);
        labels += 1;
        at += label.len();
        if !text[at..].starts_with('.') {
            break;
        }
        at += 1;
    }
    // `react@18.2.0-beta.next` is a version.
    if numbers >= 2 { from } else { end }
}

/// One label of a domain name at the start of `text`.
fn label(text: &str, most: usize) -> &str {
    let length: usize = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '-' || is_mark(*c))
        .map(char::len_utf8)
        .scan(0, |sum, width| {
            *sum += width;
            (*sum <= most).then_some(width)
        })
        .sum();
    text[..length].trim_end_matches('-')
}

/// Whether a domain may end with this label: two letters or more, or an encoded name.
fn may_be_last(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let letters = label.chars().all(|c| c.is_alphabetic() || is_mark(c));
    label.chars().nth(1).is_some()
        && (letters
            || (lower.starts_with("xn--") && label.bytes().all(|b| is(b, ALNUM) || b == b'-')))
        && !NO_DOMAINS.contains(&lower.as_str())
}
