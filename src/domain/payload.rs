//! What one delivery sends, whole.

use super::Digest;
use serde::{Deserialize, Serialize};

/// Exactly what will be sent: an approver sees all of it, and a vote binds all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// One line for a list: `POST helpdesk /v1/messages`.
    pub summary: String,
    /// Name and value of each part, in order; what the connector will send and nothing else.
    pub parts: Vec<PayloadPart>,
}

/// A named part of a payload: `url`, `body`, `to`, `subject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadPart {
    /// Its name.
    pub name: String,
    /// Its whole value.
    pub value: String,
}

impl Payload {
    /// The value of the part with this name.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts
            .iter()
            .find(|part| part.name == name)
            .map(|part| part.value.as_str())
    }

    /// The digest that stands for this payload in records.
    pub fn digest(&self) -> Digest {
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| serde_json::json!([part.name, part.value]))
            .collect();
        Digest::of_json(&serde_json::json!({ "summary": self.summary, "parts": parts }))
    }
}
