//! Tells the team when Medic is paused and when it goes on: whoever reads the alerts should not have
//! to ask why nothing happens. A projection of the store like everything else that is shown.

use super::context::Context;
use super::escape::Text;
use super::limits;
use super::message::Draft;
use super::posts::{self, Kind, PostError};
use crate::domain::{Record, Surface};
use crate::engine::handle::{Note, PauseView, RecordQuery};
use std::time::Duration;
use tokio::task::JoinSet;

/// The note that says up to which record it was told.
const TOLD: &str = "pause-told";
/// Records of a pause, and of its end.
const PAUSED: &str = "medic.paused";
const RESUMED: &str = "medic.resumed";
/// The most of each that are told after a stop; what lies before is history.
const NEWS: usize = 3;
/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(15);

/// Tells beside everything else, one thing after the other.
pub struct Pausing {
    context: Context,
    wanted: bool,
    telling: JoinSet<Result<(), PostError>>,
}

impl Pausing {
    /// Something may have happened before the start.
    pub fn new(context: &Context) -> Self {
        let mut pausing = Self {
            context: context.clone(),
            wanted: false,
            telling: JoinSet::new(),
        };
        pausing.look();
        pausing
    }

    /// Something may have changed.
    pub fn look(&mut self) {
        if self.telling.is_empty() {
            let context = self.context.clone();
            self.telling
                .spawn(async move { bring_up_to_date(&context).await });
        } else {
            self.wanted = true;
        }
    }

    /// Ends when what is being told is told; never where nothing is.
    pub async fn told(&mut self) {
        let Some(ended) = self.telling.join_next().await else {
            return std::future::pending().await;
        };
        match ended {
            Ok(Ok(())) => {
                if std::mem::take(&mut self.wanted) {
                    self.look();
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot tell the team about a pause yet; trying again");
                let context = self.context.clone();
                self.telling.spawn(async move {
                    tokio::time::sleep(AGAIN).await;
                    bring_up_to_date(&context).await
                });
            }
            Err(error) => tracing::error!(%error, "telling the team about a pause broke down"),
        }
    }

    /// Ends what is under way; the next start tells the rest.
    pub async fn end(mut self) {
        self.telling.shutdown().await;
    }
}

async fn bring_up_to_date(context: &Context) -> Result<(), PostError> {
    let Some(channel) = context.options.alerts_channel else {
        return Ok(());
    };
    let (handle, workspace) = (&context.handle, &context.workspace);
    let noted = handle.note_of(workspace, Surface::Discord, TOLD)?;
    let told: u64 = noted.and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut news = Vec::new();
    for kind in [PAUSED, RESUMED] {
        let wanted = RecordQuery {
            kind: Some(kind.to_owned()),
            ..RecordQuery::default()
        };
        news.extend(handle.records(workspace, &wanted, NEWS)?);
    }
    news.retain(|record| record.seq > told);
    news.sort_by_key(|record| record.seq);
    let last = news.last().map(|record| record.seq);
    // The reason is kept only as long as the pause lasts.
    let now = handle.overview(workspace)?.paused;
    for record in news {
        let reason = now.as_ref().filter(|_| Some(record.seq) == last);
        let words = match (record.draft.kind.as_str(), reason) {
            (PAUSED, reason) => paused(&record, reason),
            _ => resumed(&record),
        };
        let key = format!("pause/{}", record.seq);
        let draft = Draft::words(words);
        posts::show(context, channel, &key, Kind::Once, |_| draft.clone()).await?;
        let note = Note {
            key: TOLD.to_owned(),
            value: Some(record.seq.to_string()),
        };
        handle.note(workspace, Surface::Discord, vec![note]).await?;
    }
    Ok(())
}

fn paused(record: &Record, now: Option<&PauseView>) -> String {
    let text = Text::new()
        .own("**Medic is paused** by ")
        .foreign(&record.draft.actor.to_string());
    let text = match now {
        Some(pause) => text.own(": ").foreign(&pause.reason),
        None => text,
    };
    text.line()
        .own("Tickets are still taken and cards still ask; nothing is delivered until somebody says `/medic resume`.")
        .clamp(limits::CONTENT - 100)
}

fn resumed(record: &Record) -> String {
    Text::new()
        .own("**Medic goes on**, resumed by ")
        .foreign(&record.draft.actor.to_string())
        .own(". What was held back is delivered now.")
        .clamp(limits::CONTENT - 100)
}
