//! A person writes anew what a plan would send: a new plan, which they ask for and others approve.

use super::{Step, map};
use crate::act::deliver;
use crate::decide::{self, plan_digest};
use crate::domain::{
    Decision, Delivery, Person, Plan, PlanId, PlanStep, Replaced, Target, differences,
};
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
        let mut edited = match self.rewritten(plan, deliveries, edits, without, id) {
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
        let steps = steps_left(plan, &mut edited);
        let mut risk = self.risk(&situation, &action, &steps, &edited);
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
            steps,
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
        let mut changed = deliveries.to_vec();
        for edit in edits {
            if edit.value.len() > MAX_VALUE {
                return Err(format!("{} is longer than {MAX_VALUE} bytes", edit.part));
            }
            let place = usize::try_from(edit.index).unwrap_or(usize::MAX);
            let name = changed.get(place).map(|one| plan.connector_of(one));
            let name = name.unwrap_or(&plan.connector);
            let connector = self.rules.connectors.get(name);
            let connector = connector.ok_or_else(|| format!("there is no connector {name}"))?;
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
        let named: BTreeSet<Target> = changed
            .iter()
            .filter(|delivery| without.contains(&delivery.index))
            .map(|delivery| delivery.target.clone())
            .collect();
        // Whom one step leaves out, all of them do: nobody gets half of it.
        changed.retain(|delivery| !named.contains(&delivery.target));
        if changed.is_empty() {
            return Err("nobody would be left; reject the plan instead".to_owned());
        }
        let emptied = (0_u32..)
            .zip(&plan.steps)
            .find(|(place, _)| !changed.iter().any(|one| one.step == *place));
        if let Some((place, _)) = emptied.filter(|(place, _)| plan.all_or_nothing || *place == 0) {
            return Err(format!(
                "nobody would be left for step {}; leave somebody else out, or reject the plan",
                place + 1
            ));
        }
        deliver::number(&self.state.workspace, id, self.now, &mut changed);
        Ok(changed)
    }
}

/// The steps after an edit: where only the first merchant is left of those who were to follow, there
/// is nothing to try before.
fn steps_left(plan: &Plan, deliveries: &mut [Delivery]) -> Vec<PlanStep> {
    let later = deliveries.iter().any(|one| one.step > 0);
    if later || plan.all_or_nothing {
        return plan.steps.clone();
    }
    deliveries.iter_mut().for_each(|one| one.step = 0);
    Vec::new()
}
