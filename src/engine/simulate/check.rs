//! What must hold of every run, checked from its audit records, from what the outside did, and
//! from nothing that the engine says of itself.

use super::outside::Work;
use super::setting::quorum;
use super::stepped::{Stepped, rolls_back};
use crate::domain::closing::RULE;
use crate::domain::{Actor, PersonId, PlanId, Record, Risk, SubjectId, TicketId};
use crate::verify::{Observed, VerifyOptions, judge};
use std::collections::{BTreeMap, BTreeSet};

/// What the records say of one plan so far.
#[derive(Default)]
struct Told {
    digest: String,
    risk: Option<Risk>,
    auto: bool,
    requester: Option<PersonId>,
    voters: BTreeSet<PersonId>,
    approved: bool,
    ended: Option<&'static str>,
    undoes: Option<PlanId>,
    /// Whether it takes another back by itself, on that one's authority.
    rolls_back: bool,
    done: bool,
    worse: bool,
    /// Whether it tells reporters that its incident is healed.
    closing: bool,
}

/// Everything that a run breaks, one sentence each.
pub(super) fn violations(records: &[Record], works: &[Work], accepted: &[TicketId]) -> Vec<String> {
    let mut check = Check::default();
    for record in records {
        check.read(record);
    }
    check.outside(works);
    for ticket in accepted {
        if !check.tickets.contains(ticket) {
            check.wrong.push(format!(
                "{ticket} was accepted and there is no record of it"
            ));
        }
    }
    check.wrong
}

#[derive(Default)]
struct Check {
    plans: BTreeMap<PlanId, Told>,
    healed_of: BTreeMap<SubjectId, bool>,
    started: BTreeMap<String, String>,
    tickets: BTreeSet<TicketId>,
    over: BTreeSet<SubjectId>,
    closed_healed: BTreeSet<SubjectId>,
    told: BTreeMap<SubjectId, PlanId>,
    stepped: Stepped,
    paused: bool,
    wrong: Vec<String>,
}

impl Check {
    fn read(&mut self, record: &Record) {
        let draft = &record.draft;
        match draft.kind.as_str() {
            "ticket.received" => self.tickets.extend(draft.ticket),
            "medic.paused" => self.paused = true,
            "medic.resumed" => self.paused = false,
            "incident.closed" => self.closed(record),
            "incident.reopened" => self.reopened(record),
            _ => {}
        }
        let Some(id) = draft.plan else {
            return;
        };
        self.wrong.extend(self.stepped.read(id, record));
        match draft.kind.as_str() {
            "plan.made" => self.made(id, record),
            "plan.vote" | "plan.approved" => self.voted(id, record),
            "plan.vote_withdrawn" => {
                if let (Some(plan), Some(person)) = (self.plans.get_mut(&id), person(record)) {
                    plan.voters.remove(person);
                }
            }
            "plan.rejected" => self.ended(id, "rejected"),
            "plan.expired" => self.ended(id, "expired"),
            "plan.void" => self.ended(id, "void"),
            "delivery.started" => self.began(id, record),
            "plan.done" => {
                if let Some(plan) = self.plans.get_mut(&id) {
                    plan.done = true;
                }
            }
            "verification.answered" => self.verified(id, record),
            _ => {}
        }
    }

    fn made(&mut self, id: PlanId, record: &Record) {
        let draft = &record.draft;
        let risk = draft.why.get("risk").cloned();
        let requester = draft.why.get("requester").and_then(|value| value.as_str());
        let undoes = draft.why.get("undoes").cloned();
        let undoes: Option<PlanId> = undoes.and_then(|id| serde_json::from_value(id).ok());
        let rolls_back = rolls_back(record);
        if let Some(undone) = undoes {
            self.undo_made(id, undone, record);
        }
        self.plans.insert(
            id,
            Told {
                digest: text(&draft.why, "digest"),
                risk: risk.and_then(|risk| serde_json::from_value(risk).ok()),
                auto: text(&draft.result, "decision") == "auto",
                requester: requester.map(PersonId::new),
                ended: (text(&draft.result, "decision") == "refuse").then_some("refused"),
                undoes,
                rolls_back: rolls_back.is_some(),
                closing: text(&draft.why, "rule") == RULE,
                ..Told::default()
            },
        );
    }

