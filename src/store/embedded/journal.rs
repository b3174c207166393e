//! The journal: the truth, as numbered text files of one line a batch.

use super::disk::{Disk, DiskFile};
use super::line::{self, Header, MAX_LINE_BYTES};
use super::pending::Pending;
use super::reader::{Ending, Next, Position, Reader, file_path, files, read_error};
use crate::domain::Record;
use crate::store::changes::chain_batch;
use crate::store::{Batch, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Buffers that a giant batch has grown beyond this are given back.
const KEPT_BUFFER_BYTES: usize = 4 << 20;

/// An open journal. Appending is all it can do.
#[derive(Debug)]
pub struct Journal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    rotate_bytes: u64,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    position: Position,
    /// Whether something may stand behind `position` that must go before anything is written.
    unclean: bool,
    line: Vec<u8>,
    changes: String,
    records: String,
}

/// What was found when a journal was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The unfinished line that was cut off: where, and how many bytes.
    pub torn: Option<(String, u64)>,
    /// Whether the journal passes through the position that was asked for.
    pub known: bool,
}

impl Journal {
    /// Checks every line of the journal in `dir`, cuts off an unfinished last one, and makes sure
    /// that what is there is durable before anybody relies on it. `known` is a position that
    /// somebody remembers.
    pub fn open(
        dir: &Path,
        disk: Arc<dyn Disk>,
        rotate_bytes: u64,
        known: Option<Position>,
    ) -> Result<(Self, Found), StoreError> {
        let is_new = files(dir)?.is_empty();
        let mut reader = Reader::open(dir, Position::START)?;
        let mut found = Found {
            torn: None,
            known: known == Some(Position::START),
        };
        let ending = loop {
            match reader.next()? {
                Next::Batch(..) => found.known |= known == Some(reader.position()),
                Next::End(ending) => break ending,
            }
        };
        let position = reader.position();
        let path = file_path(dir, position.file);
        let failed = |source| write_error(&path, source);
        let mut file = disk.open(&path, is_new).map_err(failed)?;
        let mut position = position;
        match ending {
            Ending::Clean => {}
            Ending::Unended => {
                let end = position.offset + reader.line().len() as u64;
                file.write_all_at(b"\n", end).map_err(failed)?;
                file.sync_data().map_err(failed)?;
                // Read it again, as the whole line it is now.
                let mut rest = Reader::open(dir, position)?;
                rest.next()?;
                position = rest.position();
                found.known |= known == Some(position);
            }
            Ending::Torn(bytes) => {
                file.truncate(position.offset).map_err(failed)?;
                found.torn = Some((reader.place(), bytes));
            }
        }
        file.sync_data().map_err(failed)?;
        disk.sync_dir(dir).map_err(|e| write_error(dir, e))?;
        let journal = Self {
            disk,
            dir: dir.to_owned(),
            rotate_bytes,
            path,
            file,
            position,
            unclean: false,
            line: Vec::new(),
            changes: String::new(),
            records: String::new(),
        };
        Ok((journal, found))
    }

