//! `kill -9`: what was acknowledged is there.

use super::{batch, open, put, scratch, text};
use medic::store::Store;
use medic::store::embedded;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const DIR: &str = "MEDIC_TEST_STORE_TO_BE_KILLED";

/// Not a test by itself: the process that is killed. It commits for ever, and says what is kept.
#[test]
#[ignore = "run by the test below, as a process of its own"]
fn victim() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else {
        return;
    };
    let (store, _) = open(&dir);
    let mut out = std::io::stdout().lock();
    for n in store.head().seq + 1.. {
        let value = format!("\"{}\"", "z".repeat(usize::try_from(n % 13 * 700).unwrap()));
        let changes = vec![put("n", &n.to_string()), put(&format!("r{n}"), &value)];
        store.commit(batch(changes)).unwrap();
        writeln!(out, "kept {n}").unwrap();
    }
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_there() {
    let temp = scratch();
    let dir = temp.path().join("db");
    let mut kept = 0;
    for round in 0..6 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "store::crash::victim",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(DIR, &dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut left = 20 + round * 37;
        for line in &mut lines {
            if let Some((_, n)) = line.unwrap().rsplit_once("kept ") {
                kept = n.parse().unwrap();
                left -= 1;
            }
            if left == 0 {
                break;
            }
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        // It may have said more before it died.
        for line in lines.map_while(Result::ok) {
            if let Some(n) = line.strip_prefix("kept ").and_then(|n| n.parse().ok()) {
                kept = n;
            }
        }
        let (store, report) = open(&dir);
        assert!(report.batches >= kept, "{} of {kept}", report.batches);
        let n: u64 = text(&store, "n").unwrap().parse().unwrap();
        assert_eq!(n, report.batches);
        for n in 1..=n {
            assert!(text(&store, &format!("r{n}")).is_some(), "{n}");
        }
        drop(store);
        assert_eq!(embedded::verify(&dir, None).unwrap().records, n);
    }
}
