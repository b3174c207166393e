//! Every way in which the world changes between a card and a click on it, and what the click does.

use crate::support::posting::Post;
use crate::support::world::World;
use medic::domain::{PatternId, PlanId, SubjectId};
use medic::engine::handle::{Ballot, PartEdit};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const GUIDE: &str = "send_configuration_guide";
const LOG: &str = "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
const PEOPLE: &str = "[[people]]\nid = \"ben\"\nname = \"Ben\"\nroles = [\"on_call\"]\n\
    [[people]]\nid = \"ana\"\nname = \"Ana\"\nroles = [\"support\"]\n";
const RULES: &str = "[[policy.rules]]\nname = \"all\"\nwhen = \"true\"\n\
    action = \"assign_to_support_team\"\ndecision = \"ask\"\n";

/// What happens between card and click; each leads to a line of the table.
const CHANGES: [&str; 33] = [
    "nothing",
    "the template was changed",
    "the action's own risk was raised",
    "its endpoint's method was changed",
    "the rules were changed",
    "more is high risk now",
    "two have to approve now",
    "a cap was set below it",
    "quiet hours have begun",
    "dry run was switched on",
    "Medic was paused",
    "the approver lost the role",
    "the delegation has ended",
    "the requester of an edit clicks",
    "somebody edited it",
    "somebody rejected it",
    "somebody approved it",
    "it was put off",
    "it has expired",
    "the incident was closed",
    "the cause was said to be wrong",
    "a newcomer joined",
    "Medic was restarted",
    "its connector was changed",
    "the rule's condition was changed and holds",
    "the rule's condition was changed and does not hold",
    "a merchant's contact was changed",
    "one of them got it for another trouble",
    "a ticket of it was edited",
    "a ticket of it was deleted",
    "its pattern was merged with another",
    "a ticket was split from its pattern",
    "the card's digest was forged",
];

/// The guide's rule on another condition, and one for everything else.
fn rules(sure: &str) -> String {
    format!(
        "[[policy.rules]]\nname = \"webhook_guide\"\n\
         when = 'root_cause == \"webhook_configuration\" && {sure}'\n\
         action = \"send_configuration_guide\"\ndecision = \"auto\"\n{RULES}"
    )
}

/// A merchant's message in a chat.
fn posted(text: &str) -> Post<'_> {
    Post {
        id: "m-7",
        author: "m6",
        merchant: Some(("M6", true)),
        text,
    }
}

fn pattern(world: &World, ticket: &str) -> PatternId {
    world.ticket(ticket).pattern.unwrap()
}

async fn edited(world: &World, who: &str, plan: PlanId, digest: &str) {
    let edit = PartEdit {
        index: 0,
        part: "body".to_owned(),
        value: r#"{"text":"Anew."}"#.to_owned(),
    };
    let without = BTreeSet::new();
    world.edits(who, plan, digest, vec![edit], &without).await;
}

