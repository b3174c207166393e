//! What would be decided about a single ticket, by the very code that decides, with nothing stored
//! and nothing sent.

use super::rules::Rules;
use super::state::State;
use super::step::{Output, decide_case};
use crate::domain::{Diagnosis, Plan, Ticket, WorkspaceId};
use crate::observe::detect::Detector;
use jiff::Timestamp;

/// Decides about tickets one by one, each as if it were the only one.
pub struct Preview<'a> {
    state: State,
    rules: &'a Rules,
}

impl<'a> Preview<'a> {
    /// A preview under these rules. The detector is not asked anything.
    pub fn new(rules: &'a Rules, workspace: &WorkspaceId, detector: Box<dyn Detector>) -> Self {
        Self {
            state: State::new(workspace, detector),
            rules,
        }
    }

    /// The plans that would be made for this ticket alone.
    pub fn plans(&mut self, ticket: &Ticket, diagnosis: Diagnosis, now: Timestamp) -> Vec<Plan> {
        let mut out = Output::default();
        let subject = decide_case(
            &mut self.state,
            self.rules,
            now,
            ticket,
            diagnosis,
            &mut out,
        );
        self.state.take_plans(subject)
    }
}
