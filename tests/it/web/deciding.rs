//! The console's forms beside Approve and Reject, over a whole Medic: who may, on what, with what.

use super::world::{Answer, Browser, ORIGIN, World as Small, browser};
use crate::support::world::World;
use axum::http::StatusCode;
use medic::domain::PersonId;
use medic::web::{
    ConsolePerson, LOGIN_LINK_VALID, LoginKey, Sources, WebOptions, WebState, create_app,
    issue_login_link,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const GUIDE: &str = "send_configuration_guide";
const WEBHOOK: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

/// A browser of somebody whom the config names.
async fn signed_in(world: &World, who: &str) -> Browser {
    let key = LoginKey::new([5; 32]);
    let (workspace, now) = (world.workspace(), world.now());
    let people = world.config().people.iter().map(|person| ConsolePerson {
        workspace: workspace.clone(),
        id: person.id.clone(),
        name: person.name.clone(),
        roles: person.roles.clone(),
    });
    let origin = ORIGIN.parse().unwrap();
    let link = issue_login_link(
        &key,
        &origin,
        &workspace,
        &PersonId::new(who),
        now,
        LOGIN_LINK_VALID,
    );
    let (_, stopping) = tokio::sync::watch::channel(false);
    let router = create_app(WebState {
        handle: world.handle(),
        options: WebOptions::new(
            Sources::new(Vec::new()).unwrap(),
            people.collect(),
            key,
            vec![origin],
        ),
        clock: Arc::new(move || now),
        received: None,
        stopping,
    });
    browser(&router, &link.unwrap()).await
}

/// What the page says became of the form.
fn said(answer: &Answer) -> String {
    let from = ["Done. ", "Not done. "]
        .iter()
        .filter_map(|start| answer.body.find(start))
        .min();
    let from = from.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body));
    let text = &answer.body[from..];
    let mut parts = text[..text.find("</div>").unwrap()].split('<');
    let mut said = parts.next().unwrap_or_default().to_owned();
    said.extend(parts.filter_map(|part| Some(part.split_once('>')?.1)));
    said.trim()
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

