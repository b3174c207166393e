//! "Explain this" in the menu of a message: what Medic made of it.

use super::{Action, Call, Command, Does, Doing, Needs};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::render::lists;
use crate::discord::tickets_by_form;

pub(super) const COMMAND: Command = Command {
    name: "Explain this",
    about: "On a message: which ticket it is, where it was put, and why it happens",
    does: Does::OnMessage(Action {
        needs: Needs::Team,
        options: &[],
        run,
    }),
    page: None,
};

fn run<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let Some(target) = &call.target else {
            return Err(Refusal::Told("The message is gone.".to_owned()));
        };
        let context = call.context;
        // A card, a call or an answer of Medic's own names its subject; a report is a ticket.
        let subject = match tickets_by_form::ticket_at(context, target).await? {
            Some(view) if view.subject.is_none() => {
                return Ok(Answer::Say(Box::new(lists::ticket(&view))));
            }
            Some(view) => view.subject,
            None => tickets_by_form::subject_in(target),
        };
        let Some(subject) = subject else {
            return Err(Refusal::Told(
                "Medic knows nothing of this message. \"Forward as ticket\" in the same menu makes a ticket of it.".to_owned(),
            ));
        };
        let card = context
            .read(move |handle, workspace| handle.card(workspace, subject))
            .await?;
        match card {
            Some(card) => Ok(Answer::Say(Box::new(lists::diagnosis(&card)))),
            None => Err(Refusal::Told(format!("There is no {subject} here."))),
        }
    })
}
