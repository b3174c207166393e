//! A pattern that turns out to be two problems is taken apart by the detector, with its reason.

use super::{BACKGROUND, OUTAGE, ticket};
use medic::domain::{PatternId, Ticket};
use medic::observe::detect::{DetectOptions, Detector as _, OnlineDetector, SplitOff};
use proptest::prelude::*;

const REFUND: [&str; 4] = [
    "A customer was refunded twice for the same return",
    "The refund for a returned item was paid out two times",
    "We see double refunds for one return since the migration",
    "Refunded the same return twice, the money is gone",
];

/// Whatever comes goes into the pattern that is nearest, so that problems are mixed up.
fn mixes_everything() -> DetectOptions {
    DetectOptions {
        join: -1.0,
        ..DetectOptions::default()
    }
}

/// Two problems in turn, each ticket of another merchant, so many minutes apart.
fn two_problems(count: u64, minutes: i64) -> Vec<Ticket> {
    (0..count)
        .map(|n| {
            let texts = if n % 2 == 0 { OUTAGE } else { REFUND };
            let text = texts[(n / 2 % 4) as usize];
            ticket(n + 1, n as i64 * minutes, &format!("m{n}"), text)
        })
        .collect()
}

/// The splits, with how many tickets had come, and the alerts after the first of them.
fn watched(detector: &mut OnlineDetector, tickets: &[Ticket]) -> (Vec<SplitOff>, usize) {
    let (mut splits, mut alerts_after) = (Vec::new(), 0);
    for ticket in tickets {
        let seen = detector.observe(ticket);
        alerts_after += usize::from(!splits.is_empty() && seen.alert.is_some());
        splits.extend(seen.split);
    }
    (splits, alerts_after)
}

#[test]
fn two_problems_in_one_pattern_are_taken_apart_once_and_say_why() {
    let mut detector = OnlineDetector::new(mixes_everything());
    let (splits, _) = watched(&mut detector, &two_problems(60, 15));
    assert_eq!(splits.len(), 1, "{splits:?}");
    let split = &splits[0];
    assert_eq!(split.from, PatternId::new(1));
    assert_eq!(split.into, PatternId::new(2));
    assert!(split.tickets.len() >= 8, "{split:?}");
    let odd = |of: &SplitOff| of.tickets[0].number() % 2;
    assert!(
        split.tickets.iter().all(|id| id.number() % 2 == odd(split)),
        "the halves are mixed: {split:?}"
    );
    assert!(
        split.reason.starts_with("split off P-1: ") && split.reason.contains("merchants"),
        "{}",
        split.reason
    );

    let mut again = OnlineDetector::restore(mixes_everything(), &detector.snapshot()).unwrap();
    for n in 0..100_u64 {
        let at = 900 + n as i64 * 15;
        let texts = if n % 2 == 0 { OUTAGE } else { REFUND };
        let one = ticket(100 + n, at, &format!("m{n}"), texts[(n / 2 % 4) as usize]);
        let seen = detector.observe(&one);
        assert_eq!(
            seen,
            again.observe(&one),
            "a restored detector goes another way"
        );
        assert_eq!((seen.split, seen.merged), (None, Vec::new()));
        let theirs = (one.id.number() + 1) % 2 == odd(split);
        let home = if theirs { split.into } else { split.from };
        assert_eq!(
            seen.assignment.pattern,
            Some(home),
            "{}",
            one.merchant_message
        );
    }
}

#[test]
fn a_split_in_the_middle_of_a_surge_alerts_nobody_again() {
    let mut detector = OnlineDetector::new(mixes_everything());
    let (splits, alerts_after) = watched(&mut detector, &two_problems(80, 1));
    assert_eq!(splits.len(), 1, "{splits:?}");
    assert_eq!(alerts_after, 0);
}

#[test]
fn what_a_person_made_one_or_spoke_about_is_not_taken_apart() {
    let tickets = two_problems(60, 15);
    let mut detector = OnlineDetector::new(mixes_everything());
    detector.observe(&tickets[0]);
    detector.split(PatternId::new(1), &[&tickets[0]]).unwrap();
    let (splits, _) = watched(&mut detector, &tickets[1..]);
    assert!(splits.is_empty(), "{splits:?}");

    let mut detector = OnlineDetector::new(DetectOptions::default());
    let first: Vec<PatternId> = tickets[..2]
        .iter()
        .map(|ticket| detector.observe(ticket).assignment.pattern.unwrap())
        .collect();
    let whole = detector.merge(&first).unwrap();
    let (splits, _) = watched(&mut detector, &tickets[2..]);
    assert!(splits.is_empty(), "{splits:?}");
    assert_eq!(detector.resolve(first[1]), whole);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever order the problems come, and whatever people say between: an id is never lost,
    /// what was split stays split until a person says otherwise, and people's word holds.
    #[test]
    fn splits_keep_ids_and_peoples_word(
        steps in prop::collection::vec((0_u8..40, 0_usize..3, 0_usize..12, 0_u16..90), 40..160),
    ) {
        let mut detector = OnlineDetector::new(mixes_everything());
        let (mut ids, mut apart, mut parted) = (Vec::new(), Vec::new(), Vec::new());
        let mut minute = 0;
        for (number, (what, problem, which, pause)) in steps.into_iter().enumerate() {
            minute += i64::from(pause);
            let text = [OUTAGE[which % 4], REFUND[which % 4], BACKGROUND[which]][problem];
            let one = ticket(number as u64 + 1, minute, &format!("m{number}"), text);
            let pick = |at: usize| ids.get(at % ids.len().max(1)).copied();
            match (what, pick(which), pick(which + 1)) {
                (0, Some(a), Some(b)) => {
                    if detector.merge(&[a, b]).is_ok() {
                        // A person's word: what the detector took apart may be one again.
                        parted.clear();
                    }
                }
                (1, Some(a), Some(b)) if detector.not_the_same(a, b).is_ok() => apart.push((a, b)),
                (2, _, _) => {
                    let stored = detector.snapshot();
                    detector = OnlineDetector::restore(mixes_everything(), &stored).unwrap();
                    prop_assert_eq!(&detector.snapshot(), &stored);
                }
                _ => {
                    let seen = detector.observe(&one);
                    if let Some(split) = seen.split {
                        prop_assert!(!ids.contains(&split.into), "{} is no new id", split.into);
                        prop_assert_eq!(seen.assignment.pattern, Some(split.into));
                        prop_assert!(seen.assignment.is_new && seen.merged.is_empty());
                        parted.push((split.from, split.into));
                    }
                    let pattern = seen.assignment.pattern.unwrap();
                    prop_assert_eq!(detector.resolve(pattern), pattern);
                    ids.push(pattern);
                }
            }
            for (a, b) in apart.iter().chain(&parted) {
                prop_assert_ne!(detector.resolve(*a), detector.resolve(*b));
            }
        }
    }
}
