//! A person lets another decide in their place for a while.

use super::commands::About;
use super::{Step, map};
use crate::domain::{Delegation, Person, PersonId, Surface};
use crate::engine::event::Reply;
use crate::engine::handle::Topic;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// The longest time for which somebody may stand in, in days.
const LONGEST_DAYS: i64 = 31;

impl Step<'_> {
    pub(super) fn delegation_asked(
        &mut self,
        person: &Person,
        to: Option<PersonId>,
        until: Timestamp,
    ) -> Reply {
        match self.delegate(person, to, until) {
            Reply::Refused(sentence) => {
                self.refuse_person(person, "a delegation", About::default(), sentence)
            }
            done => done,
        }
    }

    fn delegate(&mut self, person: &Person, to: Option<PersonId>, until: Timestamp) -> Reply {
        let standing = self
            .state
            .delegations(self.now)
            .into_iter()
            .find(|one| one.from == person.id);
        let Some(to) = to else {
            return self.end_delegation(person, standing);
        };
        if to == person.id {
            return Reply::Refused("You cannot stand in for yourself.".to_owned());
        }
        let people = &self.rules.governance.people;
        if people.person(&person.id, person.surface).is_none() {
            return Reply::Refused(
                "You are not among [[people]] of the config, so you have nothing to hand over."
                    .to_owned(),
            );
        }
        let Some(named) = people.person(&to, Surface::Console) else {
            return Reply::Refused(format!(
                "There is nobody {to} among [[people]] of the config."
            ));
        };
        let span = until.duration_since(self.now);
        if span <= SignedDuration::ZERO || span > SignedDuration::from_hours(24 * LONGEST_DAYS) {
            return Reply::Refused(format!(
                "Say until when: a time from now on, at most {LONGEST_DAYS} days away."
            ));
        }
        let delegation = Delegation {
            from: person.id.clone(),
            to: to.clone(),
            since: self.now,
            until,
        };
        self.state.set_delegation(delegation, self.now);
        let end = until.strftime("%Y-%m-%d %H:%M");
        let said = format!("{} may decide in your place until {end} UTC.", named.name);
        let what = format!("{} may decide in the place of {}", named.name, person.name);
        let record = self.record(person.actor(), "person.delegated", what);
        record.why = map([("to", json!(to)), ("until", json!(until))]);
        self.out.topics.insert(Topic::Pause);
        Reply::Done(said)
    }

    fn end_delegation(&mut self, person: &Person, standing: Option<Delegation>) -> Reply {
        let Some(standing) = standing else {
            return Reply::Refused("Nobody decides in your place. Nothing was changed.".to_owned());
        };
        self.state.end_delegations(&person.id, self.now);
        let what = format!(
            "{} no longer decides in the place of {}",
            standing.to, person.name
        );
        let record = self.record(person.actor(), "person.delegation_ended", what);
        record.why = map([("to", json!(standing.to))]);
        self.out.topics.insert(Topic::Pause);
        Reply::Done("Nobody decides in your place any more.".to_owned())
    }
}
