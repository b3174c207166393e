//! A person writes anew what a plan would send: a new plan, which they ask for and others approve.

use super::{Step, map};
use crate::act::deliver::idempotency_key;
use crate::decide::{self, plan_digest};
use crate::domain::{Decision, Delivery, Person, Plan, PlanId, Replaced, differences};
use crate::engine::event::{PartEdit, Reply};
use serde_json::json;
use std::collections::BTreeSet;

/// The longest value a person may write, in bytes.
const MAX_VALUE: usize = 16 * 1024;

impl Step<'_> {
    pub(super) fn edit(
        &mut self,
        person: &Person,
        plan: &Plan,
        deliveries: &[Delivery],
        prefix: &str,
        edits: &[PartEdit],
        without: &BTreeSet<u32>,
    ) -> Reply {
        if plan.digest.prefix() != prefix || plan_digest(plan, deliveries) != plan.digest {
            return Reply::Refused(format!(
                "What you edited is not what {} would send now. Nothing was changed: open its newest card and edit there.",
                plan.id
            ));
        }
        let id = PlanId::new(self.state.counters().plan + 1);
        let edited = match self.rewritten(plan, deliveries, edits, without, id) {
            Ok(edited) => edited,
            Err(why) => return Reply::Refused(format!("Nothing was changed: {why}.")),
        };
        let Some(situation) = self.situation(plan.subject) else {
            return Reply::Refused(format!(
                "{} is over: there is nothing left to edit for it.",
                plan.subject
            ));
        };
        let Some(action) = self.rules.catalogue.get(&plan.action).cloned() else {
            return Reply::Refused(format!(
                "The action {} is not configured any more.",
                plan.action
            ));
        };
        let differ = differences(deliveries, &edited);
        if differ.is_empty() {
            return Reply::Refused("That is what it says already. Nothing was changed.".to_owned());
        }
        let mut risk = self.risk(&situation, &action, &edited);
        // What was shown as this risky does not get less so by a change of words.
        if edited.len() == deliveries.len() && plan.risk.level > risk.level {
            risk = plan.risk.clone();
        }
        let why = format!("{} edited it", person.name);
        let fresh = Plan {
            id,
            decision: Decision::Ask,
            decision_reason: format!("{why}, so somebody else decides; {}", plan.decision_reason),
            risk,
            requester: Some(person.id.clone()),
            created_at: self.now,
            replaces: Some(Replaced {
                plan: plan.id,
                why: why.clone(),
                differences: differ,
            }),
            ..plan.clone()
        };
        let fresh = decide::seal(fresh, &edited, &self.rules.governance.approval, self.now);
        self.void_plan(plan.id, &format!("{why}; {id} stands in its place"));
        let parts: BTreeSet<&str> = edits.iter().map(|edit| edit.part.as_str()).collect();
        let said = format!(
            "{id} stands in the place of {} now. You asked for it, so somebody else has to approve it.",
            plan.id
        );
        let digest = fresh.digest;
        let record = self.record(
            person.actor(),
            "plan.edited",
            format!("{} became {id}", plan.id),
        );
        record.plan = Some(plan.id);
        record.subject = Some(plan.subject);
        record.why = map([
            ("before", json!(plan.digest)),
            ("after", json!(digest)),
            ("parts", json!(parts)),
            ("left_out", json!(without)),
        ]);
        self.store_plan(&situation, fresh, edited);
        Reply::Done(said)
    }

    /// The deliveries as the person wants them, under the new plan's number.
    fn rewritten(
        &self,
        plan: &Plan,
        deliveries: &[Delivery],
        edits: &[PartEdit],
        without: &BTreeSet<u32>,
        id: PlanId,
    ) -> Result<Vec<Delivery>, String> {
        let connector = self.rules.connectors.get(&plan.connector);
        let connector =
            connector.ok_or_else(|| format!("there is no connector {}", plan.connector))?;
        let mut changed = deliveries.to_vec();
        for edit in edits {
            if edit.value.len() > MAX_VALUE {
                return Err(format!("{} is longer than {MAX_VALUE} bytes", edit.part));
            }
            let place = usize::try_from(edit.index).unwrap_or(usize::MAX);
            let part = changed.get_mut(place).and_then(|delivery| {
                let parts = &mut delivery.payload.parts;
                parts.iter_mut().find(|part| part.name == edit.part)
            });
            let Some(part) = part else {
                return Err(format!("delivery {} has no part {}", edit.index, edit.part));
            };
            if part.value == edit.value {
                continue;
            }
            connector.accepts_edit(&edit.part, &edit.value)?;
            part.value.clone_from(&edit.value);
        }
        changed.retain(|delivery| !without.contains(&delivery.index));
        if changed.is_empty() {
            return Err("nobody would be left; reject the plan instead".to_owned());
        }
        for (index, delivery) in changed.iter_mut().enumerate() {
            delivery.plan = id;
            delivery.index = u32::try_from(index).unwrap_or(u32::MAX);
            let digest = delivery.payload.digest();
            delivery.idempotency_key =
                idempotency_key(&self.state.workspace, id, self.now, delivery.index, digest);
        }
        Ok(changed)
    }
}
