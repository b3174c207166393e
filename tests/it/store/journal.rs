//! The journal after crashes and damage: a torn end is cut off, anything else refuses to start.

use super::{batch, counted, draft, journal, open, put, scratch, text, with_journal, workspace};
use medic::audit::{Anchor, Head, VerifyError};
use medic::domain::{Digest, Record};
use medic::store::embedded::{self, EmbeddedStore, IndexReport, Options};
use medic::store::{Batch, Store, StoreError};
use std::fs;
use std::io::Write;
use std::path::Path;

fn refused(dir: &Path) -> StoreError {
    EmbeddedStore::open(dir, Options::default())
        .map(|(_, report)| panic!("opened: {report:?}"))
        .unwrap_err()
}

/// Where the last line of the file begins.
fn last_line(content: &[u8]) -> usize {
    content[..content.len() - 1]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1)
}

#[test]
fn a_line_torn_at_any_byte_is_cut_off_and_the_store_goes_on() {
    let temp = scratch();
    let (full, torn) = (temp.path().join("full"), temp.path().join("torn"));
    counted(&full, 3);
    let content = fs::read(journal(&full)).unwrap();
    let start = last_line(&content);
    for length in start..content.len() {
        with_journal(&torn, &content[..length]);
        let left: Vec<Record> = embedded::records(&torn)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(left.len(), 2, "a reader sees whole lines only");

        let (store, report) = open(&torn);
        if length == content.len() - 1 {
            // Only the line break is missing: the batch is whole, so it is kept.
            assert_eq!((report.batches, report.torn), (3, None));
            assert_eq!(text(&store, "n").as_deref(), Some("3"));
            continue;
        }
        assert_eq!(report.batches, 2);
        let cut = report.torn.as_ref().map(|torn| torn.bytes);
        assert_eq!(cut, (length > start).then_some((length - start) as u64));
        if length > start {
            let finding = &report.findings()[0];
            assert!(finding.contains(&format!("journal-00000001.jsonl line 3 (byte {start})")));
        }
        assert_eq!(text(&store, "n").as_deref(), Some("2"));
        assert_eq!(text(&store, "r3"), None);
        store.commit(batch(vec![put("n", "4")])).unwrap();
        drop(store);
        let verified = embedded::verify(&torn, None).unwrap();
        assert_eq!(verified.records, 3);
    }
}

