//! From a diagnosis to plans: the policy answers, the payloads are rendered, code computes the
//! risk, and what may not run by itself asks.

use super::draft::{Draft, nobody};
use super::situation::Situation;
use super::{Step, map};
use crate::decide::policy::{Matched, not_repeated};
use crate::decide::{self, PolicyContext};
use crate::domain::{
    Action, ActionName, Actor, Decision, Delivery, Digest, EffectiveRisk, Plan, PlanId, PlanState,
    SubjectId,
};
use crate::engine::decisions::{Answer, DecisionRow};
use crate::engine::state::LivePlan;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeSet;

impl Step<'_> {
    /// Decides what follows from a new diagnosis. A fix that is being watched is not planned again
    /// here: who joined since waits until it is looked at.
    pub(super) fn decide(&mut self, subject: SubjectId) {
        let Some(situation) = self.situation(subject) else {
            return;
        };
        let watched: BTreeSet<ActionName> = self
            .state
            .plans_of(subject)
            .filter(|live| live.plan.verify_at.is_some())
            .filter(|live| live.plan.runbook == situation.diagnosis.runbook)
            .map(|live| live.plan.action.clone())
            .collect();
        self.follow_policy(&situation, false, |action| !watched.contains(&action.name));
    }

    /// Decides again for merchants that no plan has reached: only what treats merchants, nobody is
    /// told the same thing twice.
    pub(super) fn decide_again(&mut self, subject: SubjectId) {
        if let Some(situation) = self.situation(subject) {
            self.follow_policy(&situation, true, |action| action.remedial);
        }
    }

    fn follow_policy(
        &mut self,
        situation: &Situation,
        again: bool,
        wanted: impl Fn(&Action) -> bool,
    ) {
        let hour = self.now.to_zoned(TimeZone::UTC).hour().unsigned_abs();
        let full = situation.context(hour, false);
        let grounded = situation.context(hour, true);
        let matched = decide::decide_guarded(&self.rules.governance.policy, &full, &grounded);
        let matched = not_repeated(matched, &situation.planned);
        let answers: Vec<Answer> = matched.iter().map(Answer::of).collect();
        let before = self.state.counters().plan;
        for mut answer in matched {
            let Some(action) = self.rules.catalogue.get(&answer.action) else {
                continue;
            };
            if situation.diagnosis.contested {
                answer.ask("a model reads it otherwise, so a person decides");
            }
            if wanted(action) && !self.is_in_hand(situation, action) {
                self.make_plan(situation, answer);
            }
        }
        let plans: Vec<PlanId> = (before + 1..=self.state.counters().plan)
            .map(PlanId::new)
            .collect();
        if !again || !plans.is_empty() {
            self.keep_decision(situation, full, grounded, answers, plans);
        }
    }

    /// Keeps what the decision rested on.
    fn keep_decision(
        &mut self,
        situation: &Situation,
        full: PolicyContext,
        grounded: PolicyContext,
        answers: Vec<Answer>,
        plans: Vec<PlanId>,
    ) {
        let counters = self.state.counters_mut();
        counters.decision += 1;
        let row = DecisionRow {
            number: counters.decision,
            at: self.now,
            subject: situation.subject,
            policy: self.rules.governance.policy.digest(),
            full,
            grounded,
            planned: situation.planned.clone(),
            answers,
            plans,
        };
        self.state.put_row(&row);
    }

    /// Whether nothing is to be planned for this action now: one of its plans waits or runs, or it
    /// only tells someone, who has been told or asked before. What a person rejected is not asked
    /// again, and neither is what did not help where it was tried first.
    fn is_in_hand(&self, situation: &Situation, action: &Action) -> bool {
        let live = self
            .state
            .plans_of(situation.subject)
            .any(|live| live.plan.action == action.name && !live.plan.state.is_final());
        live || self.older_has_in_hand(situation.subject, action)
            || situation.rejected.contains(&action.name)
            || self.gave_up(situation, action)
            || (!action.remedial && situation.planned.contains(&action.name))
    }

    /// Plans one action. Where it cannot be planned for anybody, a person is asked about the
    /// policy's default action instead, so that no ticket goes without an answer.
    fn make_plan(&mut self, situation: &Situation, answer: Matched) {
        let Some(action) = self.rules.catalogue.get(&answer.action).cloned() else {
            return;
        };
        let id = PlanId::new(self.state.counters().plan + 1);
        match self.draft(situation, &action, &answer, id) {
            Ok(draft) if draft.deliveries.is_empty() => {
                let why = nobody(situation, &draft);
                self.fall_back(situation, answer, &why);
            }
            Ok(draft) => self.seal(situation, &action, &answer, id, draft),
            // It was said before, and nothing about it has changed.
            Err(why) if situation.unusable.get(&action.name) == Some(&why) => {}
            Err(why) => self.refuse(situation, &action, &answer, id, &why),
        }
    }

    fn fall_back(&mut self, situation: &Situation, answer: Matched, why: &str) {
        let default = self.rules.governance.policy.default_action().clone();
        let action = self.rules.catalogue.get(&default);
        if answer.action == default
            || situation.planned.contains(&default)
            || action.is_some_and(|action| self.older_has_in_hand(situation.subject, action))
        {
            return;
        }
        self.make_plan(
            situation,
            Matched {
                action: default,
                decision: Decision::Ask,
                reason: format!(
                    "{}; {} is not possible: {why}",
                    answer.reason, answer.action
                ),
                ..answer
            },
        );
    }

    fn seal(
        &mut self,
        situation: &Situation,
        action: &Action,
        answer: &Matched,
        id: PlanId,
        draft: Draft,
    ) {
        let risk = self.risk(situation, action, &draft.steps, &draft.deliveries);
        let settled = decide::settle(answer, &risk, &draft.foreign, &draft.brakes);
        let plan = self.drafted(situation, action, answer, id, (risk, &draft));
        let plan = decide::seal(
            Plan {
                decision: settled.decision,
                decision_reason: settled.reason,
                ..plan
            },
            &draft.deliveries,
            &self.rules.governance.approval,
            self.now,
        );
        self.store_plan(situation, plan, draft.deliveries);
    }

    /// A plan that cannot be rendered is refused, and the card says what to set.
    pub(super) fn refuse(
        &mut self,
        situation: &Situation,
        action: &Action,
        answer: &Matched,
        id: PlanId,
        why: &str,
    ) {
        let risk = self.risk(situation, action, &[], &[]);
        let plan = self.blank(situation, action, answer, id, risk);
        let plan = decide::seal(
            Plan {
                decision: Decision::Refuse,
                decision_reason: format!("{} cannot be used: {why}", action.name),
                ..plan
            },
            &[],
            &self.rules.governance.approval,
            self.now,
        );
        if let SubjectId::Incident(id) = situation.subject
            && let Some(incident) = self.state.incident_mut(id)
        {
            incident
                .unusable
                .insert(action.name.clone(), why.to_owned());
        }
        self.store_plan(situation, plan, Vec::new());
    }

    /// The plan of a draft, not sealed yet.
    pub(super) fn drafted(
        &self,
        situation: &Situation,
        action: &Action,
        answer: &Matched,
        id: PlanId,
        (risk, draft): (EffectiveRisk, &Draft),
    ) -> Plan {
        Plan {
            unreached: draft.left_out(),
            steps: draft.steps.clone(),
            all_or_nothing: !draft.steps.is_empty() && !action.steps.is_empty(),
            ..self.blank(situation, action, answer, id, risk)
        }
    }

    pub(super) fn blank(
        &self,
        situation: &Situation,
        action: &Action,
        answer: &Matched,
        id: PlanId,
        risk: EffectiveRisk,
    ) -> Plan {
        let now = self.rules.action_now(&action.name);
        Plan {
            id,
            subject: situation.subject,
            action: action.name.clone(),
            connector: action.connector.clone(),
            connector_version: now.as_ref().map_or(0, |now| now.connector_version),
            template: now.map_or(Digest::ZERO, |now| now.template),
            remedial: action.remedial,
            undo: self.rules.can_undo(action),
            rule: answer.rule.clone(),
            condition: self.rules.governance.policy.condition_of(&answer.rule),
            policy: self.rules.governance.policy.digest(),
            decision: answer.decision,
            decision_reason: answer.reason.clone(),
            risk,
            targets: 0,
            unreached: Vec::new(),
            beyond_cap: false,
            contacts: None,
            runbook: situation.diagnosis.runbook.clone(),
            requester: None,
            created_at: self.now,
            expires_at: None,
            asks: Vec::new(),
            ask_next: None,
            snoozed: None,
            replaces: None,
            undoes: None,
            steps: Vec::new(),
            all_or_nothing: false,
            rolls_back: None,
            digest: Digest::ZERO,
            votes: Vec::new(),
            state: PlanState::Waiting,
            opened: Vec::new(),
            verify_at: None,
            rolled_back_by: None,
        }
    }

    pub(super) fn store_plan(
        &mut self,
        situation: &Situation,
        plan: Plan,
        deliveries: Vec<Delivery>,
    ) {
        let (id, subject) = (plan.id, situation.subject);
        let plan = self.with_what_is_known(plan, &deliveries);
        let counters = self.state.counters_mut();
        counters.plan = id.number();
        counters.figures.decisions[match plan.decision {
            Decision::Auto => 0,
            Decision::Ask => 1,
            Decision::Refuse => 2,
        }] += 1;
        match subject {
            SubjectId::Incident(incident) => {
                if let Some(incident) = self.state.incident_mut(incident) {
                    incident.plans.push(id);
                    incident.actions.insert(plan.action.clone());
                }
            }
            SubjectId::Case(case) => {
                if let Some(case) = self.state.case_mut(case) {
                    case.plans.push(id);
                }
            }
        }
        let record = self.record(
            Actor::Medic,
            "plan.made",
            format!(
                "{id}: {} for {subject}, {}: {}",
                plan.name(),
                plan.decision,
                plan.decision_reason
            ),
        );
        record.plan = Some(id);
        record.subject = Some(subject);
        record.why = map([
            ("rule", json!(plan.rule)),
            ("policy", json!(plan.policy)),
            ("digest", json!(plan.digest)),
            ("risk", json!(plan.risk.level)),
            ("risk_reasons", json!(plan.risk.reasons)),
            ("targets", json!(plan.targets)),
            ("requester", json!(plan.requester)),
            ("undoes", json!(plan.undoes)),
            ("unreached", json!(plan.unreached)),
        ]);
        if !plan.steps.is_empty() {
            let steps = super::stepping::for_record(&plan, &deliveries);
            record.why.insert("steps".to_owned(), steps);
            let whole = json!(plan.all_or_nothing);
            record.why.insert("all_or_nothing".to_owned(), whole);
        }
        if let Some(undone) = plan.rolls_back {
            record.why.insert("rolls_back".to_owned(), json!(undone));
        }
        record.result = map([("decision", json!(plan.decision))]);
        let auto = plan.decision == Decision::Auto;
        self.state.put_plan(LivePlan { plan, deliveries });
        if auto {
            self.execute(id);
        }
        self.touch(subject);
    }
}