    /// Behind the last batch.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Makes the batch durable. None if there is nothing in it.
    ///
    /// # Errors
    /// When it returns one, nothing of the batch is there, and a later batch may succeed. After a
    /// failed write or sync, the file is cut back to its last good length before anything else is
    /// written. That is enough even after a failed sync, which leaves the system's cache in doubt
    /// about the bytes of this one batch: they are thrown away, all earlier ones were synced before
    /// they were acknowledged, and the next batch is written anew, with the page it begins in. If
    /// the cutting fails too, it is tried again before each further batch, and none is taken until
    /// it succeeds; should the process die before, the next start finds a torn line, or at worst a
    /// whole batch that nobody was promised, which does no harm.
    pub fn append(&mut self, batch: Batch) -> Result<Option<(Vec<Record>, Pending)>, StoreError> {
        if batch.records.is_empty() && batch.changes.is_empty() {
            return Ok(None);
        }
        self.clean().map_err(|e| write_error(&self.path, e))?;
        if self.position.offset >= self.rotate_bytes {
            self.rotate()?;
        }
        self.clear_buffers();
        let before = self.position;
        let (chained, changes) =
            chain_batch(before.head, batch, &mut self.changes, &mut self.records)?;
        let Some(last) = chained.records.last() else {
            return Ok(None);
        };
        let header = Header {
            batch: before.batch + 1,
            first: before.head.seq + 1,
            last: last.seq,
            prev: before.head.hash,
            head: last.hash,
        };
        line::write(&header, &self.records, &self.changes, &mut self.line);
        if self.line.len() > MAX_LINE_BYTES {
            return Err(StoreError::Row {
                key: format!("of a batch of {} changes", changes.len()),
                reason: format!(
                    "the batch is {} bytes long, at most {MAX_LINE_BYTES} fit in a line of the journal",
                    self.line.len()
                ),
            });
        }
        self.unclean = true;
        let written = self
            .file
            .write_all_at(&self.line, before.offset)
            .and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // If this fails as well, it is tried again before the next batch.
            let _ = self.clean();
            return Err(write_error(&self.path, source));
        }
        self.unclean = false;
        self.position = Position {
            offset: before.offset + self.line.len() as u64,
            line: before.line + 1,
            batch: header.batch,
            head: crate::audit::Head::at(last),
            ..before
        };
        let pending = Pending::committed(self.position, changes, &chained, &self.records);
        Ok(Some((chained.records, pending)))
    }

    /// Cuts off what a failed batch may have left.
    fn clean(&mut self) -> io::Result<()> {
        if self.unclean {
            self.file.truncate(self.position.offset)?;
            self.file.sync_data()?;
            self.unclean = false;
        }
        Ok(())
    }

    /// Goes on in the next file. Until that one is durably there, the old one stays in use.
    fn rotate(&mut self) -> Result<(), StoreError> {
        let number = self.position.file + 1;
        let path = file_path(&self.dir, number);
        let failed = |source| write_error(&path, source);
        // The name is free, or was left by an attempt that failed here and wrote nothing.
        let file = self.disk.open(&path, true).map_err(failed)?;
        self.disk.sync_dir(&self.dir).map_err(failed)?;
        self.file = file;
        self.path = path;
        self.position = Position {
            file: number,
            offset: 0,
            line: 0,
            ..self.position
        };
        Ok(())
    }

    fn clear_buffers(&mut self) {
        if self.line.capacity() > KEPT_BUFFER_BYTES {
            self.line = Vec::new();
            self.changes = String::new();
            self.records = String::new();
        }
        self.line.clear();
        self.changes.clear();
        self.records.clear();
    }
}

/// Hands every batch behind `from` up to `to` (or to the end) to `take`.
pub fn replay(
    dir: &Path,
    from: Position,
    to: Option<Position>,
    mut take: impl FnMut(Pending) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut reader = Reader::open(dir, from)?;
    while to.is_none_or(|to| reader.position().batch < to.batch) {
        let Next::Batch(header, start) = reader.next()? else {
            return match to {
                None => Ok(()),
                Some(to) => Err(reader.damaged(format!(
                    "the journal ends here, batch {} was already written",
                    to.batch
                ))),
            };
        };
        let pending = line::body(reader.line(), start)
            .and_then(|body| Pending::read(reader.position(), header.first, &body))
            .ok_or_else(|| reader.damaged("its records or changes cannot be read"))?;
        take(pending)?;
    }
    Ok(())
}

fn write_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Write {
        place: path.display().to_string(),
        source,
    }
}

/// Makes the directory of a store, and makes durable that it is there.
pub fn create_dir(dir: &Path, disk: &dyn Disk) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    super::disk::create_private_dir(dir).map_err(|e| write_error(dir, e))?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    disk.sync_dir(parent).map_err(|e| read_error(parent, e))
}
