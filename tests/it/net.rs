//! The outbound client over real sockets: where it goes, where it never goes, what it says.

use crate::support::receiver::{Behave, Rogue};
use medic::net::{
    Auth, EndpointError, EndpointOptions, Lookup, MAX_ANSWER, Method, Net, Request, Response,
    SendError, SystemLookup,
};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// A name server that answers each question with the next of its answers.
#[derive(Default)]
struct Names(Mutex<VecDeque<Vec<&'static str>>>);

#[async_trait::async_trait]
impl Lookup for Names {
    async fn lookup(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        let answer = self.0.lock().unwrap().pop_front();
        let answer = answer.ok_or_else(|| std::io::Error::other("no such name"))?;
        Ok(answer.iter().map(|text| text.parse().unwrap()).collect())
    }
}

fn names(answers: &[&[&'static str]]) -> Arc<dyn Lookup> {
    let answers = answers.iter().map(|answer| answer.to_vec()).collect();
    Arc::new(Names(Mutex::new(answers)))
}

fn build(options: EndpointOptions, lookup: &Arc<dyn Lookup>) -> Result<Net, Vec<EndpointError>> {
    let secret = |name: &str| match name {
        "TOKEN" => Some("tok-1".to_owned().into()),
        "SIGNING" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into()),
        "WEAK" => Some("whsec_c2hvcnQ=".to_owned().into()),
        _ => None,
    };
    Net::new(
        &BTreeMap::from([("crm".to_owned(), options)]),
        &secret,
        lookup,
    )
}

fn net(options: EndpointOptions) -> Net {
    let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
    build(options, &lookup).unwrap()
}

fn local(base_url: impl Into<String>) -> EndpointOptions {
    EndpointOptions {
        allow_private: true,
        timeout_ms: 300,
        ..EndpointOptions::new(base_url)
    }
}

fn post(url: impl Into<String>) -> Request {
    Request {
        method: Method::Post,
        url: url.into(),
        headers: vec![("x-team".into(), "payments".into())],
        body: "{\"a\":1}".into(),
        auth: Auth::Header,
        sign_as: None,
    }
}

async fn ask(server: &Rogue) -> Result<Response, SendError> {
    let url = format!("{}/x", server.url());
    net(local(server.url())).send("crm", post(url)).await
}

#[tokio::test]
async fn a_request_arrives_as_written_with_token_and_signature() {
    let body = "{\"id\":7}".to_owned();
    let answer = Behave::Answer(201, vec![("location", "/x/7".into())], body.clone());
    let server = Rogue::start([answer]).await;
    let net = net(EndpointOptions {
        bearer_env: Some("TOKEN".into()),
        signing_env: Some("SIGNING".into()),
        ..local(format!("{}/v1/", server.url()))
    });
    let url = net.url("crm", "/x?q=a%20b").unwrap();
    let request = Request {
        sign_as: Some(("msg-1".into(), "2026-11-01T10:00:00Z".parse().unwrap())),
        ..post(url)
    };
    let answer = net.send("crm", request).await.unwrap();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), Some("/x/7"));
    assert_eq!(answer.body.unwrap(), body.into_bytes());
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /v1/x?q=a%20b HTTP/1.1");
    assert_eq!(seen.body, "{\"a\":1}");
    assert_eq!(seen.header("x-team"), Some("payments"));
    assert_eq!(seen.header("authorization"), Some("Bearer tok-1"));
    assert_eq!(seen.header("webhook-id"), Some("msg-1"));
    assert_eq!(seen.header("webhook-timestamp"), Some("1793527200"));
    let signature = seen.header("webhook-signature").unwrap();
    assert!(signature.starts_with("v1,"), "{signature}");
}

