//! How long a ticket takes the detector, and how much memory, after histories of growing length.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench is no library")]

use medic::domain::{MerchantId, Provenance, SourceName, Ticket, TicketId, TicketMerchant};
use medic::observe::detect::{DetectOptions, Detector, OnlineDetector};
use std::io::Write as _;
use std::time::Instant;

const WHAT: [&str; 16] = [
    "order", "invoice", "refund", "coupon", "webhook", "checkout", "theme", "image", "tax",
    "parcel", "login", "domain", "export", "currency", "stock", "search",
];
const TROUBLE: [&str; 8] = [
    "is missing",
    "does not load",
    "was rejected",
    "shows the wrong amount",
    "keeps failing",
    "has expired",
    "arrives twice",
    "disappeared",
];
const ASK: [&str; 5] = [
    "Hi, the",
    "Since yesterday our",
    "Please help, my",
    "Why is it that the",
    "Again: the",
];

fn ticket(number: u64) -> Ticket {
    // A fixed scramble of the number: the same tickets in each run, without a random source.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let pick = |list: &[&'static str], shift: u32| list[(mixed >> shift) as usize % list.len()];
    let text = format!(
        "{} {} {} and the {} too",
        pick(&ASK, 0),
        pick(&WHAT, 4),
        pick(&TROUBLE, 9),
        pick(&WHAT, 15)
    );
    let at = jiff::Timestamp::from_second(1_767_600_000 + number as i64 * 30).unwrap();
    Ticket {
        id: TicketId::new(number),
        external_id: None,
        source: SourceName::new("bench"),
        merchant: Some(TicketMerchant {
            id: MerchantId::new(format!("m{}", mixed % 2000)),
            provenance: Provenance::Verified,
        }),
        occurred_at: at,
        received_at: at,
        issue: String::new(),
        merchant_message: text,
        error_log: String::new(),
        category: String::new(),
        migration_stage: "post-migration-week-1".to_owned(),
        severity: Default::default(),
        checkout_failures: 0,
        affected_customers: 0,
        attributes: Default::default(),
        redacted: Default::default(),
    }
}

/// Histories after which the detector is looked at.
const HISTORIES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Tickets before each of them that are timed one by one.
const TIMED: u64 = 5_000;

/// Resident memory of this process, in MiB; 0 where the system does not tell.
fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// `cargo bench --bench detect` prints the table; `-- 100000` ends it there.
fn main() {
    let most = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(1_000_000);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "   history  tickets/s   p50 us   p99 us  patterns  memory MiB"
    )
    .unwrap();
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = 0;
    for history in HISTORIES.into_iter().filter(|history| *history <= most) {
        let timed = TIMED.min(history / 2);
        let mut taken = Vec::with_capacity(timed as usize);
        while number < history {
            number += 1;
            let ticket = ticket(number);
            let started = Instant::now();
            drop(detector.observe(&ticket));
            if number > history - timed {
                taken.push(started.elapsed().as_nanos() as u64);
            }
        }
        let each = taken.iter().sum::<u64>() / timed.max(1);
        taken.sort_unstable();
        let at = |percent: usize| taken[taken.len() * percent / 100] as f64 / 1000.0;
        writeln!(
            out,
            "{history:>10} {:>10} {:>8.1} {:>8.1} {:>9} {:>11}",
            1_000_000_000 / each.max(1),
            at(50),
            at(99),
            detector.patterns(),
            memory_mib(),
        )
        .unwrap();
    }
}
