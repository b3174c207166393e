//! Tickets that were split off: a ticket's row says where it was put when it came, this where it
//! belongs now.

use super::page;
use crate::domain::{Correction, PatternId, Record, TicketId, WorkspaceId};
use crate::engine::rows::CorrectionRow;
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The kind of the records that say what was split off.
pub const SPLIT: &str = "pattern.split";

/// A ticket that was split off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The pattern that was made of it and others.
    pub into: PatternId,
    /// When.
    pub at: Timestamp,
    /// Who split it off, or why the detector did.
    pub reason: String,
}

/// The last split of each ticket that was ever split off.
pub(in crate::engine) struct Moves(BTreeMap<TicketId, Moved>);

impl Moves {
    /// What people split off, and what Medic did by the records given, whatever else those say.
    pub(in crate::engine) fn of(
        store: &dyn Store,
        workspace: &WorkspaceId,
        records: &[Record],
    ) -> Result<Self, StoreError> {
        let said = page::<CorrectionRow>(store, workspace, "", None, usize::MAX, Order::Ascending)?;
        let of_workspace = |record: &&Record| record.draft.workspace == *workspace;
        let mut splits: Vec<(Vec<TicketId>, Moved)> = records
            .iter()
            .filter(of_workspace)
            .filter_map(by_medic)
            .chain(said.into_iter().filter_map(by_a_person))
            .collect();
        splits.sort_by_key(|(_, moved)| moved.at);
        let mut moves = BTreeMap::new();
        for (tickets, moved) in splits {
            moves.extend(tickets.into_iter().map(|ticket| (ticket, moved.clone())));
        }
        Ok(Self(moves))
    }

    /// The last split of a ticket, if it was ever split off.
    pub(in crate::engine) fn get(&self, ticket: TicketId) -> Option<&Moved> {
        self.0.get(&ticket)
    }

    /// The pattern of a ticket that was `put` there when it came.
    pub(in crate::engine) fn pattern_of(
        &self,
        ticket: TicketId,
        put: Option<PatternId>,
    ) -> Option<PatternId> {
        self.get(ticket).map(|moved| moved.into).or(put)
    }
}

/// A person's split is a correction too, and its record names no tickets in `why`.
fn by_medic(record: &Record) -> Option<(Vec<TicketId>, Moved)> {
    let draft = &record.draft;
    let read = |value: &Value| value.as_str()?.parse().ok();
    let tickets = draft.why.get("tickets")?.as_array()?;
    let moved = Moved {
        into: draft.result.get("pattern")?.as_str()?.parse().ok()?,
        at: draft.at,
        reason: match draft.what.split_once(": ") {
            Some((_, reason)) => reason.to_owned(),
            None => draft.what.clone(),
        },
    };
    let is_split = draft.kind == SPLIT;
    is_split.then(|| (tickets.iter().filter_map(read).collect(), moved))
}

fn by_a_person(row: CorrectionRow) -> Option<(Vec<TicketId>, Moved)> {
    let Correction::Split { pattern, tickets } = row.correction else {
        return None;
    };
    let moved = Moved {
        into: row.result,
        at: row.at,
        reason: format!("split off {pattern} by {}", row.by),
    };
    Some((tickets, moved))
}
