//! What people may do from the menu beside approving and rejecting, and what they then read.

use super::reading::plain;
use super::team::Team;

const WEBHOOK: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

/// The words behind the first line that starts like this.
fn line<'a>(text: &'a str, starts: &str) -> &'a str {
    let found = text.lines().map(str::trim).find(|l| l.starts_with(starts));
    found.unwrap_or_else(|| panic!("no line {starts:?} in {text}"))
}

#[tokio::test]
async fn nothing_in_the_menu_answers_whoever_is_not_of_the_team_and_that_is_recorded() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let card = team.discord.channel("alerts").posts()[0];
    let merchant = team.member("Merchant");
    let wishes = [
        "v1:put-off:PLAN-1",
        "v1:edit:PLAN-1:0123456789abcdef",
        "v1:edit-one:PLAN-2:0123456789abcdef:1",
        "v1:withdraw:PLAN-1",
        "v1:stand-in",
        "v1:alike:PLAN-1",
        "v1:approve-alike:PLAN-1:0123456789abcdef",
        "v1:wrong-cause:INC-1",
        "v1:other-cause:INC-1:platform_bug",
        "v1:merge:INC-1",
        "v1:split:INC-1",
        "v1:not-the-same:INC-1",
        "v1:go-on:INC-1",
        "v1:ask-merchant:T-1",
    ];
    for wish in wishes {
        let said = merchant.forges(card, wish).await;
        assert!(
            said.ephemeral && said.text.contains("Only your team can do this"),
            "{wish}: {said:?}"
        );
    }
    let records = team
        .member("Kim")
        .uses_command("support", "/audit search kind:person.refused")
        .await;
    let refused = records.text.lines().filter_map(|line| {
        let (_, what) = line.split_once("Merchant: ")?;
        Some(plain(what))
    });
    insta::assert_snapshot!(refused.collect::<Vec<_>>().join("\n"), @r#"
    asking a merchant was refused
    letting automation go on was refused
    a correction was refused
    a correction was refused
    a correction was refused
    "wrong cause" was refused
    "wrong cause" was refused
    approving several at once was refused
    approving several at once was refused
    a delegation was refused
    "#);
    assert!(team.world.arrived().is_empty());
}

#[tokio::test]
async fn a_question_is_put_off_and_comes_back_by_itself_but_not_for_ever() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let (ana, kim) = (team.member("Ana"), team.member("Kim"));
    let form = ana.chooses("alerts", "Put PLAN-1 off…").await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Put PLAN-1 off
    Ask everybody again in *: 15m
    ");
    let theirs = kim.chooses("alerts", "Put PLAN-1 off…").await;
    let refused = kim.submits(&theirs, &[("for", "30m")]).await;
    assert!(refused.ephemeral);
    insta::assert_snapshot!(plain(&refused.text), @"PLAN-1 is decided by on_call, and you are none of them. Nothing was changed.");
    assert!(
        team.world
            .records("PLAN-1")
            .contains(&"person.refused".to_owned())
    );
    let words = ana.submits(&form, &[("for", "a while")]).await;
    insta::assert_snapshot!(plain(&words.text), @r#""a while" is no length of time. Write it like 45m, 2h or 3d. Nothing was changed."#);
    let long = ana.submits(&form, &[("for", "2h")]).await;
    insta::assert_snapshot!(plain(&long.text), @"PLAN-1 can be put off for 5 minutes or more, until 09:00 UTC at the latest. Nothing was changed.");
    // The form was opened before a restart, and is sent after it.
    team.restarts().await;
    let said = ana.submits(&form, &[("for", "30m")]).await;
    insta::assert_snapshot!(plain(&said.text), @"PLAN-1 is put off; everybody is asked again at 08:30 UTC.");
    // What was put off expires later than the other question, which is asked about meanwhile.
    let card = team.discord.channel("alerts").shows("put off by Ana").await;
    insta::assert_snapshot!(plain(line(&card, "**PLAN-1**")), @"**PLAN-1** `escalate_to_engineering`: put off by Ana until 08:30 UTC, waiting for approval · decide it from the menu");
    team.world.later(30).await;
    team.discord
        .channel("alerts")
        .shows("(PLAN-1, high risk), expires <t:1767605400")
        .await;
    team.world.later(30).await;
    let late = ana.submits(&form, &[("for", "10m")]).await;
    insta::assert_snapshot!(plain(&late.text), @"PLAN-1 cannot be put off any more: it waits long enough already. Decide it, or have somebody decide in your place. Nothing was changed.");
    team.discord
        .channel("alerts")
        .shows("[Approve PLAN-1]")
        .await;
    ana.clicks("alerts", "Approve PLAN-1").await;
    let decided = ana.submits(&form, &[("for", "10m")]).await;
    insta::assert_snapshot!(plain(&decided.text), @"PLAN-1 does not wait any more, or there is no such plan. Nothing was changed.");
}

