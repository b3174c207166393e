//! What waits for a person, and what each hour of waiting costs.

use super::{StoredPlan, load_incident, page, plan_of};
use crate::domain::{Case, DeliveryState, PlanId, PlanState, SubjectId, WorkspaceId};
use crate::engine::handle::WaitingRow;
use crate::engine::rows::LiveRow;
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Failed checkouts and customers an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CostPerHour {
    /// Failed checkouts.
    pub checkouts: u64,
    /// Customers.
    pub customers: u64,
}

impl CostPerHour {
    /// By what was reported since `opened_at`. The first half hour counts as half an hour, since
    /// reports of one minute say little of the next sixty.
    pub fn of(checkouts: u64, customers: u64, opened_at: Timestamp, now: Timestamp) -> Self {
        let minutes = now.duration_since(opened_at).as_mins().clamp(30, i64::MAX);
        let minutes = u64::try_from(minutes).unwrap_or(30);
        let per_hour = |count: u64| count.saturating_mul(60) / minutes;
        Self {
            checkouts: per_hour(checkouts),
            customers: per_hour(customers),
        }
    }

    /// `about 12 failed checkouts and 30 customers an hour`; empty where nothing was counted.
    pub fn in_words(self) -> String {
        match (self.checkouts, self.customers) {
            (0, 0) => String::new(),
            (checkouts, 0) => format!("about {checkouts} failed checkouts an hour"),
            (0, customers) => format!("about {customers} customers an hour"),
            (checkouts, customers) => {
                format!("about {checkouts} failed checkouts and {customers} customers an hour")
            }
        }
    }
}

/// Everything that waits for a person, the dearest first; of equal cost the one that waits longest.
pub(in crate::engine) fn waiting(
    store: &dyn Store,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Vec<WaitingRow>, StoreError> {
    let mut costs = BTreeMap::new();
    let mut rows = Vec::new();
    let plans = page::<LiveRow>(
        store,
        workspace,
        PlanId::PREFIX,
        None,
        usize::MAX,
        Order::Ascending,
    )?;
    for live in plans {
        let Ok(id) = live.id.parse() else { continue };
        let Some(stored) = plan_of(store, workspace, id)? else {
            continue;
        };
        let subject = stored.plan.subject;
        let cost = match costs.get(&subject) {
            Some(cost) => *cost,
            None => cost_of(store, workspace, subject, now)?,
        };
        costs.insert(subject, cost);
        rows.extend(wanted(&stored).into_iter().map(|row| WaitingRow {
            cost: cost.in_words(),
            ..row
        }));
    }
    rows.sort_by_key(|row| {
        let cost = costs.get(&row.subject).copied().unwrap_or_default();
        (std::cmp::Reverse(cost), row.since, row.plan)
    });
    Ok(rows)
}

fn cost_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    subject: SubjectId,
    now: Timestamp,
) -> Result<CostPerHour, StoreError> {
    Ok(match subject {
        SubjectId::Incident(id) => load_incident(store, workspace, id)?
            .map(|found| {
                CostPerHour::of(
                    found.checkout_failures,
                    found.affected_customers,
                    found.opened_at,
                    now,
                )
            })
            .unwrap_or_default(),
        SubjectId::Case(id) => codec::load::<Case>(store, workspace, padded(id.number()))?
            .map(|found| CostPerHour::of(found.checkout_failures, 0, found.opened_at, now))
            .unwrap_or_default(),
    })
}

/// What a plan wants from a person, if anything.
pub(super) fn wanted(stored: &StoredPlan) -> Vec<WaitingRow> {
    let plan = &stored.plan;
    let row = |wanted: String, since| WaitingRow {
        subject: plan.subject,
        plan: plan.id,
        action: plan.action.to_string(),
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
