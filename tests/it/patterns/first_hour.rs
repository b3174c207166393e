//! The first hours of Medic's life: nothing is known of what is usual, and this is when a migration
//! goes wrong.

use super::{BACKGROUND, OUTAGE, ticket};
use medic::domain::{Alert, PatternId, Ticket};
use medic::observe::detect::{DetectOptions, Detector as _, OnlineDetector};

fn timeout(number: u64, minute: i64, merchant: &str) -> Ticket {
    let mut one = ticket(number, minute, merchant, "Orders do not arrive");
    one.error_log = "WebhookTimeout: order.created webhook failed after 30s".to_owned();
    one
}

fn alerts(tickets: &[Ticket]) -> Vec<(usize, Alert)> {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let seen = tickets.iter().enumerate();
    seen.filter_map(|(at, ticket)| Some((at, detector.observe(ticket).alert?)))
        .collect()
}

#[test]
fn one_error_at_a_merchant_a_minute_alerts_at_the_fifth() {
    let minutes = 0..20_u64;
    let tickets: Vec<Ticket> = minutes
        .map(|n| timeout(n + 1, n as i64, &format!("m{n}")))
        .collect();
    let found = alerts(&tickets);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.merchants <= 5, "{found:?}");
    assert_eq!(found[0].1.tickets.len(), found[0].0 + 1);
}

#[test]
fn an_early_report_does_not_hide_the_six_that_follow() {
    let mut tickets = vec![timeout(1, 0, "m0")];
    tickets.extend((0..6).map(|n| timeout(n + 2, 10, &format!("m{n}"))));
    let found = alerts(&tickets);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn other_words_and_other_tickets_between_do_not_hide_it() {
    let mut tickets = Vec::new();
    for n in 0..12_u64 {
        let at = n as i64 * 4;
        let (words, other) = (OUTAGE[n as usize % 4], BACKGROUND[n as usize]);
        tickets.push(ticket(2 * n + 1, at, &format!("hit{n}"), words));
        tickets.push(ticket(2 * n + 2, at + 1, &format!("m{n}"), other));
    }
    let found = alerts(&tickets);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.merchants <= 8, "{found:?}");
}

#[test]
fn an_ordinary_first_morning_alerts_nobody() {
    let tickets: Vec<Ticket> = (0..60_u64)
        .map(|n| {
            let text = BACKGROUND[(n * 7 % 12) as usize];
            ticket(n + 1, n as i64 * 5, &format!("m{}", n * 13 % 60), text)
        })
        .collect();
    let found = alerts(&tickets);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_alert_is_called_by_the_error_of_most_not_of_the_first() {
    let mut first = ticket(1, 0, "m0", "Orders do not arrive");
    first.error_log = "HTTP 404 on /webhooks/subscriptions".to_owned();
    let mut tickets = vec![first];
    tickets.extend((1..8).map(|n| timeout(n + 1, n as i64, &format!("m{n}"))));
    let found = alerts(&tickets);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1.pattern, PatternId::new(1), "the first is apart");
    assert!(
        found[0].1.label.starts_with("WebhookTimeout"),
        "{}",
        found[0].1.label
    );
}

#[test]
fn an_alert_of_an_old_pattern_is_called_by_the_surge_not_by_what_the_pattern_began_with() {
    // Everything goes into one pattern, which begins with another problem.
    let options = DetectOptions {
        join: 0.0,
        ..DetectOptions::default()
    };
    let mut detector = OnlineDetector::new(options);
    let quiet = (0..72_u64).map(|n| {
        let text = BACKGROUND[(n * 7 % 12) as usize];
        ticket(n + 1, n as i64 * 60, &format!("m{n}"), text)
    });
    let surge = (0..10_u64).map(|n| {
        let text = OUTAGE[n as usize % 4];
        ticket(1_000 + n, 4_320 + n as i64 * 5, &format!("hit{n}"), text)
    });
    let tickets: Vec<Ticket> = quiet.chain(surge).collect();
    let found: Vec<Alert> = tickets
        .iter()
        .filter_map(|ticket| detector.observe(ticket).alert)
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(OUTAGE.contains(&found[0].label.as_str()), "{found:?}");
}
