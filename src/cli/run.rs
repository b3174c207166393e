//! `medic run`: takes tickets, acts, and serves the console until it is told to stop.

use super::Place;
use super::signals::asked_to_stop;
use crate::app::{App, Build};
use crate::config::Level;
use crate::engine::SystemClock;
use clap::Args;
use std::sync::Arc;

/// Run Medic: webhook intake, the loop and the console, until Ctrl-C or SIGTERM.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {}

/// Runs until a signal comes. A second signal ends the process at once; nothing that was
/// acknowledged is lost by that.
///
/// # Errors
/// When it cannot start, with the way out.
pub fn run(_args: &RunArgs, place: &Place) -> anyhow::Result<bool> {
    let config = place.config()?;
    for finding in config.findings() {
        match finding.level {
            Level::Problem => tracing::warn!(key = %finding.key, "{}", finding.text),
            Level::Notice => tracing::info!(key = %finding.key, "{}", finding.text),
        }
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let app = App::start(Build {
            config,
            data: place.data(),
            clock: Arc::new(SystemClock),
            received: None,
        })
        .await?;
        for finding in app.findings() {
            tracing::warn!("{finding}");
        }
        tracing::info!(
            "listening on http://{}; sign in with a link from: medic console login PERSON",
            app.address()
        );
        asked_to_stop().await?;
        tracing::info!("stopping: finishing what was begun; a second signal ends at once");
        tokio::select! {
            () = app.stop() => {}
            _ = asked_to_stop() => {}
        }
        Ok(true)
    })
}
