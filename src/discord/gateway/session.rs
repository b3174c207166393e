//! The session, kept so that a restarted process resumes it.

use super::super::memory::Memory;
use serde::{Deserialize, Serialize};
use twilight_gateway::Session;

const KEY: &str = "gateway/session";

/// What a resume needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Its id and the number of its last event.
    pub session: Option<Session>,
    /// Where to resume it.
    pub resume_url: Option<String>,
}

pub(super) async fn recall(memory: &dyn Memory) -> Kept {
    let kept = memory.recall(KEY).await;
    kept.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Without it a restart begins a new session and reads back the history, so a failure is no more
/// than worth a line in the log.
pub(super) async fn keep(memory: &dyn Memory, kept: &Kept) {
    let text = serde_json::to_string(kept).unwrap_or_default();
    if let Err(why) = memory.keep(KEY, text).await {
        tracing::warn!(%why, "cannot keep Discord's session for a restart");
    }
}
