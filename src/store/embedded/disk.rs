//! What the journal asks of a disk. A trait, so that a test can stand for a full or failing one.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Opens the journal's files.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Opens a file for writing. With `create`, it is made, or emptied if it is there.
    fn open(&self, path: &Path, create: bool) -> io::Result<Box<dyn DiskFile>>;

    /// Makes durable which files are in the directory.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Asked before every write to the index, whose library does its own file work.
    fn index_may_write(&self) -> io::Result<()> {
        Ok(())
    }
}

/// An open file of the journal.
pub trait DiskFile: Send + fmt::Debug {
    /// Writes all bytes from this offset on. After an error, any part of them may be there.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file to this length.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes content and length durable.
    fn sync_data(&mut self) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn open(&self, path: &Path, create: bool) -> io::Result<Box<dyn DiskFile>> {
        let file = private()
            .create(create)
            .truncate(create)
            .write(true)
            .open(path)?;
        Ok(Box::new(LocalFile { file, at: 0 }))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        // Elsewhere a directory cannot be opened, and its entries are durable with the file's.
        #[cfg(unix)]
        File::open(dir)?.sync_all()?;
        let _ = dir;
        Ok(())
    }
}

/// Options for a file that only its owner may read.
pub fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a directory, with its parents, that only its owner may enter.
pub fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

#[derive(Debug)]
struct LocalFile {
    file: File,
    at: u64,
}

impl DiskFile for LocalFile {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.at != offset {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        // Unknown until all is written.
        self.at = u64::MAX;
        self.file.write_all(bytes)?;
        self.at = offset + bytes.len() as u64;
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
