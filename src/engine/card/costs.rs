//! What waiting costs, by what the reporters count.

use crate::domain::{Case, Incident};
use jiff::Timestamp;

/// What the incident has cost an hour so far.
pub(super) fn of_incident(incident: &Incident, now: Timestamp) -> String {
    let minutes = now
        .duration_since(incident.opened_at)
        .as_mins()
        .clamp(30, i64::MAX);
    let minutes = u64::try_from(minutes).unwrap_or(30);
    let per_hour = |count: u64| count.saturating_mul(60) / minutes;
    let what = counted(
        per_hour(incident.checkout_failures),
        per_hour(incident.affected_customers),
    );
    what.map_or(String::new(), |what| format!("about {what} an hour"))
}

/// What the one ticket of a case says it has cost so far: over which time, it does not say.
pub(super) fn of_case(case: &Case) -> String {
    let what = counted(case.checkout_failures, case.affected_customers);
    what.map_or(String::new(), |what| {
        format!("{what} when it was reported, and more while it goes on")
    })
}

fn counted(checkouts: u64, customers: u64) -> Option<String> {
    match (checkouts, customers) {
        (0, 0) => None,
        (checkouts, 0) => Some(format!("{checkouts} failed checkouts")),
        (0, customers) => Some(format!("{customers} customers")),
        (checkouts, customers) => Some(format!(
            "{checkouts} failed checkouts and {customers} customers"
        )),
    }
}
