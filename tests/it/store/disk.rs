//! Full and failing disks: the caller is told, nothing of the batch is kept, and it works again once
//! there is space.

use super::{batch, key, put, scratch, text};
use medic::store::embedded::{
    self, Disk, DiskFile, EmbeddedStore, IndexReport, LocalDisk, Options,
};
use medic::store::{Key, Order, Scan, Store, StoreError};
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the disk does the next times it is asked; afterwards it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Works,
    Full,
    /// Writes so many bytes, then is full.
    Short(usize),
}

use Answer::{Full, Short, Works};

#[derive(Clone, Debug, Default)]
pub struct FaultyDisk {
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    open: VecDeque<Answer>,
    write: VecDeque<Answer>,
    sync: VecDeque<Answer>,
    truncate: VecDeque<Answer>,
    sync_dir: VecDeque<Answer>,
    index: VecDeque<Answer>,
    index_full: bool,
}

impl FaultyDisk {
    fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock().unwrap());
    }

    /// Fails the next commit: its write, its sync, or that and the sync of the cutting.
    pub fn fail(&self, kind: u8) {
        self.plan(|plan| match kind {
            0 => plan.write.push_back(Short(100)),
            1 => plan.sync.push_back(Full),
            _ => plan.sync.extend([Full, Full]),
        });
    }

    /// There is space again.
    pub fn mend(&self) {
        self.plan(|plan| *plan = Plan::default());
    }

    pub fn options(&self) -> Options {
        Options {
            disk: Arc::new(self.clone()),
            rotate_bytes: 10_000,
            index_retry: Duration::from_millis(1),
            ..Options::default()
        }
    }

    fn ask(&self, of: fn(&mut Plan) -> &mut VecDeque<Answer>) -> Answer {
        of(&mut self.plan.lock().unwrap())
            .pop_front()
            .unwrap_or(Works)
    }
}

fn answer(answer: Answer) -> io::Result<()> {
    match answer {
        Works => Ok(()),
        Full | Short(_) => Err(io::ErrorKind::StorageFull.into()),
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, create: bool) -> io::Result<Box<dyn DiskFile>> {
        answer(self.ask(|plan| &mut plan.open))?;
        let file = LocalDisk.open(path, create)?;
        Ok(Box::new(FaultyFile {
            disk: self.clone(),
            file,
        }))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        answer(self.ask(|plan| &mut plan.sync_dir))?;
        LocalDisk.sync_dir(dir)
    }

    fn index_may_write(&self) -> io::Result<()> {
        if self.plan.lock().unwrap().index_full {
            return answer(Full);
        }
        answer(self.ask(|plan| &mut plan.index))
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: Box<dyn DiskFile>,
}

impl DiskFile for FaultyFile {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self.disk.ask(|plan| &mut plan.write) {
            Short(length) => {
                let length = length.min(bytes.len());
                self.file.write_all_at(&bytes[..length], offset)?;
                answer(Full)
            }
            other => answer(other).and_then(|()| self.file.write_all_at(bytes, offset)),
        }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        answer(self.disk.ask(|plan| &mut plan.truncate))?;
        self.file.truncate(length)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        answer(self.disk.ask(|plan| &mut plan.sync))?;
        self.file.sync_data()
    }
}

fn opened(disk: &FaultyDisk, dir: &Path) -> EmbeddedStore {
    let (store, report) = EmbeddedStore::open(dir, disk.options()).unwrap();
    assert_eq!(report.findings(), [""; 0]);
    store
}

fn is_refused(store: &EmbeddedStore, n: &str) {
    let head = store.head();
    let before = text(store, "n");
    let error = store.commit(batch(vec![put("n", n)])).unwrap_err();
    assert!(matches!(error, StoreError::Write { .. }), "{error}");
    assert!(
        error.to_string().contains("intake resumes by itself"),
        "{error}"
    );
    assert_eq!(store.head(), head);
    assert_eq!(text(store, "n"), before);
}

