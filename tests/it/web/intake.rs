//! Who may deliver tickets, how much, and what programs hear.

use super::world::{
    OLD_SECRET, SECRET, TOKEN, World, base64, bearer, get, grant, signed, workspace,
};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use medic::web::{SecretError, SourceAuth, Sources, WebhookSource};

const TICKET: &str = r#"{"ticket_id":"a1","merchant_id":"m-1","issue":"Webhook times out"}"#;

fn is_problem(answer: &super::world::Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["type"], "about:blank");
    assert!(!problem["detail"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_signed_ticket_is_stored_and_answered_with_its_number() {
    let world = World::new().await;
    let answer = world.deliver("msg_1", TICKET).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let receipts = answer.json();
    assert_eq!(receipts["accepted"], 1);
    assert_eq!(receipts["items"][0]["status"], "accepted");
    assert_eq!(receipts["items"][0]["external_id"], "a1");
    let stored = world
        .engine
        .handle()
        .tickets(&workspace(), None, 10)
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(
        stored[0].ticket.id.to_string(),
        receipts["items"][0]["ticket"]
    );
    assert_eq!(stored[0].ticket.source.as_str(), "helpdesk");
}

#[tokio::test]
async fn a_replayed_delivery_is_taken_but_stores_nothing() {
    let world = World::new().await;
    world.deliver("msg_1", TICKET).await;
    let again = world.deliver("msg_1", TICKET).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(again.json()["duplicates"], 1, "{}", again.body);
    assert_eq!(again.json()["accepted"], 0);
    let stored = world
        .engine
        .handle()
        .tickets(&workspace(), None, 10)
        .unwrap();
    assert_eq!(stored.len(), 1);
}

#[tokio::test]
async fn old_and_new_secret_both_hold_while_one_is_replaced() {
    let world = World::new().await;
    let now = jiff::Timestamp::from_second(1_795_402_800).unwrap();
    world.clock.move_to(now);
    for (id, secret) in [("new", SECRET), ("old", OLD_SECRET)] {
        let answer = world.send(signed(secret, id, now, TICKET)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{id}: {}", answer.body);
    }
    let mut both = signed(SECRET, "both", now, TICKET);
    let good = both.headers()["webhook-signature"]
        .to_str()
        .unwrap()
        .to_owned();
    let several = format!("v1a,AAAA v1,AAAA {good}");
    both.headers_mut()
        .insert("webhook-signature", several.parse().unwrap());
    assert_eq!(world.send(both).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_bearer_token_leads_to_its_own_source() {
    let world = World::new().await;
    let answer = world.send(bearer(TOKEN, TICKET)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let stored = world
        .engine
        .handle()
        .tickets(&workspace(), None, 10)
        .unwrap();
    assert_eq!(stored[0].ticket.source.as_str(), "scripts");
}

#[tokio::test]
async fn whoever_proves_nothing_is_refused_and_nothing_is_stored() {
    let world = World::new().await;
    let now = jiff::Timestamp::from_second(1_795_402_800).unwrap();
    world.clock.move_to(now);
    let plain = || Request::post("/v1/tickets").header(header::CONTENT_TYPE, "application/json");
    let with = |name: &'static str, value: &str| {
        let mut request = signed(SECRET, "msg", now, TICKET);
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let without = |name: &str| {
        let mut request = signed(SECRET, "msg", now, TICKET);
        request.headers_mut().remove(name);
        request
    };
    let changed = {
        let (parts, _) = signed(SECRET, "msg", now, TICKET).into_parts();
        Request::from_parts(parts, Body::from(TICKET.replace("m-1", "m-2")))
    };
    let foreign = format!("whsec_{}", base64(&[9; 32]));
    let requests = [
        ("unsigned", plain().body(Body::from(TICKET)).unwrap()),
        ("another secret", signed(&foreign, "msg", now, TICKET)),
        ("a changed body", changed),
        ("another id", with("webhook-id", "other")),
        ("another time", with("webhook-timestamp", "1795402801")),
        ("no time", without("webhook-timestamp")),
        ("no id", without("webhook-id")),
        ("a time in words", with("webhook-timestamp", "now")),
        (
            "an absurd time",
            with("webhook-timestamp", "-9223372036854775808"),
        ),
        ("an empty signature", with("webhook-signature", "")),
        ("a signature of nothing", with("webhook-signature", "v1,")),
        (
            "a wrong token",
            bearer("a-bearer-token-of-decent-lengtH", TICKET),
        ),
        ("an empty token", bearer("", TICKET)),
        ("a signing secret as token", bearer(SECRET, TICKET)),
        (
            "another scheme",
            plain()
                .header(header::AUTHORIZATION, format!("Basic {TOKEN}"))
                .body(Body::from(TICKET))
                .unwrap(),
        ),
    ];
    for (what, request) in requests {
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        is_problem(&answer, StatusCode::UNAUTHORIZED, "unauthenticated");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let stored = world
        .engine
        .handle()
        .tickets(&workspace(), None, 10)
        .unwrap();
    assert!(stored.is_empty());
}

#[tokio::test]
async fn a_signature_holds_for_five_minutes_either_way() {
    let world = World::new().await;
    let now = jiff::Timestamp::from_second(1_795_402_800).unwrap();
    world.clock.move_to(now);
    for (seconds, expected) in [
        (-300, StatusCode::ACCEPTED),
        (300, StatusCode::ACCEPTED),
        (-301, StatusCode::UNAUTHORIZED),
        (301, StatusCode::UNAUTHORIZED),
    ] {
        let at = now + SignedDuration::from_secs(seconds);
        let id = format!("msg{seconds}");
        let answer = world.send(signed(SECRET, &id, at, TICKET)).await;
        assert_eq!(answer.status, expected, "{seconds} s: {}", answer.body);
    }
}

#[tokio::test]
async fn too_long_a_body_is_refused_announced_or_not() {
    let world = World::with(|state| state.options.max_body_bytes = 2_000).await;
    let long = format!(r#"{{"issue":"{}"}}"#, "x".repeat(3_000));
    let answer = world.deliver("long", &long).await;
    is_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE, "too_large");
    assert!(answer.json()["detail"].as_str().unwrap().contains("2000"));

    let (mut parts, _) = signed(SECRET, "chunked", world.now(), &long).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let chunks: Vec<Result<String, std::io::Error>> = long
        .as_bytes()
        .chunks(500)
        .map(|c| Ok(String::from_utf8(c.to_vec()).unwrap()))
        .collect();
    let body = Body::from_stream(tokio_stream::iter(chunks));
    let answer = world.send(Request::from_parts(parts, body)).await;
    is_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE, "too_large");

    let (mut parts, body) = signed(SECRET, "lies", world.now(), TICKET).into_parts();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, "999999999".parse().unwrap());
    let answer = world.send(Request::from_parts(parts, body)).await;
    is_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE, "too_large");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_clear_error() {
    let world = World::new().await;
    let (parts, _) = signed(SECRET, "broken", world.now(), TICKET).into_parts();
    let chunks = [
        Ok("{\"issue\":".to_owned()),
        Err(std::io::Error::other("connection reset")),
    ];
    let body = Body::from_stream(tokio_stream::iter(chunks));
    let answer = world.send(Request::from_parts(parts, body)).await;
    is_problem(&answer, StatusCode::BAD_REQUEST, "incomplete");
}

#[tokio::test]
async fn content_types_are_read_kindly_but_not_guessed() {
    let world = World::new().await;
    for (index, (content_type, expected)) in [
        (Some("application/json"), StatusCode::ACCEPTED),
        (
            Some("Application/JSON; charset=utf-8"),
            StatusCode::ACCEPTED,
        ),
        (Some("application/vnd.shop+json"), StatusCode::ACCEPTED),
        (Some("application/x-ndjson"), StatusCode::ACCEPTED),
        (None, StatusCode::ACCEPTED),
        (Some("text/html"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (
            Some("application/x-www-form-urlencoded"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            Some("multipart/form-data; boundary=x"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut request = signed(SECRET, &format!("ct{index}"), world.now(), TICKET);
        request.headers_mut().remove(header::CONTENT_TYPE);
        if let Some(value) = content_type {
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, value.parse().unwrap());
        }
        let answer = world.send(request).await;
        assert_eq!(answer.status, expected, "{content_type:?}: {}", answer.body);
    }
    let mut packed = signed(SECRET, "gz", world.now(), TICKET);
    packed
        .headers_mut()
        .insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
    let answer = world.send(packed).await;
    is_problem(
        &answer,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
    );
}

#[tokio::test]
async fn a_bad_ticket_never_costs_the_good_ones() {
    let world = World::new().await;
    let mixed = r#"[{"merchant_id":"m-1"},{"ticket_id":"a2","issue":"Checkout fails"}]"#;
    let answer = world.deliver("mixed", mixed).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let receipts = answer.json();
    assert_eq!(
        (&receipts["accepted"], &receipts["refused"]),
        (&1.into(), &1.into())
    );
    assert_eq!(receipts["items"][0]["status"], "refused");
    assert_eq!(receipts["items"][0]["index"], 0);
    assert_eq!(receipts["items"][1]["status"], "accepted");
}

#[tokio::test]
async fn where_no_ticket_can_be_taken_the_reasons_are_named() {
    let world = World::new().await;
    let answer = world.deliver("one", r#"{"merchant_id":"m-1"}"#).await;
    is_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "unprocessable");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    assert_eq!(answer.json()["errors"][0]["index"], 0);

    let answer = world.deliver("malformed", "{\"issue\":").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn when_the_store_does_not_write_the_sender_is_told_when_to_come_back() {
    let world = World::new().await;
    world.store.fail_commits(world.store.commits(), 1_000);
    let answer = world.deliver("full", TICKET).await;
    is_problem(&answer, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);

    let ready = world
        .send(get("/readyz").body(Body::empty()).unwrap())
        .await;
    is_problem(&ready, StatusCode::SERVICE_UNAVAILABLE, "not_ready");
    let alive = world
        .send(get("/healthz").body(Body::empty()).unwrap())
        .await;
    assert_eq!(alive.status, StatusCode::OK);
}

#[tokio::test]
async fn beyond_its_room_for_requests_medic_asks_senders_to_come_back() {
    let world = World::with(|state| state.options.max_requests = 0).await;
    let answer = world.deliver("busy", TICKET).await;
    is_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "busy");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn unknown_resources_and_methods_are_problems_too() {
    let world = World::new().await;
    let answer = world
        .send(get("/v1/ticket").body(Body::empty()).unwrap())
        .await;
    is_problem(&answer, StatusCode::NOT_FOUND, "not_found");
    let answer = world
        .send(get("/v1/tickets").body(Body::empty()).unwrap())
        .await;
    is_problem(
        &answer,
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
    );
}

#[tokio::test]
async fn health_is_told_under_any_name() {
    let world = World::new().await;
    for path in ["/healthz", "/readyz"] {
        let request = Request::get(path)
            .header(header::HOST, "10.0.0.7")
            .body(Body::empty());
        let answer = world.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
}

#[test]
fn secrets_that_protect_nothing_are_refused_with_the_way_out() {
    let of = |auth| {
        Sources::new(vec![WebhookSource {
            grant: grant("helpdesk"),
            auth,
        }])
        .unwrap_err()
    };
    let signing = |secret: &str| of(SourceAuth::StandardWebhooks(vec![secret.into()]));
    assert!(matches!(
        of(SourceAuth::Bearer(vec![])),
        SecretError::None { .. }
    ));
    assert!(matches!(signing(""), SecretError::Short { has: 0, .. }));
    assert!(matches!(
        signing("whsec_"),
        SecretError::Short { has: 0, .. }
    ));
    let short = base64(&[1; 23]);
    assert!(matches!(
        signing(&short),
        SecretError::Short { has: 23, .. }
    ));
    assert!(matches!(
        signing("not base64!"),
        SecretError::NotBase64 { .. }
    ));
    let bearer = of(SourceAuth::Bearer(vec!["short".into()]));
    assert!(bearer.to_string().contains("helpdesk") && bearer.to_string().contains("openssl"));

    let twice = ["helpdesk", "scripts"].map(|name| WebhookSource {
        grant: grant(name),
        auth: SourceAuth::Bearer(vec![TOKEN.into()]),
    });
    let error = Sources::new(twice.into()).unwrap_err();
    assert!(matches!(error, SecretError::Shared { .. }));
    assert!(!format!("{error:?} {error}").contains(TOKEN));
}
