//! Tickets from forms: a new one, or one made of a message that somebody forwards.

use super::answer::{Answer, Refusal};
use super::commands::{Needs, Target, allow};
use super::context::Context;
use super::custom_id::CustomId;
use super::forms::{Form, Input};
use super::interactions::Caller;
use super::tickets::SOURCE;
use crate::domain::{Origin, Severity, SourceName, SubjectId, Surface};
use crate::engine::handle::{PostedTicket, RawTicket, Receipt, TicketView};
use serenity::model::id::InteractionId;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The message that is forwarded.
#[derive(Clone, Copy, Debug)]
pub struct Forwarded {
    /// Its channel.
    pub channel: u64,
    /// Its id.
    pub message: u64,
    /// Who wrote it.
    pub author: u64,
}

const MERCHANT: Input = Input {
    name: Cow::Borrowed("merchant"),
    label: String::new(),
    value: String::new(),
    hint: String::new(),
    long: false,
    required: false,
    most: 64,
};

/// The form of a new ticket, with the merchant that the caller's roles speak for.
pub fn empty(context: &Context, caller: &Caller) -> Answer {
    let merchant = own_merchant(context, caller).unwrap_or_default();
    Answer::Ask(Form {
        id: CustomId::Ticket,
        title: "New ticket".to_owned(),
        inputs: vec![
            merchant_input(&merchant),
            severity_input(),
            issue_input(""),
            message_input("", "What happens, since when, on which page or call"),
            Input {
                name: "error_log".into(),
                label: "Error log".to_owned(),
                hint: "The program's own words, if there are any".to_owned(),
                long: true,
                most: 4_000,
                ..Input::default()
            },
        ],
    })
}

/// The form that makes a ticket of a message.
pub fn prefilled(target: &Target) -> Answer {
    let first_line = target.text.lines().find(|line| !line.trim().is_empty());
    Answer::Ask(Form {
        id: CustomId::Forward {
            channel: target.channel,
            message: target.message,
            author: target.author,
        },
        title: "Forward as ticket".to_owned(),
        inputs: vec![
            merchant_input(""),
            severity_input(),
            issue_input(first_line.unwrap_or_default()),
            message_input(&target.text, "The words of the message"),
        ],
    })
}

fn merchant_input(value: &str) -> Input {
    Input {
        label: "Merchant".to_owned(),
        value: value.to_owned(),
        hint: "The shop's id, as your other systems name it".to_owned(),
        ..MERCHANT
    }
}

fn severity_input() -> Input {
    Input {
        name: "severity".into(),
        label: "Severity".to_owned(),
        value: Severity::Medium.to_string(),
        hint: "critical, high, medium or low".to_owned(),
        required: true,
        most: 10,
        ..Input::default()
    }
}

fn issue_input(value: &str) -> Input {
    Input {
        name: "issue".into(),
        label: "Issue, in a line".to_owned(),
        value: value.trim().to_owned(),
        required: true,
        most: 200,
        ..Input::default()
    }
}

fn message_input(value: &str, hint: &str) -> Input {
    Input {
        name: "message".into(),
        label: "What the merchant wrote".to_owned(),
        value: value.trim().to_owned(),
        hint: hint.to_owned(),
        long: true,
        most: 4_000,
        ..Input::default()
    }
}

/// The one merchant that the caller's Discord roles speak for.
fn own_merchant(context: &Context, caller: &Caller) -> Option<String> {
    let mut spoken_for = caller
        .held
        .iter()
        .filter_map(|role| context.options.merchant_roles.get(role));
    let one = spoken_for.next()?;
    spoken_for.all(|other| other == one).then(|| one.clone())
}

/// Takes the form of a new ticket. A merchant counts as verified where the caller's roles speak
/// for it, or the caller is of the team.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn create(
    context: &Context,
    caller: &Caller,
    answers: BTreeMap<String, String>,
    form: InteractionId,
) -> Result<Answer, Refusal> {
    let raw = raw(answers)?;
    let team = allow(context, caller, Needs::Team).is_ok();
    let own = own_merchant(context, caller);
    let verified = team || own.as_deref() == Some(raw.merchant_id.as_str());
    let origin = Origin {
        surface: Surface::Discord,
        id: form.to_string(),
        channel: caller.channel.to_string(),
        thread: None,
        message: None,
        author: caller.user.id.to_string(),
        forwarder: None,
    };
    submit(context, raw, origin, verified).await
}

/// Takes the form of a forwarded message. The team says whose it is, so the merchant is verified.
///
/// # Errors
/// With the sentence that the person reads.
pub async fn forward(
    context: &Context,
    caller: &Caller,
    answers: BTreeMap<String, String>,
    from: Forwarded,
) -> Result<Answer, Refusal> {
    let raw = raw(answers)?;
    let origin = Origin {
        surface: Surface::Discord,
        id: from.message.to_string(),
        channel: from.channel.to_string(),
        thread: None,
        message: Some(from.message.to_string()),
        author: from.author.to_string(),
        forwarder: Some(caller.user.id.to_string()),
    };
    submit(context, raw, origin, true).await
}

fn raw(mut answers: BTreeMap<String, String>) -> Result<RawTicket, Refusal> {
    let mut take = |name: &str| answers.remove(name).unwrap_or_default();
    let severity = take("severity").to_lowercase();
    let severity = match severity.as_str() {
        "" | "medium" => Severity::Medium,
        "low" => Severity::Low,
        "high" => Severity::High,
        "critical" => Severity::Critical,
        _ => {
            return Err(Refusal::Told(format!(
                "Severity is critical, high, medium or low, not {severity:?}. Nothing was stored; open the form again."
            )));
        }
    };
    Ok(RawTicket {
        merchant_id: take("merchant"),
        issue: take("issue"),
        merchant_message: take("message"),
        error_log: take("error_log"),
        severity,
        ..RawTicket::default()
    })
}

async fn submit(
    context: &Context,
    raw: RawTicket,
    origin: Origin,
    verified: bool,
) -> Result<Answer, Refusal> {
    let ticket = PostedTicket {
        workspace: context.workspace.clone(),
        source: SourceName::new(SOURCE),
        raw,
        origin,
        verified,
    };
    match context.handle.submit_ticket(ticket).await? {
        Receipt::Accepted { ticket, .. } => Ok(Answer::own(format!(
            "Stored as **{ticket}**. You are told here what it belongs to."
        ))),
        Receipt::Duplicate { ticket, .. } => Ok(Answer::own(format!(
            "That is **{ticket}** already; nothing was stored twice."
        ))),
        Receipt::Refused(problem) => Err(Refusal::Told(format!(
            "It cannot be stored: {problem}. Open the form again."
        ))),
    }
}

/// The ticket that stands at a message.
///
/// # Errors
/// When the store cannot be read.
pub async fn ticket_at(context: &Context, target: &Target) -> Result<Option<TicketView>, Refusal> {
    let id = target.message.to_string();
    context
        .read(move |handle, workspace| handle.ticket_at(workspace, Surface::Discord, &id))
        .await
}

/// The incident or case that a message of Medic's own names in its key.
pub fn subject_in(target: &Target) -> Option<SubjectId> {
    let keys = target.keys.iter();
    keys.flat_map(|key| key.split('/')).find_map(|part| {
        part.parse::<SubjectId>()
            .ok()
            .filter(|id| id.to_string() == part)
    })
}