#[tokio::test]
async fn a_question_is_put_off_within_bounds_by_whoever_decides() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (ana, kim) = (
        signed_in(&world, "ana").await,
        signed_in(&world, "kim").await,
    );
    let card = ana.open("/incidents/INC-1").await.body;
    assert!(card.contains(">1 hour<") && !card.contains(">4 hours<"));
    let page = "/incidents/INC-1";
    let put_off = async |who: &Browser, minutes: &str| {
        let fields = [("subject", "INC-1"), ("minutes", minutes)];
        who.submit(page, "/plans/PLAN-2/snooze", &fields).await
    };
    insta::assert_snapshot!(said(&put_off(&kim, "30").await), @"Not done. PLAN-2 is decided by on_call, and you are none of them. Nothing was changed.");
    insta::assert_snapshot!(said(&put_off(&ana, "240").await), @"Not done. PLAN-2 can be put off for 5 minutes or more, until 09:00 UTC at the latest. Nothing was changed.");
    for wrong in ["", "soon", "1e9"] {
        assert_eq!(
            put_off(&ana, wrong).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    insta::assert_snapshot!(said(&put_off(&ana, "30").await), @"Done. PLAN-2 is put off; everybody is asked again at 08:30 UTC.");
    let refusals = world.records("PLAN-2");
    let refusals = refusals.iter().filter(|kind| *kind == "person.refused");
    assert_eq!(refusals.count(), 2);
    let again = [("subject", "INC-1")];
    let none = ana.submit(page, "/plans/PLAN-1/withdraw", &again).await;
    insta::assert_snapshot!(said(&none), @"Not done. You have not approved PLAN-1, so nothing was changed.");
    world.later(61).await;
    let over = ana.submit(page, "/plans/PLAN-1/withdraw", &again).await;
    insta::assert_snapshot!(said(&over), @"Not done. PLAN-1 does not wait any more, or there is no such plan. Nothing was changed.");
}

#[tokio::test]
async fn an_edit_counts_only_for_what_was_seen_and_by_whoever_decides() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (ana, kim) = (
        signed_in(&world, "ana").await,
        signed_in(&world, "kim").await,
    );
    let (_, digest) = world.plan("INC-1", GUIDE);
    let edit = async |who: &Browser, digest: &str, more: (&str, &str)| {
        let fields = [("subject", "INC-1"), ("digest", digest), more];
        let page = "/incidents/INC-1";
        who.submit(page, "/plans/PLAN-2/edit", &fields).await
    };
    let ours = ("part-0-body", "{\r\n\"text\": \"Ours.\"}");
    insta::assert_snapshot!(said(&edit(&kim, &digest, ours).await), @"Not done. PLAN-2 is decided by on_call, and you are none of them. Nothing was changed.");
    insta::assert_snapshot!(said(&edit(&ana, "0000000000000000", ours).await), @"Not done. What you edited is not what PLAN-2 would send now. Nothing was changed: open its newest card and edit there.");
    insta::assert_snapshot!(said(&edit(&ana, &digest, ("part-0-url", "https://elsewhere.example/")).await), @"Not done. Nothing was changed: url cannot be edited: only what is said can be, not where it goes.");
    insta::assert_snapshot!(said(&edit(&ana, &digest, ("part-9-body", "{}")).await), @"Not done. Nothing was changed: delivery 9 has no part body.");
    for wrong in [("part-x-body", "{}"), ("without-all", "yes")] {
        let answer = edit(&ana, &digest, wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong:?}");
    }
    insta::assert_snapshot!(said(&edit(&ana, &digest, ours).await), @"Done. PLAN-3 stands in the place of PLAN-2 now. You asked for it, so somebody else has to approve it.");
    insta::assert_snapshot!(said(&edit(&ana, &digest, ours).await), @"Not done. PLAN-2 does not wait any more, or there is no such plan. Nothing was changed.");
    let card = ana.open("/incidents/INC-1").await.body;
    assert!(card.contains("Stands in the place of PLAN-2"), "{card}");
}

