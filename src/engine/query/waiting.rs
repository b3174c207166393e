//! What waits for a person, and what each hour of waiting costs.

use super::super::card::costs::{self, PerHour};
use super::{StoredPlan, load_incident, page, plan_of};
use crate::domain::{Case, DeliveryState, PlanId, PlanState, SubjectId, WorkspaceId};
use crate::engine::handle::WaitingRow;
use crate::engine::rows::LiveRow;
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Decisions that the front page has at most. A person decides one after the other, and every page of
/// the console counts what waits.
const FRONT: usize = 100;

/// Everything that waits for a person, the dearest first; of equal cost the one that waits longest.
pub(in crate::engine) fn waiting(
    store: &dyn Store,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Vec<WaitingRow>, StoreError> {
    let mut costs: BTreeMap<SubjectId, (PerHour, String)> = BTreeMap::new();
    let mut rows = Vec::new();
    for_each_live(store, workspace, |stored| {
        let subject = stored.plan.subject;
        let cost = match costs.get(&subject) {
            Some(cost) => cost,
            None => {
                let cost = cost_of(store, workspace, subject, now)?;
                costs.entry(subject).or_insert(cost)
            }
        };
        rows.extend(wanted(stored).into_iter().map(|row| WaitingRow {
            cost: cost.1.clone(),
            ..row
        }));
        Ok(())
    })?;
    rows.sort_by_key(|row| {
        let cost = costs.get(&row.subject).map(|(cost, _)| *cost);
        (std::cmp::Reverse(cost), row.since, row.plan)
    });
    Ok(rows)
}

/// What waits for a person, at most [`FRONT`], and how much waits in all. Incidents before cases: many
/// merchants wait on those. Each group oldest first; what waiting costs is left out.
pub(super) fn front(
    store: &dyn Store,
    workspace: &WorkspaceId,
) -> Result<(Vec<WaitingRow>, usize), StoreError> {
    let mut rows: Vec<WaitingRow> = Vec::new();
    let mut count = 0;
    let keep_first = |rows: &mut Vec<WaitingRow>| {
        rows.sort_by_key(|row| {
            let alone = matches!(row.subject, SubjectId::Case(_));
            (alone, row.since, row.plan)
        });
        rows.truncate(FRONT);
    };
    for_each_live(store, workspace, |stored| {
        let found = wanted(stored);
        count += found.len();
        rows.extend(found);
        if rows.len() >= 2 * FRONT {
            keep_first(&mut rows);
        }
        Ok(())
    })?;
    keep_first(&mut rows);
    Ok((rows, count))
}

/// Looks at every plan that something may still happen to, oldest first.
fn for_each_live(
    store: &dyn Store,
    workspace: &WorkspaceId,
    mut look: impl FnMut(&StoredPlan) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (start, order) = (PlanId::PREFIX, Order::Ascending);
    for live in page::<LiveRow>(store, workspace, start, None, usize::MAX, order)? {
        if let Ok(id) = live.id.parse()
            && let Some(stored) = plan_of(store, workspace, id)?
        {
            look(&stored)?;
        }
    }
    Ok(())
}

/// What waiting costs, to compare and in words.
fn cost_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    subject: SubjectId,
    now: Timestamp,
) -> Result<(PerHour, String), StoreError> {
    Ok(match subject {
        SubjectId::Incident(id) => load_incident(store, workspace, id)?
            .map(|found| {
                (
                    costs::per_hour(&found, now),
                    costs::of_incident(&found, now),
                )
            })
            .unwrap_or_default(),
        SubjectId::Case(id) => codec::load::<Case>(store, workspace, padded(id.number()))?
            .map(|found| (costs::reported(&found), costs::of_case(&found)))
            .unwrap_or_default(),
    })
}

/// What a plan wants from a person, if anything.
pub(super) fn wanted(stored: &StoredPlan) -> Vec<WaitingRow> {
    let plan = &stored.plan;
    let row = |wanted: String, since| WaitingRow {
        subject: plan.subject,
        plan: plan.id,
        action: plan.name(),
        wanted,
        since,
        expires_at: plan.expires_at,
        cost: String::new(),
    };
    let mut rows = Vec::new();
    if plan.state == PlanState::Waiting {
        let text = format!("approval, {} risk", plan.risk.level);
        rows.push(row(text, plan.created_at));
    }
    for delivery in &stored.deliveries {
        if let DeliveryState::Unknown { at, .. } = delivery.state {
            let text = format!("say whether it reached {}", delivery.target);
            rows.push(WaitingRow {
                expires_at: None,
                ..row(text, at)
            });
        }
    }
    rows
}
