//! Why a ticket is where it is, and what is known of a pattern: read from the store.

use super::query::{Moved, Moves, page, pattern_put};
use super::rows::{CorrectionRow, TicketRow};
use crate::domain::{
    Case, CaseId, Correction, Incident, IncidentId, PatternId, TicketId, WorkspaceId,
};
use crate::observe::detect::{Detector as _, OnlineDetector};
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// The tables that [`explain`] reads.
pub const EXPLAINED_TABLES: [&str; 4] = ["ticket", "correction", "incident", "case"];

/// What can be told about a ticket or a pattern.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Explained {
    /// The ticket that was asked about, if one was.
    pub placed: Option<Placed>,
    /// The pattern, as its id stands now.
    pub pattern: Option<PatternId>,
    /// Its short name; a ticket's words.
    pub label: String,
    /// Its commonest error signature.
    pub signature: Option<String>,
    /// Tickets in the store that belong to it.
    pub tickets: usize,
    /// Distinct merchants among them.
    pub merchants: usize,
    /// Its newest ticket's time.
    pub last: Option<Timestamp>,
    /// Whether the detector still has it in memory.
    pub in_memory: bool,
    /// What it, or the ticket, is most like otherwise: pattern, name, why.
    pub near: Vec<(PatternId, String, String)>,
    /// Its incidents with their alerts, oldest first.
    pub alerts: Vec<(IncidentId, Timestamp, String)>,
    /// What people said about it, oldest first.
    pub corrections: Vec<String>,
}

/// Where a ticket was put when it came, and whether it is elsewhere now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// Which.
    pub ticket: TicketId,
    /// The pattern it was put into; none where it has nothing to compare.
    pub into: Option<PatternId>,
    /// Why.
    pub reason: String,
    /// How it was split off since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

enum Asked {
    Ticket(Box<TicketRow>),
    Pattern(PatternId),
}

/// Explains a pattern (`P-7`), or a ticket (`T-12`, or its own id at its source) and its pattern;
/// an incident (`INC-4`) stands for its pattern, a case (`CASE-3`) for its ticket. None where there
/// is no such thing. The store is a copy for this one question: all of its records are read.
///
/// # Errors
/// When the store cannot be read.
pub fn explain(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &mut OnlineDetector,
    what: &str,
) -> Result<Option<Explained>, StoreError> {
    let moves = Moves::of(store, workspace, &store.records(1, usize::MAX)?)?;
    if let Some(asked) = asked(store, workspace, what)?
        && let Some(told) = tell(store, workspace, detector, &moves, asked)?
    {
        return Ok(Some(told));
    }
    match with_own_id(store, workspace, what)? {
        Some(row) => tell(store, workspace, detector, &moves, Asked::Ticket(row)),
        None => Ok(None),
    }
}

fn asked(
    store: &dyn Store,
    workspace: &WorkspaceId,
    what: &str,
) -> Result<Option<Asked>, StoreError> {
    let id = what.to_uppercase();
    let mut ticket = id
        .parse::<TicketId>()
        .ok()
        .filter(|_| id.starts_with(TicketId::PREFIX));
    if id.starts_with(CaseId::PREFIX)
        && let Ok(case) = id.parse::<CaseId>()
    {
        let case = codec::load::<Case>(store, workspace, &padded(case.number()))?;
        ticket = case.map(|case| case.ticket);
    }
    if let Some(ticket) = ticket {
        let row = codec::load::<TicketRow>(store, workspace, &padded(ticket.number()))?;
        return Ok(row.map(|row| Asked::Ticket(Box::new(row))));
    }
    Ok(pattern_put(store, workspace, what)?.map(Asked::Pattern))
}

/// The newest ticket that its source calls this.
fn with_own_id(
    store: &dyn Store,
    workspace: &WorkspaceId,
    own: &str,
) -> Result<Option<Box<TicketRow>>, StoreError> {
    let mut found = None;
    each_ticket(store, workspace, |row| {
        if row.ticket.external_id.as_deref() == Some(own) {
            found = Some(Box::new(row));
        }
    })?;
    Ok(found)
}

