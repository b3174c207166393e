//! What the records tell of each incident and each plan, and the figures over all of them.

use super::values::{Figure, Measured, Share, Spread, Waited};
use crate::domain::{Actor, Decision, IncidentId, Outcome, PlanId, RecordDraft, SubjectId};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What became of the things that began.
#[derive(Default)]
pub(super) struct Course {
    incidents: BTreeMap<IncidentId, Incident>,
    plans: BTreeMap<PlanId, Plan>,
    waiting: BTreeMap<SubjectId, Waiting>,
    waited: Waited,
}

struct Incident {
    opened: Timestamp,
    seen: Option<Timestamp>,
    closed: Option<Timestamp>,
}

struct Plan {
    subject: Option<SubjectId>,
    made: Timestamp,
    /// By the policy's auto, and not by people.
    auto: bool,
    ended: Option<(Timestamp, End)>,
    outcome: Option<Outcome>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Approved,
    Rejected,
    Edited,
    Expired,
    Void,
}

/// Questions of one incident or case that wait.
#[derive(Default)]
struct Waiting {
    questions: u64,
    since: Option<Timestamp>,
}

impl Course {
    /// Takes in one record.
    pub fn read(&mut self, draft: &RecordDraft) {
        self.note_person(draft);
        match draft.kind.as_str() {
            "incident.opened" => {
                if let Some(id) = draft.incident() {
                    let opened = draft.at;
                    let fresh = Incident {
                        opened,
                        seen: None,
                        closed: None,
                    };
                    self.incidents.insert(id, fresh);
                }
            }
            "incident.closed" => {
                if let Some(found) = draft.incident().and_then(|id| self.incidents.get_mut(&id)) {
                    found.closed = Some(draft.at);
                }
            }
            "incident.reopened" => {
                if let Some(found) = draft.incident().and_then(|id| self.incidents.get_mut(&id)) {
                    found.closed = None;
                }
            }
            "ticket.received" => self.ticket(draft),
            "plan.made" => self.made(draft),
            "plan.approved" => self.ended(draft, End::Approved),
            "plan.rejected" => self.ended(draft, End::Rejected),
            "plan.edited" => self.ended(draft, End::Edited),
            "plan.expired" => self.ended(draft, End::Expired),
            "plan.void" => self.ended(draft, End::Void),
            "verification.answered" => {
                if let Some(plan) = draft.plan.and_then(|id| self.plans.get_mut(&id)) {
                    plan.outcome = outcome(draft);
                }
            }
            _ => {}
        }
    }

    /// A person who does something about an incident has seen it; a click that did not count, or
    /// that a stranger made, says nothing.
    fn note_person(&mut self, draft: &RecordDraft) {
        let refused = matches!(draft.kind.as_str(), "plan.vote_refused" | "person.refused");
        if refused || !matches!(draft.actor, Actor::Person { .. }) {
            return;
        }
        if let Some(found) = draft.incident().and_then(|id| self.incidents.get_mut(&id)) {
            found.seen.get_or_insert(draft.at);
        }
    }

    fn made(&mut self, draft: &RecordDraft) {
        let Some(id) = draft.plan else {
            return;
        };
        let decision = draft.result.get("decision").cloned().unwrap_or_default();
        let auto = match serde_json::from_value(decision) {
            Ok(Decision::Auto) => true,
            Ok(Decision::Ask) => false,
            _ => return,
        };
        let plan = Plan {
            subject: draft.subject,
            made: draft.at,
            auto,
            ended: None,
            outcome: None,
        };
        self.plans.insert(id, plan);
        if let (false, Some(subject)) = (auto, draft.subject) {
            self.waited.questions += 1;
            let waiting = self.waiting.entry(subject).or_default();
            waiting.questions += 1;
            waiting.since.get_or_insert(draft.at);
        }
    }

    fn ended(&mut self, draft: &RecordDraft, end: End) {
        let Some(plan) = draft.plan.and_then(|id| self.plans.get_mut(&id)) else {
            return;
        };
        if plan.auto {
            return;
        }
        if let Some((at, before)) = plan.ended {
            // An edit ends a plan and then says that it was an edit.
            if before == End::Void && end == End::Edited {
                plan.ended = Some((at, end));
            }
            return;
        }
        plan.ended = Some((draft.at, end));
        if let Some(waiting) = plan.subject.and_then(|id| self.waiting.get_mut(&id)) {
            waiting.questions = waiting.questions.saturating_sub(1);
            if waiting.questions == 0
                && let Some(since) = waiting.since.take()
            {
                self.waited.seconds += seconds(since, draft.at);
            }
        }
    }

    fn ticket(&mut self, draft: &RecordDraft) {
        let subject = draft.result.get("subject").cloned().unwrap_or_default();
        let Ok(subject) = serde_json::from_value::<SubjectId>(subject) else {
            return;
        };
        let waits = self.waiting.get(&subject);
        if waits.is_none_or(|waiting| waiting.questions == 0) {
            return;
        }
        let count = |key: &str| draft.result.get(key).and_then(serde_json::Value::as_u64);
        let add = |sum: u64, key: &str| sum.saturating_add(count(key).unwrap_or(0));
        self.waited.checkout_failures = add(self.waited.checkout_failures, "checkout_failures");
        self.waited.affected_customers = add(self.waited.affected_customers, "affected_customers");
    }