    /// An undo asks, of people, because it got worse or because it broke off, about what is done and
    /// is no undo; or it runs by itself where that was decided with what it takes back.
    fn undo_made(&mut self, id: PlanId, undone: PlanId, record: &Record) {
        let asks = text(&record.draft.result, "decision") == "ask";
        let asked_for = record
            .draft
            .why
            .get("requester")
            .is_some_and(|it| !it.is_null());
        let of = self.plans.get(&undone);
        let broke_off = self.stepped.broke_off(undone);
        let wanted = of.is_some_and(|of| of.worse || asked_for || broke_off);
        let sound = of.is_some_and(|of| of.done && of.undoes.is_none()) && wanted;
        let risk = record.draft.why.get("risk").cloned();
        let risk: Option<Risk> = risk.and_then(|risk| serde_json::from_value(risk).ok());
        let decided_with_it = of.is_some_and(|of| {
            let named = rolls_back(record).map(|digest| digest.to_string());
            named.as_deref() == Some(of.digest.as_str())
                && (of.auto || of.approved)
                && risk <= of.risk
                && self.stepped.takes_itself_back(undone)
        });
        if !(asks || decided_with_it) || !sound {
            self.wrong
                .push(format!("{id} takes {undone} back and should not"));
        }
    }

    fn voted(&mut self, id: PlanId, record: &Record) {
        let (Some(plan), Some(person)) = (self.plans.get_mut(&id), person(record)) else {
            self.wrong.push(format!(
                "a vote on {id}, which was never made, or by nobody"
            ));
            return;
        };
        let presented = text(&record.draft.why, "presented");
        if presented.len() < 16 || !plan.digest.starts_with(&presented) {
            self.wrong
                .push(format!("a vote on {id} counted that named another digest"));
        }
        if text(&record.draft.why, "digest") != plan.digest {
            self.wrong
                .push(format!("{id} has another digest than it was made with"));
        }
        if let Some(ended) = plan.ended {
            self.wrong
                .push(format!("a vote on {id} counted after it was {ended}"));
        }
        if plan.requester.as_ref() == Some(person) {
            self.wrong.push(format!("the requester of {id} counted"));
        }
        plan.voters.insert(person.clone());
        if record.draft.kind == "plan.approved" {
            plan.approved = true;
            let need = plan.risk.map_or(2, quorum) as usize;
            if plan.voters.len() < need {
                let have = plan.voters.len();
                self.wrong.push(format!(
                    "{id} was approved by {have} of {need} different people"
                ));
            }
        }
    }

    fn ended(&mut self, id: PlanId, how: &'static str) {
        let Some(plan) = self.plans.get_mut(&id) else {
            return;
        };
        if plan.approved && how != "void" {
            self.wrong.push(format!("{id} was approved and {how}"));
        }
        plan.ended.get_or_insert(how);
    }

    fn began(&mut self, id: PlanId, record: &Record) {
        if self.paused {
            self.wrong
                .push(format!("{id} delivered while Medic was paused"));
        }
        let why = &record.draft.why;
        self.started
            .insert(text(why, "idempotency_key"), text(why, "payload"));
        let Some(plan) = self.plans.get(&id) else {
            self.wrong
                .push(format!("{id} was delivered and never made"));
            return;
        };
        if let (true, Some(subject)) = (plan.closing, record.draft.subject) {
            if !self.closed_healed.contains(&subject) {
                self.wrong.push(format!(
                    "reporters of {subject} were told before it was healed"
                ));
            }
            if *self.told.entry(subject).or_insert(id) != id {
                self.wrong
                    .push(format!("reporters of {subject} were told twice"));
            }
        }
        if text(why, "digest") != plan.digest {
            self.wrong.push(format!(
                "{id} was delivered with another content than it was made with"
            ));
        }
        if let Some(ended) = plan.ended {
            self.wrong
                .push(format!("{id} was delivered after it was {ended}"));
        }
        if !plan.auto && !plan.approved {
            self.wrong
                .push(format!("{id} was delivered without an approval"));
        }
        let high = plan.risk.is_none_or(|risk| risk >= Risk::High);
        if plan.auto && high && !plan.rolls_back {
            self.wrong.push(format!("{id} ran by itself at high risk"));
        }
    }

