//! What every store does, whatever it is made of.

use super::{batch, draft, key, put, remove, scratch, ticket_draft, workspace};
use medic::audit::{Head, Verifier};
use medic::domain::{
    Digest, IncidentId, PlanId, Record, RecordDraft, SubjectId, TicketId, WorkspaceId,
};
use medic::store::embedded::{EmbeddedStore, Options};
use medic::store::memory::MemoryStore;
use medic::store::{Batch, Change, Key, Order, Scan, Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

#[test]
fn memory() {
    all(&|| Box::new(MemoryStore::new()));
}

#[test]
fn embedded() {
    let dirs = scratch();
    all(&|| Box::new(open_at(&fresh(dirs.path()), Options::default())));
}

/// Hardly anything is pending: commits wait for the index.
#[test]
fn embedded_without_room() {
    let dirs = scratch();
    let options = || Options {
        max_pending_bytes: 1,
        rotate_bytes: 1000,
        ..Options::default()
    };
    all(&|| Box::new(open_at(&fresh(dirs.path()), options())));
}

/// Nothing is pending: every commit is followed by a restart.
#[test]
fn embedded_with_restarts() {
    let dirs = scratch();
    all(&|| Box::new(Restarting::new(fresh(dirs.path()))));
}

fn fresh(dirs: &Path) -> PathBuf {
    let count = std::fs::read_dir(dirs).unwrap().count();
    let dir = dirs.join(count.to_string());
    std::fs::create_dir(&dir).unwrap();
    dir.join("db")
}

fn open_at(dir: &Path, options: Options) -> EmbeddedStore {
    let (store, report) = EmbeddedStore::open(dir, options).unwrap();
    assert_eq!(report.findings(), [""; 0]);
    store
}

struct Restarting {
    dir: PathBuf,
    store: RwLock<Option<EmbeddedStore>>,
}

impl Restarting {
    fn new(dir: PathBuf) -> Self {
        let store = open_at(&dir, Options::default());
        Self {
            dir,
            store: RwLock::new(Some(store)),
        }
    }

    fn store<T>(&self, work: impl FnOnce(&EmbeddedStore) -> T) -> T {
        work(self.store.read().unwrap().as_ref().unwrap())
    }
}

impl Store for Restarting {
    fn commit(&self, batch: Batch) -> Result<Vec<Record>, StoreError> {
        let records = self.store(|store| store.commit(batch));
        let mut store = self.store.write().unwrap();
        *store = None;
        *store = Some(open_at(&self.dir, Options::default()));
        records
    }

    fn get(&self, key: &Key) -> Result<Option<Arc<str>>, StoreError> {
        self.store(|store| store.get(key))
    }

    fn scan(&self, scan: &Scan) -> Result<Vec<(Key, Arc<str>)>, StoreError> {
        self.store(|store| store.scan(scan))
    }

    fn records(&self, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.store(|store| store.records(from, limit))
    }

    fn records_of(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.store(|store| store.records_of(workspace, id, before, limit))
    }

    fn head(&self) -> Head {
        self.store(EmbeddedStore::head)
    }
}

/// Runs the suite against fresh stores.
pub fn all(new: &dyn Fn() -> Box<dyn Store>) {
    rows_are_there_once_commit_returned(&*new());
    records_are_chained_over_the_changes(&*new());
    a_refused_batch_leaves_nothing(&*new());
    scans_page_both_ways(&*new());
    records_are_read_by_number(&*new());
    records_are_found_by_what_they_are_about(&*new());
    large_and_odd_rows_come_back(&*new());
    an_empty_batch_is_nothing(&*new());
}

fn texts(rows: Vec<(Key, Arc<str>)>) -> Vec<(String, String)> {
    rows.into_iter()
        .map(|(key, value)| (key.id().to_owned(), value.to_string()))
        .collect()
}

fn rows_are_there_once_commit_returned(store: &dyn Store) {
    assert_eq!(store.get(&key("a")).unwrap(), None);
    store
        .commit(batch(vec![put("a", "1"), put("b", "2")]))
        .unwrap();
    assert_eq!(store.get(&key("a")).unwrap().as_deref(), Some("1"));
    store
        .commit(batch(vec![put("a", "3"), remove("b"), put("a", "4")]))
        .unwrap();
    assert_eq!(store.get(&key("a")).unwrap().as_deref(), Some("4"));
    assert_eq!(store.get(&key("b")).unwrap(), None);
    store.commit(batch(vec![remove("never there")])).unwrap();
}

fn records_are_chained_over_the_changes(store: &dyn Store) {
    assert_eq!(store.head(), Head::START);
    let first = store
        .commit(Batch {
            records: vec![draft("a", "one"), draft("a", "two")],
            changes: vec![put("a", "1")],
        })
        .unwrap();
    assert_eq!(first[0].prev, Digest::ZERO);
    assert_eq!(first[1].prev, first[0].hash);
    assert_eq!(first[0].state, None);
    assert_eq!(
        first[1].state,
        Some(Digest::of(r#"[["acme/thing/a",1]]"#)),
        "the digest can be taken of the changes by anybody"
    );
    let second = store.commit(batch(vec![])).unwrap();
    assert_eq!(second[0].prev, first[1].hash);
    assert_eq!(store.head(), Head::at(&second[0]));

    let mut verifier = Verifier::new(Head::START, Some(second[0].hash));
    for record in store.records(1, 10).unwrap() {
        verifier
            .line(&serde_json::to_vec(&record).unwrap())
            .unwrap();
    }
    assert_eq!(verifier.finish().unwrap().records, 3);
}

fn a_refused_batch_leaves_nothing(store: &dyn Store) {
    store.commit(batch(vec![put("a", "1")])).unwrap();
    let head = store.head();
    let fraction = RecordDraft {
        why: serde_json::Map::from_iter([("meaning".to_owned(), serde_json::json!([0.83]))]),
        ..draft("a", "a fraction")
    };
    let refused = [
        (batch(vec![put("a", "2"), put("b", "{\"open\":")]), "JSON"),
        (batch(vec![put("a", "2"), put("b", "1 2")]), "JSON"),
        (batch(vec![put("a", "2"), put("b", "{\n}")]), "one line"),
        (batch(vec![put("a", "2"), put("b", "null")]), "null"),
        (batch(vec![put("a", "2"), put("b\0", "1")]), "control"),
        (
            batch(vec![put("a", "2"), put(&"b".repeat(2000), "1")]),
            "1024",
        ),
        (
            Batch {
                records: vec![],
                changes: vec![put("a", "2")],
            },
            "without a record",
        ),
        (
            Batch {
                records: vec![draft("a", "fine"), fraction],
                changes: vec![put("a", "2")],
            },
            "whole numbers",
        ),
        (
            Batch {
                records: vec![draft("a", &"long".repeat(100_000))],
                changes: vec![put("a", "2")],
            },
            "at most",
        ),
    ];
    for (batch, reason) in refused {
        let error = store.commit(batch).unwrap_err();
        assert!(matches!(error, StoreError::Row { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(store.get(&key("a")).unwrap().as_deref(), Some("1"));
        assert_eq!(store.get(&key("b")).unwrap(), None);
        assert_eq!(store.head(), head);
    }
    let next = store.commit(batch(vec![put("a", "2")])).unwrap();
    assert_eq!(next[0].prev, head.hash, "the store goes on where it was");
}

fn scans_page_both_ways(store: &dyn Store) {
    let other = Change {
        key: Key::new(&WorkspaceId::new("acme2"), "thing", "x"),
        value: Some(Arc::from("0")),
    };
    let neighbours = ["things", "thin"].map(|table| Change {
        key: Key::new(&workspace(), table, "x"),
        value: Some(Arc::from("0")),
    });
    let mut changes: Vec<_> = ["b", "a/1", "a/2", "ä", "a", "\u{10ffff}", "c"]
        .map(|id| put(id, &format!("\"{id}\"")))
        .into();
    changes.extend(neighbours);
    changes.push(other);
    store.commit(batch(changes)).unwrap();
    store
        .commit(batch(vec![remove("c"), put("d", "4")]))
        .unwrap();

    let sorted = ["a", "a/1", "a/2", "b", "d", "ä", "\u{10ffff}"];
    let scan = |after: Option<&str>, limit, order| {
        let rows = store
            .scan(&Scan {
                prefix: Key::table_prefix(&workspace(), "thing"),
                after: after.map(key),
                limit,
                order,
            })
            .unwrap();
        rows.iter()
            .map(|(key, _)| key.id().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(scan(None, 100, Order::Ascending), sorted);
    let reversed: Vec<_> = sorted.iter().rev().copied().collect();
    assert_eq!(scan(None, 100, Order::Descending), reversed);
    for order in [Order::Ascending, Order::Descending] {
        let mut paged = Vec::new();
        loop {
            let page = scan(paged.last().map(String::as_str), 2, order);
            assert!(page.len() <= 2);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, scan(None, 100, order));
    }
    assert_eq!(scan(Some("a/15"), 1, Order::Ascending), ["a/2"]);
    assert_eq!(scan(Some("a/15"), 1, Order::Descending), ["a/1"]);
    assert_eq!(scan(Some("a"), 1, Order::Descending), [""; 0]);
    assert_eq!(scan(None, 0, Order::Ascending), [""; 0]);

    let within = |after: &str, order| {
        store
            .scan(&Scan {
                prefix: "acme/thing/a/".to_owned(),
                after: Some(Key::from_text(after)),
                limit: 10,
                order,
            })
            .unwrap()
            .len()
    };
    assert_eq!(within("acme/a", Order::Ascending), 2, "before the prefix");
    assert_eq!(within("acme/a", Order::Descending), 0);
    assert_eq!(within("zoo", Order::Ascending), 0, "behind the prefix");
    assert_eq!(within("zoo", Order::Descending), 2);
}

fn records_are_read_by_number(store: &dyn Store) {
    for i in 0..7 {
        let records = (0..3).map(|_| draft("a", &format!("commit {i}"))).collect();
        store
            .commit(Batch {
                records,
                changes: vec![],
            })
            .unwrap();
    }
    let numbers = |from, limit| {
        let records = store.records(from, limit).unwrap();
        records.iter().map(|record| record.seq).collect::<Vec<_>>()
    };
    assert_eq!(numbers(1, 100), (1..=21).collect::<Vec<_>>());
    assert_eq!(numbers(0, 2), [1, 2]);
    assert_eq!(numbers(5, 4), [5, 6, 7, 8]);
    assert_eq!(numbers(21, 4), [21]);
    assert_eq!(numbers(22, 4), [0; 0]);
    assert_eq!(numbers(u64::MAX, 4), [0; 0]);
    assert_eq!(numbers(3, 0), [0; 0]);
}

fn records_are_found_by_what_they_are_about(store: &dyn Store) {
    let incident = |number| Some(SubjectId::Incident(IncidentId::new(number)));
    let elsewhere = RecordDraft {
        workspace: WorkspaceId::new("other"),
        ..ticket_draft(1)
    };
    let several = RecordDraft {
        subject: incident(1),
        plan: Some(PlanId::new(3)),
        ..ticket_draft(12)
    };
    for round in 0..4 {
        store
            .commit(Batch {
                records: vec![
                    ticket_draft(1),
                    elsewhere.clone(),
                    several.clone(),
                    RecordDraft {
                        subject: incident(10 + round),
                        ..draft("incident.opened", "opened")
                    },
                ],
                changes: vec![],
            })
            .unwrap();
    }
    let found = |id: &str, before, limit| {
        let records = store.records_of(&workspace(), id, before, limit).unwrap();
        records.iter().map(|record| record.seq).collect::<Vec<_>>()
    };
    assert_eq!(found("T-1", u64::MAX, 10), [13, 9, 5, 1]);
    assert_eq!(found("T-1", 13, 2), [9, 5]);
    assert_eq!(found("T-1", 6, 10), [5, 1]);
    assert_eq!(found("T-1", 1, 10), [0; 0]);
    assert_eq!(found("T-1", u64::MAX, 0), [0; 0]);
    assert_eq!(found("T-12", u64::MAX, 10), [15, 11, 7, 3]);
    assert_eq!(found("INC-1", u64::MAX, 10), [15, 11, 7, 3]);
    assert_eq!(found("INC-12", u64::MAX, 10), [12]);
    assert_eq!(found("PLAN-3", 15, 10), [11, 7, 3]);
    assert_eq!(found("CASE-1", u64::MAX, 10), [0; 0]);
    assert_eq!(found("", u64::MAX, 10), [0; 0]);
    let other = store.records_of(&WorkspaceId::new("other"), "T-1", u64::MAX, 10);
    let other: Vec<_> = other.unwrap().iter().map(|record| record.seq).collect();
    assert_eq!(other, [14, 10, 6, 2]);
    assert_eq!(
        store.records_of(&workspace(), "T-12", u64::MAX, 1).unwrap()[0].draft,
        RecordDraft {
            ticket: Some(TicketId::new(12)),
            ..several
        }
    );
}

fn large_and_odd_rows_come_back(store: &dyn Store) {
    let lengths = [
        0,
        1,
        4093,
        4094,
        4095,
        4096,
        4097,
        8189,
        8190,
        8192,
        65_536,
        1 << 20,
    ];
    let text = |length: usize| format!("\"{}\"", "ü".repeat(length / 2) + &"x".repeat(length % 2));
    store
        .commit(batch(
            lengths
                .iter()
                .map(|n| put(&format!("{n:09}"), &text(*n)))
                .collect(),
        ))
        .unwrap();
    for length in lengths {
        let value = store.get(&key(&format!("{length:09}"))).unwrap().unwrap();
        assert!(*value == *text(length), "{length}");
    }
    // They shrink and grow, and nothing of what they were stays.
    for to in [10, 20_000, 5000, 0] {
        store
            .commit(batch(
                lengths
                    .iter()
                    .map(|n| put(&format!("{n:09}"), &text(to)))
                    .collect(),
            ))
            .unwrap();
        let rows = store
            .scan(&Scan {
                prefix: Key::table_prefix(&workspace(), "thing"),
                after: None,
                limit: 100,
                order: Order::Descending,
            })
            .unwrap();
        assert_eq!(rows.len(), lengths.len());
        assert!(rows.iter().all(|(_, value)| **value == *text(to)));
    }
    let odd = r#"{"a":["\"}],\\",-1.5e9,18446744073709551615,true,null,{"changes":[]}]}"#;
    store.commit(batch(vec![put("odd \"key\"", odd)])).unwrap();
    assert_eq!(
        store.get(&key("odd \"key\"")).unwrap().as_deref(),
        Some(odd)
    );
    assert_eq!(
        texts(
            store
                .scan(&Scan {
                    prefix: "acme/thing/odd".to_owned(),
                    after: None,
                    limit: 2,
                    order: Order::Ascending
                })
                .unwrap()
        ),
        [("odd \"key\"".to_owned(), odd.to_owned())]
    );
}

fn an_empty_batch_is_nothing(store: &dyn Store) {
    assert!(store.commit(Batch::default()).unwrap().is_empty());
    assert_eq!(store.head(), Head::START);
}
