//! Serving the router on a socket until it is told to stop.

use super::{WebState, create_app};
use tokio::net::TcpListener;

/// Serves until `state.stopping` turns true; requests that have begun are finished.
///
/// # Errors
/// When the socket breaks down.
pub async fn serve(listener: TcpListener, state: WebState) -> std::io::Result<()> {
    let mut stopping = state.stopping.clone();
    axum::serve(listener, create_app(state))
        .with_graceful_shutdown(async move {
            // A sender that is gone means stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        })
        .await
}
