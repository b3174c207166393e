//! Tokens and keys with a shape of their own.

use super::{ALNUM, BASE64, CAPITALS, HEX, alone, body, taken};
use medic::observe::redact::Kind;

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
