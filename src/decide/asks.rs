//! When a question that nobody answers is asked again, and of whom.

use super::ApprovalRule;
use crate::domain::{Ask, AskKind, Plan, PlanState, Snooze};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The first asking about a plan, now.
pub(super) fn first(rule: &ApprovalRule, now: Timestamp) -> Ask {
    Ask {
        kind: AskKind::First,
        at: now,
        roles: rule.roles.clone(),
        people: rule.people.clone(),
    }
}

/// What comes after the newest asking, if anything comes before the question expires.
pub fn next(rule: &ApprovalRule, plan: &Plan) -> Option<Ask> {
    scheduled(rule, plan).into_iter().next()
}

/// The plan after the asking that is due, with the one that comes next. Where several are due, as
/// after a time in which Medic did not run, only the furthest is made. None where none is due.
pub fn ask_again(rule: &ApprovalRule, plan: &Plan, now: Timestamp) -> Option<Plan> {
    if plan.state != PlanState::Waiting || plan.expires_at.is_some_and(|at| at <= now) {
        return None;
    }
    let due = scheduled(rule, plan)
        .into_iter()
        .take_while(|ask| ask.at <= now)
        .last()?;
    let mut plan = plan.clone();
    if due.kind == AskKind::First {
        plan.snoozed = None;
    }
    plan.asks.push(Ask { at: now, ..due });
    plan.ask_next = next(rule, &plan);
    Some(plan)
}

/// The latest time until which a question can be put off: a bound on all putting off together, so
/// that "later" never becomes "never".
pub fn put_off_at_most(rule: &ApprovalRule, plan: &Plan) -> Timestamp {
    let asked = plan.asks.first().map_or(plan.created_at, |ask| ask.at);
    asked
        .saturating_add(rule.puts_off_within())
        .unwrap_or(asked)
}

/// The plan, put off until then: nobody is asked before, then everybody is asked anew, and the
/// time to answer begins again.
pub fn put_off(rule: &ApprovalRule, plan: &Plan, snooze: Snooze) -> Plan {
    let mut plan = plan.clone();
    let end = snooze.until.saturating_add(rule.expires_after);
    plan.expires_at = Some(end.unwrap_or(snooze.until));
    plan.snoozed = Some(snooze);
    plan.ask_next = next(rule, &plan);
    plan
}

/// What is still to be asked, in order of time.
fn scheduled(rule: &ApprovalRule, plan: &Plan) -> Vec<Ask> {
    let Some(newest) = plan.asks.last() else {
        return Vec::new();
    };
    if let Some(snooze) = &plan.snoozed {
        return vec![first(rule, snooze.until)];
    }
    let first = plan.asks.iter().rfind(|ask| ask.kind == AskKind::First);
    let Some(from) = first.map(|ask| ask.at) else {
        return Vec::new();
    };
    let escalated = |at| {
        plan.asks.iter().any(|ask| ask.kind == AskKind::Escalation)
            || rule
                .escalate_after
                .is_some_and(|after| from.saturating_add(after).is_ok_and(|due| due < at))
    };
    let mut asks = Vec::new();
    if let Some(at) = rule.remind_after.and_then(|d| from.saturating_add(d).ok()) {
        let mut roles = rule.roles.clone();
        if escalated(at) {
            roles.extend(rule.escalate_to.iter().cloned());
        }
        asks.push(Ask {
            kind: AskKind::Reminder,
            at,
            roles,
            people: rule.people.clone(),
        });
    }
    if let Some(at) = rule
        .escalate_after
        .and_then(|d| from.saturating_add(d).ok())
        && !rule.escalate_to.is_empty()
    {
        asks.push(Ask {
            kind: AskKind::Escalation,
            at,
            roles: rule.escalate_to.clone(),
            people: Vec::new(),
        });
    }
    asks.retain(|ask| ask.at > newest.at && plan.expires_at.is_none_or(|end| ask.at < end));
    asks.sort_by_key(|ask| ask.at);
    asks
}

/// `on_call is asked again at 09:20 UTC`; empty where nobody is.
pub fn next_in_words(plan: &Plan) -> String {
    let Some(ask) = plan
        .ask_next
        .as_ref()
        .filter(|_| plan.state == PlanState::Waiting)
    else {
        return String::new();
    };
    let time = ask.at.to_zoned(TimeZone::UTC).strftime("%H:%M");
    let again = match ask.kind {
        AskKind::Escalation => "too, and may decide then,",
        AskKind::First | AskKind::Reminder => "again",
    };
    format!("{} will be asked {again} at {time} UTC", ask.whom())
}
