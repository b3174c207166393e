//! Brakes that come on after a plan was decided about: what they hold back, and until when.

use super::{Step, map};
use crate::decide::{CapNow, Drift};
use crate::domain::{
    Actor, Decision, Delivery, DeliveryState, Digest, MerchantId, Plan, PlanState, SubjectId,
    Target,
};
use crate::engine::event::Effect;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl Step<'_> {
    /// The cap of a plan's action, and what of it is used up.
    pub(super) fn cap_now(&self, plan: &Plan) -> Option<CapNow> {
        if plan.undoes.is_some() {
            return None;
        }
        let per_hour = self.rules.catalogue.get(&plan.action)?.caps.per_hour?;
        Some(CapNow {
            per_hour,
            begun: self.state.begun_within_hour(&plan.action, self.now),
            free_at: self.state.room_at(&plan.action, per_hour, self.now),
        })
    }

    /// Deliveries of a plan, by place, whose merchant the same action has reached within the
    /// cool-down: from elsewhere, since a plan reaches each once.
    pub(super) fn cooling(&self, plan: &Plan) -> BTreeSet<u32> {
        let live = self.state.plan(plan.id);
        live.into_iter()
            .filter(|_| plan.undoes.is_none())
            .flat_map(|live| &live.deliveries)
            .filter(|delivery| {
                !delivery.state.is_final()
                    && !matches!(delivery.state, DeliveryState::Started { .. })
            })
            .filter(|delivery| {
                let action = plan.action_of(delivery);
                let minutes = self.rules.catalogue.get(action);
                let minutes = minutes.map_or(0, |action| action.caps.cooldown_minutes);
                let cool_down = SignedDuration::from_mins(i64::from(minutes));
                match &delivery.target {
                    Target::Merchant(id) if minutes > 0 => self
                        .state
                        .last_reached(action, id)
                        .is_some_and(|at| self.now.duration_since(at) < cool_down),
                    _ => false,
                }
            })
            .map(|delivery| delivery.index)
            .collect()
    }

    /// Merchants to whom another plan is sending by the same action at this moment, where they get it
    /// once in a while only.
    pub(super) fn busy(&self, plan: &Plan) -> BTreeSet<MerchantId> {
        let action = self.rules.catalogue.get(&plan.action);
        if plan.undoes.is_some() || action.is_none_or(|action| action.caps.cooldown_minutes == 0) {
            return BTreeSet::new();
        }
        self.state
            .under_way()
            .filter(|(id, _)| *id != plan.id)
            .filter_map(|(id, index)| {
                let live = self
                    .state
                    .plan(id)
                    .filter(|live| live.plan.action == plan.action && live.plan.undoes.is_none())?;
                match &live.deliveries.get(usize::try_from(index).ok()?)?.target {
                    Target::Merchant(merchant) => Some(merchant.clone()),
                    Target::Team(_) => None,
                }
            })
            .collect()
    }

    /// Merchants of a plan's incident of whom people said that theirs is another problem.
    pub(super) fn split_off_of(&self, plan: &Plan) -> BTreeSet<MerchantId> {
        let incident = match plan.subject {
            SubjectId::Incident(id) if plan.undoes.is_none() => self.state.incident(id),
            _ => None,
        };
        incident
            .into_iter()
            .flat_map(|incident| incident.merchants.iter())
            .filter(|(_, affected)| affected.is_split_off())
            .map(|(merchant, _)| merchant.clone())
            .collect()
    }

    /// Whether the directory says otherwise than when a plan was made how to reach one of its
    /// merchants. What is being sent already is not stopped by it: it goes where people said.
    pub(super) fn contacts_changed(&self, plan: &Plan) -> bool {
        let live = self.state.plan(plan.id);
        live.filter(|_| plan.state == PlanState::Waiting)
            .zip(plan.contacts)
            .is_some_and(|(live, before)| self.contacts_of(&live.deliveries) != before)
    }

    /// How the merchants of these deliveries are reached, as a digest.
    fn contacts_of(&self, deliveries: &[Delivery]) -> Digest {
        let entries: BTreeMap<&str, _> = deliveries
            .iter()
            .filter_map(|delivery| match &delivery.target {
                Target::Merchant(id) => Some((id.as_str(), self.rules.directory.get(id)?)),
                Target::Team(_) => None,
            })
            .collect();
        Digest::of_json(&json!(entries))
    }

    /// When the quiet hours end, if they last now and are about what this plan does.
    pub(super) fn quiet_until(&self, plan: &Plan) -> Option<Timestamp> {
        let hours = self.rules.quiet_hours.filter(|_| plan.remedial)?;
        hours.end(self.now)
    }

    /// A delivery that may not begin now: it is looked at again when its brake lets go by itself, and
    /// otherwise when somebody resumes.
    pub(super) fn hold_back(&mut self, plan: &Plan, mut delivery: Delivery, drift: &Drift) {
        let (id, index) = (plan.id, delivery.index);
        let Some(at) = drift.held_until() else {
            return;
        };
        self.state.set_timer(at, id);
        self.state.end_effect(&Effect::Deliver { plan: id, index });
        let time = at.to_zoned(TimeZone::UTC).strftime("%H:%M");
        let why = format!("{drift}; it goes on at {time} UTC");
        let record = self.record(
            Actor::Medic,
            "delivery.held",
            format!("{} to {} is held", plan.name(), delivery.target),
        );
        record.plan = Some(id);
        record.subject = Some(plan.subject);
        record.why = map([("reason", json!(why)), ("until", json!(at))]);
        delivery.state = DeliveryState::Held { at, why };
        if let Some(stored) = self.state.delivery_mut(id, index) {
            *stored = delivery;
        }
        self.touch(plan.subject);
    }

    /// What whoever approves is told where a cap holds a part of the plan back; may be empty.
    pub(super) fn held_by_cap(&self, plan: &Plan) -> String {
        let cap = self.cap_now(plan);
        let Some(cap) = cap.filter(|_| !plan.beyond_cap && plan.steps.is_empty()) else {
            return String::new();
        };
        let room = cap.per_hour.saturating_sub(cap.begun);
        if plan.targets <= room {
            return String::new();
        }
        format!(
            " {} begins {} an hour at most: {room} now, the others follow by themselves.",
            plan.action,
            super::counted(cap.per_hour, "time")
        )
    }

    /// A new plan with what it is compared with later: how its merchants are reached, and whether it
    /// goes beyond its action's cap, which whoever is asked reads.
    pub(super) fn with_what_is_known(&self, mut plan: Plan, deliveries: &[Delivery]) -> Plan {
        plan.contacts = Some(self.contacts_of(deliveries));
        let beyond = self
            .beyond_cap(&plan, deliveries)
            .filter(|_| plan.decision == Decision::Ask);
        plan.beyond_cap = beyond.is_some();
        if let Some(why) = beyond.filter(|why| !plan.decision_reason.contains(why)) {
            plan.decision_reason = format!("{}; {why}", plan.decision_reason);
        }
        plan
    }

    /// Whether a plan would go beyond its action's cap, in words for whoever is asked about it.
    fn beyond_cap(&self, plan: &Plan, deliveries: &[Delivery]) -> Option<String> {
        let cap = self.cap_now(plan)?;
        let own = |one: &&Delivery| plan.action_of(one) == &plan.action;
        let own = u32::try_from(deliveries.iter().filter(own).count()).unwrap_or(u32::MAX);
        let would_be = cap.begun.saturating_add(own);
        (would_be > cap.per_hour).then(|| {
            format!(
                "{} would be delivered {would_be} times within an hour, its cap is {}",
                plan.action, cap.per_hour
            )
        })
    }
}
