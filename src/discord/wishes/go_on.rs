//! Automation goes on for a pattern, where fixes that did not help have stopped it.

use super::card;
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::forms::Form;
use crate::discord::interactions::Caller;
use crate::domain::{IncidentId, SubjectId};

/// Asks what is different now.
pub(super) async fn ask(context: &Context, incident: IncidentId) -> Result<Answer, Refusal> {
    let card = card(context, SubjectId::Incident(incident)).await?;
    if !card.can_lift {
        return Err(Refusal::Told(format!(
            "Automation is not stopped for the pattern of {incident}. Nothing was changed."
        )));
    }
    Ok(Answer::Ask(Form::reason(
        CustomId::Wish(Wish::GoOn { incident }),
        "Let automation go on",
        "What is different now?",
    )))
}

/// Lets it go on.
pub(super) async fn done(
    context: &Context,
    caller: &Caller,
    incident: IncidentId,
    reason: &str,
) -> Result<Answer, Refusal> {
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .let_go_on(workspace, person, incident, reason)
        .await?;
    Ok(Answer::said(&said))
}
