//! Values that make no sense, or are beyond what the product bears.

use super::document::Document;
use super::options::{LimitOptions, ListenOptions, StoreOptions};
use crate::decide::{ApprovalRule, ApprovalRules, RiskOptions};
use crate::domain::Risk;
use crate::verify::VerifyOptions;
use jiff::SignedDuration;

/// Numbers and times that make no sense, or are beyond what the product bears.
pub(super) fn numbers(
    doc: &mut Document<'_>,
    store: Option<&StoreOptions>,
    approval: Option<&ApprovalRules>,
    risk: Option<RiskOptions>,
    verify: Option<&VerifyOptions>,
    limits: Option<LimitOptions>,
) {
    if let Some(store) = store {
        within(
            doc,
            &["store", "segment_mib"],
            store.segment_mib as usize,
            1,
            1024,
        );
        within(
            doc,
            &["store", "cache_mib"],
            store.cache_mib as usize,
            1,
            1024,
        );
    }
    if let Some(rules) = approval {
        approvals(doc, rules);
    }
    if let Some(risk) = risk {
        within(
            doc,
            &["risk", "high_from_merchants"],
            risk.high_from_merchants as usize,
            1,
            1_000_000,
        );
        if risk.critical_from_merchants < risk.high_from_merchants {
            let at = doc.place_of(&["risk", "critical_from_merchants"]);
            doc.fault(at, "risk.critical_from_merchants is below high_from_merchants, so that high would never come".to_owned());
        }
    }
    if let Some(verify) = verify
        && (verify.window_minutes == 0
            || verify.deadline_hours.saturating_mul(60) < verify.window_minutes)
    {
        let at = doc.place_of(&["verify"]);
        doc.fault(
            at,
            "verify.window_minutes has to be at least 1, and verify.deadline_hours at least as long"
                .to_owned(),
        );
    }
    if let Some(verify) = verify {
        let hours = verify.canary_hours as usize;
        let most = verify.deadline_hours as usize;
        within(doc, &["verify", "canary_hours"], hours, 1, most.max(1));
        let merchants = verify.recurrence_merchants as usize;
        within(doc, &["verify", "recurrence_merchants"], merchants, 2, 1000);
    }
    if let Some(limits) = limits {
        for (key, value, least, most) in [
            ("ticket_bytes", limits.ticket_bytes, 1024, 65_536),
            ("request_bytes", limits.request_bytes, 1024, 1_048_576),
            ("request_tickets", limits.request_tickets, 1, 1000),
            ("requests_at_once", limits.requests_at_once, 1, 4096),
            ("live_pages", limits.live_pages, 1, 1024),
        ] {
            within(doc, &["limits", key], value, least, most);
        }
    }
}

/// The rule of each level of risk, and what single actions want otherwise.
fn approvals(doc: &mut Document<'_>, rules: &ApprovalRules) {
    for level in [Risk::Low, Risk::Medium, Risk::High, Risk::Critical] {
        let least = if level == Risk::Critical { 2 } else { 1 };
        approval(doc, &["approval", level.as_str()], rules.at(level), least);
    }
    for (action, own) in &rules.actions {
        let path = ["actions", action.as_str(), "approval"];
        let mut whole = rules.of(action, Risk::Low);
        // The quorum as written: `of` has raised a quorum of none to one.
        whole.quorum = own.quorum.unwrap_or(whole.quorum);
        approval(doc, &path, &whole, 1);
    }
}

fn approval(doc: &mut Document<'_>, path: &[&str], rule: &ApprovalRule, least: usize) {
    let at = |key| [path, &[key]].concat();
    let name = path.join(".");
    within(doc, &at("quorum"), rule.quorum as usize, least, 20);
    if rule.roles.is_empty() && rule.people.is_empty() {
        let place = doc.place_of(&at("roles"));
        doc.fault(
            place,
            format!("{name}.roles is empty: nobody could ever decide"),
        );
    }
    let times = [
        ("expires_after", Some(rule.expires_after)),
        ("remind_after", rule.remind_after),
        ("escalate_after", rule.escalate_after),
    ];
    for (key, time) in times {
        if time.is_some_and(|time| time <= SignedDuration::ZERO) {
            let place = doc.place_of(&at(key));
            doc.fault(
                place,
                format!("{name}.{key} has to be longer than nothing, like \"60m\""),
            );
        }
    }
    if rule.puts_off_within() < SignedDuration::ZERO {
        let place = doc.place_of(&at("put_off_within"));
        doc.fault(
            place,
            format!("{name}.put_off_within cannot be less than nothing; \"0s\" means never"),
        );
    }
    if rule.escalate_after.is_some() && rule.escalate_to.is_empty() {
        let place = doc.place_of(&at("escalate_after"));
        doc.fault(
            place,
            format!("{name}.escalate_after needs escalate_to: the role that is asked then"),
        );
    }
}

/// One number of a section.
pub(super) fn within(
    doc: &mut Document<'_>,
    path: &[&str],
    value: usize,
    least: usize,
    most: usize,
) {
    if (least..=most).contains(&value) {
        return;
    }
    let at = doc.place_of(path);
    doc.fault(
        at,
        format!(
            "{} is {value}, allowed are {least} to {most}",
            path.join(".")
        ),
    );
}

/// Only scheme, host and port: what a browser sends as its Origin.
pub(super) fn public_url(doc: &mut Document<'_>, web: Option<&ListenOptions>) {
    let Some(url) = web.and_then(|web| web.public_url.as_deref()) else {
        return;
    };
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or("");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        let at = doc.place_of(&["web", "public_url"]);
        doc.fault(
            at,
            format!(
                "{url:?} is not scheme, host and port; write it like https://medic.example.com"
            ),
        );
    }
}