fn tell(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &mut OnlineDetector,
    moves: &Moves,
    asked: Asked,
) -> Result<Option<Explained>, StoreError> {
    let mut told = Explained::default();
    let named = match asked {
        Asked::Ticket(row) => {
            let id = row.ticket.id;
            let put = row.pattern.map(|id| detector.resolve(id));
            let now = moves.pattern_of(id, row.pattern);
            let now = now.map(|id| detector.resolve(id));
            told.near = near(detector.near_ticket(&row.ticket), now);
            told.placed = Some(Placed {
                ticket: id,
                into: row.pattern,
                reason: row.reason,
                // Where people made the two one again, it is where it was.
                moved: moves.get(id).filter(|_| now != put).cloned(),
            });
            now
        }
        Asked::Pattern(pattern) => {
            told.near = near(detector.near_pattern(pattern), None);
            Some(detector.resolve(pattern))
        }
    };
    let Some(pattern) = named else {
        return Ok(told.placed.is_some().then_some(told));
    };
    told.pattern = Some(pattern);
    if let Some(summary) = detector.summary(pattern) {
        told.in_memory = true;
        told.label = summary.label;
        told.signature = summary.signature;
    }
    count(store, workspace, detector, moves, pattern, &mut told)?;
    for incident in page::<Incident>(store, workspace, "", None, usize::MAX, Order::Ascending)? {
        if detector.resolve(incident.pattern) == pattern {
            told.alerts
                .push((incident.id, incident.opened_at, incident.alert));
        }
    }
    told.corrections = corrections(store, workspace, detector, pattern)?;
    let known = told.tickets > 0 || told.in_memory || !told.corrections.is_empty();
    Ok(known.then_some(told))
}

fn near(
    found: Vec<crate::observe::detect::Near>,
    own: Option<PatternId>,
) -> Vec<(PatternId, String, String)> {
    found
        .into_iter()
        .filter(|near| Some(near.pattern) != own)
        .map(|near| {
            let apart = if near.kept_apart {
                "; a person said it is not the same"
            } else {
                ""
            };
            let why = format!("likeness {:.2} ({}){apart}", near.likeness, near.reason);
            (near.pattern, near.label, why)
        })
        .collect()
}

/// Hands over every ticket of the workspace, oldest first.
fn each_ticket(
    store: &dyn Store,
    workspace: &WorkspaceId,
    mut take: impl FnMut(TicketRow),
) -> Result<(), StoreError> {
    const PAGE: usize = 1_000;
    let mut after = None;
    loop {
        let rows = page::<TicketRow>(store, workspace, "", after, PAGE, Order::Ascending)?;
        let whole = rows.len() == PAGE;
        after = rows.last().map(|last| padded(last.ticket.id.number()));
        rows.into_iter().for_each(&mut take);
        if !whole {
            return Ok(());
        }
    }
}

fn count(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &OnlineDetector,
    moves: &Moves,
    pattern: PatternId,
    told: &mut Explained,
) -> Result<(), StoreError> {
    let mut merchants = BTreeSet::new();
    each_ticket(store, workspace, |row| {
        let now = moves.pattern_of(row.ticket.id, row.pattern);
        if now.map(|id| detector.resolve(id)) != Some(pattern) {
            return;
        }
        told.tickets += 1;
        told.last = told.last.max(Some(row.ticket.occurred_at));
        if told.label.is_empty() {
            told.label = row.ticket.title();
        }
        merchants.extend(row.ticket.merchant.as_ref().map(|one| one.counting_key()));
    })?;
    told.merchants = merchants.len();
    Ok(())
}

/// What people said about a pattern; the same said again stands there once.
fn corrections(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &OnlineDetector,
    pattern: PatternId,
) -> Result<Vec<String>, StoreError> {
    let mut apart = BTreeSet::new();
    let rows = page::<CorrectionRow>(store, workspace, "", None, usize::MAX, Order::Ascending)?;
    let concerning = rows.iter().filter(|row| {
        let is_new = match &row.correction {
            Correction::NotTheSame { one, other } => {
                let (one, other) = (detector.resolve(*one), detector.resolve(*other));
                apart.insert((one.min(other), one.max(other)))
            }
            Correction::Merge { .. } | Correction::Split { .. } => true,
        };
        is_new && concerns(row, |id| detector.resolve(id) == pattern)
    });
    Ok(concerning.map(in_words).collect())
}

fn concerns(row: &CorrectionRow, is_it: impl Fn(PatternId) -> bool) -> bool {
    let named = match &row.correction {
        Correction::Merge { patterns } => patterns.clone(),
        Correction::Split { pattern, .. } => vec![*pattern],
        Correction::NotTheSame { one, other } => vec![*one, *other],
    };
    named.into_iter().chain([row.result]).any(is_it)
}

fn in_words(row: &CorrectionRow) -> String {
    let said = match &row.correction {
        Correction::Merge { patterns } => {
            format!("{} are one: {}", listed(patterns), row.result)
        }
        Correction::Split { pattern, tickets } => {
            format!("{} split from {pattern}: {}", listed(tickets), row.result)
        }
        Correction::NotTheSame { one, other } => format!("{one} and {other} are not the same"),
    };
    let at = row.at.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("{said} ({}, {at})", row.by)
}

/// `T-1, T-2`, and how many more where there are many.
fn listed(ids: &[impl ToString]) -> String {
    const NAMED: usize = 10;
    let names: Vec<String> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    let more = ids.len() - names.len();
    let names = names.join(", ");
    if more > 0 {
        format!("{names} and {more} more")
    } else {
        names
    }
}
