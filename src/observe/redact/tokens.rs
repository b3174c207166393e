//! Tokens and keys known by a prefix.

use super::scan::{
    ALNUM, BASE64, BASE64URL, Class, DIGIT, DOLLAR, DOT, EQUALS, HEX, HYPHEN, LETTER, PERCENT,
    PLUS_SLASH, Scan, UNDERSCORE, UPPER, WORD, is,
};
use super::{Kind, assign, labelled, pem, shapes};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::sync::LazyLock;

/// What follows a prefix.
struct Body {
    kind: Kind,
    class: Class,
    /// Fewer characters are no token but a mention of one.
    least: usize,
    /// More characters are something else; 0 where the prefix alone settles it.
    most: usize,
    /// The vendor's length where it is fixed: a token broken over two lines is put together by it.
    exact: usize,
    /// Whether the prefix is so short that a word must begin with it.
    word: bool,
}

/// What to do where a literal stands.
enum Lead {
    /// A prefix: its spelling counts, and a body follows.
    Token(Body),
    /// Something with a shape of its own: where it stands and how long the literal is.
    Shape(fn(&mut Scan<'_>, usize, usize)),
    /// The text holds characters that can hide a secret.
    Hides,
}

/// A prefix that is unmistakable.
const fn strong(kind: Kind, class: Class, least: usize, exact: usize) -> Lead {
    Lead::Token(Body {
        kind,
        class,
        least,
        most: 0,
        exact,
        word: false,
    })
}

/// A prefix that could also be the middle of something: only at the start of a word, and only
/// with a body of a plausible length.
const fn weak(kind: Kind, class: Class, least: usize, most: usize) -> Lead {
    Lead::Token(Body {
        kind,
        class,
        least,
        most,
        exact: if least == most { least } else { 0 },
        word: true,
    })
}

/// Every literal that is looked for. Lengths and alphabets are the vendors', as published in
/// their documentation or in the rules of the common secret scanners; lower bounds are a little
/// below where a vendor's length has varied.
const LEADS: &[(&str, Lead)] = &[
    ("ghp_", strong(Kind::GithubToken, ALNUM, 30, 36)),
    ("gho_", strong(Kind::GithubToken, ALNUM, 30, 36)),
    ("ghu_", strong(Kind::GithubToken, ALNUM, 30, 36)),
    ("ghs_", strong(Kind::GithubToken, ALNUM, 30, 36)),
    ("ghr_", strong(Kind::GithubToken, ALNUM, 30, 36)),
    ("github_pat_", strong(Kind::GithubToken, WORD, 22, 82)),
    ("glpat-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("gldt-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("glrt-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("glcbt-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("glptt-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("glft-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("glsoat-", strong(Kind::GitlabToken, BASE64URL | DOT, 20, 0)),
    ("npm_", strong(Kind::NpmToken, ALNUM, 36, 36)),
    ("pypi-AgE", strong(Kind::PypiToken, BASE64URL, 50, 0)),
    ("sk_live_", strong(Kind::StripeKey, ALNUM, 16, 0)),
    ("sk_test_", strong(Kind::StripeKey, ALNUM, 16, 0)),
    ("rk_live_", strong(Kind::StripeKey, ALNUM, 16, 0)),
    ("rk_test_", strong(Kind::StripeKey, ALNUM, 16, 0)),
    ("sk_org_", strong(Kind::StripeKey, WORD, 20, 0)),
    (
        "whsec_",
        strong(Kind::WebhookSecret, BASE64 | EQUALS, 16, 0),
    ),
    ("shpat_", strong(Kind::ShopifyToken, HEX, 24, 32)),
    ("shpca_", strong(Kind::ShopifyToken, HEX, 24, 32)),
    ("shppa_", strong(Kind::ShopifyToken, HEX, 24, 32)),
    ("shpss_", strong(Kind::ShopifyToken, HEX, 24, 32)),
    ("shpua_", strong(Kind::ShopifyToken, HEX, 24, 32)),
    ("shptka_", strong(Kind::ShopifyToken, HEX, 24, 32)),
    ("ck_", weak(Kind::WooKey, HEX, 40, 40)),
    ("cs_", weak(Kind::WooKey, HEX, 40, 40)),
    ("AKIA", weak(Kind::AwsAccessKeyId, UPPER | DIGIT, 16, 16)),
    ("ASIA", weak(Kind::AwsAccessKeyId, UPPER | DIGIT, 16, 16)),
    ("ABIA", weak(Kind::AwsAccessKeyId, UPPER | DIGIT, 16, 16)),
    ("ACCA", weak(Kind::AwsAccessKeyId, UPPER | DIGIT, 16, 16)),
    ("AIza", weak(Kind::GoogleApiKey, BASE64URL, 35, 60)),
    ("AQ.", weak(Kind::GoogleApiKey, BASE64URL, 40, 120)),
    ("ya29.", weak(Kind::GoogleOauth, BASE64URL | DOT, 30, 0)),
    ("GOCSPX-", strong(Kind::GoogleOauth, BASE64URL, 24, 28)),
    ("1//0", weak(Kind::GoogleOauth, BASE64URL, 40, 0)),
    ("xoxb-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxp-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxa-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxr-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxs-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxo-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxe-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    ("xoxc-", strong(Kind::SlackToken, ALNUM | HYPHEN, 10, 0)),
    (
        "xoxd-",
        strong(Kind::SlackToken, BASE64URL | PERCENT, 10, 0),
    ),
    ("xapp-", strong(Kind::SlackToken, ALNUM | HYPHEN, 20, 0)),
    ("key-", weak(Kind::MailKey, HEX, 32, 32)),
    ("SK", weak(Kind::TwilioKey, HEX, 32, 32)),
    ("sq0atp-", strong(Kind::SquareToken, BASE64URL, 22, 22)),
    ("sq0csp-", strong(Kind::SquareToken, BASE64URL, 43, 43)),
    ("EAA", Lead::Shape(shapes::square_or_facebook)),
    (
        "access_token$",
        strong(Kind::BraintreeToken, ALNUM | DOLLAR, 40, 0),
    ),
    ("sk-ant-", strong(Kind::ModelKey, BASE64URL, 20, 0)),
    ("sk-proj-", strong(Kind::ModelKey, BASE64URL, 20, 0)),
    ("sk-svcacct-", strong(Kind::ModelKey, BASE64URL, 20, 0)),
    ("sk-admin-", strong(Kind::ModelKey, BASE64URL, 20, 0)),
    ("sk-or-v1-", strong(Kind::ModelKey, HEX, 32, 64)),
    ("sk-", weak(Kind::ModelKey, ALNUM, 32, 64)),
    ("gsk_", weak(Kind::ModelKey, ALNUM, 40, 60)),
    ("hf_", weak(Kind::ModelKey, LETTER | DIGIT, 30, 40)),
    ("dop_v1_", strong(Kind::ApiToken, HEX, 40, 64)),
    ("doo_v1_", strong(Kind::ApiToken, HEX, 40, 64)),
    ("dor_v1_", strong(Kind::ApiToken, HEX, 40, 64)),
    ("dckr_pat_", strong(Kind::ApiToken, BASE64URL, 20, 27)),
    ("rubygems_", strong(Kind::ApiToken, HEX, 48, 48)),
    ("lin_api_", strong(Kind::ApiToken, ALNUM, 32, 40)),
    ("ntn_", weak(Kind::ApiToken, ALNUM, 40, 60)),
    (
        "sntrys_",
        strong(Kind::ApiToken, BASE64 | UNDERSCORE | EQUALS, 40, 0),
    ),
    ("sntryu_", strong(Kind::ApiToken, HEX, 40, 64)),
    ("shippo_live_", strong(Kind::ApiToken, HEX, 40, 40)),
    ("shippo_test_", strong(Kind::ApiToken, HEX, 40, 40)),
    ("klarna_live_api_", strong(Kind::ApiToken, BASE64URL, 30, 0)),
    ("klarna_test_api_", strong(Kind::ApiToken, BASE64URL, 30, 0)),
    ("live_", weak(Kind::ApiToken, ALNUM, 30, 36)),
    ("test_", weak(Kind::ApiToken, ALNUM, 30, 36)),
    ("EZAK", weak(Kind::ApiToken, ALNUM, 54, 54)),
    ("EZTK", weak(Kind::ApiToken, ALNUM, 54, 54)),
    ("nfp_", weak(Kind::ApiToken, ALNUM, 36, 40)),
    ("vcp_", weak(Kind::ApiToken, ALNUM, 24, 64)),
    ("sbp_", weak(Kind::ApiToken, HEX, 40, 40)),
    ("figd_", strong(Kind::ApiToken, BASE64URL, 30, 0)),
    ("PMAK-", strong(Kind::ApiToken, HEX | HYPHEN, 50, 59)),
    ("CFPAT-", strong(Kind::ApiToken, BASE64URL, 40, 43)),
    ("ATATT3", strong(Kind::ApiToken, BASE64URL | EQUALS, 50, 0)),
    ("NRAK-", strong(Kind::ApiToken, ALNUM, 27, 27)),
    ("pat-na", weak(Kind::ApiToken, HEX | HYPHEN, 30, 44)),
    ("pat-eu", weak(Kind::ApiToken, HEX | HYPHEN, 30, 44)),
    ("xkeysib-", strong(Kind::ApiToken, ALNUM | HYPHEN, 64, 0)),
    ("hvs.", weak(Kind::ApiToken, BASE64URL, 24, 0)),
    ("dp.pt.", weak(Kind::ApiToken, ALNUM, 40, 44)),
    ("pul-", weak(Kind::ApiToken, HEX, 40, 40)),
    (
        "AQE",
        weak(Kind::ApiToken, BASE64URL | PLUS_SLASH | EQUALS, 80, 0),
    ),
    ("pk_", weak(Kind::ApiToken, HEX, 34, 34)),
    ("prtapi_", strong(Kind::ApiToken, HEX, 32, 32)),
    ("atkn_", strong(Kind::ApiToken, ALNUM, 32, 0)),
    ("sb_secret_", strong(Kind::ApiToken, BASE64URL, 24, 0)),
    ("glsa_", strong(Kind::ApiToken, WORD, 32, 41)),
    ("HRKU-", strong(Kind::ApiToken, BASE64URL, 36, 0)),
    ("eyJ", Lead::Shape(shapes::jwt)),
    ("SG.", Lead::Shape(shapes::sendgrid)),
    (":AA", Lead::Shape(shapes::telegram)),
    ("-us", Lead::Shape(shapes::mailchimp)),
    ("8Q~", Lead::Shape(shapes::azure_client_secret)),
    ("hooks.slack.com/", Lead::Shape(shapes::slack_webhook)),
    ("/webhooks/", Lead::Shape(shapes::discord_webhook)),
    ("mfa.", weak(Kind::DiscordToken, BASE64URL, 60, 0)),
    ("-----BEGIN", Lead::Shape(pem::look)),
    ("AccountKey=", Lead::Shape(shapes::azure_key)),
    ("SharedAccessKey=", Lead::Shape(shapes::azure_key)),
    ("AWS", Lead::Shape(assign::aws_secret_near)),
    ("authorization", Lead::Shape(assign::authorization)),
    ("bearer", Lead::Shape(assign::bearer)),
    ("password", Lead::Shape(assign::password)),
    ("passwd", Lead::Shape(assign::password)),
    ("passwort", Lead::Shape(assign::password)),
    ("passphrase", Lead::Shape(assign::password)),
    ("pwd", Lead::Shape(assign::password)),
    ("kennwort", Lead::Shape(assign::password)),
    ("mot de passe", Lead::Shape(assign::password)),
    ("motdepasse", Lead::Shape(assign::password)),
    ("contraseña", Lead::Shape(assign::password)),
    ("contrasena", Lead::Shape(assign::password)),
    ("senha", Lead::Shape(assign::password)),
    ("wachtwoord", Lead::Shape(assign::password)),
    ("secret", Lead::Shape(assign::secret)),
    ("api_key", Lead::Shape(assign::secret)),
    ("api-key", Lead::Shape(assign::secret)),
    ("apikey", Lead::Shape(assign::secret)),
    ("api key", Lead::Shape(assign::secret)),
    ("access_key", Lead::Shape(assign::secret)),
    ("accesskey", Lead::Shape(assign::secret)),
    ("private_key", Lead::Shape(assign::secret)),
    ("token", Lead::Shape(assign::token)),
    ("PHPSESSID", Lead::Shape(assign::machine_made)),
    ("JSESSIONID", Lead::Shape(assign::machine_made)),
    ("connect.sid", Lead::Shape(assign::machine_made)),
    ("wordpress_logged_in", Lead::Shape(assign::machine_made)),
    ("laravel_session", Lead::Shape(assign::machine_made)),
    ("session_id", Lead::Shape(assign::machine_made)),
    ("?sig", Lead::Shape(assign::machine_made)),
    ("&sig", Lead::Shape(assign::machine_made)),
    ("?code", Lead::Shape(assign::machine_made)),
    ("&code", Lead::Shape(assign::machine_made)),
    ("x-amz-signature", Lead::Shape(assign::machine_made)),
    ("x-goog-signature", Lead::Shape(assign::machine_made)),
    ("ssn", Lead::Shape(labelled::identity)),
    ("social security", Lead::Shape(labelled::identity)),
    ("sozialversicherungsnummer", Lead::Shape(labelled::identity)),
    ("national insurance", Lead::Shape(labelled::identity)),
    ("aadhaar", Lead::Shape(labelled::identity)),
    ("aadhar", Lead::Shape(labelled::identity)),
    ("passport", Lead::Shape(labelled::identity)),
    ("reisepass", Lead::Shape(labelled::identity)),
    ("passeport", Lead::Shape(labelled::identity)),
    ("pasaporte", Lead::Shape(labelled::identity)),
    ("personalausweis", Lead::Shape(labelled::identity)),
    ("driver's license", Lead::Shape(labelled::identity)),
    ("drivers license", Lead::Shape(labelled::identity)),
    ("driving licence", Lead::Shape(labelled::identity)),
    ("driving license", Lead::Shape(labelled::identity)),
    ("tax id", Lead::Shape(labelled::identity)),
    ("tax-id", Lead::Shape(labelled::identity)),
    ("tax_id", Lead::Shape(labelled::identity)),
    ("taxpayer id", Lead::Shape(labelled::identity)),
    ("steuer-id", Lead::Shape(labelled::identity)),
    (
        "steueridentifikationsnummer",
        Lead::Shape(labelled::identity),
    ),
    ("date of birth", Lead::Shape(labelled::birth)),
    ("date_of_birth", Lead::Shape(labelled::birth)),
    ("dateofbirth", Lead::Shape(labelled::birth)),
    ("birth date", Lead::Shape(labelled::birth)),
    ("birth_date", Lead::Shape(labelled::birth)),
    ("birthdate", Lead::Shape(labelled::birth)),
    ("birthday", Lead::Shape(labelled::birth)),
    ("dob", Lead::Shape(labelled::birth)),
    ("born on", Lead::Shape(labelled::birth)),
    ("geburtsdatum", Lead::Shape(labelled::birth)),
    ("geburtstag", Lead::Shape(labelled::birth)),
    ("geboren am", Lead::Shape(labelled::birth)),
    ("date de naissance", Lead::Shape(labelled::birth)),
    ("fecha de nacimiento", Lead::Shape(labelled::birth)),
    ("data di nascita", Lead::Shape(labelled::birth)),
    ("cvv", Lead::Shape(labelled::card_code)),
    ("cvc", Lead::Shape(labelled::card_code)),
    ("security code", Lead::Shape(labelled::card_code)),
    ("security_code", Lead::Shape(labelled::card_code)),
    ("card_code", Lead::Shape(labelled::card_code)),
    ("cookie", Lead::Shape(labelled::cookie)),
    ("%40", Lead::Hides),
    ("%2B", Lead::Hides),
    ("&#", Lead::Hides),
    ("&commat;", Lead::Hides),
];

static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(LEADS.iter().map(|(literal, _)| literal))
        .ok()
});

/// Looks wherever a literal stands. Says whether the text holds an encoded character.
pub(super) fn look(scan: &mut Scan<'_>) -> bool {
    let mut hides = false;
    // A few short literals always build; the test below proves it.
    let Some(automaton) = AUTOMATON.as_ref() else {
        return hides;
    };
    for hit in automaton.find_iter(scan.text()) {
        let (literal, lead) = &LEADS[hit.pattern().as_usize()];
        match lead {
            Lead::Token(body) => token(scan, hit.start(), literal, body),
            Lead::Shape(check) => check(scan, hit.start(), literal.len()),
            Lead::Hides => hides = true,
        }
    }
    hides
}

fn token(scan: &mut Scan<'_>, at: usize, literal: &str, body: &Body) {
    let from = at + literal.len();
    if scan.bytes()[at..from] != *literal.as_bytes() || (body.word && !scan.word_begins(at)) {
        return;
    }
    let mut end = scan.run_end(from, body.class);
    if end - from < body.exact
        && let Some(whole) = over_lines(scan, end, body.class, body.exact - (end - from))
    {
        end = whole;
    }
    while end > from && matches!(scan.before(end), b'.' | b'-' | b'%') {
        // The end of a sentence or a dash, not of a token.
        end -= 1;
    }
    let length = end - from;
    if length < body.least || (body.most > 0 && length > body.most) {
        return;
    }
    if body.word && is(scan.byte(end), ALNUM) {
        return;
    }
    if is_mask(&scan.bytes()[from..end]) {
        return;
    }
    scan.found(at, end, body.kind);
    if matches!(body.kind, Kind::AwsAccessKeyId) {
        assign::aws_secret_near(scan, at, end - at);
    }
}

/// Where a token of a fixed length ends that a mail client or terminal broke into lines: `missing`
/// characters must follow, to the character.
fn over_lines(
    scan: &mut Scan<'_>,
    mut at: usize,
    class: Class,
    mut missing: usize,
) -> Option<usize> {
    /// A line break with its continuation mark, quote mark and indent.
    const LONGEST_BREAK: usize = 12;
    while missing > 0 {
        let rest = &scan.bytes()[at..];
        let gap = rest
            .iter()
            .take(LONGEST_BREAK)
            .take_while(|b| matches!(b, b'\\' | b'=' | b'\r' | b'\n' | b' ' | b'\t' | b'>'))
            .count();
        if !rest[..gap].contains(&b'\n') {
            return None;
        }
        let end = scan.run_end(at + gap, class);
        missing = missing
            .checked_sub(end - (at + gap))
            .filter(|_| end > at + gap)?;
        at = end;
    }
    Some(at)
}

/// Whether a body stands for a token instead of being one: `xxxxxxxx`, `0000…`, `…EXAMPLE`.
pub(super) fn is_mask(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    let mut distinct = 0;
    for byte in body.iter().map(u8::to_ascii_lowercase) {
        distinct += u32::from(!std::mem::replace(&mut seen[usize::from(byte)], true));
        if distinct > 3 {
            return has(body, b"EXAMPLE") || has(body, b"xxxxxx") || has(body, b"XXXXXX");
        }
    }
    true
}

fn has(body: &[u8], part: &[u8]) -> bool {
    body.len() <= 128 && body.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_literal_is_found_as_itself() {
        let automaton = AUTOMATON.as_ref().unwrap();
        for (index, (literal, _)) in LEADS.iter().enumerate() {
            let hit = automaton.find(literal).map(|hit| hit.pattern().as_usize());
            assert_eq!(hit, Some(index), "{literal}");
        }
    }
}
