//! How long a ticket takes the detector, after histories of growing length.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench is no library")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use medic::domain::{MerchantId, Provenance, SourceName, Ticket, TicketId, TicketMerchant};
use medic::observe::detect::{DetectOptions, Detector, OnlineDetector};

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

fn observe(c: &mut Criterion) {
    let mut group = c.benchmark_group("observe");
    for history in [1_000_u64, 10_000, 100_000] {
        let mut detector = OnlineDetector::new(DetectOptions::default());
        (1..=history).for_each(|number| drop(detector.observe(&ticket(number))));
        let mut number = history;
        group.bench_function(format!("after {history}"), |b| {
            b.iter_batched(
                || {
                    number += 1;
                    ticket(number)
                },
                |ticket| detector.observe(&ticket),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, observe);
criterion_main!(benches);
