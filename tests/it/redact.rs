//! Secrets and personal data are taken out exactly, and nothing else is touched.
//!
//! Tokens are put together here from prefix and made-up body, so that no secret scanner takes
//! this file for a leak.

#![expect(clippy::expect_used, reason = "a failing helper fails its test")]

mod named;
mod personal;
mod vendors;

use medic::cli::redact::{RedactArgs, run};
use medic::observe::redact::{Kind, Redactor, redact};
use proptest::prelude::*;

const HEX: &str = "3f9a0c7b1e52d8846a";

const ALNUM: &str = "Qm4tZ8kLr2vXw7NpB3sYc6HdJf9G";

const CAPITALS: &str = "QM4TZ8KLR2VXW7NPB3SYC6HDJF9G";

const BASE64: &str = "tR7/Kp2+mQxW9vLz4sYb8NcHd3Jf";

/// `length` characters of an alphabet, always the same.
fn body(alphabet: &str, length: usize) -> String {
    alphabet.chars().cycle().take(length).collect()
}

/// What is taken out of a text: type and value of each span, in order.
fn taken(text: &str) -> Vec<(&'static str, String)> {
    let characters: Vec<char> = text.chars().collect();
    redact(text)
        .spans
        .iter()
        .map(|span| {
            let value = characters[span.start..span.end].iter().collect();
            (span.kind.as_str(), value)
        })
        .collect()
}

