//! Actions of several steps: in order, to the first failure, and back from there.

use crate::support::receiver::{Behave, Rogue};
use crate::support::world::World;
use medic::config::{Config, EnvSource};
use medic::domain::SubjectId;
use std::sync::{Arc, Mutex};

const MEND: &str = "mend";

/// Freeze the shops' checkout, send each merchant the new address, thaw: over a system that does not
/// recognise repeats. What was frozen can be thawed again, an address can be taken back.
fn mend(system: &Rogue, gate: &str) -> String {
    format!(
        r#"
[[policy.rules]]
name = "mend"
when = 'is_incident && root_cause == "webhook_configuration"'
action = "mend"
decision = "ask"
[[policy.rules]]
name = "otherwise"
when = "true"
action = "assign_to_support_team"
decision = "ask"
[actions.mend]
description = "Freezes the checkout, tells each shop the new address, then thaws."
risk = "medium"
steps = [{{ action = "freeze" }}, {{ action = "readdress" }}, {{ action = "tell_team"{gate} }}]
[actions.freeze]
description = "Freezes the checkout."
connector = "http"
risk = "high"
remedial = false
reaches = {{ team = "shops" }}
[actions.freeze.with]
endpoint = "system"
method = "POST"
path = "/freeze"
body = '{{"subject": "{{{{ subject }}}}"}}'
undo_path = "/thaw/{{{{ idempotency_key }}}}"
[actions.readdress]
description = "Tells a shop the new address."
connector = "http"
risk = "medium"
remedial = true
reaches = "each_merchant"
[actions.readdress.with]
endpoint = "system"
method = "POST"
path = "/address/{{{{ merchant }}}}"
body = '{{"subject": "{{{{ subject }}}}"}}'
undo_path = "/address/{{{{ merchant }}}}/back"
[actions.tell_team]
description = "Tells the team that it is done."
connector = "http"
risk = "low"
remedial = false
reaches = {{ team = "support" }}
[actions.tell_team.with]
endpoint = "system"
method = "POST"
path = "/told"
body = '{{"subject": "{{{{ subject }}}}"}}'
[endpoints.system]
base_url = "{}"
allow_private = true
"#,
        system.url()
    )
}

/// A system that does as told when it is asked for a path that holds `where_`.
async fn system(where_: &'static str, does: Behave) -> (Rogue, Arc<Mutex<Behave>>) {
    let does = Arc::new(Mutex::new(does));
    let told = Arc::clone(&does);
    let server = Rogue::speaking(move |seen| {
        if !where_.is_empty() && seen.path().contains(where_) {
            return told.lock().unwrap().clone();
        }
        Behave::Answer(201, Vec::new(), "{}".to_owned())
    })
    .await;
    (server, does)
}

/// What was asked of the system: keys left out.
fn asked(system: &Rogue) -> Vec<String> {
    let seen = system.seen();
    seen.iter()
        .filter(|one| one.method() != "GET")
        .map(|one| {
            let path = one.path();
            path.split("/thaw/")
                .next()
                .map_or_else(String::new, |head| {
                    if path.contains("/thaw/") {
                        format!("{head}/thaw")
                    } else {
                        path.to_owned()
                    }
                })
        })
        .collect()
}

/// The plans of the card, from the first of this action on.
fn plans(world: &World, action: &str) -> String {
    let card = world.card("INC-1");
    let from = card.find(&format!("* {action}")).unwrap();
    card[from..].to_owned()
}

