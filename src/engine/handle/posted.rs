//! What a surface that people talk on does beside voting and asking: tickets that stand there, one
//! by one, and the small notes that it keeps.

use super::{CommandError, Handle, Receipt, SubmitError};
use crate::domain::{Origin, SourceName, Surface, TicketId, WorkspaceId};
use crate::observe::intake::RawTicket;

/// A ticket that an adapter made from what it saw on its surface.
#[derive(Clone)]
pub struct PostedTicket {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The source's name in records.
    pub source: SourceName,
    /// Its fields; a `ticket_id` in them does not count.
    pub raw: RawTicket,
    /// Where it stands; makes it one of its kind.
    pub origin: Origin,
    /// Whether its merchant is known by a role, a tag or a person's form. If not, it is claimed by
    /// the origin's author, and all that one author claims counts as one merchant.
    pub verified: bool,
}

/// What came of a change to a ticket where it was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketChange {
    /// It is stored, and whatever is live is looked at again.
    Stored {
        /// The ticket.
        ticket: TicketId,
    },
    /// The ticket stood like that already.
    Same {
        /// The ticket.
        ticket: TicketId,
    },
    /// There is no ticket of that place.
    Unknown,
}

/// Something small that a surface keeps: a key of its own and a value it can read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// 1 to 200 visible ASCII characters, like `card/INC-4`.
    pub key: String,
    /// At most 4,096 bytes; none removes the note.
    pub value: Option<String>,
}

/// Bytes of a note's value.
const MOST_NOTE_BYTES: usize = 4_096;
/// Characters of a note's key.
const LONGEST_NOTE_KEY: usize = 200;

impl Handle {
    /// Takes one ticket that stands on a surface. The same place again is a
    /// [`Receipt::Duplicate`], and nothing changes; see [`Handle::edit_ticket`]. Returns only when
    /// it is durable.
    ///
    /// # Errors
    /// When too much waits, or the store does not write. A ticket that cannot be taken is a
    /// [`Receipt::Refused`].
    pub async fn submit_ticket(&self, ticket: PostedTicket) -> Result<Receipt, SubmitError> {
        self.inbox.submit_posted(ticket).await
    }

    /// Stores what stands now where a ticket was posted: its words, and its merchant if none was
    /// named before. A live case that nothing was sent for is diagnosed and decided anew, an open
    /// incident diagnosed anew.
    ///
    /// # Errors
    /// As [`Handle::submit_ticket`]; [`SubmitError::Problem`] if it cannot be taken like that.
    pub async fn edit_ticket(&self, ticket: PostedTicket) -> Result<TicketChange, SubmitError> {
        self.inbox.edit_posted(ticket).await
    }

    /// Notes that a ticket was deleted where it was posted. It stays, is shown as deleted, and
    /// counts as before.
    ///
    /// # Errors
    /// When the store does not write.
    pub async fn withdraw_ticket(
        &self,
        workspace: &WorkspaceId,
        source: &SourceName,
        surface: Surface,
        id: &str,
    ) -> Result<TicketChange, SubmitError> {
        self.inbox
            .withdraw_posted(workspace, source, surface, id)
            .await
    }

    /// Keeps notes of a surface, all or none of them. Returns when they are durable; many at once
    /// cost one write.
    ///
    /// # Errors
    /// When a key or value is out of bounds, or the store does not write.
    pub async fn note(
        &self,
        workspace: &WorkspaceId,
        surface: Surface,
        notes: Vec<Note>,
    ) -> Result<(), CommandError> {
        if let Some(wrong) = notes.iter().find_map(wrong_with) {
            return Err(CommandError::Refused(wrong));
        }
        Ok(self.inbox.note(workspace, surface, notes).await?)
    }
}

fn wrong_with(note: &Note) -> Option<String> {
    let visible = note.key.bytes().all(|b| b.is_ascii_graphic());
    if !visible || !(1..=LONGEST_NOTE_KEY).contains(&note.key.len()) {
        return Some(format!(
            "a note's key has 1 to {LONGEST_NOTE_KEY} visible ASCII characters"
        ));
    }
    let bytes = note.value.as_ref().map_or(0, String::len);
    (bytes > MOST_NOTE_BYTES).then(|| {
        format!(
            "the note {} is {bytes} bytes, at most {MOST_NOTE_BYTES} are kept",
            note.key
        )
    })
}
