//! Secrets and personal data are taken out exactly, and nothing else is touched.
//!
//! Tokens are put together here from prefix and made-up body, so that no secret scanner takes
//! this file for a leak.

#![expect(clippy::expect_used, reason = "a failing helper fails its test")]

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
fn tokens_of_every_vendor_are_taken_whole() {
    let tokens: Vec<(Kind, String)> = vec![
        (Kind::GithubToken, format!("ghp_{}", body(ALNUM, 36))),
        (
            Kind::GithubToken,
            format!("github_pat_{}_{}", body(ALNUM, 22), body(ALNUM, 59)),
        ),
        (Kind::GitlabToken, format!("glpat-{}", body(ALNUM, 20))),
        (Kind::NpmToken, format!("npm_{}", body(ALNUM, 36))),
        (
            Kind::PypiToken,
            format!("pypi-AgEIcHlwaS5vcmc{}", body(ALNUM, 60)),
        ),
        (Kind::StripeKey, format!("sk_live_{}", body(ALNUM, 24))),
        (Kind::StripeKey, format!("rk_test_{}", body(ALNUM, 99))),
        (Kind::WebhookSecret, format!("whsec_{}", body(BASE64, 32))),
        (Kind::ShopifyToken, format!("shpss_{}", body(HEX, 32))),
        (Kind::WooKey, format!("ck_{}", body(HEX, 40))),
        (Kind::WooKey, format!("cs_{}", body(HEX, 40))),
        (Kind::AwsAccessKeyId, format!("AKIA{}", body(CAPITALS, 16))),
        (Kind::GoogleApiKey, format!("AIza{}", body(ALNUM, 35))),
        (Kind::GoogleOauth, format!("GOCSPX-{}", body(ALNUM, 28))),
        (Kind::GoogleOauth, format!("ya29.{}", body(ALNUM, 80))),
        (
            Kind::SlackToken,
            format!("xoxp-1234-5678-{}", body(ALNUM, 24)),
        ),
        (
            Kind::SlackToken,
            format!("xapp-1-A0{}-99-{}", body(CAPITALS, 9), body(HEX, 64)),
        ),
        (Kind::TwilioKey, format!("SK{}", body(HEX, 32))),
        (
            Kind::SendgridKey,
            format!("SG.{}.{}", body(ALNUM, 22), body(ALNUM, 43)),
        ),
        (Kind::MailKey, format!("key-{}", body(HEX, 32))),
        (Kind::MailKey, format!("{}-us21", body(HEX, 32))),
        (Kind::SquareToken, format!("sq0atp-{}", body(ALNUM, 22))),
        (Kind::SquareToken, format!("EAAA{}", body(ALNUM, 60))),
        (
            Kind::BraintreeToken,
            format!(
                "access_token$production${}${}",
                body("k3m9x2", 16),
                body(HEX, 32)
            ),
        ),
        (Kind::ModelKey, format!("sk-ant-api03-{}", body(ALNUM, 90))),
        (Kind::ModelKey, format!("sk-proj-{}", body(ALNUM, 48))),
        (Kind::ModelKey, format!("sk-{}", body(ALNUM, 48))),
        (
            Kind::TelegramToken,
            format!("7654321098:AA{}", body(ALNUM, 33)),
        ),
        (
            Kind::DiscordToken,
            format!(
                "MT{}.{}.{}",
                body(ALNUM, 24),
                body(ALNUM, 6),
                body(ALNUM, 38)
            ),
        ),
        (
            Kind::DiscordWebhook,
            format!(
                "https://discord.com/api/webhooks/112233445566778899/{}",
                body(ALNUM, 68)
            ),
        ),
        (
            Kind::DiscordWebhook,
            format!(
                "https://ptb.discordapp.com/api/v10/webhooks/112233445566778899/{}",
                body(ALNUM, 68)
            ),
        ),
        (
            Kind::SlackWebhook,
            format!(
                "https://hooks.slack.com/services/T{}/B{}/{}",
                body(CAPITALS, 10),
                body(CAPITALS, 10),
                body(ALNUM, 24)
            ),
        ),
        (Kind::ApiToken, format!("dop_v1_{}", body(HEX, 64))),
        (Kind::ApiToken, format!("EAAG{}", body(ALNUM, 160))),
        (Kind::ApiToken, format!("EAAA{}", body(ALNUM, 160))),
        (Kind::ApiToken, format!("AQE{}==", body(BASE64, 100))),
        (Kind::ApiToken, format!("pk_{}", body(HEX, 34))),
        (Kind::ApiToken, format!("sb_secret_{}", body(ALNUM, 31))),
        (Kind::ApiToken, format!("shippo_live_{}", body(HEX, 40))),
        (
            Kind::Jwt,
            format!(
                "eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}",
                body(ALNUM, 40),
                body(ALNUM, 43)
            ),
        ),
    ];
    for (kind, token) in tokens {
        alone(kind, &token);
    }
}

