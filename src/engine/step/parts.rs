//! What a plan consists of: the steps of its action, and where it would treat many merchants, one of
//! them first.

use super::Step;
use super::draft::Draft;
use super::situation::Situation;
use crate::act::deliver;
use crate::decide::{Brake, BrakeEffect};
use crate::domain::{
    Action, ActionName, Delivery, DeliveryState, Digest, Gate, MerchantId, Outcome, Payload,
    PlanId, PlanStep, Reaches, Target,
};
use std::cmp::Reverse;

/// What one step would send.
pub(super) struct Part {
    pub action: Action,
    /// Places of the parts that it comes after.
    after: Vec<usize>,
    gate: Gate,
    note: String,
    pub sent: Vec<(Target, Payload)>,
}

impl Step<'_> {
    /// The parts of an action, with nothing rendered yet.
    pub(super) fn parts(&self, action: &Action) -> Result<Vec<Part>, String> {
        let part = |action: &Action, after, gate| Part {
            action: action.clone(),
            after,
            gate,
            note: String::new(),
            sent: Vec::new(),
        };
        let mut parts = Vec::new();
        if action.steps.is_empty() {
            parts.push(part(action, Vec::new(), Gate::Delivered));
        }
        for (place, step) in action.steps.iter().enumerate() {
            let known = self.rules.catalogue.get(&step.action);
            let known =
                known.ok_or_else(|| format!("there is no action {} for a step", step.action))?;
            let place_of = |name: &ActionName| {
                let earlier = action.steps.iter().take(place);
                earlier.into_iter().position(|one| one.action == *name)
            };
            let after = match &step.after {
                None => place.checked_sub(1).into_iter().collect(),
                Some(names) => names.iter().filter_map(place_of).collect(),
            };
            parts.push(part(known, after, step.gate));
        }
        for part in &parts {
            let action = &part.action;
            let connector = self.rules.connectors.get(&action.connector);
            let connector =
                connector.ok_or_else(|| format!("there is no connector {}", action.connector))?;
            if let Some(problem) = connector.problems(action).first() {
                return Err(problem.clone());
            }
        }
        Ok(parts)
    }

    /// Where a part would treat so many merchants that one of them is to get it first, and it was
    /// not tried before: that one, and the rest once verification says "healed".
    pub(super) fn one_first(&self, situation: &Situation, action: &Action, parts: &mut Vec<Part>) {
        if situation
            .tried(&action.name, self.template_of(action))
            .is_some()
        {
            return;
        }
        let many = parts.iter().position(|part| {
            let from = self.rules.canary_from(&part.action);
            part.action.remedial
                && part.action.reaches == Reaches::EachMerchant
                && part.sent.len() > 1
                && from.is_some_and(|from| part.sent.len() >= from)
        });
        let Some(place) = many else {
            return;
        };
        let part = &mut parts[place];
        let Some((first, note)) = self.first_of(situation, part) else {
            return;
        };
        let sent = part.sent.remove(first);
        let canary = Part {
            action: part.action.clone(),
            after: part.after.clone(),
            gate: part.gate,
            note,
            sent: vec![sent],
        };
        part.after = vec![place];
        part.gate = Gate::Healed;
        for later in parts.iter_mut().skip(place + 1) {
            for before in later.after.iter_mut().filter(|before| **before >= place) {
                *before += 1;
            }
        }
        parts.insert(place, canary);
    }

    /// Who gets it first, and why: whoever is verified and can be answered, and of those who wrote
    /// most often, since there a change shows soonest. Of several the first by name.
    fn first_of(&self, situation: &Situation, part: &Part) -> Option<(usize, String)> {
        let merchants = part.sent.iter().enumerate().filter_map(|(place, one)| {
            let Target::Merchant(merchant) = &one.0 else {
                return None;
            };
            let verified = situation.merchants.get(merchant) == Some(&true);
            let wrote = situation.wrote.get(merchant).copied().unwrap_or_default();
            let answered = self.can_be_answered(situation, merchant);
            Some((place, merchant, (verified, answered, wrote)))
        });
        let (place, merchant, (verified, answered, wrote)) =
            merchants.max_by_key(|(place, _, rank)| (*rank, Reverse(*place)))?;
        let mut why: Vec<String> = Vec::new();
        why.extend(verified.then(|| "is verified".to_owned()));
        why.extend(answered.then(|| "can be answered".to_owned()));
        why.push(format!(
            "wrote most often of those ({}), so a change shows there soonest",
            super::counted(wrote, "ticket")
        ));
        Some((place, format!("{merchant} {}", why.join(", "))))
    }

    fn can_be_answered(&self, situation: &Situation, merchant: &MerchantId) -> bool {
        let reported = situation.reported.get(merchant);
        let entry = self.rules.directory.get(merchant);
        reported.is_some_and(|tickets| !tickets.is_empty())
            || situation.origins.contains_key(merchant)
            || entry.is_some_and(|entry| !entry.contact.is_empty())
    }

    /// Puts the parts in order, as deliveries with their steps.
    pub(super) fn lay_out(&self, parts: Vec<Part>, id: PlanId, draft: &mut Draft) {
        let several = parts.len() > 1;
        for (place, part) in (0_u32..).zip(parts) {
            if several {
                let after = part.after.iter().map(|at| u32::try_from(*at).unwrap_or(0));
                let step = self.plan_step(&part.action, after.collect(), part.gate);
                draft.steps.push(PlanStep {
                    note: part.note,
                    ..step
                });
            }
            let sent = part.sent.into_iter();
            draft
                .deliveries
                .extend(sent.map(|(target, payload)| Delivery {
                    plan: id,
                    index: 0,
                    step: place,
                    target,
                    payload,
                    idempotency_key: String::new(),
                    attempts: 0,
                    maybe_done: false,
                    state: DeliveryState::Queued,
                }));
        }
        let workspace = &self.state.workspace;
        deliver::number(workspace, id, self.now, &mut draft.deliveries);
    }

    /// A step over this action as it is configured now.
    pub(super) fn plan_step(&self, action: &Action, after: Vec<u32>, gate: Gate) -> PlanStep {
        let now = self.rules.action_now(&action.name);
        PlanStep {
            action: action.name.clone(),
            connector: action.connector.clone(),
            connector_version: now.as_ref().map_or(0, |now| now.connector_version),
            template: now.map_or(Digest::ZERO, |now| now.template),
            remedial: action.remedial,
            undo: self.rules.can_undo(action),
            after,
            gate,
            note: String::new(),
        }
    }

    fn template_of(&self, action: &Action) -> Digest {
        self.rules
            .action_now(&action.name)
            .map_or(Digest::ZERO, |now| now.template)
    }

    /// Whether this very action did not help where it was tried first.
    pub(super) fn gave_up(&self, situation: &Situation, action: &Action) -> bool {
        let tried = situation.tried(&action.name, self.template_of(action));
        tried.is_some_and(|tried| matches!(tried.outcome, Outcome::NoDifference | Outcome::Worse))
    }

    /// Where nobody could tell whether it helps those who got it first, or it broke off: what goes
    /// on from there, a person decides.
    pub(super) fn unclear_before(&self, situation: &Situation, action: &Action) -> Option<Brake> {
        let tried = situation.tried(&action.name, self.template_of(action))?;
        (tried.outcome == Outcome::CannotTellYet).then(|| Brake {
            effect: BrakeEffect::Ask,
            reason: tried.why.clone(),
        })
    }
}
