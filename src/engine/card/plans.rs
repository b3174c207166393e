//! The plans on a card: what would be sent to whom, who may decide, where each stands.

use super::{steps, undo};
use crate::decide::approval::waiting_in_words;
use crate::decide::asks;
use crate::domain::card::{Line, PlanCard, Preview, Span, own};
use crate::domain::{
    Action, Delivery, DeliveryState, Incident, MerchantId, PayloadPart, Plan, PlanState, Target,
    unreached_in_words,
};
use crate::engine::query::StoredPlan;
use crate::engine::rules::Rules;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

pub(super) fn plan_cards(
    plans: &[StoredPlan],
    rules: &Rules,
    waiting_costs: &str,
    open: bool,
    newcomers: impl Fn(&StoredPlan) -> u32,
) -> Vec<PlanCard> {
    plans
        .iter()
        .rev()
        .map(|stored| {
            let plan = &stored.plan;
            let waiting = plan.state == PlanState::Waiting;
            let action = rules.catalogue.get(&plan.action);
            PlanCard {
                id: plan.id,
                digest_prefix: plan.digest.prefix(),
                action: plan.name(),
                description: description(plan, action),
                status: status(stored, rules),
                can_vote: waiting,
                decided: plan.decision_reason.clone(),
                risk: plan.risk.clone(),
                approvers: rules.governance.deciders_in_words(plan),
                votes: plan.votes.iter().map(|vote| vote.name.clone()).collect(),
                expires_at: plan.expires_at.filter(|_| waiting),
                put_off: if waiting {
                    put_off_in_words(plan)
                } else {
                    String::new()
                },
                put_off_until: waiting
                    .then(|| asks::put_off_at_most(&rules.governance.rule_of(plan), plan)),
                asks: plan.asks.clone(),
                asked_next: asks::next_in_words(plan),
                voters: plan.votes.iter().map(|vote| vote.person.clone()).collect(),
                replaces: plan.replaces.clone(),
                undo: undo::in_words(stored, plans),
                can_undo: open && undo::is_possible(stored, plans),
                waiting_costs: if waiting {
                    waiting_costs.to_owned()
                } else {
                    String::new()
                },
                steps: steps::in_words(stored, rules),
                first: stored
                    .deliveries
                    .iter()
                    .filter(|one| plan.step(one.step).is_some_and(|s| s.after.is_empty()))
                    .count(),
                deliveries: stored
                    .deliveries
                    .iter()
                    .map(|delivery| preview(delivery, plan, rules))
                    .collect(),
                unreached: unreached_in_words(&plan.unreached),
                newcomers: if waiting && plan.remedial {
                    newcomers(stored)
                } else {
                    0
                },
            }
        })
        .collect()
}

fn description(plan: &Plan, action: Option<&Action>) -> String {
    let does = action.map(|action| action.description.as_str());
    match plan.undoes {
        Some(undone) => format!(
            "Takes back what {undone} did: {}",
            does.unwrap_or("an action that is not configured any more.")
        ),
        None => does.unwrap_or_default().to_owned(),
    }
}

fn status(stored: &StoredPlan, rules: &Rules) -> Line {
    let plan = &stored.plan;
    match &plan.state {
        PlanState::Waiting => own(match &plan.snoozed {
            Some(_) => format!(
                "{}, {}",
                put_off_in_words(plan),
                waiting_in_words(&rules.governance, plan)
            ),
            None => waiting_in_words(&rules.governance, plan),
        }),
        PlanState::Rejected { by, reason, .. } => vec![
            Span::Own(format!("rejected by {by}: ")),
            Span::Foreign(reason.clone()),
        ],
        PlanState::Void { reason, .. } => own(format!("not done: {reason}")),
        PlanState::Done { .. } if plan.undoes.is_some() => {
            let mut line = own(stage_in_words(stored));
            line.extend(undo::not_taken_back(stored));
            line
        }
        _ => {
            let mut line = own(stage_in_words(stored));
            let waits = steps::waits_for(stored, rules);
            if !waits.is_empty() {
                line.push(Span::Own(format!("; {waits}")));
            }
            line
        }
    }
}

/// `put off by Ana until 12:00 UTC`; empty where nobody did.
fn put_off_in_words(plan: &Plan) -> String {
    plan.snoozed.as_ref().map_or_else(String::new, |snooze| {
        let until = snooze.until.to_zoned(TimeZone::UTC).strftime("%H:%M");
        format!("put off by {} until {until} UTC", snooze.by)
    })
}

/// Where a plan stands, in a few words without foreign text.
pub(super) fn stage_in_words(stored: &StoredPlan) -> String {
    let total = stored.deliveries.len();
    let delivered = stored
        .deliveries
        .iter()
        .filter(|delivery| matches!(delivery.state, DeliveryState::Delivered { .. }))
        .count();
    let done = match stored.plan.undoes {
        Some(_) => "taken back",
        None => "delivered",
    };
    match &stored.plan.state {
        PlanState::Waiting => "waiting for approval".to_owned(),
        PlanState::Running { .. } => format!("under way, {delivered} of {total} {done}"),
        PlanState::Done { .. } => format!("done, {delivered} of {total} {done}"),
        PlanState::Rejected { by, .. } => format!("rejected by {by}"),
        PlanState::Expired { .. } => "expired, nobody decided in time".to_owned(),
        PlanState::Void { .. } => "not done".to_owned(),
    }
}

fn preview(delivery: &Delivery, plan: &Plan, rules: &Rules) -> Preview {
    let connector = rules.connectors.get(plan.connector_of(delivery));
    let may_edit = |part: &PayloadPart| {
        plan.state == PlanState::Waiting
            && connector.is_some_and(|c| c.accepts_edit(&part.name, &part.value).is_ok())
    };
    let why = match &delivery.state {
        DeliveryState::Retry { why, .. }
        | DeliveryState::Failed { why, .. }
        | DeliveryState::Unknown { why, .. }
        | DeliveryState::Skipped { why, .. } => format!(": {why}"),
        _ => String::new(),
    };
    Preview {
        target: delivery.target.to_string(),
        step: steps::of_delivery(plan, delivery),
        summary: delivery.payload.summary.clone(),
        parts: delivery
            .payload
            .parts
            .iter()
            .map(|part| (part.name.clone(), part.value.clone()))
            .collect(),
        editable: delivery
            .payload
            .parts
            .iter()
            .filter(|part| may_edit(part))
            .map(|part| part.name.clone())
            .collect(),
        state: format!("{}{why}", delivery.state.in_words()),
        unknown: matches!(delivery.state, DeliveryState::Unknown { .. }),
    }
}

/// Merchants that joined after the plan was made and were not treated: they wait for the next one.
pub(super) fn newcomers(incident: &Incident, stored: &StoredPlan) -> u32 {
    let targets: BTreeSet<&MerchantId> = stored
        .deliveries
        .iter()
        .filter_map(|delivery| match &delivery.target {
            Target::Merchant(id) => Some(id),
            Target::Team(_) => None,
        })
        .collect();
    let waiting = incident
        .merchants
        .iter()
        .filter(|(id, merchant)| merchant.treated_at.is_none() && !targets.contains(id))
        .count();
    u32::try_from(waiting).unwrap_or(u32::MAX)
}
