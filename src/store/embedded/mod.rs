//! The embedded store: a journal that is the truth, and an index made from it for queries.
//!
//! ```text
//! DIR/lock                     held while a process has the store open
//! DIR/journal-00000001.jsonl   one line a batch, see `line.rs`
//! DIR/sled/                    the index, see `index.rs`
//! DIR/sled.mark                whether the index was closed properly, see `recovery.rs`
//! DIR/sled.broken-1/           an index that was not believed, for a look at what went wrong
//! ```
//! A commit is one line and one `fdatasync`. The index follows within moments; reads look at what
//! is not in it yet first.

mod applier;
mod check;
mod disk;
mod index;
mod journal;
mod line;
mod overlay;
mod pending;
mod reader;
mod recovery;
mod rows;

pub use check::{is_journal, records, tables, verify};
pub use disk::{Disk, DiskFile, LocalDisk};
pub use rows::rows;

use super::{Batch, Head, Key, Order, Scan, Store, StoreError};
use crate::domain::{Record, WorkspaceId};
use applier::Shared;
use journal::Journal;
use pending::{parse_record, subject_key};
use reader::Position;
use recovery::IndexPlace;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How a store is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Cache of the index, in bytes. sled takes several times as much memory as it is told.
    pub cache_bytes: u64,
    /// A file of the journal that has grown this long is followed by another, in bytes.
    pub rotate_bytes: u64,
    /// How much may be committed and not yet in the index, in bytes; beyond, commits wait.
    pub max_pending_bytes: usize,
    /// How long to wait before an index that could not be rebuilt is tried again.
    pub index_retry: Duration,
    /// The disk.
    pub disk: Arc<dyn Disk>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 32 << 20,
            rotate_bytes: 64 << 20,
            max_pending_bytes: 64 << 20,
            index_retry: Duration::from_secs(5),
            disk: Arc::new(LocalDisk),
        }
    }
}

/// What was found when a store was opened: to be logged, and where it says more than "as expected",
/// to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// How many batches the journal holds.
    pub batches: u64,
    /// The end of the chain.
    pub head: Head,
    /// The unfinished line that a crash left at the journal's end and that was cut off: nobody was
    /// told that its batch is kept.
    pub torn: Option<Torn>,
    /// What became of the index.
    pub index: IndexReport,
}

/// A line that was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// File, line and byte.
    pub place: String,
    /// How many bytes there were of it.
    pub bytes: u64,
}

/// What became of the index at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexReport {
    /// It was used as it was, and lagged by so many batches.
    CaughtUp(u64),
    /// It was made anew from the whole journal.
    Rebuilt {
        /// Why the old one was not used.
        reason: String,
        /// Where the old one is now, if there was one.
        aside: Option<PathBuf>,
    },
}

impl OpenReport {
    /// What an operator should know, one sentence each; nothing where all is as expected.
    pub fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        if let Some(Torn { place, bytes }) = &self.torn {
            findings.push(format!(
                "{place}: cut off {bytes} bytes of a batch that was being written when medic or the machine went down; nobody was told that it is kept"
            ));
        }
        if let IndexReport::Rebuilt { reason, aside } = &self.index {
            let aside = aside.as_ref().map_or_else(String::new, |path| {
                format!("; the old one is kept in {}", path.display())
            });
            findings.push(format!(
                "rebuilt the index from {} batches of the journal: {reason}{aside}",
                self.batches
            ));
        }
        findings
    }
}

/// The default store.
#[derive(Debug)]
pub struct EmbeddedStore {
    journal: Mutex<Journal>,
    shared: Arc<Shared>,
    applier: Option<JoinHandle<()>>,
    /// Unlocked when it is closed.
    _lock: File,
}

impl EmbeddedStore {
    /// Opens the store in `dir`, or makes an empty one. Reads the whole journal once.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, OpenReport), StoreError> {
        journal::create_dir(dir, &*options.disk)?;
        let lock = lock(dir)?;
        let place = IndexPlace {
            dir: dir.to_owned(),
            cache_bytes: options.cache_bytes,
        };
        let opened = place.open();
        let known = opened.as_ref().ok().map(|(_, position)| *position);
        let disk = options.disk.clone();
        let (journal, found) = Journal::open(dir, disk, options.rotate_bytes, known)?;
        let end = journal.position();
        let opened = opened.and_then(|(index, from)| {
            if !found.known {
                return Err(stranger(from, end));
            }
            let batches = place.catch_up(&index, from, None);
            Ok((index, batches.map_err(|e| e.to_string())?))
        });
        let (index, report) = match opened {
            Ok((index, batches)) => (index, IndexReport::CaughtUp(batches)),
            Err(reason) => {
                let (index, aside) = place.open_anew()?;
                place.catch_up(&index, Position::START, None)?;
                let is_new = end.batch == 0 && aside.is_none();
                let report = if is_new {
                    IndexReport::CaughtUp(0)
                } else {
                    IndexReport::Rebuilt { reason, aside }
                };
                (index, report)
            }
        };
        let shared = Arc::new(Shared::new(place, options, index, end));
        let for_applier = shared.clone();
        let applier = std::thread::Builder::new()
            .name("store-applier".to_owned())
            .spawn(move || for_applier.run())
            .map_err(|source| StoreError::Read {
                place: "the system's threads".to_owned(),
                source,
            })?;
        let store = Self {
            journal: Mutex::new(journal),
            shared,
            applier: Some(applier),
            _lock: lock,
        };
        let report = OpenReport {
            batches: end.batch,
            head: end.head,
            torn: found.torn.map(|(place, bytes)| Torn { place, bytes }),
            index: report,
        };
        Ok((store, report))
    }
}

