//! Deliveries over real sockets, to a server that behaves and to one that does not.

use super::{NOW, SECRET, World, action, clock, connector};
use crate::decide_support::{draft, facts, governance};
use crate::support::receiver::{Behave, Rogue};
use medic::act::deliver::{self, RetryOptions, idempotency_key, recover, settle};
use medic::act::{CheckOutcome, Connector, DeliveryOutcome};
use medic::decide::{authorise, seal};
use medic::demo::receiver::Receiver;
use medic::domain::{
    Action, Decision, Delivery, DeliveryState, MerchantId, PlanId, PlanState, Risk, Target,
    WorkspaceId,
};

pub fn delivery(connector: &dyn Connector, action: &Action) -> Delivery {
    let world = World::of("m-1");
    let payload = connector.render(action, &world.context()).unwrap().payload;
    let workspace = WorkspaceId::new("demo");
    Delivery {
        plan: PlanId::new(17),
        index: 0,
        step: 0,
        target: Target::Merchant(MerchantId::new("m-1")),
        idempotency_key: idempotency_key(
            &workspace,
            PlanId::new(17),
            jiff::Timestamp::UNIX_EPOCH,
            0,
            payload.digest(),
        ),
        payload,
        attempts: 1,
        maybe_done: false,
        state: DeliveryState::Started {
            at: NOW.parse().unwrap(),
        },
    }
}

/// One attempt of a plan that holds this delivery alone, authorised by the policy.
pub async fn attempt(
    connector: &dyn Connector,
    action: &Action,
    delivery: &Delivery,
) -> DeliveryOutcome {
    let governance = governance();
    let deliveries = std::slice::from_ref(delivery);
    let plan = draft(&governance, Decision::Auto, Risk::Low);
    let mut plan = seal(plan, deliveries, &governance.approval, NOW.parse().unwrap());
    plan.state = PlanState::Running {
        at: NOW.parse().unwrap(),
    };
    let authorised = authorise(&governance, &plan, deliveries, &facts()).unwrap();
    deliver::attempt(connector, action, &authorised, delivery.index).await
}

/// The outcome of one attempt against one behaviour, without a check.
async fn outcome(behave: Behave, idempotent: &str) -> DeliveryOutcome {
    let server = Rogue::start([behave]).await;
    let connector = connector(server.url());
    let changes = [
        ("idempotent", idempotent),
        ("check_path", ""),
        ("check_expect", ""),
    ];
    let action = action(&changes);
    attempt(&connector, &action, &delivery(&connector, &action)).await
}

