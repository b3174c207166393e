//! The simulated detector: the same words are one problem, until people say otherwise.

use crate::domain::{Alert, Assignment, PatternId, Ticket, TicketId};
use crate::observe::detect::{CorrectionError, Detection, Detector};
use std::collections::{BTreeMap, BTreeSet};

/// Tickets with the same words are one problem; three merchants are an alert, once. What people
/// merge, split and keep apart stays so.
#[derive(Default)]
pub(super) struct SameWords {
    words: BTreeMap<String, PatternId>,
    groups: BTreeMap<PatternId, Group>,
    merged: BTreeMap<PatternId, PatternId>,
    apart: BTreeSet<(PatternId, PatternId)>,
    last: u64,
}

#[derive(Default)]
struct Group {
    merchants: BTreeSet<String>,
    tickets: Vec<TicketId>,
}

impl SameWords {
    fn open(&mut self) -> PatternId {
        self.last += 1;
        let id = PatternId::new(self.last);
        self.groups.insert(id, Group::default());
        id
    }

    fn known(&self, id: PatternId) -> Result<PatternId, CorrectionError> {
        let id = self.resolve(id);
        let known = self.groups.contains_key(&id);
        known.then_some(id).ok_or(CorrectionError::Unknown(id))
    }

    fn are_apart(&self, one: PatternId, other: PatternId) -> bool {
        self.apart.iter().any(|(left, right)| {
            let pair = (self.resolve(*left), self.resolve(*right));
            pair == (one, other) || pair == (other, one)
        })
    }
}

impl Detector for SameWords {
    fn observe(&mut self, ticket: &Ticket) -> Detection {
        let known = self.words.get(&ticket.issue).copied();
        let id = match known {
            Some(id) => self.resolve(id),
            None => {
                let id = self.open();
                self.words.insert(ticket.issue.clone(), id);
                id
            }
        };
        let group = self.groups.entry(id).or_default();
        group.tickets.push(ticket.id);
        let fresh = ticket
            .merchant
            .as_ref()
            .is_some_and(|merchant| group.merchants.insert(merchant.counting_key()));
        let alert = (fresh && group.merchants.len() == 3).then(|| Alert {
            pattern: id,
            at: ticket.occurred_at,
            tickets: group.tickets.clone(),
            merchants: 3,
            expected_milli: 0,
            cohort: None,
            reason: "3 merchants".to_owned(),
            label: ticket.issue.clone(),
        });
        Detection {
            assignment: Assignment {
                pattern: Some(id),
                is_new: known.is_none(),
                reason: "the same words".to_owned(),
            },
            alert,
            merged: Vec::new(),
            split: None,
            part_of: None,
        }
    }

    fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    fn resolve(&self, id: PatternId) -> PatternId {
        let mut id = id;
        while let Some(into) = self.merged.get(&id) {
            id = *into;
        }
        id
    }

    fn merge(&mut self, ids: &[PatternId]) -> Result<PatternId, CorrectionError> {
        let mut all = BTreeSet::new();
        for id in ids {
            all.insert(self.known(*id)?);
        }
        let into = *all
            .first()
            .ok_or(CorrectionError::Unknown(PatternId::new(0)))?;
        if all.len() < 2 {
            return Err(CorrectionError::Single(into));
        }
        for one in &all {
            if let Some(other) = all.iter().find(|other| self.are_apart(*one, **other)) {
                return Err(CorrectionError::KeptApart(*one, *other));
            }
        }
        for from in all.into_iter().skip(1) {
            let gone = self.groups.remove(&from).unwrap_or_default();
            self.merged.insert(from, into);
            let group = self.groups.entry(into).or_default();
            group.merchants.extend(gone.merchants);
            group.tickets.extend(gone.tickets);
        }
        Ok(into)
    }

    fn split(
        &mut self,
        from: PatternId,
        tickets: &[&Ticket],
    ) -> Result<PatternId, CorrectionError> {
        let from = self.known(from)?;
        if tickets.is_empty() {
            return Err(CorrectionError::NothingToSplit(from));
        }
        let id = self.open();
        self.apart.insert((from, id));
        let group = self.groups.entry(id).or_default();
        for ticket in tickets {
            group.tickets.push(ticket.id);
            let merchant = ticket.merchant.as_ref();
            group
                .merchants
                .extend(merchant.map(|one| one.counting_key()));
        }
        Ok(id)
    }

    fn not_the_same(&mut self, one: PatternId, other: PatternId) -> Result<(), CorrectionError> {
        let (one, other) = (self.known(one)?, self.known(other)?);
        if one == other {
            return Err(CorrectionError::Single(one));
        }
        self.apart.insert((one, other));
        Ok(())
    }
}
