//! Every way in which the world changes between a card and a click on it, and what the click does.

use crate::support::world::World;
use medic::domain::{PlanId, SubjectId};
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
const CHANGES: [&str; 23] = [
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
];

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
        let (plan, digest) = world.plan("INC-1", GUIDE);
        let (who, plan, digest) = change(&mut world, what, plan, &digest).await;
        let before = world.reached().len();
        let said = world.votes_on(who, plan, &digest, Ballot::Approve).await;
        let sent = world.reached().len() - before;
        writeln!(table, "{what} | {sent} sent | {said}").unwrap();
    }
    insta::assert_snapshot!(table, @r"
    nothing | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    the template was changed | 0 sent | refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (6 differences). Read it and decide there.
    the action's own risk was raised | 0 sent | refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks about the same in its place.
    its endpoint's method was changed | 0 sent | refused: Nothing was sent: the template of send_configuration_guide was changed after the preview was made; what would be sent now is not what was shown. PLAN-2 has ended; PLAN-3 asks in its place and shows what differs (6 differences). Read it and decide there.
    the rules were changed | 0 sent | refused: Nothing was sent: the rules were changed: rule webhook_guide no longer leads to send_configuration_guide. PLAN-2 has ended; the rules have decided anew.
    more is high risk now | 0 sent | refused: Nothing was sent: its risk would be critical now, not high as shown. PLAN-2 has ended; PLAN-3 asks about the same in its place.
    two have to approve now | 0 sent | Your approval of PLAN-2 counts; 1 more needed.
    a cap was set below it | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    quiet hours have begun | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    dry run was switched on | 0 sent | Approved, for 6 targets. This is a dry run: nothing of PLAN-2 is sent.
    Medic was paused | 0 sent | refused: Nothing was sent: Medic is paused (by Ben: deploying); resume it first.
    the approver lost the role | 0 sent | refused: A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.
    the delegation has ended | 0 sent | refused: A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.
    the requester of an edit clicks | 0 sent | refused: You made or last edited this plan, so your approval does not count. Somebody else with the role on_call has to approve it.
    somebody edited it | 0 sent | refused: PLAN-2 is decided already, or there is no such plan
    somebody rejected it | 0 sent | refused: PLAN-2 is decided already, or there is no such plan
    somebody approved it | 0 sent | refused: Already decided: approved by Ben. Nothing was changed by your click.
    it was put off | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    it has expired | 0 sent | refused: PLAN-2 is decided already, or there is no such plan
    the incident was closed | 0 sent | refused: PLAN-2 is decided already, or there is no such plan
    the cause was said to be wrong | 0 sent | refused: PLAN-2 is decided already, or there is no such plan
    a newcomer joined | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    Medic was restarted | 6 sent | Approved. PLAN-2 runs now, for 6 targets.
    ");
}
