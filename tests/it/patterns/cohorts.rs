//! Whether a cohort is said to explain a surge rests on who else wrote at the time.

use super::{BACKGROUND, OUTAGE, ticket};
use medic::observe::detect::{DetectOptions, Detector as _, OnlineDetector};

/// What the alert says when nine merchants of one stage have a problem, after three days in which
/// most were of another stage, while so many others of the same stage write about something else.
fn alert_beside(others: u64) -> (String, bool) {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let mut number = 0;
    let mut observe = |minute: i64, merchant: String, stage: &str, text: &str| {
        number += 1;
        let mut one = ticket(number, minute, &merchant, text);
        one.migration_stage = stage.to_owned();
        detector.observe(&one).alert
    };
    for step in 0..216_i64 {
        let text = BACKGROUND[(step * 7 % 12) as usize];
        observe(
            step * 20,
            format!("m{}", step * 13 % 60),
            "pre-migration",
            text,
        );
    }
    for n in 0..others {
        let text = BACKGROUND[(n * 5 % 12) as usize];
        observe(4_319, format!("other{n}"), "post-migration-day-1", text);
    }
    for n in 0..9_u64 {
        let text = OUTAGE[(n % 4) as usize];
        let stage = "post-migration-day-1";
        if let Some(alert) = observe(4_320 + n as i64, format!("hit{n}"), stage, text) {
            let cohort = alert.cohort.unwrap();
            return (alert.reason, cohort.explained_by_mix);
        }
    }
    panic!("no alert");
}

#[test]
fn many_others_of_the_same_stage_mean_that_it_need_not_be_the_cause() {
    let (said, explained) = alert_beside(30);
    assert!(explained && said.contains("are as often in it"), "{said}");
}

#[test]
fn one_other_merchant_proves_nothing_about_the_rest() {
    let (said, explained) = alert_beside(1);
    assert!(!explained && !said.contains("as often in it"), "{said}");
}
