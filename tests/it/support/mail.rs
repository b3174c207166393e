//! A small mail server that speaks SMTP with STARTTLS, TLS from the start and AUTH, keeps what it
//! takes, and misbehaves as told: each connection takes the next mishap of its script.

use super::receiver::certified;
use base64::Engine as _;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub const USER: &str = "medic@shop.example";
pub const PASSWORD: &str = "secret-in-MAIL_PASSWORD";

/// Where in a conversation something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the final dot.
    Dot,
}

/// What goes wrong there.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// This is answered instead; nothing is taken.
    Reply(Step, &'static str),
    /// No answer, until the client goes away. After the dot the message has been taken.
    Silence(Step),
    /// The connection is closed. After the dot the message has been taken.
    Close(Step),
    /// An answer without end. After the dot the message has been taken.
    Endless(Step),
    /// STARTTLS is not offered.
    NoStartTls,
}

/// A message as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
    pub encrypted: bool,
    pub user: Option<String>,
}

/// The server.
pub struct MailServer {
    pub address: SocketAddr,
    /// PEM of the authority that issued its certificate.
    pub authority: String,
    taken: Arc<Mutex<Vec<Mail>>>,
    /// Every line a client sent before the connection was encrypted.
    in_the_clear: Arc<Mutex<Vec<String>>>,
    server: tokio::task::JoinHandle<()>,
}

struct Session {
    mishap: Option<Mishap>,
    taken: Arc<Mutex<Vec<Mail>>>,
    in_the_clear: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    /// Its certificate is for 127.0.0.1.
    pub async fn start(tls_from_the_start: bool, script: impl Into<VecDeque<Mishap>>) -> Self {
        let (acceptor, authority) = certified("127.0.0.1");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let in_the_clear = Arc::new(Mutex::new(Vec::new()));
        let mut script = script.into();
        let (kept, heard) = (Arc::clone(&taken), Arc::clone(&in_the_clear));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let session = Session {
                    mishap: script.pop_front(),
                    taken: Arc::clone(&kept),
                    in_the_clear: Arc::clone(&heard),
                };
                tokio::spawn(session.serve(stream, acceptor.clone(), tls_from_the_start));
            }
        });
        Self {
            address,
            authority,
            taken,
            in_the_clear,
            server,
        }
    }

    pub fn taken(&self) -> Vec<Mail> {
        self.taken.lock().unwrap().clone()
    }

    pub fn in_the_clear(&self) -> String {
        self.in_the_clear.lock().unwrap().join("\n")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Session {
    async fn serve(self, stream: tokio::net::TcpStream, tls: TlsAcceptor, from_the_start: bool) {
        if from_the_start {
            if let Ok(mut stream) = tls.accept(stream).await {
                self.greet(&mut stream, true).await;
            }
            return;
        }
        let mut stream = stream;
        let upgrade = self.greet(&mut stream, false).await;
        if upgrade == Some(())
            && let Ok(mut stream) = tls.accept(stream).await
        {
            self.converse(&mut stream, true).await;
        }
    }

    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        encrypted: bool,
    ) -> Option<()> {
        self.answer(stream, Step::Greeting, "220 mail.example ESMTP")
            .await?;
        self.converse(stream, encrypted).await
    }

    /// Until the client leaves (nothing) or begins TLS (something).
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        encrypted: bool,
    ) -> Option<()> {
        let mut user = None;
        let mut from = String::new();
        let mut to = Vec::new();
        loop {
            let line = self.line(stream, encrypted).await?;
            let verb = line.to_ascii_uppercase();
            if verb.starts_with("EHLO") {
                let starttls = match self.mishap {
                    Some(Mishap::NoStartTls) => "",
                    _ if encrypted => "",
                    _ => "250-STARTTLS\r\n",
                };
                let auth = if encrypted {
                    "250-AUTH PLAIN LOGIN\r\n"
                } else {
                    ""
                };
                let offer = format!("250-mail.example\r\n{starttls}{auth}250 8BITMIME");
                self.answer(stream, Step::Ehlo, &offer).await?;
            } else if verb == "STARTTLS" {
                self.answer(stream, Step::StartTls, "220 2.0.0 go ahead")
                    .await?;
                return Some(());
            } else if let Some(response) = line.strip_prefix("AUTH PLAIN ") {
                let given = base64::engine::general_purpose::STANDARD
                    .decode(response)
                    .unwrap();
                let wanted = format!("\0{USER}\0{PASSWORD}");
                if given == wanted.as_bytes() {
                    user = Some(USER.to_owned());
                    self.answer(stream, Step::Auth, "235 2.7.0 accepted")
                        .await?;
                } else {
                    self.answer(stream, Step::Auth, "535 5.7.8 bad credentials")
                        .await?;
                }
            } else if let Some(path) = line.strip_prefix("MAIL FROM:") {
                from = path.to_owned();
                self.answer(stream, Step::Mail, "250 2.1.0 sender ok")
                    .await?;
            } else if let Some(path) = line.strip_prefix("RCPT TO:") {
                to.push(path.to_owned());
                self.answer(stream, Step::Rcpt, "250 2.1.5 recipient ok")
                    .await?;
            } else if verb == "DATA" {
                self.answer(stream, Step::Data, "354 end with a dot")
                    .await?;
                if matches!(self.mishap, Some(Mishap::Reply(Step::Data, _))) {
                    continue;
                }
                let mut text = String::new();
                loop {
                    let line = self.line(stream, encrypted).await?;
                    match line.as_str() {
                        "." => break,
                        line => {
                            text += line.strip_prefix('.').unwrap_or(line);
                            text += "\n";
                        }
                    }
                }
                if !matches!(self.mishap, Some(Mishap::Reply(Step::Dot, _))) {
                    self.taken.lock().unwrap().push(Mail {
                        from: from.clone(),
                        to: std::mem::take(&mut to),
                        text,
                        encrypted,
                        user: user.clone(),
                    });
                }
                self.answer(stream, Step::Dot, "250 2.0.0 queued as 4711")
                    .await?;
            } else if verb == "QUIT" {
                write(stream, "221 2.0.0 bye").await;
                return None;
            } else {
                write(stream, "500 5.5.1 what?").await;
            }
        }
    }

    /// Answers, or does what the mishap says; nothing if the conversation is over.
    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        at: Step,
        proper: &str,
    ) -> Option<()> {
        match &self.mishap {
            Some(Mishap::Reply(step, text)) if *step == at => write(stream, text).await,
            Some(Mishap::Silence(step)) if *step == at => {
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
                return None;
            }
            Some(Mishap::Close(step)) if *step == at => {
                let _ = stream.shutdown().await;
                return None;
            }
            Some(Mishap::Endless(step)) if *step == at => {
                while stream.write_all(&[b'2'; 65_536]).await.is_ok() {}
                return None;
            }
            _ => write(stream, proper).await,
        }
        Some(())
    }

    async fn line<S: AsyncRead + Unpin>(&self, stream: &mut S, encrypted: bool) -> Option<String> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n") {
            bytes.push(stream.read_u8().await.ok()?);
        }
        bytes.truncate(bytes.len() - 2);
        let line = String::from_utf8(bytes).unwrap();
        if !encrypted {
            self.in_the_clear.lock().unwrap().push(line.clone());
        }
        Some(line)
    }
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) {
    // A client that went away is what several mishaps are for.
    let _ = stream.write_all(format!("{text}\r\n").as_bytes()).await;
    let _ = stream.flush().await;
}
