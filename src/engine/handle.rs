//! All that adapters see of the engine: submit, decide, ask, and hear that something changed.
//!
//! Commands go through the engine's loop and answer only after the change is durable. Queries read
//! the store and see every change that has been answered.

mod deciding;
mod patterns;
mod posted;
mod queries;
mod review;

use super::event::Event;
use super::inbox::{Inbox, Refused};
use crate::domain::{
    IncidentId, PatternId, Person, PlanId, Problem, RootCause, SourceName, SubjectId, TicketId,
    WorkspaceId,
};
use crate::store::Store;
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::sync::broadcast;

pub use super::event::{Ballot, PartEdit, Settlement};
pub use super::redecide::{Change as RuleChange, Redecided};
pub use super::stats::{self, Stats};
pub use super::views::{
    AlikeGroup, AlikeRow, CaseRow, Changed, Figures, IncidentRow, Notice, Overview, PauseView,
    RecordQuery, TicketView, Topic, WaitingRow,
};
pub use crate::audit::Head;
pub use crate::observe::intake::RawTicket;
pub use crate::store::StoreError;
pub use posted::{Note, PostedTicket, TicketChange};
pub use review::{ExportFormat, ExportedRecords, PolicyView, RuleView};

/// A source whose sender an adapter has proven, with what the config says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGrant {
    /// The workspace its tickets belong to.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: SourceName,
    /// Whether the merchants it names count as verified.
    pub verified_merchants: bool,
    /// Who speaks through it, for claimed merchants; the source's own name for a webhook.
    pub author: String,
    /// How long the same body counts as a repeat, where the sender signs no delivery id.
    pub replay_window: SignedDuration,
}

/// The answer about one ticket of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is stored.
    Accepted {
        /// Medic's number for it.
        ticket: TicketId,
        /// The source's own id, if it gave one.
        external_id: Option<String>,
        /// Where it was put.
        pattern: Option<PatternId>,
    },
    /// It was stored before, under this number; nothing changed.
    Duplicate {
        /// Medic's number for it.
        ticket: TicketId,
        /// The source's own id, if it gave one.
        external_id: Option<String>,
    },
    /// It cannot be taken; the others were.
    Refused(Problem),
}

/// Why a request as a whole was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The request as a whole is wrong.
    #[error("{0}")]
    Problem(Problem),
    /// Too much is waiting; nothing of the request was taken.
    #[error("too many tickets are waiting; send this request again in {retry_after_seconds} s")]
    Busy {
        /// When to come back.
        retry_after_seconds: u32,
    },
    /// The store does not write at the moment; nothing of the request was taken.
    #[error(
        "cannot store tickets at the moment; send this request again in {retry_after_seconds} s"
    )]
    Unavailable {
        /// When to come back.
        retry_after_seconds: u32,
    },
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The sentence to show to the person who asked.
    #[error("{0}")]
    Refused(String),
    /// The engine is busy or the store does not write; nothing changed.
    #[error("nothing was changed: {0}")]
    Unavailable(String),
}

/// The engine, as adapters hold it. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    inbox: Inbox,
    store: Arc<dyn Store>,
    notices: broadcast::Sender<Notice>,
}

impl Handle {
    pub(super) fn new(
        inbox: Inbox,
        store: Arc<dyn Store>,
        notices: broadcast::Sender<Notice>,
    ) -> Self {
        Self {
            inbox,
            store,
            notices,
        }
    }

    /// Takes a request body from a proven source: parses, redacts, stores. Returns only when every
    /// accepted ticket is durable. `delivery_id` is the sender's own id of this request.
    ///
    /// # Errors
    /// Where the request as a whole cannot be taken; a bad ticket among good ones is a [`Receipt`].
    pub async fn submit(
        &self,
        source: &SourceGrant,
        content_type: &str,
        body: &[u8],
        delivery_id: Option<&str>,
    ) -> Result<Vec<Receipt>, SubmitError> {
        self.inbox
            .submit(source, content_type, body, delivery_id)
            .await
    }

    /// One person's word on a plan. `digest_prefix` is what the card they saw carried. Answers
    /// with the sentence to show.
    ///
    /// # Errors
    /// When it does not count, with the reason.
    pub async fn vote(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        digest_prefix: &str,
        ballot: Ballot,
    ) -> Result<String, CommandError> {
        Ok(self
            .inbox
            .vote(workspace, person, plan, digest_prefix, ballot)
            .await?)
    }

    /// Says what became of a delivery whose outcome is not known.
    ///
    /// # Errors
    /// When it does not count, with the reason.
    pub async fn settle(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        index: u32,
        settlement: Settlement,
    ) -> Result<String, CommandError> {
        Ok(self
            .inbox
            .settle(workspace, person, plan, index, settlement)
            .await?)
    }

    /// Stops every delivery, now, until somebody resumes.
    ///
    /// # Errors
    /// When the person may not, or the store does not write.
    pub async fn pause(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        reason: &str,
    ) -> Result<String, CommandError> {
        Ok(self.inbox.pause(workspace, person, Some(reason)).await?)
    }

    /// Lets deliveries go on.
    ///
    /// # Errors
    /// When the person may not, or the store does not write.
    pub async fn resume(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
    ) -> Result<String, CommandError> {
        Ok(self.inbox.pause(workspace, person, None).await?)
    }

    /// Closes an incident by a person's word.
    ///
    /// # Errors
    /// When the person may not, or it is closed already.
    pub async fn close(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        incident: IncidentId,
        reason: &str,
    ) -> Result<String, CommandError> {
        Ok(self
            .inbox
            .close(workspace, person, incident, reason)
            .await?)
    }

    /// Says that the cause on a card is wrong, and what it is `instead` if that is known: it feeds
    /// the calibration, and what waits to treat that cause is ended. Also of what is closed.
    ///
    /// # Errors
    /// When the person may not, there is no cause, or no reason is given.
    pub async fn doubt_cause(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        subject: SubjectId,
        instead: Option<RootCause>,
        reason: &str,
    ) -> Result<String, CommandError> {
        Ok(self
            .inbox
            .doubt_cause(workspace, person, subject, instead, reason)
            .await?)
    }

    /// Records that a person had a question sent to the merchant of a ticket that `subject` answers.
    ///
    /// # Errors
    /// When the store does not write.
    pub async fn merchant_asked(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        ticket: TicketId,
        subject: SubjectId,
        text: &str,
    ) -> Result<String, CommandError> {
        let event = Event::MerchantAsked {
            person: person.clone(),
            ticket,
            subject,
            question: text.to_owned(),
        };
        Ok(self.inbox.command(workspace, event).await?)
    }

    /// Marks a single-use sign-in link as used, for ever, and records the sign-in.
    ///
    /// # Errors
    /// When it was used before.
    pub async fn sign_in(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        link_id: &str,
    ) -> Result<(), CommandError> {
        Ok(self.inbox.sign_in(workspace, person, link_id).await?)
    }

    /// Whether the engine takes commands and the store reads and writes; the sentence says what is wrong.
    pub fn ready(&self) -> Result<(), String> {
        self.inbox.ready()
    }

    /// From now on, everything that changes. A slow reader misses notices and is told so.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Sentence(text) => Self::Refused(text),
            Refused::Unavailable(text) => Self::Unavailable(text),
        }
    }
}
