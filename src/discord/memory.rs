//! What Discord's transport has to know after a restart: small texts under keys.

use async_trait::async_trait;

/// Keeps small texts (4 KiB at most) durably.
#[async_trait]
pub trait Memory: Send + Sync {
    /// What was kept under this key last; none where nothing was, or it cannot be read.
    async fn recall(&self, key: &str) -> Option<String>;

    /// Keeps it. Durable once it returns.
    ///
    /// # Errors
    /// In words; nothing was kept then.
    async fn keep(&self, key: &str, value: String) -> Result<(), String>;
}
