//! `medic policy test`: recorded history under other rules.

use super::history::{History, became};
use crate::decide::Policy;
use crate::domain::{Decision, SubjectId};
use crate::engine::decisions::{Answer, DecisionRow};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
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
    let rows = history
        .decisions
        .iter()
        .filter(|row| from.is_none_or(|from| row.at >= from));
    let mut unmatched: BTreeSet<String> = policy
        .trace(&crate::decide::PolicyContext::nothing())
        .into_iter()
        .map(|traced| traced.rule)
        .collect();
    let (mut all, mut differ, mut broken) = (0_u64, 0_u64, 0_u64);
    for row in rows {
        all += 1;
        for facts in [&row.full, &row.grounded] {
            for traced in policy.trace(facts) {
                if traced.held == Some(Ok(true)) {
                    unmatched.remove(&traced.rule);
                }
            }
        }
        let now = row.under(policy);
        if now == row.answers {
            continue;
        }
        if row.policy == policy.digest() {
            broken += 1;
        }
        let changes = changes(history, row, &now);
        differ += u64::from(!changes.is_empty());
        for change in changes {
            change.write(row, json, out)?;
        }
    }
    let constant = policy.constant();
    if json {
        let line = json!({
            "decisions": all, "differ": differ, "not_reproduced": broken,
            "rules_never_matched": unmatched, "constant_conditions": constant,
        });
        writeln!(out, "{line}")?;
        return Ok(broken == 0);
    }
    writeln!(out, "{all} recorded decisions, {differ} would differ.")?;
    for rule in &unmatched {
        writeln!(out, "Rule {rule} matched none of them.")?;
    }
    for rule in &constant {
        writeln!(
            out,
            "Rule {rule} speaks of no fact: its condition is always the same."
        )?;
    }
    if broken > 0 {
        writeln!(
            out,
            "{broken} were made under these very rules and come out otherwise now: that must not be."
        )?;
    }
    Ok(broken == 0)
}

/// One action about which the rules would say something else.
struct Change<'a> {
    action: &'a str,
    before: Option<&'a Answer>,
    now: Option<&'a Answer>,
    became: &'static str,
}

fn changes<'a>(history: &History, row: &'a DecisionRow, now: &'a [Answer]) -> Vec<Change<'a>> {
    let mut actions: Vec<_> = row.answers.iter().map(|answer| &answer.action).collect();
    for answer in now {
        if !actions.contains(&&answer.action) {
            actions.push(&answer.action);
        }
    }
    let of = |answers: &'a [Answer], action| answers.iter().find(|answer| &answer.action == action);
    actions
        .into_iter()
        .filter_map(|action| {
            let (before, after) = (of(&row.answers, action), of(now, action));
            let same = before.map(|answer| answer.decision) == after.map(|answer| answer.decision);
            (!same).then(|| Change {
                action: action.as_str(),
                before,
                now: after,
                became: history.plan(row, action).map_or("", became),
            })
        })
        .collect()
}

impl Change<'_> {
    fn write(&self, row: &DecisionRow, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
        let word = |answer: Option<&Answer>| answer.map(|answer| answer.decision);
        let rule = |answer: Option<&Answer>| answer.map(|answer| answer.rule.clone());
        if json {
            let line = json!({
                "subject": row.subject, "at": row.at, "action": self.action,
                "before": word(self.before), "before_rule": rule(self.before),
                "now": word(self.now), "now_rule": rule(self.now),
                "became": self.became, "mark": self.mark(), "link": link(row.subject),
            });
            writeln!(out, "{line}")?;
            return Ok(());
        }
        let said = |answer: Option<&Answer>| match answer {
            Some(answer) => format!("{} by rule {}", answer.decision, answer.rule),
            None => "nothing".to_owned(),
        };
        write!(
            out,
            "{} {} {}: {}, now {}",
            row.at.strftime("%Y-%m-%d %H:%M"),
            row.subject,
            self.action,
            said(self.before),
            said(self.now)
        )?;
        if !self.became.is_empty() {
            write!(out, "; {}", self.became)?;
        }
        let mark = self.mark();
        if !mark.is_empty() {
            write!(out, "  <- {mark}")?;
        }
        writeln!(out, "  {}", link(row.subject))?;
        Ok(())
    }

    /// What somebody who weighs the new rules should look at first.
    fn mark(&self) -> &'static str {
        let auto = self
            .now
            .is_some_and(|answer| answer.decision == Decision::Auto);
        let asks = self
            .now
            .is_some_and(|answer| answer.decision == Decision::Ask);
        match self.became {
            "people rejected it" if auto => "would run what people rejected",
            "nobody answered" if auto => "would run what nobody approved",
            "ran by itself" if asks => "would ask about what ran by itself",
            "people approved it" if auto => "would spare a question that was answered with yes",
            _ => "",
        }
    }
}

/// Where the console shows it.
fn link(subject: SubjectId) -> String {
    match subject {
        SubjectId::Incident(id) => format!("/incidents/{id}"),
        SubjectId::Case(id) => format!("/cases/{id}"),
    }
}
