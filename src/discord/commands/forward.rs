//! "Forward as ticket" in the menu of a message: a form with what is known filled in.

use super::{Action, Call, Command, Does, Doing, Needs};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::tickets_by_form;

pub(super) const COMMAND: Command = Command {
    name: "Forward as ticket",
    about: "On a message: makes a ticket of it, with a form for merchant and severity",
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
        Ok(tickets_by_form::prefilled(target))
    })
}
