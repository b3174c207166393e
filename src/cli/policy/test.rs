//! `medic policy test`: recorded history under other rules.

use crate::decide::Policy;
use crate::domain::{Decision, SubjectId};
use crate::engine::redecide::{Change, History, redecide};
use jiff::Timestamp;
use serde_json::json;
use std::io::Write;

/// Re-decides, lists what differs, and says which rules never matched; `false` where the rules are
/// those that were recorded and yet answer otherwise.
pub(super) fn run(
    history: &History,
    policy: &Policy,
    from: Option<Timestamp>,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let found = redecide(history, policy, from);
    for change in &found.changes {
        write(change, json, out)?;
    }
    if json {
        let line = json!({
            "decisions": found.all, "differ": found.differ, "not_reproduced": found.not_reproduced,
            "rules_never_matched": found.unmatched, "constant_conditions": found.constant,
        });
        writeln!(out, "{line}")?;
    } else {
        for sentence in found.sentences() {
            writeln!(out, "{sentence}")?;
        }
    }
    Ok(found.not_reproduced == 0)
}

fn write(change: &Change, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let word = |answer: &Option<(Decision, String)>| answer.as_ref().map(|one| one.0);
    let rule = |answer: &Option<(Decision, String)>| answer.as_ref().map(|one| one.1.clone());
    if json {
        let line = json!({
            "subject": change.subject, "at": change.at, "action": change.action,
            "before": word(&change.before), "before_rule": rule(&change.before),
            "now": word(&change.now), "now_rule": rule(&change.now),
            "became": change.became, "mark": change.mark(), "link": link(change.subject),
        });
        writeln!(out, "{line}")?;
        return Ok(());
    }
    let at = change.at.strftime("%Y-%m-%d %H:%M");
    write!(out, "{at} {} {}", change.subject, change.in_words())?;
    let mark = change.mark();
    if !mark.is_empty() {
        write!(out, "  <- {mark}")?;
    }
    writeln!(out, "  {}", link(change.subject))?;
    Ok(())
}

/// Where the console shows it.
fn link(subject: SubjectId) -> String {
    match subject {
        SubjectId::Incident(id) => format!("/incidents/{id}"),
        SubjectId::Case(id) => format!("/cases/{id}"),
    }
}
