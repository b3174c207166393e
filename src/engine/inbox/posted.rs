//! Tickets that stand on a surface, and what the surface notes beside them.

use super::{BUSY_SECONDS, Event, Inbox, Refused, Reply, UNAVAILABLE_SECONDS};
use crate::domain::{Problem, SourceName, Surface, WorkspaceId};
use crate::engine::event::Arrival;
use crate::engine::handle::{Note, PostedTicket, Receipt, SubmitError, TicketChange};
use crate::observe::intake::{self, DeliveryId, SourceRules, TicketDraft};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

impl Inbox {
    pub async fn submit_posted(&self, ticket: PostedTicket) -> Result<Receipt, SubmitError> {
        let (workspace, source) = (ticket.workspace.clone(), ticket.source.clone());
        let permit = self.room_for(&ticket)?;
        let draft = self.draft(ticket);
        let request = match &draft {
            Ok(TicketDraft {
                identity: Some(identity),
                ..
            }) => intake::delivery_key(&workspace, &source, DeliveryId::Body(*identity)),
            Ok(_) => return Err(unavailable()),
            Err(problem) => return Ok(Receipt::Refused(problem.clone())),
        };
        let event = Event::TicketsArrived {
            source,
            request,
            window: None,
            repeat_of: None,
            arrivals: vec![Arrival { draft, known: None }],
        };
        match self.send(&workspace, event, Some(permit)).await {
            Ok(Reply::Receipts(receipts)) => receipts.into_iter().next().ok_or_else(unavailable),
            _ => Err(unavailable()),
        }
    }

    pub async fn edit_posted(&self, ticket: PostedTicket) -> Result<TicketChange, SubmitError> {
        let (workspace, source) = (ticket.workspace.clone(), ticket.source.clone());
        let permit = self.room_for(&ticket)?;
        let draft = self.draft(ticket).map_err(SubmitError::Problem)?;
        let event = Event::TicketEdited {
            source,
            draft: Box::new(draft),
            stored: None,
        };
        self.change(&workspace, event, Some(permit)).await
    }

    pub async fn withdraw_posted(
        &self,
        workspace: &WorkspaceId,
        source: &SourceName,
        surface: Surface,
        id: &str,
    ) -> Result<TicketChange, SubmitError> {
        let event = Event::TicketWithdrawn {
            source: source.clone(),
            identity: intake::posted_identity(workspace, surface, id),
            stored: None,
        };
        self.change(workspace, event, None).await
    }

    pub async fn note(
        &self,
        workspace: &WorkspaceId,
        surface: Surface,
        notes: Vec<Note>,
    ) -> Result<(), Refused> {
        self.command(workspace, Event::Noted { surface, notes })
            .await
            .map(|_| ())
    }

    async fn change(
        &self,
        workspace: &WorkspaceId,
        event: Event,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<TicketChange, SubmitError> {
        match self.send(workspace, event, permit).await {
            Ok(Reply::Changed(change)) => Ok(change),
            _ => Err(unavailable()),
        }
    }

    fn room_for(&self, ticket: &PostedTicket) -> Result<OwnedSemaphorePermit, SubmitError> {
        let raw = &ticket.raw;
        let bytes = raw.issue.len() + raw.merchant_message.len() + raw.error_log.len();
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        Arc::clone(&self.budget)
            .try_acquire_many_owned(kib)
            .map_err(|_| SubmitError::Busy {
                retry_after_seconds: BUSY_SECONDS,
            })
    }

    fn draft(&self, ticket: PostedTicket) -> Result<TicketDraft, Problem> {
        let rules = SourceRules {
            workspace: ticket.workspace,
            name: ticket.source,
            verified_merchants: ticket.verified,
            author: Some(ticket.origin.author.clone()),
            pseudonym_key: self.terms.pseudonym_key,
        };
        intake::accept_posted(ticket.raw, ticket.origin, &rules, self.clock.now())
    }
}

const fn unavailable() -> SubmitError {
    SubmitError::Unavailable {
        retry_after_seconds: UNAVAILABLE_SECONDS,
    }
}
