//! What people may do about a question beside yes and no.

use crate::support::world::World;
use medic::domain::{PlanId, SubjectId};
use medic::engine::handle::PartEdit;
use std::collections::BTreeSet;

const GUIDE: &str = "send_configuration_guide";
const LOG: &str = "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

#[tokio::test]
async fn an_approval_can_be_taken_back_until_it_is_complete() {
    let mut world = World::with("[approval.high]\nquorum = 2\n").await;
    world.webhooks_time_out().await;
    let (plan, _) = world.plan("INC-1", GUIDE);
    insta::assert_snapshot!(world.approves("ana", "INC-1", GUIDE).await, @"Your approval of PLAN-2 counts; 1 more needed.");
    insta::assert_snapshot!(world.withdraws("ben", plan).await, @"refused: You have not approved PLAN-2, so nothing was changed.");
    insta::assert_snapshot!(world.withdraws("ana", plan).await, @"Your approval of PLAN-2 is taken back.");
    let said = world.approves("ben", "INC-1", GUIDE).await;
    assert!(said.contains("1 more needed"), "{said}");
    assert_eq!(world.reached().len(), 0);
    world.approves("ana", "INC-1", GUIDE).await;
    assert_eq!(world.reached().len(), 6);
    insta::assert_snapshot!(world.withdraws("ana", plan).await, @"refused: PLAN-2 does not wait any more, or there is no such plan. Nothing was changed.");
}

#[tokio::test]
async fn a_question_that_was_put_off_comes_back_and_does_not_expire_meanwhile() {
    let mut world = World::with("[approval.high]\nput_off_within = \"5h\"\n").await;
    world.webhooks_time_out().await;
    let (plan, digest) = world.plan("INC-1", GUIDE);
    insta::assert_snapshot!(world.snoozes("ana", plan, 240).await, @"PLAN-2 is put off; everybody is asked again at 12:00 UTC.");
    insta::assert_snapshot!(world.snoozes("ana", plan, 2).await, @"refused: PLAN-2 can be put off for 5 minutes or more, until 13:00 UTC at the latest. Nothing was changed.");
    let nobody = world.snoozes("kim", plan, 30).await;
    assert!(nobody.starts_with("refused:"), "{nobody}");
    world.later(70).await;
    let card = world.card("INC-1");
    assert!(card.contains("put off by Ana until 12:00 UTC"), "{card}");
    assert_eq!(world.asked(plan), ["First"]);
    world.restarts().await;
    world.later(170).await;
    assert_eq!(world.asked(plan), ["First", "First"]);
    world.later(30).await;
    assert_eq!(world.asked(plan), ["First", "First", "Escalation"]);
    let said = world
        .votes_on("ana", plan, &digest, medic::engine::handle::Ballot::Approve)
        .await;
    assert!(said.starts_with("Approved."), "{said}");
}

#[tokio::test]
async fn somebody_may_stand_in_for_a_while_and_is_still_one_person() {
    let mut world = World::with("[approval.high]\nquorum = 2\n").await;
    world.webhooks_time_out().await;
    let early = world.approves("kim", "INC-1", GUIDE).await;
    assert!(early.starts_with("refused:"), "{early}");
    insta::assert_snapshot!(world.delegates("ana", Some("kim"), 120).await, @"Kim may decide in your place until 2026-01-05 10:00 UTC.");
    insta::assert_snapshot!(world.delegates("ana", Some("ana"), 120).await, @"refused: You cannot stand in for yourself.");
    insta::assert_snapshot!(world.approves("kim", "INC-1", GUIDE).await, @"Your approval of PLAN-2 counts; 1 more needed.");
    let again = world.approves("kim", "INC-1", GUIDE).await;
    assert!(again.contains("one person counts once"), "{again}");
    world.restarts().await;
    world.later(1).await;
    // What was said while standing in still counts when that is over.
    insta::assert_snapshot!(world.delegates("ana", None, 0).await, @"Nobody decides in your place any more.");
    let said = world.approves("ben", "INC-1", GUIDE).await;
    assert!(said.starts_with("Approved."), "{said}");
    assert_eq!(world.reached().len(), 6);

    let mut later = World::new().await;
    later.webhooks_time_out().await;
    later.delegates("ana", Some("kim"), 10).await;
    later.later(10).await;
    let over = later.approves("kim", "INC-1", GUIDE).await;
    assert!(over.starts_with("refused:"), "{over}");
}