#[test]
fn a_refused_batch_leaves_nothing_and_the_next_one_is_kept() {
    type Fault = (&'static str, fn(&mut Plan));
    let faults: [Fault; 7] = [
        ("full", |plan| plan.write.push_back(Full)),
        ("one byte fits", |plan| plan.write.push_back(Short(1))),
        ("half fits", |plan| plan.write.push_back(Short(300))),
        ("all but the line break fits", |plan| {
            plan.write.push_back(Short(usize::MAX))
        }),
        ("sync fails", |plan| plan.sync.push_back(Full)),
        ("write fails, then the cutting", |plan| {
            plan.write.push_back(Short(300));
            plan.truncate.push_back(Full);
        }),
        ("sync fails, then that of the cutting", |plan| {
            plan.sync.extend([Full, Full])
        }),
    ];
    for (name, fault) in faults {
        let temp = scratch();
        let dir = temp.path().join("db");
        let disk = FaultyDisk::default();
        let store = opened(&disk, &dir);
        store.commit(batch(vec![put("n", "1")])).unwrap();
        disk.plan(fault);
        is_refused(&store, "2");
        let next = store.commit(batch(vec![put("n", "3")])).unwrap();
        assert_eq!(next[0].seq, 2, "{name}");
        assert_eq!(text(&store, "n").as_deref(), Some("3"), "{name}");
        drop(store);
        let store = opened(&disk, &dir);
        assert_eq!(text(&store, "n").as_deref(), Some("3"), "{name}");
        assert_eq!(
            embedded::verify(&dir, Some(next[0].hash)).unwrap().records,
            2,
            "{name}"
        );
    }
}

#[test]
fn while_the_end_cannot_be_cut_clean_nothing_is_written_behind_it() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let disk = FaultyDisk::default();
    let store = opened(&disk, &dir);
    store.commit(batch(vec![put("n", "1")])).unwrap();
    disk.plan(|plan| {
        plan.write.push_back(Short(300));
        plan.truncate.extend([Full; 4]);
    });
    for _ in 0..4 {
        is_refused(&store, "2");
    }
    store.commit(batch(vec![put("n", "3")])).unwrap();
    drop(store);
    assert_eq!(text(&opened(&disk, &dir), "n").as_deref(), Some("3"));
}

#[test]
fn a_crash_right_after_a_failed_cut_starts_with_what_was_promised() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let disk = FaultyDisk::default();
    let store = opened(&disk, &dir);
    store.commit(batch(vec![put("n", "1")])).unwrap();
    disk.plan(|plan| {
        plan.write.push_back(Short(300));
        plan.truncate.push_back(Full);
    });
    is_refused(&store, "2");
    drop(store);
    let (store, report) = EmbeddedStore::open(&dir, disk.options()).unwrap();
    assert_eq!(report.torn.unwrap().bytes, 300);
    assert_eq!(text(&store, "n").as_deref(), Some("1"));
}

#[test]
fn a_next_file_that_cannot_be_made_refuses_until_it_can() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let disk = FaultyDisk::default();
    let store = opened(&disk, &dir);
    let long = format!("\"{}\"", "x".repeat(10_000));
    store.commit(batch(vec![put("n", &long)])).unwrap();
    disk.plan(|plan| plan.open.push_back(Full));
    is_refused(&store, "2");
    disk.plan(|plan| plan.sync_dir.extend([Full, Full]));
    is_refused(&store, "2");
    drop(store);
    disk.plan(|plan| plan.sync_dir.clear());
    let store = opened(&disk, &dir);
    assert_eq!(text(&store, "n").as_deref(), Some(&*long));
    store.commit(batch(vec![put("n", "3")])).unwrap();
    drop(store);
    let store = opened(&disk, &dir);
    assert_eq!(text(&store, "n").as_deref(), Some("3"));
    assert!(dir.join("journal-00000002.jsonl").exists());
}

#[test]
fn a_disk_that_is_full_at_the_start_says_so() {
    let faults: [fn(&mut Plan); 4] = [
        |plan| plan.open.push_back(Full),
        |plan| plan.sync.push_back(Full),
        |plan| plan.sync_dir.push_back(Full),
        |plan| plan.sync_dir.extend([Works, Full]),
    ];
    for fault in faults {
        let temp = scratch();
        let dir = temp.path().join("db");
        let disk = FaultyDisk::default();
        disk.plan(fault);
        let error = EmbeddedStore::open(&dir, disk.options())
            .map(|_| ())
            .unwrap_err();
        let place = dir.to_str().unwrap().to_owned();
        assert!(error.to_string().contains(&place) || error.to_string().contains("cannot"));
        drop(opened(&disk, &dir));
    }
}

