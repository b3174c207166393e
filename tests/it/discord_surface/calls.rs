//! Commands, as people type them.

use super::reading::plain;
use super::team::Team;

#[tokio::test]
async fn whoever_is_not_of_the_team_is_refused_and_it_is_recorded() {
    let team = Team::new().await;
    let merchant = team.member("Merchant");
    for typed in [
        "/incident list",
        "/approvals",
        "/audit search",
        "/medic status",
        "/medic pause reason:because",
    ] {
        let said = merchant.uses_command("support", typed).await;
        assert!(
            said.ephemeral && said.text.contains("Only your team can do this"),
            "{typed}: {said:?}"
        );
    }
    let said = team
        .member("Kim")
        .uses_command("support", "/audit search kind:person")
        .await;
    assert_eq!(said.text.matches("person.refused").count(), 5, "{said:?}");
}

#[tokio::test]
async fn lists_and_cards_answer_in_private() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let kim = team.member("Kim");
    let list = kim.uses_command("support", "/incident list").await;
    assert!(list.ephemeral);
    insta::assert_snapshot!(links_gone(&plain(&list.text)), @r"

    # Incidents (#56b4e9)
    ◆ [**INC-1**](LINK) WebhookTimeout order.created · 6 merchants, high · webhook configuration, CONFIRMED 81 · **2 questions wait** · from now
    ");
    let waiting = kim.uses_command("support", "/approvals").await;
    insta::assert_snapshot!(links_gone(&plain(&waiting.text)), @r"

    # Waiting for a person: 2 (#56b4e9)
    [**INC-1**](LINK) · PLAN-1 `escalate_to_engineering`: approval, high risk · waits since 08:00 (from now) · expires 09:00 (from now)
    [**INC-1**](LINK) · PLAN-2 `send_configuration_guide`: approval, high risk · waits since 08:00 (from now) · expires 09:00 (from now)
    ");
    let card = kim.uses_command("support", "/incident show id:INC-1").await;
    assert!(card.text.contains("Shall Medic do this?"), "{card:?}");
    let none = kim.uses_command("support", "/incident show id:INC-9").await;
    insta::assert_snapshot!(plain(&none.text), @"There is no INC-9 here.");
    let wrong = kim
        .uses_command("support", "/incident show id:../../etc")
        .await;
    assert!(wrong.text.contains("not an id of the form"), "{wrong:?}");
}

/// Addresses of messages, which differ from run to run.
pub fn links_gone(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("https://discord.com/") {
        out.push_str(&rest[..at]);
        out.push_str("LINK");
        let end = rest[at..]
            .find([')', ' ', '\n'])
            .map_or(rest.len(), |end| at + end);
        rest = &rest[end..];
    }
    out + rest
}

#[tokio::test]
async fn ids_complete_themselves_for_the_team_only() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let offered = team
        .member("Kim")
        .types("support", "/incident show id:inc", "id")
        .await;
    insta::assert_snapshot!(plain(&offered.text), @"INC-1 · WebhookTimeout order.created");
    let none = team
        .member("Merchant")
        .types("support", "/incident show id:inc", "id")
        .await;
    assert_eq!(none.text, "");
}

#[tokio::test]
async fn pages_turn_by_a_button() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let kim = team.member("Kim");
    let first = kim.uses_command("support", "/audit search").await;
    assert!(first.text.contains("[Older]"), "{first:?}");
    let newest = |team: &Team| {
        team.discord.world(|world| {
            let messages = world.messages.values();
            let mut lists =
                messages.filter(|message| message.embeds.to_string().contains("Audit records"));
            lists
                .next_back()
                .map(|message| message.embeds.to_string())
                .unwrap()
        })
    };
    for _ in 0..20 {
        if newest(&team).contains("medic.started") {
            return;
        }
        kim.clicks("support", "Older").await;
    }
    panic!("the first record was not reached: {}", newest(&team));
}

