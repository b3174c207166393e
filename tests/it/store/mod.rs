//! The store keeps its promises: whatever happens to the process, the disk or sled's files.

mod audit;
mod codec;
mod conformance;
mod crash;
mod disk;
mod index;
mod journal;
mod model;

use jiff::Timestamp;
use medic::domain::{Actor, RecordDraft, TicketId, WorkspaceId};
use medic::store::embedded::{EmbeddedStore, OpenReport, Options};
use medic::store::{Batch, Change, Key, Store};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory in memory where the system has one: these tests sync thousands of times.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

pub fn workspace() -> WorkspaceId {
    WorkspaceId::new("acme")
}

pub fn draft(kind: &str, what: &str) -> RecordDraft {
    RecordDraft {
        at: Timestamp::from_second(1_790_000_000).unwrap(),
        workspace: workspace(),
        actor: Actor::Medic,
        kind: kind.to_owned(),
        ticket: None,
        subject: None,
        plan: None,
        what: what.to_owned(),
        why: serde_json::Map::new(),
        result: serde_json::Map::new(),
    }
}

pub fn ticket_draft(number: u64) -> RecordDraft {
    RecordDraft {
        ticket: Some(TicketId::new(number)),
        ..draft("ticket.received", &format!("took ticket {number}"))
    }
}

pub fn key(id: &str) -> Key {
    Key::new(&workspace(), "thing", id)
}

pub fn put(id: &str, value: &str) -> Change {
    Change {
        key: key(id),
        value: Some(Arc::from(value)),
    }
}

pub fn remove(id: &str) -> Change {
    Change {
        key: key(id),
        value: None,
    }
}

pub fn batch(changes: Vec<Change>) -> Batch {
    Batch {
        records: vec![draft("thing.changed", "changed things")],
        changes,
    }
}

pub fn open(dir: &Path) -> (EmbeddedStore, OpenReport) {
    EmbeddedStore::open(dir, Options::default()).unwrap()
}

/// What stands in the row.
pub fn text(store: &dyn Store, id: &str) -> Option<String> {
    store.get(&key(id)).unwrap().map(|value| value.to_string())
}

/// A closed store in `dir` after commits that set `n` to 1, 2, … and leave a row `r1`, `r2`, ….
pub fn counted(dir: &Path, commits: u64) {
    let (store, _) = open(dir);
    for n in 1..=commits {
        let changes = vec![put("n", &n.to_string()), put(&format!("r{n}"), "{}")];
        store.commit(batch(changes)).unwrap();
    }
}

/// The first file of the journal.
pub fn journal(dir: &Path) -> PathBuf {
    dir.join("journal-00000001.jsonl")
}

/// Makes a store's directory with nothing but this journal.
pub fn with_journal(dir: &Path, content: &[u8]) {
    let _ = fs::remove_dir_all(dir);
    fs::create_dir(dir).unwrap();
    fs::write(journal(dir), content).unwrap();
}
