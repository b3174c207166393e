//! `/policy show|test`.

use super::{Action, Call, Command, Does, Doing, Needs, Sub};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::render::policy;
use crate::discord::wishes;

pub(super) const COMMAND: Command = Command {
    name: "policy",
    about: "The rules by which Medic decides",
    does: Does::Group(&[
        Sub {
            name: "show",
            about: "The rules in force, in order, and who may approve what",
            action: Action {
                needs: Needs::Team,
                options: &[],
                run: show,
            },
        },
        Sub {
            name: "test",
            about: "Tries other rules on what has happened; changes nothing",
            action: Action {
                needs: Needs::Decider,
                options: &[],
                run: test,
            },
        },
    ]),
    page: None,
};

fn test<'a>(_: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async { Ok(wishes::rules_form()) })
}

fn show<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move {
        let context = call.context;
        let view = context
            .handle
            .policy(&context.workspace)
            .ok_or_else(|| Refusal::Told("There is no such workspace.".to_owned()))?;
        Ok(Answer::Say(Box::new(policy::draft(&view))))
    })
}
