//! Tickets that people post on a surface: their place there is what makes them one of their kind.

use super::{RawTicket, SourceRules, TicketDraft, accept, keys};
use crate::domain::{Digest, Origin, Problem, Surface, WorkspaceId};
use jiff::Timestamp;

/// Checks a ticket that stands at this place, and makes it fit to be stored. Its own `ticket_id`
/// does not count.
///
/// # Errors
/// As [`accept`].
pub fn accept_posted(
    raw: RawTicket,
    origin: Origin,
    rules: &SourceRules,
    now: Timestamp,
) -> Result<TicketDraft, Problem> {
    let raw = RawTicket {
        ticket_id: String::new(),
        ..raw
    };
    let mut draft = accept(raw, rules, now)?;
    draft.identity = Some(posted_identity(
        &rules.workspace,
        origin.surface,
        &origin.id,
    ));
    // The surface's own number, shown as it is: it names no person.
    draft.external_id = Some(origin.id.clone());
    draft.origin = Some(origin);
    Ok(draft)
}

/// The key of the ticket that stands at this place. No source's own ids ever give the same.
pub fn posted_identity(workspace: &WorkspaceId, surface: Surface, id: &str) -> Digest {
    keys::posted(workspace, surface.as_str(), id)
}
