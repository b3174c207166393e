//! What may happen next, drawn by chance: tickets, clicks of every kind, edits of the config, time.

use super::World;
use super::setting::PEOPLE;
use crate::decide::Ballot;
use crate::domain::{
    DeliveryState, Digest, IncidentId, Person, PersonId, Plan, PlanId, PlanState, Problem,
    SourceName, SubjectId, Surface,
};
use crate::engine::event::{Arrival, Event, PartEdit, PlanWish, Settlement};
use crate::observe::intake::{self, Limits, SourceRules, TicketDraft};
use crate::store::StoreError;
use crate::store::codec::{self, padded};
use jiff::SignedDuration;
use std::collections::BTreeSet;

const PROBLEMS: [&str; 4] = [
    "orders do not arrive",
    "images are missing",
    "the cart is empty",
    "payment fails",
];

impl World {
    pub(super) fn make_a_move(&mut self) -> Result<(), StoreError> {
        match self.chance.below(100) {
            0..24 => self.tickets_come(),
            24..47 => self.work_ends(),
            47..65 => self.somebody_votes(),
            65..71 => self.somebody_wishes(),
            71..74 => self.somebody_settles(),
            74..76 => self.somebody_pauses(),
            76..77 => self.somebody_closes(),
            77..81 => self.somebody_undoes(),
            81..82 => self.somebody_delegates(),
            82..83 => self.somebody_doubts(),
            83..85 => self.somebody_corrects(),
            85..87 => self.a_ticket_changes(),
            87..90 => {
                // Another config takes a start to be read.
                self.setting = usize::try_from(self.chance.below(3)).unwrap_or(0);
                self.crash()?;
                self.drain()
            }
            90..91 => {
                self.crash()?;
                self.drain()
            }
            _ => {
                let minutes = 1 + self.chance.below(45);
                self.later(i64::try_from(minutes).unwrap_or(1))
            }
        }
    }

    fn tickets_come(&mut self) -> Result<(), StoreError> {
        let repeat = self.chance.percent(10);
        if !repeat {
            self.requests += 1;
        }
        let count = 1 + self.chance.below(3);
        let mut arrivals = Vec::new();
        for place in 0..count {
            let id = format!("{}-{place}", self.requests);
            let drafts = self.ticket(&id);
            arrivals.extend(
                drafts
                    .into_iter()
                    .map(|draft| Arrival { draft, known: None }),
            );
        }
        self.happens(Event::TicketsArrived {
            source: SourceName::new("source"),
            request: Digest::of(self.requests.to_string()),
            window: None,
            repeat_of: None,
            arrivals,
        })
    }

    /// A ticket of this id of its source, as intake leaves it.
    pub(super) fn ticket(&mut self, id: &str) -> Vec<Result<TicketDraft, Problem>> {
        let issue = self.chance.pick(&PROBLEMS).copied().unwrap_or("fails");
        let body = serde_json::json!({
            "ticket_id": id,
            "merchant_id": format!("m{}", self.chance.below(9)),
            "timestamp": self.now,
            "issue": issue,
            "severity": if self.chance.percent(20) { "critical" } else { "medium" },
        });
        let rules = SourceRules {
            workspace: self.workspace.clone(),
            name: SourceName::new("source"),
            verified_merchants: !self.chance.percent(15),
            author: Some("author".to_owned()),
            pseudonym_key: [7; 32],
        };
        let body = body.to_string();
        let parsed = intake::parse_body("application/json", body.as_bytes(), &Limits::default());
        parsed
            .unwrap_or_default()
            .into_iter()
            .map(|item| item.and_then(|raw| intake::accept(raw, &rules, self.now)))
            .collect()
    }

    pub(super) fn person(&mut self) -> Person {
        let stranger = ("stranger", "on_call");
        let known = self.chance.pick(&PEOPLE).copied();
        let (id, role) = known
            .filter(|_| !self.chance.percent(5))
            .unwrap_or(stranger);
        person_of(id, role)
    }

    /// What the card carried: mostly that of the plan, sometimes an old or a forged one.
    fn presented(&mut self, plan: PlanId) -> String {
        let of = if self.chance.percent(12) {
            self.some_plan().unwrap_or(plan)
        } else {
            plan
        };
        match self.state.plan(of) {
            Some(live) if !self.chance.percent(6) => live.plan.digest.prefix(),
            _ => Digest::of(self.chance.next().to_string()).prefix(),
        }
    }

    /// Mostly a plan that waits: most clicks are on those.
    fn asked_plan(&mut self) -> Option<PlanId> {
        self.plan_that(|state| *state == PlanState::Waiting)
    }

    /// Mostly a live plan that stands so.
    fn plan_that(&mut self, stands: impl Fn(&PlanState) -> bool) -> Option<PlanId> {
        let mut found = self.some_plan()?;
        for _ in 0..12 {
            let live = self.state.plan(found);
            if live.is_some_and(|live| stands(&live.plan.state)) {
                break;
            }
            found = self.some_plan()?;
        }
        Some(found)
    }

    fn somebody_votes(&mut self) -> Result<(), StoreError> {
        let Some(plan) = self.asked_plan() else {
            return Ok(());
        };
        let event = if self.chance.percent(10) {
            let other = self.asked_plan().unwrap_or(plan);
            Event::VotedOnMany {
                person: self.person(),
                plans: vec![(plan, self.presented(plan)), (other, self.presented(other))],
            }
        } else {
            Event::Voted {
                over: None,
                undone: None,
                person: self.person(),
                plan,
                prefix: self.presented(plan),
                ballot: if self.chance.percent(5) {
                    Ballot::Reject {
                        reason: "no".to_owned(),
                    }
                } else {
                    Ballot::Approve
                },
            }
        };
        self.happens(event)
    }

