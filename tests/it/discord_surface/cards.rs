//! Cards in a channel: one an incident, always the newest state, found again whatever happens.

use super::reading::plain;
use super::team::Team;
use crate::support::discord::Mood;

fn cards(team: &Team) -> Vec<String> {
    let messages = team.alerts().into_iter();
    messages.filter(|text| text.contains("_ card/")).collect()
}

#[tokio::test]
async fn what_one_merchant_gets_first_stands_in_front_of_what_is_sent() {
    let mut team = Team::with(|_| "[risk]\ncanary_from_merchants = 4\n".to_owned()).await;
    team.webhooks_time_out().await;
    let alerts = team.discord.channel("alerts");
    team.world
        .rejects("ana", "INC-1", "escalate_to_engineering", "not yet")
        .await;
    let card = alerts.shows("[Approve PLAN-2]").await;
    let card = plain(&card);
    let question = card.split("Shall Medic do this?").nth(1).unwrap();
    let first: Vec<&str> = question.lines().take(14).collect();
    insta::assert_snapshot!(first.join("\n"), @r#"
    send_configuration_guide · PLAN-2 (#e69f00)
     Sends each affected merchant the runbook's guide.
     **Sent to 6 targets:** merchant M1, merchant M2, merchant M3, merchant M4, merchant M5, merchant M6
     ```
     1 of 6 merchants first: M1 is verified, can be answered, wrote most often of those (1 ticket), so a change shows there soonest. The other 5 get it when verification says healed. If it cannot tell within 1 hour, you are asked; if it makes no difference or makes it worse, they do not get it.

     POST helpdesk /merchants/M1/messages
     method: POST
     url: http://127.0.0.1:PORT/helpdesk/merchants/M1/messages
     body:
     {
       "about": "INC-1",
       "subject": "Webhook times out because the endpoint cannot be reached",
       "text": "Your store sends order events to a webhook address that does not answer in time. Please check these in order:\n\n1. Open the webhook settings of your store and look at the address of each subscription. After the move it must be the address of the new (headless) backend, not the old shop's.\n2. The address must be reachable from the internet over HTTPS on port 443, with a certificate that matches its name. A test from your own network is not enough.\n3. Answer with status 200 as soon as the message is received and its signature is verified. Do the work afterwards, in a queue: the sender stops waiting after a few seconds.\n4. If a firewall or bot protection stands in front, let the sender's requests through without a challenge page.\n5. Save the subscription again and send a test event. It should show status 200 in under two seconds.\n\nEvents that failed are sent again for some hours. If you see gaps afterwards, reply here with the first and the last missing order number and we will replay them.",
    "#);
    team.world
        .approves("ana", "INC-1", "send_configuration_guide")
        .await;
    let card = plain(&alerts.shows("if it cannot tell by").await);
    let line = card
        .lines()
        .find(|line| line.contains("PLAN-2** `"))
        .unwrap();
    insta::assert_snapshot!(line, @"  **PLAN-2** `send_configuration_guide`: under way, 1 of 6 delivered; the other 5 get it when verification says healed; if it cannot tell by 09:00 UTC, you are asked · approved by Ana");
    assert!(card.contains("Watching whether it helped"), "{card}");
}

#[tokio::test]
async fn one_message_asks_with_a_thread_that_tells_what_happened() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let thread = team.discord.thread_in("alerts");
    let told = thread.shows("PLAN\\-2").await;
    assert_eq!(cards(&team).len(), 1, "{:#?}", team.alerts());
    insta::assert_snapshot!(plain(&team.alerts()[0]), @r#"
    Medic (edited): 
      # ◆ Waiting for approval · INC-1 · WebhookTimeout order.created (#e69f00)
      4 of 4 merchants in 30 min, less than 0.1 expected
      **Merchants** 6 distinct · **Tickets** 6 · **Severity** high · **Stage** post-migration-day-1 (6 of 6 tickets) · **Cause** webhook configuration · **How sure** CONFIRMED, 81 of 100, by an error signature
      * Why it happens
        Webhook times out because the endpoint cannot be reached. 6 of 6 tickets say so.
      * What that rests on
        > WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable · ticket T-1
        > Orders do not arrive, webhook fails · ticket T-1
        > During a migration the subscription often still points at the hosted shop's address, or at a new backend that is not yet open to the internet. · runbook webhook-timeout
      * What speaks against it
        Nothing was found against it.
      # Shall Medic do this? escalate_to_engineering · PLAN-1 (#e69f00)
      Opens an incident with engineering, with the numbers and the diagnosis.
      **Sent to 1 target:** engineering
      ```
      POST engineering /incidents
      method: POST
      url: http://127.0.0.1:PORT/pager/incidents
      body:
      {
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
      check: http://127.0.0.1:PORT/pager/deliveries/{idempotency_key}
      ```
      * Risk: high
        • escalate_to_engineering is at least high risk
      * Before you decide
        **Undo** cannot be taken back once sent
        **Waiting costs** no failed checkouts or customers are reported
        **Expires** 09:00 (from now)
        **Asked next** on_call will be asked again at 08:15 UTC
        **Who may** on_call
        **Why asked** rule many_merchants: merchants >= 3
      # Plans (#e69f00)
      **PLAN-2** `send_configuration_guide`: waiting for approval · decide it from the menu
      _ card/INC-1
      [Approve PLAN-1] [Reject PLAN-1…]
      [More… ▾ Decide PLAN-2 | Read PLAN-1 whole | Put PLAN-1 off… | Edit PLAN-1… | Read the whole diagnosis | What support can say now | The cause is wrong… | More is the same problem… | Some tickets are another problem… | It is not the same as another… | Have somebody decide in my place… | Close INC-1 by hand…]
    (thread: INC-1 · WebhookTimeout order.created)
    "#);
    insta::assert_snapshot!(plain(&told), @r#"
    Medic: 08:00 **Medic** INC-1 opened: 4 of 4 merchants in 30 min, less than 0.1 expected
    08:00 **Medic** INC-1: webhook configuration, CONFIRMED, 81 of 100
    08:00 **Medic** PLAN-1: escalate_to_engineering for INC-1, ask: rule many_merchants: merchants >= 3
    08:00 **Medic** PLAN-2: send_configuration_guide for INC-1, ask: rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
    -# Medic · timeline/INC-1/6
    "#);
}

#[tokio::test]
async fn the_same_message_goes_through_every_state() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let alerts = team.discord.channel("alerts");
    let first = alerts.posts()[0];
    let ana = team.member("Ana");
    let said = ana.clicks("alerts", "Approve PLAN-1").await;
    assert!(said.ephemeral, "{said:?}");
    assert!(said.text.starts_with("Approved."), "{said:?}");
    alerts.shows("[Approve PLAN-2]").await;
    ana.clicks("alerts", "Approve PLAN-2").await;
    alerts.shows("Watching whether it helped").await;
    team.world.closes("ana", "INC-1", "A test.").await;
    alerts.shows("✓ Done").await;
    assert_eq!(cards(&team).len(), 1, "{:#?}", team.alerts());
    assert_eq!(alerts.posts()[0], first);
    assert!(!team.alerts()[0].contains('['), "{}", team.alerts()[0]);
}

#[tokio::test]
async fn after_a_restart_nothing_is_posted_twice_and_missed_changes_are_shown() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.stops();
    let before = team.alerts().len();
    team.world
        .approves("ana", "INC-1", "escalate_to_engineering")
        .await;
    team.restarts().await;
    let alerts = team.discord.channel("alerts");
    alerts.shows("[Approve PLAN-2]").await;
    assert_eq!(cards(&team).len(), 1, "{:#?}", team.alerts());
    assert_eq!(team.alerts().len(), before);
}

#[tokio::test]
async fn a_card_whose_posting_was_never_noted_is_found_again() {
    let mut team = Team::new().await;
    // Carried out, and then the answer is lost, five times: the keeper cannot know.
    for _ in 0..5 {
        team.discord.next("POST /channels", Mood::AnswerLost);
    }
    team.webhooks_time_out().await;
    team.discord.channel("alerts").shows("(thread: ").await;
    team.discord.thread_in("alerts").shows("PLAN\\-1").await;
    assert_eq!(cards(&team).len(), 1, "{:#?}", team.alerts());
}

#[tokio::test]
async fn a_card_that_somebody_deletes_comes_back() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.discord.thread_in("alerts").shows("PLAN\\-2").await;
    let alerts = team.discord.channel("alerts");
    let first = alerts.posts()[0];
    team.member("Ana").deletes(first);
    let shown = team
        .discord
        .until("a new card", |world| {
            let newest = world.messages.values().rev();
            let mut cards =
                newest.filter(|message| message.embeds.to_string().contains("card/INC-1"));
            cards
                .next()
                .filter(|card| card.id != first)
                .map(|card| card.id)
        })
        .await;
    assert_ne!(shown, first);
    let said = team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    assert!(said.text.starts_with("Approved."), "{said:?}");
}

