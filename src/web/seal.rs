//! Keys and sealed values: small texts that only the holder of the login key can have made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// The key that seals sign-in links, sessions and form tokens. Whoever changes it signs everybody
/// out.
#[derive(Debug)]
pub struct LoginKey(SecretBox<[u8; 32]>);

impl LoginKey {
    /// Wraps 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The value as text with its seal. Readable by anybody, forgeable by nobody.
    pub(super) fn seal(&self, purpose: Purpose, value: &impl Serialize) -> String {
        // Our own plain structs always serialise; an empty text would simply not open again.
        let value = serde_json::to_vec(value).unwrap_or_default();
        let tag = self.mac(purpose, &value).finalize().into_bytes();
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(value),
            URL_SAFE_NO_PAD.encode(tag)
        )
    }

    /// The value, if this key sealed it for this purpose.
    pub(super) fn open<T: DeserializeOwned>(&self, purpose: Purpose, sealed: &str) -> Option<T> {
        let (value, tag) = sealed.split_once('.')?;
        let value = URL_SAFE_NO_PAD.decode(value).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac(purpose, &value).verify_slice(&tag).ok()?;
        serde_json::from_slice(&value).ok()
    }

    fn mac(&self, purpose: Purpose, value: &[u8]) -> Hmac<Sha256> {
        let mut mac = hmac_sha256(self.0.expose_secret());
        mac.update(purpose.label());
        mac.update(value);
        mac
    }
}

/// What a seal is for: a value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// A sign-in link.
    Link,
    /// A session cookie.
    Session,
    /// The token that every form carries.
    Form,
    /// The sentence shown once after a form was sent.
    Flash,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Link => b"medic/link/v1\n",
            Self::Session => b"medic/session/v1\n",
            Self::Form => b"medic/form/v1\n",
            Self::Flash => b"medic/flash/v1\n",
        }
    }
}

/// HMAC-SHA256 under this key.
#[expect(clippy::expect_used, reason = "HMAC is defined for keys of any length")]
pub(super) fn hmac_sha256(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// 16 random bytes as 32 hexadecimal digits, to name a link or a session.
pub(super) fn random_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_what_the_same_key_sealed_for_the_same_purpose() {
        let key = LoginKey::new([7; 32]);
        let sealed = key.seal(Purpose::Link, &"ana");
        let open = |key: &LoginKey, purpose, text: &str| key.open::<String>(purpose, text);
        assert_eq!(
            open(&key, Purpose::Link, &sealed).as_deref(),
            Some("ana"),
            "the honest way must work, or the rest proves nothing"
        );
        assert_eq!(open(&key, Purpose::Session, &sealed), None);
        assert_eq!(open(&LoginKey::new([8; 32]), Purpose::Link, &sealed), None);
        let (_, tag) = sealed.split_once('.').unwrap();
        let forged = format!("{}.{tag}", URL_SAFE_NO_PAD.encode("\"ben\""));
        assert_eq!(open(&key, Purpose::Link, &forged), None);
        for text in ["", ".", "a.b", "\u{0}.\u{ffff}", &sealed[1..]] {
            assert_eq!(open(&key, Purpose::Link, text), None, "{text:?}");
        }
    }
}
