//! Who gets in, and whose forms count.

use super::world::{ORIGIN, World, form, get};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;

const PAGES: [&str; 10] = [
    "/",
    "/incidents",
    "/incidents/INC-1",
    "/cases",
    "/tickets",
    "/tickets/T-1",
    "/deliveries",
    "/received",
    "/audit",
    "/events",
];

#[tokio::test]
async fn looking_at_the_link_does_not_use_it_up_pressing_does() {
    let world = World::new().await;
    let link = world.link("ana");
    for _ in 0..2 {
        let page = world.send(get(&link).body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Sign in as Ana"), "{}", page.body);
        assert!(page.cookie("medic_session").is_none());
    }
    let first = world.press(&link).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let cookie = first.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );

    let second = world.press(&link).await;
    assert_eq!(second.status, StatusCode::UNAUTHORIZED);
    assert!(second.cookie("medic_session").is_none());
    assert!(
        second.body.contains("medic console login"),
        "the page names the way out"
    );
}

#[tokio::test]
async fn links_that_are_old_forged_or_of_nobody_open_nothing() {
    let world = World::new().await;
    let link = world.link("ana");
    let cut = link[..link.len() - 4].to_owned();
    let old = world.link("ben");
    let nobody = world.link("zoe");
    let session = world.browser("ana").await.session;
    for link in [cut, nobody, format!("/login?token={session}")] {
        assert_eq!(
            world.press(&link).await.status,
            StatusCode::UNAUTHORIZED,
            "{link}"
        );
        let page = world.send(get(&link).body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{link}");
    }
    world.clock.advance(SignedDuration::from_mins(10));
    let answer = world.press(&old).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body.contains("expired"), "{}", answer.body);
}

#[tokio::test]
async fn pages_need_a_session_and_say_how_to_get_one() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let forged = ["", "x", "a.b", "eyJ3b3Jrc3BhY2UiOiJzaG9wIn0.AAAA"];
    for page in PAGES {
        for session in forged {
            let request = get(page)
                .header(header::COOKIE, format!("medic_session={session}"))
                .body(Body::empty());
            let answer = world.send(request.unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{page}");
            assert!(answer.body.contains("medic console login"));
            assert!(!answer.body.contains("Webhook times out"));
        }
    }
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_and_by_signing_out() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    assert_eq!(ana.open("/").await.status, StatusCode::OK);
    world.clock.advance(SignedDuration::from_hours(12));
    assert_eq!(ana.open("/").await.status, StatusCode::UNAUTHORIZED);

    let ben = world.browser("ben").await;
    let gone = ben.submit("/", "/logout", &[]).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ben.open("/").await.status,
        StatusCode::UNAUTHORIZED,
        "a copied cookie is dead too"
    );
}

