//! Requests as browsers and programs send them.

use super::ORIGIN;
use axum::body::Body;
use axum::http::{Request, header};
use jiff::Timestamp;

/// A page asked for under the console's own name.
pub fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header(header::HOST, "127.0.0.1:8484")
}

/// A form as a page of the console sends it.
pub fn form(path: &str, session: Option<&str>, fields: &[(&str, &str)]) -> Request<Body> {
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", percent(value)))
        .collect();
    let mut request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8484")
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(session) = session {
        request = request.header(header::COOKIE, format!("medic_session={session}"));
    }
    request.body(Body::from(body.join("&"))).unwrap()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A ticket request signed by the reference implementation of Standard Webhooks.
pub fn signed(secret: &str, id: &str, at: Timestamp, body: &str) -> Request<Body> {
    let signature = standardwebhooks::Webhook::new(secret)
        .unwrap()
        .sign(id, at.as_second(), body.as_bytes())
        .unwrap();
    Request::post("/v1/tickets")
        .header("webhook-id", id)
        .header("webhook-timestamp", at.as_second().to_string())
        .header("webhook-signature", signature)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// A ticket request with a bearer token.
pub fn bearer(token: &str, body: &str) -> Request<Body> {
    Request::post("/v1/tickets")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap()
}
