//! What may happen next, drawn by chance: tickets, clicks of every kind, edits of the config, time.

use super::World;
use super::setting::PEOPLE;
use crate::decide::Ballot;
use crate::domain::{
    Diagnosis, Digest, Grounded, IncidentId, Person, PersonId, PlanId, PlanState, RootCause,
    SourceName, SubjectId, Surface, Verdict,
};
use crate::engine::event::{Arrival, Event, PartEdit, PlanWish, Settlement};
use crate::observe::intake::{self, Limits, SourceRules};
use crate::store::StoreError;
use crate::verify::{Checks, Count, Group, Observed, Probes};
use jiff::SignedDuration;
use std::collections::BTreeSet;

const PROBLEMS: [&str; 4] = [
    "orders do not arrive",
    "images are missing",
    "the cart is empty",
    "payment fails",
];

/// How many merchants a look at a fix finds on either side.
const MERCHANTS: u32 = 9;

impl World {
    pub(super) fn make_a_move(&mut self) -> Result<(), StoreError> {
        match self.chance.below(100) {
            0..26 => self.tickets_come(),
            26..50 => self.work_ends(),
            50..68 => self.somebody_votes(),
            68..75 => self.somebody_wishes(),
            75..78 => self.somebody_settles(),
            78..80 => self.somebody_pauses(),
            80..81 => self.somebody_closes(),
            81..83 => self.somebody_undoes(),
            83..84 => self.somebody_delegates(),
            84..85 => self.somebody_doubts(),
            85..88 => {
                // Another config takes a start to be read.
                self.setting = usize::try_from(self.chance.below(3)).unwrap_or(0);
                self.crash()?;
                self.drain()
            }
            88..90 => {
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
            let issue = self.chance.pick(&PROBLEMS).copied().unwrap_or("fails");
            let body = serde_json::json!({
                "ticket_id": format!("{}-{place}", self.requests),
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
            let parsed =
                intake::parse_body("application/json", body.as_bytes(), &Limits::default());
            for item in parsed.unwrap_or_default() {
                arrivals.push(Arrival {
                    draft: item.and_then(|raw| intake::accept(raw, &rules, self.now)),
                    known: None,
                });
            }
        }
        self.happens(Event::TicketsArrived {
            source: SourceName::new("source"),
            request: Digest::of(self.requests.to_string()),
            window: None,
            repeat_of: None,
            arrivals,
        })
    }

    fn person(&mut self) -> Person {
        let stranger = ("stranger", "on_call");
        let known = self.chance.pick(&PEOPLE).copied();
        let (id, role) = known
            .filter(|_| !self.chance.percent(5))
            .unwrap_or(stranger);
        Person {
            id: PersonId::new(id),
            name: id.to_owned(),
            roles: vec![role.to_owned()],
            surface: Surface::Discord,
        }
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
                person: self.person(),
                plan,
                prefix: self.presented(plan),
                ballot: if self.chance.percent(12) {
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

    fn somebody_pauses(&mut self) -> Result<(), StoreError> {
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
        let done = |state: &PlanState| matches!(state, PlanState::Done { .. });
        let plan = if self.chance.percent(30) {
            self.plan_that(done)
        } else {
            self.some_plan()
        };
        let Some(plan) = plan else {
            return Ok(());
        };
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

    /// A model that may be right, wrong, or not answer.
    pub(super) fn diagnosis(&mut self) -> Diagnosis {
        let mut found = crate::reason::broken_off("simulated");
        if self.chance.percent(15) {
            return found;
        }
        let causes = [
            RootCause::WebhookConfiguration,
            RootCause::WebhookConfiguration,
            RootCause::PlatformBug,
            RootCause::Unknown,
        ];
        found.root_cause = self.chance.pick(&causes).copied().unwrap_or_default();
        found.confidence = u8::try_from(50 + self.chance.below(50)).unwrap_or(50);
        found.verdict = if self.chance.percent(30) {
            Verdict::Inconclusive
        } else {
            Verdict::Likely
        };
        if self.chance.percent(80) {
            found.grounded = Grounded {
                root_cause: found.root_cause,
                confidence: found.confidence,
                verdict: found.verdict,
            };
        }
        found
    }

    /// What a look at a fix finds: it helped, did nothing, or made it worse.
    pub(super) fn observed(&mut self) -> Observed {
        let after = [0, 20, 399, 399, 900];
        let treated = self.chance.pick(&after).copied().unwrap_or(399);
        let group = |after| Group {
            merchants: MERCHANTS,
            earlier: count(45, 60),
            later: count(52, 60),
            after: count(after, 480),
        };
        Observed {
            treated: group(treated),
            untreated: group(380),
            checks: Checks {
                confirmed: MERCHANTS,
                ..Checks::default()
            },
            probes: Probes {
                failed: u32::from(self.chance.percent(15)),
                passed: 1,
                not_asked: 0,
            },
            minutes_since: 481 + self.chance.below(900),
        }
    }
}

fn count(tickets: u32, minutes: u64) -> Count {
    Count {
        tickets,
        merchant_minutes: u64::from(MERCHANTS) * minutes,
    }
}