#[test]
fn a_changed_byte_anywhere_refuses_to_start_and_names_the_place() {
    let temp = scratch();
    let (full, flipped) = (temp.path().join("full"), temp.path().join("flipped"));
    counted(&full, 4);
    let content = fs::read(journal(&full)).unwrap();
    let mut starts = vec![0];
    starts.extend(
        (0..content.len())
            .filter(|at| content[*at] == b'\n')
            .map(|at| at + 1),
    );
    for at in 0..content.len() {
        let line = starts.iter().filter(|start| **start <= at).count();
        for flip in [0x01, 0x20, 0x80, content[at]] {
            if at % 16 > 0 && flip != 0x01 {
                continue;
            }
            let mut changed = content.clone();
            changed[at] ^= flip;
            with_journal(&flipped, &changed);
            let error = refused(&flipped);
            let place = format!("line {line} (byte {})", starts[line - 1]);
            match &error {
                StoreError::Damaged { place: found, .. } => {
                    assert!(found.ends_with(&place), "byte {at}: {error}");
                }
                other => panic!("byte {at}: {other}"),
            }
            let before = fs::read(journal(&flipped)).unwrap();
            assert_eq!(before, changed, "what is damaged is not touched");
            match embedded::verify(&flipped, None) {
                // The very last line break: whether that line was being written is not verified.
                Ok(verified) => assert_eq!((at, verified.records), (content.len() - 1, 3)),
                Err(VerifyError::Broken(broken)) => {
                    assert!(
                        [line, line + 1].contains(&(broken.seq as usize)),
                        "{at}: {broken}"
                    );
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn verification_names_the_changed_record_among_those_of_its_batch() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let (store, _) = open(&dir);
    let records = (1..=5)
        .map(|n| draft("a", &format!("record number {n}")))
        .collect();
    let head = store
        .commit(Batch {
            records,
            changes: vec![put("row", "\"value\"")],
        })
        .unwrap()[4]
        .hash;
    drop(store);
    let content = fs::read_to_string(journal(&dir)).unwrap();
    let check = |from: &str, to: &str| {
        assert!(content.contains(from));
        fs::write(journal(&dir), content.replacen(from, to, 1)).unwrap();
        embedded::verify(&dir, Some(head)).unwrap_err().to_string()
    };
    let error = check("number 3", "number 4");
    assert!(
        error.starts_with("record 3 (line 1): its content"),
        "{error}"
    );
    let error = check("\"value\"", "\"valve\"");
    assert!(
        error.starts_with("record 5 (line 1): the changes committed with it"),
        "{error}"
    );
    let error = check("\"crc32\":\"", "\"crc32\":\"0");
    assert!(error.starts_with("record 1 (line 1): "), "{error}");
    fs::write(journal(&dir), &content).unwrap();
    let verified = embedded::verify(&dir, Some(head)).unwrap();
    assert_eq!((verified.records, verified.anchor), (5, Anchor::Head));
    let error = embedded::verify(&dir, Some(Digest::of("another"))).unwrap_err();
    assert!(error.to_string().contains("cut off"), "{error}");
}

#[test]
fn a_forger_who_mends_the_checksum_is_found_by_verification() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 3);
    let content = fs::read_to_string(journal(&dir)).unwrap();
    let forged: String = content
        .lines()
        .map(|line| {
            let line = line.replace("[\"acme/thing/n\",2]", "[\"acme/thing/n\",7]");
            let (content, _) = line.rsplit_once(",\"crc32\"").unwrap();
            let crc = crc32fast::hash(content.as_bytes());
            format!("{content},\"crc32\":\"{crc:08x}\"}}\n")
        })
        .collect();
    fs::write(journal(&dir), forged).unwrap();
    let error = embedded::verify(&dir, None).unwrap_err().to_string();
    assert!(
        error.starts_with("record 2 (line 2): the changes"),
        "{error}"
    );
}

#[test]
fn lines_that_are_missing_doubled_or_swapped_refuse_to_start() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 4);
    let content = fs::read_to_string(journal(&dir)).unwrap();
    let lines: Vec<&str> = content.lines().collect();
    let orders: [&[usize]; 5] = [
        &[0, 2, 3],
        &[1, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 2, 1, 3],
        &[0, 1, 3, 2],
    ];
    for order in orders {
        let changed: String = order.iter().map(|n| format!("{}\n", lines[*n])).collect();
        with_journal(&dir, changed.as_bytes());
        assert!(
            matches!(refused(&dir), StoreError::Damaged { .. }),
            "{order:?}"
        );
        assert!(embedded::verify(&dir, None).is_err(), "{order:?}");
    }
    with_journal(&dir, b"not a journal at all\n");
    assert!(refused(&dir).to_string().contains("line 1 (byte 0)"));
}

/// After a power cut a file may have its new length, and zeros where sectors were not yet written.
#[test]
fn sectors_that_were_never_written_are_a_torn_end() {
    let temp = scratch();
    let (full, torn) = (temp.path().join("full"), temp.path().join("torn"));
    let (store, _) = open(&full);
    store.commit(batch(vec![put("n", "1")])).unwrap();
    let long = format!("\"{}\"", "x".repeat(5000));
    store.commit(batch(vec![put("n", &long)])).unwrap();
    drop(store);
    let content = fs::read(journal(&full)).unwrap();
    let start = last_line(&content);
    let sector = |at: usize| at.next_multiple_of(512);
    let holes = [
        (start, sector(start)),
        (start, sector(start + 1000)),
        (sector(start), sector(start) + 512),
        (sector(start) + 1024, sector(start) + 4096),
        (sector(start + 600), content.len()),
    ];
    for (from, to) in holes {
        let mut changed = content.clone();
        changed[from..to].fill(0);
        with_journal(&torn, &changed);
        let (store, report) = open(&torn);
        assert_eq!(report.torn.unwrap().bytes, (content.len() - start) as u64);
        assert_eq!(text(&store, "n").as_deref(), Some("1"));
    }
    // The same hole with something behind it, or out of step with the sectors, is damage.
    let mut followed = content.clone();
    followed[sector(start)..sector(start) + 512].fill(0);
    followed.extend_from_slice(b"{}\n");
    with_journal(&torn, &followed);
    assert!(matches!(refused(&torn), StoreError::Damaged { .. }));
    let mut shifted = content;
    shifted[sector(start) + 7..sector(start) + 519].fill(0);
    with_journal(&torn, &shifted);
    assert!(matches!(refused(&torn), StoreError::Damaged { .. }));
}

