//! The proof that a plan may run, and what it rests on.

use crate::decide_support::*;
use medic::decide::{Authority, Ballot, Drift, People, VoteOutcome, authorise, plan_digest, seal};
use medic::domain::{
    Decision, DeliveryState, Digest, MerchantId, PersonId, PlanId, PlanState, Risk,
};

#[test]
fn after_a_restart_the_authorisation_is_derived_from_the_stored_decision() {
    let mut desk = Desk::asking(Risk::Critical);
    desk.click("ana", Ballot::Approve).unwrap();
    assert!(
        authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts).is_err(),
        "still waiting"
    );
    desk.click("dora", Ballot::Approve).unwrap();

    // As it would come back from the store.
    let text = serde_json::to_string(&desk.plan).unwrap();
    desk.plan = serde_json::from_str(&text).unwrap();
    desk.deliveries[0].state = DeliveryState::Delivered {
        at: desk.at,
        reference: "r-1".to_owned(),
    };
    let again = authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts).unwrap();
    assert!(again.delivery(0).is_err(), "it has been delivered");
    assert!(again.delivery(1).is_ok());
}

#[test]
fn a_running_plan_stops_where_what_it_rests_on_falls() {
    let mut desk = Desk::asking(Risk::High);
    desk.click("ana", Ballot::Approve).unwrap();
    let check = |desk: &Desk| {
        authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts)
            .map(|_| ())
            .map_err(|drift| (drift.passes_by_itself(), drift.to_string()))
    };
    assert_eq!(check(&desk), Ok(()));

    desk.facts.paused = Some("by Ben".to_owned());
    assert!(matches!(check(&desk), Err((true, _))), "held, not ended");
    desk.facts.subject_open = false;
    assert!(matches!(check(&desk), Err((false, _))), "ended, not held");
    desk.facts = facts();

    let people = std::mem::replace(&mut desk.governance.people, People::new([]));
    insta::assert_snapshot!(
        check(&desk).unwrap_err().1,
        @"approved by 0 of the 1 people it needs; votes count only from people who hold the role now"
    );
    desk.governance.people = people;

    desk.plan.votes[0].digest = Digest::of("what was shown before");
    assert!(check(&desk).is_err(), "a vote on something else");
    desk.plan.votes[0].digest = desk.plan.digest;

    desk.deliveries.pop();
    assert_eq!(
        check(&desk).unwrap_err().1,
        "the stored plan is not the one that was shown: its digest does not match"
    );
}

#[test]
fn a_plan_that_only_tells_someone_is_not_stopped_by_a_treatment() {
    let mut desk = Desk::asking(Risk::High);
    desk.plan.remedial = false;
    desk.plan = seal(
        desk.plan,
        &desk.deliveries,
        &desk.governance.approval,
        now(),
    );
    desk.facts.treated_since.insert(MerchantId::new("m-1"));
    let outcome = desk.click("ana", Ballot::Approve).unwrap();
    let VoteOutcome::Approved { authorised } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(authorised.delivery(1).is_ok());
}

/// The store is not believed: votes are counted again, by the same rules.
#[test]
fn stored_votes_of_one_person_or_of_the_requester_count_no_more_than_clicks_do() {
    let mut desk = Desk::asking(Risk::Critical);
    desk.click("ana", Ballot::Approve).unwrap();
    desk.plan.state = PlanState::Running { at: now() };
    let short = |desk: &Desk| {
        authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts).unwrap_err()
    };
    let again = desk.plan.votes[0].clone();
    desk.plan.votes.push(again);
    assert_eq!(short(&desk), Drift::VotesShort { have: 1, need: 2 });

    desk.plan.votes[1].person = PersonId::new("ben");
    assert!(authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts).is_ok());
    desk.plan.requester = Some(PersonId::new("ben"));
    assert_eq!(short(&desk), Drift::VotesShort { have: 1, need: 2 });
}

#[test]
fn a_plan_that_is_sealed_again_starts_without_votes() {
    let mut desk = Desk::asking(Risk::Critical);
    desk.click("ana", Ballot::Approve).unwrap();
    let edited = seal(
        desk.plan,
        &desk.deliveries,
        &desk.governance.approval,
        now() + minutes(30),
    );
    assert!(edited.votes.is_empty());
    assert_eq!(edited.expires_at, Some(now() + minutes(90)));
}

