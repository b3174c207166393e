//! Signatures in the form of Standard Webhooks (specification 1.0, symmetric `v1`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::Webhook;
use subtle::ConstantTimeEq;

/// A key that signs and verifies. Its bytes never leave it.
pub struct SigningKey(Webhook);

/// A secret cannot serve as a signing key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a signing secret: it must be `whsec_` followed by the base64 of 24 to 64 random bytes; `openssl rand -base64 32` makes one"
)]
pub struct NotASigningSecret;

impl SigningKey {
    /// Reads `whsec_…`; the prefix may be missing. Short keys are refused, because a key that can
    /// be guessed signs nothing.
    pub fn parse(secret: &SecretString) -> Result<Self, NotASigningSecret> {
        let text = secret.expose_secret().trim();
        let text = text.strip_prefix("whsec_").unwrap_or(text);
        let bytes = STANDARD.decode(text).map_err(|_| NotASigningSecret)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(NotASigningSecret);
        }
        Webhook::from_bytes(bytes)
            .map(Self)
            .map_err(|_| NotASigningSecret)
    }

    /// The value of `webhook-signature` for this message: `v1,<base64>`. `at` is in seconds since
    /// 1970.
    pub fn sign(&self, id: &str, at: i64, body: &str) -> Option<String> {
        self.0.sign(id, at, body.as_bytes()).ok()
    }

    /// Whether one of the signatures in `header` (space-separated) is this key's. Compares in
    /// constant time; the age of `at` is the caller's to judge.
    pub fn verify(&self, id: &str, at: i64, body: &str, header: &str) -> bool {
        let Some(expected) = self.sign(id, at, body) else {
            return false;
        };
        header
            .split(' ')
            .any(|given| bool::from(given.as_bytes().ct_eq(expected.as_bytes())))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

    #[test]
    fn the_published_example_is_reproduced() {
        // Example of the Standard Webhooks specification.
        let key =
            SigningKey::parse(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into()).unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signature = key.sign(ID, 1_614_265_330, body).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(key.verify(ID, 1_614_265_330, body, &format!("v1,AAAA {signature}")));
        assert!(!key.verify(ID, 1_614_265_331, body, &signature));
        assert!(!key.verify(ID, 1_614_265_330, "{}", &signature));
        assert!(!key.verify(ID, 1_614_265_330, body, "v1a,g0hM9SsE+OTPJTGt"));
    }

    #[test]
    fn empty_short_and_malformed_secrets_are_refused() {
        for secret in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "hunter2"] {
            assert!(
                SigningKey::parse(&secret.to_owned().into()).is_err(),
                "{secret}"
            );
        }
    }
}
