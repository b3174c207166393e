//! Server-rendered pages: what happens, what waits for a person, what was done and why.

mod frame;
mod text;

pub(super) mod layout;

mod alike;
mod audit;
mod card;
mod deciding;
mod forms;
mod lists;
mod now;
mod page_error;
mod patterns;
mod plan;
mod sent;
mod tickets;

use frame::Frame;
pub(super) use page_error::{PageError, after_panic, no_such_page};

use crate::web::Shared;
use axum::Router;
use axum::routing::{get, post};

/// Every page and form of the console.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(now::page))
        .route("/incidents", get(lists::incidents))
        .route("/incidents/{id}", get(card::incident))
        .route("/incidents/{id}/close", post(forms::close))
        .route("/incidents/{id}/lift", post(forms::lift))
        .route("/wrong-cause/{id}", post(forms::doubt_cause))
        .route("/cases", get(lists::cases))
        .route("/cases/{id}", get(card::case))
        .route("/tickets", get(tickets::list))
        .route("/tickets/{id}", get(tickets::ticket))
        .route("/deliveries", get(sent::deliveries))
        .route("/received", get(sent::received))
        .route("/audit", get(audit::page))
        .route("/plans/{id}/approve", post(forms::approve))
        .route("/plans/{id}/reject", post(forms::reject))
        .route("/plans/{id}/alike", get(alike::page))
        .route("/plans/{id}/withdraw", post(deciding::withdraw))
        .route("/plans/{id}/undo", post(deciding::undo))
        .route("/plans/{id}/snooze", post(deciding::snooze))
        .route("/plans/{id}/edit", post(deciding::edit))
        .route("/plans/approve", post(deciding::approve_many))
        .route("/delegate", post(deciding::delegate))
        .route("/plans/{id}/deliveries/{index}", post(forms::settle))
        .route("/patterns/{id}/merge", post(patterns::merge))
        .route("/patterns/{id}/split", post(patterns::split))
        .route("/patterns/{id}/not-the-same", post(patterns::not_the_same))
        .route("/pause", post(forms::pause))
        .route("/resume", post(forms::resume))
}
