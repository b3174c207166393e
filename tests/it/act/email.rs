//! Mail, over real sockets, to a server that behaves and to one that does not.

use super::delivery::{attempt, delivery, run};
use super::{World, action as http_action, clock};
use crate::support::mail::{MailServer, Mishap, PASSWORD, Step, USER};
use medic::act::connectors::email::EmailConnector;
use medic::act::{Connector, DeliveryOutcome};
use medic::domain::{Action, Delivery, DeliveryState, Reaches};
use medic::net::{EndpointOptions, Lookup, Net, SystemLookup};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

fn net(options: EndpointOptions, lookup: Arc<dyn Lookup>) -> Arc<Net> {
    let endpoints = BTreeMap::from([
        ("mail".to_owned(), options),
        (
            "web".to_owned(),
            EndpointOptions::new("https://web.example"),
        ),
    ]);
    let secret = |_: &str| Some(PASSWORD.to_owned().into());
    Arc::new(Net::new(&endpoints, &secret, &lookup).unwrap())
}

fn options(base_url: String) -> EndpointOptions {
    EndpointOptions {
        allow_private: true,
        // A debug build's handshake takes its time.
        timeout_ms: 5_000,
        user: Some(USER.into()),
        password_env: Some("MAIL_PASSWORD".into()),
        ..EndpointOptions::new(base_url)
    }
}

fn action(changes: &[(&str, &str)]) -> Action {
    let mut action = http_action(&[]);
    action.connector = "email".into();
    let with = [
        ("endpoint", "mail"),
        ("from", "Shop Support <support@shop.example>"),
        ("to", "{{ contact.email }}"),
        ("reply_to", "help@shop.example"),
        ("subject", "{{ runbook.title }}"),
        (
            "text",
            "Hello {{ merchant_name }},\n\n{{ runbook.guide }}\n",
        ),
    ];
    action.with = with
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    for (key, value) in changes {
        action.with.insert((*key).to_owned(), (*value).to_owned());
    }
    action
}

/// A mail server, and the connector that trusts its authority.
struct Stand {
    server: MailServer,
    connector: EmailConnector,
    _folder: tempfile::TempDir,
}

impl Stand {
    async fn with_timeout(scheme: &str, script: Vec<Mishap>, timeout_ms: u64) -> Self {
        let script: VecDeque<Mishap> = script.into();
        let server = MailServer::start(scheme == "smtps", script).await;
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, &server.authority).unwrap();
        let options = EndpointOptions {
            ca_file: Some(ca_file),
            timeout_ms,
            ..options(format!("{scheme}://{}", server.address))
        };
        let connector = EmailConnector::new(net(options, Arc::new(SystemLookup)), clock());
        Self {
            server,
            connector,
            _folder: folder,
        }
    }

    async fn of(scheme: &str, script: Vec<Mishap>) -> Self {
        Self::with_timeout(scheme, script, 5_000).await
    }

    async fn attempt(&self) -> DeliveryOutcome {
        let action = action(&[]);
        attempt(
            &self.connector,
            &action,
            &delivery(&self.connector, &action),
        )
        .await
    }

    async fn run(&self) -> Delivery {
        run(&self.connector, &action(&[])).await
    }
}

#[tokio::test]
async fn a_message_is_shown_whole_and_arrives_as_shown_over_tls_either_way() {
    for scheme in ["smtp", "smtps"] {
        let stand = Stand::of(scheme, Vec::new()).await;
        let action = action(&[]);
        assert_eq!(stand.connector.problems(&action), Vec::<String>::new());
        let delivery = delivery(&stand.connector, &action);
        let outcome = stand.attempt().await;
        let reference = "2.0.0 queued as 4711".to_owned();
        assert_eq!(outcome, DeliveryOutcome::Delivered { reference });
        let taken = stand.server.taken();
        assert_eq!(taken.len(), 1);
        let mail = &taken[0];
        assert!(
            mail.encrypted && mail.user.as_deref() == Some(USER),
            "{mail:?}"
        );
        let key = &delivery.idempotency_key;
        let shown: Vec<String> = delivery
            .payload
            .parts
            .iter()
            .map(|part| format!("[{}] {}", part.name, part.value))
            .collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown.join("\n"), @r#"
            [from] Shop Support <support@shop.example>
            [to] ops@shop.example
            [reply-to] help@shop.example
            [subject] Webhooks time out
            [text] Hello Ana's Tea,

            set the URL to "https://…"
            and save.
            [message-id] <{idempotency_key}@shop.example>
            "#);
            insta::assert_snapshot!(
                format!("{} {}\n{}", mail.from, mail.to.join(" "), mail.text.replace(key, "KEY")),
                @r#"
            <support@shop.example> <ops@shop.example>
            From: "Shop Support" <support@shop.example>
            To: ops@shop.example
            Subject: Webhooks time out
            Date: Sun, 01 Nov 2026 10:00:00 +0000
            Message-ID: <KEY@shop.example>
            Content-Type: text/plain; charset=utf-8
            Auto-Submitted: auto-generated
            Reply-To: help@shop.example
            Content-Transfer-Encoding: quoted-printable

            Hello Ana's Tea,

            set the URL to "https://=E2=80=A6"
            and save.
            "#
            );
        }
        // Neither user nor password, nor anything of the message, went over in the clear.
        let clear = stand.server.in_the_clear();
        if scheme == "smtps" {
            assert_eq!(clear, "");
        } else {
            assert_eq!(clear, "EHLO [127.0.0.1]\nSTARTTLS");
        }
    }
}

