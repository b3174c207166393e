//! What an alert says: how many of how many merchants of which cohort, in what time, against what
//! expectation.

use super::cohort::Cohorts;
use super::surge::Surge;
use jiff::Timestamp;

/// The surge as the card tells it.
pub(crate) fn in_a_sentence(surge: &Surge, cohorts: &Cohorts, now: Timestamp) -> String {
    let since = Timestamp::from_second(now.as_second() - surge.minutes * 60).unwrap_or(now);
    let window = match surge.minutes {
        minutes if minutes < 60 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    };
    let expected = if surge.expected < 0.05 {
        "less than 0.1".to_owned()
    } else {
        format!("{:.1}", surge.expected)
    };
    let Some(cohort) = cohorts.concentration(&surge.keys, since) else {
        let known = cohorts.merchants().max(surge.merchants);
        return format!(
            "{} of {known} merchants in {window}, {expected} expected",
            surge.merchants
        );
    };
    let others = match surge.merchants.saturating_sub(cohort.hit) {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        others => format!(" and {others} others"),
    };
    let (lift, low, high) = cohort.lift;
    let mix = if cohort.explained_by_mix {
        "; but the others who wrote in that time are as often in it, so it need not be the cause"
    } else {
        ""
    };
    format!(
        "{} of {} merchants in {}{others} in {window}, {expected} expected; {} is hit {lift:.1} \
         times as often as its size explains (95 % interval {low:.1} to {high:.1}){mix}",
        cohort.hit, cohort.known, cohort.name, cohort.name
    )
}