#[tokio::test]
async fn one_record_and_all_of_them() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let ana = team.member("Ana");
    let one = ana.uses_command("support", "/audit show record:1").await;
    assert!(one.text.contains("medic.started"), "{one:?}");
    let file = ana
        .uses_command("support", "/audit export about:INC-1")
        .await;
    assert!(
        file.ephemeral && file.text.contains("[file audit.jsonl, "),
        "{file:?}"
    );
    let bytes = team.discord.world(|world| {
        let mut newest = world.messages.values().rev();
        let with_file = newest.find(|message| !message.attachments.is_empty());
        with_file.unwrap().attachments[0].1.clone()
    });
    let verified = medic::audit::verify(bytes.as_slice(), None);
    assert!(verified.is_ok(), "{:?}", verified.err());
    let refused = team
        .member("Kim")
        .uses_command("support", "/audit export about:nonsense")
        .await;
    assert!(!refused.text.contains("[file"), "{refused:?}");
}

#[tokio::test]
async fn the_kill_switch_is_pulled_by_the_team_and_released_by_who_may_decide() {
    let team = Team::new().await;
    let kim = team.member("Kim");
    let said = kim
        .uses_command(
            "support",
            "/medic pause reason:the platform is being deployed",
        )
        .await;
    insta::assert_snapshot!(said.text, @"Paused. Nothing is delivered until somebody resumes.");
    let status = kim.uses_command("support", "/medic status").await;
    insta::assert_snapshot!(plain(&status.text), @r"

    # Medic needs you (#d55e00)
    ▲ **Paused** by Kim since 08:00 (from now): the platform is being deployed · nothing is delivered
    **Waiting for a person** 0, see /approvals
    **Open incidents** 0
    **Tickets** 0 taken, 0 repeats dropped, 0 patterns, 0 incidents, 0 cases
    **Decisions** 0 by itself, 0 asked, 0 refused
    **Done** 0 plans, 0 deliveries confirmed
    **Did it help?** 0 healed, 0 no difference, 0 worse, 0 cannot tell yet
    ");
    let said = team
        .member("Ana")
        .uses_command("support", "/medic resume")
        .await;
    insta::assert_snapshot!(said.text, @"Resumed. Deliveries go on.");
}

#[tokio::test]
async fn the_console_link_is_for_people_of_the_config() {
    let team = Team::new().await;
    let ana = team
        .member("Ana")
        .uses_command("support", "/medic console")
        .await;
    assert!(
        ana.ephemeral && ana.text.contains("login?for=ana"),
        "{ana:?}"
    );
    let kim = team
        .member("Kim")
        .uses_command("support", "/medic console")
        .await;
    assert!(!kim.text.contains("login?for"), "{kim:?}");
}

#[tokio::test]
async fn policy_doctor_and_help_read_well() {
    let team = Team::new().await;
    let kim = team.member("Kim");
    let policy = kim.uses_command("support", "/policy show").await;
    assert!(policy.text.contains("webhook_guide"), "{policy:?}");
    let doctor = kim.uses_command("support", "/medic doctor").await;
    insta::assert_snapshot!(plain(&doctor.text), @r"

    # One problem (#d55e00)
    ▲ **Channel #alerts** Medic may not post there; give it Send Messages.
    ✓ **Token** Discord takes it.
    ");
    let help = team
        .member("Merchant")
        .uses_command("support", "/medic help")
        .await;
    insta::assert_snapshot!(plain(&help.text), @r"

    # What Medic can do for you here (#56b4e9)
    **/incident list** · Incidents, newest first (your team)
    **/incident show** · The card of an incident or a case (your team)
    **/incident close** · Closes an incident by hand; what still waits in it is void (your team)
    **/approvals** · What waits for a person, the dearest wait first (your team)
    **/audit search** · Audit records, newest first (your team)
    **/audit show** · One audit record, whole (your team)
    **/audit export** · Audit records as a file, with what is needed to check the chain (who may decide)
    **/ticket create** · Opens a form for a new ticket (everybody)
    **/ticket show** · One ticket, and what answers it (your team)
    **/policy show** · The rules in force, in order, and who may approve what (your team)
    **/policy test** · Tries other rules on what has happened; changes nothing (who may decide)
    **/medic status** · Whether Medic is well, what it has done, what waits (your team)
    **/medic stats** · How the team does: times, shares and the cost of waiting, each with what it means (your team)
    **/medic pause** · Stops every delivery, now, until somebody resumes (your team)
    **/medic resume** · Lets deliveries go on (who may decide)
    **/medic doctor** · Looks for everything that would keep Medic from working, and says what to do (your team)
    **/medic console** · A link that signs you in to the console, once (your team)
    **/medic help** · Every command, what it does and who may (everybody)
    **Forward as ticket** · On a message: makes a ticket of it, with a form for merchant and severity (your team)
    **Explain this** · On a message: which ticket it is, where it was put, and why it happens (your team)
    ");
}

#[tokio::test]
async fn an_incident_is_closed_with_a_reason() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let ana = team.member("Ana");
    let form = ana
        .uses_command("support", "/incident close id:INC-1")
        .await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Close INC-1
    Why can it be closed? *:
    ");
    let said = ana.submits(&form, &[("reason", "A test, not real.")]).await;
    insta::assert_snapshot!(plain(&said.text), @"INC-1 is closed.");
    team.discord.channel("alerts").shows("✓ Done").await;
}

#[tokio::test]
async fn a_ticket_comes_from_a_form_and_a_message_is_forwarded_once() {
    let team = Team::new().await;
    let kim = team.member("Kim");
    let form = kim.uses_command("support", "/ticket create").await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # New ticket
    Merchant: 
    Severity *: medium
    Issue, in a line *: 
    What the merchant wrote: 
    Error log:
    ");
    let said = kim
        .submits(
            &form,
            &[
                ("merchant", "M7"),
                ("issue", "Images are gone"),
                ("severity", "high"),
            ],
        )
        .await;
    insta::assert_snapshot!(plain(&said.text), @"Stored as **T-1**. You are told here what it belongs to.");
    let wrong = kim
        .submits(&form, &[("issue", "x"), ("severity", "terrible")])
        .await;
    assert!(
        wrong.text.contains("critical, high, medium or low"),
        "{wrong:?}"
    );
    let ticket = kim.uses_command("support", "/ticket show id:T-1").await;
    assert!(
        ticket.text.contains("Images are gone") && ticket.text.contains("M7"),
        "{ticket:?}"
    );

    let message = team
        .member("Merchant")
        .says("support", "Checkout shows a blank page\nsince this morning");
    let form = kim.uses_menu("Forward as ticket", message).await;
    insta::assert_snapshot!(plain(&form.text), @r"
    # Forward as ticket
    Merchant: 
    Severity *: medium
    Issue, in a line *: Checkout shows a blank page
    What the merchant wrote: Checkout shows a blank page
    since this morning
    ");
    let said = kim.submits(&form, &[("merchant", "M8")]).await;
    assert!(said.text.starts_with("Stored as **T-2**"), "{said:?}");
    let again = kim.submits(&form, &[("merchant", "M8")]).await;
    assert!(
        again.text.starts_with("That is **T-2** already"),
        "{again:?}"
    );
    let refused = team
        .member("Merchant")
        .uses_menu("Forward as ticket", message)
        .await;
    assert!(
        refused.text.contains("Only your team can do this"),
        "{refused:?}"
    );
    let explained = kim.uses_menu("Explain this", message).await;
    assert!(
        explained.text.contains("T") && !explained.text.contains("knows nothing"),
        "{explained:?}"
    );
}

#[tokio::test]
async fn whoever_reported_is_told_where_they_reported() {
    let mut team = Team::new().await;
    let kim = team.member("Kim");
    team.webhooks_time_out().await;
    let message = team.member("Merchant").says(
        "support",
        "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
    );
    let form = kim.uses_menu("Forward as ticket", message).await;
    kim.submits(&form, &[("merchant", "M9")]).await;
    let support = team.discord.channel("support");
    let told = support.shows("You can tell the merchant now").await;
    assert!(told.contains("belongs to **INC-1**"), "{told}");
    team.world.closes("ana", "INC-1", "A test, not real.").await;
    team.discord.channel("alerts").shows("✓ Done").await;
    // Closed by a person is not verified: nobody is told that it works again.
    assert!(
        !support.reads().contains("verified healed, and"),
        "{}",
        support.reads()
    );
}

#[tokio::test]
async fn an_answer_that_takes_its_time_is_acknowledged_first() {
    let team = Team::new().await;
    team.door.forget_permits(1);
    let kim = team.member("Kim");
    let opens = async {
        // The world keeps Discord's own limit of three seconds.
        team.discord
            .until("an acknowledgement", |world| {
                let mut all = world.interactions.values();
                all.any(|found| {
                    found
                        .callback
                        .as_ref()
                        .is_some_and(|callback| callback["type"] == 5)
                })
                .then_some(())
            })
            .await;
        team.door.add_permits(1);
    };
    let (said, ()) = tokio::join!(kim.uses_command("support", "/medic doctor"), opens);
    assert!(said.ephemeral);
    assert!(said.text.contains("One problem"), "{said:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_down_is_told_to_whoever_asked_at_once_or_late() {
    let team = Team::new().await;
    team.door.forget_permits(1);
    let kim = team.member("Kim");
    let breaks = async {
        team.discord
            .until("an acknowledgement", |world| {
                let mut all = world.interactions.values();
                all.any(|found| found.callback.is_some()).then_some(())
            })
            .await;
        team.door.close();
    };
    let (late, ()) = tokio::join!(kim.uses_command("support", "/medic doctor"), breaks);
    let at_once = kim.uses_command("support", "/medic doctor").await;
    for said in [late, at_once] {
        assert!(said.ephemeral, "{said:?}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.text, @"Medic broke down over that; its log has the reason. It may or may not be done: look at the newest card before you try again.");
        }
    }
}

#[tokio::test]
async fn whoever_reported_hears_once_more_when_it_is_verified_healed_and_not_before() {
    let mut team = Team::new().await;
    let kim = team.member("Kim");
    team.webhooks_time_out().await;
    let message = team.member("Merchant").says("support", TIMEOUT);
    let form = kim.uses_menu("Forward as ticket", message).await;
    kim.submits(&form, &[("merchant", "M6")]).await;
    let discord = team.discord.clone();
    let support = discord.channel("support");
    support.shows("belongs to **INC-1**").await;
    // Who is not helped writes again and again; then the guide is sent, and everybody falls silent.
    for _ in 0..8 {
        team.world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            team.world
                .merchant_posts(&merchant, "Orders do not arrive, webhook fails", TIMEOUT)
                .await;
        }
    }
    team.world.later(15).await;
    team.world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    for _ in 0..11 {
        // What was said is read before the card, so that the end between the two is no fault.
        let said = support.reads();
        if team.world.card("INC-1").contains("healed: 6 treated") {
            break;
        }
        assert!(!said.contains("verified healed, and"), "{said}");
        team.world.later(30).await;
    }
    support.shows("verified healed, and").await;
    team.restarts().await;
    team.comes_online(false);
    // What the keeper does for the newest report comes after what it would repeat.
    let alerts = team.discord.channel("alerts");
    alerts.shows("healed: 6 treated merchants").await;
    team.world.calm().await;
    let told: Vec<String> = support
        .messages()
        .iter()
        .filter(|text| text.starts_with("Medic"))
        .map(|text| plain(text))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
    Medic: T-7 belongs to **INC-1**. You can tell the merchant now:
    > We can see that order notifications are not reaching your endpoint; orders that customers have paid for are kept and will be sent again, so please do not ask anyone to pay twice.
    You hear here again once it is verified healed.
    -# Medic · told/T-7/INC-1/found
      [Ask the merchant…]

    Medic: **INC-1** is verified healed, and T-7 with it. Its merchant was treated: you can tell them that it works again.
    -# Medic · told/T-7/INC-1/healed
    ");
}

#[tokio::test]
async fn what_a_reporter_can_say_is_not_said_twice_when_their_ticket_joins_an_incident() {
    let mut team = Team::new().await;
    let kim = team.member("Kim");
    let message = team.member("Merchant").says("support", TIMEOUT);
    let form = kim.uses_menu("Forward as ticket", message).await;
    kim.submits(&form, &[("merchant", "M9")]).await;
    let discord = team.discord.clone();
    let support = discord.channel("support");
    support.shows("is being answered as **CASE-1**").await;
    team.webhooks_time_out().await;
    let read = support.shows("T-1 belongs to **INC-1** now").await;
    assert_eq!(
        read.matches("You can tell the merchant now").count(),
        1,
        "{read}"
    );
    assert!(
        read.contains("What you can tell the merchant stays the same"),
        "{read}"
    );
}

const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