#[tokio::test]
async fn a_card_that_takes_no_more_edits_is_followed_by_a_new_one_with_a_link() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    let alerts = team.discord.channel("alerts");
    let first = alerts.posts()[0];
    team.discord.thread_in("alerts").shows("PLAN\\-2").await;
    team.discord.world(|world| world.advance_minutes(90));
    team.discord.next(
        "PATCH /channels",
        Mood::Refuses(
            400,
            30_046,
            "Maximum number of edits to messages older than 1 hour reached",
        ),
    );
    let said = team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    assert!(said.text.starts_with("Approved."), "{said:?}");
    let text = alerts.shows("which can no longer be changed").await;
    assert!(
        text.contains(&format!("/{first}, which can no longer be changed")),
        "{text}"
    );
    // The old card still has its button; what it asks is decided, and it says so.
    let late = team.member("Ben").clicks_on(first, "Approve PLAN-1").await;
    insta::assert_snapshot!(plain(&late.text), @"PLAN-1 is decided already, or there is no such plan");
}

#[tokio::test]
async fn a_thread_that_was_locked_is_replaced() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.discord.thread_in("alerts").shows("PLAN\\-2").await;
    let first = team.discord.thread_in("alerts").id();
    team.discord.world(|world| {
        let thread = world.channels.get_mut(&first).unwrap();
        (thread.archived, thread.locked) = (true, true);
        world.users.get_mut(&world.bot).unwrap().can &= !(1 << 34);
    });
    team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    let second = team
        .discord
        .until("a new thread", |world| {
            let mut threads = world
                .channels
                .values()
                .filter(|c| c.parent.is_some() && c.id != first);
            threads.next().map(|thread| thread.id)
        })
        .await;
    assert_ne!(second, first);
}

