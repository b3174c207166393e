//! Detection and replay, as an operator sees them.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod chunks;
mod cohorts;
mod first_hour;
mod languages;
mod quality;
mod replayed;
mod splitting;
mod wordings;

use medic::domain::{
    MerchantId, PatternId, Provenance, SourceName, Ticket, TicketId, TicketMerchant,
};
use medic::observe::detect::{CorrectionError, DetectOptions, Detector, OnlineDetector};
use proptest::prelude::*;

const BACKGROUND: [&str; 12] = [
    "How do I change the shipping address of an order?",
    "The invoice PDF has the wrong VAT number",
    "Please add a second user to my account",
    "Product images are blurry on mobile",
    "Can I export my customers as a spreadsheet?",
    "Newsletter signup form shows no confirmation",
    "Where do I find my API key?",
    "The search does not find products with umlauts",
    "A coupon code is not accepted",
    "Gift vouchers cannot be redeemed in the app",
    "Translations are missing in the French shop",
    "My domain still points to the old shop",
];

const OUTAGE: [&str; 4] = [
    "Orders no longer reach our warehouse, the webhook seems dead",
    "No order webhooks since the migration, warehouse gets nothing",
    "Our warehouse stopped receiving orders, webhook not firing",
    "webhook for new orders is not firing any more, warehouse is blind",
];

fn ticket(number: u64, minute: i64, merchant: &str, text: &str) -> Ticket {
    let at = jiff::Timestamp::from_second(1_767_600_000 + minute * 60).unwrap();
    Ticket {
        id: TicketId::new(number),
        external_id: None,
        source: SourceName::new("test"),
        merchant: Some(TicketMerchant {
            id: MerchantId::new(merchant),
            provenance: Provenance::Verified,
        }),
        occurred_at: at,
        received_at: at,
        issue: String::new(),
        merchant_message: text.to_owned(),
        error_log: String::new(),
        category: String::new(),
        migration_stage: "post-migration-day-1".to_owned(),
        severity: Default::default(),
        checkout_failures: 0,
        affected_customers: 0,
        attributes: Default::default(),
        redacted: Default::default(),
    }
}

/// Three quiet days: a ticket every 20 minutes, from 60 merchants in turn.
fn quiet_days(detector: &mut OnlineDetector) -> u64 {
    let mut number = 0;
    for step in 0..216_i64 {
        number += 1;
        let text = BACKGROUND[(step * 7 % 12) as usize];
        let merchant = format!("m{}", step * 13 % 60);
        let seen = detector.observe(&ticket(number, step * 20, &merchant, text));
        assert!(
            seen.alert.is_none(),
            "a quiet day alerted: {:?}",
            seen.alert
        );
    }
    number
}

#[test]
fn one_problem_in_other_words_at_many_merchants_alerts_once_and_says_why() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = quiet_days(&mut detector);
    let mut alerts = Vec::new();
    for step in 0..24_i64 {
        number += 1;
        let text = OUTAGE[(step % 4) as usize];
        let seen = detector.observe(&ticket(
            number,
            4400 + step * 3,
            &format!("hit{}", step % 12),
            text,
        ));
        alerts.extend(seen.alert);
    }
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    let alert = &alerts[0];
    assert!(alert.merchants >= 3 && alert.tickets.len() >= 3);
    assert!(alert.reason.contains("merchants in"), "{}", alert.reason);
    assert!(alert.reason.contains("expected"), "{}", alert.reason);
}

#[test]
fn one_loud_merchant_never_alerts() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = quiet_days(&mut detector);
    for step in 0..1000_i64 {
        number += 1;
        let text = OUTAGE[(step % 4) as usize];
        let seen = detector.observe(&ticket(number, 4400 + step / 10, "loud", text));
        assert_eq!(seen.alert, None);
    }
}

#[test]
fn claimed_merchants_of_one_author_count_once_and_nobody_counts_for_nothing() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = quiet_days(&mut detector);
    for step in 0..60_i64 {
        number += 1;
        let mut one = ticket(
            number,
            4400 + step,
            &format!("claimed{step}"),
            OUTAGE[(step % 4) as usize],
        );
        one.merchant.as_mut().unwrap().provenance = Provenance::Claimed {
            author: "chatty".to_owned(),
        };
        if step % 2 == 0 {
            one.merchant = None;
        }
        assert_eq!(detector.observe(&one).alert, None);
    }
}

