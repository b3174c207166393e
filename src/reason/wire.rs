//! One JSON request to a model provider over the outbound client, and what its status means.

use super::provider::{Fault, short};
use crate::net::{Auth, Method, Net, Request, SendError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A provider's endpoint.
#[derive(Clone)]
pub(super) struct Wire {
    net: Arc<Net>,
    endpoint: &'static str,
}

impl Wire {
    pub(super) const fn new(net: Arc<Net>, endpoint: &'static str) -> Self {
        Self { net, endpoint }
    }

    /// Posts JSON and answers with the JSON of a 2xx.
    pub(super) async fn post(
        &self,
        path: &str,
        headers: Vec<(String, String)>,
        body: &Value,
    ) -> Result<Value, Fault> {
        self.send(Method::Post, path, headers, body.to_string())
            .await
    }

    /// Gets JSON.
    pub(super) async fn get(
        &self,
        path: &str,
        headers: Vec<(String, String)>,
    ) -> Result<Value, Fault> {
        self.send(Method::Get, path, headers, String::new()).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        mut headers: Vec<(String, String)>,
        body: String,
    ) -> Result<Value, Fault> {
        let url = self
            .net
            .url(self.endpoint, path)
            .map_err(|why| Fault::NoSuchModel(short(&why)))?;
        if !body.is_empty() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let request = Request {
            method,
            url,
            headers,
            body,
            sign_as: None,
            auth: Auth::Header,
        };
        let answer = match self.net.send(self.endpoint, request).await {
            Ok(answer) => answer,
            Err(SendError::Refused(why) | SendError::NotSent(why)) => {
                return Err(Fault::NotReached(short(&why)));
            }
            Err(SendError::Unanswered(why)) => return Err(Fault::NoAnswer(short(&why))),
        };
        let retry_after = answer
            .header("retry-after")
            .and_then(|value| value.parse().ok())
            .map(Duration::from_secs);
        let good = (200..300).contains(&answer.status);
        let bytes = match answer.body {
            Ok(bytes) => bytes,
            Err(_) if !good => Vec::new(),
            Err(why) if why.contains("longer than") => return Err(Fault::TooLong),
            Err(why) => return Err(Fault::NoAnswer(short(&why))),
        };
        let value = serde_json::from_slice::<Value>(&bytes);
        if good {
            return value.map_err(|error| match bytes.trim_ascii().is_empty() {
                true => Fault::Empty,
                false => Fault::Malformed(format!("not JSON: {error}")),
            });
        }
        let error = value
            .map(|value| value["error"].clone())
            .unwrap_or_default();
        Err(fault_of(answer.status, &error, retry_after))
    }
}

/// What a status that is no success means, with the error object that came with it.
fn fault_of(status: u16, error: &Value, retry_after: Option<Duration>) -> Fault {
    let message = short(error["message"].as_str().unwrap_or("no reason given"));
    let told = format!("HTTP {status}: {message}");
    let details = error["details"].as_array().map_or(&[][..], Vec::as_slice);
    let reason = |wanted: &str| details.iter().any(|detail| detail["reason"] == wanted);
    match status {
        // The provider's own words may hold a part of the key.
        401 | 403 => Fault::Key(format!("HTTP {status}")),
        _ if reason("API_KEY_INVALID") => Fault::Key(format!("HTTP {status}, API_KEY_INVALID")),
        404 => Fault::NoSuchModel(told),
        429 => Fault::Quota {
            retry_after: details
                .iter()
                .find_map(|detail| seconds(detail["retryDelay"].as_str()?))
                .or(retry_after),
            day: error.to_string().contains("PerDay"),
        },
        408 | 500..=599 => Fault::Unavailable(status),
        _ => Fault::Request(told),
    }
}

/// `"36.4s"`.
fn seconds(text: &str) -> Option<Duration> {
    let number: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(number).ok()
}
