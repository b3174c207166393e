//! People decide: votes on plans, and their end by expiry or because what they rested on fell.

use super::stepping::has_begun;
use super::{Step, map};
use crate::decide::approval::Click;
use crate::decide::{self, Governance, VoteOutcome, VoteRefusal};
use crate::domain::{
    Actor, AskKind, Delivery, DeliveryState, JudgedBy, Person, Plan, PlanId, PlanState, SubjectId,
};
use crate::engine::event::{Ballot, Effect, Reply};
use serde_json::json;

impl Step<'_> {
    /// Policy, rules and people now in force, with who lets whom decide.
    pub(super) fn governance(&self) -> Governance {
        let rules = &self.rules.governance;
        Governance {
            people: rules.people.delegating(self.state.all_delegations()),
            ..rules.clone()
        }
    }

    pub(super) fn voted(
        &mut self,
        person: &Person,
        id: PlanId,
        prefix: &str,
        ballot: Ballot,
    ) -> Reply {
        let Some(live) = self.state.plan(id) else {
            return self.refuse_vote(
                person,
                id,
                format!("{id} is decided already, or there is no such plan"),
            );
        };
        let (plan, deliveries) = (live.plan.clone(), live.deliveries.clone());
        let facts = self.facts(&plan);
        let governance = self.governance();
        let outcome = self.rules.stages.vote(
            &governance,
            &plan,
            &deliveries,
            &facts,
            Click {
                person,
                ballot,
                presented: prefix,
                at: self.now,
            },
        );
        match outcome {
            Err(VoteRefusal::Drifted(drift)) if !drift.passes_by_itself() => {
                let sentence = self.ask_anew(&plan, &deliveries, &drift);
                self.refuse_vote(person, id, sentence)
            }
            Err(refusal) => self.refuse_vote(person, id, refusal.to_string()),
            Ok(VoteOutcome::Recorded { plan, missing }) => {
                let said = format!("Your approval of {id} counts; {missing} more needed.");
                let record = self.record_vote(person, &plan, "plan.vote", &said);
                record.why.insert("presented".to_owned(), json!(prefix));
                self.replace_plan(plan);
                Reply::Done(said)
            }
            Ok(VoteOutcome::Approved { authorised }) => {
                let plan = authorised.plan().clone();
                let targets = super::counted(plan.targets, "target");
                let first = deliveries.iter().filter(|one| has_begun(&plan, one.step));
                let first = first.count();
                let said = if facts.dry_run {
                    format!("Approved, for {targets}. This is a dry run: nothing of {id} is sent.")
                } else if first < deliveries.len() {
                    format!("Approved. {id} runs now, with {first} of {targets} first.")
                } else {
                    format!("Approved. {id} runs now, for {targets}.")
                };
                let record = self.record_vote(person, &plan, "plan.approved", &said);
                record.why.insert("presented".to_owned(), json!(prefix));
                if plan.remedial {
                    self.judge(plan.subject, JudgedBy::Approval, "");
                }
                self.replace_plan(plan);
                self.execute(id);
                Reply::Done(said)
            }
            Ok(VoteOutcome::Rejected { plan }) => {
                let said = format!("Rejected. {id} is ended; nothing was sent.");
                let PlanState::Rejected { reason, .. } = &plan.state else {
                    return Reply::Refused("the plan could not be rejected".to_owned());
                };
                if plan.remedial {
                    self.judge(plan.subject, JudgedBy::Rejection, "");
                }
                let digest = crate::domain::Digest::of(reason);
                let record = self.record_vote(person, &plan, "plan.rejected", &said);
                record.why.insert("reason".to_owned(), json!(digest));
                if plan.undoes.is_none()
                    && let SubjectId::Incident(incident) = plan.subject
                    && let Some(incident) = self.state.incident_mut(incident)
                {
                    incident.rejected.insert(plan.action.clone());
                }
                self.replace_plan(plan);
                Reply::Done(said)
            }
        }
    }

    pub(super) fn refuse_vote(&mut self, person: &Person, id: PlanId, sentence: String) -> Reply {
        let subject = self.state.plan(id).map(|live| live.plan.subject);
        let record = self.record(
            person.actor(),
            "plan.vote_refused",
            format!("a vote on {id} was refused"),
        );
        record.plan = Some(id);
        record.subject = subject;
        record.why = map([("reason", json!(sentence))]);
        Reply::Refused(sentence)
    }

    pub(super) fn record_vote(
        &mut self,
        person: &Person,
        plan: &Plan,
        kind: &str,
        said: &str,
    ) -> &mut crate::domain::RecordDraft {
        let (id, subject, digest, risk) = (plan.id, plan.subject, plan.digest, plan.risk.level);
        let votes = plan.votes.len();
        self.touch(subject);
        let record = self.record(person.actor(), kind, said);
        record.plan = Some(id);
        record.subject = Some(subject);
        record.why = map([("digest", json!(digest)), ("risk", json!(risk))]);
        record.result = map([("votes", json!(votes))]);
        record
    }

    /// Queues every delivery of a plan that may run, of its first steps where it has several.
    pub(super) fn execute(&mut self, id: PlanId) {
        let Some(live) = self.state.plan(id) else {
            return;
        };
        let waiting: Vec<u32> = live
            .deliveries
            .iter()
            .filter(|delivery| delivery.state == DeliveryState::Queued)
            .filter(|delivery| has_begun(&live.plan, delivery.step))
            .map(|delivery: &Delivery| delivery.index)
            .collect();
        let (undoes, subject) = (live.plan.undoes, live.plan.subject);
        let action = live.plan.action.clone();
        if let SubjectId::Case(case) = subject
            && let Some(case) = self.state.case_mut(case)
        {
            case.acted = true;
        }
        if let Some(undone) = undoes {
            self.stop_watching(undone);
        } else if let Some(class) = self.class_of(subject) {
            self.state.count_run(&action, class);
        }
        self.state.counters_mut().figures.executions += 1;
        for index in waiting {
            self.begin(Effect::Deliver { plan: id, index });
        }
    }

    /// Stores a changed plan.
    pub(super) fn replace_plan(&mut self, plan: Plan) {
        let subject = plan.subject;
        if let Some(stored) = self.state.plan_mut(plan.id) {
            *stored = plan;
        }
        self.touch(subject);
    }

    /// Ends a plan because what it rested on fell.
    pub(super) fn void_plan(&mut self, id: PlanId, why: &str) {
        let now = self.now;
        let Some(plan) = self.state.plan_mut(id) else {
            return;
        };
        if plan.state.is_final() {
            return;
        }
        plan.state = PlanState::Void {
            at: now,
            reason: why.to_owned(),
        };
        let subject = plan.subject;
        let record = self.record(Actor::Medic, "plan.void", format!("{id} ended: {why}"));
        record.plan = Some(id);
        record.subject = Some(subject);
        self.touch(subject);
    }

    /// Somebody is asked again, or the next role for the first time.
    fn asked_again(&mut self, plan: Plan) {
        let (id, subject) = (plan.id, plan.subject);
        let Some(ask) = plan.asks.last().cloned() else {
            return;
        };
        if let Some(next) = &plan.ask_next {
            self.state.set_timer(next.at, id);
        }
        self.replace_plan(plan);
        let (kind, what) = match ask.kind {
            AskKind::Escalation => (
                "plan.escalated",
                format!("{id}: nobody has decided, {} is asked too", ask.whom()),
            ),
            AskKind::First => (
                "plan.returned",
                format!("{id} was put off and is asked again, of {}", ask.whom()),
            ),
            AskKind::Reminder => (
                "plan.reminded",
                format!("{id}: nobody has decided, {} is asked again", ask.whom()),
            ),
        };
        let record = self.record(Actor::Medic, kind, what);
        record.plan = Some(id);
        record.subject = Some(subject);
        record.why = map([("roles", json!(ask.roles)), ("people", json!(ask.people))]);
    }

    /// A plan's time has come: somebody is asked again, it expires, a delivery is tried again, or it is verified.
    pub(super) fn plan_due(&mut self, id: PlanId) {
        let now = self.now;
        let Some(live) = self.state.plan(id) else {
            return;
        };
        let retries: Vec<u32> = live
            .deliveries
            .iter()
            .filter(
                |delivery| matches!(delivery.state, DeliveryState::Retry { at, .. } if at <= now),
            )
            .map(|delivery| delivery.index)
            .collect();
        let verify = live.plan.verify_at.is_some_and(|at| at <= now);
        let rule = self.rules.governance.rule_of(&live.plan);
        let asked = decide::asks::ask_again(&rule, &live.plan, now);
        let expired = decide::expire(&live.plan, now);
        if let Some(plan) = asked {
            self.asked_again(plan);
        }
        if let Some(plan) = expired {
            let subject = plan.subject;
            self.replace_plan(plan);
            let record = self.record(
                Actor::Medic,
                "plan.expired",
                format!("{id} expired: nobody decided in time, nothing was sent"),
            );
            record.plan = Some(id);
            record.subject = Some(subject);
        }
        for index in retries {
            self.begin(Effect::Deliver { plan: id, index });
        }
        if verify {
            self.begin(Effect::Measure { plan: id });
        }
    }
}