#[test]
fn addresses_are_taken_in_any_script() {
    for address in [
        "nora.lind@shop.example",
        "NORA@SHOP.EXAMPLE",
        "d'arcy+orders@mail.shop.example",
        "søren@købmand.example",
        "山田@商店.example",
        "a_b-c@xn--kbmand-9xa.example",
        "1234@163.com",
    ] {
        alone(Kind::Email, address);
    }
    let fields =
        "user=nora@shop.example&to=kim@shop.example;<ola@shop.example>,'per@shop.example'.";
    let found: Vec<String> = taken(fields).into_iter().map(|(_, value)| value).collect();
    assert_eq!(
        found,
        [
            "nora@shop.example",
            "kim@shop.example",
            "ola@shop.example",
            "per@shop.example"
        ]
    );
}

#[test]
fn phone_numbers_are_taken_as_people_write_them() {
    for number in [
        "+46 70 174 06 99",
        "+12025550123",
        "+44 (0)20 7946 0123",
        "+49-30-23125-123",
        "+33 1 99 00 56 78",
        "0046 70 174 06 99",
        "(415) 555-0132",
        "415.555.0132",
        "1-415-555-0132",
        "020 7946 0991",
        "07700 900555",
        "0161 496 0123",
        "030/23125-123",
        "01.99.00.56.78",
    ] {
        alone(Kind::Phone, number);
    }
    assert_eq!(
        taken("call me at 4155550132 or WhatsApp: 612 345 678"),
        [
            ("PHONE", "4155550132".to_owned()),
            ("PHONE", "612 345 678".to_owned())
        ]
    );
    assert_eq!(
        taken("+46 70 174 06 99 12 orders are stuck"),
        [("PHONE", "+46 70 174 06 99".to_owned())]
    );
}

#[test]
fn cards_and_accounts_are_taken_by_their_check_digits() {
    for card in [
        "4242424242424242",
        "4242 4242 4242 4242",
        "5200-8282-8282-8210",
        "3787 344936 71000",
        "30569309025904",
        "6011000990139424",
        "3530111333300000",
        "6205500000000000004",
    ] {
        alone(Kind::Card, card);
    }
    for account in [
        "SE45 5000 0000 0583 9825 7466",
        "NO9386011117947",
        "ch9300762011623852957",
        "FR14 2004 1010 0505 0001 3M02 606",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    ] {
        alone(Kind::Iban, account);
    }
    assert_eq!(
        taken("old Visa: 4222222222222"),
        [("CARD", "4222222222222".to_owned())]
    );
    assert_eq!(
        taken("card 4242424242424242exp 12/30 in order 7"),
        [("CARD", "4242424242424242".to_owned())]
    );
}

