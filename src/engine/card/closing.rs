//! Beforehand, on the card: who will be told once it is verified healed, where, and in which words.

use crate::domain::card::Fact;
use crate::domain::card::own;
use crate::domain::closing::{Closing, Reporter};
use crate::domain::{AffectedMerchant, Incident, Surface};
use crate::engine::rules::Rules;
use std::collections::BTreeMap;

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
    let in_chat = |one: &&AffectedMerchant| {
        one.origin
            .as_ref()
            .is_some_and(|origin| origin.surface == Surface::Discord)
    };
    let closing = &rules.closing;
    let chat = by_language(closing, incident.merchants.values().filter(in_chat));
    let elsewhere = treated().filter(|one| one.verified && one.origin.is_none());
    let elsewhere = by_language(closing, elsewhere);
    let mut parts = Vec::new();
    if !chat.is_empty() {
        let several = chat.len() > 1;
        let said: Vec<String> = chat
            .values()
            .map(|(sentence, merchants)| match several {
                true => format!("\"{sentence}\" ({merchants})"),
                false => format!("\"{sentence}\""),
            })
            .collect();
        parts.push(format!(
            "reporters of {} read where they reported: {}",
            merchants(&chat),
            said.join(", ")
        ));
    }
    match &rules.verify.closing_action {
        Some(action) if !elsewhere.is_empty() => parts.push(format!(
            "people are asked to have {} told by {action}{}, each message shown whole first",
            merchants(&elsewhere),
            languages(&elsewhere)
        )),
        _ => {}
    }
    (!parts.is_empty()).then(|| Fact {
        name: "Once healed",
        value: own(parts.join("; ")),
    })
}

/// What is said in each language, by its name, with how many merchants it is for.
type ByLanguage<'a> = BTreeMap<&'a str, (&'a str, usize)>;

fn by_language<'a, 'b>(
    closing: &'a Closing,
    merchants: impl Iterator<Item = &'b AffectedMerchant>,
) -> ByLanguage<'a> {
    let mut found = ByLanguage::new();
    for one in merchants {
        let sentences = closing.to(&one.language);
        let said = sentences.state(Reporter::Treated);
        found.entry(&sentences.name).or_insert((said, 0)).1 += 1;
    }
    found
}

/// ` (English 4, German 2)`; nothing where it is one language that Medic speaks anyway.
fn languages(found: &ByLanguage<'_>) -> String {
    if found.len() == 1 && found.contains_key("English") {
        return String::new();
    }
    let named: Vec<String> = found
        .iter()
        .map(|(name, (_, merchants))| format!("{name} {merchants}"))
        .collect();
    format!(" ({})", named.join(", "))
}

fn merchants(found: &ByLanguage<'_>) -> String {
    match found.values().map(|(_, merchants)| merchants).sum() {
        1 => "1 merchant".to_owned(),
        many => format!("{many} merchants"),
    }
}
