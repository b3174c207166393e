//! Incidents that are over, kept at hand for as long as their pattern may bring them back.

use super::State;
use crate::domain::{Incident, IncidentId, PatternId};
use crate::engine::rows::EndedRow;
use crate::store::codec::{self, Row};
use jiff::Timestamp;
use std::cmp::Reverse;

/// How many are kept; the oldest goes first.
const MOST: usize = 200;

/// An incident that is over.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The incident as it was closed.
    pub incident: Incident,
    /// When, and what came since.
    pub row: EndedRow,
}

impl State {
    /// The newest incident of this pattern that was closed after `since`; the older of two that were
    /// closed together, which has the longer history.
    pub fn ended_of(&self, pattern: PatternId, since: Timestamp) -> Option<&Ended> {
        self.ended
            .values()
            .filter(|ended| ended.row.at >= since)
            .filter(|ended| self.detector.resolve(ended.incident.pattern) == pattern)
            .max_by_key(|ended| (ended.row.at, Reverse(ended.incident.id)))
    }

    /// Keeps an incident that was closed now; those closed before `since` are forgotten.
    pub fn keep_ended(&mut self, incident: Incident, at: Timestamp, since: Timestamp) {
        let row = EndedRow {
            incident: incident.id,
            at,
            since: Vec::new(),
        };
        self.put_row(&row);
        self.ended.insert(incident.id, Ended { incident, row });
        let mut over: Vec<IncidentId> = self
            .ended
            .iter()
            .filter(|(_, ended)| ended.row.at < since)
            .map(|(id, _)| *id)
            .collect();
        let more = (self.ended.len() - over.len()).saturating_sub(MOST);
        let oldest = self.ended.keys().filter(|id| !over.contains(id));
        let oldest: Vec<IncidentId> = oldest.take(more).copied().collect();
        over.extend(oldest);
        for id in over {
            self.take_ended(id);
        }
    }

    /// Writes down what came of an ended incident's pattern since.
    pub fn note_since(&mut self, row: EndedRow) {
        self.put_row(&row);
        if let Some(ended) = self.ended.get_mut(&row.incident) {
            ended.row = row;
        }
    }

    /// Takes an incident that is over, because it goes on or nobody waits for it any more.
    pub fn take_ended(&mut self, id: IncidentId) -> Option<Ended> {
        let ended = self.ended.remove(&id)?;
        let change = codec::delete_change::<EndedRow>(&self.workspace, &ended.row.id());
        self.extra.push(change);
        Some(ended)
    }
}