#[test]
fn national_numbers_are_taken_only_where_the_check_digits_agree() {
    for number in [
        "529.982.247-25",
        "RSSMRA85T10A562S",
        "811228-9874",
        "131052-308T",
        "11010519491231002X",
        "2 55 08 14 168 025 38",
    ] {
        alone(Kind::NationalId, number);
    }
    assert_eq!(taken("529.982.247-26 RSSMRA85T10A562T 811228-9875"), []);
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
fn values_are_secrets_by_their_name() {
    for (text, kind, value) in [
        ("password=hunter22 was refused", "PASSWORD", "hunter22"),
        ("DB_PASSWORD: s3cr3t!pw", "PASSWORD", "s3cr3t!pw"),
        (
            "{\"password\": \"correct horse\"}",
            "PASSWORD",
            "correct horse",
        ),
        (
            "{\\\"password\\\":\\\"correct-horse-7\\\"}",
            "PASSWORD",
            "correct-horse-7",
        ),
        ("client_secret = 'aB3dE6gH9jK2'", "SECRET", "aB3dE6gH9jK2"),
        ("X-Api-Key: 93fa77c0b1d24e", "SECRET", "93fa77c0b1d24e"),
        (
            "https://shop.example/?access_token=9fA8b7C6d5E4f3A2b1&page=2",
            "SECRET",
            "9fA8b7C6d5E4f3A2b1",
        ),
        ("Mot de passe : Ete2024x", "PASSWORD", "Ete2024x"),
        ("contraseña: Verano2024", "PASSWORD", "Verano2024"),
        (
            "Cookie: PHPSESSID=q1w2e3r4t5z6u7i8o9p0a1s2d3; path=/",
            "SECRET",
            "q1w2e3r4t5z6u7i8o9p0a1s2d3",
        ),
        (
            "https://shop.example/cb?code=9fA8b7C6d5E4f3A2b1Z0y9&state=1",
            "SECRET",
            "9fA8b7C6d5E4f3A2b1Z0y9",
        ),
        (
            "https://media.example/a.png?se=2026&sig=Zm9vYmFyMTIzNDU2Nzg5MGFiY2Q%3D",
            "SECRET",
            "Zm9vYmFyMTIzNDU2Nzg5MGFiY2Q%3D",
        ),
        (
            "Authorization: Bearer 8a7f6e5d4c3b2a1908",
            "AUTHORIZATION",
            "8a7f6e5d4c3b2a1908",
        ),
        (
            "authorization: basic c2hvcDpzM2NyM3Q=",
            "AUTHORIZATION",
            "c2hvcDpzM2NyM3Q=",
        ),
        (
            "-H 'Authorization: Token 8a7f6e5d4c3b2a1908'",
            "AUTHORIZATION",
            "8a7f6e5d4c3b2a1908",
        ),
        (
            "mysql://shop:s0mePa55@db.example:3306/shop",
            "URL_PASSWORD",
            "s0mePa55",
        ),
        (
            "redis://:p@ss:w0rd@cache.example",
            "URL_PASSWORD",
            "p@ss:w0rd",
        ),
    ] {
        assert_eq!(taken(text), [(kind, value.to_owned())], "in {text:?}");
    }
    let key = body(BASE64, 40);
    for text in [
        format!("aws_secret_access_key = {key}"),
        format!("AWS_SECRET_ACCESS_KEY={key}"),
        format!("the secret is {key} I think"),
        format!("\"SecretAccessKey\": \"{key}\""),
        format!("{{\"secretKey\":\"{key}\",\"region\":\"eu\"}}"),
    ] {
        assert_eq!(
            taken(&text),
            [("AWS_SECRET_KEY", key.clone())],
            "in {text:?}"
        );
    }
    assert_eq!(
        taken(&format!(
            "AccountName=shop;AccountKey={}==;EndpointSuffix=x",
            body(BASE64, 86)
        )),
        [("AZURE_KEY", format!("{}==", body(BASE64, 86)))]
    );
}

#[test]
fn what_only_its_label_makes_personal_is_taken() {
    for (text, kind, value) in [
        (
            "SSN: 219-09-9999, please correct it",
            "NATIONAL_ID",
            "219-09-9999",
        ),
        (
            "her social security number is 219 09 9999",
            "NATIONAL_ID",
            "219 09 9999",
        ),
        (
            "{\"customer_ssn\":\"219099999\"}",
            "NATIONAL_ID",
            "219099999",
        ),
        (
            "National Insurance number QQ 12 34 56 C is refused",
            "NATIONAL_ID",
            "QQ 12 34 56 C",
        ),
        ("Aadhaar 2341 2341 2346", "NATIONAL_ID", "2341 2341 2346"),
        (
            "passport no. C01X00T47 was asked for",
            "NATIONAL_ID",
            "C01X00T47",
        ),
        ("Reisepass: C01X00T47", "NATIONAL_ID", "C01X00T47"),
        ("tax id = 12-3456789", "NATIONAL_ID", "12-3456789"),
        ("DOB 1984-02-17", "BIRTH_DATE", "1984-02-17"),
        ("date of birth: 17/02/1984.", "BIRTH_DATE", "17/02/1984"),
        ("{\"birthdate\":\"2/17/84\"}", "BIRTH_DATE", "2/17/84"),
        (
            "geboren am 17. Februar 1984 in Ulm",
            "BIRTH_DATE",
            "17. Februar 1984",
        ),
        ("born on Feb 17, 1984", "BIRTH_DATE", "Feb 17, 1984"),
        ("{\"cvv\":\"123\"}", "CARD_CODE", "123"),
        ("cvc2=0419&exp=12%2F30", "CARD_CODE", "0419"),
        ("security code: 123, declined", "CARD_CODE", "123"),
    ] {
        assert_eq!(taken(text), [(kind, value.to_owned())], "in {text:?}");
    }
    let cookie = "Cookie: lang=en_GB; _secure_sid=q1w2e3r4t5z6u7i8o9; cart=8933d834f8e6097f07edc88c; consent=yes";
    assert_eq!(
        redact(cookie).text,
        "Cookie: lang=en_GB; _secure_sid=‹secret:1›; cart=‹secret:2›; consent=yes"
    );
    assert_eq!(
        redact("set-cookie: frontend=7f1c9a0b2d3e4f5a6b7c; expires=Wed, 21 Oct 2026 07:28:00 GMT; path=/").text,
        "set-cookie: frontend=‹secret:1›; expires=Wed, 21 Oct 2026 07:28:00 GMT; path=/"
    );
}

#[test]
fn private_keys_are_taken_to_their_end_or_as_far_as_they_go() {
    let lines = format!("{}\n{}", body(BASE64, 64), body(BASE64, 40));
    for label in [
        "RSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        let key = format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----");
        alone(Kind::PrivateKey, &key);
        let escaped = key.replace('\n', "\\n");
        alone(Kind::PrivateKey, &escaped);
    }
    let cut = format!("-----BEGIN PRIVATE KEY-----\n{lines}");
    assert_eq!(
        taken(&format!("{cut}\nand then it was cut off")),
        [("PRIVATE_KEY", cut)]
    );
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
