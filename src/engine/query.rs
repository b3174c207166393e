//! What surfaces ask: every answer is read from the store, so it holds only what is durable.

mod alike;
mod moved;
mod patterns;
mod records;
mod shown;
mod waiting;

pub(super) use alike::{alike, alike_groups, delegations};
pub(super) use moved::Moves;
pub use moved::{Moved, SPLIT};
pub(super) use patterns::{pattern_named, pattern_now, pattern_put};
pub(super) use records::records;
pub(super) use shown::{changed_since, live, note, notes, ticket_at, tickets_of};
pub(super) use waiting::waiting;

use waiting::wanted;

use super::card;
use super::handle::{CaseRow, IncidentRow, Overview, PauseView, TicketView};
use super::rows::{AffectedRow, CountersRow, JoinedRow, LiveRow, PauseRow, TicketRow};
use super::rules::Rules;
use crate::domain::card::Card;
use crate::domain::{
    Case, CaseId, Delivery, Incident, IncidentId, Plan, PlanId, SubjectId, TicketId, WorkspaceId,
};
use crate::store::codec::{self, Row, padded};
use crate::store::{Key, Order, Scan, Store, StoreError};
use jiff::Timestamp;

/// The most lines of a list on the front page.
const FRONT: usize = 50;

/// A plan with its deliveries, as the store holds them.
pub struct StoredPlan {
    /// The plan.
    pub plan: Plan,
    /// Its deliveries, in order.
    pub deliveries: Vec<Delivery>,
}

pub(super) fn overview(
    store: &dyn Store,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Overview, StoreError> {
    let counters: CountersRow = codec::load(store, workspace, "all")?.unwrap_or_default();
    let pause: Option<PauseRow> = codec::load(store, workspace, "now")?;
    let (waiting, waiting_count) = waiting::front(store, workspace)?;
    let start = IncidentId::PREFIX;
    let mut ids: Vec<IncidentId> =
        page::<LiveRow>(store, workspace, start, None, usize::MAX, Order::Ascending)?
            .into_iter()
            .filter_map(|live| match live.id.parse() {
                Ok(SubjectId::Incident(id)) => Some(id),
                _ => None,
            })
            .collect();
    ids.sort_by_key(|id| std::cmp::Reverse(*id));
    let mut open = Vec::new();
    for id in ids.iter().take(FRONT) {
        if let Some(incident) = codec::load(store, workspace, padded(id.number()))? {
            open.push(row_of(store, workspace, &incident)?);
        }
    }
    Ok(Overview {
        now,
        paused: pause.map(|pause| PauseView {
            by: pause.by,
            at: pause.at,
            reason: pause.reason,
        }),
        figures: counters.figures,
        waiting,
        waiting_count,
        open_count: ids.len(),
        open,
    })
}

pub(super) fn incidents(
    store: &dyn Store,
    workspace: &WorkspaceId,
    before: Option<IncidentId>,
    limit: usize,
) -> Result<Vec<IncidentRow>, StoreError> {
    let before = before.map(|id| padded(id.number()));
    page::<Incident>(store, workspace, "", before, limit, Order::Descending)?
        .iter()
        .map(|incident| row_of(store, workspace, incident))
        .collect()
}

fn row_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    incident: &Incident,
) -> Result<IncidentRow, StoreError> {
    let plans = plans_of(store, workspace, &incident.plans)?;
    Ok(IncidentRow {
        id: incident.id,
        label: incident.label.clone(),
        state: card::incident_state(incident, &plans),
        merchants: incident.distinct,
        tickets: incident.tickets,
        severity: incident.severity,
        opened_at: incident.opened_at,
        closed_at: incident.closed.as_ref().map(|(at, _)| *at),
        diagnosis: incident
            .diagnosis
            .as_ref()
            .map(|d| {
                format!(
                    "{}, {} {}",
                    d.root_cause.in_words(),
                    d.verdict,
                    d.confidence
                )
            })
            .unwrap_or_default(),
        waiting: waiting_count(&plans),
    })
}

