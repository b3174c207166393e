//! Two open incidents turn out to be one problem: the older goes on, and nobody is asked twice.

use super::{Step, map};
use crate::domain::{Actor, IncidentId, PlanState, Reaches, SubjectId};
use serde_json::json;

impl Step<'_> {
    /// Shows both what they are to each other. What the younger asks to tell a team is void where the
    /// older has asked or done the same; what would reach its own merchants still waits, because
    /// nothing else reaches them.
    pub(super) fn are_one_problem(&mut self, stays: IncidentId, other: Option<IncidentId>) {
        self.touch(SubjectId::Incident(stays));
        let Some(other) = other else { return };
        let planned = match self.state.incident(stays) {
            Some(incident) => incident.actions.clone(),
            None => return,
        };
        let subject = SubjectId::Incident(other);
        let twice: Vec<_> = self
            .state
            .plans_of(subject)
            .map(|live| &live.plan)
            .filter(|plan| plan.state == PlanState::Waiting && plan.undoes.is_none())
            .filter(|plan| planned.contains(&plan.action))
            .filter(|plan| {
                let action = self.rules.catalogue.get(&plan.action);
                action.is_some_and(|action| action.reaches != Reaches::EachMerchant)
            })
            .map(|plan| plan.id)
            .collect();
        let record = self.record(
            Actor::Medic,
            "incident.same_problem",
            format!("{other} is the same problem as {stays}: new tickets go there"),
        );
        record.subject = Some(subject);
        record.result = map([("incident", json!(stays))]);
        for plan in twice {
            self.void_plan(
                plan,
                &format!("{stays} is the same problem and asks for it"),
            );
        }
        self.touch(subject);
    }

    /// The older of incidents of one problem has ended. That it healed says nothing of the younger's
    /// merchants, who were not counted: those go on.
    pub(super) fn go_on_without(&mut self, id: IncidentId) {
        for other in self.state.go_on_without(id) {
            self.touch(SubjectId::Incident(other));
        }
    }
}
