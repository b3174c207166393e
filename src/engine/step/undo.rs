//! Taking back what a plan has done: a plan of its own, bound by votes like any other, which always
//! asks a person and is never verified.

use super::situation::Situation;
use super::{Step, map};
use crate::act::deliver;
use crate::decide::policy::Matched;
use crate::decide::{self, Drift};
use crate::domain::{
    Action, ActionName, Actor, Decision, Delivery, DeliveryState, Gate, Person, PersonId, Plan,
    PlanId, PlanState, PlanStep, Replaced, SubjectId, Target, differences,
};
use crate::engine::event::{Reply, ToUndo};
use serde_json::json;
use std::collections::BTreeSet;

/// How many targets a sentence names.
const NAMED: usize = 5;

/// What takes a plan back.
#[derive(Default)]
struct Taking {
    deliveries: Vec<Delivery>,
    /// The actions, in the order in which they are taken back.
    parts: Vec<Action>,
    /// The steps, where the plan was one of several actions.
    steps: Vec<PlanStep>,
    /// What cannot be taken back, and why.
    kept: Vec<(Target, String)>,
}

impl Step<'_> {
    /// A person asks to have a plan taken back; somebody else has to approve that.
    pub(super) fn undo_asked(
        &mut self,
        person: &Person,
        id: PlanId,
        found: Option<ToUndo>,
    ) -> Reply {
        let Some(found) = found else {
            return Reply::Refused(format!("There is no plan {id}."));
        };
        let governance = self.governance();
        if !governance.may_now(&found.plan, person, self.now) {
            return Reply::Refused(format!(
                "{id} is decided by {}, and so is its undo; you are none of them. Nothing was changed.",
                governance.deciders(&found.plan).in_words()
            ));
        }
        // A case that is answered lies in the store only; it comes back for its undo.
        if let Some(case) = &found.case
            && self.state.case(case.id).is_none()
        {
            self.state.put_case(case.clone());
        }
        let why = format!("{} wants {id} taken back", person.name);
        let requester = Some(person.id.clone());
        match self.plan_undo(&found, &why, requester, false, None) {
            Ok(undo) => Reply::Done(format!(
                "{undo} asks whether {id} is taken back. You asked for it, so somebody else has to approve it."
            )),
            Err(why) => Reply::Refused(format!("{id} cannot be taken back: {why}.")),
        }
    }

    /// A fix made it worse: whether it is taken back is asked at once, unless that is asked already.
    pub(super) fn offer_undo(&mut self, id: PlanId) {
        let Some(live) = self.state.plan(id) else {
            return;
        };
        let (plan, deliveries) = (live.plan.clone(), live.deliveries.clone());
        let asked = self
            .state
            .plans_of(plan.subject)
            .any(|live| live.plan.undoes == Some(id));
        if asked || !plan.undo {
            return;
        }
        self.take_back(plan, deliveries, &format!("{id} made it worse"), false);
    }

    /// Makes the plan that takes this one back, or records why there can be none.
    pub(super) fn take_back(
        &mut self,
        plan: Plan,
        deliveries: Vec<Delivery>,
        why: &str,
        by_itself: bool,
    ) {
        let (id, subject) = (plan.id, plan.subject);
        let found = ToUndo {
            plan,
            deliveries,
            undone: BTreeSet::new(),
            case: None,
        };
        if let Err(reason) = self.plan_undo(&found, why, None, by_itself, None) {
            let record = self.record(
                Actor::Medic,
                "undo.impossible",
                format!("{why}, and it cannot be taken back: {reason}"),
            );
            record.plan = Some(id);
            record.subject = Some(subject);
            record.result = map([("reason", json!(reason))]);
        }
    }

    /// Makes the plan that takes another back. `by_itself`: on that plan's own authority, where it
    /// has any; everything else asks.
    pub(super) fn plan_undo(
        &mut self,
        found: &ToUndo,
        why: &str,
        requester: Option<PersonId>,
        by_itself: bool,
        before: Option<(&Plan, &[Delivery], &Drift)>,
    ) -> Result<PlanId, String> {
        let of = &found.plan;
        if of.undoes.is_some() {
            return Err("it is an undo itself".to_owned());
        }
        if !of.undo {
            return Err("what it sent cannot be unsent".to_owned());
        }
        if !matches!(of.state, PlanState::Done { .. }) {
            return Err("only what is done can be".to_owned());
        }
        let situation = self
            .situation(of.subject)
            .filter(|_| self.facts(of).subject_open)
            .ok_or_else(|| format!("{} is over", of.subject))?;
        let action = self.rules.catalogue.get(&of.action);
        let action = action.ok_or("its action is not configured any more")?;
        // An undo treats nobody: it is delivered, not verified.
        let action = Action {
            remedial: false,
            ..action.clone()
        };
        let id = PlanId::new(self.state.counters().plan + 1);
        let undo = self.undo_of(found, &action, id)?;
        if undo.deliveries.is_empty() {
            return Err(match undo.kept.as_slice() {
                [] => "nothing of it is left to take back, or its undo is asked about already"
                    .to_owned(),
                kept => reasons(kept),
            });
        }
        let mut reason = format!(
            "{why}; it is taken back at {} of the {} it reached",
            undo.deliveries.len(),
            delivered(&found.deliveries)
        );
        if !undo.kept.is_empty() {
            reason = format!("{reason}, it cannot be at {}", reasons(&undo.kept));
        }
        let plan = self.undo_plan(&situation, &action, of, id, &undo, reason);
        let replaces = before.map(|(plan, deliveries, drift)| Replaced {
            plan: plan.id,
            why: drift.to_string(),
            differences: differences(deliveries, &undo.deliveries),
        });
        let plan = Plan {
            requester,
            replaces,
            ..plan
        };
        let plan = if by_itself {
            self.on_its_authority(plan, &undo.deliveries, of)
        } else {
            let approval = &self.rules.governance.approval;
            decide::seal(plan, &undo.deliveries, approval, self.now)
        };
        self.store_plan(&situation, plan, undo.deliveries);
        Ok(id)
    }

    /// What would be sent to take a plan back has changed since it was asked about: it is asked about
    /// as it would be sent now. Answers with the new plan and how many differences it shows.
    pub(super) fn undo_anew(
        &mut self,
        found: &ToUndo,
        before: &Plan,
        deliveries: &[Delivery],
        drift: &Drift,
    ) -> Option<(PlanId, usize)> {
        let why = format!("asked again, because {drift}");
        let requester = before.requester.clone();
        let anew = Some((before, deliveries, drift));
        let id = self.plan_undo(found, &why, requester, false, anew).ok()?;
        let differ = self.state.plan(id)?.plan.replaces.as_ref()?;
        Some((id, differ.differences.len()))
    }

    /// Targets that a live undo of a plan takes back already, or may: the store does not know yet
    /// what was asked a moment ago.
    fn asked_already(&self, of: &Plan) -> BTreeSet<(ActionName, Target)> {
        self.state
            .plans_of(of.subject)
            .filter(|live| live.plan.undoes == Some(of.id) && !live.plan.state.is_final())
            .flat_map(|live| {
                let of = |one: &Delivery| (live.plan.action_of(one).clone(), one.target.clone());
                live.deliveries.iter().map(of)
            })
            .collect()
    }

    /// What takes back what is left of a plan, the last first, action by action.
    fn undo_of(&self, found: &ToUndo, action: &Action, id: PlanId) -> Result<Taking, String> {
        let of = &found.plan;
        let asked = self.asked_already(of);
        let mut left: Vec<(ActionName, Vec<Delivery>)> = Vec::new();
        for delivery in &found.deliveries {
            let by = of.action_of(delivery);
            let taken = (by.clone(), delivery.target.clone());
            let undone = found.undone.contains(&taken) || asked.contains(&taken);
            if undone || !of.step(delivery.step).is_some_and(|step| step.undo) {
                continue;
            }
            match left.iter_mut().find(|(name, _)| name == by) {
                Some((_, part)) => part.push(delivery.clone()),
                None => left.push((by.clone(), vec![delivery.clone()])),
            }
        }
        let mut taking = Taking::default();
        for (name, left) in left.into_iter().rev() {
            let own = match self.rules.catalogue.get(&name) {
                Some(own) => Action {
                    remedial: false,
                    ..own.clone()
                },
                None => return Err(format!("the action {name} is not configured any more")),
            };
            let connector = self.rules.connectors.get(&own.connector);
            let connector =
                connector.ok_or_else(|| format!("there is no connector {}", own.connector))?;
            let workspace = &self.state.workspace;
            let undo = deliver::undo(&**connector, &own, workspace, id, self.now, &left);
            taking.kept.extend(undo.kept);
            if undo.deliveries.is_empty() {
                continue;
            }
            let place = u32::try_from(taking.parts.len()).unwrap_or(u32::MAX);
            let placed = undo.deliveries.into_iter();
            taking
                .deliveries
                .extend(placed.map(|one| Delivery { step: place, ..one }));
            if !action.steps.is_empty() {
                let after = place.checked_sub(1).into_iter().collect();
                let step = self.plan_step(&own, after, Gate::Delivered);
                taking.steps.push(PlanStep {
                    undo: false,
                    ..step
                });
            }
            taking.parts.push(own);
        }
        deliver::number(&self.state.workspace, id, self.now, &mut taking.deliveries);
        Ok(taking)
    }

    fn undo_plan(
        &self,
        situation: &Situation,
        action: &Action,
        of: &Plan,
        id: PlanId,
        taking: &Taking,
        reason: String,
    ) -> Plan {
        let answer = Matched {
            rule: of.rule.clone(),
            action: of.action.clone(),
            decision: Decision::Ask,
            once: false,
            catch_all: false,
            reason,
        };
        let parts: Vec<(Action, Vec<Delivery>)> = taking
            .parts
            .iter()
            .zip(0_u32..)
            .map(|(part, place)| {
                let own = taking.deliveries.iter().filter(|one| one.step == place);
                (part.clone(), own.cloned().collect())
            })
            .collect();
        let risk = self.risk_of(situation, action, &parts);
        Plan {
            undoes: Some(of.id),
            undo: false,
            steps: taking.steps.clone(),
            ..self.blank(situation, action, &answer, id, risk)
        }
    }

    /// A plan that is being taken back is not watched any more: whatever comes is not its doing.
    pub(super) fn stop_watching(&mut self, undone: PlanId) {
        let watched = self.state.plan(undone);
        let Some(subject) = watched
            .filter(|live| live.plan.verify_at.is_some())
            .map(|live| live.plan.subject)
        else {
            return;
        };
        if let Some(plan) = self.state.plan_mut(undone) {
            plan.verify_at = None;
        }
        let record = self.record(
            Actor::Medic,
            "verification.ended",
            format!("{undone} is being taken back, so nobody looks any more whether it helped"),
        );
        record.plan = Some(undone);
        record.subject = Some(subject);
    }

    /// A target has what a plan did to it taken back: it counts as not treated. The cool-down stays,
    /// since it was reached all the same.
    pub(super) fn taken_back(
        &mut self,
        subject: SubjectId,
        undone: PlanId,
        action: &ActionName,
        target: &Target,
    ) {
        let action = self.rules.catalogue.get(action);
        if let SubjectId::Incident(id) = subject
            && action.is_none_or(|action| action.remedial)
            && let Target::Merchant(merchant) = target
            && let Some(incident) = self.state.incident_mut(id)
            && let Some(affected) = incident.merchants.get_mut(merchant)
            && affected.treated_by == Some(undone)
        {
            affected.treated_at = None;
            affected.treated_by = None;
        }
        let record = self.record(
            Actor::Medic,
            "delivery.undone",
            format!("what {undone} did to {target} is taken back"),
        );
        record.plan = Some(undone);
        record.subject = Some(subject);
        record.result = map([("target", json!(target))]);
    }
}

fn delivered(deliveries: &[Delivery]) -> usize {
    deliveries
        .iter()
        .filter(|delivery| matches!(delivery.state, DeliveryState::Delivered { .. }))
        .count()
}

/// `merchant M1 (why), merchant M2 (why) and 3 more`.
fn reasons(kept: &[(Target, String)]) -> String {
    let named: Vec<String> = kept
        .iter()
        .take(NAMED)
        .map(|(target, why)| format!("{target} ({why})"))
        .collect();
    match kept.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
