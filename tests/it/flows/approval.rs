//! People decide: who may, on what, until when, and exactly once.

use crate::support::world::World;
use medic::engine::handle::Ballot;

const GUIDE: &str = "send_configuration_guide";

#[tokio::test]
async fn somebody_without_the_role_is_refused_with_the_roles_named() {
    let mut world = World::with(
        "[[people]]\nid = \"kim\"\nname = \"Kim\"\nroles = [\"support\"]\n[[people]]\nid = \"ana\"\nname = \"Ana\"\nroles = [\"on_call\"]\n[[people]]\nid = \"ben\"\nname = \"Ben\"\nroles = [\"on_call\"]\n",
    )
    .await;
    world.webhooks_time_out().await;
    let said = world.approves("kim", "INC-1", GUIDE).await;
    insta::assert_snapshot!(said, @"refused: A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.");
    assert!(
        world
            .records("INC-1")
            .contains(&"plan.vote_refused".to_owned())
    );
    assert_eq!(world.reached(), [""; 0]);
}

#[tokio::test]
async fn a_forged_digest_moves_nothing() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (plan, _) = world.plan("INC-1", GUIDE);
    let before = world.arrived().len();
    for forged in [
        "",
        "0",
        "0000000000000000",
        "ffffffffffffffffffffffffffffffff",
    ] {
        let said = world.votes_on("ana", plan, forged, Ballot::Approve).await;
        assert!(said.starts_with("refused: What you saw is not"), "{said}");
    }
    assert_eq!(world.arrived().len(), before);
}

#[tokio::test]
async fn two_clicks_at_once_are_one_decision() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    let reason = "not now".to_owned();
    let (approved, rejected) = tokio::join!(
        world.votes_on("ana", plan, &digest, Ballot::Approve),
        world.votes_on("ben", plan, &digest, Ballot::Reject { reason }),
    );
    assert!(approved.starts_with("Approved."), "{approved}");
    assert!(
        rejected.contains("Already decided") || rejected.contains("decided already"),
        "{rejected}"
    );
    let records = world.records(&plan.to_string());
    let decided = |kind: &str| records.iter().filter(|found| *found == kind).count();
    assert_eq!((decided("plan.approved"), decided("plan.rejected")), (1, 0));
}

#[tokio::test]
async fn a_rejected_plan_ends_and_is_not_asked_again() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let said = world
        .rejects("ana", "INC-1", GUIDE, "The hosting has an outage, wait.")
        .await;
    assert!(said.starts_with("Rejected."), "{said}");
    for number in 10..30 {
        world
            .merchant_posts(
                &format!("M{number}"),
                "Webhook fails",
                "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
            )
            .await;
    }
    let card = world.card("INC-1");
    assert_eq!(card.matches(&format!("* {GUIDE}:")).count(), 1, "{card}");
    assert!(
        card.contains("rejected by Ana: The hosting has an outage, wait."),
        "{card}"
    );
    assert_eq!(world.reached(), [""; 0]);
}

#[tokio::test]
async fn an_unanswered_question_expires_and_a_late_click_does_nothing() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    world.later(61).await;
    let said = world.votes_on("ana", plan, &digest, Ballot::Approve).await;
    assert!(said.starts_with("refused:"), "{said}");
    assert!(
        world
            .card("INC-1")
            .contains("expired, nobody decided in time")
    );
    assert_eq!(world.reached(), [""; 0]);
}

#[tokio::test]
async fn newcomers_wait_for_the_next_plan_and_do_not_void_the_question() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .merchant_posts(
            "LATE-1",
            "Webhook fails",
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
        )
        .await;
    assert!(
        world.card("INC-1").contains("1 wait for the next plan"),
        "{}",
        world.card("INC-1")
    );
    let said = world.approves("ana", "INC-1", GUIDE).await;
    assert!(said.starts_with("Approved."), "{said}");
    assert!(
        !world
            .arrived_at()
            .iter()
            .any(|path| path.contains("LATE-1"))
    );
}

#[tokio::test]
async fn the_kill_switch_holds_an_approved_plan_until_somebody_resumes() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    assert!(
        world
            .pauses("ben", "the platform is being deployed")
            .await
            .starts_with("Paused.")
    );
    let said = world.approves("ana", "INC-1", GUIDE).await;
    assert!(said.contains("Medic is paused"), "{said}");
    assert_eq!(world.reached(), [""; 0]);
    assert!(world.resumes("ben").await.starts_with("Resumed."));
    assert!(
        world
            .approves("ana", "INC-1", GUIDE)
            .await
            .starts_with("Approved.")
    );
    assert_ne!(world.reached(), [""; 0]);
}

#[tokio::test]
async fn closing_an_incident_ends_what_still_waits() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    assert_eq!(
        world.closes("ana", "INC-1", "A test, not real.").await,
        "INC-1 is closed."
    );
    let said = world.votes_on("ana", plan, &digest, Ballot::Approve).await;
    assert!(said.starts_with("refused:"), "{said}");
    assert!(
        world.card("INC-1").contains("INC-1 was closed"),
        "{}",
        world.card("INC-1")
    );
    assert_eq!(world.reached(), [""; 0]);
}