#[tokio::test]
async fn who_edits_a_plan_asks_for_it_and_somebody_else_approves_what_is_sent() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (old, digest) = world.plan("INC-1", GUIDE);
    let edit = |value: &str| PartEdit {
        index: 0,
        part: "body".to_owned(),
        value: value.to_owned(),
    };
    let url = PartEdit {
        part: "url".to_owned(),
        ..edit("https://elsewhere.example/")
    };
    let none = BTreeSet::new();
    insta::assert_snapshot!(world.edits("ana", old, &digest, vec![url], &none).await, @"refused: Nothing was changed: url cannot be edited: only what is said can be, not where it goes.");
    insta::assert_snapshot!(world.edits("ana", old, &digest, vec![edit("no json")], &none).await, @"refused: Nothing was changed: the body has to stay JSON: expected ident at line 1 column 2.");
    let stale = world
        .edits("ana", old, "0000000000000000", vec![edit("{}")], &none)
        .await;
    assert!(stale.contains("is not what PLAN-"), "{stale}");
    let everybody: BTreeSet<u32> = (0..6).collect();
    insta::assert_snapshot!(world.edits("ana", old, &digest, Vec::new(), &everybody).await, @"refused: Nothing was changed: nobody would be left; reject the plan instead.");

    let without: BTreeSet<u32> = (2..6).collect();
    let said = world
        .edits(
            "ana",
            old,
            &digest,
            vec![edit("{\"text\":\"Ours.\"}")],
            &without,
        )
        .await;
    insta::assert_snapshot!(said, @"PLAN-3 stands in the place of PLAN-2 now. You asked for it, so somebody else has to approve it.");
    let (fresh, _) = world.plan("INC-1", GUIDE);
    assert_ne!(fresh, old);
    insta::assert_snapshot!(world.differences("INC-1", fresh), @r#"
    PLAN-2: Ana edited it
    body for merchant M1: "{\n  \"about\": \"INC-1\",\n  \"subject\": \"Webhook times out because the endpoint cannot be reached\",\n  \"text\": \"Your store sends order events to a webhook address that does not answer in time. Please check …" -> "{\"text\":\"Ours.\"}"
    no longer for merchant M3: "POST helpdesk /merchants/M3/messages" -> ""
    no longer for merchant M4: "POST helpdesk /merchants/M4/messages" -> ""
    no longer for merchant M5: "POST helpdesk /merchants/M5/messages" -> ""
    no longer for merchant M6: "POST helpdesk /merchants/M6/messages" -> ""
    "#);
    let own = world.approves("ana", "INC-1", GUIDE).await;
    assert!(own.starts_with("refused: You made or last edited"), "{own}");
    let late = world
        .votes_on("ben", old, &digest, medic::engine::handle::Ballot::Approve)
        .await;
    assert!(late.starts_with("refused:"), "{late}");
    assert_eq!(world.reached().len(), 0);
    world.approves("ben", "INC-1", GUIDE).await;
    let bodies: Vec<String> = world
        .arrived()
        .into_iter()
        .filter(|one| one.path.contains("/merchants/"))
        .map(|one| one.body.to_string())
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(
        bodies.iter().any(|body| body == "{\"text\":\"Ours.\"}"),
        "{bodies:?}"
    );
}

#[tokio::test]
async fn after_a_change_of_the_template_a_click_sends_nothing_and_the_new_text_is_asked_about() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (old, digest) = world.plan("INC-1", GUIDE);
    world
        .edits_config(GUIDE, "{{ runbook.title }}", "{{ runbook.title }} (new)")
        .await;
    let said = world
        .votes_on("ana", old, &digest, medic::engine::handle::Ballot::Approve)
        .await;
    insta::assert_snapshot!(said, @"refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (6 differences). Read it and decide there.");
    assert_eq!(world.reached().len(), 0);
    let (fresh, _) = world.plan("INC-1", GUIDE);
    let differ = world.differences("INC-1", fresh);
    assert!(differ.contains("(new)"), "{differ}");
    let said = world.approves("ana", "INC-1", GUIDE).await;
    assert!(said.starts_with("Approved."), "{said}");
    assert_eq!(world.reached().len(), 6);
    assert!(
        world
            .arrived()
            .iter()
            .any(|one| one.body.to_string().contains("(new)"))
    );
}

#[tokio::test]
async fn only_plans_that_are_alike_are_approved_together_and_each_counts_by_itself() {
    let ask = "[policy]\ndefault_action = \"assign_to_support_team\"\n[[policy.rules]]\nname = \"ask\"\nwhen = \"true\"\naction = \"assign_to_support_team\"\ndecision = \"ask\"\n";
    let mut world = World::with(ask).await;
    world.merchant_posts("M1", "Webhook fails", LOG).await;
    world.merchant_posts("M2", "Webhook fails", LOG).await;
    world
        .merchant_posts("M3", "The help page about themes is wrong and outdated", "")
        .await;
    let team = "assign_to_support_team";
    let (one, first) = world.plan("CASE-1", team);
    let (two, second) = world.plan("CASE-2", team);
    let (three, third) = world.plan("CASE-3", team);
    let alike = world.handle().alike(&world.workspace(), two).unwrap();
    let ids: Vec<PlanId> = alike.iter().map(|row| row.plan).collect();
    assert_eq!(ids, [two, one]);
    insta::assert_snapshot!(
        world.approves_all("ana", &[(one, &first), (three, &third)]).await,
        @"refused: These plans are not alike: only the same action, for the same cause, at the same risk can be approved together. Nothing was approved."
    );
    insta::assert_snapshot!(
        world.approves_all("ana", &[(one, &first), (two, "0000000000000000")]).await,
        @r"
    Approved. PLAN-1 runs now, for 1 target.
    PLAN-2: What you saw is not what would be sent now. Nothing was done: open the newest card of PLAN-2, read it again and decide there.
    "
    );
    assert_eq!(world.arrived().len(), 1);
    let said = world.approves_all("ana", &[(two, &second)]).await;
    assert!(said.starts_with("Approved."), "{said}");
    let subject: SubjectId = "CASE-3".parse().unwrap();
    let card = world
        .handle()
        .card(&world.workspace(), subject)
        .unwrap()
        .unwrap();
    assert!(card.plans[0].can_vote);
}
