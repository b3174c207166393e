//! Values that only their name or label gives away.

use super::{BASE64, body, taken};
use medic::observe::redact::redact;

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
