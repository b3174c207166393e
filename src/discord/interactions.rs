//! One router for everything that people press, choose, send and call. Each interaction is
//! acknowledged in time whatever the engine does, whoever did it is resolved here and nowhere
//! else, and what stands behind it lies in the store: a button of years ago works.

use super::answer::{Answer, Refusal};
use super::commands::{self, Call};
use super::context::Context;
use super::custom_id::{CustomId, UnknownPress};
use super::message::Draft;
use super::rest::RestError;
use super::{forms, presses};
use crate::domain::Person;
use serenity::builder::{CreateInteractionResponse, CreateInteractionResponseMessage};
use serenity::model::application::{
    CommandInteraction, ComponentInteraction, ComponentInteractionData,
    ComponentInteractionDataKind, Interaction, ModalInteraction,
};
use serenity::model::guild::Member;
use serenity::model::id::{ChannelId, InteractionId};
use serenity::model::user::User;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};

/// How long an answer may take before it is put off. Discord's own limit is 3 s, ours is 2 s with
/// the way there.
const PUT_OFF_AFTER: Duration = Duration::from_millis(1_000);
/// How long an answer that was put off may take: Discord takes it for 15 minutes.
const GIVE_UP_AFTER: Duration = Duration::from_secs(14 * 60);

/// What is needed to answer one interaction.
struct Open {
    id: InteractionId,
    token: String,
    /// Whether an answer that is put off changes the message that was pressed.
    replaces: bool,
}

/// Who did it, and where.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who, with the roles they hold now.
    pub person: Person,
    /// Their Discord user.
    pub user: User,
    /// Their Discord roles, as the interaction carries them.
    pub held: Vec<serenity::model::id::RoleId>,
    /// In which channel or thread.
    pub channel: ChannelId,
}

/// Answers one interaction, also where answering it breaks down.
pub async fn handle(context: Context, interaction: Interaction) {
    let open = opened(&interaction);
    let mut answering = JoinSet::new();
    answering.spawn(route(context.clone(), interaction));
    if let (Some(open), Some(Err(error))) = (open, answering.join_next().await)
        && error.is_panic()
    {
        broke_down(&context, &open, &error).await;
    }
}

/// What can be answered of an interaction when nothing else is known; suggestions are only left out.
fn opened(interaction: &Interaction) -> Option<Open> {
    let (id, token) = match interaction {
        Interaction::Command(command) => (command.id, &command.token),
        Interaction::Component(press) => (press.id, &press.token),
        Interaction::Modal(form) => (form.id, &form.token),
        _ => return None,
    };
    Some(Open {
        id,
        token: token.clone(),
        replaces: false,
    })
}

/// Tells whoever waits, as a first answer or, where that was given already, as a late one.
async fn broke_down(context: &Context, open: &Open, error: &JoinError) {
    let answer = broken(error);
    let sent = context
        .rest
        .respond(open.id, &open.token, &first(&answer))
        .await;
    match sent {
        Err(error) if error.is_already_answered() => late(context, open, answer).await,
        sent => log_failure("an answer", sent),
    }
}

async fn route(context: Context, interaction: Interaction) {
    match interaction {
        Interaction::Command(command) => called(context, command).await,
        Interaction::Autocomplete(command) => suggest(context, command).await,
        Interaction::Component(press) => pressed(context, press).await,
        Interaction::Modal(form) => sent(context, form).await,
        // A ping comes only over HTTPS, and Medic has no such endpoint.
        _ => {}
    }
}

async fn called(context: Context, command: CommandInteraction) {
    let open = Open {
        id: command.id,
        token: command.token.clone(),
        replaces: false,
    };
    let caller = caller(
        &context,
        &command.user,
        command.member.as_deref(),
        command.channel_id,
    );
    let work = {
        let context = context.clone();
        async move {
            let caller = caller?;
            commands::run(&Call::new(&context, &caller, &command.data)?).await
        }
    };
    answer(&context, open, work).await;
}

async fn suggest(context: Context, command: CommandInteraction) {
    let caller = caller(
        &context,
        &command.user,
        command.member.as_deref(),
        command.channel_id,
    );
    let found = match caller {
        Ok(caller) => commands::suggest(&context, &caller, &command.data).await,
        Err(_) => Vec::new(),
    };
    let mut choices = serenity::builder::CreateAutocompleteResponse::new();
    for (name, value) in found {
        choices = choices.add_string_choice(name, value);
    }
    let response = CreateInteractionResponse::Autocomplete(choices);
    let sent = context
        .rest
        .respond(command.id, &command.token, &response)
        .await;
    log_failure("suggestions", sent);
}

async fn pressed(context: Context, press: ComponentInteraction) {
    let (meant, chosen) = meant(&press.data);
    let open = Open {
        id: press.id,
        token: press.token.clone(),
        replaces: matches!(meant, Ok(CustomId::Page { .. })),
    };
    let caller = caller(
        &context,
        &press.user,
        press.member.as_ref(),
        press.channel_id,
    );
    let work = {
        let context = context.clone();
        async move {
            let meant = meant.map_err(|_| {
                Refusal::Told(
                    "This comes from another version of Medic and does nothing any more. Use the newest card, or /approvals.".to_owned(),
                )
            })?;
            presses::press(&context, &caller?, meant, &chosen).await
        }
    };
    answer(&context, open, work).await;
}

/// What a press means. A menu carries it in the entry that was chosen, or says it itself: then the
/// entries are what was chosen for it.
fn meant(data: &ComponentInteractionData) -> (Result<CustomId, UnknownPress>, Vec<String>) {
    let ComponentInteractionDataKind::StringSelect { values } = &data.kind else {
        return (data.custom_id.parse(), Vec::new());
    };
    let first = values.first().map(String::as_str).unwrap_or_default();
    match first.parse() {
        Ok(meant) => (Ok(meant), Vec::new()),
        Err(_) => (data.custom_id.parse(), values.clone()),
    }
}

