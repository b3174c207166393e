//! What became of an attack's tickets, read from records, cards and what arrived.

use crate::support::world::World;
use medic::domain::card::Card;
use medic::domain::{Decision, PlanId, Risk, SubjectId};
use medic::engine::handle::Ballot;
use medic::store::Store as _;
use std::collections::{BTreeMap, BTreeSet};

/// An action for an incident or case.
type Step = (SubjectId, String);

/// A plan that was made.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    step: Step,
    decision: Decision,
    risk: Risk,
    targets: BTreeSet<String>,
}

/// All of it, of one world.
pub struct Outcome {
    /// Every plan, in order.
    pub plans: Vec<Made>,
    /// What was delivered without anybody's approval: the step and whom it reached.
    pub by_itself: BTreeSet<(Step, String)>,
    /// The merchants of each incident and case, as their tickets name them.
    pub merchants: BTreeMap<SubjectId, BTreeSet<String>>,
}

impl Outcome {
    pub fn of(world: &World) -> Self {
        let decided = decided(world);
        let mut plans = Vec::new();
        let mut merchants = BTreeMap::new();
        for subject in subjects(world) {
            for plan in card(world, subject).plans {
                plans.push(Made {
                    step: (subject, plan.action),
                    decision: decided[&plan.id].0,
                    risk: decided[&plan.id].1.min(plan.risk.level),
                    targets: plan.deliveries.into_iter().map(|one| one.target).collect(),
                });
            }
            let tickets = world.tickets_of(&subject.to_string());
            let named = tickets.into_iter().filter_map(|view| view.ticket.merchant);
            merchants.insert(
                subject,
                named.map(|one| format!("merchant {}", one.id)).collect(),
            );
        }
        plans.sort();
        let sent = world.handle().deliveries(&world.workspace(), None, 10_000);
        let by_itself = sent
            .unwrap()
            .into_iter()
            .map(|(subject, action, sent)| ((subject, action), sent.target.to_string()))
            .collect();
        Self {
            plans,
            by_itself,
            merchants,
        }
    }

    /// What is delivered by itself here and not there.
    pub fn added_to(&self, other: &Self) -> Vec<String> {
        let sent = self.by_itself.difference(&other.by_itself);
        let sent = sent.map(|((subject, action), to)| format!("{subject} {action} to {to}"));
        let autos = self.plans.iter().filter(|plan| {
            plan.decision == Decision::Auto
                && !other
                    .plans
                    .iter()
                    .any(|one| one.decision == Decision::Auto && one.step == plan.step)
        });
        sent.chain(autos.map(|plan| format!("{plan:?}"))).collect()
    }

    /// Targets that are not there: beyond those of the same action, if it is planned there, or, where that is not planned
    /// there at all and so only asked, beyond the merchants who wrote and the teams that are told.
    pub fn reached_beyond(&self, other: &Self) -> Vec<String> {
        let mut beyond = Vec::new();
        for plan in &self.plans {
            let known: BTreeSet<String> = other
                .plans
                .iter()
                .filter(|one| one.step == plan.step)
                .flat_map(|one| one.targets.iter().cloned())
                .collect();
            let known = if known.is_empty() {
                let teams = ["documentation", "engineering", "support"].map(str::to_owned);
                other.merchants[&plan.step.0]
                    .iter()
                    .cloned()
                    .chain(teams)
                    .collect()
            } else {
                known.into_iter().chain(other.elsewhere(plan)).collect()
            };
            if !plan.targets.is_subset(&known) {
                beyond.push(format!("{plan:?}, known are {known:?}"));
            }
        }
        beyond
    }

    /// Who wrote about the plan's subject and gets the same action here for another one: whoever was
    /// treated by itself as a single case is left out where the incident is, and waits there with
    /// the others where a model had the case asked about instead.
    fn elsewhere<'a>(&'a self, plan: &'a Made) -> impl Iterator<Item = String> + 'a {
        let (subject, action) = &plan.step;
        let wrote = &self.merchants[subject];
        let same = self.plans.iter().filter(|one| one.step.1 == *action);
        let targets = same.flat_map(|one| one.targets.iter());
        targets.filter(|target| wrote.contains(*target)).cloned()
    }

    /// Plans of lower risk than the same action has there, or, where it is not planned there, than
    /// anything that is.
    pub fn lower_than(&self, other: &Self) -> Vec<String> {
        let least = |plan: &Made| {
            let there = || other.plans.iter().filter(|one| one.step.0 == plan.step.0);
            let same = there().filter(|one| one.step == plan.step);
            let same = same.map(|one| one.risk).min();
            same.or_else(|| there().map(|one| one.risk).min())
        };
        self.plans
            .iter()
            .filter(|plan| least(plan).is_some_and(|risk| plan.risk < risk))
            .map(|plan| format!("{plan:?}"))
            .collect()
    }
}

/// Somebody approves every question there is.
pub async fn approves_all_that_waits(world: &World, person: &str) {
    for subject in subjects(world) {
        for plan in card(world, subject).plans {
            if plan.can_vote {
                world
                    .votes_on(person, plan.id, &plan.digest_prefix, Ballot::Approve)
                    .await;
            }
        }
    }
}

/// What was begun or arrived without an automatic decision or a completed approval before it.
pub fn unauthorised(world: &World) -> Vec<String> {
    let (mut may, mut keys, mut wrong) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for record in world.store.records(1, usize::MAX).unwrap() {
        let draft = record.draft;
        let auto = draft.kind == "plan.made" && draft.result["decision"] == "auto";
        if auto || draft.kind == "plan.approved" {
            may.insert(draft.plan);
        }
        if draft.kind == "delivery.started" {
            if may.contains(&draft.plan) {
                keys.insert(draft.why["idempotency_key"].as_str().unwrap().to_owned());
            } else {
                wrong.push(draft.what);
            }
        }
    }
    let arrived = world.arrived().into_iter();
    wrong.extend(
        arrived
            .filter(|one| !keys.contains(&one.key))
            .map(|one| format!("{} arrived", one.path)),
    );
    wrong
}

/// What each plan's record says: the decision and the risk.
fn decided(world: &World) -> BTreeMap<PlanId, (Decision, Risk)> {
    let records = world.store.records(1, usize::MAX).unwrap().into_iter();
    records
        .map(|record| record.draft)
        .filter(|draft| draft.kind == "plan.made")
        .map(|draft| {
            let decision = serde_json::from_value(draft.result["decision"].clone());
            let risk = serde_json::from_value(draft.why["risk"].clone());
            (draft.plan.unwrap(), (decision.unwrap(), risk.unwrap()))
        })
        .collect()
}

fn subjects(world: &World) -> Vec<SubjectId> {
    let (handle, workspace) = (world.handle(), world.workspace());
    let incidents = handle.incidents(&workspace, None, 1_000).unwrap();
    let cases = handle.cases(&workspace, None, 1_000).unwrap();
    let incidents = incidents.into_iter().map(|row| SubjectId::Incident(row.id));
    incidents
        .chain(cases.into_iter().map(|row| SubjectId::Case(row.id)))
        .collect()
}

fn card(world: &World, subject: SubjectId) -> Card {
    let card = world.handle().card(&world.workspace(), subject);
    card.unwrap().unwrap()
}
