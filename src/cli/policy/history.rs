//! Decisions and plans as the journal holds them.

use crate::domain::{Plan, WorkspaceId};
use crate::engine::decisions::DecisionRow;
use crate::engine::redecide::History;
use crate::store::codec::{self, Row};
use crate::store::{Key, embedded};
use anyhow::bail;
use std::path::Path;

/// Reads them from a store's directory.
pub(super) fn read(store: &Path, workspace: &WorkspaceId) -> anyhow::Result<History> {
    if !store.is_dir() {
        bail!(
            "there is no store in {}; give its directory with --store, or as [store] dir in config.toml",
            store.display()
        );
    }
    Ok(History::new(
        table::<DecisionRow>(store, workspace)?,
        table::<Plan>(store, workspace)?,
    ))
}

fn table<R: Row>(store: &Path, workspace: &WorkspaceId) -> anyhow::Result<Vec<R>> {
    let rows = embedded::rows(store, &Key::table_prefix(workspace, R::TABLE))?;
    let mut read = Vec::new();
    for (key, text) in &rows {
        read.push(codec::decode(key, text)?);
    }
    Ok(read)
}
