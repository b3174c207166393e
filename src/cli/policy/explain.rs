//! `medic policy explain`: which rule decided, on which facts.

use crate::decide::{Policy, PolicyContext, VARIABLES};
use crate::domain::SubjectId;
use crate::engine::decisions::DecisionRow;
use crate::engine::redecide::{History, became};
use anyhow::bail;
use serde_json::{Value, json};
use std::io::Write;

/// Tells every decision about the subject, oldest first.
pub(super) fn run(
    history: &History,
    policy: &Policy,
    subject: SubjectId,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let rows: Vec<&DecisionRow> = history
        .decisions
        .iter()
        .filter(|row| row.subject == subject)
        .collect();
    if rows.is_empty() {
        bail!("nothing was decided about {subject}, or there is no such incident or case");
    }
    for row in rows {
        if json {
            writeln!(out, "{}", serde_json::to_string(row)?)?;
        } else {
            in_words(history, policy, row, out)?;
        }
    }
    Ok(())
}

fn in_words(
    history: &History,
    policy: &Policy,
    row: &DecisionRow,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let time = row.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    writeln!(
        out,
        "{} at {time}, rules {}",
        row.subject,
        row.policy.prefix()
    )?;
    let (full, grounded) = (facts(&row.full), facts(&row.grounded));
    for variable in VARIABLES {
        let Some(value) = full.get(variable.name) else {
            continue;
        };
        write!(out, "  {} = {value}", variable.name)?;
        if grounded[variable.name] != *value {
            write!(out, " (without the model: {})", grounded[variable.name])?;
        }
        writeln!(out)?;
    }
    for (action, history) in &row.full.history {
        writeln!(
            out,
            "  {action} on this class before: {} runs, {} of {} verified healed",
            history.runs, history.healed, history.verified
        )?;
    }
    if row.policy == policy.digest() {
        for traced in policy.trace(&row.full) {
            let held = match &traced.held {
                None => "not looked at".to_owned(),
                Some(Ok(true)) => "holds".to_owned(),
                Some(Ok(false)) => "does not hold".to_owned(),
                Some(Err(why)) => format!("cannot be evaluated: {why}"),
            };
            writeln!(out, "  rule {}: {held}: {}", traced.rule, traced.when)?;
        }
    } else {
        writeln!(
            out,
            "  The rules have been changed since; what they said is below."
        )?;
    }
    for answer in &row.answers {
        writeln!(
            out,
            "  => {} {}: {}",
            answer.decision, answer.action, answer.reason
        )?;
    }
    for plan in history.plans(row) {
        writeln!(
            out,
            "  {}: {} {} at {} risk ({}); {}",
            plan.id,
            plan.decision,
            plan.action,
            plan.risk.level,
            plan.risk.reasons.join("; "),
            became(plan)
        )?;
        writeln!(out, "    {}", plan.decision_reason)?;
    }
    writeln!(out)?;
    Ok(())
}

fn facts(context: &PolicyContext) -> Value {
    serde_json::to_value(context).unwrap_or(json!({}))
}
