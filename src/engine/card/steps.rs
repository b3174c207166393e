//! What a card says about a plan of several steps: what comes after what, what opens it, what is
//! taken back if one fails. All of it is bound by the plan's digest.

use crate::domain::card::{Line, Span, own};
use crate::domain::{Delivery, Gate, Plan, PlanState, PlanStep, Target};
use crate::engine::query::StoredPlan;
use crate::engine::rules::Rules;
use crate::engine::step::counted;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

/// The steps, one line each; empty where there is one.
pub(super) fn in_words(stored: &StoredPlan, rules: &Rules) -> Vec<Line> {
    let plan = &stored.plan;
    if plan.steps.is_empty() {
        return Vec::new();
    }
    if is_one_first(plan) {
        return vec![one_first(stored, rules)];
    }
    let numbered = plan.steps.iter().zip(0_u32..);
    let mut lines: Vec<Line> = numbered
        .map(|(step, place)| line(stored, step, place, rules))
        .collect();
    if plan.all_or_nothing {
        lines.push(own(if_one_fails(plan)));
    } else if plan.undoes.is_some() {
        lines.push(own("If one cannot be taken back, those behind it stay."));
    }
    lines
}

/// What a running plan waits for: `the other 11 get it when verification says healed; if it cannot
/// tell by 14:20 UTC, you are asked`. Empty where it waits for nothing.
pub(super) fn waits_for(stored: &StoredPlan, rules: &Rules) -> String {
    let plan = &stored.plan;
    let running = matches!(plan.state, PlanState::Running { .. });
    let since = plan.watched_since(&stored.deliveries);
    let (true, Some(_), Some(since)) = (running, plan.verify_at, since) else {
        return String::new();
    };
    let hours = SignedDuration::from_hours(i64::from(rules.verify.canary_hours));
    let by = since.saturating_add(hours).unwrap_or(since);
    let by = by.to_zoned(TimeZone::UTC).strftime("%H:%M");
    let whom = if is_one_first(plan) {
        format!("the other {} get it", later(stored))
    } else {
        let next = plan.steps.iter().zip(1_u32..);
        let next = next
            .filter(|(step, _)| step.gate == Gate::Healed)
            .find(|(_, number)| !plan.opened.contains(&(number - 1)));
        let number = next.map_or(0, |(_, number)| number);
        format!("step {number} begins")
    };
    format!("{whom} when verification says healed; if it cannot tell by {by} UTC, you are asked")
}

/// Of which step a delivery is, for people; empty where there is one.
pub(super) fn of_delivery(plan: &Plan, delivery: &Delivery) -> String {
    if plan.steps.is_empty() {
        return String::new();
    }
    format!(
        "step {} of {}: {}",
        delivery.step + 1,
        plan.steps.len(),
        plan.name_of(delivery)
    )
}

/// Whether the plan is one action that one merchant gets before the others.
fn is_one_first(plan: &Plan) -> bool {
    plan.steps.len() == 2 && plan.steps.iter().all(|step| step.action == plan.action)
}

fn later(stored: &StoredPlan) -> usize {
    let later = stored.deliveries.iter().filter(|one| one.step > 0);
    later.count()
}

fn one_first(stored: &StoredPlan, rules: &Rules) -> Line {
    let total = stored.deliveries.len();
    let rest = later(stored);
    let note = stored.plan.steps.first().map_or("", |step| &step.note);
    vec![
        Span::Own(format!("1 of {total} merchants first: ")),
        Span::Foreign(note.to_owned()),
        Span::Own(format!(
            ". The other {rest} get it when verification says healed. If it cannot tell within {}, \
             you are asked; if it makes no difference or makes it worse, they do not get it.",
            counted(u64::from(rules.verify.canary_hours), "hour")
        )),
    ]
}

fn line(stored: &StoredPlan, step: &PlanStep, place: u32, rules: &Rules) -> Line {
    let plan = &stored.plan;
    let own_targets: Vec<&Target> = stored
        .deliveries
        .iter()
        .filter(|one| one.step == place)
        .map(|one| &one.target)
        .collect();
    let undo = if plan.undoes.is_some() {
        "undo of "
    } else {
        ""
    };
    let mut line = own(format!("{}. {undo}{} for ", place + 1, step.action));
    line.push(match own_targets.as_slice() {
        [one] => Span::Foreign(one.to_string()),
        many => Span::Own(counted(many.len() as u64, "target")),
    });
    if !step.note.is_empty() {
        line.push(Span::Own(" first: ".to_owned()));
        line.push(Span::Foreign(step.note.clone()));
    }
    let after: Vec<String> = step.after.iter().map(|at| (at + 1).to_string()).collect();
    if !after.is_empty() {
        let after = after.join(" and ");
        line.push(Span::Own(match step.gate {
            Gate::Delivered => format!(", once {after} has arrived"),
            Gate::Healed => format!(
                ", once {after} has arrived and verification says healed; if it cannot tell within \
                 {}, you are asked",
                counted(u64::from(rules.verify.canary_hours), "hour")
            ),
        }));
    }
    line
}

/// `If a delivery fails, nothing more is sent; 1 and 3 are taken back by themselves, 2 cannot be.`
fn if_one_fails(plan: &Plan) -> String {
    let numbers = |undo: bool| -> Vec<String> {
        let steps = plan.steps.iter().zip(1_u32..);
        steps
            .filter(|(step, _)| step.undo == undo)
            .map(|(_, number)| number.to_string())
            .collect()
    };
    let (can, cannot) = (numbers(true), numbers(false));
    let back = match (can.len(), cannot.len()) {
        (0, _) => "nothing of it can be taken back".to_owned(),
        (_, 0) => "what was sent is taken back, the last first, without asking again".to_owned(),
        _ => format!(
            "what {} sent is taken back, the last first, without asking again; what {} sent cannot be",
            can.join(" and "),
            cannot.join(" and ")
        ),
    };
    format!(
        "If a delivery fails, nothing more is sent, and {back}. If an outcome is not known, everything waits for a person's word."
    )
}
