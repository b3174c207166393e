//! What a card says of an incident's past: earlier ends, and fixes that did not help.

use super::fact;
use crate::decide::INEFFECTIVE_LIMIT;
use crate::domain::card::{Fact, Line, own};
use crate::domain::{Closure, Incident};
use crate::engine::rows::FixesRow;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The alert's sentence; of an incident that came back, when it ended before.
pub(super) fn summary(incident: &Incident) -> Line {
    let Some(last) = incident.reopened.last() else {
        return own(incident.alert.clone());
    };
    let how = match &last.closure {
        Closure::Healed => "healed",
        Closure::Person { .. } => "closed by hand",
    };
    let times = match incident.reopened.len() {
        1 => "Again".to_owned(),
        more => format!("Again, for the {} time", ordinal(more + 1)),
    };
    own(format!(
        "{times}: {how} on {}, back since {}. At first: {}",
        moment(last.closed_at),
        moment(last.at),
        incident.alert
    ))
}

fn ordinal(number: usize) -> String {
    match number {
        3 => "third".to_owned(),
        _ => format!("{number}th"),
    }
}

fn moment(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    zoned.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Whether fixes that did not help have stopped automation.
pub(super) fn is_stopped(fixes: Option<&FixesRow>) -> bool {
    fixes.is_some_and(|fixes| fixes.ineffective >= INEFFECTIVE_LIMIT)
}

/// That they have, in words.
pub(super) fn automation(fixes: Option<&FixesRow>) -> Option<Fact> {
    let fixes = fixes.filter(|_| is_stopped(fixes))?;
    Some(fact(
        "Automation",
        format!(
            "stopped for this pattern: {} fixes did not help, so a person decides",
            fixes.ineffective
        ),
    ))
}