fn answer(status: u16, headers: &[(&'static str, &str)]) -> Behave {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Behave::Answer(status, headers.collect(), "{}".into())
}

#[tokio::test]
async fn the_receiver_takes_a_signed_delivery_once_however_often_it_is_sent() {
    let secret = SECRET.to_owned().into();
    let receiver = Receiver::start(&secret, clock()).await.unwrap();
    let connector = connector(receiver.base_url("helpdesk"));
    let action = action(&[]);
    let delivery = delivery(&connector, &action);
    let check = async || {
        connector
            .check(&action, &delivery.payload, &delivery.idempotency_key)
            .await
    };
    assert_eq!(
        check().await,
        CheckOutcome::Denied("the check answered 404 (not found)".into())
    );
    for _ in 0..3 {
        let outcome = attempt(&connector, &action, &delivery).await;
        let reference = "helpdesk-1".to_owned();
        assert_eq!(outcome, DeliveryOutcome::Delivered { reference });
    }
    assert!(matches!(check().await, CheckOutcome::Confirmed { .. }));
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    let one = &received[0];
    assert_eq!((one.to.as_str(), one.times), ("m-1", 3));
    assert_eq!(one.summary, "Webhooks time out");
    assert_eq!(one.path, "/helpdesk/merchants/m-1/messages");
    assert_eq!(one.body["tickets"], 12);
    assert_eq!(one.key, delivery.idempotency_key);
}

#[tokio::test]
async fn the_receiver_refuses_what_is_not_signed_and_a_key_used_for_something_else() {
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned().into();
    let strict = Receiver::start(&other, clock()).await.unwrap();
    let connector_to_strict = connector(strict.base_url("helpdesk"));
    let plain = action(&[]);
    let first = delivery(&connector_to_strict, &plain);
    let outcome = attempt(&connector_to_strict, &plain, &first).await;
    assert!(
        matches!(&outcome, DeliveryOutcome::Failed { why } if why.contains("401")),
        "{outcome:?}"
    );
    assert!(strict.received().is_empty());

    let late: medic::act::connectors::Clock =
        std::sync::Arc::new(|| "2026-11-01T10:06:00Z".parse().unwrap());
    let stale = Receiver::start(&SECRET.to_owned().into(), late)
        .await
        .unwrap();
    let connector_to_stale = connector(stale.base_url("helpdesk"));
    let first = delivery(&connector_to_stale, &plain);
    let outcome = attempt(&connector_to_stale, &plain, &first).await;
    assert!(
        matches!(outcome, DeliveryOutcome::Failed { .. }),
        "{outcome:?}"
    );
    assert!(stale.received().is_empty());

    let receiver = Receiver::start(&SECRET.to_owned().into(), clock())
        .await
        .unwrap();
    let connector = connector(receiver.base_url("helpdesk"));
    let first = delivery(&connector, &plain);
    attempt(&connector, &plain, &first).await;
    let changed = action(&[("body", r#"{"text": "something else"}"#)]);
    let mut second = delivery(&connector, &changed);
    second.idempotency_key = first.idempotency_key;
    let outcome = attempt(&connector, &changed, &second).await;
    assert!(
        matches!(&outcome, DeliveryOutcome::Failed { why } if why.contains("422")),
        "{outcome:?}"
    );
    assert_eq!(receiver.received()[0].body["tickets"], 12);
}

#[tokio::test]
async fn each_answer_means_what_the_other_side_did() {
    let date = [("retry-after", "Sun, 01 Nov 2026 10:01:30 GMT")];
    let mut lines = Vec::new();
    for (name, behave) in [
        ("200", answer(200, &[])),
        ("201 with a place", answer(201, &[("location", "/m/9")])),
        ("301", answer(301, &[("location", "http://evil.example/")])),
        ("303", answer(303, &[])),
        ("400", answer(400, &[])),
        ("401", answer(401, &[])),
        ("409", answer(409, &[])),
        ("422", answer(422, &[])),
        ("429 with seconds", answer(429, &[("retry-after", "120")])),
        ("429 with a date", answer(429, &date)),
        ("429 with nonsense", answer(429, &[("retry-after", "soon")])),
        ("500", answer(500, &[])),
        ("503", answer(503, &[])),
        ("503 with seconds", answer(503, &[("retry-after", "5")])),
        ("silence", Behave::Silence),
        ("slow headers", Behave::SlowHeaders),
        ("break", Behave::Break),
        ("break in the body", Behave::BreakMidAnswer),
        ("endless body", Behave::Endless),
    ] {
        let honoured = outcome(behave.clone(), "true").await;
        let plain = outcome(behave, "false").await;
        let mut line = format!("{name}: {honoured:?}");
        if plain != honoured {
            line += &format!("\n    key not honoured: {plain:?}");
        }
        lines.push(line);
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    200: Delivered { reference: "" }
    201 with a place: Delivered { reference: "/m/9" }
    301: Failed { why: "it answered 301 and points elsewhere; redirects are not followed, set the endpoint's base_url to the new place" }
    303: Unknown { why: "it answered 303; the action has no check_path" }
    400: Failed { why: "it answered 400 (bad request)" }
    401: Failed { why: "it answered 401 (not signed in: look at the endpoint's token or signing secret)" }
    409: Retry { why: "it answered 409 (conflict): the same request is still under way there", after: None }
        key not honoured: Failed { why: "it answered 409 (conflict)" }
    422: Failed { why: "it answered 422 (not accepted)" }
    429 with seconds: Retry { why: "it answered 429 (too many requests)", after: Some(120s) }
    429 with a date: Retry { why: "it answered 429 (too many requests)", after: Some(90s) }
    429 with nonsense: Retry { why: "it answered 429 (too many requests)", after: None }
    500: Unknown { why: "it answered 500 (error); the action has no check_path" }
    503: Unknown { why: "it answered 503 (not available); the action has no check_path" }
    503 with seconds: Retry { why: "it answered 503 (not available)", after: Some(5s) }
    silence: Unknown { why: "no answer in time; the action has no check_path" }
    slow headers: Unknown { why: "no answer in time; the action has no check_path" }
    break: Unknown { why: "the connection broke before an answer: connection closed before message completed; the action has no check_path" }
    break in the body: Delivered { reference: "" }
    endless body: Delivered { reference: "" }
    "#);
}

#[tokio::test]
async fn with_an_unreachable_server_nothing_was_sent_and_it_is_tried_again() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connector = connector(format!("http://{}", closed.local_addr().unwrap()));
    drop(closed);
    let action = action(&[
        ("idempotent", "false"),
        ("check_path", ""),
        ("check_expect", ""),
    ]);
    let outcome = attempt(&connector, &action, &delivery(&connector, &action)).await;
    assert!(
        matches!(outcome, DeliveryOutcome::Retry { .. }),
        "{outcome:?}"
    );
}

/// Runs a delivery to its end under a simulated clock: every retry at its time.
pub async fn run(connector: &dyn Connector, action: &Action) -> Delivery {
    let mut delivery = delivery(connector, action);
    let mut now = NOW.parse().unwrap();
    loop {
        let outcome = attempt(connector, action, &delivery).await;
        let safe = connector.repeats_are_safe(action);
        settle(&mut delivery, outcome, safe, &RetryOptions::default(), now);
        match delivery.state {
            DeliveryState::Retry { at, .. } => {
                assert!(at > now, "a retry is later than the attempt");
                now = at;
                delivery.attempts += 1;
            }
            _ => return delivery,
        }
    }
}

#[tokio::test]
async fn two_errors_then_success_is_one_key_and_one_delivery() {
    let script = [
        answer(500, &[]),
        answer(404, &[]),
        answer(500, &[]),
        answer(404, &[]),
    ];
    let server = Rogue::start(script).await;
    let connector = connector(server.url());
    let end = run(&connector, &action(&[])).await;
    assert!(
        matches!(end.state, DeliveryState::Delivered { .. }),
        "{end:?}"
    );
    let seen = server.seen();
    let posts: Vec<_> = seen
        .iter()
        .filter(|one| one.line.starts_with("POST"))
        .collect();
    assert_eq!((posts.len(), end.attempts), (3, 3));
    for post in posts {
        assert_eq!(
            post.header("idempotency-key"),
            Some(end.idempotency_key.as_str())
        );
    }
}

#[tokio::test]
async fn a_timeout_after_the_work_is_settled_by_the_check_and_nothing_is_sent_again() {
    for idempotent in ["true", "false"] {
        let done = Behave::Answer(200, Vec::new(), r#"{"status":"delivered"}"#.into());
        let server = Rogue::start([Behave::Silence, done]).await;
        let connector = connector(server.url());
        let end = run(&connector, &action(&[("idempotent", idempotent)])).await;
        assert!(
            matches!(end.state, DeliveryState::Delivered { .. }),
            "{end:?}"
        );
        let lines: Vec<_> = server.seen().iter().map(|one| one.line.clone()).collect();
        let check = format!("GET /deliveries/{} HTTP/1.1", end.idempotency_key);
        assert_eq!(lines, ["POST /merchants/m-1/messages HTTP/1.1", &check]);
    }
}

#[tokio::test]
async fn a_timeout_nobody_can_explain_asks_a_person_and_is_not_repeated() {
    let server = Rogue::start([Behave::Silence, answer(500, &[])]).await;
    let connector = connector(server.url());
    let end = run(&connector, &action(&[("idempotent", "false")])).await;
    let DeliveryState::Unknown { why, .. } = &end.state else {
        panic!("{end:?}");
    };
    assert_eq!(why, "no answer in time; the check answered 500 (error)");
    let posts = server
        .seen()
        .iter()
        .filter(|one| one.line.starts_with("POST"))
        .count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn after_a_crash_the_check_is_asked_and_nothing_is_sent() {
    let done = Behave::Answer(200, Vec::new(), r#"{"status":"delivered"}"#.into());
    let server = Rogue::start([done, answer(404, &[])]).await;
    let connector = connector(server.url());
    let action = action(&[]);
    let delivery = delivery(&connector, &action);
    let found = recover(&connector, &action, &delivery).await;
    assert!(
        matches!(found, DeliveryOutcome::Delivered { .. }),
        "{found:?}"
    );
    let not_found = recover(&connector, &action, &delivery).await;
    assert!(
        matches!(not_found, DeliveryOutcome::Unknown { .. }),
        "{not_found:?}"
    );
    assert!(server.seen().iter().all(|one| one.line.starts_with("GET")));
}

#[tokio::test]
async fn what_was_authorised_is_sent_even_if_the_action_says_something_else_now() {
    let server = Rogue::start([]).await;
    let connector = connector(server.url());
    let delivery = delivery(&connector, &action(&[]));
    let edited = action(&[("path", "/everybody"), ("body", r#"{"text": "new"}"#)]);
    attempt(&connector, &edited, &delivery).await;
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /merchants/m-1/messages HTTP/1.1");
    assert_eq!(Some(seen.body.as_str()), delivery.payload.part("body"));

    // Nor can it be carried to another place by moving the endpoint.
    let moved = Rogue::start([]).await;
    let connector = super::connector(moved.url());
    let outcome = attempt(&connector, &edited, &delivery).await;
    assert!(
        matches!(outcome, DeliveryOutcome::Failed { .. }),
        "{outcome:?}"
    );
    assert!(moved.seen().is_empty());
}

#[tokio::test]
async fn a_check_says_no_only_when_the_other_side_does() {
    let body = |text: &str| Behave::Answer(200, Vec::new(), text.into());
    let mut lines = Vec::new();
    for (name, behave) in [
        ("as expected", body(r#"{"status":"delivered"}"#)),
        ("another value", body(r#"{"status":"bounced"}"#)),
        ("no such field", body("{}")),
        ("not JSON", body("<html>")),
        ("204", answer(204, &[])),
        ("404", answer(404, &[])),
        ("403", answer(403, &[])),
        ("500", answer(500, &[])),
        ("silence", Behave::Silence),
        ("endless", Behave::Endless),
    ] {
        let server = Rogue::start([behave]).await;
        let connector = connector(server.url());
        let action = action(&[]);
        let delivery = delivery(&connector, &action);
        let said = connector
            .check(&action, &delivery.payload, &delivery.idempotency_key)
            .await;
        lines.push(format!("{name}: {said:?}"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    as expected: Confirmed { said: "the check answered 200 as expected", reference: "" }
    another value: Denied("the check answered 200, but /status is not \"delivered\"")
    no such field: Denied("the check answered 200, but it has no /status")
    not JSON: CannotTell("the check's answer cannot be read: it is not JSON")
    204: Denied("the check answered 204")
    404: Denied("the check answered 404 (not found)")
    403: CannotTell("the check answered 403 (forbidden: look at the rights of its token)")
    500: CannotTell("the check answered 500 (error)")
    silence: CannotTell("the check failed: no answer in time")
    endless: CannotTell("the check's answer cannot be read: the answer is longer than 1048576 bytes")
    "#);
}
