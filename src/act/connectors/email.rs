//! Mail over SMTP (RFC 5321), always over TLS, to exactly one mailbox a message.
//!
//! SMTP has no idempotency. What fails before the final dot of the message was not taken: it is
//! tried again (4yz, a broken connection) or given up (5yz). Once the dot is on its way, only the
//! server's answer says whether it took the message; where that is lost, a person is asked. The
//! `Message-ID` is made from the delivery's key, so that a repeat a person asks for is recognised
//! by those who look. Date, encoding and `Auto-Submitted` are added when it is sent.
//!
//! The endpoint's `base_url` is `smtp://HOST:587` (STARTTLS, RFC 3207) or `smtps://HOST:465` (TLS
//! from the start, RFC 8314); `user` and `password_env` sign in. The password never goes over a
//! connection without TLS: a server that does not offer STARTTLS is not used.
//!
//! | key | meaning |
//! |---|---|
//! | `endpoint` | name of an `[endpoints.NAME]` table |
//! | `from` | one fixed mailbox: `Shop Support <support@shop.example>` |
//! | `to` | one fixed mailbox, or `{{ contact.NAME }}` of the merchant directory; nothing else |
//! | `reply_to` | one fixed mailbox, may be left out |
//! | `subject` | template, one line |
//! | `text` | template |

mod bounded;
mod conversation;
mod mailbox;

use super::Clock;
use super::answers::failed;
use super::sending::{KEY_PLACEHOLDER, part};
use super::with::{With, problems, rendered};
use crate::act::template::Values;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{Action, Payload, Reaches, Risk};
use crate::net::Net;
use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use std::sync::Arc;

/// Characters of a subject: the longest line of a header (RFC 5322 2.1.1) less what encoding adds.
const MAX_SUBJECT: usize = 250;

/// Tells other machines not to answer (RFC 3834).
const AUTO_SUBMITTED: &str = "Auto-Submitted";

/// The connector.
pub struct EmailConnector {
    net: Arc<Net>,
    clock: Clock,
}

impl EmailConnector {
    /// A connector over these endpoints.
    pub fn new(net: Arc<Net>, clock: Clock) -> Self {
        Self { net, clock }
    }

    fn with<'a>(&self, action: &'a Action) -> Result<With<'a>, Vec<String>> {
        let required = ["endpoint", "from", "to", "subject", "text"];
        let with = With::read(action, &required, &["reply_to"])?;
        let mut problems = Vec::new();
        if let Err(why) = self.net.mail_server(with.need("endpoint")) {
            problems.push(format!("with.endpoint: {why}"));
        }
        for key in ["from", "reply_to"] {
            let mailbox = with.fixed(key).and_then(|text| {
                let Some(text) = text else { return Ok(()) };
                let read = mailbox::parse(text).map(|_| ());
                read.map_err(|why| format!("with.{key}: {why}"))
            });
            problems.extend(mailbox.err());
        }
        let to = with.need("to");
        if mailbox::contact_name(to).is_none() {
            if let Err(why) = mailbox::parse(to) {
                problems.push(format!(
                    "with.to: {why}; write one mailbox, or {{{{ contact.email }}}}"
                ));
            }
        } else if action.reaches != Reaches::EachMerchant {
            problems.push(
                "with.to: only merchants have a contact; write the team's mailbox there".into(),
            );
        }
        if problems.is_empty() {
            Ok(with)
        } else {
            Err(problems)
        }
    }

    fn fill(&self, with: &With<'_>, values: &Values) -> Result<Payload, String> {
        let mailbox = |key: &str| {
            let text = with.text(key, values)?.unwrap_or_default();
            mailbox::parse(&text).map_err(|why| format!("with.{key}: {why}"))
        };
        let from = mailbox("from")?;
        let to = mailbox("to")?;
        let subject = with.text("subject", values)?.unwrap_or_default();
        let subject = subject.trim();
        one_line(subject).map_err(|why| format!("with.subject: {why}"))?;
        let text = with.text("text", values)?.unwrap_or_default();
        if text.trim().is_empty() {
            return Err("with.text: it gives an empty text".into());
        }
        let id = format!("<{KEY_PLACEHOLDER}@{}>", from.email.domain());
        let mut parts = vec![
            part("from", from.to_string()),
            part("to", to.to_string()),
            part("subject", subject),
            part("text", text),
            part("message-id", id),
        ];
        if with.get("reply_to").is_some() {
            parts.insert(2, part("reply-to", mailbox("reply_to")?.to_string()));
        }
        Ok(Payload {
            summary: format!("mail over {} to {}", with.need("endpoint"), to.email),
            parts,
        })
    }
}

