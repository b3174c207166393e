//! `/incident list|show|close`.

use super::{Action, Call, Command, Does, Doing, Needs, Opt, Sub, Takes};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::CustomId;
use crate::discord::message::Draft;
use crate::discord::render::{card, lists};
use crate::discord::{posts, presses, threads};
use crate::domain::{IncidentId, SubjectId, WorkspaceId};
use crate::engine::handle::{Handle, StoreError};

pub(super) const COMMAND: Command = Command {
    name: "incident",
    about: "Incidents: one underlying problem behind many tickets",
    does: Does::Group(&[
        Sub {
            name: "list",
            about: "Incidents, newest first",
            action: Action {
                needs: Needs::Team,
                options: &[],
                run: list,
            },
        },
        Sub {
            name: "show",
            about: "The card of an incident or a case",
            action: Action {
                needs: Needs::Team,
                options: &[Opt {
                    name: "id",
                    about: "Which: INC-4, or CASE-2",
                    required: true,
                    takes: Takes::Suggested(subjects),
                }],
                run: show,
            },
        },
        Sub {
            name: "close",
            about: "Closes an incident by hand; what still waits in it is void",
            action: Action {
                needs: Needs::Team,
                options: &[
                    Opt {
                        name: "id",
                        about: "Which: INC-4",
                        required: true,
                        takes: Takes::Suggested(open),
                    },
                    Opt {
                        name: "reason",
                        about: "Why it can be closed; asked for in a form if left out",
                        required: false,
                        takes: Takes::Text(1_000),
                    },
                ],
                run: close,
            },
        },
    ]),
    page: Some((Needs::Team, |context, _, from| {
        Box::pin(page(context, from))
    })),
};

fn list<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move { Ok(Answer::Say(Box::new(page(call.context, "").await?))) })
}

async fn page(context: &Context, from: &str) -> Result<Draft, Refusal> {
    let before: Option<IncidentId> = from.parse().ok();
    let rows = context
        .read(move |handle, workspace| handle.incidents(workspace, before, lists::PAGE + 1))
        .await?;
    let older = (rows.len() > lists::PAGE).then(|| CustomId::Page {
        list: "incident".to_owned(),
        from: rows[lists::PAGE - 1].id.to_string(),
    });
    let entries: Vec<_> = rows
        .iter()
        .take(lists::PAGE)
        .map(|row| {
            let link = card_link(context, SubjectId::Incident(row.id));
            lists::incident(row, link.as_deref())
        })
        .collect();
    Ok(lists::page(
        "Incidents",
        &entries,
        "No incident so far.",
        older,
    ))
}

/// Where a subject's card stands.
pub(in crate::discord) fn card_link(context: &Context, subject: SubjectId) -> Option<String> {
    let at = posts::standing(context, &card::key(subject)).ok()??;
    Some(context.link(at.channel.into(), at.message?.into()))
}

fn show<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let subject: SubjectId = call.id("id")?;
        let found = call
            .context
            .read(move |handle, workspace| handle.card(workspace, subject))
            .await?;
        let found = found.ok_or_else(|| Refusal::Told(format!("There is no {subject} here.")))?;
        let around = threads::around(call.context, &found)?;
        let shown = Draft {
            // Only the card in the channel is found again under the key.
            key: None,
            ..card::card(&found, &around)
        };
        Ok(Answer::Say(Box::new(shown)))
    })
}

fn close<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let incident: IncidentId = call.id("id")?;
        let Some(reason) = call.text("reason") else {
            return Ok(presses::close_form(incident));
        };
        let (context, person) = (call.context, &call.caller.person);
        let said = context
            .handle
            .close(&context.workspace, person, incident, reason)
            .await?;
        Ok(Answer::said(&said))
    })
}

/// Open incidents first, then the newest.
fn open(
    handle: &Handle,
    workspace: &WorkspaceId,
    typed: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let overview = handle.overview(workspace)?;
    Ok(matching(
        overview
            .open
            .into_iter()
            .map(|row| (row.id.to_string(), row.label)),
        typed,
    ))
}

/// Incidents, then cases, newest first.
pub(super) fn subjects(
    handle: &Handle,
    workspace: &WorkspaceId,
    typed: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let incidents = handle.incidents(workspace, None, 100)?.into_iter();
    let cases = handle.cases(workspace, None, 100)?.into_iter();
    let all = incidents
        .map(|row| (row.id.to_string(), row.label))
        .chain(cases.map(|row| (row.id.to_string(), row.title)));
    Ok(matching(all, typed))
}

/// Those whose id or name holds what was typed, as `id · name`.
pub(super) fn matching(
    all: impl Iterator<Item = (String, String)>,
    typed: &str,
) -> Vec<(String, String)> {
    let typed = typed.to_lowercase();
    all.filter(|(id, name)| {
        id.to_lowercase().contains(&typed) || name.to_lowercase().contains(&typed)
    })
    .map(|(id, name)| (format!("{id} · {name}"), id))
    .collect()
}
