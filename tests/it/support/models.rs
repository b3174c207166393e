//! Model providers over a real socket: they speak the real protocol, answer by what they are asked,
//! and misbehave on command.

use super::receiver::{Behave, Rogue, Seen};
use serde_json::{Value, json};

/// A key that opens nothing.
pub const KEY: &str = "AQ.not-a-key-only-for-tests";

/// A Gemini whose answers' text comes from the tickets it is shown.
pub async fn gemini(text: impl Fn(&[Value]) -> String + Send + Sync + 'static) -> Rogue {
    Rogue::speaking(move |seen| {
        Behave::Answer(200, json_type(), said(&text(&shown(seen))).to_string())
    })
    .await
}

/// A Gemini that always behaves like this.
pub async fn broken(behave: Behave) -> Rogue {
    Rogue::speaking(move |_| behave.clone()).await
}

pub fn json_type() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json".to_owned())]
}

/// A whole answer of Gemini's with this text, its thoughts beside it.
pub fn said(text: &str) -> Value {
    json!({
        "candidates": [{
            "content": {"role": "model", "parts": [
                {"text": "hm, let me see", "thought": true},
                {"text": text},
            ]},
            "finishReason": "STOP",
            "index": 0,
        }],
        "usageMetadata": {
            "promptTokenCount": 900,
            "candidatesTokenCount": 80,
            "thoughtsTokenCount": 20,
            "totalTokenCount": 1000,
        },
        "modelVersion": "gemini-3.8-flash",
        "responseId": "r-1",
    })
}

/// The same from an OpenAI-compatible server.
pub fn completed(text: &str) -> Value {
    json!({
        "model": "local-8b",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000},
    })
}

/// The tickets that a request shows, as JSON lines between its fences.
pub fn shown(seen: &Seen) -> Vec<Value> {
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let text = body["contents"][0]["parts"][0]["text"]
        .as_str()
        .or_else(|| body["messages"][1]["content"].as_str())
        .unwrap();
    let mut lines = text.lines();
    let fence = lines.next().unwrap().strip_suffix(" begins").unwrap();
    let end = format!("{fence} ends");
    lines
        .take_while(|line| *line != end)
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["kind"] == "ticket")
        .collect()
}

/// An answer with one hypothesis that quotes the first ticket's issue.
pub fn claims(class: &str, confidence: u8, tickets: &[Value]) -> String {
    let first = &tickets[0];
    let field = ["issue", "message", "log"]
        .into_iter()
        .find(|field| first[*field].as_str().is_some_and(|text| text.len() > 3))
        .unwrap_or("issue");
    let quote: String = first[field].as_str().unwrap().chars().take(200).collect();
    json!({
        "hypotheses": [{
            "root_cause": class,
            "explanation": format!("It looks like {class} to me."),
            "runbook": "",
            "confidence": confidence,
            "against": "",
            "would_tell": "Does it happen every time?",
        }],
        "evidence": [{"hypothesis": 1, "source": first["id"], "quote": quote}],
        "ask_merchant": "Could you tell us when it began?",
        "assumptions": [],
    })
    .to_string()
}
