//! What people may say about patterns, and what can be told about one.

use super::{CommandError, Handle};
use crate::domain::{Correction, PatternId, Person, TicketId, WorkspaceId};
use crate::engine::event::Event;
use crate::engine::query;

impl Handle {
    /// These patterns are one problem. Binding: they stay one.
    ///
    /// # Errors
    /// When the person may not, fewer than two different ones are named, or a person said earlier
    /// that two of them are not the same.
    pub async fn merge(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        patterns: Vec<PatternId>,
    ) -> Result<String, CommandError> {
        self.correct(workspace, person, Correction::Merge { patterns })
            .await
    }

    /// These tickets of a pattern are another problem. Binding: the two never become one again.
    ///
    /// # Errors
    /// When the person may not, or a ticket is not in this pattern.
    pub async fn split(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        pattern: PatternId,
        tickets: Vec<TicketId>,
    ) -> Result<String, CommandError> {
        self.correct(workspace, person, Correction::Split { pattern, tickets })
            .await
    }

    /// These two patterns are different problems. Binding: they never become one, and no alert of
    /// one is held back for the other.
    ///
    /// # Errors
    /// When the person may not, or both are one pattern already (a split is the way then).
    pub async fn not_the_same(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        one: PatternId,
        other: PatternId,
    ) -> Result<String, CommandError> {
        self.correct(workspace, person, Correction::NotTheSame { one, other })
            .await
    }

    /// The pattern that a person means by `P-7`, by an incident `INC-4` or by a ticket `T-12`.
    ///
    /// # Errors
    /// When it is none of these, or there is no such thing, or the store cannot be read.
    pub fn pattern_named(
        &self,
        workspace: &WorkspaceId,
        text: &str,
    ) -> Result<PatternId, CommandError> {
        query::pattern_named(&*self.store, workspace, text.trim())
            .map_err(|error| CommandError::Unavailable(error.to_string()))?
            .ok_or_else(|| unknown(text))
    }

    /// The patterns that a person names, with commas, spaces or lines between; see
    /// [`Handle::pattern_named`].
    ///
    /// # Errors
    /// When one of them is none, or the store cannot be read.
    pub fn patterns_named(
        &self,
        workspace: &WorkspaceId,
        text: &str,
    ) -> Result<Vec<PatternId>, CommandError> {
        names(text)
            .map(|name| self.pattern_named(workspace, name))
            .collect()
    }

    /// The tickets that a person names, with commas, spaces or lines between.
    ///
    /// # Errors
    /// When one of them is no ticket's number.
    pub fn tickets_named(text: &str) -> Result<Vec<TicketId>, CommandError> {
        let number = |name: &str| {
            name.to_uppercase().parse().map_err(|_| {
                let name: String = name.chars().take(40).collect();
                CommandError::Refused(format!(
                    "{name:?} is no ticket. Name tickets like T-31, T-44. Nothing was changed."
                ))
            })
        };
        names(text).map(number).collect()
    }

    async fn correct(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        correction: Correction,
    ) -> Result<String, CommandError> {
        let event = Event::CorrectionAsked {
            person: person.clone(),
            correction,
            tickets: Vec::new(),
        };
        Ok(self.inbox.command(workspace, event).await?)
    }
}

fn unknown(name: &str) -> CommandError {
    CommandError::Refused(format!(
        "There is no {:?} here. Name a pattern like P-7, an incident like INC-4 or a ticket like \
         T-12. Nothing was changed.",
        name.trim().chars().take(40).collect::<String>()
    ))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', ';', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
}
