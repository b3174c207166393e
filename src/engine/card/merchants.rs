//! Merchants on a card, with whether they are verified.

use crate::domain::card::{Line, Span, own};
use crate::domain::{Case, Incident, MerchantId};

pub(super) fn merchants_in_words(incident: &Incident) -> String {
    let distinct = incident.distinct;
    let claimed = incident
        .merchants
        .values()
        .filter(|merchant| !merchant.verified)
        .count();
    if claimed == 0 {
        return format!("{distinct} distinct");
    }
    format!("{distinct} distinct; {claimed} named only in messages")
}

pub(super) fn merchant_line(case: &Case) -> Line {
    let name = |id: &MerchantId| Span::Foreign(id.to_string());
    match (&case.merchant, case.verified) {
        (None, _) => own("none named"),
        (Some(id), true) => vec![name(id)],
        (Some(id), false) => vec![name(id), Span::Own(" (claimed, not verified)".to_owned())],
    }
}
