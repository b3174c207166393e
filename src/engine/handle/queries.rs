//! What surfaces ask. Every answer holds only what is durable.

use super::super::{query, stats};
use super::{
    CaseRow, Changed, Handle, IncidentRow, Overview, RecordQuery, Stats, TicketView, WaitingRow,
};
use crate::audit::Head;
use crate::domain::card::Card;
use crate::domain::closing::Closing;
use crate::domain::{
    CaseId, Delivery, Incident, IncidentId, PlanId, Record, SubjectId, Surface, TicketId,
    WorkspaceId,
};
use crate::store::StoreError;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Handle {
    /// The front page.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn overview(&self, workspace: &WorkspaceId) -> Result<Overview, StoreError> {
        query::overview(&*self.store, workspace, self.inbox.now())
    }

    /// Incidents, newest first; `before` is the last one of the page before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn incidents(
        &self,
        workspace: &WorkspaceId,
        before: Option<IncidentId>,
        limit: usize,
    ) -> Result<Vec<IncidentRow>, StoreError> {
        query::incidents(&*self.store, workspace, before, limit)
    }

    /// Cases, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cases(
        &self,
        workspace: &WorkspaceId,
        before: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseRow>, StoreError> {
        query::cases(&*self.store, workspace, before, limit)
    }

    /// The card of an incident or case; none if there is no such thing in this workspace.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn card(
        &self,
        workspace: &WorkspaceId,
        subject: SubjectId,
    ) -> Result<Option<Card>, StoreError> {
        let Some(rules) = self.inbox.rules(workspace) else {
            return Ok(None);
        };
        query::card(&*self.store, workspace, subject, rules, self.inbox.now())
    }

    /// What those who reported are told in a workspace, in each language.
    pub fn closing(&self, workspace: &WorkspaceId) -> Closing {
        let rules = self.inbox.rules(workspace);
        rules.map(|rules| rules.closing.clone()).unwrap_or_default()
    }

    /// An incident with what became of each of its merchants.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn incident(
        &self,
        workspace: &WorkspaceId,
        id: IncidentId,
    ) -> Result<Option<Incident>, StoreError> {
        query::load_incident(&*self.store, workspace, id)
    }

    /// Tickets, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn tickets(
        &self,
        workspace: &WorkspaceId,
        before: Option<TicketId>,
        limit: usize,
    ) -> Result<Vec<TicketView>, StoreError> {
        query::tickets(&*self.store, workspace, before, limit)
    }

    /// One ticket.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ticket(
        &self,
        workspace: &WorkspaceId,
        id: TicketId,
    ) -> Result<Option<TicketView>, StoreError> {
        query::ticket(&*self.store, workspace, id)
    }

    /// Audit records, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn records(
        &self,
        workspace: &WorkspaceId,
        wanted: &RecordQuery,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        query::records(&*self.store, workspace, wanted, limit)
    }

    /// Deliveries that were started, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn deliveries(
        &self,
        workspace: &WorkspaceId,
        before: Option<(PlanId, u32)>,
        limit: usize,
    ) -> Result<Vec<(SubjectId, String, Delivery)>, StoreError> {
        query::deliveries(&*self.store, workspace, before, limit)
    }

    /// What waits for a person, the dearest wait first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting(&self, workspace: &WorkspaceId) -> Result<Vec<WaitingRow>, StoreError> {
        query::waiting(&*self.store, workspace, self.inbox.now())
    }

    /// Every incident and case that something may still happen to: open, undecided, or with a plan
    /// that waits, runs or is watched.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn live(&self, workspace: &WorkspaceId) -> Result<BTreeSet<SubjectId>, StoreError> {
        query::live(&*self.store, workspace)
    }

    /// Incidents and cases that records behind number `after` are about; looks at `limit` records
    /// at most, and says how far it came. Together with [`Handle::live`] a surface finds after a
    /// stop whatever it has not shown, also what is over by now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn changed_since(
        &self,
        workspace: &WorkspaceId,
        after: u64,
        limit: usize,
    ) -> Result<Changed, StoreError> {
        query::changed_since(&*self.store, workspace, after, limit)
    }

    /// The tickets of an incident or case, in the order in which they came, behind `after`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn tickets_of(
        &self,
        workspace: &WorkspaceId,
        subject: SubjectId,
        after: Option<TicketId>,
        limit: usize,
    ) -> Result<Vec<TicketView>, StoreError> {
        query::tickets_of(&*self.store, workspace, subject, after, limit)
    }

    /// One note that a surface keeps.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn note_of(
        &self,
        workspace: &WorkspaceId,
        surface: Surface,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        query::note(&*self.store, workspace, surface, key)
    }

    /// Notes of a surface whose keys start with `start`, as key and value in the order of their
    /// keys, behind the key `after`. `card/INC-4` is also the start of `card/INC-40`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn notes(
        &self,
        workspace: &WorkspaceId,
        surface: Surface,
        start: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        query::notes(&*self.store, workspace, surface, start, after, limit)
    }

    /// How the team does, by what began since `since`. Reads the records of that time only, and at
    /// most the newest [`stats::FURTHEST`]; [`Stats::complete`] says whether that was all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn stats(
        &self,
        workspace: &WorkspaceId,
        since: Option<Timestamp>,
    ) -> Result<Stats, StoreError> {
        stats::read(&*self.store, workspace, since, self.inbox.now())
    }

    /// The end of the audit chain.
    pub fn head(&self) -> Head {
        self.store.head()
    }

    /// What the engine's clock says.
    pub fn now(&self) -> Timestamp {
        self.inbox.now()
    }
}
