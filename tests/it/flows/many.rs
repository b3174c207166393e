//! Very many targets, or very many plans that are due at once: all of them are seen to, and no
//! moment has to carry them all.

use crate::support::world::World;
use medic::domain::Record;
use medic::engine::handle::Ballot;
use medic::store::Store as _;
use std::collections::BTreeMap;

const GUIDE: &str = "send_configuration_guide";
/// So many merchants have the same trouble.
const MERCHANTS: usize = 120;

/// A plan for all of them waits for its second approval.
async fn waiting() -> World {
    let world = World::with("[risk]\ncanary_from_merchants = 0\n").await;
    let tickets: Vec<_> = (1..=MERCHANTS)
        .map(|number| {
            serde_json::json!({
                "ticket_id": format!("hook-{number}"),
                "merchant_id": format!("M{number}"),
                "timestamp": world.now(),
                "issue": "Orders do not arrive, webhook fails",
                "error_log": "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
                "severity": "high",
                "migration_stage": "post-migration-day-1",
            })
        })
        .collect();
    world
        .sends(&serde_json::Value::from(tickets).to_string(), true)
        .await;
    let said = world.approves("ana", "INC-1", GUIDE).await;
    assert!(said.contains("1 more needed"), "{said}");
    world
}

/// Each merchant was reached exactly once, and at no time more than a few were being sent to.
fn each_once_and_few_at_once(world: &World) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for merchant in world.reached() {
        *times.entry(merchant).or_default() += 1;
    }
    assert_eq!(times.len(), MERCHANTS);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let (mut under_way, mut most) = (0_i32, 0);
    for record in records(world) {
        match record.draft.kind.as_str() {
            "delivery.started" => under_way += 1,
            "delivery.delivered" => under_way -= 1,
            _ => {}
        }
        most = most.max(under_way);
    }
    assert!((2..=32).contains(&most), "{most} at once");
    assert_eq!(under_way, 0);
}

fn records(world: &World) -> Vec<Record> {
    world.store.records(1, usize::MAX).unwrap()
}

#[tokio::test]
async fn a_plan_for_many_goes_out_a_few_at_a_time() {
    let world = waiting().await;
    let said = world.approves("ben", "INC-1", GUIDE).await;
    assert!(said.starts_with("Approved."), "{said}");
    each_once_and_few_at_once(&world);
}

#[tokio::test]
async fn a_plan_for_many_reaches_each_once_though_commits_fail_meanwhile() {
    for nth in [2, 3, 9] {
        let world = waiting().await;
        world.store.fail_commits(nth, 2);
        let said = world.approves("ben", "INC-1", GUIDE).await;
        assert!(said.starts_with("Approved."), "{said}");
        each_once_and_few_at_once(&world);
    }
}

#[tokio::test]
async fn what_of_a_plan_for_many_has_not_begun_goes_on_after_a_restart() {
    let mut world = waiting().await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    let (handle, person) = (world.handle(), world.person("ben"));
    handle
        .vote(&world.workspace(), &person, plan, &digest, Ballot::Approve)
        .await
        .unwrap();
    world.restarts().await;
    each_once_and_few_at_once(&world);
}

#[tokio::test]
async fn plans_that_expired_during_a_downtime_are_ended_a_part_at_a_time() {
    const PLANS: usize = 520;
    let mut world = World::new().await;
    let tickets: Vec<_> = (1..=PLANS)
        .map(|number| {
            serde_json::json!({
                "ticket_id": format!("hook-{number}"),
                "merchant_id": "M1",
                "timestamp": world.now(),
                "issue": "Orders do not arrive, webhook fails",
                "error_log": "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
            })
        })
        .collect();
    world
        .sends(&serde_json::Value::from(tickets).to_string(), false)
        .await;
    world.sleeps(60 * 24 * 14).await;
    let (mut expired, mut in_batch, mut most) = (0, 0, 0);
    for record in records(&world) {
        if record.draft.kind == "plan.expired" {
            expired += 1;
            in_batch += 1;
        }
        if record.state.is_some() {
            most = most.max(in_batch);
            in_batch = 0;
        }
    }
    assert!(expired >= PLANS, "{expired}");
    assert!(most <= 500, "{most} at once");
}
