//! What a signed-in person sees and does.

use super::world::{World, get};
use axum::body::Body;
use axum::http::StatusCode;
use medic::domain::{DeliveryState, IncidentId, SubjectId};
use medic::web::{ReceivedRequest, ReceivedView};
use std::sync::Arc;

const HOSTILE: &str = "</bdi></a><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}";

#[tokio::test]
async fn ana_reads_what_would_be_sent_and_approves_it() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let ana = world.browser("ana").await;

    let front = ana.open("/").await.body;
    assert!(
        front.contains("Waits for a person") && front.contains("/incidents/INC-1#PLAN-1"),
        "{front}"
    );
    let card = ana.open("/incidents/INC-1").await;
    let preview = card
        .body
        .find("hits 3 merchants")
        .expect("the exact preview");
    let approve = card.body.find("/plans/PLAN-1/approve").expect("the button");
    assert!(preview < approve, "nobody approves before reading");

    let digest = card.field("digest");
    let fields = [("subject", "INC-1"), ("digest", digest.as_str())];
    let after = ana
        .submit("/incidents/INC-1", "/plans/PLAN-1/approve", &fields)
        .await;
    assert_eq!(after.status, StatusCode::OK);
    assert!(after.body.contains("Done. "), "{}", after.body);
    world.engine.quiet().await;

    let sent = world
        .engine
        .handle()
        .deliveries(&super::world::workspace(), None, 10)
        .unwrap();
    assert!(
        matches!(sent[0].2.state, DeliveryState::Delivered { .. }),
        "{sent:?}"
    );
    let page = ana.open("/deliveries").await.body;
    assert!(
        page.contains("engineering") && page.contains("ENG-512"),
        "{page}"
    );
    assert!(ana.open("/audit?about=PLAN-1").await.body.contains("Ana"));
    assert!(ana.open("/").await.body.contains("Nothing waits for you."));
}

#[tokio::test]
async fn a_flood_of_decisions_is_counted_and_the_first_are_shown() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let others: Vec<_> = (0..130)
        .map(|n| serde_json::json!({"ticket_id": format!("c{n}"), "issue": format!("Other {n}")}))
        .collect();
    let body = serde_json::to_string(&others).unwrap();
    let answer = world.deliver("others", &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    world.engine.quiet().await;
    let front = world.browser("ana").await.open("/").await.body;
    assert!(front.contains("Waits for a person (131)"), "{front}");
    let rows = front.matches("row wants").count();
    assert_eq!(rows, 100, "a page that grows with the flood");
    assert!(front.contains("123 more") && front.contains("31 newer ones"));
    let incident = front.find("/incidents/INC-1#PLAN-").unwrap();
    assert!(incident < front.find("/cases/CASE-").unwrap());
}

#[tokio::test]
async fn steps_stand_on_the_page_before_the_buttons() {
    let world = World::in_two_steps().await;
    world.surge("Webhook times out").await;
    let ana = world.browser("ana").await;
    let page = ana.open("/incidents/INC-1").await.body;
    let from = page.find("<ul class=\"bullets steps\">").unwrap();
    let to = from + page[from..].find("</ul>").unwrap();
    assert!(to < page.find("/plans/PLAN-1/approve").unwrap());
    insta::assert_snapshot!(page[from..to].replace("<li>", "\n"), @r#"
    <ul class="bullets steps">
    1. open_issue for <bdi>engineering</bdi></li>
    2. call_engineer for <bdi>engineering</bdi>, once 1 has arrived</li>
    If a delivery fails, nothing more is sent, and nothing of it can be taken back. If an outcome is not known, everything waits for a person's word.</li>
    "#);
    let note = page.find("button-note").unwrap();
    let note = page[note..].split(['<', '>']).nth(1);
    assert_eq!(note, Some("send to 1 of 2 targets first"));
}

#[tokio::test]
async fn a_vote_without_the_role_or_with_a_stale_card_changes_nothing_and_says_why() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let digest = world
        .browser("ana")
        .await
        .open("/incidents/INC-1")
        .await
        .field("digest");
    for (person, digest) in [
        ("ben", digest.as_str()),
        ("ana", "0000000000000000"),
        ("ana", ""),
    ] {
        let browser = world.browser(person).await;
        let fields = [("subject", "INC-1"), ("digest", digest)];
        let answer = browser
            .submit("/incidents/INC-1", "/plans/PLAN-1/approve", &fields)
            .await;
        assert!(
            answer.body.contains("Not done. "),
            "{person} {digest}: {}",
            answer.body
        );
    }
    world.engine.quiet().await;
    let sent = world
        .engine
        .handle()
        .deliveries(&super::world::workspace(), None, 10)
        .unwrap();
    assert!(sent.is_empty(), "{sent:?}");
}

#[tokio::test]
async fn a_rejection_takes_a_reason() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let ana = world.browser("ana").await;
    let digest = ana.open("/incidents/INC-1").await.field("digest");
    let reject = async |reason: &str| {
        let fields = [
            ("subject", "INC-1"),
            ("digest", digest.as_str()),
            ("reason", reason),
        ];
        ana.submit("/incidents/INC-1", "/plans/PLAN-1/reject", &fields)
            .await
            .body
    };
    assert!(reject("  ").await.contains("It takes a reason"));
    assert!(
        reject(&"x".repeat(1_001))
            .await
            .contains("longer than 1000")
    );
    let page = reject("they know already").await;
    assert!(page.contains("Done. "), "{page}");
    assert!(page.contains("they know already"), "the card says why");
}

