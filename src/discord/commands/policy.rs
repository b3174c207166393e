//! `/policy show`.

use super::{Action, Call, Command, Does, Doing, Needs, Sub};
use crate::discord::answer::Answer;
use crate::discord::render::policy;

pub(super) const COMMAND: Command = Command {
    name: "policy",
    about: "The rules by which Medic decides",
    does: Does::Group(&[Sub {
        name: "show",
        about: "The rules in force, in order, and who may approve what",
        action: Action {
            needs: Needs::Team,
            options: &[],
            run: show,
        },
    }]),
    page: None,
};

fn show<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let view = call.context.handle.policy(&call.context.workspace);
        Ok(Answer::Say(Box::new(policy::draft(&view))))
    })
}