/// Exactly one value of a kind is taken out of each of several sentences around it.
fn alone(kind: Kind, value: &str) {
    let wanted = vec![(kind.as_str(), value.to_owned())];
    let around = [
        ("", ""),
        ("We use ", " since Monday, is that wrong?"),
        ("größer 🛒 “", "” – bitte löschen"),
        ("{\"v\":\"", "\"}"),
        ("line one\nX-Header: ", "\r\nline three"),
        ("(", ")"),
        ("see ", ", please"),
    ];
    for (before, after) in around {
        let text = format!("{before}{value}{after}");
        assert_eq!(taken(&text), wanted, "in {text:?}");
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in [
        "order 4242424242424243 and 1234567812345678",
        "gid://shopify/Order/4222222222222",
        "EAN 4006381333931, GTIN 04006381333931, ISBN 978-3-16-148410-0",
        "timestamps 1764547200, 1764547200123, 2026-03-01T10:00:00+02:00, 01-02-2026 10:30:11",
        "price 1 299 000 SEK, 4.999.000,00 or 0800.50; 10-12 days, 24-48 h, +5 pieces",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8, id 550e8400-e29b-41d4-a716-446655440000",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa, cus_NffrFeUfNV2Hib, cs_test_a1b2c3d4, pk_live_TYooMQauvdEDq54NiTphI7jx",
        "@shopify/hydrogen@2025.1.0, react@19.0.0-rc.next, logo@2x.png, getty@tty1.service",
        "git@github.com:shop/storefront.git and ssh://git@github.com/shop/storefront.git",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx, AKIAXXXXXXXXXXXXXXXX, AKIAIOSFODNN7EXAMPLE, ghp_************",
        "Authorization: Bearer <token>; Authorization: Bearer $TOKEN; Bearer authentication fails",
        "password=<password>, password: required, api_key=${API_KEY}, PWD=/srv/shop, token: expired",
        "postgres://shop:****@db.example/x, redis://:<password>@cache, https://user:${PASS}@host/x",
        "password_policy=min-12, passwordless=yes2go, secret_name: shop-secret-7, token_type=bearer12345678901",
        "I forgot my password and the secret question; where do I find the API key?",
        "j***@example.com, n…@example.com, the @ sign, 5 @ 3.99",
        "server 10.10.2.57, 192.168.0.1:8443, fe80::1, PHP 8.1.27, 2.4.5-p1",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= integrity mismatch",
        "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END CERTIFICATE-----",
        "channel 664088145214149198, message 1399027410000000000, DE00 0000 0000 0000 0000 00",
        "cart token 8933d834f8e6097f07edc88cae9f3a96, csrf_token=8933d834f8e6097f07edc88cae9f3a96",
        "https://shop.example/?code=SUMMER2026&session=1, ?signature=missing, &code=de-DE",
        "session_id: cart, PHPSESSID is missing, the session_id changes",
        "passport 0.7.0 and passport-jwt 4.0.1 with Node 20.11.1; passport: strategy undefined",
        "SSN is asked for, ssn: ***-**-9999, assn 123456, lessn: 1234567, tax id required by 2026-03-01",
        "birthday coupon BDAY10 since 2026-03-01, born on the 4th of July, dob: YYYY-MM-DD, date of birth 13 characters",
        "cvv: required, cvc 123 declined, CVV mismatch (code 4532), cvv=12345, security code 200 OK",
        "Cookie: lang=en; currency=SEK; theme=dark, cookies: disabled, cookie = SameSite=None; Secure",
        "EAAa short, EAA is what customers get; pk_9f8a7b6c5d4e, AQE-1001, atkn_ missing",
        "task-management-is-broken-for-everyone-in-the-shop-today, desk-1234567890abcdefghij",
    ] {
        assert_eq!(taken(text), [], "in {text:?}");
        assert_eq!(redact(text).text, text);
    }
}

#[test]
fn hiding_does_not_help() {
    let token = format!("ghp_{}", body(ALNUM, 36));
    let (head, tail) = token.split_at(15);
    for (text, kind) in [
        (format!("{head}\u{200b}{tail}"), "GITHUB_TOKEN"),
        (format!("{head}\u{ad}{tail}"), "GITHUB_TOKEN"),
        (format!("{head}\r\n  {tail}"), "GITHUB_TOKEN"),
        (format!("{head}\\\n{tail}"), "GITHUB_TOKEN"),
        ("nora\u{2060}.lind@shop\u{200d}.example".to_owned(), "EMAIL"),
        ("nora.lind＠shop.example".to_owned(), "EMAIL"),
        ("nora.lind&#64;shop.example".to_owned(), "EMAIL"),
        ("nora.lind%40shop.example".to_owned(), "EMAIL"),
        ("４２４２ ４２４２ ４２４２ ４２４２".to_owned(), "CARD"),
        ("4242\u{a0}4242\u{a0}4242\u{a0}4242".to_owned(), "CARD"),
        ("4242–4242–4242–4242".to_owned(), "CARD"),
        ("%2B46701740699".to_owned(), "PHONE"),
    ] {
        let found = taken(&format!("it says {text} there"));
        assert_eq!(found, [(kind, text.clone())], "in {text:?}");
    }
}

#[test]
fn equal_values_stay_equal_within_a_ticket() {
    let mut redactor = Redactor::new();
    let title = redactor.redact("nora@shop.example cannot pay with 4242 4242 4242 4242");
    let message = redactor.redact("NORA@shop.example and ola@shop.example, 4242424242424242");
    assert_eq!(title.text, "‹email:1› cannot pay with ‹card:1›");
    assert_eq!(message.text, "‹email:1› and ‹email:2›, ‹card:1›");
    assert_eq!(redactor.counts().get(&Kind::Email), Some(&3));
    assert_eq!(message.counts.get(&Kind::Card), Some(&1));
}

#[test]
fn the_command_reports_bad_lines_and_goes_on() {
    let input =
        "{\"text\":\"käufer nora@shop.example\"}\n\nnot json\n{\"text\":7}\n{\"text\":\"fine\"}";
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let good = run(
        &RedactArgs::default(),
        input.as_bytes(),
        &mut output,
        &mut errors,
    )
    .unwrap();
    assert!(!good);
    insta::assert_snapshot!(String::from_utf8(output).unwrap(), @r#"
    {"text":"käufer ‹email:1›","spans":[[7,24,"EMAIL"]]}
    {"text":"fine","spans":[]}
    "#);
    insta::assert_snapshot!(String::from_utf8(errors).unwrap(), @"
    line 3: not an object with a `text`, at byte 2; the line is left out
    line 4: not an object with a `text`, at byte 9; the line is left out
    ");
}

/// Pieces that lead into every check, with text between them.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("eyJ".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("-----END".to_owned()),
        Just("nora@shop.example".to_owned()),
        Just("4242 4242 4242 4242".to_owned()),
        Just("password=".to_owned()),
        Just("Authorization: Basic ".to_owned()),
        Just("aws secret ".to_owned()),
        Just("https://hooks.slack.com/services/".to_owned()),
        Just("/api/webhooks/123456789012345678/".to_owned()),
        Just("://a:".to_owned()),
        Just("&#64;".to_owned()),
        Just("%40".to_owned()),
        Just("ghp_".to_owned()),
        Just("+46 70".to_owned()),
        Just("(0".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("ü🛒é".to_owned()),
        Just("SE45 5000 0000".to_owned()),
        "[a-zA-Z0-9]{1,45}",
        "[0-9 .()/-]{1,20}",
        "\\PC{0,12}",
        "[ \n\t\\\\\"'@.:=+-]{1,4}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Puts the text together again from what was kept and what was taken.
fn restored(text: &str) -> (String, String) {
    let redacted = redact(text);
    let characters: Vec<char> = text.chars().collect();
    let mut numbers = std::collections::HashMap::new();
    let mut expected = String::new();
    let mut at = 0;
    let mut rest = redacted.text.as_str();
    for span in &redacted.spans {
        assert!(at <= span.start && span.start < span.end && span.end <= characters.len());
        let kept: String = characters[at..span.start].iter().collect();
        rest = rest
            .strip_prefix(kept.as_str())
            .expect("text before a span is kept");
        let end = rest.find('›').expect("a placeholder ends") + '›'.len_utf8();
        let placeholder = &rest[..end];
        assert!(placeholder.starts_with(&format!("‹{}:", span.kind.word())));
        // Equal values, equal placeholders.
        let value: String = characters[span.start..span.end].iter().collect();
        let known = numbers.entry((span.kind, value)).or_insert(placeholder);
        assert_eq!(*known, placeholder);
        rest = &rest[end..];
        at = span.end;
        expected.push_str(&kept);
        expected.push_str(placeholder);
    }
    expected.extend(&characters[at..]);
    (redacted.text.clone(), expected)
}

proptest! {
    #[test]
    fn nothing_outside_the_spans_changes(text in hostile()) {
        let (redacted, expected) = restored(&text);
        prop_assert_eq!(redacted, expected);
    }

    #[test]
    fn an_address_never_survives(before in hostile(), after in "[ ,;\n)]{1}\\PC{0,20}") {
        // A blank before it, so that it is an address of its own and not the end of a longer word.
        let text = format!("{before} nora.lind@shop.example{after}");
        prop_assert!(!redact(&text).text.contains("nora.lind"));
    }
}

#[test]
fn a_secret_behind_a_flood_is_still_found() {
    // Each of these leads into a check at every character; a check that started over each time
    // would make this test take minutes instead of a second.
    for piece in [
        "eyJ",
        "eyJ-",
        "eyJa.eyJa.",
        "@",
        "a@",
        "@a.",
        "://@",
        "://a:@",
        "-----BEGIN PRIVATE KEY-----",
        "ghp_",
        "AKIA",
        "secret ",
        "aws/",
        "password=",
        "token:",
        "1 ",
        "1",
        "(1)",
        "+1",
        "DE12",
        "/webhooks/1",
        "hooks.slack.com/",
        "SG.",
        ":AA",
        "a.aaaaaa.",
        "&#64;",
        "\u{200b}",
        "%40",
        "\\n",
        "authorization:",
        "bearer ",
        "ghp_\n",
        "A1",
    ] {
        let flood = piece.repeat(64 * 1024 / piece.len());
        let text = format!("{flood}\n nora.lind@shop.example");
        let redacted = redact(&text).text;
        assert!(!redacted.contains("nora.lind"), "behind {piece:?}");
    }
}
