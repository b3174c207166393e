//! Pages that refresh themselves.

use super::world::{World, get};
use axum::body::{Body, BodyDataStream};
use axum::http::{StatusCode, header};
use jiff::SignedDuration;
use std::time::Duration;
use tokio_stream::StreamExt;
use tower::ServiceExt;

async fn listen(world: &World, session: &str) -> axum::response::Response {
    let request = get("/events")
        .header(header::COOKIE, format!("medic_session={session}"))
        .body(Body::empty());
    world
        .router
        .clone()
        .oneshot(request.unwrap())
        .await
        .unwrap()
}

/// Reads until an event has come, past the lines that only keep the connection. A stream that
/// neither tells nor ends is a failure rather than a test that hangs.
async fn next_event(stream: &mut BodyDataStream) -> Option<String> {
    let event = async {
        while let Some(chunk) = stream.next().await {
            let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
            if text.contains("event: change") {
                return Some(text);
            }
        }
        None
    };
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, event)
        .await
        .expect("the stream neither tells nor ends")
}

#[tokio::test]
async fn a_page_hears_that_something_changed() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let response = listen(&world, &ana.session).await;
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    let mut stream = response.into_body().into_data_stream();
    world
        .deliver("one", r#"{"issue":"Webhook times out"}"#)
        .await;
    let event = next_event(&mut stream).await.unwrap();
    assert!(event.contains("tickets"), "{event}");
    ana.submit("/", "/pause", &[("reason", "drill")]).await;
    let mut later = String::new();
    while !later.contains("pause") {
        later = next_event(&mut stream).await.unwrap();
    }
}

#[tokio::test]
async fn live_pages_are_few_and_the_rest_reload() {
    let world = World::with(|state| state.options.max_streams = 1).await;
    let ana = world.browser("ana").await;
    let first = listen(&world, &ana.session).await;
    assert_eq!(first.status(), StatusCode::OK);
    let second = listen(&world, &ana.session).await;
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ana.open("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn live_pages_end_when_the_server_stops_and_with_the_session() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let mut stream = listen(&world, &ana.session)
        .await
        .into_body()
        .into_data_stream();
    world.stop.send(true).unwrap();
    assert_eq!(next_event(&mut stream).await, None);

    world.clock.advance(SignedDuration::from_hours(12));
    assert_eq!(
        listen(&world, &ana.session).await.status(),
        StatusCode::UNAUTHORIZED
    );
}
