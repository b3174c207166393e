//! Plans of several steps: what a vote binds, when a delivery may start, and on whose authority what
//! broke off is taken back.

use crate::decide_support::{action, deliveries, draft, facts, governance, now};
use medic::decide::{
    ActionNow, Authority, Drift, Facts, Governance, Undone, authorise, plan_digest, seal,
};
use medic::domain::{
    Decision, Delivery, DeliveryState, Digest, Gate, PersonId, Plan, PlanId, PlanState, PlanStep,
    Risk, Target, Vote,
};

fn step(name: &str, after: Vec<u32>, gate: Gate) -> PlanStep {
    PlanStep {
        action: action(name, Risk::Low, false).name,
        connector: "http".to_owned(),
        connector_version: 1,
        template: Digest::of(name),
        remedial: name == "guide",
        undo: name != "assign",
        after,
        gate,
        note: String::new(),
    }
}

/// `escalate`, then `guide` for two, then once they are healed `assign`; Ana has approved it.
fn approved(governance: &Governance) -> (Plan, Vec<Delivery>, Facts) {
    let mut sent = deliveries(4);
    for (one, place) in sent.iter_mut().zip([0, 1, 1, 2]) {
        one.step = place;
    }
    sent[0].target = Target::Team("engineering".to_owned());
    sent[3].target = Target::Team("support".to_owned());
    let plan = Plan {
        steps: vec![
            step("escalate", Vec::new(), Gate::Delivered),
            step("guide", vec![0], Gate::Delivered),
            step("assign", vec![1], Gate::Healed),
        ],
        all_or_nothing: true,
        undo: true,
        ..draft(governance, Decision::Ask, Risk::High)
    };
    let mut plan = seal(plan, &sent, &governance.approval, now());
    plan.votes.push(Vote {
        person: PersonId::new("ana"),
        name: "Ana".to_owned(),
        at: now(),
        digest: plan.digest,
        roles: Vec::new(),
    });
    plan.state = PlanState::Running { at: now() };
    let mut known = facts();
    for one in &plan.steps {
        let now = ActionNow {
            connector: one.connector.clone(),
            connector_version: one.connector_version,
            template: one.template,
        };
        known.steps.insert(one.action.clone(), now);
    }
    (plan, sent, known)
}

fn arrived() -> DeliveryState {
    DeliveryState::Delivered {
        at: now(),
        reference: String::new(),
    }
}

fn failed() -> DeliveryState {
    DeliveryState::Failed {
        at: now(),
        why: "410".to_owned(),
    }
}

/// Which deliveries may start.
fn may_start(governance: &Governance, plan: &Plan, sent: &[Delivery], facts: &Facts) -> Vec<u32> {
    let proof = authorise(governance, plan, sent, facts).unwrap();
    (0..4)
        .filter(|index| proof.delivery(*index).is_ok())
        .collect()
}

#[test]
fn the_digest_binds_steps_gates_and_what_is_taken_back() {
    let governance = governance();
    let (plan, sent, _) = approved(&governance);
    let whole = plan_digest(&plan, &sent);
    let changes: [fn(&mut Plan); 8] = [
        |plan| plan.steps[2].gate = Gate::Delivered,
        |plan| plan.steps[2].after = vec![0],
        |plan| plan.steps[1].undo = false,
        |plan| plan.steps[1].template = Digest::of("other"),
        |plan| plan.steps[1].connector_version = 2,
        |plan| plan.steps.swap(0, 1),
        |plan| plan.all_or_nothing = false,
        |plan| plan.rolls_back = Some(Digest::of("another plan")),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut other = plan.clone();
        change(&mut other);
        assert_ne!(plan_digest(&other, &sent), whole, "change {place}");
    }
    let mut moved = sent.clone();
    moved[1].step = 0;
    assert_ne!(plan_digest(&plan, &moved), whole);
    // Where a step stands is no part of it.
    let opened = Plan {
        opened: vec![1],
        ..plan.clone()
    };
    assert_eq!(plan_digest(&opened, &sent), whole);
}

#[test]
fn a_delivery_starts_only_once_the_gate_of_its_step_is_open() {
    let governance = governance();
    let (mut plan, mut sent, facts) = approved(&governance);
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [0]);
    sent[0].state = arrived();
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [1, 2]);
    sent[1].state = arrived();
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [2]);
    sent[2].state = arrived();
    // All have arrived, but nobody has said "healed".
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [0_u32; 0]);
    plan.opened = vec![1, 2];
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [3]);
    // "Healed" alone opens nothing.
    sent[2].state = DeliveryState::Unknown {
        at: now(),
        why: "no answer".to_owned(),
    };
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [0_u32; 0]);
}

