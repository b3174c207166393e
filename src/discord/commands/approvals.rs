//! `/approvals`: what waits for a person, the dearest wait first.

use super::incident::card_link;
use super::{Action, Call, Command, Does, Doing, Needs};
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::CustomId;
use crate::discord::message::Draft;
use crate::discord::render::lists;
use crate::discord::wishes;

pub(super) const COMMAND: Command = Command {
    name: "approvals",
    about: "What waits for a person, the dearest wait first",
    does: Does::Alone(Action {
        needs: Needs::Team,
        options: &[],
        run: list,
    }),
    page: Some((Needs::Team, |context, _, from| {
        Box::pin(page(context, from))
    })),
};

fn list<'a>(call: &'a Call<'a>) -> Doing<'a, Answer> {
    Box::pin(async move { Ok(Answer::Say(Box::new(page(call.context, "").await?))) })
}

async fn page(context: &Context, from: &str) -> Result<Draft, Refusal> {
    let from: usize = from.parse().unwrap_or(0);
    let waiting = context
        .read(|handle, workspace| handle.waiting(workspace))
        .await?;
    let groups = context
        .read(|handle, workspace| handle.alike_groups(workspace))
        .await?;
    let next = from.saturating_add(lists::PAGE);
    let older = (waiting.len() > next).then(|| CustomId::Page {
        list: "approvals".to_owned(),
        from: next.to_string(),
    });
    let entries: Vec<_> = waiting
        .iter()
        .skip(from)
        .take(lists::PAGE)
        .map(|row| lists::waiting(row, card_link(context, row.subject).as_deref()))
        .collect();
    let title = format!("Waiting for a person: {}", waiting.len());
    let mut page = lists::page(&title, &entries, "Nothing waits for anybody.", older);
    page.rows.extend(wishes::groups(&groups));
    Ok(page)
}
