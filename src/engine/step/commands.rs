//! What people do beside voting: pause, resume, close, sign in.

use super::{Step, map};
use crate::domain::{Closure, IncidentId, Person, PlanId, PlanState, Risk, SubjectId, TicketId};
use crate::engine::event::{Effect, Reply};
use crate::engine::handle::Topic;
use crate::engine::rows::{LinkRow, PauseRow};
use crate::observe::redact::redact;
use serde_json::json;

/// The longest reason a person may give, in characters.
const MAX_REASON: usize = 1_000;

/// What a refusal is about; may be nothing in particular.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    plan: Option<PlanId>,
    subject: Option<SubjectId>,
}

impl From<PlanId> for About {
    fn from(plan: PlanId) -> Self {
        Self {
            plan: Some(plan),
            subject: None,
        }
    }
}

impl From<SubjectId> for About {
    fn from(subject: SubjectId) -> Self {
        Self {
            plan: None,
            subject: Some(subject),
        }
    }
}

impl Step<'_> {
    pub(super) fn pause_asked(&mut self, person: &Person, reason: Option<String>) -> Reply {
        match reason {
            Some(reason) => self.pause(person, &reason),
            None => self.resume(person),
        }
    }

    fn pause(&mut self, person: &Person, reason: &str) -> Reply {
        let Some(reason) = words(reason) else {
            return Reply::Refused(format!(
                "Say why, in at most {MAX_REASON} characters: whoever finds Medic paused will ask."
            ));
        };
        if let Some(pause) = self.state.pause() {
            return Reply::Refused(format!("Already paused by {}.", pause.by));
        }
        self.state.set_pause(Some(PauseRow {
            by: person.name.clone(),
            at: self.now,
            reason,
        }));
        self.record(
            person.actor(),
            "medic.paused",
            "nothing is delivered until somebody resumes",
        );
        self.pause_changed();
        Reply::Done("Paused. Nothing is delivered until somebody resumes.".to_owned())
    }

    fn resume(&mut self, person: &Person) -> Reply {
        if self.state.pause().is_none() {
            return Reply::Refused("Medic is not paused.".to_owned());
        }
        self.state.set_pause(None);
        self.record(person.actor(), "medic.resumed", "deliveries go on");
        self.pause_changed();
        let held: Vec<Effect> = self
            .state
            .outbox()
            .filter(|effect| matches!(effect, Effect::Deliver { .. }))
            .cloned()
            .collect();
        for effect in held {
            self.begin(effect);
        }
        Reply::Done("Resumed. Deliveries go on.".to_owned())
    }

    /// Every card of what waits or runs says whether Medic is paused.
    fn pause_changed(&mut self) {
        self.out.topics.insert(Topic::Pause);
        let held: Vec<SubjectId> = self
            .state
            .plans()
            .filter(|live| !live.plan.state.is_final())
            .map(|live| live.plan.subject)
            .collect();
        for subject in held {
            self.touch(subject);
        }
    }

    pub(super) fn close_asked(&mut self, person: &Person, id: IncidentId, reason: &str) -> Reply {
        let Some(reason) = words(reason) else {
            return Reply::Refused(format!(
                "Say why it can be closed, in at most {MAX_REASON} characters."
            ));
        };
        if !self
            .state
            .incident(id)
            .is_some_and(|incident| incident.is_open())
        {
            return Reply::Refused(format!(
                "{id} is closed already, or there is no such incident."
            ));
        }
        if let Err(roles) = self.steers(person) {
            let sentence =
                format!("{id} can be closed by {roles}, and you hold none of these roles.");
            return self.refuse_person(person, "closing", SubjectId::Incident(id).into(), sentence);
        }
        let closure = Closure::Person {
            name: person.name.clone(),
            reason,
        };
        // Who says that a problem is over says it of every incident of it; the younger first, or they
        // would go on without the older.
        for id in self.state.same_as(id).into_iter().chain([id]) {
            self.close_incident(id, closure.clone());
            let said = format!("{id} closed by a person");
            let record = self.record(person.actor(), "incident.closed", said);
            record.subject = Some(SubjectId::Incident(id));
        }
        Reply::Done(format!("{id} is closed."))
    }

    /// Closes an incident; plans that still wait have nothing left to do.
    pub(super) fn close_incident(&mut self, id: IncidentId, closure: Closure) {
        let now = self.now;
        let subject = SubjectId::Incident(id);
        let waiting: Vec<_> = self
            .state
            .plans_of(subject)
            .filter(|live| live.plan.state == PlanState::Waiting)
            .map(|live| live.plan.id)
            .collect();
        for plan in waiting {
            self.void_plan(plan, &format!("{id} was closed"));
        }
        let watched: Vec<_> = self
            .state
            .plans_of(subject)
            .filter(|live| live.plan.verify_at.is_some())
            .map(|live| live.plan.id)
            .collect();
        for plan in watched {
            if let Some(plan) = self.state.plan_mut(plan) {
                plan.verify_at = None;
            }
        }
        if let Some(incident) = self.state.incident_mut(id) {
            incident.closed = Some((now, closure));
            incident.updated_at = now;
        }
        self.end_steps(subject, &format!("{id} was closed"));
        self.keep_ended(id);
        self.touch(subject);
        self.go_on_without(id);
    }

    /// Refuses a person something, and records it.
    pub(super) fn refuse_person(
        &mut self,
        person: &Person,
        what: &str,
        about: About,
        sentence: String,
    ) -> Reply {
        let subject = match about.plan {
            Some(plan) => self.state.plan(plan).map(|live| live.plan.subject),
            None => about.subject,
        };
        let record = self.record(
            person.actor(),
            "person.refused",
            format!("{what} was refused"),
        );
        record.plan = about.plan;
        record.subject = subject;
        record.why = map([("reason", json!(sentence))]);
        Reply::Refused(sentence)
    }

    /// Whether this person may close incidents, correct patterns and contest a cause: whoever may
    /// decide about plans of medium or high risk.
    ///
    /// # Errors
    /// With the roles that may.
    pub(super) fn steers(&self, person: &Person) -> Result<(), String> {
        let approval = &self.rules.governance.approval;
        let rules = [approval.at(Risk::Medium), approval.at(Risk::High)];
        let mut roles: Vec<&str> = Vec::new();
        for role in rules.iter().flat_map(|rule| &rule.roles) {
            if person.roles.contains(role) {
                return Ok(());
            }
            if !roles.contains(&role.as_str()) {
                roles.push(role);
            }
        }
        let people = &self.rules.governance.people;
        let named = rules.iter().any(|rule| rule.people.contains(&person.id));
        if named && people.person(&person.id, person.surface).is_some() {
            return Ok(());
        }
        Err(roles.join(" or "))
    }

    pub(super) fn refused_elsewhere(&mut self, person: &Person, what: &str, why: &str) -> Reply {
        let record = self.record(
            person.actor(),
            "person.refused",
            format!("{what} was refused"),
        );
        record.why = map([("reason", json!(why))]);
        Reply::Done(String::new())
    }

    /// A person had a question sent to a merchant, where the ticket was reported.
    pub(super) fn merchant_asked(
        &mut self,
        person: &Person,
        ticket: TicketId,
        subject: SubjectId,
        question: &str,
    ) -> Reply {
        let record = self.record(
            person.actor(),
            "ticket.merchant_asked",
            format!("the merchant of {ticket} was asked a question"),
        );
        record.ticket = Some(ticket);
        record.subject = Some(subject);
        record.why = map([("question", json!(crate::domain::Digest::of(question)))]);
        self.touch(subject);
        Reply::Done("Sent.".to_owned())
    }

    pub(super) fn signed_in(&mut self, person: &Person, link: String, used: bool) -> Reply {
        if used {
            return Reply::Refused(
                "This sign-in link was used before. Ask for a new one: medic console login"
                    .to_owned(),
            );
        }
        let record = self.record(
            person.actor(),
            "person.signed_in",
            "signed in to the console",
        );
        record.why = map([("link", json!(crate::domain::Digest::of(&link)))]);
        self.state.put_row(&LinkRow { link, at: self.now });
        Reply::Done(String::new())
    }
}

/// A person's words: trimmed, not empty, not too long, redacted like any text that is stored.
pub(super) fn words(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_REASON {
        return None;
    }
    Some(redact(text).text)
}
