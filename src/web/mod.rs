//! The web surface: ticket intake for programs, and the console for people.
//!
//! `POST /v1/tickets`, `/healthz` and `/readyz` are for programs and may be reached under any
//! name. Everything else is the console: it needs a session, and a Host that the config names.

mod dto;
mod error;
mod sender;
mod webhook;

mod login;
mod origin;
mod seal;
mod session;

mod assets;
mod console;
mod sse;

mod options;
mod serve;

pub use login::{LOGIN_LINK_VALID, issue_login_link};
pub use options::{Clock, ConsolePerson, ReceivedRequest, ReceivedView, WebOptions, WebState};
pub use origin::{Origin, OriginError};
pub use seal::LoginKey;
pub use sender::{SecretError, SourceAuth, Sources, WebhookSource};
pub use serve::serve;

use crate::engine::handle::Handle;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use error::ApiError;
use std::any::Any;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

/// Bytes of a console form at most.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// What every handler sees.
struct App {
    handle: Handle,
    options: WebOptions,
    clock: Clock,
    received: Option<Arc<dyn ReceivedView>>,
    stopping: watch::Receiver<bool>,
    requests: Semaphore,
    streams: Arc<Semaphore>,
    signed_out: session::SignedOut,
    assets: assets::Assets,
}

type Shared = Arc<App>;

/// The whole web surface, ready to be served.
pub fn create_app(state: WebState) -> Router {
    let app = Arc::new(App {
        requests: Semaphore::new(state.options.max_requests),
        streams: Arc::new(Semaphore::new(state.options.max_streams)),
        signed_out: session::SignedOut::default(),
        assets: assets::Assets::new(),
        handle: state.handle,
        options: state.options,
        clock: state.clock,
        received: state.received,
        stopping: state.stopping,
    });
    let programs = Router::new()
        .route(
            "/v1/tickets",
            post(webhook::tickets).layer(DefaultBodyLimit::max(app.options.max_body_bytes)),
        )
        .route("/v1/{*rest}", axum::routing::any(no_such_resource))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(wrong_method);
    let people = console::routes()
        .route("/login", get(login::page).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/events", get(sse::events))
        .route("/assets/{name}", get(assets::serve))
        .fallback(console::no_such_page)
        .method_not_allowed_fallback(console::no_such_page)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            origin::guard,
        ))
        .layer(CatchPanicLayer::custom(console::after_panic));
    programs
        .layer(CatchPanicLayer::custom(after_panic))
        .merge(people)
        .layer(middleware::from_fn(secure))
        .with_state(app)
}

/// `GET /healthz`: the process answers.
async fn alive() -> Response {
    axum::Json(serde_json::json!({ "status": "alive" })).into_response()
}

/// `GET /readyz`: tickets would be taken now.
async fn ready(State(app): State<Shared>) -> Result<Response, ApiError> {
    app.handle
        .ready()
        .map_err(|why| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", why))?;
    Ok(axum::Json(serde_json::json!({ "status": "ready" })).into_response())
}

async fn no_such_resource() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "there is no such resource; tickets go to POST /v1/tickets",
    )
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this resource does not take this method; tickets go to POST /v1/tickets",
    )
}

/// One request failed by a defect of ours; the server goes on. The panic's own words may hold
/// foreign text and stay out of the log.
fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked; the server goes on");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "this request failed by a defect of Medic's; the server goes on, try once more",
    )
    .into_response()
}

/// Headers that keep pages from being framed, sniffed, cached or mixed with foreign content.
async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: under it browsers send `Origin: null` with our own forms, and the
        // check of the origin could not tell them from foreign ones. Other sites see nothing.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
