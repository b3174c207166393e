//! Beforehand, on the card: who will be told once it is verified healed, where, and in which words.

use crate::domain::card::Fact;
use crate::domain::card::own;
use crate::domain::closing::{Reporter, healed_words};
use crate::domain::{Incident, Surface};
use crate::engine::rules::Rules;

/// The batch, while the incident is open and somebody has been treated; none where nobody would be
/// told.
pub(super) fn preview(incident: &Incident, rules: &Rules) -> Option<Fact> {
    let treated = || {
        incident
            .merchants
            .values()
            .filter(|one| one.treated_at.is_some())
    };
    if !incident.is_open() || treated().next().is_none() {
        return None;
    }
    let in_chat = |one: &&crate::domain::AffectedMerchant| {
        one.origin
            .as_ref()
            .is_some_and(|origin| origin.surface == Surface::Discord)
    };
    let chat = incident.merchants.values().filter(in_chat).count();
    let elsewhere = treated()
        .filter(|one| one.verified && one.origin.is_none())
        .count();
    let mut parts = Vec::new();
    if chat > 0 {
        parts.push(format!(
            "reporters of {} read where they reported: \"{}\"",
            merchants(chat),
            healed_words(Reporter::Treated)
        ));
    }
    match &rules.verify.closing_action {
        Some(action) if elsewhere > 0 => parts.push(format!(
            "people are asked to have {} told by {action}, each message shown whole first",
            merchants(elsewhere)
        )),
        _ => {}
    }
    (!parts.is_empty()).then(|| Fact {
        name: "Once healed",
        value: own(parts.join("; ")),
    })
}

fn merchants(count: usize) -> String {
    match count {
        1 => "1 merchant".to_owned(),
        many => format!("{many} merchants"),
    }
}
