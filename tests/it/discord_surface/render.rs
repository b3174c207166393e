//! Cards as somebody reads them on a phone at night.

use super::escape::{live, texts};
use super::reading::read;
use crate::support::world::World;
use jiff::Timestamp;
use medic::discord::message::{Draft, Row};
use medic::discord::render::card::{Around, card, too_long};
use medic::discord::render::{lists, question, thread};
use medic::domain::card::{Card, CardState, Fact, PlanCard, Preview, Quote, Span, TimelineEntry};
use medic::domain::{EffectiveRisk, IncidentId, PatternId, PlanId, Risk, SubjectId, TicketId};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn shown(world: &World, subject: &str) -> Draft {
    let subject: SubjectId = subject.parse().unwrap();
    let found = world.handle().card(&world.workspace(), subject).unwrap();
    card(&found.unwrap(), &Around::default())
}

#[tokio::test]
async fn an_incident_that_asks_shows_everything_before_its_buttons() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    insta::assert_snapshot!(read(&shown(&world, "INC-1")), @r#"
    # ◆ Waiting for approval · INC-1 · WebhookTimeout order.created
    4 of 4 merchants in 30 min, less than 0.1 expected
    **Merchants** 6 distinct · **Tickets** 6 · **Severity** high · **Stage** post-migration-day-1 (6 of 6 tickets) · **Cause** webhook configuration · **How sure** CONFIRMED, 81 of 100, by an error signature
    ## Why it happens
    Webhook times out because the endpoint cannot be reached. 6 of 6 tickets say so.
    ## What that rests on
    > WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable · ticket T-1
    > Orders do not arrive, webhook fails · ticket T-1
    > During a migration the subscription often still points at the hosted shop's address, or at a new backend that is not yet open to the internet. · runbook webhook-timeout
    ## What speaks against it
    Nothing was found against it.
    # Shall Medic do this? escalate_to_engineering · PLAN-1
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
    ## Risk: high
    • escalate_to_engineering is at least high risk
    ## Before you decide
    **Undo** cannot be taken back once sent
    **Waiting costs** no failed checkouts or customers are reported
    **Expires** 09:00 (from now)
    **Asked next** on_call will be asked again at 08:15 UTC
    **Who may** on_call
    **Why asked** rule many_merchants: merchants >= 3
    # Plans
    **PLAN-2** `send_configuration_guide`: waiting for approval · decide it from the menu
    [Approve PLAN-1] [Reject PLAN-1…]
    [More… ▾]
      Decide PLAN-2 (high risk: send_configuration_guide)
      Read PLAN-1 whole (escalate_to_engineering)
      Put PLAN-1 off… (everybody is asked again then)
      Edit PLAN-1… (asked anew; somebody else approves)
      Read the whole diagnosis (every quote, doubt and other explanation)
      What support can say now
      The cause is wrong…
      More is the same problem…
      Some tickets are another problem…
      It is not the same as another…
      Have somebody decide in my place…
      Close INC-1 by hand… (voids what still waits)
    "#);
}

#[tokio::test]
async fn a_decided_plan_leaves_no_live_button_and_the_next_question_comes() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .approves("ana", "INC-1", "escalate_to_engineering")
        .await;
    world
        .rejects(
            "ana",
            "INC-1",
            "send_configuration_guide",
            "The hosting is down, *wait*.",
        )
        .await;
    insta::assert_snapshot!(read(&shown(&world, "INC-1")), @r"
    # ○ Open · INC-1 · WebhookTimeout order.created
    4 of 4 merchants in 30 min, less than 0.1 expected
    **Merchants** 6 distinct · **Tickets** 6 · **Severity** high · **Stage** post-migration-day-1 (6 of 6 tickets) · **Cause** webhook configuration · **How sure** CONFIRMED, 81 of 100, by an error signature
    ## Why it happens
    Webhook times out because the endpoint cannot be reached. 6 of 6 tickets say so.
    ## What that rests on
    > WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable · ticket T-1
    > Orders do not arrive, webhook fails · ticket T-1
    > During a migration the subscription often still points at the hosted shop's address, or at a new backend that is not yet open to the internet. · runbook webhook-timeout
    ## What speaks against it
    Nothing was found against it.
    # Plans
    **PLAN-2** `send_configuration_guide`: rejected by Ana: The hosting is down, *wait*.
    **PLAN-1** `escalate_to_engineering`: done, 1 of 1 delivered · approved by Ana
    [More… ▾]
      Read the whole diagnosis (every quote, doubt and other explanation)
      What support can say now
      The cause is wrong…
      More is the same problem…
      Some tickets are another problem…
      It is not the same as another…
      Close INC-1 by hand… (voids what still waits)
    ");
}