#[test]
fn nothing_starts_after_a_failure_and_the_template_of_each_step_counts() {
    let governance = governance();
    let (plan, mut sent, mut facts) = approved(&governance);
    sent[0].state = arrived();
    sent[1].state = failed();
    assert_eq!(may_start(&governance, &plan, &sent, &facts), [0_u32; 0]);
    let proof = authorise(&governance, &plan, &sent, &facts).unwrap();
    insta::assert_snapshot!(proof.delivery(2).unwrap_err(), @"guide to merchant m-1 has ended (failed), so nothing more of the plan is sent");

    sent[1].state = DeliveryState::Queued;
    let name = plan.steps[2].action.clone();
    facts.steps.get_mut(&name).unwrap().template = Digest::of("edited");
    let drift = authorise(&governance, &plan, &sent, &facts).unwrap_err();
    assert_eq!(drift, Drift::TemplateChanged { action: name });
}

/// What takes back the first step and one of the guides.
fn rollback(governance: &Governance, of: &Plan, done: &[Delivery]) -> (Plan, Vec<Delivery>, Facts) {
    let mut back = vec![done[1].clone(), done[0].clone()];
    for (one, place) in back.iter_mut().zip(0..) {
        one.plan = PlanId::new(18);
        one.index = place;
        one.step = place;
        one.state = DeliveryState::Queued;
    }
    let plan = Plan {
        id: PlanId::new(18),
        steps: vec![
            step("guide", Vec::new(), Gate::Delivered),
            step("escalate", vec![0], Gate::Delivered),
        ],
        undoes: Some(of.id),
        rolls_back: Some(of.digest),
        remedial: false,
        ..draft(governance, Decision::Auto, Risk::High)
    };
    let plan = seal(plan, &back, &governance.approval, now());
    let (_, _, known) = approved(governance);
    let facts = Facts {
        undone: Some(Undone {
            plan: of.clone(),
            deliveries: done.to_vec(),
        }),
        ..known
    };
    (plan, back, facts)
}

#[test]
fn what_broke_off_is_taken_back_on_the_authority_of_those_who_approved_it() {
    let governance = governance();
    let (plan, mut sent, _) = approved(&governance);
    sent[0].state = arrived();
    sent[1].state = arrived();
    sent[2].state = failed();
    let (undo, back, facts) = rollback(&governance, &plan, &sent);
    let proof = authorise(&governance, &undo, &back, &facts).unwrap();
    assert_eq!(
        *proof.authority(),
        Authority::Undone {
            of: plan.id,
            by: Box::new(Authority::People {
                approved: vec![PersonId::new("ana")]
            }),
        }
    );
    assert!(proof.delivery(0).is_ok() && proof.delivery(1).is_err());

    let at_night = Facts {
        quiet_until: Some(now()),
        ..facts
    };
    let proof = authorise(&governance, &undo, &back, &at_night).unwrap();
    assert!(proof.delivery(0).is_ok(), "nothing is left half done");

    // Whatever was not decided with that plan carries nothing.
    let refused = |change: &dyn Fn(&mut Plan, &mut Vec<Delivery>, &mut Facts)| {
        let (mut undo, mut back, mut facts) = rollback(&governance, &plan, &sent);
        change(&mut undo, &mut back, &mut facts);
        undo = seal(undo, &back, &governance.approval, now());
        let drift = authorise(&governance, &undo, &back, &facts).unwrap_err();
        drift.to_string()
    };
    fn of(facts: &mut Facts) -> &mut Undone {
        facts.undone.as_mut().unwrap()
    }
    let unknown = DeliveryState::Unknown {
        at: now(),
        why: "no answer".to_owned(),
    };
    let said = [
        refused(&|_, _, facts| facts.undone = None),
        refused(&|undo, _, _| undo.rolls_back = Some(Digest::of("another"))),
        refused(&|_, _, facts| of(facts).plan.steps[0].undo = false),
        refused(&|_, _, facts| of(facts).deliveries[2].state = arrived()),
        refused(&|_, _, facts| of(facts).deliveries[3].state = unknown.clone()),
        refused(&|_, back, _| back[0].target = Target::Team("others".to_owned())),
        refused(&|undo, _, _| undo.steps[0].template = Digest::of("edited")),
        refused(&|undo, _, _| undo.risk.level = Risk::Critical),
        refused(&|_, _, facts| of(facts).plan.votes.clear()),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    it was not decided with the plan that it takes back: what it takes back is not under way any more
    it was not decided with the plan that it takes back: it names another plan than the one that was decided
    it was not decided with the plan that it takes back: it names another plan than the one that was decided
    it was not decided with the plan that it takes back: nothing of what it takes back has failed
    it was not decided with the plan that it takes back: the outcome of a delivery is not known
    it was not decided with the plan that it takes back: it was not shown as what is taken back, as it is now
    it was not decided with the plan that it takes back: it was not shown as what is taken back, as it is now
    it was not decided with the plan that it takes back: it is riskier than what it takes back
    approved by 0 of the 1 people it needs; votes count only from people who hold the role now
    ");
}
