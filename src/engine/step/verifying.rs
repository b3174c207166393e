//! Did it help? The answer comes from counts and checks, and only "healed" closes an incident.

mod closing;

use super::{Step, map};
use crate::domain::{Actor, Closure, JudgedBy, Outcome, PlanId, SubjectId};
use crate::engine::event::{Effect, FailedProbe, Reply, outcome_index};
use crate::verify::{Answer, Observed};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

/// How often an incident is looked at, at the most, for merchants who only write again: what a look
/// costs grows with their number, and a surge brings many tickets a second.
const LOOK_MINUTES: u64 = 5;

impl Step<'_> {
    pub(super) fn measured(
        &mut self,
        id: PlanId,
        observed: &Observed,
        failing: &[FailedProbe],
    ) -> Reply {
        self.state.end_effect(&Effect::Measure { plan: id });
        let Some(live) = self
            .state
            .plan(id)
            .filter(|live| live.plan.verify_at.is_some())
        else {
            return Reply::Nothing;
        };
        let subject = live.plan.subject;
        let Some(since) = live.plan.watched_since(&live.deliveries) else {
            return Reply::Nothing;
        };
        if let Some((plan, deliveries)) = self.running(id) {
            self.tried((&plan, &deliveries), since, (observed, failing));
            return Reply::Nothing;
        }
        let answer = self.rules.stages.judge(observed, &self.rules.verify);
        let next = answer.look_again.map(|minutes| later(since, minutes));
        if let Some(plan) = self.state.plan_mut(id) {
            plan.verify_at = next;
        }
        if let Some(at) = next {
            self.state.set_timer(at, id);
        }
        let answer = naming(answer, failing);
        let found = (observed, failing);
        self.conclude((id, None), subject, &answer, found, next.is_some());
        Reply::Nothing
    }

    /// Takes an answer for what it means. `before_step`: the step before which it ended the plan.
    pub(super) fn conclude(
        &mut self,
        (id, before_step): (PlanId, Option<u32>),
        subject: SubjectId,
        answer: &Answer,
        (observed, failing): (&Observed, &[FailedProbe]),
        open: bool,
    ) {
        let (outcome, sentence) = (answer.outcome, answer.sentence.as_str());
        let now = self.now;
        let before = match subject {
            SubjectId::Incident(incident) => self
                .state
                .incident(incident)
                .and_then(|incident| incident.outcome.as_ref())
                .map(|(_, outcome, words)| (*outcome, words.clone())),
            SubjectId::Case(_) => None,
        };
        let same = before == Some((outcome, sentence.to_owned()));
        match outcome {
            Outcome::Healed => self.judge(subject, JudgedBy::Healed, ""),
            Outcome::NoDifference | Outcome::Worse if !open => {
                self.judge(subject, JudgedBy::NotHealed, "");
            }
            _ => {}
        }
        if !open {
            let action = self.state.plan(id).map(|live| live.plan.action.clone());
            if let (Some(action), Some(class)) = (action, self.class_of(subject)) {
                let healed = outcome == Outcome::Healed;
                self.state.count_verified(&action, class, healed);
            }
            self.state.counters_mut().figures.outcomes[outcome_index(outcome)] += 1;
        }
        if !same || !open {
            let record = self.record(
                Actor::Medic,
                "verification.answered",
                format!("{id}: {}: {sentence}", outcome.in_words()),
            );
            record.plan = Some(id);
            record.subject = Some(subject);
            record.result = map([
                ("outcome", json!(outcome)),
                ("final", json!(!open)),
                ("observed", json!(observed)),
                ("failing", json!(failing)),
            ]);
            if let Some(step) = before_step {
                record.result.insert("step".to_owned(), json!(step));
            }
        }
        let SubjectId::Incident(incident) = subject else {
            self.touch(subject);
            return;
        };
        if let Some(found) = self.state.incident_mut(incident) {
            found.outcome = Some((now, outcome, sentence.to_owned()));
            found.updated_at = now;
        }
        if matches!(outcome, Outcome::NoDifference | Outcome::Worse) && !open {
            self.did_not_help(incident, id);
        }
        self.touch(subject);
        if outcome == Outcome::Healed && self.nothing_left(incident) {
            self.close_incident(incident, Closure::Healed);
            let record = self.record(
                Actor::Medic,
                "incident.closed",
                format!("{incident} closed: healed"),
            );
            record.subject = Some(subject);
            record.plan = Some(id);
            self.tell_reporters(incident);
        } else {
            if outcome == Outcome::Worse && !open {
                self.offer_undo(id);
            }
            self.plan_for_newcomers(incident);
        }
    }

    /// Whether every merchant of the incident has been treated.
    fn nothing_left(&self, id: crate::domain::IncidentId) -> bool {
        self.state.incident(id).is_some_and(|incident| {
            incident
                .merchants
                .values()
                .all(|merchant| merchant.treated_at.is_some())
        })
    }

    /// A ticket has joined an incident whose fixes are all over and looked at: nothing else would
    /// ask on its merchant's behalf. A merchant who only writes again is looked at once in
    /// [`LOOK_MINUTES`]: a question may have expired meanwhile.
    pub(super) fn answer_newcomer(&mut self, id: crate::domain::IncidentId, news: bool) {
        let busy = self.state.plans_of(SubjectId::Incident(id)).any(|live| {
            live.plan.remedial && (live.plan.verify_at.is_some() || !live.plan.state.is_final())
        });
        let before = self.state.looked_at(id);
        let lately = before.is_some_and(|at| self.now < later(at, LOOK_MINUTES));
        if !busy && (news || !lately) {
            self.state.look_at(id, self.now);
            self.plan_for_newcomers(id);
        }
    }

    /// Merchants that joined after the last plan was made get a plan of their own when it is looked
    /// at whether that one helped: one question for all of them, half an hour later at the most,
    /// instead of one each.
    pub(super) fn plan_for_newcomers(&mut self, id: crate::domain::IncidentId) {
        let waiting = self
            .state
            .plans_of(SubjectId::Incident(id))
            .any(|live| live.plan.remedial && !live.plan.state.is_final());
        if !waiting && !self.nothing_left(id) {
            self.decide_again(SubjectId::Incident(id));
        }
    }
}

/// The answer with the names of the probes that fail, which are the operator's words.
pub(super) fn naming(mut answer: Answer, failing: &[FailedProbe]) -> Answer {
    let names: BTreeSet<&str> = failing.iter().map(|one| one.name.as_str()).collect();
    if !names.is_empty() {
        let names: Vec<&str> = names.into_iter().collect();
        answer.sentence += &format!(" Failing: {}.", names.join(", "));
    }
    answer
}

/// So many minutes after `from`.
pub(super) fn later(from: Timestamp, minutes: u64) -> Timestamp {
    let minutes = i64::try_from(minutes).unwrap_or(i64::MAX);
    from.saturating_add(SignedDuration::from_mins(minutes.min(5_000_000)))
        .unwrap_or(Timestamp::MAX)
}
