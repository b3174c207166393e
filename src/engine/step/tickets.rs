//! A ticket comes in: stored once, assigned, and answered as part of an incident or as a case.

use super::{Step, map};
use crate::domain::{
    Actor, AffectedMerchants, Alert, Case, CaseId, Digest, Incident, IncidentId, PatternId,
    Severity, SourceName, SubjectId, Ticket, TicketId, TicketMerchant,
};
use crate::engine::event::{Arrival, Effect, Reply};
use crate::engine::handle::{Receipt, Topic};
use crate::engine::rows::{MovedRow, RequestRow, SeenRow, TicketRow};
use crate::engine::state::RecentTicket;
use crate::observe::detect::{Merged, SplitOff};
use crate::observe::intake::TicketDraft;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl Step<'_> {
    pub(super) fn tickets_arrived(
        &mut self,
        source: &SourceName,
        request: &Digest,
        repeat_of: Option<Vec<TicketId>>,
        arrivals: Vec<Arrival>,
    ) -> Reply {
        let repeat_of = repeat_of.or_else(|| self.state.request_in_batch(request));
        if let Some(tickets) = repeat_of {
            return self.repeated(tickets);
        }
        let mut taken = Vec::new();
        let receipts = arrivals
            .into_iter()
            .map(|arrival| match arrival.draft {
                Err(problem) => Receipt::Refused(problem),
                Ok(draft) => {
                    let before = draft
                        .identity
                        .and_then(|identity| self.state.seen_in_batch(&identity));
                    if let Some(ticket) = before.or(arrival.known) {
                        self.state.counters_mut().figures.duplicates += 1;
                        return Receipt::Duplicate {
                            ticket,
                            external_id: draft.external_id,
                        };
                    }
                    let (id, receipt) = self.take(source, draft);
                    taken.push(id);
                    receipt
                }
            })
            .collect();
        if !taken.is_empty() {
            self.out.topics.insert(Topic::Tickets);
            self.state.see_request(*request, taken.clone());
            self.state.put_row(&RequestRow {
                request: request.to_string(),
                at: self.now,
                tickets: taken,
            });
        }
        Reply::Receipts(receipts)
    }

    fn repeated(&mut self, tickets: Vec<TicketId>) -> Reply {
        self.state.counters_mut().figures.duplicates += tickets.len() as u64;
        Reply::Receipts(
            tickets
                .into_iter()
                .map(|ticket| Receipt::Duplicate {
                    ticket,
                    external_id: None,
                })
                .collect(),
        )
    }

    fn take(&mut self, source: &SourceName, draft: TicketDraft) -> (TicketId, Receipt) {
        let counters = self.state.counters_mut();
        counters.ticket += 1;
        counters.figures.tickets += 1;
        let id = TicketId::new(counters.ticket);
        if let Some(identity) = draft.identity {
            self.state.see(identity, id);
            self.state.put_row(&SeenRow {
                identity: identity.to_string(),
                ticket: id,
            });
        }
        let content = draft.content_digest;
        let origin = draft.origin.clone();
        let ticket = draft.into_ticket(id);
        let detection = self.state.detector.observe(&ticket);
        let pattern = detection.assignment.pattern;
        if detection.assignment.is_new {
            self.state.counters_mut().figures.patterns += 1;
        }

        let record = self.record(
            Actor::Source {
                name: source.clone(),
            },
            "ticket.received",
            format!("ticket {id} taken"),
        );
        record.ticket = Some(id);
        record.why = map([
            ("content", json!(content)),
            ("pattern", json!(pattern)),
            ("assigned", json!(detection.assignment.reason)),
        ]);

        let place = self.out.records.len() - 1;

        for merged in &detection.merged {
            self.merged(merged);
        }
        if let Some(split) = &detection.split {
            self.split_off(split);
        }
        let mut member = RecentTicket::of(&ticket, origin.as_ref());
        let known = [pattern, detection.part_of]
            .into_iter()
            .flatten()
            .find_map(|pattern| self.state.incident_of(pattern));
        let back = match known {
            Some(_) => None,
            None => self.brings_back(
                detection.part_of.or(pattern),
                detection.alert.as_ref(),
                &member,
            ),
        };
        let subject = match (known, back, detection.alert) {
            (_, Some(incident), _) => SubjectId::Incident(incident),
            (Some(incident), None, _) => {
                let news = self.join(incident, &member);
                self.ask_again(incident);
                self.answer_newcomer(incident, news);
                SubjectId::Incident(incident)
            }
            (None, None, Some(alert)) => SubjectId::Incident(self.open_incident(&alert, &member)),
            (None, None, None) => {
                let case = self.open_case(&ticket, pattern, detection.assignment.is_new);
                if let Some(case) = self.state.case_mut(case) {
                    case.origin.clone_from(&origin);
                }
                member.case = Some(case);
                self.state.remember(member);
                SubjectId::Case(case)
            }
        };
        if let Some(record) = self.out.records.get_mut(place) {
            record.result = map([
                ("subject", json!(subject)),
                ("checkout_failures", json!(ticket.checkout_failures)),
                ("affected_customers", json!(ticket.affected_customers)),
            ]);
        }
        let external_id = ticket.external_id.clone();
        self.state.put_ticket(TicketRow {
            ticket,
            pattern,
            reason: detection.assignment.reason,
            subject: Some(subject),
            origin,
            first: None,
            edited: None,
            withdrawn: None,
        });
        let receipt = Receipt::Accepted {
            ticket: id,
            external_id,
            pattern,
        };
        (id, receipt)
    }

    /// Two patterns turned out to be one: an open incident goes on under the one that remains, so
    /// that nobody is alerted twice about one problem.
    fn merged(&mut self, merged: &Merged) {
        let incidents = self.state.merge_patterns(merged.from, merged.into);
        let incident = incidents.map(|(stays, _)| stays);
        let record = self.record(
            Actor::Medic,
            "pattern.merged",
            format!(
                "{} is part of {}: {}",
                merged.from, merged.into, merged.reason
            ),
        );
        record.subject = incident.map(SubjectId::Incident);
        if let Some((stays, other)) = incidents {
            self.are_one_problem(stays, other);
        }
    }

    /// A pattern turned out to be two: recorded like a person's split. What was counted before
    /// stays where it was.
    fn split_off(&mut self, split: &SplitOff) {
        let incident = self.state.incident_of(split.from);
        let said = format!("{} is another problem: {}", split.into, split.reason);
        let record = self.record(Actor::Medic, "pattern.split", said);
        record.subject = incident.map(SubjectId::Incident);
        record.why = map([("tickets", json!(split.tickets))]);
        record.result = map([("pattern", json!(split.into))]);
        for ticket in &split.tickets {
            self.state.put_row(&MovedRow {
                ticket: *ticket,
                into: split.into,
            });
        }
        if let Some(incident) = incident {
            self.touch(SubjectId::Incident(incident));
        }
    }

    pub(super) fn open_case(
        &mut self,
        ticket: &Ticket,
        pattern: Option<PatternId>,
        new_pattern: bool,
    ) -> CaseId {
        let counters = self.state.counters_mut();
        counters.case += 1;
        counters.figures.cases += 1;
        let id = CaseId::new(counters.case);
        self.state.put_case(Case {
            id,
            ticket: ticket.id,
            title: ticket.title(),
            pattern,
            new_pattern,
            merchant: ticket.merchant.as_ref().map(|m| m.id.clone()),
            verified: ticket
                .merchant
                .as_ref()
                .is_some_and(TicketMerchant::is_verified),
            reported: ticket.reported().into_iter().collect(),
            origin: None,
            severity: ticket.severity,
            stage: ticket.migration_stage.clone(),
            checkout_failures: ticket.checkout_failures,
            affected_customers: ticket.affected_customers,
            opened_at: self.now,
            diagnosis: None,
            judged: None,
            plans: Vec::new(),
            acted: false,
            joined: None,
        });
        self.begin(Effect::Diagnose {
            subject: SubjectId::Case(id),
            revision: 1,
        });
        id
    }

    fn open_incident(&mut self, alert: &Alert, newest: &RecentTicket) -> IncidentId {
        let counters = self.state.counters_mut();
        counters.incident += 1;
        counters.figures.incidents += 1;
        let id = IncidentId::new(counters.incident);
        self.state.put_incident(Incident {
            id,
            pattern: alert.pattern,
            same_as: None,
            label: alert.label.clone(),
            alert: alert.reason.clone(),
            cohort: alert.cohort.clone(),
            opened_at: self.now,
            updated_at: self.now,
            closed: None,
            merchants: AffectedMerchants::default(),
            distinct: 0,
            tickets: 0,
            sample: Vec::new(),
            stages: BTreeMap::new(),
            severity: Severity::Low,
            checkout_failures: 0,
            affected_customers: 0,
            asked: 0,
            asked_tickets: 0,
            diagnosis: None,
            judged: None,
            plans: Vec::new(),
            actions: BTreeSet::new(),
            rejected: BTreeSet::new(),
            unusable: BTreeMap::new(),
            reopened: Vec::new(),
            outcome: None,
            tried: BTreeMap::new(),
            ineffective: 0,
        });
        let record = self.record(
            Actor::Medic,
            "incident.opened",
            format!("{id} opened: {}", alert.reason),
        );
        record.subject = Some(SubjectId::Incident(id));
        record.why = map([
            ("pattern", json!(alert.pattern)),
            ("merchants", json!(alert.merchants)),
            ("expected_milli", json!(alert.expected_milli)),
            ("cohort", json!(alert.cohort)),
            ("tickets", json!(alert.tickets)),
        ]);

        for ticket in &alert.tickets {
            if let Some(earlier) = self.state.forget_recent(*ticket) {
                self.take_over(id, &earlier);
            }
        }
        self.join(id, newest);
        self.ask_again(id);
        id
    }
}
