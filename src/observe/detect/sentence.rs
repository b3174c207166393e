//! What an alert says: how many of how many merchants of which cohort, in what time, against what
//! expectation.

use super::surge::Surge;
use crate::domain::CohortLift;

/// The surge as the card tells it: concentrated in this cohort, or in none of the merchants of whom
/// `known` are known.
pub(crate) fn in_a_sentence(surge: &Surge, cohort: Option<&CohortLift>, known: u32) -> String {
    let window = match surge.minutes {
        minutes if minutes < 60 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    };
    let expected = if surge.expected < 0.05 {
        "less than 0.1".to_owned()
    } else {
        format!("{:.1}", surge.expected)
    };
    let Some(cohort) = cohort else {
        let known = known.max(surge.merchants);
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
    let [lift, low, high] =
        [cohort.percent, cohort.low_percent, cohort.high_percent].map(|of| f64::from(of) / 100.0);
    let mix = if cohort.explained_by_mix {
        "; but the others who wrote in that time are as often in it, so it need not be the cause"
    } else {
        ""
    };
    let name = &cohort.cohort;
    format!(
        "{} of {} merchants in {name}{others} in {window}, {expected} expected; {name} is hit \
         {lift:.1} times as often as its size explains (95 % interval {low:.1} to {high:.1}){mix}",
        cohort.hit, cohort.known
    )
}
