//! A ticket changes where it was posted: its author edits it, or deletes it.
//!
//! It stays the same ticket. The detector keeps to what it read first, so that every start finds
//! the same patterns; a live case or incident is looked at again with the new words.

use super::{Step, map};
use crate::domain::{
    Actor, CaseId, Digest, IncidentId, PlanState, SourceName, SubjectId, Ticket, TicketMerchant,
};
use crate::engine::event::{Effect, Reply};
use crate::engine::handle::{Note, TicketChange, Topic};
use crate::engine::rows::{MemberRow, TicketRow};
use crate::observe::intake::TicketDraft;
use crate::observe::language;
use serde_json::json;

/// How many edits of one ticket have a diagnosis made anew. Later ones are kept and shown, but
/// nobody can have a model asked as often as they like.
const MOST_LOOKS: u32 = 5;

impl Step<'_> {
    pub(super) fn ticket_edited(
        &mut self,
        source: &SourceName,
        draft: TicketDraft,
        stored: Option<Box<TicketRow>>,
    ) -> Reply {
        let identity = draft.identity;
        let Some(mut row) = identity.and_then(|identity| self.newest(&identity, stored)) else {
            return Reply::Changed(TicketChange::Unknown);
        };
        let ticket = row.ticket.id;
        let content = draft.content_digest;
        let after = amended(&row.ticket, draft);
        if after == row.ticket {
            return Reply::Changed(TicketChange::Same { ticket });
        }
        let edits = row.edits() + 1;
        let named = after
            .merchant
            .clone()
            .filter(|_| row.ticket.merchant.is_none());
        let before = std::mem::replace(&mut row.ticket, after);
        row.first.get_or_insert_with(|| Box::new(before));
        row.edited = Some((edits, self.now));
        let record = self.record(
            Actor::Source {
                name: source.clone(),
            },
            "ticket.edited",
            format!("{ticket} was edited where it was posted"),
        );
        record.ticket = Some(ticket);
        record.subject = row.subject;
        record.why = map([("content", json!(content)), ("edits", json!(edits))]);
        match row.subject {
            Some(SubjectId::Case(case)) => self.case_edited(case, &row, named.as_ref()),
            Some(SubjectId::Incident(id)) => self.incident_edited(id, &row, named.as_ref()),
            None => {}
        }
        self.keep(row);
        Reply::Changed(TicketChange::Stored { ticket })
    }

    /// A deletion is noted and shown, no more: the trouble was reported, and nobody may make an
    /// incident smaller by deleting messages.
    pub(super) fn ticket_withdrawn(
        &mut self,
        source: &SourceName,
        identity: &Digest,
        stored: Option<Box<TicketRow>>,
    ) -> Reply {
        let Some(mut row) = self.newest(identity, stored) else {
            return Reply::Changed(TicketChange::Unknown);
        };
        let ticket = row.ticket.id;
        if row.withdrawn.is_some() {
            return Reply::Changed(TicketChange::Same { ticket });
        }
        row.withdrawn = Some(self.now);
        let record = self.record(
            Actor::Source {
                name: source.clone(),
            },
            "ticket.withdrawn",
            format!("{ticket} was deleted where it was posted; it stays and counts"),
        );
        record.ticket = Some(ticket);
        record.subject = row.subject;
        self.keep(row);
        Reply::Changed(TicketChange::Stored { ticket })
    }

    pub(super) fn noted(&mut self, surface: crate::domain::Surface, notes: Vec<Note>) -> Reply {
        for note in notes {
            self.state.put_note(surface, note.key, note.value);
        }
        Reply::Done(String::new())
    }

    /// The ticket of this identity as it stands now, also where this batch made or changed it.
    fn newest(&self, identity: &Digest, stored: Option<Box<TicketRow>>) -> Option<TicketRow> {
        let id = self
            .state
            .seen_in_batch(identity)
            .or(stored.as_ref().map(|row| row.ticket.id))?;
        let in_batch = self.state.ticket_in_batch(id).cloned();
        in_batch.or_else(|| stored.map(|row| *row))
    }

    fn keep(&mut self, row: TicketRow) {
        self.out.topics.insert(Topic::Tickets);
        if let Some(subject) = row.subject {
            self.touch(subject);
        }
        self.state.put_ticket(row);
    }

    /// What waits was made for words that stand there no more: it ends, and the case is diagnosed
    /// and decided anew. Once something was sent for it, an edit is only noted: nobody is told
    /// the same thing twice.
    fn case_edited(&mut self, id: CaseId, row: &TicketRow, named: Option<&TicketMerchant>) {
        if let Some(merchant) = named {
            self.state.name_recent(row.ticket.id, merchant);
        }
        let Some(case) = self.state.case_mut(id) else {
            return;
        };
        if let Some(incident) = case.joined {
            return self.incident_edited(incident, row, named);
        }
        case.title = row.ticket.title();
        if let Some(merchant) = named {
            case.merchant = Some(merchant.id.clone());
            case.verified = merchant.is_verified();
        }
        if row.edits() > MOST_LOOKS || case.acted {
            return;
        }
        case.diagnosis = None;
        let waiting: Vec<_> = self
            .state
            .plans_of(SubjectId::Case(id))
            .filter(|live| live.plan.state == PlanState::Waiting)
            .map(|live| live.plan.id)
            .collect();
        for plan in waiting {
            self.void_plan(plan, "its ticket was edited; it is decided anew");
        }
        self.begin(Effect::Diagnose {
            subject: SubjectId::Case(id),
            // The first asking is number one.
            revision: row.edits() + 1,
        });
    }

    fn incident_edited(&mut self, id: IncidentId, row: &TicketRow, named: Option<&TicketMerchant>) {
        let now = self.now;
        let ticket = row.ticket.id;
        let Some(incident) = self.state.incident_mut(id) else {
            return;
        };
        incident.updated_at = now;
        if let Some(merchant) = named {
            let language = language::of(&row.ticket);
            incident.distinct = incident
                .merchants
                .count(merchant, row.origin.as_ref(), &language)
                .1;
        }
        let read = incident.sample.contains(&ticket) && row.edits() <= MOST_LOOKS;
        if read {
            incident.asked += 1;
        }
        let revision = incident.asked;
        if let Some(merchant) = named {
            self.state.put_row(&MemberRow {
                incident: id,
                ticket,
                merchant: Some(merchant.id.clone()),
                at: row.ticket.occurred_at,
            });
        }
        if read {
            self.begin(Effect::Diagnose {
                subject: SubjectId::Incident(id),
                revision,
            });
        }
    }
}

/// The stored ticket with the words that stand there now. Its number, times, counts and severity
/// stay, and so does its merchant, unless none was named before.
fn amended(before: &Ticket, draft: TicketDraft) -> Ticket {
    let after = draft.into_ticket(before.id);
    let or = |new: String, old: &String| if new.is_empty() { old.clone() } else { new };
    Ticket {
        merchant: before.merchant.clone().or(after.merchant),
        issue: or(after.issue, &before.issue),
        category: or(after.category, &before.category),
        merchant_message: after.merchant_message,
        error_log: or(after.error_log, &before.error_log),
        attributes: after.attributes,
        redacted: after.redacted,
        ..before.clone()
    }
}
