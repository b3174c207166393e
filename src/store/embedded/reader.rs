//! Reads a journal, line by line, without holding the store: also while another process writes it.

use super::line::{self, Header, LineError, MAX_LINE_BYTES};
use crate::audit::{Head, LineEnd, read_line};
use crate::store::StoreError;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The smallest unit a disk writes whole.
const SECTOR_BYTES: u64 = 512;

/// Fewer zeros than this are taken for a changed byte, wherever they lie.
const LEAST_UNWRITTEN_BYTES: usize = 16;

/// A place between two lines, with the end of the chain there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Number of the file.
    pub file: u64,
    /// Byte in it.
    pub offset: u64,
    /// Lines of it before that.
    pub line: u64,
    /// Number of the last batch.
    pub batch: u64,
    /// The last record.
    #[serde(flatten)]
    pub head: Head,
}

impl Position {
    /// Before everything.
    pub const START: Self = Self {
        file: 1,
        offset: 0,
        line: 0,
        batch: 0,
        head: Head::START,
    };
}

/// What the next line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A batch; see [`Reader::line`]. The number is where its records begin.
    Batch(Header, usize),
    /// There is no further whole line.
    End(Ending),
}

/// How the last file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a line break.
    Clean,
    /// With a line that is whole but for its line break.
    Unended,
    /// With so many bytes of a line that was being written.
    Torn(u64),
}

/// The numbered files of a journal.
pub fn files(dir: &Path) -> Result<VecDeque<(u64, PathBuf)>, StoreError> {
    let unreadable = |source| read_error(dir, source);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_prefix("journal-")?.strip_suffix(".jsonl"))
            .and_then(|number| number.parse().ok());
        if let Some(number) = number {
            files.push((number, path));
        }
    }
    files.sort_unstable();
    for (expected, (number, _)) in (1..).zip(&files) {
        if *number != expected {
            return Err(StoreError::Damaged {
                place: file_path(dir, expected).display().to_string(),
                reason: "the file is missing, later ones are there".to_owned(),
            });
        }
    }
    Ok(files.into())
}

/// The path of a journal's file.
pub fn file_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("journal-{number:08}.jsonl"))
}

/// Walks through the lines of a journal.
#[derive(Debug)]
pub struct Reader {
    files: VecDeque<(u64, PathBuf)>,
    input: Option<BufReader<File>>,
    path: PathBuf,
    position: Position,
    line: Vec<u8>,
}

impl Reader {
    /// Reads the journal in `dir` from a position on. There may be no file yet.
    pub fn open(dir: &Path, from: Position) -> Result<Self, StoreError> {
        let mut files = files(dir)?;
        files.retain(|(number, _)| *number >= from.file);
        let mut reader = Self {
            files,
            input: None,
            path: file_path(dir, from.file),
            position: from,
            line: Vec::new(),
        };
        if from.offset > 0 {
            reader.open_next()?;
        }
        Ok(reader)
    }

    /// Reads one file only, from its beginning, taking its first line's word for what came before.
    pub fn open_file(path: &Path) -> Result<Self, StoreError> {
        let mut reader = Self {
            files: VecDeque::from([(Position::START.file, path.to_owned())]),
            input: None,
            path: path.to_owned(),
            position: Position::START,
            line: Vec::new(),
        };
        reader.next_line()?;
        if let Ok((header, _)) = line::header(&reader.line) {
            reader.position.batch = header.batch.saturating_sub(1);
            reader.position.head = Head {
                seq: header.first - 1,
                hash: header.prev,
            };
        }
        reader
            .files
            .push_front((Position::START.file, path.to_owned()));
        reader.input = None;
        Ok(reader)
    }

    /// Whether no file follows the one that is being read.
    pub fn is_last_file(&self) -> bool {
        self.files.is_empty()
    }

    /// Where it stands: behind the last batch it gave.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The text of the last line read, without its line break.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Reads the next batch, and checks that it is whole and follows the one before.
    ///
    /// # Errors
    /// Damage, with its place. Only the very end of the last file may be unfinished: a line without
    /// a line break, or one with stretches that never reached the disk. Everything else is damage,
    /// a whole last line with a wrong checksum too: it may have been acknowledged, and is not cut.
    pub fn next(&mut self) -> Result<Next, StoreError> {
        match self.next_line()? {
            LineEnd::Nothing => Ok(Next::End(Ending::Clean)),
            LineEnd::TooLong => Err(self.damaged("the line does not end")),
            LineEnd::Newline => match line::check(&self.line) {
                Ok((header, body)) => {
                    self.follow(&header)?;
                    Ok(Next::Batch(header, body))
                }
                Err(LineError::Damaged(_)) if self.is_last_line()? && self.never_written() => {
                    Ok(Next::End(Ending::Torn(self.line.len() as u64 + 1)))
                }
                Err(e) => Err(self.line_error(e)),
            },
            LineEnd::Missing if !self.is_last_file() => {
                Err(self.damaged("the file ends within the line, but a later file follows"))
            }
            LineEnd::Missing => self.unfinished(),
        }
    }

