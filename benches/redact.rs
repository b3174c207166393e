//! How fast texts are redacted: clean prose, logs full of numbers, texts full of secrets, text in
//! other scripts, and input made to be slow. The aim is 100 MB/s on the first two.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use medic::observe::redact::redact;
use std::hint::black_box;

const PROSE: &str = "Since the migration to the headless storefront our customers cannot finish \
the checkout. The cart is empty after they sign in, and the confirmation mail never arrives. We \
have cleared the cache twice and asked the hosting company; they say that everything is fine. ";

const LOG: &str = "[2026-03-01T10:00:00.123Z] ERROR pay order=274142087 attempt 3 of 5: POST \
https://api.shop.example/v2/orders/8812733/capture -> 504 in 30012 ms (10.10.2.57:8443)\n\
    at capture (/srv/app/src/pay.js:110:15)\n\
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n";

const SECRETS: &str = "Write to nora.lind@shop.example or call +46 70 174 06 99, card \
4242 4242 4242 4242, IBAN SE45 5000 0000 0583 9825 7466, key sk_test_9tY2mQ7wLxB4nR8cVz1K, \
postgres://shop:s0-v3ry-s3cret@db.shop.example/medusa, password=correct-horse-7. ";

const SCRIPTS: &str = "Überweisung fehlgeschlagen – Kunde aus Zürich “wartet” seit gestern. \
注文が完了できません。カートが空になります。 Заказ не оформляется после входа. ";

/// Every prefix of a token, glued together and never a token; and endless `@`s.
const HOSTILE: &str = "eyJ-eyJ.eyJ_ghp_sk_live_whsec_AKIA:AA.SG.-----BEGIN PRIVATE a@@b.c@1 1 1-2";

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("redact");
    for (name, piece) in [
        ("prose", PROSE),
        ("log", LOG),
        ("secrets", SECRETS),
        ("scripts", SCRIPTS),
        ("hostile", HOSTILE),
    ] {
        let text = piece.repeat(64 * 1024 / piece.len());
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| redact(black_box(&text))));
    }
    let ticket = format!("{PROSE}{LOG}");
    group.throughput(Throughput::Bytes(ticket.len() as u64));
    group.bench_function("ticket", |b| b.iter(|| redact(black_box(&ticket))));
    group.finish();
}

criterion_group!(redaction, benches);
criterion_main!(redaction);
