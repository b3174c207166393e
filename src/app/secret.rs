//! The installation's own secret, and the keys that are made from it.

use crate::domain::Digest;
use crate::web::LoginKey;
use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretBox};
use std::path::{Path, PathBuf};

/// Random bytes of this installation, from which every key of its own is derived.
pub struct Secret(SecretBox<[u8; 32]>);

impl Secret {
    /// The key that seals sign-in links and sessions.
    pub fn login_key(&self) -> LoginKey {
        LoginKey::new(self.derive("console login"))
    }

    /// The key under which a merchant id that is an address is given another name.
    pub fn pseudonym_key(&self) -> [u8; 32] {
        self.derive("merchant pseudonyms")
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut bytes = self.0.expose_secret().to_vec();
        bytes.extend_from_slice(purpose.as_bytes());
        *Digest::of(bytes).as_bytes()
    }
}

/// The installation's secret: made once, in the store's directory, readable by its owner only.
/// Whoever can read it can sign in as anybody.
///
/// # Errors
/// When it cannot be read or written, or is not 32 bytes.
pub fn load_secret(store_dir: &Path) -> anyhow::Result<Secret> {
    let path = store_dir.join("secret.key");
    if !path.exists() {
        create_key(&path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| {
        anyhow::anyhow!(
            "{} does not hold 32 bytes; restore it from a copy, or remove it to have a new one \
             made (everybody signs in anew)",
            path.display()
        )
    })?;
    Ok(Secret(SecretBox::new(Box::new(bytes))))
}

fn create_key(path: &PathBuf) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(())
}
