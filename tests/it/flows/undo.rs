//! What a fix did is taken back: asked about when it made things worse, or when a person wants it.

use crate::support::world::World;
use medic::domain::SubjectId;

const GUIDE: &str = "send_configuration_guide";
const UNDO: &str = "undo of send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
/// The helpdesk retracts a message by the key under which it was sent.
const RETRACTS: &str = "undo_path = \"/retractions/{{ idempotency_key }}\"\nundo_body = '{\"why\": \"it did not help\"}'\n";

/// Merchants who write now and then, a guide sent to all of them, and then twice as much.
async fn made_worse(action_keys: &str) -> World {
    let mut world = World::with_action(GUIDE, action_keys).await;
    world.webhooks_time_out().await;
    for _ in 0..4 {
        world.later(50).await;
        everybody_writes(&mut world).await;
    }
    world.approves("ana", "INC-1", GUIDE).await;
    for _ in 0..12 {
        world.later(11).await;
        if outcome(&world).starts_with("Outcome: worse") {
            break;
        }
        everybody_writes(&mut world).await;
    }
    world
}

async fn everybody_writes(world: &mut World) {
    for number in 1..=6 {
        let merchant = format!("M{number}");
        world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
    }
}

fn retracted(world: &World) -> usize {
    let paths = world.arrived_at();
    paths
        .iter()
        .filter(|path| path.contains("/retractions/"))
        .count()
}

fn outcome(world: &World) -> String {
    let card = world.card("INC-1");
    let line = card.lines().find(|line| line.starts_with("Outcome: "));
    line.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_fix_that_made_it_worse_is_taken_back_once_somebody_approves() {
    let world = made_worse(RETRACTS).await;
    assert!(
        outcome(&world).starts_with("Outcome: worse: "),
        "{}",
        world.card("INC-1")
    );
    let subject: SubjectId = "INC-1".parse().unwrap();
    let card = world.handle().card(&world.workspace(), subject);
    let card = card.unwrap().unwrap();
    let undo = card.plans.iter().find(|plan| plan.action == UNDO).unwrap();
    insta::assert_snapshot!(
        [&undo.description, &undo.decided, &undo.undo].map(String::as_str).join("
"), @r"
    Takes back what PLAN-4 did: Sends each affected merchant the runbook's guide.
    PLAN-4 made it worse; it is taken back at 6 of the 6 it reached
    this takes PLAN-4 back; nobody gets its action anew before their cool-down is over
    ");
    assert!(undo.can_vote, "{}", world.card("INC-1"));
    assert_eq!(retracted(&world), 0);

    let said = world.approves("ben", "INC-1", UNDO).await;
    assert!(said.starts_with("Approved."), "{said}");
    assert_eq!(retracted(&world), 6);
    let text = world.card("INC-1");
    assert!(
        text.contains("* undo of send_configuration_guide: done, 6 of 6 taken back"),
        "{text}"
    );
    assert!(!text.contains("Treated:"), "{text}");

    // Nothing is left to take back, and the cool-down of who got the guide stays.
    let (guide, _) = world.plan("INC-1", GUIDE);
    insta::assert_snapshot!(world.takes_back("ana", guide).await, @"refused: PLAN-4 cannot be taken back: nothing of it is left to take back, or its undo is asked about already.");
    assert!(!text.contains("guide: waiting"), "{text}");
    world.later(60).await;
    assert_eq!(retracted(&world), 6);
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_not_offered() {
    let world = made_worse("").await;
    assert!(outcome(&world).starts_with("Outcome: worse: "));
    let text = world.card("INC-1");
    assert!(!text.contains(UNDO), "{text}");
    let (guide, _) = world.plan("INC-1", GUIDE);
    insta::assert_snapshot!(world.takes_back("ana", guide).await, @"refused: PLAN-4 cannot be taken back: what it sent cannot be unsent.");
}

#[tokio::test]
async fn a_person_may_want_it_back_at_once_and_another_decides() {
    let mut world = World::with_action(GUIDE, RETRACTS).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    let (guide, _) = world.plan("INC-1", GUIDE);
    insta::assert_snapshot!(world.takes_back("ana", guide).await, @"PLAN-3 asks whether PLAN-2 is taken back. You asked for it, so somebody else has to approve it.");
    // The same question is not asked twice, and who asked does not answer it.
    insta::assert_snapshot!(world.takes_back("ben", guide).await, @"refused: PLAN-2 cannot be taken back: nothing of it is left to take back, or its undo is asked about already.");
    let own = world.approves("ana", "INC-1", UNDO).await;
    assert!(own.starts_with("refused: "), "{own}");
    world.restarts().await;
    let said = world.approves("ben", "INC-1", UNDO).await;
    assert!(said.starts_with("Approved."), "{said}");
    assert_eq!(retracted(&world), 6);
    // Nobody looks any more whether it helped.
    for _ in 0..12 {
        world.later(30).await;
    }
    assert_eq!(outcome(&world), "");
    assert!(
        world
            .records("INC-1")
            .contains(&"verification.ended".to_owned())
    );
}

#[tokio::test]
async fn what_went_to_one_merchant_by_itself_can_be_taken_back_too() {
    let mut world = World::with_action(GUIDE, RETRACTS).await;
    world.merchant_posts("M1", ISSUE, TIMEOUT).await;
    let (guide, _) = world.plan("CASE-1", GUIDE);
    let said = world.takes_back("ana", guide).await;
    assert!(said.contains("asks whether"), "{said}");
    let said = world.approves("ben", "CASE-1", UNDO).await;
    assert!(said.starts_with("Approved."), "{said}");
    assert_eq!(retracted(&world), 1);
}

#[tokio::test]
async fn an_undo_that_would_be_sent_otherwise_now_is_asked_again_with_the_difference() {
    let mut world = World::with_action(GUIDE, RETRACTS).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    let (guide, _) = world.plan("INC-1", GUIDE);
    world.takes_back("ana", guide).await;
    let anew = RETRACTS.replace("it did not help", "it was a mistake");
    world.restarts_with_action(GUIDE, &anew).await;
    insta::assert_snapshot!(world.approves("ben", "INC-1", UNDO).await, @"refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-3 has ended; PLAN-4 asks about the same in its place.");
    assert_eq!(retracted(&world), 0);
    let (undo, _) = world.plan("INC-1", UNDO);
    insta::assert_snapshot!(world.differences("INC-1", undo).lines().take(2).collect::<Vec<_>>().join("\n"), @"PLAN-3: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown");
    // Who asked for it still asks for it.
    let own = world.approves("ana", "INC-1", UNDO).await;
    assert!(own.starts_with("refused: You made or last edited"), "{own}");
    world.approves("ben", "INC-1", UNDO).await;
    assert_eq!(retracted(&world), 6);
    let again = world.takes_back("ana", guide).await;
    assert!(
        again.contains("cannot be taken back: nothing of it is left"),
        "{again}"
    );
}

#[tokio::test]
async fn two_who_ask_for_the_same_undo_at_once_ask_one_question() {
    let mut world = World::with_action(GUIDE, RETRACTS).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", GUIDE).await;
    let (guide, _) = world.plan("INC-1", GUIDE);
    let (one, other) = tokio::join!(
        world.takes_back("ana", guide),
        world.takes_back("ben", guide)
    );
    let refused = [&one, &other]
        .into_iter()
        .filter(|said| said.starts_with("refused: "));
    assert_eq!(refused.count(), 1, "{one}\n{other}");
}