#[tokio::test]
async fn discord_down_for_a_while_costs_nothing_but_time() {
    let mut team = Team::new().await;
    for _ in 0..3 {
        team.discord.next("POST /channels", Mood::Status(503));
    }
    team.webhooks_time_out().await;
    assert_eq!(cards(&team).len(), 1);
}

#[tokio::test]
async fn a_case_gets_a_card_only_when_it_asks() {
    let mut team = Team::new().await;
    team.world
        .posts("M1", "A question about an invoice", "", "low", true)
        .await;
    team.world
        .posts(
            "M2",
            "Checkout is down, nobody can pay",
            "",
            "critical",
            true,
        )
        .await;
    let alerts = team.discord.channel("alerts");
    let text = alerts.shows("CASE-2").await;
    assert!(!text.contains("CASE-1"), "{text}");
    assert_eq!(cards(&team).len(), 1);
}

#[tokio::test]
async fn a_card_that_was_deleted_while_medic_was_down_is_posted_anew() {
    let mut team = Team::new().await;
    team.webhooks_time_out().await;
    team.discord.thread_in("alerts").shows("PLAN\\-2").await;
    let first = team.discord.channel("alerts").posts()[0];
    team.stops();
    team.discord.forgets_sessions();
    team.member("Ana").deletes(first);
    team.restarts().await;
    // As after every new session: nothing was resumed, so anything may be gone.
    team.comes_online(false);
    let alerts = team.discord.channel("alerts");
    team.discord
        .until("a new card", |world| {
            let mut cards = world.messages.values().filter(|message| {
                message.id != first && message.embeds.to_string().contains("card/INC-1")
            });
            cards.next().map(drop)
        })
        .await;
    assert_eq!(cards(&team).len(), 1, "{:#?}", alerts.messages());
    let said = team.member("Ana").clicks("alerts", "Approve PLAN-1").await;
    assert!(said.text.starts_with("Approved."), "{said:?}");
}
