//! Posts the end of the audit chain into a channel, where whoever could shorten the log cannot undo
//! it: at intervals, and after every decision of high risk. `medic audit verify FILE --head HASH`
//! then finds an end that was cut off.

use super::context::Context;
use super::message::Draft;
use super::posts::{self, Kind, PostError};
use crate::domain::{Digest, Surface};
use crate::engine::handle::{Note, RecordQuery};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The note that says what was posted last.
const POSTED: &str = "audit-head";
/// What people decide about plans.
const DECISIONS: [&str; 2] = ["plan.approved", "plan.rejected"];
/// Risks after whose decision the end is posted at once.
const HIGH: [&str; 2] = ["high", "critical"];
/// Newest decisions of each kind that are looked at; the end that is posted covers all before it.
const NEWEST: usize = 20;

/// What was posted last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Posted {
    seq: u64,
    hash: Digest,
    at: Timestamp,
}

/// Posts the end of the chain, if it is time.
///
/// # Errors
/// When Discord, or the store, cannot be brought to it now; trying again is safe.
pub async fn post(context: &Context) -> Result<(), PostError> {
    let Some(channel) = context.options.audit_channel else {
        return Ok(());
    };
    let (handle, workspace) = (&context.handle, &context.workspace);
    let noted = handle.note_of(workspace, Surface::Discord, POSTED)?;
    let last: Option<Posted> = noted.and_then(|text| serde_json::from_str(&text).ok());
    let now = handle.now();
    let every = context.options.audit_every;
    let due = match &last {
        Some(last) => now.duration_since(last.at) >= every || decided_since(context, last.seq)?,
        None => true,
    };
    let head = handle.head();
    if !due || head.seq == 0 {
        return Ok(());
    }
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M");
    let words = format!(
        "The audit log ends with record {} at {time} UTC: `{}`",
        head.seq, head.hash
    );
    let draft = Draft::words(words);
    let key = format!("audit/{}", head.seq);
    posts::show(context, channel, &key, Kind::Once, |_| draft.clone()).await?;
    let posted = Posted {
        seq: head.seq,
        hash: head.hash,
        at: now,
    };
    let note = Note {
        key: POSTED.to_owned(),
        value: serde_json::to_string(&posted).ok(),
    };
    handle.note(workspace, Surface::Discord, vec![note]).await?;
    Ok(())
}

/// Whether people have decided about something of high risk after this record.
fn decided_since(context: &Context, seq: u64) -> Result<bool, PostError> {
    for kind in DECISIONS {
        let wanted = RecordQuery {
            kind: Some(kind.to_owned()),
            after: Some(seq),
            ..RecordQuery::default()
        };
        let newest = context
            .handle
            .records(&context.workspace, &wanted, NEWEST)?;
        let high = newest.iter().any(|record| {
            let risk = record.draft.why.get("risk").and_then(|risk| risk.as_str());
            risk.is_some_and(|risk| HIGH.contains(&risk))
        });
        if high {
            return Ok(true);
        }
    }
    Ok(false)
}
