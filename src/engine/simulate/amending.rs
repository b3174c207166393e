//! People correct the grouping, and authors edit and delete their tickets.

use super::World;
use crate::domain::{Correction, PatternId, SourceName, TicketId};
use crate::engine::event::Event;
use crate::engine::rows::TicketRow;
use crate::store::StoreError;
use crate::store::codec::{self, padded};

impl World {
    /// Patterns merged, tickets split off, two kept apart.
    pub(super) fn somebody_corrects(&mut self) -> Result<(), StoreError> {
        let (Some(one), Some(other)) = (self.some_ticket()?, self.some_ticket()?) else {
            return Ok(());
        };
        let (ticket, pattern) = one;
        let correction = match self.chance.below(4) {
            0 | 1 => Correction::Merge {
                patterns: vec![pattern, other.1],
            },
            2 => Correction::Split {
                pattern,
                tickets: vec![ticket],
            },
            _ => Correction::NotTheSame {
                one: pattern,
                other: other.1,
            },
        };
        let person = self.person();
        self.happens(Event::CorrectionAsked {
            person,
            correction,
            tickets: Vec::new(),
        })
    }

    /// A ticket is edited where it was posted, or deleted there.
    pub(super) fn a_ticket_changes(&mut self) -> Result<(), StoreError> {
        let request = 1 + self.chance.below(self.requests.max(1));
        let id = format!("{request}-{}", self.chance.below(3));
        let Some(Ok(draft)) = self.ticket(&id).into_iter().next() else {
            return Ok(());
        };
        let source = SourceName::new("source");
        match draft.identity.filter(|_| self.chance.percent(30)) {
            Some(identity) => self.happens(Event::TicketWithdrawn {
                source,
                identity,
                stored: None,
            }),
            None => self.happens(Event::TicketEdited {
                source,
                draft: Box::new(draft),
                stored: None,
            }),
        }
    }

    /// A ticket that was accepted, with the pattern it was put into.
    fn some_ticket(&mut self) -> Result<Option<(TicketId, PatternId)>, StoreError> {
        let Some(ticket) = self.chance.pick(&self.accepted).copied() else {
            return Ok(None);
        };
        let key = padded(ticket.number());
        let row = codec::load::<TicketRow>(&*self.store, &self.workspace, key)?;
        Ok(row.and_then(|row| Some((ticket, row.pattern?))))
    }
}