#[tokio::test]
async fn the_kill_switch_stops_everything_and_every_page_says_so() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let ana = world.browser("ana").await;
    let page = ana
        .submit("/", "/pause", &[("reason", "wrong texts go out")])
        .await
        .body;
    assert!(
        page.contains("Medic is paused") && page.contains("wrong texts go out"),
        "{page}"
    );
    assert!(ana.open("/audit").await.body.contains("Medic is paused"));
    let page = ana.submit("/", "/resume", &[]).await.body;
    assert!(!page.contains("nothing is delivered.</strong>"), "{page}");
}

#[tokio::test]
async fn ana_closes_an_incident_by_hand() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let ana = world.browser("ana").await;
    let fields = [("reason", "the platform rolled back")];
    let page = ana
        .submit("/incidents/INC-1", "/incidents/INC-1/close", &fields)
        .await
        .body;
    assert!(page.contains("Done. "), "{page}");
    let card = world
        .engine
        .handle()
        .card(
            &super::world::workspace(),
            SubjectId::Incident(IncidentId::new(1)),
        )
        .unwrap()
        .unwrap();
    assert!(!card.can_close);
}

#[tokio::test]
async fn hostile_words_are_shown_and_do_nothing() {
    let world = World::new().await;
    world.surge(HOSTILE).await;
    let ana = world.browser("ana").await;
    let mut seen = 0;
    for page in [
        "/",
        "/incidents",
        "/incidents/INC-1",
        "/cases",
        "/tickets",
        "/tickets/T-1",
        "/audit",
    ] {
        let body = ana.open(page).await.body;
        assert!(!body.contains("<script>alert"), "{page}: {body}");
        assert!(!body.contains("<img src=x"), "{page}");
        assert!(!body.contains('\u{202e}'), "{page} turns our words around");
        assert!(!body.contains("</bdi></a><"), "{page}");
        seen += usize::from(body.contains("&lt;script&gt;alert(1)") && body.contains("U+202E"));
    }
    assert!(
        seen >= 4,
        "the words are shown, made inert; seen on {seen} pages"
    );
}

#[tokio::test]
async fn words_in_addresses_are_inert_too() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let script = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/audit?about={script}&kind={script}"),
        format!("/incidents/{script}"),
        format!("/tickets/{script}"),
        format!("/cases?before={script}"),
        format!("/login?token={script}"),
        format!("/deliveries?plan={script}&index=0"),
        format!("/{script}"),
    ] {
        let answer = ana.open(&path).await;
        assert!(
            !answer.body.contains("<script>alert"),
            "{path}: {}",
            answer.body
        );
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_with_a_way_back() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    for path in [
        "/incidents/INC-9",
        "/incidents/x",
        "/cases/CASE-9",
        "/cases/INC-1",
        "/tickets/T-99999999999999999999",
        "/received",
        "/nowhere",
        "/assets/old.css",
    ] {
        let answer = ana.open(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("To the front page"), "{path}");
    }
    for path in [
        "/tickets?before=x",
        "/audit?before=x",
        "/deliveries?plan=x&index=1",
        "/incidents?before=%00",
    ] {
        let answer = ana.open(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_form_that_is_too_long_or_names_nonsense_is_a_clear_error() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let long = "x".repeat(20_000);
    let answer = ana.submit("/", "/pause", &[("reason", &long)]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("Nothing was changed"));
    for action in [
        "/plans/x/approve",
        "/plans/PLAN-1/deliveries/-1",
        "/incidents/%20/close",
    ] {
        let answer = ana
            .submit("/", action, &[("subject", "INC-1"), ("reason", "r")])
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{action}");
    }
    let answer = ana
        .submit(
            "/",
            "/plans/PLAN-1/approve",
            &[("subject", "//evil.example")],
        )
        .await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "no way out to another site"
    );
}

struct Arrived;

impl ReceivedView for Arrived {
    fn received(&self, _: usize) -> Vec<ReceivedRequest> {
        vec![ReceivedRequest {
            at: "2026-11-23T03:00:00Z".parse().unwrap(),
            what: "POST /helpdesk/messages".to_owned(),
            idempotency_key: "medic-1".to_owned(),
            signature_ok: true,
            times: 1,
            body: "{\"text\":\"<b>Hello</b>\"}".to_owned(),
        }]
    }
}

#[tokio::test]
async fn the_demo_shows_what_arrived_at_its_receiver() {
    let world = World::with(|state| state.received = Some(Arc::new(Arrived))).await;
    let ana = world.browser("ana").await;
    assert!(ana.open("/").await.body.contains("href=\"/received\""));
    let page = ana.open("/received").await.body;
    assert!(
        page.contains("POST /helpdesk/messages") && page.contains("&lt;b&gt;Hello"),
        "{page}"
    );
}

struct Broken;

impl ReceivedView for Broken {
    fn received(&self, _: usize) -> Vec<ReceivedRequest> {
        panic!("words of a merchant");
    }
}

#[tokio::test]
async fn a_defect_in_one_page_is_a_page_and_the_server_goes_on() {
    let world = World::with(|state| state.received = Some(Arc::new(Broken))).await;
    let ana = world.browser("ana").await;
    let answer = ana.open("/received").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.body.contains("That went wrong") && !answer.body.contains("words of a merchant")
    );
    assert_eq!(ana.open("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn style_script_and_icon_are_there_under_the_addresses_of_the_page() {
    let world = World::new().await;
    let page = world.browser("ana").await.open("/").await.body;
    for ending in [".css", ".js", ".svg"] {
        let end = page.find(&format!("{ending}\"")).unwrap() + ending.len();
        let start = page[..end].rfind("/assets/").unwrap();
        let request = get(&page[start..end]).body(Body::empty()).unwrap();
        let asset = world.send(request).await;
        assert_eq!(asset.status, StatusCode::OK);
        assert!(asset.header("cache-control").contains("immutable"));
    }
}