impl Drop for EmbeddedStore {
    /// Waits until the index has everything.
    fn drop(&mut self) {
        self.shared.close();
        if let Some(applier) = self.applier.take() {
            // It catches its own panics.
            let _ = applier.join();
        }
    }
}

impl Store for EmbeddedStore {
    fn commit(&self, batch: Batch) -> Result<Vec<Record>, StoreError> {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.wait_for_room()?;
        let Some((records, pending)) = journal.append(batch)? else {
            return Ok(Vec::new());
        };
        self.shared.push(pending);
        Ok(records)
    }

    fn get(&self, key: &Key) -> Result<Option<Arc<str>>, StoreError> {
        // Whatever is not pending any more is in the index by then.
        match self.shared.pending(|pending| pending.get(key.as_str())) {
            Some(value) => Ok(value),
            None => self.shared.read(|index| index.get(key.as_str())),
        }
    }

    fn scan(&self, scan: &Scan) -> Result<Vec<(Key, Arc<str>)>, StoreError> {
        let Some(range) = scan.range().filter(|_| scan.limit > 0) else {
            return Ok(Vec::new());
        };
        let is_before = |a: &str, b: &str| match scan.order {
            Order::Ascending => a < b,
            Order::Descending => a > b,
        };
        self.shared.read(|index| {
            let pending = self
                .shared
                .pending(|pending| pending.scan(range.clone(), scan.order, scan.limit));
            let mut pending = pending.into_iter().peekable();
            let mut rows = Vec::new();
            index.scan(range.clone(), scan.order, |key, value| {
                while let Some((first, value)) = pending.next_if(|(first, _)| is_before(first, key))
                {
                    rows.extend(value.map(|value| (Key::from_text(first), value)));
                }
                match pending.next_if(|(first, _)| first == key) {
                    Some((_, newer)) => {
                        rows.extend(newer.map(|value| (Key::from_text(key), value)))
                    }
                    None => rows.push((Key::from_text(key), value()?)),
                }
                Ok(rows.len() < scan.limit)
            })?;
            rows.extend(pending.filter_map(|(key, value)| Some((Key::from_text(key), value?))));
            rows.truncate(scan.limit);
            Ok(rows)
        })
    }

    fn records(&self, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let from = from.max(1);
        let texts = self.shared.read(|index| {
            let (first, pending) = self
                .shared
                .pending(|pending| (pending.first_record(), pending.with_records(from)));
            let mut texts = index.records(from, first, limit)?;
            for batch in &pending {
                let numbered = (batch.first..).zip(batch.records());
                let wanted = numbered.filter(|(seq, _)| *seq >= from);
                let room = limit - texts.len();
                texts.extend(wanted.take(room).map(|(_, text)| text.to_owned()));
            }
            Ok(texts)
        })?;
        parsed(&texts)
    }

    fn records_of(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let subject = subject_key(workspace.as_str(), id);
        let texts = self.shared.read(|index| {
            let (first, pending) = self
                .shared
                .pending(|pending| (pending.first_record(), pending.with_records(0)));
            let mut texts = Vec::new();
            for batch in pending.iter().rev() {
                let about = batch.subjects.iter().filter(|(about, _)| *about == subject);
                let wanted = about.filter(|(_, seq)| *seq < before).rev();
                let room = limit - texts.len();
                let found = wanted.filter_map(|(_, seq)| batch.record(*seq));
                texts.extend(found.take(room).map(str::to_owned));
            }
            let room = limit - texts.len();
            texts.extend(index.records_of(workspace.as_str(), id, first.min(before), room)?);
            Ok(texts)
        })?;
        parsed(&texts)
    }

    fn head(&self) -> Head {
        self.shared.pending(|pending| pending.committed().head)
    }
}

fn parsed(texts: &[String]) -> Result<Vec<Record>, StoreError> {
    let record = |text: &String| {
        parse_record(text).map_err(|reason| StoreError::Row {
            key: "of a record".to_owned(),
            reason,
        })
    };
    texts.iter().map(record).collect()
}

/// Why an index is not believed that goes up to where the journal never was.
fn stranger(index: Position, journal: Position) -> String {
    if index.batch > journal.batch {
        format!(
            "it goes up to batch {}, but the journal ends at batch {}: the journal was restored from an older copy, or cut off",
            index.batch, journal.batch
        )
    } else {
        format!(
            "its batch {} is not the journal's: one of the two was restored from a copy",
            index.batch
        )
    }
}

/// Makes sure that no other process has the store open.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let failed = |source: io::Error| StoreError::Write {
        place: path.display().to_string(),
        source,
    };
    let file = disk::private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            place: dir.display().to_string(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
