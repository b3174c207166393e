//! Detectors, and the file beside the journal that spares a start from reading every ticket again.
//! The file is only a shortcut: one that is damaged, of other settings or of another store is not
//! used.

use crate::config::Config;
use crate::domain::{Digest, WorkspaceId};
use crate::engine::{EXPLAINED_TABLES, Keep, Kept, MakeDetector, SPLIT, stand_again};
use crate::observe::detect::{DetectOptions, OnlineDetector};
use crate::store::StoreError;
use crate::store::embedded;
use crate::store::memory::MemoryStore;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The first line of the file; the snapshot follows.
#[derive(Serialize, Deserialize)]
struct Head {
    tickets: u64,
    corrections: u64,
    fit: Digest,
    /// The digest of the settings under which it was taken.
    options: Digest,
    crc32: u32,
}

/// Makes a workspace's detector as it stood.
pub(super) fn make(config: &Config) -> Box<MakeDetector> {
    let (options, dir) = (config.detect.clone(), config.store.dir.clone());
    Box::new(move |store, workspace| {
        let kept = read(&file(&dir, workspace), &digest(&options));
        Ok(Box::new(stand_again(
            store,
            workspace,
            &options,
            kept.as_ref(),
        )?))
    })
}

/// A workspace's detector as it stands at the end of the journal, for a look beside a running
/// Medic, with the rows that it was made from and the records of what was split off.
///
/// # Errors
/// When the store cannot be read.
pub fn beside(
    config: &Config,
    workspace: &WorkspaceId,
) -> Result<(MemoryStore, OnlineDetector), StoreError> {
    let (options, dir) = (&config.detect, &config.store.dir);
    let store = embedded::tables(dir, &EXPLAINED_TABLES, SPLIT)?;
    let kept = read(&file(dir, workspace), &digest(options));
    let detector = stand_again(&store, workspace, options, kept.as_ref())?;
    Ok((store, detector))
}

/// Keeps snapshots in the store's directory.
pub(super) fn keep(config: &Config) -> Box<Keep> {
    let (options, dir) = (config.detect.clone(), config.store.dir.clone());
    Box::new(move |workspace, kept| {
        let path = file(&dir, workspace);
        if let Err(error) = write(&path, &kept, digest(&options)) {
            tracing::warn!(%error, "no snapshot of the detector was kept; the next start takes longer");
        }
    })
}

fn file(dir: &Path, workspace: &WorkspaceId) -> PathBuf {
    dir.join(format!("patterns-{workspace}.cache"))
}

fn digest(options: &DetectOptions) -> Digest {
    Digest::of(format!("{} {options:?}", env!("CARGO_PKG_VERSION")))
}

fn write(path: &Path, kept: &Kept, options: Digest) -> std::io::Result<()> {
    let head = Head {
        tickets: kept.tickets,
        corrections: kept.corrections,
        fit: kept.fit,
        options,
        crc32: crc32fast::hash(&kept.snapshot),
    };
    let new = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    serde_json::to_writer(&mut file, &head)?;
    file.write_all(b"\n")?;
    file.write_all(&kept.snapshot)?;
    drop(file);
    std::fs::rename(new, path)
}

fn read(path: &Path, options: &Digest) -> Option<Kept> {
    let bytes = std::fs::read(path).ok()?;
    let cut = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..cut]).ok()?;
    let snapshot = bytes.get(cut + 1..)?.to_vec();
    if head.options != *options || head.crc32 != crc32fast::hash(&snapshot) {
        tracing::info!("the kept patterns do not fit; every ticket is read again");
        return None;
    }
    Some(Kept {
        tickets: head.tickets,
        corrections: head.corrections,
        fit: head.fit,
        snapshot,
    })
}