    /// Everything that waits is approved by those on call, and what is unclear is cleared up.
    pub(super) fn people_decide(&mut self) -> Result<(), StoreError> {
        let waiting: Vec<(PlanId, String)> = self
            .state
            .plans()
            .filter(|live| live.plan.state == PlanState::Waiting)
            .map(|live| (live.plan.id, live.plan.digest.prefix()))
            .collect();
        let unclear: Vec<(PlanId, u32, bool)> = self
            .state
            .plans()
            .flat_map(|live| &live.deliveries)
            .filter(|delivery| matches!(delivery.state, DeliveryState::Unknown { .. }))
            .map(|one| (one.plan, one.index, self.ledger.has(&one.idempotency_key)))
            .collect();
        for (plan, prefix) in waiting {
            for (id, role) in PEOPLE.iter().take(3) {
                self.happens(Event::Voted {
                    over: None,
                    undone: None,
                    person: person_of(id, role),
                    plan,
                    prefix: prefix.clone(),
                    ballot: Ballot::Approve,
                })?;
            }
        }
        for (plan, index, done) in unclear {
            let settlement = match done {
                true => Settlement::Delivered,
                false => Settlement::NotDelivered,
            };
            let person = person_of("first", "on_call");
            self.happens(Event::Settled {
                person,
                plan,
                index,
                settlement,
            })?;
        }
        Ok(())
    }

    fn somebody_wishes(&mut self) -> Result<(), StoreError> {
        let Some(plan) = self.asked_plan() else {
            return Ok(());
        };
        let wish = match self.chance.below(3) {
            0 => PlanWish::Withdraw,
            1 => PlanWish::Snooze {
                until: self.now + SignedDuration::from_mins(10),
            },
            _ => PlanWish::Edit {
                prefix: self.presented(plan),
                edits: vec![PartEdit {
                    index: 0,
                    part: "text".to_owned(),
                    value: format!("edited {}", self.chance.next()),
                }],
                without: BTreeSet::new(),
            },
        };
        let person = self.person();
        self.happens(Event::PlanAsked { person, plan, wish })
    }

    /// Whoever says what became of a delivery has looked: what follows from a wrong word is not
    /// Medic's doing.
    fn somebody_settles(&mut self) -> Result<(), StoreError> {
        let Some(plan) = self.some_plan() else {
            return Ok(());
        };
        let person = self.person();
        let index = self.chance.below(4);
        let delivery = self.state.plan(plan).and_then(|live| {
            let place = usize::try_from(index).ok()?;
            live.deliveries.get(place)
        });
        let settlement = match delivery {
            Some(delivery) if self.ledger.has(&delivery.idempotency_key) => Settlement::Delivered,
            _ => Settlement::NotDelivered,
        };
        let index = u32::try_from(index).unwrap_or(0);
        self.happens(Event::Settled {
            person,
            plan,
            index,
            settlement,
        })
    }

    pub(super) fn somebody_pauses(&mut self) -> Result<(), StoreError> {
        let reason = self.state.pause().is_none().then(|| "wait".to_owned());
        let person = self.person();
        self.happens(Event::PauseAsked { person, reason })
    }

    fn somebody_closes(&mut self) -> Result<(), StoreError> {
        let last = self.state.counters().incident;
        if last == 0 {
            return Ok(());
        }
        let incident = IncidentId::new(1 + self.chance.below(last));
        let person = self.person();
        self.happens(Event::CloseAsked {
            person,
            incident,
            reason: "done by hand".to_owned(),
        })
    }

    fn somebody_undoes(&mut self) -> Result<(), StoreError> {
        let Some(mut plan) = self.some_plan() else {
            return Ok(());
        };
        // Mostly one that is done, which may not be live any more.
        for _ in 0..12 {
            let key = padded(plan.number());
            let stored = codec::load::<Plan>(&*self.store, &self.workspace, key)?;
            if stored.is_some_and(|it| it.undo && matches!(it.state, PlanState::Done { .. })) {
                break;
            }
            plan = self.some_plan().unwrap_or(plan);
        }
        let person = self.person();
        self.happens(Event::UndoAsked {
            person,
            plan,
            found: None,
        })
    }

    fn somebody_delegates(&mut self) -> Result<(), StoreError> {
        let person = self.person();
        let to = (!self.chance.percent(30)).then(|| self.person().id);
        let until = self.now + SignedDuration::from_mins(60);
        self.happens(Event::DelegationAsked { person, to, until })
    }

    fn somebody_doubts(&mut self) -> Result<(), StoreError> {
        let last = self.state.counters().incident;
        if last == 0 {
            return Ok(());
        }
        let incident = IncidentId::new(1 + self.chance.below(last));
        let person = self.person();
        self.happens(Event::CauseDoubted {
            person,
            subject: SubjectId::Incident(incident),
            doubt: crate::engine::event::Doubt {
                words: "it is something else".to_owned(),
                instead: None,
            },
            found: None,
        })
    }
}

fn person_of(id: &str, role: &str) -> Person {
    Person {
        id: PersonId::new(id),
        name: id.to_owned(),
        roles: vec![role.to_owned()],
        surface: Surface::Discord,
    }
}
