//! Buttons: who may, on what, until when, exactly once.

use super::reading::plain;
use super::team::Team;

#[tokio::test]
async fn without_the_role_a_click_is_refused_in_private_and_recorded() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let said = team.member("Kim").clicks("alerts", "Approve PLAN-1").await;
    assert!(said.ephemeral);
    insta::assert_snapshot!(plain(&said.text), @"A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml.");
    assert!(
        team.world
            .records("INC-1")
            .contains(&"plan.vote_refused".to_owned())
    );
    let merchant = team
        .member("Merchant")
        .clicks("alerts", "Approve PLAN-1")
        .await;
    assert!(
        merchant.text.contains("you hold none of these roles"),
        "{merchant:?}"
    );
    assert!(team.world.arrived().is_empty());
}

#[tokio::test]
async fn a_forged_press_moves_nothing() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let card = team.discord.channel("alerts").posts()[0];
    let ana = team.member("Ana");
    for forged in [
        "v1:approve:PLAN-1:0000000000000000",
        "v1:approve:PLAN-99:0000000000000000",
        "v2:approve:PLAN-1:0000000000000000",
        "approve",
        "v1:more:INC-1",
    ] {
        let said = ana.forges(card, forged).await;
        assert!(
            said.ephemeral && !said.text.contains("Approved"),
            "{forged}: {said:?}"
        );
    }
    let merchant = team.member("Merchant");
    for private in ["v1:plan:PLAN-1:INC-1", "v1:why:INC-1"] {
        let said = merchant.forges(card, private).await;
        assert!(
            said.text.contains("Only your team can do this"),
            "{private}: {said:?}"
        );
    }
    assert!(team.world.arrived().is_empty());
}

#[tokio::test]
async fn a_reject_asks_for_the_reason_and_ends_the_plan() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let ana = team.member("Ana");
    let form = ana.clicks("alerts", "Reject PLAN-1…").await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Reject PLAN-1
    Why not? *:
    ");
    let said = ana
        .submits(&form, &[("reason", "Engineering *knows*. @everyone")])
        .await;
    assert!(said.ephemeral);
    insta::assert_snapshot!(plain(&said.text), @"Rejected. PLAN-1 is ended; nothing was sent.");
    let text = team
        .discord
        .channel("alerts")
        .shows("rejected by Ana")
        .await;
    assert!(
        text.contains("Engineering \\*knows\\*. \\@everyone"),
        "{text}"
    );
    assert!(team.discord.pings().iter().all(|whom| whom == "@on-call"));
}

#[tokio::test]
async fn too_late_is_too_late() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let card = team.discord.channel("alerts").posts()[0];
    let press = team.discord.world(|world| {
        let rows = &world.messages[&card].components;
        rows[0]["components"][0]["custom_id"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    team.world.later(61).await;
    team.discord
        .channel("alerts")
        .shows("expired, nobody decided in time")
        .await;
    let said = team.member("Ana").forges(card, &press).await;
    insta::assert_snapshot!(plain(&said.text), @"Expired at 2026-01-05T09:00:00Z: nobody had decided by then, and nothing was sent. If it is still needed, wait for Medic's next plan.");
    assert!(team.world.arrived().is_empty());
}

#[tokio::test]
async fn two_at_once_are_one_decision() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let card = team.discord.channel("alerts").posts()[0];
    let (ana, ben) = (team.member("Ana"), team.member("Ben"));
    let (one, other) = tokio::join!(
        ana.clicks_on(card, "Approve PLAN-1"),
        ben.clicks_on(card, "Approve PLAN-1"),
    );
    let counted = [&one, &other]
        .iter()
        .filter(|said| said.text.starts_with("Approved."))
        .count();
    assert_eq!(counted, 1, "{one:?} {other:?}");
    team.world.calm().await;
    let sent = team.world.arrived_at();
    assert_eq!(
        sent.iter()
            .filter(|path| path.ends_with("/incidents"))
            .count(),
        1,
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_button_older_than_the_process_works() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.discord.world(|world| world.advance_minutes(50));
    team.restarts().await;
    let said = team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    assert!(said.text.starts_with("Approved."), "{said:?}");
}

#[tokio::test]
async fn the_menu_shows_a_plan_whole_and_the_other_question_can_be_decided_there() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let ana = team.member("Ana");
    let whole = ana.chooses("alerts", "Decide PLAN-2").await;
    assert!(whole.ephemeral);
    assert!(
        whole.text.contains("[Approve PLAN-2] [Reject PLAN-2…]"),
        "{whole:?}"
    );
    let said = ana.clicks("alerts", "Approve PLAN-2").await;
    assert!(said.text.starts_with("Approved."), "{said:?}");
    let why = team
        .member("Kim")
        .chooses("alerts", "Read the whole diagnosis")
        .await;
    assert!(why.text.contains("What that rests on"), "{why:?}");
    let refused = team
        .member("Merchant")
        .chooses("alerts", "Read the whole diagnosis")
        .await;
    assert!(
        refused.text.contains("Only your team can do this"),
        "{refused:?}"
    );
}