    fn verified(&mut self, id: PlanId, record: &Record) {
        let observed = record.draft.result.get("observed").cloned();
        let observed: Option<Observed> = observed.and_then(|it| serde_json::from_value(it).ok());
        let said = text(&record.draft.result, "outcome");
        let options = match record.draft.result.contains_key("step") {
            true => VerifyOptions::default().before_a_step(),
            false => VerifyOptions::default(),
        };
        let due = observed.map(|observed| judge(&observed, &options).outcome);
        let due = due.and_then(|due| serde_json::to_value(due).ok());
        if due.as_ref().and_then(|due| due.as_str()) != Some(said.as_str()) {
            self.wrong.push(format!(
                "{id} was called {said}, which its numbers do not say"
            ));
        }
        let healed = said == "healed";
        if healed && observed.is_some_and(|observed| observed.probes.failed > 0) {
            self.wrong
                .push(format!("{id} was called healed while a probe failed"));
        }
        if let Some(plan) = self.plans.get_mut(&id) {
            plan.worse = said == "worse";
        }
        if let Some(subject) = record.draft.subject {
            self.healed_of.insert(subject, healed);
        }
    }

    fn closed(&mut self, record: &Record) {
        let Some(subject) = record.draft.subject else {
            return;
        };
        self.over.insert(subject);
        let by_medic = record.draft.actor == Actor::Medic;
        if by_medic && self.healed_of.get(&subject) != Some(&true) {
            self.wrong
                .push(format!("{subject} was closed and not healed"));
        }
        if by_medic {
            self.closed_healed.insert(subject);
        }
    }

    /// Only what ended comes back, and what was healed then heals nothing now.
    fn reopened(&mut self, record: &Record) {
        let Some(subject) = record.draft.subject else {
            return;
        };
        self.healed_of.remove(&subject);
        self.closed_healed.remove(&subject);
        self.told.remove(&subject);
        if !self.over.remove(&subject) {
            self.wrong
                .push(format!("{subject} came back and had not ended"));
        }
    }

    /// Everything the outside did has a record with that content, and was done once.
    fn outside(&mut self, works: &[Work]) {
        let mut done = BTreeSet::new();
        let mut undone = BTreeSet::new();
        for work in works {
            if let Some(key) = &work.undoes
                && (!done.contains(key.as_str()) || !undone.insert(key.as_str()))
            {
                self.wrong.push(format!(
                    "the work of key {key} was taken back twice, or before it was done"
                ));
            }
            if !done.insert(work.key.as_str()) {
                self.wrong
                    .push(format!("the work of key {} was done twice", work.key));
            }
            match self.started.get(&work.key) {
                None => self
                    .wrong
                    .push(format!("work of key {} has no record", work.key)),
                Some(payload) if *payload != work.payload.to_string() => {
                    self.wrong.push(format!(
                        "key {} carried another content than recorded",
                        work.key
                    ));
                }
                Some(_) => {}
            }
        }
    }
}

pub(super) fn text(map: &serde_json::Map<String, serde_json::Value>, key: &str) -> String {
    let value = map.get(key).and_then(|value| value.as_str());
    value.unwrap_or_default().to_owned()
}

fn person(record: &Record) -> Option<&PersonId> {
    match &record.draft.actor {
        Actor::Person { id, .. } => Some(id),
        _ => None,
    }
}