#[tokio::test]
async fn a_closed_incident_has_nothing_left_to_press() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world.closes("ana", "INC-1", "A test, not real.").await;
    let draft = shown(&world, "INC-1");
    assert!(draft.rows.is_empty(), "{:?}", draft.rows);
    assert!(
        draft.embeds[0].title.starts_with("✓ Done"),
        "{}",
        draft.embeds[0].title
    );
}

#[tokio::test]
async fn the_thread_tells_what_happened_in_order() {
    let mut world = World::new().await;
    world.webhooks_time_out().await;
    world
        .approves("ana", "INC-1", "escalate_to_engineering")
        .await;
    let subject: SubjectId = "INC-1".parse().unwrap();
    let found = world
        .handle()
        .card(&world.workspace(), subject)
        .unwrap()
        .unwrap();
    let entries: Vec<TimelineEntry> = found.timeline;
    let posts = thread::timeline("timeline/INC-1", &entries);
    let text: Vec<String> = posts.iter().map(|(_, draft)| read(draft)).collect();
    insta::assert_snapshot!(text.join("---\n"), @r#"
    08:00 **Medic** INC-1 opened: 4 of 4 merchants in 30 min, less than 0.1 expected
    08:00 **Medic** INC-1: webhook configuration, CONFIRMED, 81 of 100
    08:00 **Medic** PLAN-1: escalate_to_engineering for INC-1, ask: rule many_merchants: merchants >= 3
    08:00 **Medic** PLAN-2: send_configuration_guide for INC-1, ask: rule webhook_guide: root_cause == "webhook_configuration" && confidence > 70; a person decides, because its risk is high (send_configuration_guide is at least low risk; reaches 6 merchants: at least high)
    08:00 **Ana** Approved. PLAN-1 runs now, for 1 target.
    08:00 **Medic** escalate_to_engineering to engineering, attempt 1
    08:00 **Medic** escalate_to_engineering to engineering: delivered
    08:00 **Medic** PLAN-1: 1 of 1 delivered
    "#);
}

pub(super) fn foreign_card(text: &str, targets: usize, plans: usize, state: CardState) -> Card {
    let line = || {
        vec![
            Span::Own(text.to_owned()),
            Span::Foreign(text.to_owned()),
            Span::Code(text.to_owned()),
        ]
    };
    let at: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
    let plan = |number: usize| PlanCard {
        id: PlanId::new(number as u64 + 1),
        digest_prefix: "0123456789abcdef".to_owned(),
        action: text.to_owned(),
        description: text.to_owned(),
        status: line(),
        can_vote: number.is_multiple_of(2) && state != CardState::Done,
        decided: text.to_owned(),
        risk: EffectiveRisk {
            level: Risk::High,
            reasons: vec![text.to_owned(); 4],
        },
        approvers: text.to_owned(),
        votes: vec![text.to_owned(); 2],
        expires_at: Some(at),
        asks: Vec::new(),
        asked_next: text.to_owned(),
        put_off: text.to_owned(),
        put_off_until: None,
        voters: Vec::new(),
        replaces: None,
        undo: text.to_owned(),
        can_undo: true,
        waiting_costs: text.to_owned(),
        steps: vec![line(); 3],
        first: 1,
        deliveries: (0..targets)
            .map(|index| Preview {
                step: text.to_owned(),
                target: format!("{text} {index}"),
                summary: text.to_owned(),
                parts: vec![
                    ("body".to_owned(), text.to_owned()),
                    (text.to_owned(), text.to_owned()),
                ],
                state: text.to_owned(),
                unknown: index.is_multiple_of(3),
                editable: Vec::new(),
            })
            .collect(),
        unreached: text.to_owned(),
        newcomers: 3,
    };
    Card {
        subject: SubjectId::Incident(IncidentId::new(7)),
        state,
        title: line(),
        summary: line(),
        opened_at: at,
        updated_at: at,
        facts: vec![
            Fact {
                name: "Stage",
                value: line()
            };
            8
        ],
        diagnosis: line(),
        provider: text.to_owned(),
        evidence: vec![
            Quote {
                source: text.to_owned(),
                text: text.to_owned()
            };
            6
        ],
        doubts: vec![line(); 5],
        alternatives: vec![line(); 3],
        safe_sentence: text.to_owned(),
        plans: (0..plans).map(plan).collect(),
        outcome: line(),
        tickets: vec![(TicketId::new(1), line())],
        timeline: vec![
            TimelineEntry {
                at,
                record: 1,
                actor: text.to_owned(),
                text: text.to_owned()
            };
            30
        ],
        ask_merchant: String::new(),
        can_doubt: true,
        pattern: Some(PatternId::new(1)),
        can_lift: true,
        can_close: state != CardState::Done,
    }
}

/// What stands outside blocks and names, which show their characters as they are.
fn outside(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let fence = if rest.starts_with("```") { "```" } else { "`" };
        if c == '`' {
            let inner = &rest[fence.len()..];
            let end = inner
                .find(fence)
                .unwrap_or_else(|| panic!("not closed: {text:?}"));
            rest = &inner[end + fence.len()..];
            continue;
        }
        let escaped = c == '\\' && rest[1..].starts_with(|next: char| next.is_ascii_punctuation());
        let taken = if escaped { 2 } else { c.len_utf8() };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// Everything Discord would refuse, and everything that would act.
pub(super) fn assert_inert(draft: &Draft) {
    assert_eq!(draft.too_large(), Vec::<String>::new());
    let mut texts = vec![draft.content.as_str()];
    for embed in &draft.embeds {
        texts.extend([embed.title.as_str(), embed.description.as_str()]);
        texts.extend(
            embed
                .fields
                .iter()
                .flat_map(|(name, value)| [name.as_str(), value.as_str()]),
        );
    }
    for text in texts {
        let live = live(&outside(text));
        assert!(
            !live.contains("](") && !live.contains("@everyone") && !live.contains("<@"),
            "{text:?}"
        );
        assert!(!live.contains("://"), "{text:?}");
        assert_eq!(text.matches("```").count() % 2, 0, "{text:?}");
    }
    assert!(draft.pings.is_empty() && draft.calls.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_in_it_a_card_fits_and_nothing_acts(
        text in texts(),
        repeat in 1_usize..60,
        targets in 0_usize..30,
        plans in 0_usize..12,
        state in 0_usize..6,
    ) {
        let state = [CardState::Open, CardState::Waiting, CardState::Acting, CardState::Verifying, CardState::Attention, CardState::Done][state];
        let found = foreign_card(&text.repeat(repeat), targets, plans, state);
        let draft = card(&found, &Around::default());
        assert_inert(&draft);
        let whole = too_long(&found).map(|plan| plan.id);
        let around = Around { whole_in_thread: whole.into_iter().collect::<BTreeSet<_>>(), ..Around::default() };
        let with_buttons = card(&found, &around);
        assert_inert(&with_buttons);
        let asks = found.plans.iter().any(|plan| plan.can_vote);
        let buttons = with_buttons.rows.iter().any(|row| matches!(row, Row::Buttons(_)));
        prop_assert_eq!(asks, buttons);
        assert_inert(&lists::diagnosis(&found));
        for plan in &found.plans {
            assert_inert(&question::alone(plan, found.subject));
            thread::payload(plan).iter().for_each(assert_inert);
        }
        for (_, entry) in thread::timeline("timeline/INC-7", &found.timeline) {
            assert_inert(&entry);
        }
    }

    #[test]
    fn a_payload_in_the_thread_is_whole(lines in proptest::collection::vec("[a-zA-Z0-9 {}:,\"]{0,200}", 1..40)) {
        let mut found = foreign_card("x", 1, 1, CardState::Waiting);
        let body = lines.join("\n");
        found.plans[0].deliveries[0].parts = vec![("body".to_owned(), body.clone())];
        let posts = thread::payload(&found.plans[0]);
        let told: String = posts
            .iter()
            .map(|draft| match &draft.file {
                Some(file) => String::from_utf8(file.bytes.clone()).unwrap(),
                None => draft.embeds[0].description.trim_start_matches("```\n").trim_end_matches("\n```").to_owned() + "\n",
            })
            .collect();
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert!(squeeze(&told).contains(&squeeze(&body)));
    }
}

#[test]
fn a_preview_that_does_not_fit_holds_the_buttons_back_until_it_can_be_read() {
    let mut found = foreign_card("text", 30, 1, CardState::Waiting);
    for delivery in &mut found.plans[0].deliveries {
        delivery.parts = vec![("body".to_owned(), "a long line of a letter\n".repeat(20))];
    }
    let plan = too_long(&found).unwrap().id;
    let buttons = |draft: &Draft| draft.rows.iter().any(|row| matches!(row, Row::Buttons(_)));
    let before = card(&found, &Around::default());
    assert!(!buttons(&before));
    assert!(
        read(&before).contains("The buttons come once the whole text is in this card's thread.")
    );
    let after = card(
        &found,
        &Around {
            whole_in_thread: BTreeSet::from([plan]),
            earlier: Some("https://discord.com/channels/1/2/3".to_owned()),
            thread: Some(2),
        },
    );
    assert!(buttons(&after));
    assert!(read(&after).starts_with("Goes on from https://discord.com/channels/1/2/3"));
}
