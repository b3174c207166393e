//! Random operations with restarts and losses, held against a map.

use super::disk::FaultyDisk;
use super::{batch, draft, key, put, remove, scratch, workspace};
use medic::domain::{RecordDraft, TicketId};
use medic::store::embedded::{self, EmbeddedStore, Options};
use medic::store::{Batch, Key, Order, Scan, Store};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;

#[derive(Clone, Debug)]
enum Op {
    /// Rows to write (with a length) or to remove, and the ticket the record is about.
    Commit(Vec<(u8, Option<usize>)>, u64),
    /// The same, on a disk that fails to write, sync, or sync twice.
    Fail(u8),
    Restart,
    LoseIndex,
    /// Half a line at the end, as after a crash.
    Tear,
    Scan(Option<u8>, usize, bool),
    RecordsOf(u64, u64),
}

fn any_op() -> impl Strategy<Value = Op> {
    let length = prop_oneof![4 => 0..40_usize, 1 => 4000..4200_usize, 1 => 8000..20_000_usize];
    let change = (0..20_u8, prop::option::weighted(0.7, length));
    prop_oneof![
        12 => (prop::collection::vec(change, 0..6), 1..4_u64).prop_map(|(c, t)| Op::Commit(c, t)),
        2 => (0..3_u8).prop_map(Op::Fail),
        2 => Just(Op::Restart),
        1 => Just(Op::LoseIndex),
        1 => Just(Op::Tear),
        4 => (prop::option::of(0..20_u8), 0..8_usize, any::<bool>())
            .prop_map(|(after, limit, up)| Op::Scan(after, limit, up)),
        2 => (1..4_u64, 0..30_u64).prop_map(|(t, after)| Op::RecordsOf(t, after)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_a_map_that_outlives_its_process(ops in prop::collection::vec(any_op(), 1..60)) {
        let temp = scratch();
        let dir = temp.path().join("db");
        let disk = FaultyDisk::default();
        let open = || {
            let options = Options { rotate_bytes: 30_000, ..disk.options() };
            EmbeddedStore::open(&dir, options).unwrap().0
        };
        let mut store = Some(open());
        let mut rows: BTreeMap<String, String> = BTreeMap::new();
        let mut records = Vec::new();
        for (step, op) in ops.into_iter().enumerate() {
            let live = store.as_ref().unwrap();
            match op {
                Op::Commit(changes, ticket) => {
                    let changes: Vec<_> = changes
                        .into_iter()
                        .map(|(id, length)| (format!("{id:02}"), length))
                        .collect();
                    let text = |length| format!("\"{step}{}\"", "y".repeat(length));
                    let batch = Batch {
                        records: vec![RecordDraft {
                            ticket: Some(TicketId::new(ticket)),
                            ..draft("a", "b")
                        }],
                        changes: changes
                            .iter()
                            .map(|(id, length)| match length {
                                Some(length) => put(id, &text(*length)),
                                None => remove(id),
                            })
                            .collect(),
                    };
                    records.extend(live.commit(batch).unwrap());
                    for (id, length) in changes {
                        match length {
                            Some(length) => rows.insert(id, text(length)),
                            None => rows.remove(&id),
                        };
                    }
                }
                Op::Fail(kind) => {
                    disk.fail(kind);
                    prop_assert!(live.commit(batch(vec![put("00", "\"lost\"")])).is_err());
                    disk.mend();
                }
                Op::Restart => {
                    drop(store.take());
                    store = Some(open());
                }
                Op::LoseIndex => {
                    drop(store.take());
                    fs::remove_dir_all(dir.join("sled")).unwrap();
                    store = Some(open());
                }
                Op::Tear => {
                    drop(store.take());
                    let last = fs::read_dir(&dir)
                        .unwrap()
                        .map(|entry| entry.unwrap().path())
                        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
                        .max()
                        .unwrap();
                    let mut content = fs::read(&last).unwrap();
                    content.extend_from_slice(b"{\"v\":1,\"batch\":");
                    fs::write(&last, content).unwrap();
                    store = Some(open());
                }
                Op::Scan(after, limit, up) => {
                    let after = after.map(|id| format!("{id:02}"));
                    let order = if up { Order::Ascending } else { Order::Descending };
                    let scan = Scan {
                        prefix: Key::table_prefix(&workspace(), "thing"),
                        after: after.as_deref().map(key),
                        limit,
                        order,
                    };
                    let found: Vec<_> = live.scan(&scan).unwrap()
                        .into_iter()
                        .map(|(key, value)| (key.id().to_owned(), value.to_string()))
                        .collect();
                    let mut wanted: Vec<_> = rows.clone().into_iter().collect();
                    if !up {
                        wanted.reverse();
                    }
                    wanted.retain(|(id, _)| match &after {
                        None => true,
                        Some(after) if up => id > after,
                        Some(after) => id < after,
                    });
                    wanted.truncate(limit);
                    prop_assert_eq!(found, wanted);
                }
                Op::RecordsOf(ticket, before) => {
                    let id = TicketId::new(ticket);
                    let found = live.records_of(&workspace(), &id.to_string(), before, 5).unwrap();
                    let wanted: Vec<_> = records
                        .iter()
                        .rev()
                        .filter(|r: &&medic::domain::Record| r.draft.ticket == Some(id) && r.seq < before)
                        .take(5)
                        .cloned()
                        .collect();
                    prop_assert_eq!(found, wanted);
                }
            }
            let live = store.as_ref().unwrap();
            prop_assert_eq!(live.head().seq, records.len() as u64);
        }
        let live = store.take().unwrap();
        for id in 0..20 {
            let id = format!("{id:02}");
            let found = live.get(&key(&id)).unwrap().map(|value| value.to_string());
            prop_assert_eq!(found.as_ref(), rows.get(&id));
        }
        prop_assert_eq!(&live.records(1, 1000).unwrap(), &records);
        drop(live);
        let verified = embedded::verify(&dir, records.last().map(|record| record.hash)).unwrap();
        prop_assert_eq!(verified.records, records.len() as u64);
    }
}