#[tokio::test]
async fn only_plans_that_are_alike_are_approved_together() {
    let ask = "[policy]\ndefault_action = \"assign_to_support_team\"\n[[policy.rules]]\nname = \"ask\"\nwhen = \"true\"\naction = \"assign_to_support_team\"\ndecision = \"ask\"\n";
    let mut world = World::with(ask).await;
    for merchant in ["M1", "M2"] {
        world
            .merchant_posts(merchant, "Webhook fails", WEBHOOK)
            .await;
    }
    let team = "assign_to_support_team";
    let (one, two) = (world.plan("CASE-1", team).1, world.plan("CASE-2", team).1);
    let (ana, kim) = (
        signed_in(&world, "ana").await,
        signed_in(&world, "kim").await,
    );
    let page = "/plans/PLAN-1/alike";
    let approve = async |who: &Browser, fields: &[(&str, &str)]| {
        who.submit(page, "/plans/approve", fields).await
    };
    let both = [("plan-PLAN-1", one.as_str()), ("plan-PLAN-2", two.as_str())];
    insta::assert_snapshot!(said(&approve(&kim, &both).await), @r"
    Not done. PLAN-1: A plan of medium risk is decided by support or on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.
    PLAN-2: A plan of medium risk is decided by support or on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.
    ");
    insta::assert_snapshot!(said(&approve(&ana, &[]).await), @"Not done. Choose 1 to 20 different plans. Nothing was approved.");
    insta::assert_snapshot!(said(&approve(&ana, &[("plan-PLAN-1", "00")]).await), @"Not done. PLAN-1: What you saw is not what would be sent now. Nothing was done: open the newest card of PLAN-1, read it again and decide there.");
    let wrong = approve(&ana, &[("plan-INC-1", "00")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(world.arrived().is_empty());
    insta::assert_snapshot!(said(&approve(&ana, &both).await), @r"
    Done. Approved. PLAN-1 runs now, for 1 target.
    Approved. PLAN-2 runs now, for 1 target.
    ");
    world.calm().await;
    assert_eq!(world.arrived().len(), 2);
    insta::assert_snapshot!(said(&approve(&ana, &both).await), @"Not done. PLAN-1 does not wait any more. Nothing was approved; load the list again.");
}

#[tokio::test]
async fn somebody_stands_in_for_whoever_sets_it_and_nobody_else() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let ana = signed_in(&world, "ana").await;
    let set = async |to: &str, hours: &str| {
        ana.submit("/", "/delegate", &[("to", to), ("hours", hours)])
            .await
    };
    insta::assert_snapshot!(said(&set("kim", "8").await), @"Done. Kim may decide in your place until 2026-01-05 16:00 UTC.");
    insta::assert_snapshot!(said(&set("zoe", "8").await), @"Not done. There is nobody zoe among [[people]] of the config.");
    insta::assert_snapshot!(said(&set("ana", "8").await), @"Not done. You cannot stand in for yourself.");
    insta::assert_snapshot!(said(&set("kim", "10000").await), @"Not done. Say until when: a time from now on, at most 31 days away.");
    let front = ana.open("/").await.body;
    assert!(
        front.contains("Kim</bdi> may decide in the place of <bdi>Ana"),
        "{front}"
    );
    for wrong in ["", "-", "many"] {
        assert_eq!(set("kim", wrong).await.status, StatusCode::BAD_REQUEST);
    }
    let (_, digest) = world.plan("INC-1", GUIDE);
    let kim = signed_in(&world, "kim").await;
    let fields = [("subject", "INC-1"), ("digest", digest.as_str())];
    let approved = kim
        .submit("/incidents/INC-1", "/plans/PLAN-2/approve", &fields)
        .await;
    assert!(
        said(&approved).starts_with("Done. Approved."),
        "{}",
        said(&approved)
    );
    insta::assert_snapshot!(said(&set("", "8").await), @"Done. Nobody decides in your place any more.");
}

#[tokio::test]
async fn a_cause_is_contested_with_a_reason_by_whoever_decides() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    let (ana, kim) = (
        signed_in(&world, "ana").await,
        signed_in(&world, "kim").await,
    );
    let doubt = async |who: &Browser, instead: &str, reason: &str| {
        let fields = [("instead", instead), ("reason", reason)];
        let page = "/incidents/INC-1";
        who.submit(page, "/wrong-cause/INC-1", &fields).await
    };
    insta::assert_snapshot!(said(&doubt(&kim, "", "I say so").await), @"Not done. A cause can be contested by support or on_call, and you hold none of these roles.");
    insta::assert_snapshot!(said(&doubt(&ana, "platform_bug", " ").await), @"Not done. It takes a reason: whoever reviews this later will want to know. Nothing was changed.");
    insta::assert_snapshot!(said(&doubt(&ana, "webhook_configuration", "so").await), @"Not done. INC-1 is said to be that already: webhook configuration. Nothing was changed.");
    let wrong = doubt(&ana, "gremlins", "so").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!(said(&doubt(&ana, "platform_bug", "The proxy drops it").await), @"Done. Noted: the cause of INC-1 is wrong. What waited to treat it is ended.");
    let card = ana.open("/incidents/INC-1").await.body;
    assert!(card.contains("says that the cause is wrong"), "{card}");
}

#[tokio::test]
async fn grouping_is_corrected_once_somebody_who_decides_is_sure() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .merchant_posts("M8", "Our stock numbers stand still", "")
        .await;
    let (ana, kim) = (
        signed_in(&world, "ana").await,
        signed_in(&world, "kim").await,
    );
    let correct = async |who: &Browser, verb: &str, others: &str, sure: &str| {
        let fields = [("subject", "INC-1"), ("others", others), ("sure", sure)];
        let action = format!("/patterns/P-1/{verb}");
        who.submit("/incidents/INC-1", &action, &fields).await
    };
    insta::assert_snapshot!(said(&correct(&kim, "split", "T-6", "yes").await), @"Not done. Patterns can be corrected by support or on_call, and you hold none of these roles.");
    insta::assert_snapshot!(said(&correct(&ana, "split", "T-6", "").await), @"Not done. Tick the box: this cannot be taken back. Nothing was changed.");
    insta::assert_snapshot!(said(&correct(&ana, "split", "INC-6", "yes").await), @r#"Not done. "INC-6" is no ticket. Name tickets like T-31, T-44. Nothing was changed."#);
    insta::assert_snapshot!(said(&correct(&ana, "split", "T-7", "yes").await), @"Not done. There is no ticket T-7 in P-1. Nothing was changed.");
    insta::assert_snapshot!(said(&correct(&ana, "merge", "<b>", "yes").await), @r#"Not done. There is no "<b>" here. Name a pattern like P-7, an incident like INC-4 or a ticket like T-12. Nothing was changed."#);
    insta::assert_snapshot!(said(&correct(&ana, "not-the-same", "T-6 T-7", "yes").await), @"Not done. Name one other. Nothing was changed.");
    insta::assert_snapshot!(said(&correct(&ana, "split", "T-6, t-5", "yes").await), @"Done. 2 tickets split off P-1 as another problem: P-3. What was counted before stays counted; whoever reported nothing else is not treated for it.");
    insta::assert_snapshot!(said(&correct(&ana, "merge", "T-6", "yes").await), @"Not done. Nothing was changed: a person said that P-1 and P-3 are not the same: they stay apart.");
    insta::assert_snapshot!(said(&correct(&ana, "not-the-same", "T-7", "yes").await), @"Done. P-1 and P-2 are not the same; they stay apart");
    let page = "/incidents/INC-1";
    let fields = [("subject", "INC-1"), ("others", "T-7"), ("sure", "yes")];
    let wrong = ana.submit(page, "/patterns/INC-1/merge", &fields).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_became_of_a_delivery_is_said_by_whoever_may_decide_about_its_plan() {
    let world = Small::new().await;
    world.surge("Webhook times out").await;
    world.lost.store(true, Ordering::Relaxed);
    let (ana, ben) = (world.browser("ana").await, world.browser("ben").await);
    let page = "/incidents/INC-1";
    let digest = ana.open(page).await.field("digest");
    let fields = [("subject", "INC-1"), ("digest", digest.as_str())];
    ana.submit(page, "/plans/PLAN-1/approve", &fields).await;
    world.engine.quiet().await;
    let settle = async |who: &Browser, index: &str, arrived: &str| {
        let fields = [("subject", "INC-1"), ("arrived", arrived)];
        let action = format!("/plans/PLAN-1/deliveries/{index}");
        who.submit(page, &action, &fields).await
    };
    insta::assert_snapshot!(said(&settle(&ben, "0", "yes").await), @"Not done. Only on_call can say what became of it.");
    let records = ana.open("/audit?about=PLAN-1").await.body;
    assert!(
        records.contains("settling a delivery was refused"),
        "{records}"
    );
    assert_eq!(
        settle(&ana, "0", "perhaps").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        settle(&ana, "first", "yes").await.status,
        StatusCode::BAD_REQUEST
    );
    insta::assert_snapshot!(said(&settle(&ana, "7", "yes").await), @"Not done. Delivery 7 of PLAN-1 is not waiting for a word: its outcome is known.");
    insta::assert_snapshot!(said(&settle(&ana, "0", "yes").await), @"Done. Noted: escalate_to_engineering to engineering delivered.");
    insta::assert_snapshot!(said(&settle(&ana, "0", "no").await), @"Not done. Delivery 0 of PLAN-1 is not waiting for a word: its outcome is known.");
}