#[tokio::test]
async fn an_edit_asks_anew_and_whoever_edited_does_not_approve() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let (ana, ben) = (team.member("Ana"), team.member("Ben"));
    let form = ana.chooses("alerts", "Edit PLAN-1…").await;
    insta::assert_snapshot!(plain(&form.text), @r#"
    # PLAN-1 for engineering
    body *: {
      "checkout_failures": 0,
      "confidence": 81,
      "diagnosis": "Webhook times out because the endpoint cannot be reached. 6 of 6 tickets say so.",
      "merchants": [
        "M1",
        "M2",
        "M3",
        "M4",
        "M5",
        "M6"
      ],
      "root_cause": "webhook configuration",
      "severity": "high",
      "tickets": 6,
      "title": "INC-1: WebhookTimeout order.created",
      "verdict": "CONFIRMED"
    }
    "#);
    let same = ana.submits(&form, &[]).await;
    insta::assert_snapshot!(plain(&same.text), @"That is what it says already. Nothing was changed.");
    let kim = team.member("Kim");
    let theirs = kim.chooses("alerts", "Edit PLAN-1…").await;
    let refused = kim.submits(&theirs, &[("part/body", "{}")]).await;
    insta::assert_snapshot!(plain(&refused.text), @"PLAN-1 is decided by on_call, and you are none of them. Nothing was changed.");
    let said = ana
        .submits(&form, &[("part/body", "{\"title\": \"*Ours* @everyone\"}")])
        .await;
    insta::assert_snapshot!(plain(&said.text), @"PLAN-3 stands in the place of PLAN-1 now. You asked for it, so somebody else has to approve it.");
    team.discord.channel("alerts").shows("Decide PLAN-3").await;
    let shown = ana.chooses("alerts", "Decide PLAN-3").await.text;
    insta::assert_snapshot!(plain(line(&shown, "**Instead of PLAN-1**")), @"**Instead of PLAN-1** Ana edited it. Differs: body for engineering");
    assert!(shown.contains("*Ours* @everyone"), "{shown}");
    let stale = ben.submits(&form, &[("part/body", "{}")]).await;
    insta::assert_snapshot!(plain(&stale.text), @"PLAN-1 does not wait any more, or there is no such plan. Nothing was changed.");
    let own = ana.clicks("alerts", "Approve PLAN-3").await;
    assert!(own.text.contains("You made or last edited"), "{own:?}");
    ben.chooses("alerts", "Decide PLAN-3").await;
    let said = ben.clicks("alerts", "Approve PLAN-3").await;
    assert!(said.text.starts_with("Approved."), "{said:?}");
    team.world.calm().await;
    let sent = team.world.arrived();
    let to_engineering = sent.iter().find(|one| one.path.ends_with("/incidents"));
    assert_eq!(
        to_engineering.unwrap().body.to_string(),
        "{\"title\":\"*Ours* @everyone\"}"
    );
    assert!(team.discord.pings().iter().all(|whom| whom == "@on-call"));
}

