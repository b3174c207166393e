//! Brings the index to the journal's end when a store is opened, or makes it anew.
//!
//! An index is believed only if nothing speaks against it:
//! - sled opens it, and it says up to where the journal was applied;
//! - the journal passes through exactly that place, with that hash (not so if one of the two was
//!   restored from a copy);
//! - it was closed properly, or the machine has not been started anew since: after a power cut sled
//!   may open and yet lack some of what it held, which nothing in it tells (platform notes: 21 of 24
//!   cuts were bad). A mark beside it says so; it is made durable before sled writes anything.
//!
//! Otherwise it is moved aside and rebuilt by applying the recorded changes.

use super::disk::private;
use super::index::{Index, IndexError};
use super::journal::replay;
use super::pending::Pending;
use super::reader::Position;
use crate::store::StoreError;
use serde::{Deserialize, Serialize};
use std::fs::{self, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How much journal text is applied at once.
const STEP_BYTES: usize = 1 << 20;

/// How often, and after which pauses, sled is asked whether it has let go of its files.
const RELEASE_TRIES: u32 = 1000;
const RELEASE_PAUSE: Duration = Duration::from_millis(2);

/// Where the index of a store lies, and how it is opened.
#[derive(Clone, Debug)]
pub struct IndexPlace {
    /// The store's directory.
    pub dir: PathBuf,
    /// sled's cache, in bytes.
    pub cache_bytes: u64,
}

/// What is known of the last use of an index.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Whether it was closed properly.
    closed: bool,
    /// Names the run of the machine; empty where the system has no such name.
    boot: String,
}

impl IndexPlace {
    /// sled's directory.
    pub fn index_dir(&self) -> PathBuf {
        self.dir.join("sled")
    }

    /// Opens the index if it can be believed, otherwise says why not.
    pub fn open(&self) -> Result<(Index, Position), String> {
        if !self.index_dir().is_dir() {
            return Err("it is missing".to_owned());
        }
        let mark = fs::read(self.mark())
            .ok()
            .and_then(|text| serde_json::from_slice::<Mark>(&text).ok())
            .ok_or("nothing says how it was left")?;
        if !mark.closed && (mark.boot.is_empty() || mark.boot != boot()) {
            return Err("the machine went down while it was open".to_owned());
        }
        self.write_mark(false)
            .map_err(|e| format!("its mark cannot be written: {e}"))?;
        self.remove_half_snapshots()
            .map_err(|e| format!("its half-written snapshots cannot be removed: {e}"))?;
        let opened = Index::open(&self.index_dir(), self.cache_bytes)
            .and_then(|index| Ok((index.checkpoint()?, index)));
        match opened {
            Ok((Some(position), index)) => Ok((index, position)),
            Ok((None, _)) => Err("it does not say how far it goes".to_owned()),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Moves what is there aside, and opens an empty index. Of what was moved aside, only the newest
    /// is kept.
    pub fn open_anew(&self) -> Result<(Index, Option<PathBuf>), StoreError> {
        let failed = |source| StoreError::Write {
            place: self.index_dir().display().to_string(),
            source,
        };
        let aside = self.move_aside().map_err(failed)?;
        self.write_mark(false).map_err(failed)?;
        let index = Index::open(&self.index_dir(), self.cache_bytes).map_err(|e| self.failed(e))?;
        index.begin().map_err(|e| self.failed(e))?;
        Ok((index, aside))
    }

    /// Applies the journal from a position on, up to another or to its end, and says how many
    /// batches that were.
    pub fn catch_up(
        &self,
        index: &Index,
        from: Position,
        to: Option<Position>,
    ) -> Result<u64, StoreError> {
        let mut step: Vec<Arc<Pending>> = Vec::new();
        let (mut bytes, mut applied) = (0, 0);
        let apply = |step: &mut Vec<_>| {
            index.apply(step).map_err(|e| self.failed(e))?;
            step.clear();
            Ok::<_, StoreError>(())
        };
        replay(&self.dir, from, to, |pending| {
            bytes += pending.bytes();
            applied += 1;
            step.push(Arc::new(pending));
            if bytes >= STEP_BYTES {
                bytes = 0;
                apply(&mut step)?;
            }
            Ok(())
        })?;
        apply(&mut step)?;
        Ok(applied)
    }

    /// Notes that the index was closed properly: flushed, let go of, and its files synced.
    pub fn mark_closed(&self) -> io::Result<()> {
        self.wait_for_sled()?;
        for entry in fs::read_dir(self.index_dir())? {
            let path = entry?.path();
            if path.is_file() {
                fs::File::open(path)?.sync_all()?;
            }
        }
        self.write_mark(true)
    }

    fn failed(&self, error: IndexError) -> StoreError {
        StoreError::Write {
            place: self.index_dir().display().to_string(),
            source: io::Error::other(error),
        }
    }

    /// sled's own threads keep its files for a moment after it was dropped.
    fn wait_for_sled(&self) -> io::Result<()> {
        let file = fs::File::open(self.index_dir().join("db"))?;
        for _ in 0..RELEASE_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(e)) => return Err(e),
                Err(TryLockError::WouldBlock) => std::thread::sleep(RELEASE_PAUSE),
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    fn mark(&self) -> PathBuf {
        self.dir.join("sled.mark")
    }

    fn write_mark(&self, closed: bool) -> io::Result<()> {
        let mark = Mark {
            closed,
            boot: boot(),
        };
        let mut file = private()
            .create(true)
            .truncate(true)
            .write(true)
            .open(self.mark())?;
        file.write_all(&serde_json::to_vec(&mark)?)?;
        file.sync_all()
    }

    /// sled takes a half-written snapshot for a whole one and calls the index corrupt (sled#1527).
    fn remove_half_snapshots(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.index_dir())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("snap.") && name.ends_with(".generating") {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    fn move_aside(&self) -> io::Result<Option<PathBuf>> {
        let mut broken = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let number = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_prefix("sled.broken-")?.parse::<u64>().ok());
            if let Some(number) = number {
                broken.push((number, path));
            }
        }
        if !self.index_dir().exists() {
            return Ok(None);
        }
        let newest = broken.iter().map(|(number, _)| *number).max().unwrap_or(0);
        let aside = self.dir.join(format!("sled.broken-{}", newest + 1));
        fs::rename(self.index_dir(), &aside)?;
        for (_, path) in broken {
            remove(&path)?;
        }
        Ok(Some(aside))
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

/// A name for the machine's present run. Only Linux has one; elsewhere an index that was not closed
/// properly is rebuilt.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