#[test]
fn a_journal_of_a_newer_medic_is_refused_as_such() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 1);
    let line = fs::read_to_string(journal(&dir))
        .unwrap()
        .replacen("{\"v\":1", "{\"v\":2", 1);
    let (content, _) = line.rsplit_once(",\"crc32\"").unwrap();
    let crc = crc32fast::hash(content.as_bytes());
    with_journal(
        &dir,
        format!("{content},\"crc32\":\"{crc:08x}\"}}\n").as_bytes(),
    );
    let error = refused(&dir);
    assert!(
        matches!(
            error,
            StoreError::Newer {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        embedded::verify(&dir, None)
            .unwrap_err()
            .to_string()
            .contains("newer medic")
    );
}

#[test]
fn the_journal_goes_on_in_further_files_and_each_of_them_counts() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let options = || Options {
        rotate_bytes: 2000,
        ..Options::default()
    };
    let mut records = Vec::new();
    for round in 0..3 {
        let (store, report) = EmbeddedStore::open(&dir, options()).unwrap();
        assert_eq!(report.index, IndexReport::CaughtUp(0));
        for n in 0..5 {
            let changes = vec![put("n", &format!("{}", round * 5 + n))];
            records.extend(store.commit(batch(changes)).unwrap());
        }
        assert_eq!(store.records(1, 100).unwrap(), records);
    }
    let files = fs::read_dir(&dir).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("journal-")
    });
    assert!(files.count() > 3);
    let read: Vec<_> = embedded::records(&dir)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(read, records);
    let head = records.last().unwrap().hash;
    assert_eq!(embedded::verify(&dir, Some(head)).unwrap().records, 15);

    let second = dir.join("journal-00000002.jsonl");
    let part = embedded::verify(&second, None).unwrap();
    assert!(part.first > 1 && part.records > 1);
    assert!(
        part.to_string()
            .contains(&format!("from record {} on", part.first))
    );

    let kept = fs::read(&second).unwrap();
    fs::write(&second, &kept[..kept.len() - 10]).unwrap();
    let error = refused(&dir);
    assert!(
        error.to_string().contains("journal-00000002.jsonl"),
        "{error}"
    );
    fs::remove_file(&second).unwrap();
    let error = refused(&dir);
    assert!(
        error
            .to_string()
            .contains("journal-00000002.jsonl: the file is missing"),
        "{error}"
    );
    assert!(embedded::verify(&dir, None).is_err());
}

#[test]
fn records_are_read_beside_a_running_store() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let (store, _) = open(&dir);
    let first = store.commit(batch(vec![put("n", "1")])).unwrap();
    let mut half = fs::File::options()
        .append(true)
        .open(journal(&dir))
        .unwrap();
    half.write_all(b"{\"v\":1,\"batch\":2,\"first\":").unwrap();
    let read: Vec<_> = embedded::records(&dir)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(read, first);
    assert_eq!(
        embedded::verify(&dir, Some(first[0].hash)).unwrap().head,
        Head::at(&first[0])
    );
    assert!(embedded::is_journal(&dir) && embedded::is_journal(&journal(&dir)));
    assert!(!embedded::is_journal(&dir.join("lock")));
    assert!(!embedded::is_journal(&temp.path().join("nothing")));
}

#[test]
fn a_second_process_is_told_who_has_the_store() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let (store, _) = open(&dir);
    let error = refused(&dir);
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(error.to_string().contains(dir.to_str().unwrap()), "{error}");
    store.commit(batch(vec![put("n", "1")])).unwrap();
    drop(store);
    let (store, _) = open(&dir);
    assert_eq!(text(&store, "n").as_deref(), Some("1"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_what_is_stored() {
    use std::os::unix::fs::PermissionsExt;
    let temp = scratch();
    let dir = temp.path().join("deep/db");
    counted(&dir, 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&journal(&dir)), 0o600);
    assert_eq!(mode(&dir.join("lock")), 0o600);
}

/// What the documentation tells a stranger to do.
#[test]
fn the_journal_can_be_checked_without_medic() {
    let temp = scratch();
    let dir = temp.path().join("db");
    counted(&dir, 2);
    for line in fs::read_to_string(journal(&dir)).unwrap().lines() {
        let batch: serde_json::Value = serde_json::from_str(line).unwrap();
        let record = &batch["records"][0];
        assert_eq!(
            record["state"],
            Digest::of(batch["changes"].to_string()).to_string()
        );
        assert_eq!(record["workspace"], workspace().as_str());
        let mut content = record.clone();
        content.as_object_mut().unwrap().remove("hash");
        assert_eq!(record["hash"], Digest::of_json(&content).to_string());
        assert_eq!(batch["head"], record["hash"]);
        assert_eq!(batch["prev"], record["prev"]);
    }
}
