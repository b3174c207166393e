//! Several plans that are alike, approved at once: the same action, for the same cause, at the same
//! risk. Each is listed, with everything it would send, before the button that approves them.

use crate::discord::answer::{Answer, Refusal};
use crate::discord::commands::card_link;
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::interactions::Caller;
use crate::discord::message::{Button, Draft, File, Look, Row};
use crate::discord::render::{lists, question};
use crate::domain::{Digest, PlanId};
use crate::engine::handle::{AlikeGroup, AlikeRow};

/// The most that are listed and approved at once: more than that nobody reads.
const MOST: usize = 10;
/// The most groups that are offered, a button each.
const GROUPS: usize = 4;

/// The row that offers what waits and is alike; none where nothing is.
pub fn groups(groups: &[AlikeGroup]) -> Option<Row> {
    let button = |group: &AlikeGroup| {
        let label = format!(
            "{} alike: {} ({} risk)…",
            group.count, group.action, group.risk
        );
        let wish = Wish::Alike { plan: group.plan };
        Button::new(&CustomId::Wish(wish), &label, Look::Plain)
    };
    let buttons: Vec<Button> = groups.iter().take(GROUPS).map(button).collect();
    (!buttons.is_empty()).then_some(Row::Buttons(buttons))
}

/// Lists them one by one, with the button that approves what is listed.
pub(super) async fn list(context: &Context, plan: PlanId) -> Result<Answer, Refusal> {
    let rows = alike(context, plan).await?;
    Ok(Answer::Say(Box::new(listed(context, plan, &rows).await?)))
}

/// Approves what was listed; where that has changed, lists it anew.
pub(super) async fn approve(
    context: &Context,
    caller: &Caller,
    plan: PlanId,
    seen: &str,
) -> Result<Answer, Refusal> {
    let rows = alike(context, plan).await?;
    if digest(&rows) != seen {
        let mut draft = listed(context, plan, &rows).await?;
        draft.content = "Nothing was approved: the list has changed since you read it. This is how it stands now.".to_owned();
        return Ok(Answer::Say(Box::new(draft)));
    }
    let plans = rows.into_iter().map(|row| (row.plan, row.digest_prefix));
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .vote_many(workspace, person, plans.collect())
        .await?;
    Ok(Answer::said_lines(&said))
}

async fn alike(context: &Context, plan: PlanId) -> Result<Vec<AlikeRow>, Refusal> {
    let mut rows = context
        .read(move |handle, workspace| handle.alike(workspace, plan))
        .await?;
    rows.truncate(MOST);
    if rows.is_empty() || rows[0].plan != plan {
        return Err(Refusal::Told(format!(
            "{plan} does not wait any more. Nothing was approved; call /approvals again."
        )));
    }
    Ok(rows)
}

/// What stands for the list in its button: every plan, and what each would send.
fn digest(rows: &[AlikeRow]) -> String {
    let seen: Vec<_> = rows
        .iter()
        .map(|row| serde_json::json!([row.plan, row.digest_prefix]))
        .collect();
    Digest::of_json(&serde_json::Value::from(seen)).prefix()
}

async fn listed(context: &Context, plan: PlanId, rows: &[AlikeRow]) -> Result<Draft, Refusal> {
    let mut entries = Vec::new();
    let mut whole = String::new();
    for row in rows {
        let link = card_link(context, row.subject);
        entries.push(lists::alike(row, link.as_deref()));
        let (subject, id) = (row.subject, row.plan);
        let card = context
            .read(move |handle, workspace| handle.card(workspace, subject))
            .await?;
        let plans = card.map(|card| card.plans).unwrap_or_default();
        let payload = plans.iter().find(|one| one.id == id).map(question::payload);
        whole.push_str(&format!(
            "=== {id} for {subject} ===\n{}\n\n",
            payload.unwrap_or_default()
        ));
    }
    let title = match rows {
        [_] => format!("Only {plan} waits of its kind"),
        _ => format!("{} plans that are alike", rows.len()),
    };
    let mut draft = lists::page(&title, &entries, "", None);
    let wish = Wish::ApproveAlike {
        plan,
        digest: digest(rows),
    };
    let label = match rows {
        [_] => format!("Approve {plan}"),
        _ => format!("Approve these {}", rows.len()),
    };
    draft.rows = vec![Row::Buttons(vec![Button::new(
        &CustomId::Wish(wish),
        &label,
        Look::Yes,
    )])];
    draft.file = Some(File {
        name: "what-would-be-sent.txt".to_owned(),
        bytes: whole.into_bytes(),
    });
    Ok(draft)
}
