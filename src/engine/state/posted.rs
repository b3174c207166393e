//! Tickets that stand on a surface, and what surfaces keep beside them.

use super::State;
use crate::domain::{Surface, TicketId, TicketMerchant};
use crate::engine::rows::{NoteRow, TicketRow, note_id};
use crate::store::codec;

impl State {
    /// Writes a ticket. One that may be edited where it stands is remembered until the batch is
    /// taken, since the store does not have it yet.
    pub fn put_ticket(&mut self, row: TicketRow) {
        self.put_row(&row);
        if row.origin.is_some() {
            self.posted.insert(row.ticket.id, row);
        }
    }

    /// A ticket as the batch that is being made has it.
    pub fn ticket_in_batch(&self, id: TicketId) -> Option<&TicketRow> {
        self.posted.get(&id)
    }

    /// Names the merchant of a ticket that was answered as a case, in case an incident turns out
    /// to be its.
    pub fn name_recent(&mut self, id: TicketId, merchant: &TicketMerchant) {
        if let Some(recent) = self.recent.get_mut(&id) {
            recent.merchant = Some(merchant.clone());
        }
    }

    /// Writes a surface's note, or removes it.
    pub fn put_note(&mut self, surface: Surface, key: String, value: Option<String>) {
        match value {
            Some(value) => self.put_row(&NoteRow {
                surface,
                key,
                value,
            }),
            None => self.extra.push(codec::delete_change::<NoteRow>(
                &self.workspace,
                note_id(surface, &key),
            )),
        }
    }
}
