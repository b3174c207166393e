//! What a diagnosis costs: a single ticket and an incident of twenty, with the shipped rules and
//! runbooks. Run with `cargo bench --bench reason`.
#![expect(
    clippy::expect_used,
    reason = "a bench without its inputs has nothing to measure"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use medic::domain::{
    MerchantId, Provenance, Severity, SourceName, Ticket, TicketId, TicketMerchant,
};
use medic::reason::{Question, offline::Offline, runbook};
use std::hint::black_box;
use std::path::Path;

fn diagnoser() -> Offline {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut files: Vec<(String, String)> = std::fs::read_dir(data.join("runbooks"))
        .expect("runbooks")
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            Some((name, std::fs::read_to_string(path).ok()?))
        })
        .collect();
    files.sort();
    let rules = std::fs::read_to_string(data.join("rules.toml")).expect("rules");
    Offline::new(runbook::load(files), "rules.toml", &rules).expect("diagnoser")
}

fn ticket(number: u64, issue: &str, message: &str, log: &str) -> Ticket {
    let at = jiff::Timestamp::UNIX_EPOCH;
    Ticket {
        id: TicketId::new(number),
        external_id: None,
        source: SourceName::new("bench"),
        merchant: Some(TicketMerchant {
            id: MerchantId::new(format!("M{number}")),
            provenance: Provenance::Verified,
        }),
        occurred_at: at,
        received_at: at,
        issue: issue.to_owned(),
        merchant_message: message.to_owned(),
        error_log: log.to_owned(),
        category: String::new(),
        migration_stage: "post-migration-day-1".to_owned(),
        severity: Severity::High,
        checkout_failures: 0,
        affected_customers: 0,
        attributes: std::collections::BTreeMap::new(),
        redacted: std::collections::BTreeMap::new(),
    }
}

fn benches(c: &mut Criterion) {
    let offline = diagnoser();
    let with_log = Question::about(
        ticket(
            1,
            "Webhook timeout on checkout - URGENT",
            "My customers can't complete purchases! Getting webhook timeout on order.created \
             event. This started right after migration.",
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
        ),
        Vec::new(),
    );
    c.bench_function("one ticket, signature", |b| {
        b.iter(|| offline.answer(black_box(&with_log)));
    });
    let wordy = Question::about(
        ticket(
            1,
            "Cart empties when a customer signs in during checkout",
            "Products are in the cart, the customer registers or signs in, and the checkout says \
             that nothing is there. It is tested on two versions, with the default theme and \
             without any plugin. The old cart should be kept instead of being replaced by the \
             empty one of the account. The session cookie is set twice in the answer.",
            "Oops, there is nothing in your cart.",
        ),
        Vec::new(),
    );
    c.bench_function("one ticket, wording only", |b| {
        b.iter(|| offline.answer(black_box(&wordy)));
    });
    let mut incident = with_log;
    incident.tickets = (1..=20)
        .map(|n| Ticket {
            id: TicketId::new(n),
            ..incident.tickets[0].clone()
        })
        .collect();
    c.bench_function("incident of twenty tickets", |b| {
        b.iter(|| offline.answer(black_box(&incident)));
    });
}

criterion_group!(all, benches);
criterion_main!(all);