async fn sent(context: Context, form: ModalInteraction) {
    let open = Open {
        id: form.id,
        token: form.token.clone(),
        replaces: false,
    };
    let meant = form.data.custom_id.parse::<CustomId>();
    let answers: BTreeMap<String, String> = forms::answers(&form.data);
    let caller = caller(&context, &form.user, form.member.as_ref(), form.channel_id);
    let work = {
        let context = context.clone();
        let id = form.id;
        async move {
            let meant = meant.map_err(|_| {
                Refusal::Told(
                    "This form comes from another version of Medic. Open it again.".to_owned(),
                )
            })?;
            presses::send(&context, &caller?, meant, answers, id).await
        }
    };
    answer(&context, open, work).await;
}

fn caller(
    context: &Context,
    user: &User,
    member: Option<&Member>,
    channel: ChannelId,
) -> Result<Caller, Refusal> {
    let Some(member) = member else {
        return Err(Refusal::Told(
            "Medic answers only in your team's server, where it can see which roles you hold."
                .to_owned(),
        ));
    };
    if context
        .options
        .guild_id
        .is_some_and(|guild| guild != member.guild_id)
        && member.guild_id.get() != 0
        && member.guild_id.get() != u64::MAX
    {
        return Err(Refusal::Told(
            "This Medic belongs to another server.".to_owned(),
        ));
    }
    let name = member.display_name();
    Ok(Caller {
        person: context.people.person(user.id, name, &member.roles),
        user: user.clone(),
        held: member.roles.clone(),
        channel,
    })
}

/// Answers with what the work comes to: at once if it is quick, put off first if it is not. Work
/// that breaks down is told, like everything else.
async fn answer<W>(context: &Context, open: Open, work: W)
where
    W: Future<Output = Result<Answer, Refusal>> + Send + 'static,
{
    // A task of its own, so that nothing it does holds the acknowledgement; ended with this one.
    let mut working = JoinSet::new();
    working.spawn(work);
    match tokio::time::timeout(PUT_OFF_AFTER, working.join_next()).await {
        Ok(done) => {
            let answer = outcome(done);
            let file = matches!(&answer, Answer::Say(draft) if draft.file.is_some());
            if file {
                // A first answer takes no file; the answer that was put off does.
                if put_off(context, &open).await {
                    late(context, &open, answer).await;
                }
                return;
            }
            let sent = context
                .rest
                .respond(open.id, &open.token, &first(&answer))
                .await;
            log_failure("an answer", sent);
        }
        Err(_) => {
            let acknowledged = put_off(context, &open).await;
            // The work goes on either way: a vote counts though nobody could be told.
            let done = tokio::time::timeout(GIVE_UP_AFTER, working.join_next()).await;
            let answer = done.map_or_else(
                |_| refused(&Refusal::Broken("no answer within 14 minutes".to_owned())),
                outcome,
            );
            if acknowledged {
                late(context, &open, answer).await;
            }
        }
    }
}

fn outcome(done: Option<Result<Result<Answer, Refusal>, JoinError>>) -> Answer {
    match done {
        Some(Ok(Ok(answer))) => answer,
        Some(Ok(Err(refusal))) => refused(&refusal),
        Some(Err(error)) => broken(&error),
        None => refused(&Refusal::Broken("the work is gone".to_owned())),
    }
}

/// Work that broke down may have been done before it did.
fn broken(error: &JoinError) -> Answer {
    tracing::error!(%error, "answering an interaction broke down");
    Answer::own(
        "Medic broke down over that; its log has the reason. It may or may not be done: look at the newest card before you try again.",
    )
}

fn refused(refusal: &Refusal) -> Answer {
    if let Refusal::Broken(why) = refusal {
        tracing::error!(why, "an interaction could not be answered");
    }
    Answer::Say(Box::new(Draft::words(refusal.shown())))
}

/// Acknowledges, so that the answer may take its time. Answers whether Discord took it.
async fn put_off(context: &Context, open: &Open) -> bool {
    let response = if open.replaces {
        CreateInteractionResponse::Acknowledge
    } else {
        let empty = CreateInteractionResponseMessage::new().ephemeral(true);
        CreateInteractionResponse::Defer(empty)
    };
    let sent = context.rest.respond(open.id, &open.token, &response).await;
    let taken = sent.is_ok();
    log_failure("an acknowledgement", sent);
    taken
}

fn first(answer: &Answer) -> CreateInteractionResponse {
    match answer {
        Answer::Say(draft) => CreateInteractionResponse::Message(draft.answer()),
        Answer::Replace(draft) => CreateInteractionResponse::UpdateMessage(draft.answer()),
        Answer::Ask(form) => CreateInteractionResponse::Modal(form.wire()),
    }
}

async fn late(context: &Context, open: &Open, answer: Answer) {
    let draft = match answer {
        Answer::Say(draft) | Answer::Replace(draft) => *draft,
        Answer::Ask(_) => Draft::words("Opening the form took too long. Please try again."),
    };
    let sent = context
        .rest
        .edit_original(
            context.application,
            &open.token,
            &draft.late_answer(),
            draft.files(),
        )
        .await;
    log_failure("a late answer", sent.map(drop));
}

/// After "unknown" or "already acknowledged" nothing is answered again: the first may have landed.
fn log_failure(what: &str, sent: Result<(), RestError>) {
    match sent {
        Ok(()) => {}
        Err(error) if error.is_interaction_over() => {
            tracing::warn!(%error, what, "Discord no longer waits for it");
        }
        Err(error) => tracing::error!(%error, what, "cannot answer an interaction"),
    }
}
