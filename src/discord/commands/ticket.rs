//! `/ticket create|show`.

use super::incident::matching;
use super::{Action, Call, Command, Does, Doing, Needs, Opt, Sub, Takes};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::render::lists;
use crate::discord::tickets_by_form;
use crate::domain::{TicketId, WorkspaceId};
use crate::engine::handle::{Handle, StoreError};

pub(super) const COMMAND: Command = Command {
    name: "ticket",
    about: "Tickets: what merchants report",
    does: Does::Group(&[
        Sub {
            name: "create",
            about: "Opens a form for a new ticket",
            action: Action {
                needs: Needs::Anybody,
                options: &[],
                run: create,
            },
        },
        Sub {
            name: "show",
            about: "One ticket, and what answers it",
            action: Action {
                needs: Needs::Team,
                options: &[Opt {
                    name: "id",
                    about: "Which: T-31",
                    required: true,
                    takes: Takes::Suggested(tickets),
                }],
                run: show,
            },
        },
    ]),
    page: None,
};

fn create<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move { Ok(tickets_by_form::empty(call.context, call.caller)) })
}

fn show<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let id: TicketId = call.id("id")?;
        let found = call
            .context
            .read(move |handle, workspace| handle.ticket(workspace, id))
            .await?;
        match found {
            Some(view) => Ok(Answer::Say(Box::new(lists::ticket(&view)))),
            None => Err(Refusal::Told(format!("There is no {id} here."))),
        }
    })
}

fn tickets(
    handle: &Handle,
    workspace: &WorkspaceId,
    typed: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let newest = handle.tickets(workspace, None, 100)?.into_iter();
    let all = newest.map(|view| (view.ticket.id.to_string(), view.ticket.title()));
    Ok(matching(all, typed))
}