/// Makes the change; answers with who clicks then, on which plan and digest.
async fn change(
    world: &mut World,
    what: &str,
    plan: PlanId,
    digest: &str,
) -> (&'static str, PlanId, String) {
    let mut clicks = ("ana", plan, digest.to_owned());
    match what {
        "nothing" => {}
        "the template was changed" => {
            world
                .edits_config(GUIDE, "\"about\"", "\"concerning\"")
                .await;
        }
        "the action's own risk was raised" => {
            world
                .edits_config(GUIDE, "risk = \"low\"", "risk = \"critical\"")
                .await;
        }
        "its endpoint's method was changed" => {
            world
                .edits_config(GUIDE, "method = \"POST\"", "method = \"PUT\"")
                .await;
        }
        "the rules were changed" => world.restarts_with(RULES).await,
        "more is high risk now" => {
            world
                .restarts_with("[risk]\nhigh_from_merchants = 2\ncritical_from_merchants = 3\n")
                .await;
        }
        "two have to approve now" => world.restarts_with("[approval.high]\nquorum = 2\n").await,
        "a cap was set below it" => {
            world
                .edits_config(GUIDE, "per_hour = 100", "per_hour = 1")
                .await;
        }
        "quiet hours have begun" => {
            world
                .restarts_with("[policy]\nquiet_hours = \"07:00-09:00\"\n")
                .await;
        }
        "dry run was switched on" => world.restarts_with("[policy]\ndry_run = true\n").await,
        "Medic was paused" => {
            world.pauses("ben", "deploying").await;
        }
        "the approver lost the role" => world.restarts_with(PEOPLE).await,
        "the delegation has ended" => {
            world.delegates("ben", Some("kim"), 10).await;
            world.later(11).await;
            clicks.0 = "kim";
        }
        "the requester of an edit clicks" => {
            edited(world, "ana", plan, digest).await;
            let (plan, digest) = world.plan("INC-1", GUIDE);
            clicks = ("ana", plan, digest);
        }
        "somebody edited it" => edited(world, "ben", plan, digest).await,
        "somebody rejected it" => {
            world.rejects("ben", "INC-1", GUIDE, "not now").await;
        }
        "somebody approved it" => {
            world.approves("ben", "INC-1", GUIDE).await;
        }
        "it was put off" => {
            world.snoozes("ben", plan, 30).await;
        }
        "it has expired" => world.later(61).await,
        "the incident was closed" => {
            world.closes("ben", "INC-1", "enough").await;
        }
        "the cause was said to be wrong" => {
            let ben = world.person("ben");
            let incident: SubjectId = "INC-1".parse().unwrap();
            let handle = world.handle();
            handle
                .doubt_cause(
                    &world.workspace(),
                    &ben,
                    incident,
                    None,
                    "it is the firewall",
                )
                .await
                .unwrap();
        }
        "a newcomer joined" => {
            world.merchant_posts("LATE-1", "Webhook fails", LOG).await;
        }
        "Medic was restarted" => world.restarts().await,
        "its connector was changed" => {
            world
                .edits_config(GUIDE, "connector = \"http\"", "connector = \"github\"")
                .await;
        }
        "the rule's condition was changed and holds" => {
            world.restarts_with(&rules("confidence > 60")).await;
        }
        "the rule's condition was changed and does not hold" => {
            world.restarts_with(&rules("confidence > 95")).await;
        }
        "a merchant's contact was changed" => {
            let folder = tempfile::tempdir().unwrap();
            let entry = "[M3]\ncontact = { helpdesk = \"cust-3\" }\n";
            std::fs::write(folder.path().join("merchants.toml"), entry).unwrap();
            world.restarts_with_data(folder.path()).await;
        }
        "one of them got it for another trouble" => {
            let issue = "Stock levels are wrong and we are overselling, stock is not updated";
            let log = "no webhooks registered for inventory";
            world.merchant_posts("M2", issue, log).await;
            assert_eq!(world.reached(), ["M2"]);
        }
        "a ticket of it was edited" => {
            let text = format!("{LOG}. It is solved, thanks!");
            world.sees_edit(&posted(&text)).await.unwrap();
        }
        "a ticket of it was deleted" => {
            world.sees_deletion("m-7").await;
        }
        "its pattern was merged with another" => {
            let issue = "The invoice has a wrong VAT number";
            world.merchant_posts("M9", issue, "").await;
            let (one, other) = (pattern(world, "T-1"), pattern(world, "T-8"));
            let (handle, kim) = (world.handle(), world.person("ben"));
            let ws = world.workspace();
            let merged = handle.merge(&ws, &kim, vec![one, other]);
            merged.await.unwrap();
            world.calm().await;
        }
        "a ticket was split from its pattern" => {
            let one = pattern(world, "T-1");
            let (handle, ben) = (world.handle(), world.person("ben"));
            let tickets = vec!["T-1".parse().unwrap()];
            let ws = world.workspace();
            let split = handle.split(&ws, &ben, one, tickets);
            split.await.unwrap();
            world.calm().await;
        }
        "the card's digest was forged" => clicks.2 = "0123456789abcdef".to_owned(),
        other => panic!("nobody knows how to do this: {other}"),
    }
    clicks
}

