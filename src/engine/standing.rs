//! How a detector stands again as it stood: from what was kept of it, then the tickets and the
//! corrections that came after, in their order.

use super::query;
use super::rows::{CorrectionRow, TicketRow};
use super::state::State;
use crate::domain::{Correction, Digest, PatternId, Ticket, TicketId, WorkspaceId};
use crate::observe::detect::{CorrectionError, DetectOptions, Detector, OnlineDetector};
use crate::store::codec::{self, Row as _, padded};
use crate::store::{Order, Store, StoreError};
use std::collections::BTreeMap;

/// A detector's snapshot, and after what it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The last ticket it has read; 0 before the first.
    pub tickets: u64,
    /// The last correction it has carried out; 0 before the first.
    pub corrections: u64,
    /// What the store says of these two: a snapshot of another store does not fit.
    pub fit: Digest,
    /// The snapshot.
    pub snapshot: Vec<u8>,
}

/// Puts a snapshot where the next start looks for it. Only ever a shortcut: without it every
/// ticket is read again.
pub type Keep = dyn Fn(&WorkspaceId, Kept) + Send;

/// The last ticket and correction in each workspace's snapshot that was kept.
pub(super) type KeptUpTo = BTreeMap<WorkspaceId, (u64, u64)>;

/// A snapshot of a detector is kept each time it has read so many tickets: a start then reads no
/// more again than that, in a fraction of a second.
pub(super) const KEEP_AFTER: u64 = 5_000;

/// Keeps a snapshot of each detector that has read so many tickets since the last. Called when
/// nothing waits: writing one takes some 50 ms, and nothing rests on it.
pub(super) fn keep_all(
    store: &dyn Store,
    states: &BTreeMap<WorkspaceId, State>,
    keep: &Keep,
    kept: &mut KeptUpTo,
    after: u64,
) {
    for (workspace, state) in states {
        let (tickets, corrections) = (state.counters().ticket, state.counters().correction);
        let (before, corrected) = kept.get(workspace).copied().unwrap_or_default();
        let new = tickets.saturating_sub(before) + corrections.saturating_sub(corrected);
        if new < after {
            continue;
        }
        match fit(store, workspace, tickets, corrections) {
            Ok(Some(fit)) => {
                let snapshot = state.detector.snapshot();
                let one = Kept {
                    tickets,
                    corrections,
                    fit,
                    snapshot,
                };
                keep(workspace, one);
                kept.insert(workspace.clone(), (tickets, corrections));
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "no snapshot of the detector was kept"),
        }
    }
}

/// The workspace's detector as it stood after the last ticket and correction in the store. What
/// was kept is used if it fits the store and these options.
///
/// # Errors
/// When the store cannot be read.
pub fn stand_again(
    store: &dyn Store,
    workspace: &WorkspaceId,
    options: &DetectOptions,
    kept: Option<&Kept>,
) -> Result<OnlineDetector, StoreError> {
    if let Some(kept) = kept
        && fit(store, workspace, kept.tickets, kept.corrections)? == Some(kept.fit)
    {
        match OnlineDetector::restore(options.clone(), &kept.snapshot) {
            Ok(mut detector) => {
                let read = (kept.tickets, kept.corrections);
                go_on(store, workspace, &mut detector, read)?;
                return Ok(detector);
            }
            Err(error) => tracing::info!(%error, "every ticket is read again"),
        }
    }
    let mut detector = OnlineDetector::new(options.clone());
    go_on(store, workspace, &mut detector, (0, 0))?;
    Ok(detector)
}

/// Has a new detector read every ticket and correction of the workspace, in their order.
pub(super) fn replay_tickets(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &mut dyn Detector,
) -> Result<(), StoreError> {
    go_on(store, workspace, detector, (0, 0))
}

/// What the store says of these two rows; none where it has not both.
fn fit(
    store: &dyn Store,
    workspace: &WorkspaceId,
    ticket: u64,
    correction: u64,
) -> Result<Option<Digest>, StoreError> {
    let mut text = String::new();
    if ticket > 0 {
        let Some(row) = codec::load::<TicketRow>(store, workspace, &padded(ticket))? else {
            return Ok(None);
        };
        // As it first came: an edit changes nothing that the detector has read.
        text.push_str(&Digest::of_json(&serde_json::json!(row.first())).to_string());
    }
    if correction > 0 {
        let Some(row) = codec::load::<CorrectionRow>(store, workspace, &padded(correction))? else {
            return Ok(None);
        };
        text.push_str(&codec::encode(&row)?);
    }
    Ok(Some(Digest::of(&text)))
}

/// Has a detector read the tickets after the last that it has read, and carry out the corrections
/// where they stood between them.
fn go_on(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &mut dyn Detector,
    (tickets, corrections): (u64, u64),
) -> Result<(), StoreError> {
    const PAGE: usize = 1_000;
    let behind = |number: u64| (number > 0).then(|| padded(number));
    let mut wait = query::page::<CorrectionRow>(
        store,
        workspace,
        "",
        behind(corrections),
        usize::MAX,
        Order::Ascending,
    )?
    .into_iter()
    .peekable();
    let mut after = behind(tickets);
    loop {
        let rows = query::page::<TicketRow>(store, workspace, "", after, PAGE, Order::Ascending)?;
        for row in &rows {
            while let Some(due) = wait.next_if(|next| next.after < row.ticket.id.number()) {
                again(store, workspace, detector, &due)?;
            }
            detector.observe(row.first());
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE => after = Some(last.id()),
            _ => break,
        }
    }
    wait.try_for_each(|due| again(store, workspace, detector, &due))
}

fn again(
    store: &dyn Store,
    workspace: &WorkspaceId,
    detector: &mut dyn Detector,
    row: &CorrectionRow,
) -> Result<(), StoreError> {
    let tickets = tickets_of(store, workspace, &row.correction)?;
    let tickets: Vec<&Ticket> = tickets.iter().map(|(ticket, _)| ticket).collect();
    if let Err(error) = carry_out(detector, &row.correction, &tickets) {
        tracing::warn!(number = row.number, %error, "a correction does not hold any more");
    }
    Ok(())
}

/// The tickets that a correction names, as far as the store has them.
pub(super) fn tickets_of(
    store: &dyn Store,
    workspace: &WorkspaceId,
    correction: &Correction,
) -> Result<Vec<(Ticket, Option<PatternId>)>, StoreError> {
    let ids: &[TicketId] = match correction {
        Correction::Split { tickets, .. } => tickets,
        Correction::Merge { .. } | Correction::NotTheSame { .. } => &[],
    };
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = codec::load::<TicketRow>(store, workspace, &padded(id.number()))?;
        found.extend(row.map(|row| (row.first().clone(), row.pattern)));
    }
    Ok(found)
}

/// Has the detector carry a correction out; answers the pattern that goes on, or the new one.
pub(super) fn carry_out(
    detector: &mut dyn Detector,
    correction: &Correction,
    tickets: &[&Ticket],
) -> Result<PatternId, CorrectionError> {
    match correction {
        Correction::Merge { patterns } => detector.merge(patterns),
        Correction::Split { pattern, .. } => detector.split(*pattern, tickets),
        Correction::NotTheSame { one, other } => {
            detector.not_the_same(*one, *other)?;
            Ok(detector.resolve(*one))
        }
    }
}