fn waiting_count(plans: &[StoredPlan]) -> u32 {
    let count = plans.iter().map(|plan| wanted(plan).len()).sum::<usize>();
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn cases(
    store: &dyn Store,
    workspace: &WorkspaceId,
    before: Option<CaseId>,
    limit: usize,
) -> Result<Vec<CaseRow>, StoreError> {
    let before = before.map(|id| padded(id.number()));
    page::<Case>(store, workspace, "", before, limit, Order::Descending)?
        .into_iter()
        .map(|mut case| {
            fill_joined(store, workspace, &mut case)?;
            let plans = plans_of(store, workspace, &case.plans)?;
            Ok(CaseRow {
                id: case.id,
                ticket: case.ticket,
                decided: card::case_in_words(&case, &plans),
                waiting: waiting_count(&plans),
                title: case.title,
                merchant: case.merchant,
                opened_at: case.opened_at,
            })
        })
        .collect()
}

pub(super) fn card(
    store: &dyn Store,
    workspace: &WorkspaceId,
    subject: SubjectId,
    rules: &Rules,
    now: Timestamp,
) -> Result<Option<Card>, StoreError> {
    let timeline = records::timeline(store, workspace, subject)?;
    let (mut card, plans) = match subject {
        SubjectId::Incident(id) => {
            let Some(incident) = load_incident(store, workspace, id)? else {
                return Ok(None);
            };
            let plans = plans_of(store, workspace, &incident.plans)?;
            let sample: Vec<_> = incident.sample.iter().rev().take(10).copied().collect();
            let tickets = ticket_rows(store, workspace, &sample)?;
            let fixes = codec::load(store, workspace, padded(incident.pattern.number()))?;
            let shown = (rules, now);
            let fixes = fixes.as_ref();
            let card = card::of_incident(&incident, &plans, &tickets, timeline, fixes, shown);
            (card, plans)
        }
        SubjectId::Case(id) => {
            let key = padded(id.number());
            let Some(mut case) = codec::load::<Case>(store, workspace, &key)? else {
                return Ok(None);
            };
            fill_joined(store, workspace, &mut case)?;
            let plans = plans_of(store, workspace, &case.plans)?;
            let tickets = ticket_rows(store, workspace, &[case.ticket])?;
            let card = card::of_case(&case, &plans, &tickets, timeline, rules);
            (card, plans)
        }
    };
    if let Some(pause) = codec::load::<PauseRow>(store, workspace, "now")? {
        card::paused::tell(&mut card, &plans, &pause);
    }
    Ok(Some(card))
}

fn fill_joined(
    store: &dyn Store,
    workspace: &WorkspaceId,
    case: &mut Case,
) -> Result<(), StoreError> {
    if case.joined.is_none() {
        case.joined = codec::load::<JoinedRow>(store, workspace, &padded(case.id.number()))?
            .map(|row| row.incident);
    }
    Ok(())
}

pub(super) fn tickets(
    store: &dyn Store,
    workspace: &WorkspaceId,
    before: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketView>, StoreError> {
    let before = before.map(|id| padded(id.number()));
    let rows = page::<TicketRow>(store, workspace, "", before, limit, Order::Descending)?;
    rows.into_iter()
        .map(|row| view(store, workspace, row))
        .collect()
}

pub(super) fn ticket(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: TicketId,
) -> Result<Option<TicketView>, StoreError> {
    codec::load::<TicketRow>(store, workspace, &padded(id.number()))?
        .map(|row| view(store, workspace, row))
        .transpose()
}

fn view(
    store: &dyn Store,
    workspace: &WorkspaceId,
    row: TicketRow,
) -> Result<TicketView, StoreError> {
    let mut subject = row.subject;
    if let Some(SubjectId::Case(case)) = subject
        && let Some(joined) = codec::load::<JoinedRow>(store, workspace, &padded(case.number()))?
    {
        subject = Some(SubjectId::Incident(joined.incident));
    }
    Ok(TicketView {
        language: crate::observe::language::of(&row.ticket),
        ticket: row.ticket,
        pattern: row.pattern,
        reason: row.reason,
        subject,
        origin: row.origin,
        edited_at: row.edited.map(|(_, at)| at),
        withdrawn_at: row.withdrawn,
    })
}

fn ticket_rows(
    store: &dyn Store,
    workspace: &WorkspaceId,
    ids: &[TicketId],
) -> Result<Vec<TicketRow>, StoreError> {
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(codec::load::<TicketRow>(
            store,
            workspace,
            &padded(id.number()),
        )?);
    }
    Ok(rows)
}

pub(super) fn deliveries(
    store: &dyn Store,
    workspace: &WorkspaceId,
    before: Option<(PlanId, u32)>,
    limit: usize,
) -> Result<Vec<(SubjectId, String, Delivery)>, StoreError> {
    let mut before =
        before.map(|(plan, index)| format!("{}/{}", padded(plan.number()), padded(index.into())));
    let mut found = Vec::new();
    loop {
        let rows = page::<Delivery>(
            store,
            workspace,
            "",
            before.clone(),
            limit,
            Order::Descending,
        )?;
        let Some(last) = rows.last() else {
            return Ok(found);
        };
        before = Some(last.id());
        for delivery in rows {
            if delivery.attempts == 0 {
                continue;
            }
            let key = padded(delivery.plan.number());
            if let Some(plan) = codec::load::<Plan>(store, workspace, &key)? {
                found.push((
                    plan.subject,
                    plan.action_of(&delivery).to_string(),
                    delivery,
                ));
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
    }
}

/// An incident with its merchants.
pub(super) fn load_incident(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: IncidentId,
) -> Result<Option<Incident>, StoreError> {
    let number = padded(id.number());
    let Some(mut incident) = codec::load::<Incident>(store, workspace, &number)? else {
        return Ok(None);
    };
    let start = format!("{number}/");
    for row in page::<AffectedRow>(store, workspace, &start, None, usize::MAX, Order::Ascending)? {
        incident.merchants.stored(row.merchant, row.affected);
    }
    Ok(Some(incident))
}

fn plans_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    ids: &[PlanId],
) -> Result<Vec<StoredPlan>, StoreError> {
    let mut plans = Vec::new();
    for id in ids {
        plans.extend(plan_of(store, workspace, *id)?);
    }
    Ok(plans)
}

/// A plan with its deliveries, live or over.
pub(super) fn plan_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    id: PlanId,
) -> Result<Option<StoredPlan>, StoreError> {
    let key = padded(id.number());
    let Some(plan) = codec::load::<Plan>(store, workspace, &key)? else {
        return Ok(None);
    };
    let start = format!("{key}/");
    let deliveries =
        page::<Delivery>(store, workspace, &start, None, usize::MAX, Order::Ascending)?;
    Ok(Some(StoredPlan { plan, deliveries }))
}

/// Rows of a table whose id starts with `start`, behind `after`.
pub(super) fn page<R: Row>(
    store: &dyn Store,
    workspace: &WorkspaceId,
    start: &str,
    after: Option<String>,
    limit: usize,
    order: Order,
) -> Result<Vec<R>, StoreError> {
    const CHUNK: usize = 1_000;
    let mut after = after.map(|id| Key::new(workspace, R::TABLE, id));
    let mut rows = Vec::new();
    while rows.len() < limit {
        let want = CHUNK.min(limit - rows.len());
        let found = store.scan(&Scan {
            prefix: format!("{}{start}", Key::table_prefix(workspace, R::TABLE)),
            after: after.take(),
            limit: want,
            order,
        })?;
        for (key, text) in &found {
            rows.push(codec::decode::<R>(key, text)?);
        }
        if found.len() < want {
            break;
        }
        after = found.last().map(|(key, _)| key.clone());
    }
    Ok(rows)
}
