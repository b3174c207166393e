//! A pattern comes back after its incident has ended: the same incident goes on, with its history.

use super::{Step, map};
use crate::domain::{
    Actor, Alert, Closure, CohortLift, IncidentId, MerchantId, PatternId, Reopening, SubjectId,
    TicketId,
};
use crate::engine::rows::EndedRow;
use crate::engine::state::RecentTicket;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

/// The time within which the merchants that bring an incident back have to report: the longest
/// window that an alert looks at.
const WITHIN: SignedDuration = SignedDuration::from_hours(6);
/// Tickets remembered since an end.
const SINCE: usize = 100;

impl Step<'_> {
    /// An incident has ended: it is kept at hand while its pattern may bring it back.
    pub(super) fn keep_ended(&mut self, id: IncidentId) {
        let (now, since) = (self.now, self.ended_since());
        if let Some(incident) = self.state.incident(id).cloned() {
            self.state.keep_ended(incident, now, since);
        }
    }

    /// The time since which an incident must have ended to be brought back now.
    fn ended_since(&self) -> Timestamp {
        let window = SignedDuration::from_hours(i64::from(self.rules.verify.recurrence_hours));
        self.now.saturating_sub(window).unwrap_or(Timestamp::MIN)
    }

    /// The incident that this ticket brings back, if it does: its pattern alerts again, or enough
    /// distinct merchants have reported it since. The detector alone would not say so: to it, a
    /// surge that goes on after a few quiet hours is the one it has alerted.
    pub(super) fn brings_back(
        &mut self,
        pattern: Option<PatternId>,
        alert: Option<&Alert>,
        newest: &RecentTicket,
    ) -> Option<IncidentId> {
        let pattern = alert.map(|alert| alert.pattern).or(pattern)?;
        let pattern = self.state.detector.resolve(pattern);
        let ended = self.state.ended_of(pattern, self.ended_since())?;
        let mut row = ended.row.clone();
        if let Some(merchant) = &newest.merchant
            && newest.occurred_at >= row.at
        {
            let key = merchant.counting_key();
            row.since.push((newest.ticket, key, newest.occurred_at));
        }
        let earliest = newest.occurred_at.saturating_sub(WITHIN);
        let earliest = earliest.unwrap_or(Timestamp::MIN);
        row.since.retain(|(_, _, at)| *at >= earliest);
        let more = row.since.len().saturating_sub(SINCE);
        row.since.drain(..more);
        let merchants: BTreeSet<&String> = row.since.iter().map(|(_, key, _)| key).collect();
        let enough = self.rules.verify.recurrence_merchants as usize;
        if alert.is_none() && merchants.len() < enough {
            self.state.note_since(row);
            return None;
        }
        let why = match alert {
            Some(alert) => alert.reason.clone(),
            None => format!(
                "{} reported it since",
                super::counted(merchants.len() as u64, "merchant")
            ),
        };
        let mut tickets: Vec<TicketId> = row.since.iter().map(|(ticket, ..)| *ticket).collect();
        tickets.extend(alert.iter().flat_map(|alert| &alert.tickets).copied());
        let cohort = alert.and_then(|alert| alert.cohort.clone());
        self.reopen(&row, pattern, &why, cohort, &tickets, newest)
    }

    fn reopen(
        &mut self,
        row: &EndedRow,
        pattern: PatternId,
        why: &str,
        cohort: Option<CohortLift>,
        tickets: &[TicketId],
        newest: &RecentTicket,
    ) -> Option<IncidentId> {
        let id = row.incident;
        let mut incident = self.state.take_ended(id)?.incident;
        let (closed_at, closure) = incident.closed.take()?;
        let healed = closure == Closure::Healed;
        incident.reopened.push(Reopening {
            closed_at,
            closure,
            at: self.now,
        });
        incident.pattern = pattern;
        incident.same_as = None;
        incident.cohort = cohort;
        incident.updated_at = self.now;
        // Everybody is told and asked anew: what was said then was about what was over then.
        incident.actions.clear();
        incident.rejected.clear();
        incident.tried.clear();
        incident.unusable.clear();
        incident.outcome = None;
        incident.diagnosis = None;
        incident.asked_tickets = 0;
        self.state.put_incident(incident);
        let record = self.record(
            Actor::Medic,
            "incident.reopened",
            format!("{id} is back: {why}"),
        );
        record.subject = Some(SubjectId::Incident(id));
        record.why = map([
            ("pattern", json!(pattern)),
            ("closed_at", json!(closed_at)),
            ("healed", json!(healed)),
        ]);
        for ticket in tickets {
            if let Some(earlier) = self.state.forget_recent(*ticket) {
                self.take_over(id, &earlier);
            }
        }
        self.join(id, newest);
        self.ask_again(id);
        Some(id)
    }

    /// A merchant reports again what it was treated for before the incident came back: that fix has
    /// not lasted. Answers whether it is so.
    pub(super) fn not_cured(&mut self, id: IncidentId, merchant: &MerchantId) -> bool {
        let Some(incident) = self.state.incident_mut(id) else {
            return false;
        };
        let back = incident.reopened.last().map(|reopening| reopening.at);
        let cured = |at: Timestamp| back.is_none_or(|back| at >= back);
        let affected = incident.merchants.get_mut(merchant);
        let Some(affected) = affected.filter(|one| one.treated_at.is_some_and(|at| !cured(at)))
        else {
            return false;
        };
        affected.treated_at = None;
        affected.treated_by = None;
        true
    }
}
