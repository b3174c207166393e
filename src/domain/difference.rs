//! What differs between what was shown and what would be sent now.

use super::{Delivery, PlanId};
use serde::{Deserialize, Serialize};

/// How many differences are kept; more than that nobody reads.
const KEPT: usize = 20;

/// How many characters of a value are kept, from just before the first that differs.
const SHOWN: usize = 200;

/// Which plan this one stands in for, why, and what differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The plan that was shown before.
    pub plan: PlanId,
    /// Why it does not stand any more, in words.
    pub why: String,
    /// What differs, at most twenty.
    pub differences: Vec<Difference>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What, in our own words: `body for merchant M1`.
    pub what: String,
    /// What stood there; empty where there was nothing. Foreign words.
    pub before: String,
    /// What stands there now; empty where there is nothing. Foreign words.
    pub after: String,
}

/// Everything in which two plans' deliveries differ for a reader.
pub fn differences(before: &[Delivery], after: &[Delivery]) -> Vec<Difference> {
    let mut found = Vec::new();
    for old in before {
        match after.iter().find(|new| new.target == old.target) {
            None => found.push(Difference {
                what: format!("no longer for {}", old.target),
                before: shown(&old.payload.summary, 0),
                after: String::new(),
            }),
            Some(new) => parts(old, new, &mut found),
        }
    }
    for new in after {
        if !before.iter().any(|old| old.target == new.target) {
            found.push(Difference {
                what: format!("now also for {}", new.target),
                before: String::new(),
                after: shown(&new.payload.summary, 0),
            });
        }
    }
    found.truncate(KEPT);
    found
}

fn parts(old: &Delivery, new: &Delivery, found: &mut Vec<Difference>) {
    let mut names: Vec<&str> = Vec::new();
    for part in old.payload.parts.iter().chain(&new.payload.parts) {
        if !names.contains(&part.name.as_str()) {
            names.push(&part.name);
        }
    }
    for name in names {
        let before = old.payload.part(name).unwrap_or_default();
        let after = new.payload.part(name).unwrap_or_default();
        if before != after {
            let same = before
                .chars()
                .zip(after.chars())
                .take_while(|(left, right)| left == right)
                .count();
            let from = same.saturating_sub(20);
            found.push(Difference {
                what: format!("{name} for {}", old.target),
                before: shown(before, from),
                after: shown(after, from),
            });
        }
    }
}

fn shown(value: &str, from: usize) -> String {
    let mut text: String = value.chars().skip(from).take(SHOWN).collect();
    if from > 0 && !text.is_empty() {
        text.insert(0, '…');
    }
    if value.chars().count() > from + SHOWN {
        text.push('…');
    }
    text
}
