//! `[detect]`: settings under which the detector would never alert, or always, or grow without
//! bound.

use super::bounds::within;
use super::document::Document;
use crate::observe::detect::DetectOptions;
use std::collections::BTreeSet;

/// What is wrong with the detector's settings, by key.
pub(super) fn detector(doc: &mut Document<'_>, detect: &DetectOptions) {
    for (key, value, least, most) in [
        ("min_merchants", detect.min_merchants as usize, 2, 1000),
        ("repeats", detect.repeats as usize, 1, 100),
        ("max_patterns", detect.max_patterns, 8, 20_000),
        ("centre_memory", detect.centre_memory as usize, 1, 100_000),
    ] {
        within(doc, &["detect", key], value, least, most);
    }
    let likenesses = [
        ("dense_share", detect.dense_share),
        ("join", detect.join),
        ("unite", detect.unite),
        ("split", detect.split),
        ("same_signature", detect.same_signature),
        ("other_signature", detect.other_signature),
        ("near", detect.near),
        ("near_wider", detect.near_wider),
        ("near_at_first", detect.near_at_first),
        ("near_width", detect.near_width),
        ("near_same_pattern", detect.near_same_pattern),
        ("same_surge", detect.same_surge),
        ("family", detect.family),
        ("family_surge", detect.family_surge),
        ("family_sharing", detect.family_sharing),
    ];
    for (key, value) in likenesses {
        number(doc, key, value, 0.0, 1.0);
    }
    for (key, value) in [
        ("title_weight", detect.title_weight),
        ("log_weight", detect.log_weight),
        ("bigram_weight", detect.bigram_weight),
    ] {
        number(doc, key, value, 0.0, 10.0);
    }
    for (key, value) in [
        ("mean_prior", detect.mean_prior),
        ("idf_prior", detect.idf_prior),
    ] {
        number(doc, key, value, 1.0, 1_000_000.0);
    }
    number(doc, "overlap", detect.overlap, 0.0, 1.0);
    number(doc, "usual_shape", detect.usual_shape, 0.01, 1000.0);
    number(doc, "usual_tickets", detect.usual_tickets, 1.0, 1_000_000.0);
    number(doc, "quiet_hours", detect.quiet_hours, 1, 720);
    let budget = detect.false_alerts_per_day;
    if !(budget > 0.0 && budget <= 24.0) {
        let at = doc.place_of(&["detect", "false_alerts_per_day"]);
        doc.fault(
            at,
            format!("detect.false_alerts_per_day is {budget}, allowed is more than 0, up to 24"),
        );
    }
    cohorts(doc, &detect.cohort_attributes);
}

/// NaN lies in no range, so it is refused like every other value outside.
fn number<T: PartialOrd + std::fmt::Display>(
    doc: &mut Document<'_>,
    key: &str,
    value: T,
    least: T,
    most: T,
) {
    if (&least..=&most).contains(&&value) {
        return;
    }
    let at = doc.place_of(&["detect", key]);
    doc.fault(
        at,
        format!("detect.{key} is {value}, allowed are {least} to {most}"),
    );
}

/// An attribute that can never name a group of merchants is a slip.
fn cohorts(doc: &mut Document<'_>, attributes: &[String]) {
    let at = doc.place_of(&["detect", "cohort_attributes"]);
    let mut known = BTreeSet::new();
    for attribute in attributes {
        let name = attribute.trim();
        let wrong = if name.is_empty() {
            "is empty"
        } else if name != attribute {
            "begins or ends with a space, so no attribute could be called that"
        } else if !known.insert(name) {
            "stands there twice"
        } else if name == "migration_stage" {
            "is always a cohort and need not be named"
        } else if OF_ONE.contains(&name.to_ascii_lowercase().as_str()) {
            "names a single ticket or merchant, never a group of merchants"
        } else if FIELDS.contains(&name) {
            "is a field of every ticket, not an attribute beside them"
        } else {
            continue;
        };
        doc.fault(
            at,
            format!("detect.cohort_attributes: {attribute:?} {wrong}; remove it"),
        );
    }
}

/// What tells one ticket or merchant from all others.
const OF_ONE: [&str; 8] = [
    "id",
    "ticket_id",
    "external_id",
    "merchant",
    "merchant_id",
    "merchant_name",
    "timestamp",
    "email",
];

/// The ticket's own fields, which are no attributes.
const FIELDS: [&str; 7] = [
    "issue",
    "merchant_message",
    "error_log",
    "category",
    "severity",
    "checkout_failures",
    "affected_customers",
];
