//! What waiting costs, by what the reporters count.

use crate::domain::{Case, Incident};
use jiff::Timestamp;

/// Failed checkouts and customers an hour, to compare by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PerHour {
    checkouts: u64,
    customers: u64,
}

/// What the incident has cost an hour so far. Its first half hour counts as half an hour, since
/// reports of one minute say little of the next sixty.
pub fn per_hour(incident: &Incident, now: Timestamp) -> PerHour {
    let minutes = now
        .duration_since(incident.opened_at)
        .as_mins()
        .clamp(30, i64::MAX);
    let minutes = u64::try_from(minutes).unwrap_or(30);
    let per_hour = |count: u64| count.saturating_mul(60) / minutes;
    PerHour {
        checkouts: per_hour(incident.checkout_failures),
        customers: per_hour(incident.affected_customers),
    }
}

/// Failed checkouts an hour so far, as [`per_hour`] counts them.
pub fn checkouts_per_hour(incident: &Incident, now: Timestamp) -> u64 {
    per_hour(incident, now).checkouts
}

/// What the one ticket of a case reports, taken as an hour's.
pub const fn reported(case: &Case) -> PerHour {
    PerHour {
        checkouts: case.checkout_failures,
        customers: case.affected_customers,
    }
}

/// What the incident has cost an hour so far, in words.
pub fn of_incident(incident: &Incident, now: Timestamp) -> String {
    let cost = per_hour(incident, now);
    let what = counted(cost.checkouts, cost.customers);
    what.map_or(String::new(), |what| format!("about {what} an hour"))
}

/// What the one ticket of a case says it has cost so far: over which time, it does not say.
pub fn of_case(case: &Case) -> String {
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