#[test]
fn a_pattern_alerts_again_only_after_it_was_quiet() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = quiet_days(&mut detector);
    let mut wave = |start: i64| {
        let mut alerts = 0;
        for step in 0..30_i64 {
            number += 1;
            let one = ticket(
                number,
                start + step * 4,
                &format!("hit{step}"),
                OUTAGE[(step % 4) as usize],
            );
            alerts += u32::from(detector.observe(&one).alert.is_some());
        }
        alerts
    };
    assert_eq!((wave(4400), wave(4540), wave(4400 + 2 * 1440)), (1, 0, 1));
}

#[test]
fn fragments_of_one_problem_are_part_of_one_alert() {
    let mut detector = OnlineDetector::new(DetectOptions {
        // Nearly every ticket becomes a pattern of its own: the problem comes in fragments.
        join: 0.9,
        unite: 0.95,
        ..DetectOptions::default()
    });
    let mut number = quiet_days(&mut detector);
    let (mut alerts, mut together) = (Vec::new(), 0);
    let mut patterns = std::collections::BTreeSet::new();
    for step in 0..24_i64 {
        number += 1;
        let text = OUTAGE[(step % 4) as usize];
        let merchant = format!("hit{}", step % 12);
        let seen = detector.observe(&ticket(number, 4400 + step * 3, &merchant, text));
        patterns.extend(seen.assignment.pattern);
        alerts.extend(seen.alert);
        together += u32::from(seen.part_of.is_some());
    }
    assert!(
        patterns.len() >= 3,
        "the texts are one pattern: {patterns:?}"
    );
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(together >= 5, "only {together} were seen as part of it");
}

#[test]
fn the_same_signature_is_the_same_pattern_whatever_the_words() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let log = "WebhookTimeout: order.created webhook failed after 30s";
    let mut first = ticket(1, 0, "a", "Nothing arrives in our ERP any more!");
    let mut second = ticket(2, 5, "b", "I am losing money, please hurry");
    first.error_log = log.to_owned();
    second.error_log = log.to_owned();
    let one = detector.observe(&first).assignment;
    let two = detector.observe(&second).assignment;
    assert_eq!(one.pattern, two.pattern);
    assert!(
        two.reason
            .contains("same signature WebhookTimeout order.created"),
        "{}",
        two.reason
    );
}

#[test]
fn languages_do_not_collapse_into_one_pattern() {
    let texts = [
        "Meine Rückerstattung ist nicht angekommen",
        "Das Passwort lässt sich nicht zurücksetzen",
        "Le colis n'est jamais arrivé chez le client",
        "Impossible d'ajouter un nouvel utilisateur",
        "El pago con tarjeta fue rechazado",
        "No puedo exportar la lista de productos",
        "返金がまだ届いていません",
        "パスワードを再設定できません",
    ];
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut patterns = std::collections::BTreeSet::new();
    for (number, text) in texts.iter().enumerate() {
        let seen = detector.observe(&ticket(number as u64 + 1, number as i64, "m", text));
        patterns.extend(seen.assignment.pattern);
    }
    assert!(
        patterns.len() >= 6,
        "{} patterns of 8 problems",
        patterns.len()
    );
    let again = detector.observe(&ticket(9, 9, "m", "返金がまだ届いていないです"));
    let first = detector.observe(&ticket(10, 10, "m", texts[6]));
    assert_eq!(again.assignment.pattern, first.assignment.pattern);
}

#[test]
fn a_ticket_without_words_has_no_pattern() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    for text in ["", "  \n ", "!!! ???", "12345 987", "‹email:1›"] {
        let seen = detector.observe(&ticket(1, 0, "m", text));
        assert_eq!(seen.assignment.pattern, None, "{text:?}");
    }
}

