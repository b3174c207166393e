//! Deliveries: begun only under an authorisation derived at that moment, journalled before and
//! after, never repeated where the other side could do the work twice.

use super::{Start, Step, map};
use crate::act::DeliveryOutcome;
use crate::decide::{self, Facts, Undone};
use crate::domain::{
    Actor, Delivery, DeliveryState, Person, Plan, PlanId, SubjectId, Target, closing,
};
use crate::engine::event::{Effect, Reply, Settlement};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Step<'_> {
    /// What is known at this moment about everything a plan rests on.
    pub(super) fn facts(&self, plan: &Plan) -> Facts {
        let closing = self.rules.verify.closing_action.as_ref() == Some(&plan.action);
        let subject_open = match plan.subject {
            SubjectId::Incident(id) => closing || self.is_open(id),
            SubjectId::Case(id) => self.state.case(id).is_none_or(|case| case.joined.is_none()),
        };
        let treated_since: BTreeSet<_> = match plan.subject {
            SubjectId::Incident(id) => self
                .state
                .incident(id)
                .map(|incident| {
                    incident
                        .merchants
                        .iter()
                        .filter(|(_, affected)| {
                            affected.treated_at.is_some_and(|at| at > plan.created_at)
                                && affected.treated_by != Some(plan.id)
                        })
                        .map(|(merchant, _)| merchant.clone())
                        .collect()
                })
                .unwrap_or_default(),
            SubjectId::Case(_) => BTreeSet::new(),
        };
        Facts {
            paused: self
                .state
                .pause()
                .map(|pause| format!("by {}: {}", pause.by, pause.reason)),
            dry_run: self.rules.dry_run,
            subject_open,
            reopened: closing
                && matches!(plan.subject, SubjectId::Incident(id) if self.is_open(id)),
            treated_since,
            superseded_by: self
                .state
                .plans_of(plan.subject)
                .map(|live| &live.plan)
                .filter(|other| other.action == plan.action && other.undoes == plan.undoes)
                .filter(|other| other.id > plan.id)
                .map(|other| other.id)
                .max(),
            least_risk: self.least_risk_now(plan),
            rule_gone: self.rule_gone(plan),
            action: self.rules.action_now(&plan.action),
            steps: plan
                .steps
                .iter()
                .filter_map(|step| {
                    let now = self.rules.action_now(&step.action)?;
                    Some((step.action.clone(), now))
                })
                .collect(),
            undone: plan
                .rolls_back
                .and(plan.undoes)
                .and_then(|undone| self.state.plan(undone))
                .map(|live| Undone {
                    plan: live.plan.clone(),
                    deliveries: live.deliveries.clone(),
                }),
        }
    }

    /// What people asked for (an undo), or what follows from a healing, rests on no rule of the
    /// policy.
    fn rule_gone(&self, plan: &Plan) -> bool {
        plan.undoes.is_none()
            && plan.rule != closing::RULE
            && !self
                .rules
                .governance
                .policy
                .still_leads_to(&plan.policy, &plan.rule, &plan.action)
    }

    /// Checks the authorisation again and marks the delivery as started; it is sent only after
    /// that is durable. A delivery found started without being under way was cut off by a crash.
    pub(super) fn begin_delivery(&mut self, id: PlanId, index: u32) {
        let effect = Effect::Deliver { plan: id, index };
        let found = self.state.plan(id).and_then(|live| {
            let delivery = live.deliveries.get(usize::try_from(index).ok()?)?;
            Some((live.plan.clone(), live.deliveries.clone(), delivery.clone()))
        });
        let Some((plan, deliveries, delivery)) = found else {
            self.state.end_effect(&effect);
            return;
        };
        if self.state.is_under_way(id, index) {
            return;
        }
        if delivery.state.is_final() {
            self.state.end_effect(&effect);
            return;
        }
        let facts = self.facts(&plan);
        let proof = decide::authorise(&self.governance(), &plan, &deliveries, &facts)
            .and_then(|proof| proof.delivery(index).map(|_| ()).map(|()| proof));
        match proof {
            Err(drift) if drift.passes_by_itself() => {}
            Err(drift) => {
                let mut delivery = delivery;
                delivery.state = self.fallen(&delivery, drift.to_string());
                self.end_delivery(&plan, delivery);
            }
            Ok(proof) if matches!(delivery.state, DeliveryState::Started { .. }) => {
                self.state.set_under_way(id, index, true);
                self.out.starts.push(Start::Send {
                    plan: Arc::new(proof),
                    index,
                    attempt: delivery.attempts,
                    cut_off: true,
                });
            }
            Ok(proof) => {
                let now = self.now;
                let Some(stored) = self.state.delivery_mut(id, index) else {
                    return;
                };
                stored.attempts += 1;
                stored.state = DeliveryState::Started { at: now };
                let attempt = stored.attempts;
                self.state.set_under_way(id, index, true);
                if plan.undoes.is_none() {
                    self.state.count_begun(plan.action_of(&delivery), now);
                }
                let record = self.record(
                    Actor::Medic,
                    "delivery.started",
                    format!(
                        "{} to {}, attempt {attempt}",
                        plan.name_of(&delivery),
                        delivery.target
                    ),
                );
                record.plan = Some(id);
                record.subject = Some(plan.subject);
                record.why = map([
                    ("digest", json!(plan.digest)),
                    ("payload", json!(delivery.payload.digest())),
                    ("idempotency_key", json!(delivery.idempotency_key)),
                ]);
                if !plan.steps.is_empty() {
                    record.why.insert("step".to_owned(), json!(delivery.step));
                }
                self.touch(plan.subject);
                self.out.starts.push(Start::Send {
                    plan: Arc::new(proof),
                    index,
                    attempt,
                    cut_off: false,
                });
            }
        }
    }

    pub(super) fn delivery_ended(
        &mut self,
        id: PlanId,
        index: u32,
        attempt: u32,
        outcome: DeliveryOutcome,
    ) -> Reply {
        self.state.set_under_way(id, index, false);
        if let Some((plan, delivery)) = self.awaited(id, index, attempt) {
            self.attempt_ended(&plan, delivery, outcome);
        }
        Reply::Nothing
    }

    /// The plan and delivery, if this very attempt is the one whose end is awaited.
    fn awaited(&self, id: PlanId, index: u32, attempt: u32) -> Option<(Plan, Delivery)> {
        let live = self.state.plan(id)?;
        let delivery = live.deliveries.get(usize::try_from(index).ok()?)?;
        (delivery.attempts == attempt && matches!(delivery.state, DeliveryState::Started { .. }))
            .then(|| (live.plan.clone(), delivery.clone()))
    }

    fn attempt_ended(&mut self, plan: &Plan, mut delivery: Delivery, outcome: DeliveryOutcome) {
        let (id, index) = (plan.id, delivery.index);
        let safe = self.rules.repeats_are_safe(plan.action_of(&delivery));
        let (stages, retry) = (&self.rules.stages, &self.rules.retry);
        stages.settle(&mut delivery, outcome, safe, retry, self.now);
        let DeliveryState::Retry { at, why } = &delivery.state else {
            return self.end_delivery(plan, delivery);
        };
        self.state.set_timer(*at, id);
        let record = self.record(
            Actor::Medic,
            "delivery.retry",
            format!(
                "{} to {} will be tried again",
                plan.name_of(&delivery),
                delivery.target
            ),
        );
        record.plan = Some(id);
        record.subject = Some(plan.subject);
        record.why = map([("reason", json!(why))]);
        self.state.end_effect(&Effect::Deliver { plan: id, index });
        if let Some(stored) = self.state.delivery_mut(id, index) {
            *stored = delivery;
        }
        self.touch(plan.subject);
    }

    /// A person says what became of a delivery whose outcome is not known.
    pub(super) fn settled(
        &mut self,
        person: &Person,
        id: PlanId,
        index: u32,
        settlement: Settlement,
    ) -> Reply {
        let found = self.state.plan(id).and_then(|live| {
            let delivery = live.deliveries.get(usize::try_from(index).ok()?)?;
            Some((live.plan.clone(), delivery.clone()))
        });
        let unknown = found
            .as_ref()
            .is_some_and(|(_, delivery)| matches!(delivery.state, DeliveryState::Unknown { .. }));
        let Some((plan, mut delivery)) = found.filter(|_| unknown) else {
            return Reply::Refused(format!(
                "Delivery {index} of {id} is not waiting for a word: its outcome is known."
            ));
        };
        let governance = self.governance();
        if !governance.may_now(&plan, person, self.now) {
            let sentence = format!(
                "Only {} can say what became of it.",
                governance.deciders(&plan).in_words()
            );
            return self.refuse_person(person, "settling a delivery", id.into(), sentence);
        }
        let state = match settlement {
            Settlement::Delivered => DeliveryState::Delivered {
                at: self.now,
                reference: format!("confirmed by {}", person.name),
            },
            Settlement::NotDelivered => DeliveryState::Failed {
                at: self.now,
                why: format!("{} says it did not arrive", person.name),
            },
        };
        let said = format!(
            "Noted: {} to {} {}.",
            plan.name_of(&delivery),
            delivery.target,
            state.in_words()
        );
        let record = self.record(person.actor(), "delivery.settled", said.clone());
        record.plan = Some(id);
        record.subject = Some(plan.subject);
        delivery.state = state;
        self.end_delivery(&plan, delivery);
        Reply::Done(said)
    }

    /// How a delivery ends whose authorisation fell: not sent, unless an earlier attempt may have
    /// done the work, which only a person can tell.
    pub(super) fn fallen(&self, delivery: &Delivery, why: String) -> DeliveryState {
        let at = self.now;
        if delivery.maybe_done || matches!(delivery.state, DeliveryState::Started { .. }) {
            return DeliveryState::Unknown {
                at,
                why: format!("an earlier attempt may have been done; not tried again: {why}"),
            };
        }
        DeliveryState::Skipped { at, why }
    }

    /// A delivery has ended, for good or until a person speaks; the plan goes on from there.
    fn end_delivery(&mut self, plan: &Plan, delivery: Delivery) {
        self.note_end(plan, delivery);
        self.go_on(plan.id);
    }

    /// Stores how a delivery has ended, and what follows for whom it reached.
    pub(super) fn note_end(&mut self, plan: &Plan, delivery: Delivery) {
        let (id, index) = (plan.id, delivery.index);
        let (target, state) = (delivery.target.clone(), delivery.state.clone());
        self.state.end_effect(&Effect::Deliver { plan: id, index });
        let Some(stored) = self.state.delivery_mut(id, index) else {
            return;
        };
        *stored = delivery.clone();
        let (kind, why) = match &state {
            DeliveryState::Delivered { reference, .. } => ("delivery.delivered", reference.clone()),
            DeliveryState::Failed { why, .. } => ("delivery.failed", why.clone()),
            DeliveryState::Unknown { why, .. } => ("delivery.unknown", why.clone()),
            DeliveryState::Skipped { why, .. } => ("delivery.skipped", why.clone()),
            _ => return,
        };
        let record = self.record(
            Actor::Medic,
            kind,
            format!(
                "{} to {target}: {}",
                plan.name_of(&delivery),
                state.in_words()
            ),
        );
        record.plan = Some(id);
        record.subject = Some(plan.subject);
        record.result = map([("detail", json!(why))]);
        if !plan.steps.is_empty() {
            record.why = map([("step", json!(delivery.step)), ("index", json!(index))]);
        }
        if let DeliveryState::Delivered { .. } = state {
            self.state.counters_mut().figures.deliveries += 1;
            match plan.undoes {
                Some(undone) => {
                    self.taken_back(plan.subject, undone, plan.action_of(&delivery), &target)
                }
                None => self.reached(plan, &delivery),
            }
        }
        self.touch(plan.subject);
    }

    fn reached(&mut self, plan: &Plan, delivery: &Delivery) {
        let now = self.now;
        let Target::Merchant(merchant) = &delivery.target else {
            return;
        };
        let action = plan.action_of(delivery);
        self.state.set_reached(action, merchant, now);
        if let SubjectId::Incident(id) = plan.subject
            && let Some(incident) = self.state.incident_mut(id)
            && let Some(affected) = incident.merchants.get_mut(merchant)
        {
            affected.reached.insert(action.clone());
            if plan.treats(delivery) {
                affected.treated_at = Some(now);
                affected.treated_by = Some(plan.id);
            }
        }
    }
}
