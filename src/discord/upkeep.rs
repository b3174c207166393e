//! Work of one kind that is done beside everything else, one time after the other, and again after a
//! failure.

use super::context::Context;
use super::posts::PostError;
use std::pin::Pin;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(15);

/// One run of the work; it finds out by itself what there is to do.
pub type Run = Pin<Box<dyn Future<Output = Result<(), PostError>> + Send>>;

/// The work, and whether it is under way.
pub struct Upkeep {
    context: Context,
    what: &'static str,
    work: fn(Context) -> Run,
    wanted: bool,
    running: JoinSet<Result<(), PostError>>,
}

impl Upkeep {
    /// Begins at once: something may have happened before the start. `what` is for the log.
    pub fn new(context: &Context, what: &'static str, work: fn(Context) -> Run) -> Self {
        let mut upkeep = Self {
            context: context.clone(),
            what,
            work,
            wanted: false,
            running: JoinSet::new(),
        };
        upkeep.look();
        upkeep
    }

    /// Something may have changed.
    pub fn look(&mut self) {
        if self.running.is_empty() {
            self.running.spawn((self.work)(self.context.clone()));
        } else {
            self.wanted = true;
        }
    }

    /// Ends when a run has ended; never where none is under way.
    pub async fn done(&mut self) {
        let Some(ended) = self.running.join_next().await else {
            return std::future::pending().await;
        };
        match ended {
            Ok(Ok(())) => {
                if std::mem::take(&mut self.wanted) {
                    self.look();
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, what = self.what, "this did not work; trying again");
                let run = (self.work)(self.context.clone());
                self.running.spawn(async move {
                    tokio::time::sleep(AGAIN).await;
                    run.await
                });
            }
            Err(error) => tracing::error!(%error, what = self.what, "this broke down"),
        }
    }

    /// Ends what is under way; the next start does the rest.
    pub async fn end(mut self) {
        self.running.shutdown().await;
    }
}
