//! Merchants that a plan leaves out: nothing can be sent to them, or they got it a moment ago.

use super::MerchantId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many merchants are named for one reason.
const NAMED: usize = 5;

/// One merchant, and why nothing is sent to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreached {
    /// Who.
    pub merchant: MerchantId,
    /// Why, in words: `with.to: contact.email has no value`.
    pub why: String,
}

/// `2 merchants get nothing now: M3, M4 (with.to: contact.email has no value)`; empty for none.
pub fn unreached_in_words(left_out: &[Unreached]) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in left_out {
        let named = by_reason.entry(&one.why).or_default();
        named.push(one.merchant.as_str());
    }
    let reasons: Vec<String> = by_reason
        .into_iter()
        .map(|(why, named)| {
            let shown = named.iter().take(NAMED).copied().collect::<Vec<_>>();
            let more = match named.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more} ({why})", shown.join(", "))
        })
        .collect();
    match left_out.len() {
        0 => String::new(),
        1 => format!("1 merchant gets nothing now: {}", reasons.join("; ")),
        many => format!("{many} merchants get nothing now: {}", reasons.join("; ")),
    }
}