#[test]
fn one_treated_merchant_stops_its_own_delivery_only() {
    let mut desk = Desk::asking(Risk::High);
    desk.click("ana", Ballot::Approve).unwrap();
    desk.facts.treated_since.insert(MerchantId::new("m-1"));
    let authorised =
        authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts).unwrap();
    assert!(authorised.delivery(0).is_ok());
    assert_eq!(
        authorised.delivery(1).unwrap_err().to_string(),
        "already treated by another plan since this one was made: m-1"
    );
}

#[test]
fn in_a_dry_run_people_decide_and_nothing_may_be_sent() {
    let mut desk = Desk::asking(Risk::High);
    desk.facts.dry_run = true;
    let outcome = desk.click("ana", Ballot::Approve).unwrap();
    let VoteOutcome::Approved { authorised } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(authorised.delivery(0), Err(Drift::DryRun));
}

#[test]
fn the_policys_auto_runs_by_itself_while_the_policy_says_so() {
    let mut governance = governance();
    let deliveries = deliveries(1);
    let sealed = |governance: &_, risk| {
        let plan = draft(governance, Decision::Auto, risk);
        seal(plan, &deliveries, &governance.approval, now())
    };
    let plan = sealed(&governance, Risk::Medium);
    let authorised = authorise(&governance, &plan, &deliveries, &facts()).unwrap();
    assert_eq!(
        authorised.authority(),
        &Authority::Policy {
            rule: "guide".to_owned()
        }
    );

    let risky = sealed(&governance, Risk::High);
    assert_eq!(
        authorise(&governance, &risky, &deliveries, &facts()).unwrap_err(),
        Drift::RiskTooHigh { risk: Risk::High }
    );

    governance.policy = std::sync::Arc::new(policy(vec![rule(
        "guide",
        "merchants < 3",
        "guide",
        Decision::Auto,
    )]));
    assert!(
        authorise(&governance, &plan, &deliveries, &facts()).is_ok(),
        "the rule still does it by itself"
    );
    governance.policy =
        std::sync::Arc::new(policy(vec![rule("guide", "true", "guide", Decision::Ask)]));
    assert_eq!(
        authorise(&governance, &plan, &deliveries, &facts())
            .unwrap_err()
            .to_string(),
        "the policy was changed: rule guide no longer does guide by itself"
    );
}

#[test]
fn the_digest_binds_all_that_is_sent_and_nothing_that_merely_happens() {
    let desk = Desk::asking(Risk::High);
    let digest = |change: &dyn Fn(&mut Desk)| {
        let mut changed = Desk::asking(Risk::High);
        change(&mut changed);
        plan_digest(&changed.plan, &changed.deliveries)
    };
    let binds: [&dyn Fn(&mut Desk); 12] = [
        &|d| d.plan.id = PlanId::new(18),
        &|d| d.plan.action = medic::domain::ActionName::new("assign"),
        &|d| d.plan.connector = "mail".to_owned(),
        &|d| d.plan.connector_version = 2,
        &|d| d.plan.template = Digest::of("edited"),
        &|d| d.plan.rule = "another".to_owned(),
        &|d| d.plan.risk.level = Risk::Critical,
        &|d| d.plan.decision = Decision::Auto,
        &|d| d.deliveries.swap(0, 1),
        &|d| d.deliveries.truncate(2),
        &|d| d.deliveries[2].target = medic::domain::Target::Merchant(MerchantId::new("m-9")),
        &|d| d.deliveries[2].payload.parts[0].value.push(' '),
    ];
    for (number, change) in binds.iter().enumerate() {
        assert_ne!(digest(change), desk.plan.digest, "change {number}");
    }
    let may_change: [&dyn Fn(&mut Desk); 3] = [
        &|d| d.plan.state = PlanState::Running { at: now() },
        &|d| d.plan.expires_at = None,
        &|d| d.deliveries[0].attempts = 3,
    ];
    for (number, change) in may_change.iter().enumerate() {
        assert_eq!(digest(change), desk.plan.digest, "change {number}");
    }
}