    /// The place of the last line read, for a person.
    pub fn place(&self) -> String {
        format!(
            "{} line {} (byte {})",
            self.path.display(),
            self.position.line + 1,
            self.position.offset
        )
    }

    /// The finding that the last line read is damaged.
    pub fn damaged(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            place: self.place(),
            reason: reason.into(),
        }
    }

    /// The finding for a line that cannot be used.
    pub fn line_error(&self, error: LineError) -> StoreError {
        match error {
            LineError::Damaged(reason) => self.damaged(reason),
            LineError::Newer(found) => StoreError::Newer {
                place: self.place(),
                found,
                known: line::FORMAT,
            },
        }
    }

    /// Takes a line as read, whatever it holds: for a verification, which judges by itself.
    pub fn skip(&mut self) {
        self.position.offset += self.line.len() as u64 + 1;
        self.position.line += 1;
    }

    /// Reads the next line, going from file to file, and stays before it.
    pub fn next_line(&mut self) -> Result<LineEnd, StoreError> {
        loop {
            if let Some(input) = &mut self.input {
                let end = read_line(input, &mut self.line, MAX_LINE_BYTES)
                    .map_err(|source| read_error(&self.path, source))?;
                if end != LineEnd::Nothing || self.is_last_file() {
                    return Ok(end);
                }
                self.position.file += 1;
                self.position.offset = 0;
                self.position.line = 0;
            } else if self.is_last_file() {
                return Ok(LineEnd::Nothing);
            }
            self.open_next()?;
        }
    }

    fn open_next(&mut self) -> Result<(), StoreError> {
        let Some((_, path)) = self.files.pop_front() else {
            // The position lies in a file that is not there: an empty rest.
            return Ok(());
        };
        self.path = path;
        let mut file = File::open(&self.path).map_err(|e| read_error(&self.path, e))?;
        file.seek(SeekFrom::Start(self.position.offset))
            .map_err(|e| read_error(&self.path, e))?;
        self.input = Some(BufReader::with_capacity(1 << 20, file));
        Ok(())
    }

    fn follow(&mut self, header: &Header) -> Result<(), StoreError> {
        let Position { batch, head, .. } = self.position;
        if header.batch != batch + 1 {
            return Err(self.damaged(format!(
                "batch {} stands where batch {} should",
                header.batch,
                batch + 1
            )));
        }
        if header.first != head.seq + 1 || header.prev != head.hash {
            return Err(self.damaged(format!(
                "batch {} does not follow record {} with hash {}",
                header.batch, head.seq, head.hash
            )));
        }
        self.skip();
        self.position.batch = header.batch;
        self.position.head = Head {
            seq: header.last,
            hash: header.head,
        };
        Ok(())
    }

    /// Judges a last line without a line break. A batch is acknowledged once its whole line is on
    /// the disk, so a part of a line is none; but a whole line whose line break was turned into
    /// something else is one.
    fn unfinished(&self) -> Result<Next, StoreError> {
        if line::is_whole(&self.line) {
            return Ok(Next::End(Ending::Unended));
        }
        if self
            .line
            .split_last()
            .is_some_and(|(_, line)| line::is_whole(line))
        {
            return Err(self.damaged("its line break was changed"));
        }
        Ok(Next::End(Ending::Torn(self.line.len() as u64)))
    }

    fn is_last_line(&mut self) -> Result<bool, StoreError> {
        let rest = self.input.as_mut().map(BufRead::fill_buf).transpose();
        let ended = rest.map(|rest| rest.is_none_or(<[u8]>::is_empty));
        Ok(ended.map_err(|e| read_error(&self.path, e))? && self.is_last_file())
    }

    /// Whether stretches of the line never reached the disk though its end did: after a power cut a
    /// file may have its new length, and zeros in whole sectors of what was being written. A line
    /// holds no zero byte otherwise, and a byte that was changed to zero does not fill a sector.
    fn never_written(&self) -> bool {
        let start = self.position.offset;
        let mut at = start;
        let mut longest = 0;
        for run in self.line.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
            let end = at + run.len() as u64;
            if run.first() == Some(&0) {
                // The line may begin within a sector; what stood before it there is untouched.
                let whole = at == start || at.is_multiple_of(SECTOR_BYTES);
                if !whole || !end.is_multiple_of(SECTOR_BYTES) {
                    return false;
                }
                longest = longest.max(run.len());
            }
            at = end;
        }
        longest >= LEAST_UNWRITTEN_BYTES
    }
}

/// The finding that a file cannot be read.
pub fn read_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Read {
        place: path.display().to_string(),
        source,
    }
}
