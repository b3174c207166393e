//! The answer to "did it help?", as a person reads it, and how often it is wrong.

use crate::support::histories::{Random, Truth, history};
use jiff::Timestamp;
use medic::domain::Outcome;
use medic::verify::{
    Checks, Count, Group, MerchantHistory, Observed, Treatment, VerifyOptions, count, judge, looks,
};
use proptest::prelude::*;

const HALF_AN_HOUR: u64 = 30;

/// A group watched for two hours before the treatment and `minutes` after it.
fn group(merchants: u32, earlier: u32, later: u32, after: u32, minutes: u64) -> Group {
    let count = |tickets, minutes| Count {
        tickets,
        merchant_minutes: u64::from(merchants) * minutes,
    };
    Group {
        merchants,
        earlier: count(earlier, 60),
        later: count(later, 60),
        after: count(after, minutes),
    }
}

fn checks(confirmed: u32, denied: u32, unknown: u32) -> Checks {
    Checks {
        confirmed,
        denied,
        unknown,
    }
}

fn says(treated: Group, untreated: Group, checks: Checks, minutes_since: u64) -> String {
    let observed = Observed {
        treated,
        untreated,
        checks,
        minutes_since,
        ..Observed::default()
    };
    let answer = judge(&observed, &VerifyOptions::default());
    let again = match answer.look_again {
        Some(at) => format!("look again after {at} min"),
        None => "final".to_owned(),
    };
    format!(
        "{}: {} ({again})",
        answer.outcome.in_words(),
        answer.sentence
    )
}

