//! What people may do about decisions beside voting, and what a surface needs to offer it.

use super::{CommandError, Handle};
use crate::domain::{Delegation, Person, PersonId, PlanId, SubjectId, WorkspaceId};
use crate::engine::event::{Event, PartEdit, PlanWish};
use crate::engine::query;
use crate::engine::views::{AlikeGroup, AlikeRow};
use crate::store::StoreError;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Handle {
    /// Takes a person's own approval of a plan back, while the plan still waits.
    ///
    /// # Errors
    /// When there is none, or the plan does not wait any more.
    pub async fn withdraw(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
    ) -> Result<String, CommandError> {
        self.wish(workspace, person, plan, PlanWish::Withdraw).await
    }

    /// Puts a question off: at `until`, 5 minutes to 24 hours away, everybody is asked again and
    /// the time to answer begins anew.
    ///
    /// # Errors
    /// When the person may not decide about the plan, or it does not wait any more.
    pub async fn snooze(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        until: Timestamp,
    ) -> Result<String, CommandError> {
        self.wish(workspace, person, plan, PlanWish::Snooze { until })
            .await
    }

    /// Has something else sent: a new plan with a new digest takes the place of this one, and the
    /// person counts as having asked for it. `without` leaves deliveries out.
    ///
    /// # Errors
    /// When the person may not decide about the plan, the card they saw is stale, or an edit will
    /// not do, with the reason.
    pub async fn edit(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        digest_prefix: &str,
        edits: Vec<PartEdit>,
        without: BTreeSet<u32>,
    ) -> Result<String, CommandError> {
        let prefix = digest_prefix.to_owned();
        let wish = PlanWish::Edit {
            prefix,
            edits,
            without,
        };
        self.wish(workspace, person, plan, wish).await
    }

    /// Approves several plans that are alike, each with the digest prefix that was seen, each as a
    /// vote of its own. Answers with one line a plan.
    ///
    /// # Errors
    /// When they are not alike, or none of the votes counts.
    pub async fn vote_many(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plans: Vec<(PlanId, String)>,
    ) -> Result<String, CommandError> {
        let person = person.clone();
        let event = Event::VotedOnMany { person, plans };
        Ok(self.inbox.command(workspace, event).await?)
    }

    /// Lets `to` decide in the person's place until then; none ends it.
    ///
    /// # Errors
    /// When there is no such person, or the time makes no sense.
    pub async fn delegate(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        to: Option<PersonId>,
        until: Timestamp,
    ) -> Result<String, CommandError> {
        let person = person.clone();
        let event = Event::DelegationAsked { person, to, until };
        Ok(self.inbox.command(workspace, event).await?)
    }

    /// Who lets whom decide in their place now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn delegations(&self, workspace: &WorkspaceId) -> Result<Vec<Delegation>, StoreError> {
        query::delegations(&*self.store, workspace, self.inbox.now())
    }

    /// The plans that wait and could be approved together with this one, itself among them: the
    /// same action, for the same cause, at the same risk.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alike(
        &self,
        workspace: &WorkspaceId,
        plan: PlanId,
    ) -> Result<Vec<AlikeRow>, StoreError> {
        query::alike(&*self.store, workspace, plan)
    }

    /// What waits and is alike, in groups of two or more, the largest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alike_groups(&self, workspace: &WorkspaceId) -> Result<Vec<AlikeGroup>, StoreError> {
        query::alike_groups(&*self.store, workspace)
    }

    /// The incident or case that a plan is for; none if there is no such plan.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subject_of(
        &self,
        workspace: &WorkspaceId,
        plan: PlanId,
    ) -> Result<Option<SubjectId>, StoreError> {
        let found = query::plan_of(&*self.store, workspace, plan)?;
        Ok(found.map(|stored| stored.plan.subject))
    }

    /// Everyone the config names, by id and name, in its order: whom somebody can have decide in
    /// their place.
    pub fn people(&self, workspace: &WorkspaceId) -> Vec<(PersonId, String)> {
        let Some(rules) = self.inbox.rules(workspace) else {
            return Vec::new();
        };
        let people = rules.governance.people.iter();
        people
            .map(|person| (person.id.clone(), person.name.clone()))
            .collect()
    }

    async fn wish(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        wish: PlanWish,
    ) -> Result<String, CommandError> {
        let person = person.clone();
        let event = Event::PlanAsked { person, plan, wish };
        Ok(self.inbox.command(workspace, event).await?)
    }
}
