//! People tell one problem in words that have hardly anything in common.

use super::{quiet_days, ticket};
use medic::observe::detect::{DetectOptions, Detector as _, OnlineDetector};

/// One problem that nobody reports otherwise, with hardly a word in common.
const TOLD: [&str; 8] = [
    "A customer got the same return paid out two times",
    "Why did you send back the money twice?",
    "double refund on a returned jacket",
    "The buyer was reimbursed again for goods that came back last week",
    "We lose cash: returned goods are credited a second time",
    "Refunds seem to be issued two times since Monday",
    "somebody has been given her money back again although that was settled",
    "repeated repayments for one returned parcel",
];

#[test]
fn a_problem_told_in_eight_ways_is_seen() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let number = quiet_days(&mut detector);
    let found: Vec<_> = TOLD
        .iter()
        .enumerate()
        .filter_map(|(n, text)| {
            let n = n as u64;
            let one = ticket(
                number + n + 1,
                4400 + n as i64 * 10,
                &format!("hit{n}"),
                text,
            );
            detector.observe(&one).alert
        })
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
}
