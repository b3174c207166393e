//! People correct the grouping: merge, split, "not the same". Binding for the detector, recorded,
//! and carried out again at every start where it stood between the tickets.

use super::commands::About;
use super::{Step, map};
use crate::domain::{Correction, IncidentId, PatternId, Person, SubjectId, Ticket, TicketId};
use crate::engine::event::Reply;
use crate::engine::rows::{CorrectionRow, MovedRow};
use crate::engine::standing;
use serde_json::json;

/// The most patterns or tickets that one correction may name.
const MOST_NAMED: usize = 100;

impl Step<'_> {
    pub(super) fn correction_asked(
        &mut self,
        person: &Person,
        correction: Correction,
        found: &[(Ticket, Option<PatternId>)],
    ) -> Reply {
        if let Err(roles) = self.steers(person) {
            let sentence =
                format!("Patterns can be corrected by {roles}, and you hold none of these roles.");
            return self.refuse_person(person, "a correction", About::default(), sentence);
        }
        let named = match &correction {
            Correction::Merge { patterns } => patterns.len(),
            Correction::Split {
                pattern,
                tickets: ids,
            } => {
                if let Some(stranger) = self.not_of(*pattern, ids, found) {
                    return Reply::Refused(stranger);
                }
                ids.len()
            }
            Correction::NotTheSame { .. } => 2,
        };
        if named > MOST_NAMED {
            return Reply::Refused(format!("Name at most {MOST_NAMED} at once."));
        }
        let before: Vec<PatternId> = match &correction {
            Correction::Merge { patterns } => patterns
                .iter()
                .map(|id| self.state.detector.resolve(*id))
                .collect(),
            _ => Vec::new(),
        };
        let tickets: Vec<&Ticket> = found.iter().map(|(ticket, _)| ticket).collect();
        let done = standing::carry_out(&mut *self.state.detector, &correction, &tickets);
        let result = match done {
            Ok(result) => result,
            Err(error) => return Reply::Refused(format!("Nothing was changed: {error}.")),
        };
        let counters = self.state.counters_mut();
        counters.correction += 1;
        let (number, after) = (counters.correction, counters.ticket);
        self.state.put_row(&CorrectionRow {
            number,
            after,
            correction: correction.clone(),
            result,
            by: person.name.clone(),
            at: self.now,
        });
        let (kind, said) = match &correction {
            Correction::Merge { patterns } => (
                "pattern.merged",
                format!("{} are one problem: {result}", listed(patterns)),
            ),
            Correction::Split { pattern, tickets } => (
                "pattern.split",
                format!(
                    "{} split off {pattern} as another problem: {result}. What was counted before stays counted; whoever reported nothing else is not treated for it.",
                    super::counted(tickets.len() as u64, "ticket")
                ),
            ),
            Correction::NotTheSame { one, other } => (
                "pattern.kept_apart",
                format!("{one} and {other} are not the same; they stay apart"),
            ),
        };
        let mut touched = Vec::new();
        let mut others = Vec::new();
        for from in before.into_iter().filter(|from| *from != result) {
            if let Some((stays, other)) = self.state.merge_patterns(from, result) {
                touched.push(stays);
                others.push((stays, other));
            }
        }
        if let Correction::Split {
            pattern,
            tickets: named,
        } = &correction
        {
            for ticket in named {
                self.state.put_row(&MovedRow {
                    ticket: *ticket,
                    into: result,
                });
            }
            let pattern = self.state.detector.resolve(*pattern);
            touched.extend(self.state.incident_of(pattern));
            self.count_split_off(touched.first().copied(), &tickets);
        }
        let record = self.record(person.actor(), kind, said.clone());
        record.subject = touched.first().map(|id| SubjectId::Incident(*id));
        record.why = map([("correction", json!(number)), ("asked", json!(correction))]);
        record.result = map([("pattern", json!(result))]);
        for incident in touched {
            self.touch(SubjectId::Incident(incident));
        }
        for (stays, other) in others {
            self.are_one_problem(stays, other);
        }
        Reply::Done(said)
    }

    /// Whoever reported nothing else is not treated for that incident any more.
    fn count_split_off(&mut self, incident: Option<IncidentId>, tickets: &[&Ticket]) {
        let Some(incident) = incident.and_then(|id| self.state.incident_mut(id)) else {
            return;
        };
        for merchant in tickets.iter().filter_map(|ticket| ticket.merchant.as_ref()) {
            if let Some(affected) = incident.merchants.get_mut(&merchant.id) {
                affected.split = affected.split.saturating_add(1);
            }
        }
    }

    /// A sentence about the first ticket that cannot be split off, if there is one.
    fn not_of(
        &self,
        pattern: PatternId,
        ids: &[TicketId],
        found: &[(Ticket, Option<PatternId>)],
    ) -> Option<String> {
        if ids.is_empty() {
            return Some(format!("Name the tickets that are not {pattern}."));
        }
        let pattern_now = self.state.detector.resolve(pattern);
        let is_of = |id: &TicketId| {
            found.iter().any(|(ticket, of)| {
                ticket.id == *id
                    && of.is_some_and(|of| self.state.detector.resolve(of) == pattern_now)
            })
        };
        ids.iter()
            .find(|id| !is_of(id))
            .map(|id| format!("There is no ticket {id} in {pattern}. Nothing was changed."))
    }
}

fn listed(patterns: &[PatternId]) -> String {
    let names: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    names.join(", ")
}
