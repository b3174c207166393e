//! Tells on the terminal what happens, as a person would.

use crate::domain::card::{Card, CardState, PlanCard, plain};
use crate::domain::{IncidentId, PlanId, SubjectId, WorkspaceId};
use crate::engine::handle::Handle;
use crate::store::StoreError;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// How far the text stands from the left: room for `08:41  `.
const INDENT: &str = "       ";

/// What has been told already.
#[derive(Debug, Default)]
pub struct Story {
    opened: BTreeSet<IncidentId>,
    diagnosed: BTreeMap<IncidentId, String>,
    plans: BTreeMap<PlanId, String>,
    outcomes: BTreeMap<IncidentId, (String, bool)>,
}

impl Story {
    /// What has changed since the last call, one paragraph each, wrapped to the terminal.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn go_on(
        &mut self,
        handle: &Handle,
        workspace: &WorkspaceId,
    ) -> Result<Vec<String>, StoreError> {
        let now = handle.overview(workspace)?.now;
        let mut told = Vec::new();
        let mut incidents = handle.incidents(workspace, None, 100)?;
        incidents.reverse();
        for row in incidents {
            if let Some(card) = handle.card(workspace, SubjectId::Incident(row.id))? {
                self.incident(row.id, &card, &mut told);
            }
        }
        Ok(told.iter().map(|text| paragraph(now, text)).collect())
    }

    fn incident(&mut self, id: IncidentId, card: &Card, told: &mut Vec<String>) {
        if self.opened.insert(id) {
            told.push(format!("{}. {}.", plain(&card.title), plain(&card.summary)));
        }
        let cause = fact(card, "Cause");
        if let Some(cause) = cause
            && self.diagnosed.get(&id) != Some(&cause)
        {
            let sure = fact(card, "How sure").unwrap_or_default();
            told.push(format!("{id}: I take it for {cause} ({sure})."));
            self.diagnosed.insert(id, cause);
        }
        for plan in card.plans.iter().rev() {
            let status = plain(&plan.status);
            if self.plans.get(&plan.id) != Some(&status) {
                told.push(plan_in_words(id, plan, &status));
                self.plans.insert(plan.id, status);
            }
        }
        let outcome = plain(&card.outcome);
        // The answer in a word: that the numbers have grown is no news.
        let word = outcome.split(':').next().unwrap_or_default();
        let closed = card.state == CardState::Done;
        let news = (word.to_owned(), closed);
        if !outcome.is_empty() && self.outcomes.get(&id) != Some(&news) {
            let end = if closed {
                format!(" {id} is closed.")
            } else {
                String::new()
            };
            told.push(format!("{id}: did it help? {outcome}{end}"));
            self.outcomes.insert(id, news);
        }
    }
}

fn plan_in_words(id: IncidentId, plan: &PlanCard, status: &str) -> String {
    let PlanCard {
        action,
        risk,
        deliveries,
        ..
    } = plan;
    if plan.can_vote {
        let whom = match deliveries.as_slice() {
            [one] => one.target.clone(),
            many => format!("{} merchants", many.len()),
        };
        return format!(
            "{id}: may I {action} to {whom}? Its risk is {}. I wait for you: open {id} and press \
             Approve or Reject.",
            risk.level
        );
    }
    format!("{id}: {action}: {status}.")
}

fn fact(card: &Card, name: &str) -> Option<String> {
    card.facts
        .iter()
        .find(|fact| fact.name == name)
        .map(|fact| plain(&fact.value))
}

/// `08:41  text`, wrapped to the terminal's width (at most 100 columns, for reading).
pub fn paragraph(at: Timestamp, text: &str) -> String {
    let width = textwrap::termwidth().clamp(40, 100);
    let head = at.strftime("%H:%M  ").to_string();
    let options = textwrap::Options::new(width)
        .initial_indent(&head)
        .subsequent_indent(INDENT);
    textwrap::fill(&one_line(text), options)
}

/// Ticket words must not move the cursor or forge a line of ours.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
