//! Tokens and secret addresses with a shape of their own.

use super::{
    Kind,
    scan::{BASE64, BASE64URL, DIGIT, DOT, EQUALS, HEX, LOWER, PLUS_SLASH, Scan, UPPER, is},
    tokens::is_mask,
};

/// A JSON web token: header and payload, mostly a signature; five parts where encrypted.
pub(super) fn jwt(scan: &mut Scan<'_>, at: usize, literal: usize) {
    if scan.bytes()[at..at + literal] != *b"eyJ" || !scan.word_begins(at) {
        return;
    }
    let header = scan.run_end(at, BASE64URL);
    if scan.byte(header) != b'.' || header - at < 10 {
        return;
    }
    let mut end = scan.run_end(header + 1, BASE64URL);
    if end - (header + 1) < 4 {
        return;
    }
    let mut parts = 2;
    while parts < 5 && scan.byte(end) == b'.' && is(scan.byte(end + 1), BASE64URL) {
        end = scan.run_end(end + 1, BASE64URL);
        parts += 1;
    }
    // Two parts alone are an unsigned token only where both are JSON.
    if parts > 2 || scan.bytes()[header + 1..].starts_with(b"eyJ") {
        scan.found(at, end, Kind::Jwt);
    }
}

/// `EAA` begins tokens of two vendors: Square's have 60 to 68 characters and go on with `A`, those
/// of Facebook's graph are longer.
pub(super) fn square_or_facebook(scan: &mut Scan<'_>, at: usize, literal: usize) {
    if scan.bytes()[at..at + literal] != *b"EAA" || !scan.word_begins(at) {
        return;
    }
    let end = scan.run_end(at, BASE64URL);
    if is_mask(&scan.bytes()[at + literal..end]) {
        return;
    }
    match end - at {
        60..=68 if scan.byte(at + literal) == b'A' => scan.found(at, end, Kind::SquareToken),
        90.. => scan.found(at, end, Kind::ApiToken),
        _ => {}
    }
}

/// `SG.` and two parts of 22 and 43 characters.
pub(super) fn sendgrid(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let first = at + literal;
    let middle = scan.run_end(first, BASE64URL);
    if scan.bytes()[at..first] != *b"SG." || middle - first < 16 || scan.byte(middle) != b'.' {
        return;
    }
    let end = scan.run_end(middle + 1, BASE64URL);
    if end - middle > 30 && !is_mask(&scan.bytes()[first..end]) {
        scan.found(at, end, Kind::SendgridKey);
    }
}

/// The bot's number, a colon, and 35 characters of which the first two are `AA`.
pub(super) fn telegram(scan: &mut Scan<'_>, at: usize, _: usize) {
    let start = scan.run_start(at, DIGIT, 12);
    let end = scan.run_end(at + 1, BASE64URL);
    if (8..=11).contains(&(at - start)) && (34..=36).contains(&(end - at - 1)) {
        scan.found(start, end, Kind::TelegramToken);
    }
}

/// Mailchimp: 32 hexadecimal digits and the data centre, `-us21`.
pub(super) fn mailchimp(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let start = scan.run_start(at, HEX, 33);
    let end = scan.run_end(at + literal, DIGIT);
    if at - start == 32 && (1..=2).contains(&(end - at - literal)) && scan.word_begins(start) {
        scan.found(start, end, Kind::MailKey);
    }
}

/// The secret of an Azure application: 3 characters, a version digit's `8Q~`, 31 to 34 more.
pub(super) fn azure_client_secret(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let start = scan.run_start(at, BASE64URL, 4);
    let mut end = at + literal;
    while end < at + 40 && (is(scan.byte(end), BASE64URL | DOT) || scan.byte(end) == b'~') {
        end += 1;
    }
    if at - start == 3 && (31..=34).contains(&(end - at - literal)) {
        scan.found(start, end, Kind::AzureKey);
    }
}

/// The value behind `AccountKey=` or `SharedAccessKey=` in a connection string.
pub(super) fn azure_key(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let from = at + literal;
    let end = scan.run_end(from, BASE64 | EQUALS);
    if end - from >= 40 && !is_mask(&scan.bytes()[from..end]) {
        scan.found(from, end, Kind::AzureKey);
    }
}

/// `https://hooks.slack.com/services/T…/B…/…`: the whole address is the secret.
pub(super) fn slack_webhook(scan: &mut Scan<'_>, at: usize, literal: usize) {
    let path = at + literal;
    let end = scan.run_end(path, BASE64URL | PLUS_SLASH);
    let parts = scan.text()[path..end].split('/').filter(|p| !p.is_empty());
    let (count, last) = parts.fold((0, 0), |(count, _), part| (count + 1, part.len()));
    if count >= 4 && last >= 8 {
        let start = scheme_start(scan, at);
        scan.found(start, end, Kind::SlackWebhook);
    }
}

/// `https://discord.com/api/webhooks/<id>/<token>`, with or without version and test host.
pub(super) fn discord_webhook(scan: &mut Scan<'_>, at: usize, literal: usize) {
    /// From the scheme to the path.
    const LONGEST_HEAD: usize = 40;
    let mut floor = at.saturating_sub(LONGEST_HEAD);
    while !scan.text().is_char_boundary(floor) {
        floor += 1;
    }
    let head = &scan.text()[floor..at].to_ascii_lowercase();
    let Some(host) = ["ptb.discord", "canary.discord", "discord"]
        .iter()
        .filter_map(|name| head.rfind(name))
        .min()
    else {
        return;
    };
    let token = scan.run_end(at + literal, DIGIT);
    if token - (at + literal) < 15 || scan.byte(token) != b'/' || !head[host..].contains("/api") {
        return;
    }
    let end = scan.run_end(token + 1, BASE64URL);
    if end - token > 20 && !is_mask(&scan.bytes()[token + 1..end]) {
        let start = scheme_start(scan, floor + host);
        scan.found(start, end, Kind::DiscordWebhook);
    }
}

fn scheme_start(scan: &Scan<'_>, host: usize) -> usize {
    let before = &scan.bytes()[..host];
    [&b"https://"[..], b"http://"]
        .iter()
        .find(|scheme| {
            before.len() >= scheme.len()
                && before[before.len() - scheme.len()..].eq_ignore_ascii_case(scheme)
        })
        .map_or(host, |scheme| host - scheme.len())
}

/// A Discord token has no prefix of its own: the user's number, a time and a signature, in
/// base 64 and with dots between them: 23 to 28, 6 or 7, and 27 or more characters.
pub(super) fn discord_token(scan: &mut Scan<'_>, at: usize) -> usize {
    let next = at + 1;
    let second = match (scan.byte(at + 7), scan.byte(at + 8)) {
        (b'.', _) => at + 7,
        (_, b'.') => at + 8,
        _ => return next,
    };
    let start = scan.run_start(at, BASE64URL, 30);
    if !(23..=28).contains(&(at - start)) || scan.run_end(next, BASE64URL) != second {
        return next;
    }
    let end = scan.run_end(second + 1, BASE64URL);
    let signature = &scan.bytes()[second + 1..end];
    let mixed = [UPPER, LOWER]
        .iter()
        .all(|class| signature.iter().any(|b| is(*b, *class)));
    if signature.len() >= 27 && signature.len() <= 80 && mixed && !is_mask(signature) {
        scan.found(start, end, Kind::DiscordToken);
        return end;
    }
    next
}