#[tokio::test]
async fn what_a_click_does_after_each_change() {
    let mut table = String::new();
    for what in CHANGES {
        let mut world = World::new().await;
        world.webhooks_time_out().await;
        world.sees(&posted(LOG)).await;
        let (plan, digest) = world.plan("INC-1", GUIDE);
        let (who, plan, digest) = change(&mut world, what, plan, &digest).await;
        let before = world.reached().len();
        let said = world.votes_on(who, plan, &digest, Ballot::Approve).await;
        let sent = world.reached().len() - before;
        writeln!(table, "{what} | {sent} sent | {said}").unwrap();
    }
    insta::assert_snapshot!(table, @r#"
    nothing | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    the template was changed | 0 sent | refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (6 differences). Read it and decide there.
    the action's own risk was raised | 0 sent | refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks about the same in its place.
    its endpoint's method was changed | 0 sent | refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (6 differences). Read it and decide there.
    the rules were changed | 0 sent | refused: Nothing was sent: the rules were changed: rule webhook_guide no longer leads to send_configuration_guide. PLAN-2 has ended; the rules have decided anew.
    more is high risk now | 0 sent | refused: Nothing was sent: its risk would be critical now, not high as shown. PLAN-2 has ended; PLAN-3 asks about the same in its place.
    two have to approve now | 0 sent | Your approval of PLAN-2 counts; 1 more needed.
    a cap was set below it | 1 sent | Approved. PLAN-2 runs now, for 6 targets. send_configuration_guide begins 1 time an hour at most: 1 now, the others follow by themselves.
    quiet hours have begun | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    dry run was switched on | 0 sent | Approved, for 6 targets. This is a dry run: nothing of PLAN-2 is sent.
    Medic was paused | 0 sent | refused: Nothing was sent: Medic is paused (by Ben: deploying); resume it first.
    the approver lost the role | 0 sent | refused: A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.
    the delegation has ended | 0 sent | refused: A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.
    the requester of an edit clicks | 0 sent | refused: You made or last edited this plan, so your approval does not count. Somebody else with the role on_call has to approve it.
    somebody edited it | 0 sent | refused: Already decided: void, because Ben edited it; PLAN-3 stands in its place. Nothing was changed by your click.
    somebody rejected it | 0 sent | refused: Already decided: rejected by Ben (not now). Nothing was changed by your click.
    somebody approved it | 0 sent | refused: Already decided: approved by Ben. Nothing was changed by your click.
    it was put off | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    it has expired | 0 sent | refused: Expired at 2026-01-05T09:00:00Z: nobody had decided by then, and nothing was sent. If it is still needed, wait for Medic's next plan.
    the incident was closed | 0 sent | refused: Already decided: void, because INC-1 was closed. Nothing was changed by your click.
    the cause was said to be wrong | 0 sent | refused: Already decided: void, because Ben says that the cause is wrong. Nothing was changed by your click.
    a newcomer joined | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    Medic was restarted | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    its connector was changed | 0 sent | refused: Nothing was sent: send_configuration_guide would now be sent by github version 1, not by http version 1 as shown. PLAN-2 has ended, and there is nobody left to send it to.
    the rule's condition was changed and holds | 0 sent | refused: Nothing was sent: the condition of rule webhook_guide was changed, from "root_cause == \"webhook_configuration\" && confidence > 70" to "root_cause == \"webhook_configuration\" && confidence > 60". PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (1 difference). Read it and decide there.
    the rule's condition was changed and does not hold | 0 sent | refused: Nothing was sent: the condition of rule webhook_guide was changed, from "root_cause == \"webhook_configuration\" && confidence > 70" to "root_cause == \"webhook_configuration\" && confidence > 95". PLAN-2 has ended; the rules have decided anew.
    a merchant's contact was changed | 0 sent | refused: Nothing was sent: the directory says now that its merchants are reached otherwise than was shown. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (1 difference). Read it and decide there.
    one of them got it for another trouble | 0 sent | refused: Nothing was sent: reached by send_configuration_guide a moment ago, from elsewhere: M2. PLAN-2 has ended; PLAN-4 asks in its place and shows what differs (1 difference). Read it and decide there.
    a ticket of it was edited | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    a ticket of it was deleted | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    its pattern was merged with another | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    a ticket was split from its pattern | 0 sent | refused: Nothing was sent: split off since as another problem: M1. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (1 difference). Read it and decide there.
    the card's digest was forged | 0 sent | refused: What you saw is not what would be sent now. Nothing was done: open the newest card of PLAN-2, read it again and decide there.
    "#);
}