#[tokio::test]
async fn one_of_many_targets_is_chosen_first_and_others_are_left_out_by_name() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let ana = team.member("Ana");
    team.discord.channel("alerts").shows("Decide PLAN-2").await;
    ana.chooses("alerts", "Decide PLAN-2").await;
    let which = ana.chooses("alerts", "Edit PLAN-2…").await;
    assert!(which.ephemeral);
    insta::assert_snapshot!(plain(&which.text), @r"
    Whose message do you want to write anew? In the same form you can leave targets of PLAN-2 out.
      [Choose a target ▾ merchant M1 | merchant M2 | merchant M3 | merchant M4 | merchant M5 | merchant M6]
    ");
    let form = ana.chooses("alerts", "merchant M2").await;
    assert!(form.text.contains("Leave out"), "{form:?}");
    let wrong = ana.submits(&form, &[("without", "M3, M99")]).await;
    insta::assert_snapshot!(plain(&wrong.text), @r#""M99" is no target of PLAN-2. Nothing was changed."#);
    let said = ana
        .submits(&form, &[("without", "M3, merchant M4; M5")])
        .await;
    insta::assert_snapshot!(plain(&said.text), @"PLAN-3 stands in the place of PLAN-2 now. You asked for it, so somebody else has to approve it.");
    team.discord.channel("alerts").shows("Decide PLAN-3").await;
    let whole = ana.chooses("alerts", "Decide PLAN-3").await;
    assert!(whole.text.contains("M6") && !whole.text.contains("/merchants/M4/"));
}

#[tokio::test]
async fn an_approval_is_taken_back_by_whoever_gave_it() {
    let mut team = Team::with(|_| "[approval.high]\nquorum = 2\n".to_owned()).await;
    team.webhooks_time_out().await;
    let (ana, ben) = (team.member("Ana"), team.member("Ben"));
    ana.clicks("alerts", "Approve PLAN-1").await;
    let alerts = team.discord.channel("alerts");
    alerts.shows("Take my approval of PLAN-1 back").await;
    let take_back = "Take my approval of PLAN-1 back";
    let not_theirs = ben.chooses("alerts", take_back).await;
    insta::assert_snapshot!(plain(&not_theirs.text), @"You have not approved PLAN-1, so nothing was changed.");
    team.restarts().await;
    let said = ana.chooses("alerts", take_back).await;
    assert!(said.ephemeral);
    insta::assert_snapshot!(plain(&said.text), @"Your approval of PLAN-1 is taken back.");
    let said = ben.clicks("alerts", "Approve PLAN-1").await;
    insta::assert_snapshot!(plain(&said.text), @"Your approval of PLAN-1 counts; 1 more needed.");
    assert!(team.world.arrived().is_empty());
}

#[tokio::test]
async fn somebody_stands_in_by_id_or_by_name_and_only_for_whom_the_config_names() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let (ana, kim) = (team.member("Ana"), team.member("Kim"));
    let form = ana
        .chooses("alerts", "Have somebody decide in my place…")
        .await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Who decides in your place
    Who; empty: nobody any more: 
    For how long *: 8h
    ");
    let said = ana.submits(&form, &[("who", "@Ben"), ("for", "90m")]).await;
    insta::assert_snapshot!(plain(&said.text), @"Ben may decide in your place until 2026-01-05 09:30 UTC.");
    let nobody = ana.submits(&form, &[("who", "*zoe*"), ("for", "1d")]).await;
    insta::assert_snapshot!(plain(&nobody.text), @"There is nobody *zoe* among [[people]] of the config.");
    let ended = ana.submits(&form, &[("who", ""), ("for", "1d")]).await;
    insta::assert_snapshot!(plain(&ended.text), @"Nobody decides in your place any more.");
    let theirs = kim
        .chooses("alerts", "Have somebody decide in my place…")
        .await;
    let refused = kim.submits(&theirs, &[("who", "ben"), ("for", "1h")]).await;
    insta::assert_snapshot!(plain(&refused.text), @"You are not among [[people]] of the config, so you have nothing to hand over.");
}