    /// All figures, with what is open counted until `until`.
    pub fn figures(&self, until: Timestamp) -> Vec<Figure> {
        let figure = |key, name, definition, measured| Figure {
            key,
            name,
            definition,
            measured,
        };
        let ended = |wanted: &[End]| -> u64 {
            let plans = self.plans.values();
            let counted =
                plans.filter(|plan| plan.ended.is_some_and(|(_, end)| wanted.contains(&end)));
            counted.count() as u64
        };
        let approved = ended(&[End::Approved]);
        let overridden = ended(&[End::Rejected, End::Edited]);
        let expired = ended(&[End::Expired]);
        let autos = self.plans.values().filter(|plan| plan.auto).count() as u64;
        let outcome = |wanted: Option<Outcome>| -> u64 {
            let outcomes = self.plans.values().filter_map(|plan| plan.outcome);
            outcomes
                .filter(|outcome| wanted.is_none_or(|wanted| wanted == *outcome))
                .count() as u64
        };
        vec![
            figure(
                "mean_time_to_acknowledge",
                "Mean time to acknowledge (MTTA)",
                "From the opening of an incident to the first act of a person about it that counted: \
                 a vote, an edit, a snooze, a word on a delivery or a cause, a closing. Incidents \
                 that nobody has acted on are counted as open.",
                Measured::Time(self.acknowledged()),
            ),
            figure(
                "mean_time_to_resolve",
                "Mean time to resolve (MTTR)",
                "From the opening of an incident to its closing, by verification or by a person; \
                 where it came back, to its last closing.",
                Measured::Time(self.resolved()),
            ),
            figure(
                "approval_latency",
                "Approval latency",
                "From the making of a plan that asks to the vote that approved or rejected it. What \
                 expired, was edited or fell is not measured; what waits is counted as open.",
                Measured::Time(self.answered()),
            ),
            figure(
                "expiry_rate",
                "Expiry rate",
                "Of the questions that people approved, rejected, edited or let expire: those that \
                 expired.",
                Measured::Share(Share::of(expired, approved + overridden + expired)),
            ),
            figure(
                "override_rate",
                "Override rate",
                "Of the questions that people answered: those that they rejected or edited instead \
                 of approving them as they were.",
                Measured::Share(Share::of(overridden, approved + overridden)),
            ),
            figure(
                "share_healed",
                "Share healed",
                "Of the fixes whose verification has ended: those found healed. \"Cannot tell\" at \
                 the end counts as not healed.",
                Measured::Share(Share::of(outcome(Some(Outcome::Healed)), outcome(None))),
            ),
            figure(
                "automation_share",
                "Automation share",
                "Of the plans that were allowed to run: those that the policy allowed by itself.",
                Measured::Share(Share::of(autos, autos + approved)),
            ),
            figure(
                "cost_of_waiting",
                "Cost of waiting",
                "Failed checkouts and customers in tickets that came to an incident or case while \
                 one of its questions waited for people, and how long that was in all. A lower \
                 bound: it counts what was reported.",
                Measured::Waited(self.waited(until)),
            ),
        ]
    }

    fn acknowledged(&self) -> Spread {
        let all = self.incidents.values();
        let times = all.filter_map(|one| Some(seconds(one.opened, one.seen?)));
        spread(times, self.incidents.len())
    }

    fn resolved(&self) -> Spread {
        let all = self.incidents.values();
        let times = all.filter_map(|one| Some(seconds(one.opened, one.closed?)));
        spread(times, self.incidents.len())
    }

    fn answered(&self) -> Spread {
        let asked = self.plans.values().filter(|plan| !plan.auto);
        let open = asked.clone().filter(|plan| plan.ended.is_none()).count();
        let times: Vec<u64> = asked
            .filter_map(|plan| match plan.ended? {
                (at, End::Approved | End::Rejected) => Some(seconds(plan.made, at)),
                _ => None,
            })
            .collect();
        Spread::of(times, open as u64)
    }

    fn waited(&self, until: Timestamp) -> Waited {
        let since = self.waiting.values().filter_map(|one| one.since);
        let open: u64 = since.map(|since| seconds(since, until)).sum();
        Waited {
            seconds: self.waited.seconds.saturating_add(open),
            ..self.waited
        }
    }
}

fn spread(times: impl Iterator<Item = u64>, all: usize) -> Spread {
    let times: Vec<u64> = times.collect();
    let open = all.saturating_sub(times.len()) as u64;
    Spread::of(times, open)
}

/// The answer of a verification that has ended; none where it goes on.
fn outcome(draft: &RecordDraft) -> Option<Outcome> {
    let ended = draft
        .result
        .get("final")
        .and_then(serde_json::Value::as_bool);
    let found = draft.result.get("outcome").cloned().unwrap_or_default();
    serde_json::from_value(found)
        .ok()
        .filter(|_| ended == Some(true))
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
}