#[test]
fn a_torn_end_that_cannot_be_cut_refuses_to_start() {
    let temp = scratch();
    let dir = temp.path().join("db");
    super::counted(&dir, 2);
    let content = fs::read(super::journal(&dir)).unwrap();
    fs::write(super::journal(&dir), &content[..content.len() - 5]).unwrap();
    let disk = FaultyDisk::default();
    disk.plan(|plan| plan.truncate.push_back(Full));
    let error = EmbeddedStore::open(&dir, disk.options())
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, StoreError::Write { .. }), "{error}");
    assert_eq!(
        fs::read(super::journal(&dir)).unwrap().len(),
        content.len() - 5
    );
}

fn rows(store: &EmbeddedStore) -> Result<usize, StoreError> {
    let scan = Scan {
        prefix: Key::table_prefix(&super::workspace(), "thing"),
        after: None,
        limit: 1000,
        order: Order::Ascending,
    };
    store.scan(&scan).map(|rows| rows.len())
}

#[test]
fn an_index_that_fails_once_is_made_anew_while_commits_go_on() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let disk = FaultyDisk::default();
    let options = Options {
        max_pending_bytes: 1,
        ..disk.options()
    };
    let (store, _) = EmbeddedStore::open(&dir, options).unwrap();
    for n in 1..=30 {
        if n % 10 == 0 {
            disk.plan(|plan| plan.index.push_back(Full));
        }
        store
            .commit(batch(vec![put(&format!("r{n}"), "1")]))
            .unwrap();
        assert_eq!(rows(&store).unwrap(), n);
    }
    assert_eq!(store.records(1, 100).unwrap().len(), 30);
    assert!(dir.join("sled.broken-3").is_dir(), "each was moved aside");
    assert!(
        !dir.join("sled.broken-2").exists(),
        "only the newest is kept"
    );
    drop(store);
    let (store, report) = EmbeddedStore::open(&dir, disk.options()).unwrap();
    assert_eq!(report.index, IndexReport::CaughtUp(0));
    assert_eq!(rows(&store).unwrap(), 30);
}

#[test]
fn an_index_that_stays_broken_holds_up_no_commit_until_memory_is_full() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let disk = FaultyDisk::default();
    let options = Options {
        max_pending_bytes: 20_000,
        ..disk.options()
    };
    let (store, _) = EmbeddedStore::open(&dir, options).unwrap();
    disk.plan(|plan| plan.index_full = true);
    let mut kept = 0;
    let error = loop {
        match store.commit(batch(vec![put(&format!("r{kept}"), "1")])) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(kept > 10);
    assert!(error.to_string().contains("the index is down"), "{error}");
    assert!(matches!(error, StoreError::Write { .. }), "{error}");
    // What is pending can be read, what only the index has cannot, and says why.
    assert_eq!(text(&store, "r3").as_deref(), Some("1"));
    let error = store.get(&key("never")).unwrap_err();
    assert!(error.to_string().contains("the index is down"), "{error}");
    assert!(rows(&store).is_err());

    disk.plan(|plan| plan.index_full = false);
    while rows(&store).is_err() {
        std::thread::yield_now();
    }
    assert_eq!(rows(&store).unwrap(), kept);
    store.commit(batch(vec![put("more", "1")])).unwrap();
    assert_eq!(rows(&store).unwrap(), kept + 1);
}

#[test]
fn a_store_closed_with_a_broken_index_loses_nothing() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let disk = FaultyDisk::default();
    let store = opened(&disk, &dir);
    disk.plan(|plan| plan.index_full = true);
    for n in 0..20 {
        store
            .commit(batch(vec![put(&format!("r{n}"), "1")]))
            .unwrap();
    }
    drop(store);
    let (store, _) = EmbeddedStore::open(&dir, FaultyDisk::default().options()).unwrap();
    assert_eq!(rows(&store).unwrap(), 20);
}
