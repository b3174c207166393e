//! How diagnoses turn out: people's decisions and verified outcomes, for calibration.

use super::commands::words;
use super::{Step, map};
use crate::domain::{
    Diagnosis, Digest, JudgedBy, Judgement, Person, PlanState, RootCause, SubjectId,
};
use crate::engine::event::{Doubt, Found, Reply};
use serde_json::json;

impl Step<'_> {
    /// A person says that the cause on the card is wrong. What waits because of it is ended.
    pub(super) fn cause_doubted(
        &mut self,
        person: &Person,
        subject: SubjectId,
        doubt: &Doubt,
        stored: Option<Found>,
    ) -> Reply {
        if let Err(roles) = self.steers(person) {
            let sentence =
                format!("A cause can be contested by {roles}, and you hold none of these roles.");
            return self.refuse_person(person, "\"wrong cause\"", subject.into(), sentence);
        }
        let instead = doubt.instead;
        let Some(reason) = words(&doubt.words) else {
            return Reply::Refused(
                "Say what is wrong about the cause, in at most 1000 characters.".to_owned(),
            );
        };
        self.take_in(subject, stored);
        let Some(found) = self.diagnosis_of(subject).cloned() else {
            return Reply::Refused(format!("{subject} has no diagnosis that could be wrong."));
        };
        if found.root_cause == RootCause::Unknown {
            return Reply::Refused(format!(
                "No cause is given for {subject}, so none can be wrong."
            ));
        }
        if instead == Some(found.root_cause) {
            return Reply::Refused(format!(
                "{subject} is said to be that already: {}. Nothing was changed.",
                found.root_cause.in_words()
            ));
        }
        let record = self.record(
            person.actor(),
            "diagnosis.doubted",
            format!("{subject}: the cause is said to be wrong"),
        );
        record.subject = Some(subject);
        record.why = map([
            ("reason", json!(Digest::of(&reason))),
            ("root_cause", json!(found.root_cause)),
        ]);
        if let Some(instead) = instead {
            record.why.insert("instead".to_owned(), json!(instead));
        }
        self.judge(subject, JudgedBy::WrongCause, &reason);
        let waiting: Vec<_> = self
            .state
            .plans_of(subject)
            .filter(|live| live.plan.remedial && live.plan.state == PlanState::Waiting)
            .map(|live| live.plan.id)
            .collect();
        for plan in waiting {
            self.void_plan(
                plan,
                &format!("{} says that the cause is wrong", person.name),
            );
        }
        self.touch(subject);
        Reply::Done(format!(
            "Noted: the cause of {subject} is wrong. What waited to treat it is ended."
        ))
    }

    /// Notes how the diagnosis of a subject turned out, unless that is known better already.
    pub(super) fn judge(&mut self, subject: SubjectId, by: JudgedBy, words: &str) {
        let Some(found) = self.diagnosis_of(subject) else {
            return;
        };
        if found.root_cause == RootCause::Unknown {
            return;
        }
        let judged = Judgement {
            at: self.now,
            by,
            provider: found.answered_by().to_owned(),
            root_cause: found.root_cause,
            confidence: found.confidence,
            calibrated: found.calibrated,
            words: words.to_owned(),
        };
        let place = match subject {
            SubjectId::Incident(id) => self.state.incident_mut(id).map(|one| &mut one.judged),
            SubjectId::Case(id) => self.state.case_mut(id).map(|one| &mut one.judged),
        };
        let Some(place) = place else { return };
        if place.as_ref().is_some_and(|before| !before.yields_to(by)) {
            return;
        }
        let before = place.replace(judged.clone());
        self.state.count_judgement(before.as_ref(), &judged);
        let record = self.record(
            crate::domain::Actor::Medic,
            "diagnosis.judged",
            format!("{subject}: {}", by.in_words()),
        );
        record.subject = Some(subject);
        record.result = map([
            ("provider", json!(judged.provider)),
            ("root_cause", json!(judged.root_cause)),
            ("confidence", json!(judged.confidence)),
            ("calibrated", json!(judged.calibrated)),
            ("right", json!(judged.right())),
            ("weight", json!(by.weight())),
        ]);
    }

    fn diagnosis_of(&self, subject: SubjectId) -> Option<&Diagnosis> {
        match subject {
            SubjectId::Incident(id) => self.state.incident(id)?.diagnosis.as_ref(),
            SubjectId::Case(id) => self.state.case(id)?.diagnosis.as_ref(),
        }
    }

    /// What is over lies in the store only; it comes back for this batch, to be written anew.
    fn take_in(&mut self, subject: SubjectId, stored: Option<Found>) {
        match (subject, stored) {
            (SubjectId::Incident(id), Some(Found::Incident(stored)))
                if self.state.incident(id).is_none() =>
            {
                self.state.put_incident(*stored);
            }
            (SubjectId::Case(id), Some(Found::Case(stored))) if self.state.case(id).is_none() => {
                self.state.put_case(*stored);
            }
            _ => {}
        }
    }
}
