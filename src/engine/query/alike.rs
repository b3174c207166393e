//! Plans that could be decided together, and who decides for whom.

use super::{StoredPlan, load_incident, page, plan_of};
use crate::domain::{Case, Delegation, PlanId, PlanState, RootCause, SubjectId, WorkspaceId};
use crate::engine::handle::AlikeRow;
use crate::engine::rows::LiveRow;
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;

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
    for live in page::<LiveRow>(
        store,
        workspace,
        "PLAN-",
        None,
        usize::MAX,
        Order::Ascending,
    )? {
        let Ok(id) = live.id.parse::<PlanId>() else {
            continue;
        };
        let Some(other) = plan_of(store, workspace, id)? else {
            continue;
        };
        let same = other.plan.state == PlanState::Waiting
            && other.plan.action == this.plan.action
            && other.plan.risk.level == this.plan.risk.level;
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
