//! When a person or the system wants a command to end.

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// When the system lets nobody wait for signals.
pub async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}
