//! Plans that could be decided together, and who decides for whom.

use super::{StoredPlan, load_incident, page, plan_of};
use crate::domain::{
    ActionName, Case, Delegation, PlanId, PlanState, Risk, RootCause, SubjectId, WorkspaceId,
};
use crate::engine::handle::{AlikeGroup, AlikeRow};
use crate::engine::rows::LiveRow;
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Plans that wait and are like this one, itself first, then oldest first.
pub(in crate::engine) fn alike(
    store: &dyn Store,
    workspace: &WorkspaceId,
    plan: PlanId,
) -> Result<Vec<AlikeRow>, StoreError> {
    let Some(this) = plan_of(store, workspace, plan)? else {
        return Ok(Vec::new());
    };
    let Some((cause, _)) = about(store, workspace, this.plan.subject)? else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    for other in waiting(store, workspace)? {
        let same =
            other.plan.action == this.plan.action && other.plan.risk.level == this.plan.risk.level;
        if !same {
            continue;
        }
        if let Some((its, label)) = about(store, workspace, other.plan.subject)?
            && its == cause
        {
            rows.push(row(&other, label));
        }
    }
    rows.sort_by_key(|row| (row.plan != plan, row.plan));
    Ok(rows)
}

/// What waits and is alike, in groups of two or more, the largest first.
pub(in crate::engine) fn alike_groups(
    store: &dyn Store,
    workspace: &WorkspaceId,
) -> Result<Vec<AlikeGroup>, StoreError> {
    let mut groups: BTreeMap<(ActionName, &str, Risk), AlikeGroup> = BTreeMap::new();
    for StoredPlan { plan, .. } in waiting(store, workspace)? {
        let Some((cause, _)) = about(store, workspace, plan.subject)? else {
            continue;
        };
        let key = (plan.action.clone(), cause.as_str(), plan.risk.level);
        let group = groups.entry(key).or_insert_with(|| AlikeGroup {
            plan: plan.id,
            action: plan.action.to_string(),
            cause,
            risk: plan.risk.level,
            count: 0,
        });
        group.count += 1;
    }
    let mut groups: Vec<_> = groups.into_values().filter(|one| one.count > 1).collect();
    groups.sort_by_key(|one| (std::cmp::Reverse(one.count), one.plan));
    Ok(groups)
}

/// Every plan that waits for people, oldest first.
fn waiting(store: &dyn Store, workspace: &WorkspaceId) -> Result<Vec<StoredPlan>, StoreError> {
    let all = Order::Ascending;
    let mut found = Vec::new();
    for live in page::<LiveRow>(store, workspace, "PLAN-", None, usize::MAX, all)? {
        let Ok(id) = live.id.parse::<PlanId>() else {
            continue;
        };
        let stored = plan_of(store, workspace, id)?;
        found.extend(stored.filter(|stored| stored.plan.state == PlanState::Waiting));
    }
    Ok(found)
}

fn row(stored: &StoredPlan, label: String) -> AlikeRow {
    AlikeRow {
        plan: stored.plan.id,
        subject: stored.plan.subject,
        label,
        digest_prefix: stored.plan.digest.prefix(),
        targets: stored
            .deliveries
            .iter()
            .map(|delivery| format!("{}: {}", delivery.target, delivery.payload.summary))
            .collect(),
        expires_at: stored.plan.expires_at,
    }
}

/// Cause and name of an incident or case that has a diagnosis.
fn about(
    store: &dyn Store,
    workspace: &WorkspaceId,
    subject: SubjectId,
) -> Result<Option<(RootCause, String)>, StoreError> {
    let (diagnosis, label) = match subject {
        SubjectId::Incident(id) => match load_incident(store, workspace, id)? {
            Some(incident) => (incident.diagnosis, incident.label),
            None => return Ok(None),
        },
        SubjectId::Case(id) => match codec::load::<Case>(store, workspace, padded(id.number()))? {
            Some(case) => (case.diagnosis, case.title),
            None => return Ok(None),
        },
    };
    Ok(diagnosis.map(|found| (found.root_cause, label)))
}

/// Who lets whom decide in their place at this time.
pub(in crate::engine) fn delegations(
    store: &dyn Store,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Vec<Delegation>, StoreError> {
    let mut all = page::<Delegation>(store, workspace, "", None, usize::MAX, Order::Ascending)?;
    all.retain(|one| one.holds(now));
    Ok(all)
}