#[tokio::test]
async fn the_steps_are_shown_decided_once_and_carried_out_in_order() {
    let (server, _) = system("", Behave::Silence).await;
    let mut world = World::with(&mend(&server, "")).await;
    world.webhooks_time_out().await;
    insta::assert_snapshot!(plans(&world, MEND), @r#"
    * mend: waiting for approval
      rule mend: is_incident && root_cause == "webhook_configuration"
      risk high: mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; reaches 6 merchants: at least high; tell_team is at least low risk
      1. freeze for shops
      2. readdress for 6 targets, once 1 has arrived
      3. tell_team for support, once 2 has arrived
      If a delivery fails, nothing more is sent, and what 1 and 2 sent is taken back, the last first, without asking again; what 3 sent cannot be. If an outcome is not known, everything waits for a person's word.
      - shops: queued
      - merchant M1: queued
      - merchant M2: queued
      - merchant M3: queued
      - merchant M4: queued
      - merchant M5: queued
      - merchant M6: queued
      - support: queued
    "#);
    let said = world.approves("ana", "INC-1", MEND).await;
    insta::assert_snapshot!(said, @"Approved. PLAN-1 runs now, with 1 of 8 targets first.");
    let order = asked(&server);
    assert_eq!(order.first().map(String::as_str), Some("/freeze"));
    assert_eq!(order.last().map(String::as_str), Some("/told"));
    assert_eq!(order.len(), 8, "{order:?}");
    let what: Vec<String> = timeline(&world);
    insta::assert_snapshot!(what.join("\n"), @r"
    Approved. PLAN-1 runs now, with 1 of 8 targets first.
    INC-1: a person approved what treats it
    freeze to shops, attempt 1
    freeze to shops: delivered
    PLAN-1: step 2 of 3 begins, for 6 targets
    PLAN-1: step 3 of 3 begins, for 1 target
    tell_team to support, attempt 1
    tell_team to support: delivered
    PLAN-1: 8 of 8 delivered
    ");
}

/// What the card's history tells of the plan's steps.
fn timeline(world: &World) -> Vec<String> {
    let subject: SubjectId = "INC-1".parse().unwrap();
    let card = world.handle().card(&world.workspace(), subject);
    let card = card.unwrap().unwrap();
    card.timeline
        .into_iter()
        .map(|entry| entry.text)
        .filter(|text| !text.contains("merchant M") && !text.contains("ticket"))
        .skip_while(|text| !text.starts_with("Approved"))
        .collect()
}

#[tokio::test]
async fn a_failure_in_the_second_step_stops_the_rest_and_takes_the_first_back() {
    let gone = Behave::Answer(410, Vec::new(), String::new());
    let (server, _) = system("/address/M3", gone).await;
    let mut world = World::with(&mend(&server, "")).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", MEND).await;
    let order = asked(&server);
    assert!(!order.contains(&"/told".to_owned()), "{order:?}");
    assert_eq!(order.last().map(String::as_str), Some("/thaw"));
    insta::assert_snapshot!(plans(&world, MEND), @r#"
    * mend: done, 6 of 8 delivered
      rule mend: is_incident && root_cause == "webhook_configuration"
      risk high: mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; reaches 6 merchants: at least high; tell_team is at least low risk
      1. freeze for shops
      2. readdress for 6 targets, once 1 has arrived
      3. tell_team for support, once 2 has arrived
      If a delivery fails, nothing more is sent, and what 1 and 2 sent is taken back, the last first, without asking again; what 3 sent cannot be. If an outcome is not known, everything waits for a person's word.
      - shops: delivered
      - merchant M1: delivered
      - merchant M2: delivered
      - merchant M3: failed: it answered 410 (gone)
      - merchant M4: delivered
      - merchant M5: delivered
      - merchant M6: delivered
      - support: not sent: readdress to merchant M3 ended: failed
    * undo of mend: done, 6 of 6 taken back
      PLAN-1 broke off: readdress to merchant M3 ended (failed); it is taken back at 6 of the 6 it reached; it was decided with PLAN-1, whose card said so
      risk high: mend is at least medium risk; readdress is at least medium risk; reaches 5 merchants: at least high; freeze is at least high risk
      1. undo of readdress for 5 targets
      2. undo of freeze for shops, once 1 has arrived
      If one cannot be taken back, those behind it stay.
      - merchant M6: delivered
      - merchant M5: delivered
      - merchant M4: delivered
      - merchant M2: delivered
      - merchant M1: delivered
      - shops: delivered
    "#);
    // It was decided with the plan: nobody is asked, and nobody is asked twice.
    world.restarts().await;
    assert_eq!(asked(&server).len(), order.len());
}

#[tokio::test]
async fn what_was_not_decided_with_the_plan_asks_before_it_is_taken_back() {
    // Between the steps the approver loses the role: the votes carry nothing any more.
    let busy = Behave::Answer(429, Vec::new(), String::new());
    let (server, does) = system("/address/M3", busy).await;
    let lines = mend(&server, "");
    let mut world = World::with(&lines).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", MEND).await;
    let people = "[[people]]\nid = \"ben\"\nname = \"Ben\"\nroles = [\"on_call\"]\n\
        [[people]]\nid = \"ana\"\nname = \"Ana\"\nroles = [\"support\"]\n";
    world.restarts_with(&format!("{lines}{people}")).await;
    *does.lock().unwrap() = Behave::Answer(410, Vec::new(), String::new());
    world.later(1).await;
    let order = asked(&server);
    assert!(!order.contains(&"/thaw".to_owned()), "{order:?}");
    insta::assert_snapshot!(plans(&world, "undo of mend"), @r"
    * undo of mend: waiting for approval
      PLAN-1 broke off: readdress to merchant M3 ended (not sent); it is taken back at 6 of the 6 it reached; a person decides, because approved by 0 of the 1 people it needs; votes count only from people who hold the role now
      risk high: mend is at least medium risk; readdress is at least medium risk; reaches 5 merchants: at least high; freeze is at least high risk
      1. undo of readdress for 5 targets
      2. undo of freeze for shops, once 1 has arrived
      If one cannot be taken back, those behind it stay.
      - merchant M6: queued
      - merchant M5: queued
      - merchant M4: queued
      - merchant M2: queued
      - merchant M1: queued
      - shops: queued
    ");
    let said = world.approves("ben", "INC-1", "undo of mend").await;
    insta::assert_snapshot!(said, @"Approved. PLAN-2 runs now, with 5 of 6 targets first.");
    assert_eq!(asked(&server).last().map(String::as_str), Some("/thaw"));
}

#[tokio::test]
async fn an_unknown_outcome_holds_everything_until_a_person_says_what_became_of_it() {
    for arrived in [true, false] {
        let (server, does) = system("/address/M3", Behave::Break).await;
        let mut world = World::with(&mend(&server, "")).await;
        world.webhooks_time_out().await;
        world.approves("ana", "INC-1", MEND).await;
        *does.lock().unwrap() = Behave::Answer(201, Vec::new(), "{}".to_owned());
        for _ in 0..6 {
            world.later(30).await;
        }
        let order = asked(&server);
        assert!(!order.contains(&"/told".to_owned()), "{order:?}");
        assert!(!order.contains(&"/thaw".to_owned()), "{order:?}");
        let once = order.iter().filter(|path| *path == "/address/M3").count();
        assert_eq!(once, 1, "{order:?}");
        assert!(world.card("INC-1").contains("[needs a person]"));
        let (plan, _) = world.plan("INC-1", MEND);
        let said = world.settles("ana", plan, 3, arrived).await;
        let last = asked(&server).last().cloned();
        if arrived {
            insta::assert_snapshot!(said, @"Noted: readdress to merchant M3 delivered.");
            assert_eq!(last.as_deref(), Some("/told"));
        } else {
            insta::assert_snapshot!(said, @"Noted: readdress to merchant M3 failed.");
            assert_eq!(last.as_deref(), Some("/thaw"));
        }
    }
}

#[tokio::test]
async fn a_step_may_wait_for_healed() {
    let (server, _) = system("", Behave::Silence).await;
    let gate = ", gate = \"healed\"";
    let mut world = World::with(&mend(&server, gate)).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", MEND).await;
    assert_eq!(asked(&server).len(), 7);
    insta::assert_snapshot!(plans(&world, MEND), @r#"
    * mend: under way, 7 of 8 delivered; step 3 begins when verification says healed; if it cannot tell by 09:00 UTC, you are asked
      rule mend: is_incident && root_cause == "webhook_configuration"
      risk high: mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; reaches 6 merchants: at least high; tell_team is at least low risk
      1. freeze for shops
      2. readdress for 6 targets, once 1 has arrived
      3. tell_team for support, once 2 has arrived and verification says healed; if it cannot tell within 1 hour, you are asked
      If a delivery fails, nothing more is sent, and what 1 and 2 sent is taken back, the last first, without asking again; what 3 sent cannot be. If an outcome is not known, everything waits for a person's word.
      - shops: delivered
      - merchant M1: delivered
      - merchant M2: delivered
      - merchant M3: delivered
      - merchant M4: delivered
      - merchant M5: delivered
      - merchant M6: delivered
      - support: queued
    "#);
    for _ in 0..3 {
        world.later(30).await;
    }
    // Everybody was treated and nothing confirms it: a person decides whether it goes on.
    assert_eq!(asked(&server).len(), 7);
    insta::assert_snapshot!(plans(&world, MEND), @r#"
    * mend: done, 7 of 8 delivered
      rule mend: is_incident && root_cause == "webhook_configuration"
      risk high: mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; reaches 6 merchants: at least high; tell_team is at least low risk
      1. freeze for shops
      2. readdress for 6 targets, once 1 has arrived
      3. tell_team for support, once 2 has arrived and verification says healed; if it cannot tell within 1 hour, you are asked
      If a delivery fails, nothing more is sent, and what 1 and 2 sent is taken back, the last first, without asking again; what 3 sent cannot be. If an outcome is not known, everything waits for a person's word.
      - shops: delivered
      - merchant M1: delivered
      - merchant M2: delivered
      - merchant M3: delivered
      - merchant M4: delivered
      - merchant M5: delivered
      - merchant M6: delivered
      - support: not sent: nobody can tell yet whether PLAN-1 helps so far
    * mend: waiting for approval
      nobody can tell yet whether PLAN-1 helps so far: 0 treated merchants: 0 tickets in 0 min, 0 tickets in 0 min before; there are no untreated merchants to compare with; the time is up, so a person must say. Whether it goes on, for 1 more target, a person decides
      risk high: mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; tell_team is at least low risk
      1. tell_team for support
      If a delivery fails, nothing more is sent, and nothing of it can be taken back. If an outcome is not known, everything waits for a person's word.
      - support: queued
    "#);
    let said = world.approves("ben", "INC-1", MEND).await;
    insta::assert_snapshot!(said, @"Approved. PLAN-2 runs now, for 1 target.");
    assert_eq!(asked(&server).last().map(String::as_str), Some("/told"));
}

#[tokio::test]
async fn the_risk_and_the_caps_are_those_of_the_steps() {
    let (server, _) = system("", Behave::Silence).await;
    let lines = mend(&server, "").replace("risk = \"low\"", "risk = \"critical\"");
    let mut world = World::with(&lines).await;
    world.webhooks_time_out().await;
    let said = world.approves("ana", "INC-1", MEND).await;
    insta::assert_snapshot!(said, @"Your approval of PLAN-1 counts; 1 more needed.");

    let capped = mend(&server, "").replace(
        "[actions.readdress.with]",
        "[actions.readdress.caps]\nper_hour = 3\n[actions.readdress.with]",
    );
    let capped = capped.replacen("decision = \"ask\"", "decision = \"auto\"", 1);
    let mut world = World::with(&capped).await;
    world.webhooks_time_out().await;
    insta::assert_snapshot!(plans(&world, MEND).lines().nth(1).unwrap(), @r#"  rule mend: is_incident && root_cause == "webhook_configuration"; a person decides, because its risk is high (mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; reaches 6 merchants: at least high; tell_team is at least low risk); readdress would be delivered 6 times within an hour, its cap is 3"#);

    let cool = "[actions.readdress.caps]\nper_hour = 100\ncooldown_minutes = 600\n[actions.readdress.with]";
    let lines = mend(&server, "").replace("[actions.readdress.with]", cool);
    let mut world = World::with(&lines).await;
    world.webhooks_time_out().await;
    world.approves("ana", "INC-1", MEND).await;
    let (plan, _) = world.plan("INC-1", MEND);
    let said = world.takes_back("ana", plan).await;
    insta::assert_snapshot!(said, @"PLAN-2 asks whether PLAN-1 is taken back. You asked for it, so somebody else has to approve it.");
    world.approves("ben", "INC-1", "undo of mend").await;
    let order = asked(&server);
    insta::assert_snapshot!(order[8..].join(" "), @"/address/M6/back /address/M5/back /address/M4/back /address/M3/back /address/M2/back /address/M1/back /thaw");
    // Whom one step may not reach again yet, none does.
    world
        .merchant_posts(
            "M7",
            "Orders do not arrive, webhook fails",
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
        )
        .await;
    let newest = plans(&world, "undo of mend");
    let newest = newest.split("* mend").nth(1).unwrap();
    insta::assert_snapshot!(newest, @r#"
    : waiting for approval
      rule mend: is_incident && root_cause == "webhook_configuration"
      risk high: mend is at least medium risk; freeze is at least high risk; readdress is at least medium risk; reaches 7 merchants: at least high; tell_team is at least low risk
      1. freeze for shops
      2. readdress for merchant M7, once 1 has arrived
      3. tell_team for support, once 2 has arrived
      If a delivery fails, nothing more is sent, and what 1 and 2 sent is taken back, the last first, without asking again; what 3 sent cannot be. If an outcome is not known, everything waits for a person's word.
      - shops: queued
      - merchant M7: queued
      - support: queued
      6 merchants get nothing now: M1, M2, M3, M4, M5 and 1 more (got readdress 0 min ago, and gets it once in 600 min)
      6 wait for the next plan
    "#);
}

#[tokio::test]
async fn steps_that_cannot_be_carried_out_are_errors_at_the_start() {
    let tables = "[actions.guide]\ndescription = \"G.\"\nconnector = \"http\"\nrisk = \"low\"\nremedial = true\nreaches = \"each_merchant\"\nwith = { endpoint = \"helpdesk\" }\n\
        [actions.tell]\ndescription = \"T.\"\nconnector = \"http\"\nrisk = \"low\"\nremedial = false\nreaches = { team = \"t\" }\nwith = { endpoint = \"helpdesk\" }\n\
        [actions.asks]\ndescription = \"A.\"\nconnector = \"http\"\nrisk = \"low\"\nremedial = false\nreaches = { team = \"t\" }\napproval = { quorum = 2 }\nwith = { endpoint = \"helpdesk\" }\n\
        [actions.both]\ndescription = \"B.\"\nrisk = \"low\"\nsteps = [{ action = \"guide\" }, { action = \"tell\" }]\n";
    let mut table = String::new();
    for steps in [
        r#"steps = [{ action = "guid" }, { action = "tell" }]"#,
        r#"steps = [{ action = "all" }, { action = "tell" }]"#,
        r#"steps = [{ action = "both" }, { action = "tell" }]"#,
        r#"steps = [{ action = "tell" }, { action = "tell" }]"#,
        r#"steps = [{ action = "tell", after = ["guide"] }, { action = "guide" }]"#,
        r#"steps = [{ action = "tell", after = ["guide"] }, { action = "guide", after = [] }]"#,
        r#"steps = [{ action = "tell" }, { action = "guide", after = ["guide"] }]"#,
        r#"steps = [{ action = "tell" }, { action = "guide", after = ["tel"] }]"#,
        r#"steps = [{ action = "tell" }, { action = "guide", gate = "healed" }]"#,
        r#"steps = [{ action = "guide" }, { action = "tell", gate = "heald" }]"#,
        r#"steps = [{ action = "guide" }, { action = "asks" }]"#,
        r#"steps = [{ action = "guide" }]"#,
        "connector = \"http\"\nsteps = [{ action = \"guide\" }, { action = \"tell\" }]",
        "",
    ] {
        let text =
            format!("{tables}[actions.all]\ndescription = \"A.\"\nrisk = \"low\"\n{steps}\n");
        let read = Config::read("medic.toml", &text, &EnvSource::fixed([]));
        let said = read
            .err()
            .map_or("fine".to_owned(), |error| error.to_string());
        table.push_str(&format!("{said}\n"));
    }
    insta::assert_snapshot!(table, @r#"
    medic.toml:30:9: actions.all.steps: there is no action guid; did you mean `guide`?
    medic.toml:30:9: actions.all.steps: all cannot be a step of itself
    medic.toml:30:9: actions.all.steps: both has steps itself; name the actions that it consists of
    medic.toml:30:9: actions.all.steps: tell is named twice; each action is one step
    medic.toml:30:9: actions.all.steps: tell comes after guide, each waits for the other; take one `after` away
    medic.toml:30:9: actions.all.steps: tell comes after guide, which stands later; put each step behind those that it comes after
    medic.toml:30:9: actions.all.steps: guide comes after itself
    medic.toml:30:9: actions.all.steps: guide comes after tel, which is none of the steps; did you mean `tell`?
    medic.toml:30:9: actions.all.steps: guide waits for "healed", but nothing that it comes after treats merchants, so nobody would look; leave its gate out
    medic.toml:30:58: "heald" is none of delivered, healed; did you mean `healed`?
    medic.toml:30:9: actions.all.steps: asks has an approval of its own, and people decide once about all steps; say in [actions.all.approval] who that is
    medic.toml:27:1: steps names fewer than two actions; let the rule name the one
    medic.toml:27:1: it has steps, so it sends nothing itself: connector belongs to the actions that the steps name
    medic.toml:27:1: the key `connector` is missing here
    "#);
}