#[tokio::test]
async fn nothing_is_sent_outside_the_endpoint() {
    let (server, other) = (Rogue::start([]).await, Rogue::start([]).await);
    let net = net(local(format!("{}/v1", server.url())));
    let host = server.address;
    for url in [
        format!("{}/v1/x", other.url()),
        format!("http://{host}@{}/v1/x", other.address),
        format!("http://{host}/v1/../admin"),
        format!("http://{host}/v1/%2e%2e/admin"),
        format!("http://{host}/v1/..%2f/..\\admin"),
        format!("http://{host}/v1\\@{}/", other.address),
        format!("http://{host}/v1.evil.example/x"),
        format!("http://{host}/v2/x"),
        format!("https://{host}/v1/x"),
        format!("http://{host}/v1/x\r\nhost: evil.example"),
        format!("http://{host}/v1/x y"),
        format!("http://{host}/v1/x#y"),
        format!("http://{host}/v1/\u{0}"),
        format!("//{}/v1/x", other.address),
        "gopher://127.0.0.1:6379/_FLUSHALL".to_owned(),
        "file:///etc/passwd".to_owned(),
        "%2e%2e%2fsecret".to_owned(),
        "../../../../etc/passwd".to_owned(),
        String::new(),
    ] {
        let result = net.send("crm", post(url.clone())).await;
        assert!(
            matches!(result, Err(SendError::Refused(_))),
            "{url:?}: {result:?}"
        );
    }
    let result = net
        .send("helpdesk", post(format!("http://{host}/v1/x")))
        .await;
    let Err(SendError::Refused(why)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        why,
        "there is no endpoint \"helpdesk\"; configure [endpoints.helpdesk] or use one of: crm"
    );
    assert!(server.seen().is_empty() && other.seen().is_empty());
}

