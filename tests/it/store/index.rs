//! sled's files may be lost, ruined or from another day: the index is made anew from the journal.

use super::{batch, counted, journal, open, put, scratch, text};
use medic::store::embedded::{EmbeddedStore, IndexReport, OpenReport, Options};
use medic::store::{Key, Order, Scan, Store};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Opens a store that [`counted`] made, which must be complete, and says what was found.
fn reopened(dir: &Path, commits: u64) -> OpenReport {
    let (store, report) = open(dir);
    assert_eq!(report.batches, commits);
    assert_eq!(text(&store, "n"), Some(commits.to_string()));
    for n in 1..=commits {
        assert_eq!(text(&store, &format!("r{n}")).as_deref(), Some("{}"));
    }
    assert_eq!(store.records(1, 1000).unwrap().len() as u64, commits);
    store.commit(batch(vec![put("n", "0")])).unwrap();
    report
}

fn reason(report: &OpenReport) -> String {
    match &report.index {
        IndexReport::Rebuilt { reason, .. } => {
            assert!(report.findings()[0].contains(reason));
            reason.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_deleted_index_is_rebuilt_and_that_is_said() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 20);
    fs::remove_dir_all(dir.join("sled")).unwrap();
    let report = reopened(&dir, 20);
    assert_eq!(reason(&report), "it is missing");
    assert!(report.findings()[0].contains("20 batches"));
}

#[test]
fn an_index_full_of_garbage_is_moved_aside_and_rebuilt() {
    let temp = scratch();
    let garbage: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes.fill(0xa5),
        |bytes| bytes.fill(0),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| bytes.iter_mut().step_by(7).for_each(|b| *b ^= 0x5a),
    ];
    for (case, ruin) in garbage.into_iter().enumerate() {
        let dir = temp.path().join(case.to_string());
        counted(&dir, 20);
        for entry in fs::read_dir(dir.join("sled")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let mut bytes = fs::read(&path).unwrap();
                ruin(&mut bytes);
                fs::write(&path, bytes).unwrap();
            }
        }
        let report = reopened(&dir, 20);
        assert!(!reason(&report).is_empty());
        assert!(dir.join("sled.broken-1").is_dir());
    }
}

#[test]
fn a_half_written_snapshot_does_not_keep_it_from_starting() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 20);
    fs::write(
        dir.join("sled/snap.0000000000012345.generating"),
        b"\x07half",
    )
    .unwrap();
    assert_eq!(reopened(&dir, 20).index, IndexReport::CaughtUp(0));
}

#[test]
fn after_a_power_cut_the_index_is_not_believed_after_a_crash_it_is() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 20);
    let mark = dir.join("sled.mark");
    let closed = fs::read_to_string(&mark).unwrap();
    assert!(closed.contains("\"closed\":true"), "{closed}");
    let open = closed.replace("true", "false");
    let boot = Path::new("/proc/sys/kernel/random/boot_id");
    if boot.exists() {
        fs::write(&mark, &open).unwrap();
        assert_eq!(reopened(&dir, 20).index, IndexReport::CaughtUp(0));
        fs::remove_dir_all(&dir).unwrap();
        counted(&dir, 20);
    }
    fs::write(&mark, "{\"closed\":false,\"boot\":\"another run\"}").unwrap();
    let report = reopened(&dir, 20);
    assert_eq!(reason(&report), "the machine went down while it was open");
    fs::remove_dir_all(&dir).unwrap();
    counted(&dir, 20);
    fs::write(&mark, "").unwrap();
    assert_eq!(reason(&reopened(&dir, 20)), "nothing says how it was left");
}

#[test]
fn an_index_that_knows_more_than_the_journal_is_not_believed() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 20);
    let content = fs::read_to_string(journal(&dir)).unwrap();
    let kept: String = content.split_inclusive('\n').take(15).collect();
    fs::write(journal(&dir), kept).unwrap();
    let (store, report) = open(&dir);
    assert!(reason(&report).contains("goes up to batch 20, but the journal ends at batch 15"));
    assert_eq!(text(&store, "n").as_deref(), Some("15"));
    assert_eq!(text(&store, "r16"), None);
}

