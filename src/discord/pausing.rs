//! Tells the team when Medic is paused and when it goes on: whoever reads the alerts should not have
//! to ask why nothing happens. A projection of the store like everything else that is shown.

use super::context::Context;
use super::escape::Text;
use super::limits;
use super::message::Draft;
use super::posts::{self, Kind, PostError};
use crate::domain::{Record, Surface};
use crate::engine::handle::{Note, PauseView, RecordQuery};

/// The note that says up to which record it was told.
const TOLD: &str = "pause-told";
/// Records of a pause, and of its end.
const PAUSED: &str = "medic.paused";
const RESUMED: &str = "medic.resumed";
/// The most of each that are told after a stop; what lies before is history.
const NEWS: usize = 3;

/// Tells what has not been told, in its order.
///
/// # Errors
/// When Discord, or the store, cannot be brought to it now; trying again is safe.
pub async fn tell(context: &Context) -> Result<(), PostError> {
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
