//! Why a ticket is where it is, and what is known of a pattern: read from the store.

use super::query::{page, pattern_named};
use super::rows::{CorrectionRow, TicketRow};
use crate::domain::{Correction, Incident, IncidentId, PatternId, TicketId, WorkspaceId};
use crate::observe::detect::{Detector as _, OnlineDetector};
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// The tables that [`explain`] reads.
pub const EXPLAINED_TABLES: [&str; 3] = ["ticket", "correction", "incident"];

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
    /// Tickets in the store that were put into it.
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

/// Where a ticket was put when it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// Which.
    pub ticket: TicketId,
    /// The pattern it was put into; none where it has nothing to compare.
    pub into: Option<PatternId>,
    /// Why.
    pub reason: String,
}

/// Explains a pattern (`P-7`), or a ticket (`T-12`) and its pattern; an incident (`INC-4`) stands
/// for its pattern. None where there is no such thing.
///
/// # Errors
/// When the store cannot be read.
pub fn explain(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &mut OnlineDetector,
    what: &str,
) -> Result<Option<Explained>, StoreError> {
    let mut told = Explained::default();
    let ticket = what
        .to_uppercase()
        .starts_with(TicketId::PREFIX)
        .then(|| what.parse::<TicketId>().ok())
        .flatten();
    let mut named = None;
    if let Some(id) = ticket {
        let Some(row) = codec::load::<TicketRow>(store, workspace, &padded(id.number()))? else {
            return Ok(None);
        };
        named = row.pattern;
        told.near = near(
            detector.near_ticket(&row.ticket),
            row.pattern.map(|id| detector.resolve(id)),
        );
        told.placed = Some(Placed {
            ticket: id,
            into: row.pattern,
            reason: row.reason,
        });
    } else if let Some(pattern) = pattern_named(store, workspace, what)? {
        named = Some(pattern);
        told.near = near(detector.near_pattern(pattern), None);
    }
    let Some(pattern) = named.map(|id| detector.resolve(id)) else {
        return Ok(told.placed.is_some().then_some(told));
    };
    told.pattern = Some(pattern);
    if let Some(summary) = detector.summary(pattern) {
        told.in_memory = true;
        told.label = summary.label;
        told.signature = summary.signature;
    }
    count(store, workspace, detector, pattern, &mut told)?;
    for incident in page::<Incident>(store, workspace, "", None, usize::MAX, Order::Ascending)? {
        if detector.resolve(incident.pattern) == pattern {
            told.alerts
                .push((incident.id, incident.opened_at, incident.alert));
        }
    }
    for row in page::<CorrectionRow>(store, workspace, "", None, usize::MAX, Order::Ascending)? {
        if concerns(&row, |id| detector.resolve(id) == pattern) {
            told.corrections.push(in_words(&row));
        }
    }
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

fn count(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &OnlineDetector,
    pattern: PatternId,
    told: &mut Explained,
) -> Result<(), StoreError> {
    const PAGE: usize = 1_000;
    let mut merchants = BTreeSet::new();
    let mut after = None;
    loop {
        let rows = page::<TicketRow>(store, workspace, "", after, PAGE, Order::Ascending)?;
        let of = |row: &&TicketRow| row.pattern.map(|id| detector.resolve(id)) == Some(pattern);
        for row in rows.iter().filter(of) {
            told.tickets += 1;
            told.last = told.last.max(Some(row.ticket.occurred_at));
            if told.label.is_empty() {
                told.label = row.ticket.title();
            }
            merchants.extend(row.ticket.merchant.as_ref().map(|one| one.counting_key()));
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE => after = Some(padded(last.ticket.id.number())),
            _ => break,
        }
    }
    told.merchants = merchants.len();
    Ok(())
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
            let names: Vec<String> = patterns.iter().map(ToString::to_string).collect();
            format!("{} are one: {}", names.join(", "), row.result)
        }
        Correction::Split { pattern, tickets } => {
            let names: Vec<String> = tickets.iter().map(ToString::to_string).collect();
            format!("{} split from {pattern}: {}", names.join(", "), row.result)
        }
        Correction::NotTheSame { one, other } => format!("{one} and {other} are not the same"),
    };
    format!("{said} ({}, {})", row.by, row.at)
}
