//! What belongs to an incident: its tickets are counted, and a case that turns out to be part of it
//! is taken over.

use super::{Step, map};
use crate::domain::{Actor, IncidentId, MerchantId, PlanState, SubjectId};
use crate::engine::event::Effect;
use crate::engine::rows::MemberRow;
use crate::engine::state::RecentTicket;
use jiff::Timestamp;
use serde_json::json;

/// How many of an incident's newest tickets a diagnosis reads.
const SAMPLE: usize = 20;

impl Step<'_> {
    /// A case whose ticket turns out to be part of an incident: what waits for a person is void,
    /// what was done for its merchant counts.
    pub(super) fn take_over(&mut self, id: IncidentId, earlier: &RecentTicket) {
        self.join(id, earlier);
        if let Some(merchant) = &earlier.merchant {
            self.count_as_treated(id, &merchant.id, earlier.occurred_at);
        }
        let Some(case) = earlier.case else {
            return;
        };
        let plans: Vec<_> = self
            .state
            .plans_of(SubjectId::Case(case))
            .filter(|live| live.plan.state == PlanState::Waiting)
            .map(|live| live.plan.id)
            .collect();
        for plan in plans {
            self.void_plan(plan, &format!("its ticket belongs to {id} now"));
        }
        self.state.end_effect(&Effect::Diagnose {
            subject: SubjectId::Case(case),
            revision: 1,
        });
        self.state.join_case(case, id);
        let record = self.record(
            Actor::Medic,
            "case.joined",
            format!("{case} belongs to {id} now"),
        );
        record.subject = Some(SubjectId::Case(case));
        record.ticket = Some(earlier.ticket);
        record.result = map([("incident", json!(id))]);
        self.touch(SubjectId::Case(case));
    }

    /// What reached this merchant since `since`, while its ticket was still a case, counts for the
    /// incident: as a treatment, and towards the blast radius of what is planned next.
    fn count_as_treated(&mut self, id: IncidentId, merchant: &MerchantId, since: Timestamp) {
        let reached: Vec<_> = self
            .rules
            .catalogue
            .iter()
            .filter_map(|action| {
                let at = self.state.last_reached(&action.name, merchant)?;
                (at >= since).then(|| (action.name.clone(), action.remedial, at))
            })
            .collect();
        let Some(incident) = self.state.incident_mut(id) else {
            return;
        };
        for (action, remedial, at) in reached {
            let Some(affected) = incident.merchants.get_mut(merchant) else {
                return;
            };
            affected.reached.insert(action);
            if remedial {
                affected.treated_at = affected.treated_at.max(Some(at));
            }
        }
    }

    /// Adds a ticket to an incident. Answers whether it changes what can be done for its merchant:
    /// they are new, or proven only now.
    pub(super) fn join(&mut self, id: IncidentId, ticket: &RecentTicket) -> bool {
        let now = self.now;
        let Some(incident) = self.state.incident_mut(id) else {
            return false;
        };
        incident.updated_at = now;
        incident.tickets += 1;
        incident.severity = incident.severity.max(ticket.severity);
        incident.checkout_failures = incident
            .checkout_failures
            .saturating_add(ticket.checkout_failures);
        incident.affected_customers = incident
            .affected_customers
            .saturating_add(ticket.affected_customers);
        if !ticket.stage.is_empty() {
            *incident.stages.entry(ticket.stage.clone()).or_default() += 1;
        }
        incident.sample.push(ticket.ticket);
        if incident.sample.len() > SAMPLE {
            incident.sample.remove(0);
        }
        let mut news = false;
        if let Some(merchant) = &ticket.merchant {
            let known = incident.merchants.get(&merchant.id);
            let proven = known.is_some_and(|affected| affected.verified);
            let (affected, distinct) =
                incident
                    .merchants
                    .count(merchant, ticket.origin.as_ref(), &ticket.language);
            incident.distinct = distinct;
            affected.reported.extend(ticket.reported.clone());
            news = affected.tickets == 1 || affected.verified != proven;
        }
        if let Some(merchant) = &ticket.merchant {
            news |= self.not_cured(id, &merchant.id);
        }
        self.state.put_row(&MemberRow {
            incident: id,
            ticket: ticket.ticket,
            merchant: ticket.merchant.as_ref().map(|m| m.id.clone()),
            at: ticket.occurred_at,
        });
        self.touch(SubjectId::Incident(id));
        news
    }
}
