//! A question that nobody answers is asked again, then of the next role, and then it expires.

use crate::support::world::World;
use medic::domain::{AskKind, SubjectId};
use medic::engine::handle::Ballot;

const GUIDE: &str = "send_configuration_guide";

/// Kind, minute after eight, and roles of each asking; then who comes next.
fn asks(world: &World) -> String {
    let subject: SubjectId = "INC-1".parse().unwrap();
    let card = world.handle().card(&world.workspace(), subject);
    let card = card.unwrap().unwrap();
    let plan = card.plans.iter().find(|plan| plan.action == GUIDE).unwrap();
    let mut lines: Vec<String> = plan
        .asks
        .iter()
        .map(|ask| {
            let time = ask.at.to_string();
            format!("{:?} {} {}", ask.kind, &time[11..16], ask.whom())
        })
        .collect();
    lines.push(plan.asked_next.clone());
    lines.join("\n")
}

#[tokio::test]
async fn nobody_answers_so_they_are_asked_again_and_then_the_next_role_who_may_then_decide() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    insta::assert_snapshot!(asks(&world), @r"
    First 08:00 on_call
    on_call will be asked again at 08:15 UTC
    ");
    let (plan, digest) = world.plan("INC-1", GUIDE);
    let early = world.votes_on("kim", plan, &digest, Ballot::Approve).await;
    assert!(early.starts_with("refused:"), "{early}");

    world.later(15).await;
    insta::assert_snapshot!(asks(&world), @r"
    First 08:00 on_call
    Reminder 08:15 on_call
    lead will be asked too, and may decide then, at 08:30 UTC
    ");
    world.later(15).await;
    insta::assert_snapshot!(asks(&world), @r"
    First 08:00 on_call
    Reminder 08:15 on_call
    Escalation 08:30 lead
    ");
    let records = world.records(&plan.to_string());
    let count = |kind: &str| records.iter().filter(|found| *found == kind).count();
    assert_eq!((count("plan.reminded"), count("plan.escalated")), (1, 1));

    let said = world.votes_on("kim", plan, &digest, Ballot::Approve).await;
    assert!(said.starts_with("Approved."), "{said}");
}

#[tokio::test]
async fn the_timers_survive_a_restart_and_what_was_missed_is_asked_once() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.restarts().await;
    world.later(15).await;
    assert!(
        asks(&world).contains("Reminder 08:15 on_call"),
        "{}",
        asks(&world)
    );
    world.restarts().await;
    world.later(15).await;
    assert!(
        asks(&world).contains("Escalation 08:30 lead"),
        "{}",
        asks(&world)
    );

    let mut late = World::new().await;
    late.webhooks_time_out().await;
    late.sleeps(40).await;
    let kinds: Vec<AskKind> = kinds(&late);
    assert_eq!(kinds, [AskKind::First, AskKind::Escalation]);
    late.later(20).await;
    assert!(
        late.card("INC-1")
            .contains("expired, nobody decided in time")
    );
}

fn kinds(world: &World) -> Vec<AskKind> {
    let subject: SubjectId = "INC-1".parse().unwrap();
    let card = world.handle().card(&world.workspace(), subject);
    let card = card.unwrap().unwrap();
    let plan = card.plans.iter().find(|plan| plan.action == GUIDE).unwrap();
    plan.asks.iter().map(|ask| ask.kind).collect()
}

#[tokio::test]
async fn once_somebody_has_decided_nobody_is_asked_again() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    world.later(31).await;
    assert_eq!(kinds(&world), [AskKind::First]);
    assert!(!asks(&world).contains("will be asked"), "{}", asks(&world));
}

#[tokio::test]
async fn an_action_may_want_other_people_and_more_of_them_than_its_risk() {
    let own = "[actions.send_configuration_guide.approval]\npeople = [\"kim\", \"ana\"]\nquorum = 2\nremind_after = \"5m\"\n";
    let mut world = World::with_action(GUIDE, own).await;
    world.webhooks_time_out().await;
    insta::assert_snapshot!(asks(&world), @r"
    First 08:00 kim or ana
    kim or ana will be asked again at 08:05 UTC
    ");
    let said = world.approves("ben", "INC-1", GUIDE).await;
    insta::assert_snapshot!(said, @"refused: A plan of high risk is decided by kim or ana, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.");
    insta::assert_snapshot!(world.approves("kim", "INC-1", GUIDE).await, @"Your approval of PLAN-2 counts; 1 more needed.");
    insta::assert_snapshot!(world.approves("ana", "INC-1", GUIDE).await, @"Approved. PLAN-2 runs now, for 6 targets.");
}
