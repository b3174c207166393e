//! A server that misbehaves as told: each connection takes the next behaviour of its script.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What to do with one request, after it has been read whole.
#[derive(Clone, Debug)]
pub enum Behave {
    /// Answer properly.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Never answer, until the client goes away.
    Silence,
    /// Begin the status line and stop there, until the client goes away.
    SlowHeaders,
    /// Close without an answer.
    Break,
    /// A success status, then close in the middle of the body.
    BreakMidAnswer,
    /// A success status and a body without end.
    Endless,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

/// The server. A script that has run out goes on with 200.
pub struct Rogue {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Seen {
    pub fn method(&self) -> &str {
        self.line.split(' ').next().unwrap()
    }

    /// With its query.
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Rogue {
    pub async fn start(script: impl Into<VecDeque<Behave>>) -> Self {
        Self::serve(scripted(script.into()), None).await
    }

    /// A server that decides at each request what to do with it.
    pub async fn speaking(speak: impl FnMut(&Seen) -> Behave + Send + 'static) -> Self {
        Self::serve(Box::new(speak), None).await
    }

    /// With TLS, a certificate for `name`, and the PEM of the authority that issued it.
    pub async fn start_tls(name: &str) -> (Self, String) {
        let (acceptor, authority) = certified(name);
        let server = Self::serve(scripted(VecDeque::new()), Some(acceptor)).await;
        (server, authority)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that were read whole: the work that was done.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    async fn serve(speak: Speak, tls: Option<TlsAcceptor>) -> Self {
        let any: IpAddr = "127.0.0.1".parse().unwrap();
        let listener = TcpListener::bind((any, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let speak = Arc::new(Mutex::new(speak));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, speak) = (Arc::clone(&log), Arc::clone(&speak));
                match &tls {
                    None => {
                        tokio::spawn(handle(stream, speak, log));
                    }
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            tokio::spawn(handle(stream, speak, log));
                        }
                    }
                }
            }
        });
        Self {
            address,
            seen,
            server,
        }
    }
}

type Speak = Box<dyn FnMut(&Seen) -> Behave + Send>;

fn scripted(mut script: VecDeque<Behave>) -> Speak {
    let then = || Behave::Answer(200, Vec::new(), String::new());
    Box::new(move |_| script.pop_front().unwrap_or_else(then))
}

/// A server's side of TLS with a certificate for `name`, and the PEM of the authority that issued
/// it.
pub fn certified(name: &str) -> (TlsAcceptor, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(params, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn handle<S>(mut stream: S, speak: Arc<Mutex<Speak>>, log: Arc<Mutex<Vec<Seen>>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    let behave = (speak.lock().unwrap())(&request);
    log.lock().unwrap().push(request);
    let sent = match behave {
        Behave::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\n");
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            let length = body.len();
            let answer = format!("{head}content-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await
        }
        Behave::Silence => until_gone(&mut stream).await,
        Behave::SlowHeaders => {
            stream.write_all(b"HTTP/1.1 20").await.unwrap();
            until_gone(&mut stream).await
        }
        Behave::Break => Ok(()),
        Behave::BreakMidAnswer => {
            let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":";
            stream.write_all(half).await
        }
        Behave::Endless => {
            let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while sent.is_ok() {
                sent = stream.write_all(&[b'x'; 65_536]).await;
            }
            Ok(())
        }
    };
    // A client that went away is what several behaviours are for.
    let _ = sent;
    let _ = stream.shutdown().await;
}

async fn until_gone<S: AsyncRead + Unpin>(stream: &mut S) -> std::io::Result<()> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(|_| ())
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Seen> {
    let mut bytes = Vec::new();
    let split = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    };
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes[split + 4..].to_vec();
    while body.len() < length {
        let mut chunk = vec![0; length - body.len()];
        let read = stream.read(&mut chunk).await.unwrap();
        body.extend_from_slice(&chunk[..read]);
    }
    Some(Seen {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