#[tokio::test]
async fn what_fails_before_the_final_dot_is_tried_again_or_given_up_as_the_server_says() {
    let mut lines = Vec::new();
    for mishap in [
        Mishap::Reply(Step::Greeting, "421 4.3.2 too many connections"),
        Mishap::Reply(Step::Greeting, "554 5.7.1 go away"),
        Mishap::Close(Step::Greeting),
        Mishap::Endless(Step::Greeting),
        Mishap::NoStartTls,
        Mishap::Reply(Step::StartTls, "454 4.7.0 TLS not available"),
        Mishap::Close(Step::StartTls),
        Mishap::Reply(Step::Auth, "535 5.7.8 bad credentials"),
        Mishap::Reply(Step::Auth, "454 4.7.0 try later"),
        Mishap::Reply(Step::Mail, "451 4.3.0 no space"),
        Mishap::Reply(Step::Mail, "550 5.7.1 not your address"),
        Mishap::Reply(Step::Rcpt, "450 4.2.0 greylisted, come back in 300 seconds"),
        Mishap::Reply(Step::Rcpt, "550 5.1.1 <ops@shop.example>: no such user"),
        Mishap::Reply(
            Step::Rcpt,
            "551 5.1.6 user not local; please try <x@evil.example>",
        ),
        Mishap::Close(Step::Rcpt),
        Mishap::Reply(Step::Data, "451 4.3.0 not now"),
        Mishap::Close(Step::Data),
        Mishap::Reply(Step::Dot, "452 4.3.1 no space"),
        Mishap::Reply(Step::Dot, "554 5.6.0 refused"),
    ] {
        let stand = Stand::of("smtp", vec![mishap.clone()]).await;
        let outcome = stand.attempt().await;
        assert!(stand.server.taken().is_empty(), "{mishap:?}");
        lines.push(format!("{mishap:?}: {outcome:?}"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Reply(Greeting, "421 4.3.2 too many connections"): Retry { why: "no connection: 421 4.3.2 too many connections", after: None }
    Reply(Greeting, "554 5.7.1 go away"): Failed { why: "no connection: 554 5.7.1 go away" }
    Close(Greeting): Retry { why: "no connection: incomplete response", after: None }
    Endless(Greeting): Retry { why: "no connection: the server sent more than 1048576 bytes", after: None }
    NoStartTls: Failed { why: "the mail server does not offer STARTTLS, and nothing is sent without; use smtps:// if it speaks TLS from the start" }
    Reply(StartTls, "454 4.7.0 TLS not available"): Retry { why: "no TLS: 454 4.7.0 TLS not available", after: None }
    Close(StartTls): Retry { why: "no TLS: incomplete response", after: None }
    Reply(Auth, "535 5.7.8 bad credentials"): Failed { why: "not signed in: 535 5.7.8 bad credentials" }
    Reply(Auth, "454 4.7.0 try later"): Retry { why: "not signed in: 454 4.7.0 try later", after: None }
    Reply(Mail, "451 4.3.0 no space"): Retry { why: "the sender was refused: 451 4.3.0 no space", after: None }
    Reply(Mail, "550 5.7.1 not your address"): Failed { why: "the sender was refused: 550 5.7.1 not your address" }
    Reply(Rcpt, "450 4.2.0 greylisted, come back in 300 seconds"): Retry { why: "the recipient was refused: 450 4.2.0 greylisted, come back in 300 seconds", after: None }
    Reply(Rcpt, "550 5.1.1 <ops@shop.example>: no such user"): Failed { why: "the recipient was refused: 550 5.1.1 ‹address› no such user" }
    Reply(Rcpt, "551 5.1.6 user not local; please try <x@evil.example>"): Failed { why: "the recipient was refused: 551 5.1.6 user not local; please try ‹address›" }
    Close(Rcpt): Retry { why: "the recipient was refused: incomplete response", after: None }
    Reply(Data, "451 4.3.0 not now"): Retry { why: "the message was refused: 451 4.3.0 not now", after: None }
    Close(Data): Retry { why: "the message was refused: incomplete response", after: None }
    Reply(Dot, "452 4.3.1 no space"): Retry { why: "the message was refused: 452 4.3.1 no space", after: None }
    Reply(Dot, "554 5.6.0 refused"): Failed { why: "the message was refused: 554 5.6.0 refused" }
    "#);
}

#[tokio::test]
async fn what_is_lost_after_the_final_dot_asks_a_person_and_is_not_sent_again() {
    for mishap in [
        Mishap::Silence(Step::Dot),
        Mishap::Close(Step::Dot),
        Mishap::Endless(Step::Dot),
    ] {
        // Short, since this waits for it; the handshake before has the same time.
        let stand = Stand::with_timeout("smtp", vec![mishap.clone()], 1_500).await;
        let end = stand.run().await;
        let DeliveryState::Unknown { why, .. } = &end.state else {
            panic!("{mishap:?}: {end:?}");
        };
        assert!(
            why.starts_with("the message was sent, and whether"),
            "{why}"
        );
        assert!(why.ends_with("a mail server cannot be asked what became of a message"));
        assert_eq!((stand.server.taken().len(), end.attempts), (1, 1));
    }
}

#[tokio::test]
async fn two_refusals_for_now_and_then_success_is_one_message() {
    let busy = || Mishap::Reply(Step::Dot, "451 4.3.0 busy");
    let stand = Stand::of("smtp", vec![busy(), busy()]).await;
    let end = stand.run().await;
    assert!(
        matches!(end.state, DeliveryState::Delivered { .. }),
        "{end:?}"
    );
    assert_eq!((stand.server.taken().len(), end.attempts), (1, 3));
    let id = format!("Message-ID: <{}@shop.example>", end.idempotency_key);
    assert!(stand.server.taken()[0].text.contains(&id));
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_sent_nothing() {
    for scheme in ["smtp", "smtps"] {
        let trusted = MailServer::start(true, Vec::new()).await;
        let server = MailServer::start(scheme == "smtps", Vec::new()).await;
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, &trusted.authority).unwrap();
        let options = EndpointOptions {
            ca_file: Some(ca_file),
            ..options(format!("{scheme}://{}", server.address))
        };
        let connector = EmailConnector::new(net(options, Arc::new(SystemLookup)), clock());
        let action = action(&[]);
        let outcome = attempt(&connector, &action, &delivery(&connector, &action)).await;
        assert!(
            matches!(&outcome, DeliveryOutcome::Retry { why, .. } if why.contains("certificate")),
            "{outcome:?}"
        );
        assert!(server.taken().is_empty());
        assert!(!server.in_the_clear().contains("AUTH"));
    }
}

/// A name server that knows one answer.
struct Leads(&'static str);

#[async_trait::async_trait]
impl Lookup for Leads {
    async fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![self.0.parse().unwrap()])
    }
}

#[tokio::test]
async fn a_mail_server_may_lie_only_where_any_endpoint_may() {
    for (address, private) in [
        ("127.0.0.1", false),
        ("10.0.0.7", false),
        ("169.254.169.254", true),
        ("fd00:ec2::254", true),
        ("0.0.0.0", true),
    ] {
        let options = EndpointOptions {
            allow_private: private,
            ..options("smtp://mail.example:587".into())
        };
        let connector = EmailConnector::new(net(options, Arc::new(Leads(address))), clock());
        let action = action(&[]);
        let outcome = attempt(&connector, &action, &delivery(&connector, &action)).await;
        assert!(
            matches!(&outcome, DeliveryOutcome::Failed { why } if why.contains("not connected")),
            "{address}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn only_the_directory_or_the_operator_says_who_gets_mail() {
    let stand = Stand::of("smtp", Vec::new()).await;
    let connector = &stand.connector;
    let mut lines = Vec::new();
    for (key, value) in [
        ("to", "{{ merchant }}"),
        ("to", "{{ foreign.title }}"),
        ("to", "{{ contact.email | default(merchant) }}"),
        ("to", "{{ contact.email }}, b@evil.example"),
        ("to", "a@shop.example, b@shop.example"),
        ("from", "{{ contact.email }}"),
        ("from", "support"),
        ("reply_to", "a@shop.example\nBcc: b@evil.example"),
        ("subject", ""),
        ("endpoint", "web"),
        ("endpoint", "post"),
        ("cc", "c@shop.example"),
    ] {
        lines.extend(connector.problems(&action(&[(key, value)])));
    }
    let mut to_team = action(&[]);
    to_team.reaches = Reaches::Team("engineering".into());
    lines.extend(connector.problems(&to_team));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    with.to: "{{ merchant }}" is not one mailbox: its address has a character that addresses do not have; write one mailbox, or {{ contact.email }}
    with.to: "{{ foreign.title }}" is not one mailbox: its address has a character that addresses do not have; write one mailbox, or {{ contact.email }}
    with.to: "{{ contact.email | default(merchant) }}" is not one mailbox: its address has a character that addresses do not have; write one mailbox, or {{ contact.email }}
    with.to: "{{ contact.email }}, b@evil.example" is not one mailbox: its address has a character that addresses do not have; write one mailbox, or {{ contact.email }}
    with.to: "a@shop.example, b@shop.example" is not one mailbox: its address has a character that addresses do not have; write one mailbox, or {{ contact.email }}
    with.from: it is a fixed text, and this one has a template
    with.from: "support" is not one mailbox: Missing domain or user
    with.reply_to: "a@shop.example\nBcc: b@evil.example" is not one mailbox: it has a line break or another control character
    with.subject: it is missing or empty; set it
    with.endpoint: endpoints.web is no mail server; its base_url has to begin with smtp:// or smtps://
    with.endpoint: there is no endpoint "post"; configure [endpoints.post] or use one of: mail
    with.cc: there is no such key; did you mean reply_to?
    with.to: only merchants have a contact; write the team's mailbox there
    "#);
}

#[tokio::test]
async fn no_value_becomes_a_second_recipient_or_a_header() {
    let stand = Stand::of("smtp", Vec::new()).await;
    let mut world = World::of("m-1");
    for hostile in [
        "a@shop.example\r\nBcc: b@evil.example",
        "a@shop.example, b@evil.example",
        "a@shop.example> SIZE=1\r\nRCPT TO:<b@evil.example",
        "not an address",
        "",
    ] {
        let contact = &mut world.directory.as_mut().unwrap().contact;
        contact.insert("email".into(), hostile.into());
        let rendered = stand.connector.render(&action(&[]), &world.context());
        assert!(rendered.is_err(), "{hostile:?}: {rendered:?}");
    }
    let world = World::of("m-1");
    let subject = action(&[("subject", "Hello\r\nBcc: b@evil.example")]);
    let rendered = stand.connector.render(&subject, &world.context());
    assert!(rendered.is_err(), "{rendered:?}");
    // A dot alone on a line of the text does not end the message.
    let dotted = action(&[("text", "one\n.\nRCPT TO:<b@evil.example>\n..two")]);
    let delivery = delivery(&stand.connector, &dotted);
    attempt(&stand.connector, &dotted, &delivery).await;
    let taken = stand.server.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].to, ["<ops@shop.example>"]);
    assert!(
        taken[0]
            .text
            .contains("one\n.\nRCPT TO:<b@evil.example>\n..two"),
        "{}",
        taken[0].text
    );
}

#[tokio::test]
async fn a_person_may_change_subject_and_text_and_not_who_gets_it() {
    let stand = Stand::of("smtp", Vec::new()).await;
    let edit = |part: &str, value: &str| stand.connector.accepts_edit(part, value);
    assert_eq!(edit("subject", "Your webhooks"), Ok(()));
    assert_eq!(edit("text", "Hello,\n\nplease wait.\n"), Ok(()));
    for (part, value) in [
        ("subject", "Hello\r\nBcc: b@evil.example"),
        ("subject", ""),
        ("text", " "),
        ("to", "b@evil.example"),
        ("from", "b@evil.example"),
        ("message-id", "<1@evil.example>"),
    ] {
        assert!(edit(part, value).is_err(), "{part} = {value:?}");
    }
}