#[tokio::test]
async fn header_injection_is_refused() {
    let server = Rogue::start([]).await;
    let net = net(local(server.url()));
    for (name, value) in [
        ("x-a", "1\r\nx-b: 2"),
        ("x a", "1"),
        ("x-a", "\u{0}"),
        ("", "1"),
    ] {
        let mut request = post(format!("{}/x", server.url()));
        request.headers = vec![(name.into(), value.into())];
        let result = net.send("crm", request).await;
        assert!(
            matches!(result, Err(SendError::Refused(_))),
            "{name:?} {value:?}"
        );
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_name_is_resolved_once_a_request_and_each_answer_is_checked() {
    let server = Rogue::start([]).await;
    let port = server.address.port();
    let answers: [&[&str]; 3] = [
        &["127.0.0.1"],
        &["169.254.169.254"],
        &["127.0.0.1", "fe80::1"],
    ];
    let net = build(
        EndpointOptions {
            allow_plain_http: true,
            ..local(format!("http://crm.example:{port}"))
        },
        &names(&answers),
    )
    .unwrap();
    let url = format!("http://crm.example:{port}/x");
    // Were it resolved twice, the second answer would be the first request's.
    assert_eq!(net.send("crm", post(&url)).await.unwrap().status, 200);
    let rebound = net.send("crm", post(&url)).await.unwrap_err();
    let why = "crm.example is 169.254.169.254, a link-local address; it is not connected";
    assert_eq!(rebound, SendError::Refused(why.into()));
    let mixed = net.send("crm", post(&url)).await;
    assert!(matches!(mixed, Err(SendError::Refused(_))), "{mixed:?}");
    let gone = net.send("crm", post(&url)).await;
    assert!(matches!(gone, Err(SendError::NotSent(_))), "{gone:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_public_name_that_leads_inside_is_refused() {
    for (address, private, plain_http) in [
        ("127.0.0.1", false, true),
        ("10.0.0.7", false, true),
        ("::ffff:192.168.0.1", false, true),
        ("::1", false, true),
        ("100.100.100.200", true, true),
        ("fd00:ec2::254", true, true),
        ("::ffff:169.254.169.254", true, true),
        ("0.0.0.0", true, true),
    ] {
        let net = build(
            EndpointOptions {
                allow_private: private,
                allow_plain_http: plain_http,
                ..local("http://crm.example")
            },
            &names(&[&[address]]),
        )
        .unwrap();
        let result = net.send("crm", post("http://crm.example/x")).await;
        assert!(
            matches!(result, Err(SendError::Refused(_))),
            "{address}: {result:?}"
        );
    }
    // Plain http that was allowed for this machine only stays there, whatever localhost is today.
    let net = build(local("http://localhost"), &names(&[&["10.0.0.7"]])).unwrap();
    let result = net.send("crm", post("http://localhost/x")).await;
    assert!(matches!(result, Err(SendError::Refused(_))), "{result:?}");
}

#[test]
fn an_endpoint_that_cannot_be_used_says_which_key_and_why() {
    let at = |base_url: &str| EndpointOptions::new(base_url);
    let mut short = at("https://crm.example");
    short.signing_env = Some("WEAK".into());
    let mut unset = at("https://crm.example");
    unset.bearer_env = Some("CRM_TOKEN".into());
    let mut no_file = at("https://crm.example");
    no_file.ca_file = Some("/nowhere/ca.pem".into());
    let mut no_time = at("https://crm.example");
    no_time.timeout_ms = 0;
    let mut metadata = at("http://169.254.169.254");
    metadata.allow_private = true;
    metadata.allow_plain_http = true;
    let mut user_alone = at("https://crm.example");
    user_alone.user = Some("medic".into());
    let mut two_ways = user_alone.clone();
    two_ways.password_env = Some("TOKEN".into());
    two_ways.bearer_env = Some("TOKEN".into());
    let mut mail_with_token = at("smtp://mail.example");
    mail_with_token.bearer_env = Some("TOKEN".into());
    let mut mail_inside = at("smtps://169.254.169.254:465");
    mail_inside.allow_private = true;
    let lookup = names(&[]);
    for (options, expected) in [
        (
            user_alone,
            "endpoints.crm.user: it needs password_env, which is not set",
        ),
        (
            two_ways,
            "endpoints.crm.user: there is a bearer_env too; an endpoint signs in in one way",
        ),
        (
            at("smtp://mail.example/inbox"),
            "endpoints.crm.base_url: \"smtp://mail.example/inbox\": it has more than host and port",
        ),
        (
            at("smtp://medic:x@mail.example"),
            "endpoints.crm.base_url: it holds a user or password; use the keys user and password_env",
        ),
        (
            at("smtps://10.0.0.7"),
            "endpoints.crm.base_url: 10.0.0.7 is 10.0.0.7, a private network",
        ),
        (
            mail_inside,
            "endpoints.crm.base_url: 169.254.169.254 is 169.254.169.254, a link-local",
        ),
        (
            mail_with_token,
            "endpoints.crm.bearer_env: a mail server knows no such thing",
        ),
        (
            at("crm.example"),
            "endpoints.crm.base_url: \"crm.example\" is not a URL",
        ),
        (
            at("ftp://crm.example"),
            "endpoints.crm.base_url: ftp is not supported; use https",
        ),
        (
            at("https://a:b@crm.example"),
            "endpoints.crm.base_url: it holds a user or password",
        ),
        (
            at("https://crm.example/?a=b"),
            "endpoints.crm.base_url: it has a query or fragment",
        ),
        (
            at("http://crm.example"),
            "endpoints.crm.base_url: plain http to crm.example; use https",
        ),
        (
            at("http://localhost"),
            "endpoints.crm.allow_private: localhost is this machine",
        ),
        (
            at("https://127.0.0.1"),
            "endpoints.crm.base_url: 127.0.0.1 is 127.0.0.1, this machine",
        ),
        // Other spellings of addresses are read before they are judged.
        (
            at("https://2130706433"),
            "endpoints.crm.base_url: 127.0.0.1 is 127.0.0.1",
        ),
        (
            at("https://0x7f.1"),
            "endpoints.crm.base_url: 127.0.0.1 is 127.0.0.1",
        ),
        (
            at("https://[::ffff:10.0.0.1]"),
            "endpoints.crm.base_url: [::ffff:a00:1] is",
        ),
        (
            metadata,
            "endpoints.crm.base_url: 169.254.169.254 is 169.254.169.254, a link-local",
        ),
        (short, "endpoints.crm.signing_env: not a signing secret"),
        (
            unset,
            "endpoints.crm.bearer_env: CRM_TOKEN is not set or empty; set it in the",
        ),
        (
            no_file,
            "endpoints.crm.ca_file: cannot read /nowhere/ca.pem",
        ),
        (no_time, "endpoints.crm.timeout_ms: it is 0"),
    ] {
        let base_url = options.base_url.clone();
        let errors = build(options, &lookup).err().unwrap_or_default();
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(
            texts.len() == 1 && texts[0].starts_with(expected),
            "{base_url}: {texts:?}"
        );
    }
}

#[tokio::test]
async fn redirects_are_shown_and_not_followed() {
    let other = Rogue::start([]).await;
    for status in [301, 302, 303, 307, 308] {
        let to = vec![("location", format!("{}/x", other.url()))];
        let server = Rogue::start([Behave::Answer(status, to, String::new())]).await;
        assert_eq!(ask(&server).await.unwrap().status, status);
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_and_its_status_stands() {
    let exact = Behave::Answer(200, Vec::new(), "x".repeat(MAX_ANSWER));
    let server = Rogue::start([exact, Behave::Endless, Behave::BreakMidAnswer]).await;
    assert_eq!(ask(&server).await.unwrap().body.unwrap().len(), MAX_ANSWER);
    let endless = ask(&server).await.unwrap();
    assert_eq!(endless.status, 200);
    assert_eq!(
        endless.body.unwrap_err(),
        "the answer is longer than 1048576 bytes"
    );
    let broken = ask(&server).await.unwrap();
    assert_eq!(broken.status, 200);
    assert!(broken.body.unwrap_err().starts_with("the answer broke off"));
}

#[tokio::test]
async fn what_may_have_been_done_is_told_from_what_was_never_sent() {
    let server = Rogue::start([Behave::Silence, Behave::SlowHeaders, Behave::Break]).await;
    for _ in 0..3 {
        let result = ask(&server).await;
        assert!(
            matches!(result, Err(SendError::Unanswered(_))),
            "{result:?}"
        );
    }
    assert_eq!(server.seen().len(), 3);
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let result = net(local(&url)).send("crm", post(format!("{url}/x"))).await;
    let Err(SendError::NotSent(why)) = result else {
        panic!("{result:?}");
    };
    assert!(why.contains("refused"), "{why}");
}

#[tokio::test]
async fn a_certificate_is_trusted_only_from_its_authority_and_for_its_name() {
    let (server, authority) = Rogue::start_tls("127.0.0.1").await;
    let (elsewhere, other_authority) = Rogue::start_tls("crm.example").await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let try_with = async |server: &Rogue, ca_file| {
        let base = format!("https://{}", server.address);
        // A debug build's handshake takes its time.
        let options = EndpointOptions {
            ca_file,
            timeout_ms: 5_000,
            ..local(&base)
        };
        net(options).send("crm", post(format!("{base}/x"))).await
    };
    let trusted = try_with(&server, file("ca.pem", &authority)).await;
    assert_eq!(trusted.unwrap().status, 200);
    for refused in [
        try_with(&server, file("other.pem", &other_authority)).await,
        try_with(&elsewhere, file("other.pem", &other_authority)).await,
    ] {
        let Err(SendError::NotSent(why)) = refused else {
            panic!("{refused:?}");
        };
        assert!(why.contains("certificate"), "{why}");
    }
    assert_eq!(server.seen().len(), 1);
    assert!(elsewhere.seen().is_empty());
}