#[tokio::test]
async fn a_wrong_cause_is_named_and_what_waits_to_treat_it_ends() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let kim = team.member("Kim");
    let which = kim.chooses("alerts", "The cause is wrong…").await;
    assert!(which.ephemeral);
    insta::assert_snapshot!(plain(&which.text), @r"
    Medic says of INC-1: Webhook times out because the endpoint cannot be reached. 6 of 6 tickets say so.
    What is it really? Medic learns from it how far to trust such answers, and ends what waits to treat that cause.
      [Choose the cause ▾ It is webhook configuration | It is a defect in the platform | It is a migration issue | It is a gap in the documentation | It is the merchant's configuration | It is an outage at a third party | I do not know what it is]
    ");
    let same = kim.chooses("alerts", "It is webhook configuration").await;
    let same = kim.submits(&same, &[("reason", "because")]).await;
    insta::assert_snapshot!(plain(&same.text), @"INC-1 is said to be that already: webhook configuration. Nothing was changed.");
    let form = kim
        .chooses("alerts", "It is a defect in the platform")
        .await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # The cause of INC-1 is wrong
    Why is it a defect in the platform? *:
    ");
    let said = kim
        .submits(&form, &[("reason", "The *proxy* drops it")])
        .await;
    insta::assert_snapshot!(plain(&said.text), @"Noted: the cause of INC-1 is wrong. What waited to treat it is ended.");
    let card = team
        .discord
        .channel("alerts")
        .shows("says that the cause is wrong")
        .await;
    assert!(!card.contains("Decide PLAN-2"), "{card}");
    assert!(
        team.world
            .records("INC-1")
            .contains(&"diagnosis.doubted".to_owned())
    );
}

#[tokio::test]
async fn people_merge_split_and_keep_apart_from_the_card() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.world
        .merchant_posts("M8", "Our stock numbers stand still", "")
        .await;
    team.world
        .merchant_posts("M9", "A coupon code is not accepted", "")
        .await;
    let kim = team.member("Kim");
    let form = kim.chooses("alerts", "More is the same problem…").await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # More is the same as INC-1
    What? It is kept for ever *:
    ");
    let nothing = kim.submits(&form, &[("others", "T-7, `P`")]).await;
    insta::assert_snapshot!(plain(&nothing.text), @r#"There is no "`P`" here. Name a pattern like P-7, an incident like INC-4 or a ticket like T-12. Nothing was changed."#);
    let said = kim.submits(&form, &[("others", "t-7")]).await;
    insta::assert_snapshot!(plain(&said.text), @"P-1, P-2 are one problem: P-1");
    let form = kim
        .chooses("alerts", "It is not the same as another…")
        .await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # INC-1 is not the same as another
    Which other? It is kept for ever *:
    ");
    let two = kim.submits(&form, &[("others", "T-7 T-8")]).await;
    insta::assert_snapshot!(plain(&two.text), @"Name one other. Nothing was changed.");
    let said = kim.submits(&form, &[("others", "T-8")]).await;
    insta::assert_snapshot!(plain(&said.text), @"P-1 and P-3 are not the same; they stay apart");
    let which = kim
        .chooses("alerts", "Some tickets are another problem…")
        .await;
    insta::assert_snapshot!(plain(&which.text), @r"
    Which tickets of INC-1 are another problem? These are the newest; older ones can be added in the form that follows.
      [Choose tickets ▾ T-6 · Orders do not arrive, webhook fails | T-5 · Orders do not arrive, webhook fails | T-4 · Orders do not arrive, webhook fails | T-3 · Orders do not arrive, webhook fails | T-2 · Orders do not arrive, webhook fails | T-1 · Orders do not arrive, webhook fails]
    ");
    let form = kim
        .chooses("alerts", "T-6 · Orders do not arrive, webhook fails")
        .await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Not INC-1: another problem
    These tickets. It is kept for ever *: T-6
    ");
    let said = kim.submits(&form, &[("tickets", "T-6, T-5")]).await;
    insta::assert_snapshot!(plain(&said.text), @"2 tickets split off P-1 as another problem: P-4. What was counted before stays counted; whoever reported nothing else is not treated for it.");
    let again = kim.submits(&form, &[("tickets", "T-99")]).await;
    insta::assert_snapshot!(plain(&again.text), @"There is no ticket T-99 in P-1. Nothing was changed.");
}

#[tokio::test]
async fn a_card_that_is_done_offers_nothing_and_what_was_open_is_refused() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let ana = team.member("Ana");
    let form = ana.chooses("alerts", "Put PLAN-1 off…").await;
    let card = team.discord.channel("alerts").posts()[0];
    team.world.closes("ana", "INC-1", "A test.").await;
    let shown = team.discord.channel("alerts").shows("✓ Done").await;
    assert!(!shown.contains('['), "{shown}");
    let late = ana.submits(&form, &[("for", "10m")]).await;
    insta::assert_snapshot!(plain(&late.text), @"PLAN-1 does not wait any more, or there is no such plan. Nothing was changed.");
    for wish in ["v1:put-off:PLAN-1", "v1:edit:PLAN-1:00", "v1:alike:PLAN-1"] {
        let said = ana.forges(card, wish).await;
        assert!(said.text.contains("does not wait any more"), "{said:?}");
    }
}

#[tokio::test]
async fn plans_that_are_alike_are_listed_one_by_one_before_they_are_approved_together() {
    let ask = "[policy]\ndefault_action = \"assign_to_support_team\"\n[[policy.rules]]\nname = \"ask\"\nwhen = \"true\"\naction = \"assign_to_support_team\"\ndecision = \"ask\"\n";
    let mut team = Team::with(|_| ask.to_owned()).await;
    team.world
        .merchant_posts("M1", "Webhook *fails*", WEBHOOK)
        .await;
    team.world
        .merchant_posts("M2", "Webhook fails", WEBHOOK)
        .await;
    team.world
        .merchant_posts("M3", "The help page about themes is wrong and outdated", "")
        .await;
    let (ana, kim) = (team.member("Ana"), team.member("Kim"));
    let waiting = ana.uses_command("support", "/approvals").await;
    insta::assert_snapshot!(line(&waiting.text, "[2 alike"), @"[2 alike: assign_to_support_team (medium risk)…]");
    let offer = "2 alike: assign_to_support_team (medium risk)…";
    let list = ana.clicks("support", offer).await;
    assert!(list.ephemeral);
    insta::assert_snapshot!(super::calls::links_gone(&plain(&list.text)), @r"

      # 2 plans that are alike (#56b4e9)
      **PLAN-1** for [**CASE-1**](LINK) Webhook *fails*: support: POST helpdesk /assignments · expires 12:00 (from now)
      **PLAN-2** for [**CASE-2**](LINK) Webhook fails: support: POST helpdesk /assignments · expires 12:00 (from now)
    [file what-would-be-sent.txt, 652 bytes]
      [Approve these 2]
    ");
    // One more comes: what was read is not what would be approved.
    team.world
        .merchant_posts("M4", "Webhook fails", WEBHOOK)
        .await;
    let changed = ana.clicks("support", "Approve these 2").await;
    assert!(
        changed
            .text
            .contains("Nothing was approved: the list has changed"),
        "{changed:?}"
    );
    assert!(team.world.arrived().is_empty());
    team.restarts().await;
    let said = ana.clicks("support", "Approve these 3").await;
    insta::assert_snapshot!(plain(&said.text), @r"
    Approved. PLAN-1 runs now, for 1 target.
    Approved. PLAN-2 runs now, for 1 target.
    Approved. PLAN-4 runs now, for 1 target.
    ");
    team.world.calm().await;
    assert_eq!(team.world.arrived().len(), 3);
    let again = ana.clicks("support", "Approve these 3").await;
    insta::assert_snapshot!(plain(&again.text), @"PLAN-1 does not wait any more. Nothing was approved; call /approvals again.");
    let none = kim.uses_command("support", "/approvals").await;
    assert!(!none.text.contains("alike"), "{none:?}");
}

#[tokio::test]
async fn a_question_to_the_merchant_is_shown_first_and_sent_once_by_whoever_sends_it() {
    let mut team = Team::new().await;
    let (kim, merchant) = (team.member("Kim"), team.member("Merchant"));
    let message = merchant.says(
        "support",
        "Since the move our app gets 401 Unauthorized: invalid API key, on every call",
    );
    let form = kim.uses_menu("Forward as ticket", message).await;
    kim.submits(&form, &[("merchant", "M9")]).await;
    let support = team.discord.channel("support");
    support.shows("[Ask the merchant…]").await;
    let refused = merchant.clicks("support", "Ask the merchant…").await;
    assert!(
        refused.ephemeral && refused.text.contains("Only your team can do this"),
        "{refused:?}"
    );
    team.restarts().await;
    let support = team.discord.channel("support");
    let form = kim.clicks("support", "Ask the merchant…").await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Ask the merchant of T-1
    This is sent here, in Medic's name *: Which header does your app send now: Authorization: Bearer followed by a token, or the old key and secret?
    ");
    let before = support.posts().len();
    let words = [("question", "Which *key*? @everyone")];
    let said = kim.submits(&form, &words).await;
    assert!(said.ephemeral);
    insta::assert_snapshot!(plain(&said.text), @"Sent, where the ticket was reported.");
    let sent = support.shows("Which \\*key\\*?").await;
    assert!(sent.contains("\\@everyone"), "{sent}");
    kim.submits(&form, &words).await;
    assert_eq!(support.posts().len(), before + 1, "{}", support.reads());
    insta::assert_snapshot!(team.discord.pings().join(", "), @"@Merchant");
    assert!(
        team.world
            .records("T-1")
            .contains(&"ticket.merchant_asked".to_owned())
    );
}

#[tokio::test]
async fn other_rules_are_tried_on_what_has_happened_and_nothing_changes() {
    let mut team = Team::new().await;
    team.world
        .merchant_posts("M8", "Webhook fails", WEBHOOK)
        .await;
    team.world.later(400).await;
    team.webhooks_time_out().await;
    team.world
        .rejects("ana", "INC-1", "send_configuration_guide", "Not now.")
        .await;
    let (ana, kim) = (team.member("Ana"), team.member("Kim"));
    let form = ana.uses_command("support", "/policy test").await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Try other rules on what has happened
    All rules, as in config.toml *: 
    Only decisions of this long:
    ");
    let wrong = "[[policy.rules]]\nname = \"a\"\nwhen = \"merchantz > 1\"\naction = \"escalate_to_engineering\"\ndecision = \"ask\"\n";
    let refused = ana.submits(&form, &[("rules", wrong)]).await;
    insta::assert_snapshot!(plain(&refused.text), @r#"
    Nothing was tried:
    policy rule "a", condition line 1, column 1: no fact is called `merchantz`; did you mean `merchants`?
    "#);
    let garbage = ana.submits(&form, &[("rules", "all *good*")]).await;
    assert!(garbage.text.contains("Nothing was tried"), "{garbage:?}");
    let rules = "[[policy.rules]]\nname = \"guide\"\nwhen = 'root_cause == \"webhook_configuration\"'\naction = \"send_configuration_guide\"\ndecision = \"auto\"\n[[policy.rules]]\nname = \"never\"\nwhen = \"merchants > 500\"\naction = \"escalate_to_engineering\"\ndecision = \"ask\"\n";
    let long = ana
        .submits(&form, &[("rules", rules), ("since", "a while")])
        .await;
    assert!(long.text.contains("is not a length of time"), "{long:?}");
    let found = ana.submits(&form, &[("rules", rules)]).await;
    assert!(found.ephemeral);
    insta::assert_snapshot!(super::calls::links_gone(&plain(&found.text)), @r"

    # Under these rules (#56b4e9)
    2 recorded decisions, 1 would differ.
    Rule never matched none of them.
    [**INC-1**](LINK) escalate_to_engineering: ask by rule many_merchants, now nothing; still waits
    ");
    let merchant = team.member("Merchant");
    let said = merchant.uses_command("support", "/policy test").await;
    assert!(said.text.contains("hold none of these roles"), "{said:?}");
    let stats = kim.uses_command("support", "/medic stats since:30d").await;
    assert!(stats.ephemeral);
    insta::assert_snapshot!(plain(&stats.text), @r#"

    # How the team does (#56b4e9)
    What began since 14:40.
    **Mean time to acknowledge (MTTA)** 0 s (half within 0 s, nine of ten within 0 s; 1 measured)
    -# From the opening of an incident to the first act of a person about it that counted: a vote, an edit, a snooze, a word on a delivery or a cause, a closing. Incidents that nobody has acted on are counted as open.
    **Mean time to resolve (MTTR)** nothing to measure yet; 1 still open
    -# From the opening of an incident to its closing, by verification or by a person; where it came back, to its last closing.
    **Approval latency** 0 s (half within 0 s, nine of ten within 0 s; 1 measured; 1 still open)
    -# From the making of a plan that asks to the vote that approved or rejected it. What expired, was edited or fell is not measured; what waits is counted as open.
    **Expiry rate** 0.0 % (0 of 1)
    -# Of the questions that people approved, rejected, edited or let expire: those that expired.
    **Override rate** 100.0 % (1 of 1)
    -# Of the questions that people answered: those that they rejected or edited instead of approving them as they were.
    **Share healed** nothing to count yet
    -# Of the fixes whose verification has ended: those found healed. "Cannot tell" at the end counts as not healed.
    **Automation share** 100.0 % (1 of 1)
    -# Of the plans that were allowed to run: those that the policy allowed by itself.
    **Cost of waiting** 0 failed checkouts and 0 customers reported in 0 s of waiting
    -# Failed checkouts and customers in tickets that came to an incident or case while one of its questions waited for people, and how long that was in all. A lower bound: it counts what was reported.
    "#);
    let wrong = kim.uses_command("support", "/medic stats since:soon").await;
    insta::assert_snapshot!(plain(&wrong.text), @r#""soon" is not a length of time; write it like 30d or 12h."#);
}
