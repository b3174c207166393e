//! `GET /events`: tells open pages that something changed; they fetch themselves anew.

use super::Shared;
use super::console::PageError;
use super::session::SignedIn;
use crate::domain::WorkspaceId;
use crate::engine::handle::{Notice, Topic};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;

/// At most so often is one page told, however much happens.
const PAUSE_BETWEEN: Duration = Duration::from_millis(500);

/// A comment line so often keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// A stream of `change` events. Their data are words: `tickets`, `pause`, `INC-4`, or `all` where
/// the reader was too slow. It ends with the session, and when the server stops.
pub(super) async fn events(
    State(app): State<Shared>,
    signed: SignedIn,
) -> Result<Response, PageError> {
    let permit = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        PageError::Unavailable(
            "too many pages are open; this one shows what is new when reloaded".to_owned(),
        )
    })?;
    let seconds_left = signed.until.saturating_sub((app.clock)().as_second());
    let session = Duration::from_secs(u64::try_from(seconds_left).unwrap_or(0));
    let notices = app.handle.notices();
    let stopping = app.stopping.clone();
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _permit = permit;
        tokio::select! {
            () = tell(notices, &signed.workspace, &sender) => {}
            () = sender.closed() => {}
            () = stop(stopping) => {}
            () = sleep(session) => {}
        }
    });
    let mut response = Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // nginx would hold events back.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Tells the reader of the first change at once, and of all that follow in one event.
async fn tell(mut notices: broadcast::Receiver<Notice>, workspace: &WorkspaceId, sender: &Sender) {
    loop {
        let mut words = BTreeSet::new();
        match notices.recv().await {
            Ok(notice) => note(&mut words, &notice, workspace),
            Err(RecvError::Lagged(_)) => missed(&mut words),
            Err(RecvError::Closed) => return,
        }
        loop {
            match notices.try_recv() {
                Ok(notice) => note(&mut words, &notice, workspace),
                Err(TryRecvError::Lagged(_)) => missed(&mut words),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if words.is_empty() {
            continue;
        }
        let data = words.into_iter().collect::<Vec<_>>().join(" ");
        let event = Event::default().event("change").data(data);
        if sender.send(Ok(event)).await.is_err() {
            return;
        }
        sleep(PAUSE_BETWEEN).await;
    }
}

fn note(words: &mut BTreeSet<String>, notice: &Notice, workspace: &WorkspaceId) {
    if notice.workspace != *workspace {
        return;
    }
    words.insert(match notice.topic {
        Topic::Tickets => "tickets".to_owned(),
        Topic::Subject(id) => id.to_string(),
        Topic::Pause => "pause".to_owned(),
    });
}

fn missed(words: &mut BTreeSet<String>) {
    words.insert("all".to_owned());
}

/// Returns when the server is to stop.
async fn stop(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        // Whoever could say so is gone; then the session's end will do.
        std::future::pending::<()>().await;
    }
}