#[test]
fn an_index_of_another_history_is_not_believed() {
    let temp = scratch();
    let (dir, other) = (temp.path().join("db"), temp.path().join("other"));
    counted(&dir, 20);
    let (store, _) = open(&other);
    for n in 0..30 {
        store
            .commit(batch(vec![put("n", &format!("{}", n % 7))]))
            .unwrap();
    }
    drop(store);
    fs::copy(journal(&other), journal(&dir)).unwrap();
    let (store, report) = open(&dir);
    assert!(
        reason(&report).contains("is not the journal's"),
        "{report:?}"
    );
    assert_eq!(text(&store, "n").as_deref(), Some("1"));
    assert_eq!(text(&store, "r1"), None);
}

#[test]
fn an_index_that_lags_is_brought_up_to_date_from_where_it_stands() {
    let temp = scratch();
    let (dir, ahead) = (temp.path().join("db"), temp.path().join("ahead"));
    let options = || Options {
        rotate_bytes: 3000,
        ..Options::default()
    };
    counted(&dir, 20);
    fs::create_dir(&ahead).unwrap();
    fs::copy(journal(&dir), journal(&ahead)).unwrap();
    let (store, _) = EmbeddedStore::open(&ahead, options()).unwrap();
    for n in 21..=40 {
        let changes = vec![put("n", &n.to_string()), put(&format!("r{n}"), "{}")];
        store.commit(batch(changes)).unwrap();
    }
    drop(store);
    for entry in fs::read_dir(&ahead).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if name.to_string_lossy().starts_with("journal-") {
            fs::copy(&path, dir.join(name)).unwrap();
        }
    }
    assert_eq!(reopened(&dir, 40).index, IndexReport::CaughtUp(20));
}

#[test]
fn readers_see_whole_commits_and_every_one_that_has_returned() {
    let temp = scratch();
    let options = Options {
        max_pending_bytes: 200_000,
        ..Options::default()
    };
    let (store, _) = EmbeddedStore::open(&temp.path().join("db"), options).unwrap();
    // Values of changing length, of several chunks, all of the same digit.
    let value = |n: u64| {
        let length = 3000 + usize::try_from(n * 7919 % 20_000).unwrap();
        format!("\"{n}:{}\"", "x".repeat(length))
    };
    let number = |text: &str| -> u64 {
        let n = text[1..].split(':').next().unwrap().parse().unwrap();
        assert!(*text == value(n), "{n} is whole");
        n
    };
    let returned = AtomicU64::new(0);
    let last = 300;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut seen = 0;
                while seen < last {
                    let least = returned.load(Ordering::SeqCst);
                    if let Some(text) = text(&store, "a") {
                        seen = number(&text);
                        assert!(seen >= least);
                    }
                    let least = returned.load(Ordering::SeqCst);
                    let rows = store
                        .scan(&Scan {
                            prefix: Key::table_prefix(&super::workspace(), "thing"),
                            after: None,
                            limit: 10,
                            order: Order::Descending,
                        })
                        .unwrap();
                    let numbers: Vec<_> = rows.iter().map(|(_, text)| number(text)).collect();
                    assert!(numbers.iter().all(|n| n == &numbers[0]), "{numbers:?}");
                    assert!(numbers.first().copied().unwrap_or(0) >= least);
                    let from = least.saturating_sub(3);
                    let records = store.records(from, 1000).unwrap();
                    assert!(records.last().map_or(0, |record| record.seq) >= least);
                    let seqs = records.iter().map(|record| record.seq);
                    assert!(seqs.eq(
                        from.max(1)..=store.head().seq.min(records.last().map_or(0, |r| r.seq))
                    ));
                }
            });
        }
        for n in 1..=last {
            let changes = ["a", "b", "c"].map(|id| put(id, &value(n))).into();
            store.commit(batch(changes)).unwrap();
            returned.store(n, Ordering::SeqCst);
        }
    });
}