#[test]
fn people_merge_split_and_keep_apart_for_ever() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let observe = |detector: &mut OnlineDetector, number: u64, text: &str| {
        let seen = detector.observe(&ticket(number, number as i64, "m", text));
        seen.assignment.pattern.unwrap()
    };
    let coupon = observe(&mut detector, 1, BACKGROUND[8]);
    let voucher = observe(&mut detector, 2, BACKGROUND[9]);
    let export = observe(&mut detector, 3, BACKGROUND[4]);
    let kept = detector.merge(&[voucher, coupon, export]).unwrap();
    assert_eq!(kept, coupon);
    assert_eq!(detector.resolve(export), coupon);
    assert_eq!(observe(&mut detector, 4, BACKGROUND[4]), coupon);

    let wrong = ticket(3, 3, "m", BACKGROUND[4]);
    let new = detector.split(coupon, &[&wrong]).unwrap();
    assert_ne!(new, coupon);
    for number in 5..200 {
        assert_eq!(observe(&mut detector, number, BACKGROUND[4]), new);
        assert_eq!(observe(&mut detector, number, BACKGROUND[8]), coupon);
    }
    assert_eq!(
        detector.merge(&[new, coupon]),
        Err(CorrectionError::KeptApart(coupon, new))
    );
    assert_eq!(detector.merge(&[new]), Err(CorrectionError::Single(new)));
    assert_eq!(
        detector.not_the_same(new, PatternId::new(99)),
        Err(CorrectionError::Unknown(PatternId::new(99)))
    );

    let restored = OnlineDetector::restore(DetectOptions::default(), &detector.snapshot()).unwrap();
    assert_eq!(restored.resolve(export), coupon);
    assert!(
        restored.snapshot() == detector.snapshot(),
        "a restored detector stores other bytes"
    );
}

#[test]
fn a_ticket_from_the_far_future_does_not_end_the_present() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = quiet_days(&mut detector);
    let mut absurd = ticket(number + 1, 4350, "m", BACKGROUND[0]);
    absurd.occurred_at = jiff::Timestamp::MAX;
    detector.observe(&absurd);
    number += 1;
    let mut alerts = 0;
    for step in 0..24_i64 {
        number += 1;
        let one = ticket(
            number,
            4400 + step * 3,
            &format!("hit{step}"),
            OUTAGE[(step % 4) as usize],
        );
        alerts += u32::from(detector.observe(&one).alert.is_some());
    }
    assert_eq!(alerts, 1);
}

#[test]
fn a_damaged_snapshot_is_refused_with_the_way_out() {
    for bytes in [
        &b""[..],
        b"{}",
        b"\xff\xff",
        br#"{"version":9,"state":{},"patterns":[]}"#,
    ] {
        let error = OnlineDetector::restore(DetectOptions::default(), bytes)
            .err()
            .unwrap();
        assert!(error.to_string().contains("remove it"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever comes, in whatever order: no panic, every text gets a pattern, and what people
    /// said holds.
    #[test]
    fn corrections_hold_under_random_arrivals(steps in proptest::collection::vec((0_u8..12, 0_usize..16, any::<u16>()), 1..80)) {
        let options = DetectOptions { max_patterns: 8, ..DetectOptions::default() };
        let mut detector = OnlineDetector::new(options.clone());
        let mut ids: Vec<PatternId> = Vec::new();
        let mut apart: Vec<(PatternId, PatternId)> = Vec::new();
        for (number, (what, which, jump)) in steps.into_iter().enumerate() {
            let texts: Vec<&str> = BACKGROUND.iter().chain(&OUTAGE).copied().collect();
            let one = ticket(number as u64 + 1, i64::from(jump), &format!("m{which}"), texts[which]);
            let pick = |at: usize| ids.get(at % ids.len().max(1)).copied();
            match what {
                0 => if let (Some(a), Some(b)) = (pick(which), pick(which + 1)) {
                    let _ = detector.merge(&[a, b]);
                },
                1 => if let (Some(a), Some(b)) = (pick(which), pick(which + 1))
                    && detector.not_the_same(a, b).is_ok() {
                    apart.push((a, b));
                },
                2 => if let Some(a) = pick(which)
                    && let Ok(new) = detector.split(a, &[&one]) {
                    apart.push((a, new));
                    ids.push(new);
                },
                3 => detector = OnlineDetector::restore(options.clone(), &detector.snapshot()).unwrap(),
                _ => {
                    let seen = detector.observe(&one).assignment;
                    prop_assert!(seen.pattern.is_some());
                    prop_assert_eq!(detector.resolve(seen.pattern.unwrap()), seen.pattern.unwrap());
                    ids.extend(seen.pattern);
                }
            }
            for (a, b) in &apart {
                prop_assert_ne!(detector.resolve(*a), detector.resolve(*b));
            }
        }
    }

    #[test]
    fn any_text_is_taken(texts in proptest::collection::vec(any::<String>(), 1..20)) {
        let mut detector = OnlineDetector::new(DetectOptions::default());
        for (number, text) in texts.iter().enumerate() {
            let mut one = ticket(number as u64 + 1, 0, "m", text);
            one.error_log = text.chars().rev().collect();
            detector.observe(&one);
        }
    }
}
