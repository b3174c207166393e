//! One SMTP conversation, and what its end means.

use super::super::answers::{again, failed, short};
use super::bounded::Bounded;
use crate::act::DeliveryOutcome;
use crate::net::{MailServer, SendError};
use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::ExposeSecret;
use std::error::Error as _;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How the password is sent, over TLS; the first that the server offers.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// Sends one message, once.
pub(super) async fn send(server: &MailServer, message: &Message) -> DeliveryOutcome {
    let mut connection = match signed_in(server).await {
        Ok(connection) => connection,
        Err(outcome) => return outcome,
    };
    let outcome = hand_over(server, &mut connection, message).await;
    // The server has answered; that the line then breaks changes nothing.
    let _ = timeout(server.timeout(), connection.quit()).await;
    outcome
}

/// A connection over TLS on which the server knows us. Nothing has been handed over yet, so
/// whatever goes wrong may be tried again, unless the server says that it is of no use.
async fn signed_in(server: &MailServer) -> Result<AsyncSmtpConnection, DeliveryOutcome> {
    let addresses = match server.addresses().await {
        Ok(addresses) => addresses,
        Err(SendError::Refused(why)) => return Err(failed(why)),
        Err(error) => return Err(again(error.to_string())),
    };
    let tls = tls(server).map_err(failed)?;
    let hello = ClientId::default();
    let mut connection = if server.tls_from_the_start() {
        // Who answers has shown the server's certificate before anything is read as a line.
        let connecting = AsyncSmtpConnection::connect_tokio1(
            &addresses[..],
            Some(server.timeout()),
            &hello,
            Some(tls.clone()),
            None,
        );
        early(server, "no connection", connecting).await?
    } else {
        let stream = match timeout(server.timeout(), TcpStream::connect(&addresses[..])).await {
            Ok(Ok(stream)) => Box::new(Bounded::new(stream)),
            Ok(Err(error)) => return Err(again(format!("no connection: {error}"))),
            Err(_) => return Err(again("no connection in time".to_owned())),
        };
        let connecting = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        early(server, "no connection", connecting).await?
    };
    if !server.tls_from_the_start() {
        if !connection.can_starttls() {
            return Err(failed(
                "the mail server does not offer STARTTLS, and nothing is sent without; use \
                 smtps:// if it speaks TLS from the start",
            ));
        }
        let upgrading = connection.starttls(tls, &hello);
        early(server, "no TLS", upgrading).await?;
    }
    if let Some((user, password)) = server.login() {
        let credentials = Credentials::new(user.to_owned(), password.expose_secret().to_owned());
        let signing_in = connection.auth(&MECHANISMS, &credentials);
        early(server, "not signed in", signing_in).await?;
    }
    Ok(connection)
}

/// The message, from its envelope to the answer after its final dot.
async fn hand_over(
    server: &MailServer,
    connection: &mut AsyncSmtpConnection,
    message: &Message,
) -> DeliveryOutcome {
    let envelope = message.envelope();
    let mail = connection.command(Mail::new(envelope.from().cloned(), Vec::new()));
    if let Err(outcome) = early(server, "the sender was refused", mail).await {
        return outcome;
    }
    for to in envelope.to() {
        let recipient = connection.command(Rcpt::new(to.clone(), Vec::new()));
        if let Err(outcome) = early(server, "the recipient was refused", recipient).await {
            return outcome;
        }
    }
    if let Err(outcome) = early(server, "the message was refused", connection.command(Data)).await {
        return outcome;
    }
    // The iterator is asked for more once all before it is written: what follows is the dot.
    let dot = AtomicBool::new(false);
    let text = std::iter::once(message.formatted()).chain(std::iter::from_fn(|| {
        dot.store(true, Ordering::Relaxed);
        None
    }));
    let answer = timeout(server.timeout(), connection.message_iter(text)).await;
    let lost = match answer {
        Ok(Ok(answer)) => return delivered(&answer),
        Ok(Err(error)) if error.status().is_some() => {
            return refused("the message was refused", &error);
        }
        Ok(Err(error)) => in_words(&error),
        Err(_) => "no answer in time".to_owned(),
    };
    if dot.load(Ordering::Relaxed) {
        return DeliveryOutcome::Unknown {
            why: format!("the message was sent, and whether it was taken is not known: {lost}"),
        };
    }
    again(format!("the message did not go out whole: {lost}"))
}

/// A step before the message: its answer, or what its failure means.
async fn early<T>(
    server: &MailServer,
    what: &str,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, DeliveryOutcome> {
    match timeout(server.timeout(), step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refused(what, &error)),
        Err(_) => Err(again(format!("{what}: no answer in time"))),
    }
}

/// 5yz and what this side cannot do is of no use to repeat; 4yz and broken connections are.
fn refused(what: &str, error: &Error) -> DeliveryOutcome {
    let why = format!("{what}: {}", in_words(error));
    if error.is_permanent() || error.is_client() {
        return failed(why);
    }
    again(why)
}

fn delivered(answer: &Response) -> DeliveryOutcome {
    DeliveryOutcome::Delivered {
        reference: without_addresses(answer.first_line().unwrap_or_default()),
    }
}

/// An error with its innermost cause, which is what tells somebody what to do.
fn in_words(error: &Error) -> String {
    let mut text = error
        .status()
        .map_or_else(String::new, |code| format!("{code} "));
    let mut cause = error.source();
    let mut last = None;
    while let Some(next) = cause {
        last = Some(next.to_string());
        cause = next.source();
    }
    text.push_str(&last.unwrap_or_else(|| error.to_string()));
    without_addresses(&text)
}

/// A server's words, which like to repeat whom a message was for: that has no place in a record.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace();
    let kept: Vec<&str> = words
        .map(|word| {
            if word.contains('@') {
                "‹address›"
            } else {
                word
            }
        })
        .collect();
    short(&kept.join(" "))
}

fn tls(server: &MailServer) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(server.host().to_owned());
    if let Some(pem) = server.authorities() {
        let authorities = Certificate::from_pem(pem).map_err(|error| in_words(&error))?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authorities);
    }
    builder.build().map_err(|error| {
        let why = in_words(&error);
        format!("cannot prepare TLS: {why}; install the ca-certificates package, or set ca_file")
    })
}