#[test]
fn a_person_reads_the_answer_with_its_numbers() {
    let nobody = Group::default();
    let yes = checks(9, 0, 0);
    let day = 24 * 60;
    let lines = [
        says(
            group(9, 15, 18, 2, 240),
            group(8, 12, 14, 55, 240),
            yes,
            303,
        ),
        says(group(9, 15, 18, 2, 240), nobody, yes, 303),
        says(
            group(9, 15, 18, 66, 240),
            group(8, 12, 14, 55, 240),
            yes,
            681,
        ),
        says(
            group(9, 45, 58, 399, 480),
            group(8, 41, 52, 365, 480),
            yes,
            681,
        ),
        says(
            group(9, 15, 18, 190, 240),
            group(8, 12, 14, 55, 240),
            yes,
            303,
        ),
        says(
            group(9, 2, 1, 0, 30),
            group(8, 1, 2, 1, 30),
            yes,
            HALF_AN_HOUR,
        ),
        says(group(1, 1, 0, 0, day), nobody, checks(1, 0, 0), day),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    healed: 9 treated merchants: 2 tickets in 4 h, 33 tickets in 2 h before; 8 untreated: 55 tickets in 4 h, 26 tickets in 2 h before; that is 3 % of what was to be expected (95 % interval 0 to 12 %); the check confirms 9 of 9. (final)
    healed: 9 treated merchants: 2 tickets in 4 h, 33 tickets in 2 h before; there are no untreated merchants to compare with; that is 4 % of what was to be expected (95 % interval 0 to 18 %); the check confirms 9 of 9. (final)
    cannot tell yet: 9 treated merchants: 66 tickets in 4 h, 33 tickets in 2 h before; 8 untreated: 55 tickets in 4 h, 26 tickets in 2 h before; that is 96 % of what was to be expected (95 % interval 51 to 177 %); the numbers do not carry an answer yet; the check confirms 9 of 9. (look again after 1021 min)
    no difference: 9 treated merchants: 399 tickets in 8 h, 103 tickets in 2 h before; 8 untreated: 365 tickets in 8 h, 93 tickets in 2 h before; that is 99 % of what was to be expected (95 % interval 72 to 135 %); the check confirms 9 of 9. (final)
    worse: 9 treated merchants: 190 tickets in 4 h, 33 tickets in 2 h before; 8 untreated: 55 tickets in 4 h, 26 tickets in 2 h before; that is 276 % of what was to be expected (95 % interval 154 to 493 %); the check confirms 9 of 9. (final)
    cannot tell yet: 9 treated merchants: 0 tickets in 30 min, 3 tickets in 2 h before; 8 untreated: 1 ticket in 30 min, 3 tickets in 2 h before; that is 0 % of what was to be expected (95 % interval 0 to more than 1000 %); the numbers do not carry an answer yet; the check confirms 9 of 9. (look again after 60 min)
    cannot tell yet: 1 treated merchant: 0 tickets in 24 h, 1 ticket in 2 h before; there are no untreated merchants to compare with; that is 0 % of what was to be expected (95 % interval 0 to more than 1000 %); the time is up, so a person must say; the check confirms 1 of 1. (final)
    "#);
}

#[test]
fn fewer_tickets_alone_do_not_heal() {
    let (fewer, steady) = (group(9, 15, 18, 2, 240), group(8, 12, 14, 55, 240));
    let nobody = Group::default();
    let lines = [
        says(fewer, steady, checks(7, 2, 0), 303),
        says(fewer, nobody, checks(0, 0, 9), 303),
        // It fell as much where nothing was done: it fades by itself.
        says(fewer, group(8, 12, 14, 2, 240), checks(9, 0, 0), 303),
        // It was already falling, and nobody was left untreated.
        says(group(9, 30, 8, 2, 240), nobody, checks(9, 0, 0), 303),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    cannot tell yet: 9 treated merchants: 2 tickets in 4 h, 33 tickets in 2 h before; 8 untreated: 55 tickets in 4 h, 26 tickets in 2 h before; that is 3 % of what was to be expected (95 % interval 0 to 12 %), but a check says that it did not take effect; the check denies 2 of 9. (look again after 454 min)
    cannot tell yet: 9 treated merchants: 2 tickets in 4 h, 33 tickets in 2 h before; there are no untreated merchants to compare with; that is 4 % of what was to be expected (95 % interval 0 to 18 %), but no check or probe confirms it and there is nobody to compare with. (look again after 454 min)
    cannot tell yet: 9 treated merchants: 2 tickets in 4 h, 33 tickets in 2 h before; 8 untreated: 2 tickets in 4 h, 26 tickets in 2 h before; that is 80 % of what was to be expected (95 % interval 5 to more than 1000 %); the numbers do not carry an answer yet; the check confirms 9 of 9. (look again after 454 min)
    cannot tell yet: 9 treated merchants: 2 tickets in 4 h, 38 tickets in 2 h before; there are no untreated merchants to compare with; that is 40 % of what was to be expected (95 % interval 2 to 230 %); the numbers do not carry an answer yet; the check confirms 9 of 9. (look again after 454 min)
    "#);
}

#[test]
fn it_is_looked_at_often_at_first_and_at_last_at_the_deadline() {
    let options = VerifyOptions::default();
    let times = looks(&options);
    assert_eq!(times, [30, 60, 90, 135, 202, 303, 454, 681, 1021, 1440]);
    let nothing = says(Group::default(), Group::default(), Checks::default(), 0);
    assert!(nothing.ends_with("(look again after 30 min)"), "{nothing}");
    let short = VerifyOptions {
        window_minutes: 0,
        deadline_hours: 0,
        ..options
    };
    assert_eq!(looks(&short), [1]);
}

#[test]
fn what_fades_or_does_nothing_is_not_called_healed_and_a_fix_is() {
    for (truth, most, least) in [
        (Truth::new("does nothing", 1.0, None), 2, 0),
        (Truth::new("fades by itself", 1.0, Some(2.0)), 2, 0),
        (Truth::new("doubles", 2.0, None), 0, 0),
        (Truth::new("cuts 80 %", 0.2, None), 25, 20),
    ] {
        let mut random = Random(7);
        let healed = (0..25)
            .filter(|_| history(truth, 12, 15.0, false, &mut random) == Outcome::Healed)
            .count();
        let name = truth.name;
        assert!(
            (least..=most).contains(&healed),
            "{name}: healed {healed} of 25"
        );
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
}

fn merchant(treatment: Treatment, minutes: &[i64]) -> MerchantHistory {
    MerchantHistory {
        treatment,
        tickets: minutes.iter().map(|minute| at(*minute)).collect(),
    }
}

#[test]
fn only_merchants_with_a_past_are_counted_and_a_burst_is_one_report() {
    let options = VerifyOptions::default();
    let plan = |minute| Treatment::ThisPlan(at(minute));
    let histories = [
        // The incident's first ticket; three in a row are one report.
        merchant(plan(120), &[3, 0, 5, 70, 130]),
        // Reached later, after a retry: what came in between counts on neither side.
        merchant(plan(150), &[100, 140, 170]),
        merchant(Treatment::None, &[30, 125, 200]),
        // Treated by somebody else at 180: watched until then.
        merchant(Treatment::Other(at(180)), &[10, 175, 190]),
        // Treated before by somebody else, and newcomers: on neither side.
        merchant(Treatment::Other(at(60)), &[20, 160]),
        merchant(Treatment::None, &[121, 160]),
        merchant(plan(150), &[140, 160]),
    ];
    let (treated, untreated) = count(&histories, at(240), &options).unwrap();
    let counted = |tickets, merchant_minutes| Count {
        tickets,
        merchant_minutes,
    };
    assert_eq!(treated.merchants, 2);
    assert_eq!(treated.earlier, counted(1, 120));
    assert_eq!(treated.later, counted(2, 120));
    assert_eq!(treated.after, counted(2, 120 + 90));
    assert_eq!(untreated.merchants, 2);
    assert_eq!(untreated.earlier, counted(2, 120));
    assert_eq!(untreated.after, counted(3, 120 + 60));
    assert_eq!(count(&histories[2..3], at(240), &options), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_numbers_make_it_panic_and_a_denied_check_never_heals(
        numbers in proptest::collection::vec(prop_oneof![0u32..50, Just(u32::MAX)], 11),
        minutes in proptest::collection::vec(prop_oneof![0u64..3000, Just(u64::MAX)], 7),
    ) {
        let count = |i: usize| Count { tickets: numbers[i], merchant_minutes: minutes[i] };
        let group = |from: usize, merchants: usize| Group {
            merchants: numbers[merchants],
            earlier: count(from),
            later: count(from + 1),
            after: count(from + 2),
        };
        let observed = Observed {
            treated: group(0, 6),
            untreated: group(3, 7),
            checks: Checks { confirmed: numbers[8], denied: numbers[9], unknown: numbers[10] },
            minutes_since: minutes[6],
            ..Observed::default()
        };
        let answer = judge(&observed, &VerifyOptions::default());
        prop_assert!(numbers[9] == 0 || answer.outcome != Outcome::Healed);
        prop_assert!(!answer.sentence.contains("NaN"), "{}", answer.sentence);
    }
}