#[async_trait::async_trait]
impl Connector for EmailConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "email",
            version: 1,
            risk: Risk::Medium,
            undo: false,
        }
    }

    fn problems(&self, action: &Action) -> Vec<String> {
        let values = Values::sample_with_contact(&action.reaches, "ops@shop.example");
        problems(self.with(action), |with| self.fill(with, &values))
    }

    fn render(
        &self,
        action: &Action,
        context: &RenderContext<'_>,
    ) -> Result<Rendered, RenderError> {
        rendered(action, context, self.with(action), |with, values| {
            self.fill(with, values)
        })
    }

    fn accepts_edit(&self, part: &str, value: &str) -> Result<(), String> {
        match part {
            "subject" => one_line(value),
            "text" if value.trim().is_empty() => Err("the text is empty".into()),
            "text" => Ok(()),
            _ => Err(format!(
                "{part} cannot be edited; only subject and text can"
            )),
        }
    }

    fn repeats_are_safe(&self, _action: &Action) -> bool {
        false
    }

    async fn deliver(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> DeliveryOutcome {
        let with = match self.with(action) {
            Ok(with) => with,
            Err(problems) => return failed(problems.join("; ")),
        };
        let message = match message(payload, idempotency_key, (self.clock)()) {
            Ok(message) => message,
            Err(why) => return failed(why),
        };
        match self.net.mail_server(with.need("endpoint")) {
            Ok(server) => conversation::send(server, &message).await,
            Err(error) => failed(error.to_string()),
        }
    }

    async fn check(&self, _: &Action, _: &Payload, _: &str) -> CheckOutcome {
        CheckOutcome::CannotTell("a mail server cannot be asked what became of a message".into())
    }
}

/// Whether a subject is one line of a bearable length.
fn one_line(subject: &str) -> Result<(), String> {
    if subject.trim().is_empty() || subject.chars().any(char::is_control) {
        return Err("it has a line break or is empty; one line is needed".into());
    }
    if subject.chars().count() > MAX_SUBJECT {
        return Err(format!("it has more than {MAX_SUBJECT} characters"));
    }
    Ok(())
}

/// The message that a payload describes, dated now.
fn message(payload: &Payload, key: &str, now: Timestamp) -> Result<Message, String> {
    let need = |name: &str| {
        let missing = || format!("the payload has no {name}; it was not made by this connector");
        payload.part(name).ok_or_else(missing)
    };
    let mut builder = Message::builder()
        .from(mailbox::parse(need("from")?)?)
        .to(mailbox::parse(need("to")?)?)
        .subject(need("subject")?)
        .date(now.into())
        .message_id(Some(need("message-id")?.replace(KEY_PLACEHOLDER, key)))
        .header(ContentType::TEXT_PLAIN)
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str(AUTO_SUBMITTED),
            "auto-generated".to_owned(),
        ));
    if let Some(reply_to) = payload.part("reply-to") {
        builder = builder.reply_to(mailbox::parse(reply_to)?);
    }
    builder
        .body(need("text")?.to_owned())
        .map_err(|error| format!("the message cannot be made: {error}"))
}
