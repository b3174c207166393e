//! Two open incidents turn out to be one problem: the older goes on, and nobody is asked twice.

use super::{Step, map};
use crate::domain::{Action, Actor, IncidentId, PlanState, Reaches, SubjectId};
use serde_json::json;

impl Step<'_> {
    /// Shows both what they are to each other. What the younger asks to tell a team is void while the
    /// older asks or does the same; what would reach its own merchants still waits, because nothing
    /// else reaches them.
    pub(super) fn are_one_problem(&mut self, stays: IncidentId, other: Option<IncidentId>) {
        self.touch(SubjectId::Incident(stays));
        let Some(other) = other else { return };
        let subject = SubjectId::Incident(other);
        let twice: Vec<_> = self
            .state
            .plans_of(subject)
            .map(|live| &live.plan)
            .filter(|plan| plan.state == PlanState::Waiting && plan.undoes.is_none())
            .filter(|plan| {
                let action = self.rules.catalogue.get(&plan.action);
                action.is_some_and(|action| self.older_has_in_hand(subject, action))
            })
            .map(|plan| (plan.id, plan.action.clone()))
            .collect();
        let record = self.record(
            Actor::Medic,
            "incident.same_problem",
            format!("{other} is the same problem as {stays}: new tickets go there"),
        );
        record.subject = Some(subject);
        record.result = map([("incident", json!(stays))]);
        for (plan, action) in twice {
            self.void_plan(
                plan,
                &format!("{stays} is the same problem and asks for it"),
            );
            // If the older ends without it, it is asked for here after all.
            if let Some(incident) = self.state.incident_mut(other) {
                incident.actions.remove(&action);
            }
        }
        self.touch(subject);
    }

    /// The older of incidents of one problem has ended. That it healed says nothing of the younger's
    /// merchants, who were not counted: those go on.
    pub(super) fn go_on_without(&mut self, id: IncidentId) {
        let others = self.state.go_on_without(id);
        for other in &others {
            self.touch(SubjectId::Incident(*other));
        }
        if let Some(first) = others.first() {
            self.decide(SubjectId::Incident(*first));
        }
    }

    /// Whether an action that tells a team waits or runs for the older incident of the same problem.
    pub(super) fn older_has_in_hand(&self, subject: SubjectId, action: &Action) -> bool {
        let SubjectId::Incident(id) = subject else {
            return false;
        };
        let older = self
            .state
            .incident(id)
            .and_then(|incident| incident.same_as);
        action.reaches != Reaches::EachMerchant
            && older.is_some_and(|older| {
                self.state
                    .plans_of(SubjectId::Incident(older))
                    .any(|live| live.plan.action == action.name && !live.plan.state.is_final())
            })
    }
}
