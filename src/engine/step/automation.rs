//! Fixes that do not help: after two of them nothing treats the pattern without a person, whatever
//! incident it shows itself in, until a person lets automation go on.

use super::commands::words;
use super::{Step, map};
use crate::decide::INEFFECTIVE_LIMIT;
use crate::domain::{Actor, Digest, IncidentId, PatternId, Person, PlanId, SubjectId};
use crate::engine::event::Reply;
use serde_json::json;

impl Step<'_> {
    /// A fix of an incident turned out not to help.
    pub(super) fn did_not_help(&mut self, id: IncidentId, plan: PlanId) {
        let Some(incident) = self.state.incident_mut(id) else {
            return;
        };
        incident.ineffective += 1;
        let pattern = incident.pattern;
        let count = self.state.count_ineffective(pattern);
        if count != INEFFECTIVE_LIMIT {
            return;
        }
        let record = self.record(
            Actor::Medic,
            "automation.stopped",
            format!(
                "{count} fixes of {pattern} did not help: nothing treats it without a person any more"
            ),
        );
        record.subject = Some(SubjectId::Incident(id));
        record.plan = Some(plan);
        record.result = map([("pattern", json!(pattern)), ("ineffective", json!(count))]);
    }

    /// A person lets automation go on for an incident's pattern.
    pub(super) fn automation_lifted(
        &mut self,
        person: &Person,
        id: IncidentId,
        reason: &str,
        pattern: Option<PatternId>,
    ) -> Reply {
        let Some(reason) = words(reason) else {
            return Reply::Refused(
                "Say what is different now, in at most 1000 characters.".to_owned(),
            );
        };
        let Some(pattern) = pattern else {
            return Reply::Refused(format!("There is no incident {id}."));
        };
        let pattern = self.state.detector.resolve(pattern);
        let count = self.state.ineffective(pattern);
        if count < INEFFECTIVE_LIMIT {
            return Reply::Refused(format!(
                "Automation is not stopped for {pattern}. Nothing was changed."
            ));
        }
        if let Err(roles) = self.steers(person) {
            return Reply::Refused(format!(
                "Automation for {pattern} can be let go on by {roles}, and you hold none of these roles."
            ));
        }
        self.state.forgive(pattern);
        let said = format!(
            "Automation goes on for {pattern}, in which {count} fixes did not help. Two more stop it again."
        );
        let record = self.record(person.actor(), "automation.lifted", said.clone());
        record.subject = Some(SubjectId::Incident(id));
        record.why = map([("reason", json!(Digest::of(&reason)))]);
        record.result = map([("pattern", json!(pattern))]);
        self.touch(SubjectId::Incident(id));
        Reply::Done(said)
    }
}