#[tokio::test]
async fn roles_come_from_the_config_at_every_request_not_from_the_cookie() {
    let before = World::new().await;
    let session = before.browser("ana").await.session;
    let after =
        World::with(|state| state.options.people.retain(|person| person.name != "Ana")).await;
    let request = get("/")
        .header(header::COOKIE, format!("medic_session={session}"))
        .body(Body::empty());
    assert_eq!(
        after.send(request.unwrap()).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn forms_count_only_with_the_token_of_their_own_session() {
    let world = World::new().await;
    world.surge("Webhook times out").await;
    let ana = world.browser("ana").await;
    let ben = world.browser("ben").await;
    let bens_token = ben.open("/").await.field("form_token");
    let forms = [
        "/pause",
        "/resume",
        "/logout",
        "/incidents/INC-1/close",
        "/plans/PLAN-1/approve",
        "/plans/PLAN-1/reject",
        "/plans/PLAN-1/deliveries/0",
        "/plans/PLAN-1/withdraw",
        "/plans/PLAN-1/snooze",
        "/plans/PLAN-1/edit",
        "/plans/approve",
        "/delegate",
        "/wrong-cause/INC-1",
        "/patterns/P-1/merge",
        "/patterns/P-1/split",
        "/patterns/P-1/not-the-same",
    ];
    for action in forms {
        for token in ["", "x", &bens_token, &ana.session] {
            let fields = [("form_token", token), ("reason", "r"), ("subject", "INC-1")];
            let answer = world.send(form(action, Some(&ana.session), &fields)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{action} {token}");
        }
        let fields = [("form_token", bens_token.as_str()), ("reason", "r")];
        let answer = world.send(form(action, None, &fields)).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{action} without a session"
        );
    }
    assert!(
        ana.open("/").await.body.contains("Pause every delivery"),
        "nothing was paused"
    );
}

#[tokio::test]
async fn forms_of_foreign_pages_do_not_count_even_with_everything_else_right() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let token = ana.open("/").await.field("form_token");
    let fields = [("form_token", token.as_str()), ("reason", "maintenance")];
    let origins = [
        None,
        Some("null"),
        Some("http://evil.example"),
        Some("http://127.0.0.1:8485"),
        Some("https://127.0.0.1:8484"),
        Some("http://127.0.0.1:8484.evil.example"),
    ];
    for origin in origins {
        let mut request = form("/pause", Some(&ana.session), &fields);
        request.headers_mut().remove(header::ORIGIN);
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert(header::ORIGIN, origin.parse().unwrap());
        }
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?}");
    }
    let link = world.link("ben");
    let token = link.split_once("token=").unwrap().1;
    let mut request = form("/login", None, &[("token", token)]);
    request
        .headers_mut()
        .insert(header::ORIGIN, "http://evil.example".parse().unwrap());
    assert_eq!(world.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        world.press(&link).await.status,
        StatusCode::SEE_OTHER,
        "the link is not used up"
    );
}

#[tokio::test]
async fn the_console_answers_under_its_own_names_only() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    for host in [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost:8484",
        "127.0.0.1:8484@x",
    ] {
        for page in ["/", "/login", "/events", "/nowhere"] {
            let request = Request::get(page)
                .header(header::HOST, host)
                .header(header::COOKIE, format!("medic_session={}", ana.session))
                .body(Body::empty());
            let answer = world.send(request.unwrap()).await;
            assert_eq!(
                answer.status,
                StatusCode::MISDIRECTED_REQUEST,
                "{host} {page}"
            );
        }
    }
    let hostless = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(
        world.send(hostless).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[tokio::test]
async fn behind_https_the_session_never_travels_in_the_clear() {
    let world = World::with(|state| {
        state
            .options
            .origins
            .push("https://medic.example".parse().unwrap());
    })
    .await;
    let link = world.link("ana");
    let token = link.split_once("token=").unwrap().1;
    let mut request = form("/login", None, &[("token", token)]);
    let headers = request.headers_mut();
    headers.insert(header::HOST, "medic.example".parse().unwrap());
    headers.insert(header::ORIGIN, "https://medic.example".parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(answer.header("set-cookie").contains("; Secure"));
    let plain = world.press(&world.link("ana")).await;
    assert!(
        !plain.header("set-cookie").contains("Secure"),
        "loopback has no encryption"
    );
}

#[tokio::test]
async fn a_click_in_a_chat_gets_one_step_on_our_own_page_first() {
    let world = World::new().await;
    let from_chat = |site: &'static str| {
        get("/incidents/INC-1?x=1")
            .header("sec-fetch-site", site)
            .body(Body::empty())
            .unwrap()
    };
    let step = world.send(from_chat("cross-site")).await;
    assert_eq!(step.status, StatusCode::OK);
    assert!(
        step.body.contains("0; url=/incidents/INC-1?x=1"),
        "{}",
        step.body
    );
    let after = world.send(from_chat("same-origin")).await;
    assert_eq!(
        after.status,
        StatusCode::UNAUTHORIZED,
        "no loop for whoever is not signed in"
    );
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_foreign_content_out() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let denied = world.send(get("/").body(Body::empty()).unwrap()).await;
    for answer in [ana.open("/").await, ana.open("/nowhere").await, denied] {
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.body.contains("<style") && !answer.body.contains(" style="));
        assert!(!answer.body.contains(ORIGIN), "pages link relatively");
    }
}
