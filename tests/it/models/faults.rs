//! Whatever a model does instead of answering, a diagnosis is there and says why.

use super::{TIMEOUT, about, asking, chain_of};
use crate::support::models::{broken, claims, gemini, json_type, said};
use crate::support::receiver::Behave;
use medic::config::{Config, EnvSource};
use medic::domain::{Diagnosis, RootCause};
use medic::reason::Diagnose as _;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// How a server misbehaves, what the card says, and how many requests that takes.
fn faults() -> Vec<(&'static str, Behave, &'static str, usize)> {
    let error = |status: u16, more: Value| {
        let body = json!({"error": {"code": status, "message": "told so", "details": more}});
        Behave::Answer(status, json_type(), body.to_string())
    };
    let finish = |reason: &str| {
        let mut answer = said("{\"hypotheses\": [");
        answer["candidates"][0]["finishReason"] = json!(reason);
        Behave::Answer(200, json_type(), answer.to_string())
    };
    let block = |reason: &str| {
        let body = json!({"promptFeedback": {"blockReason": reason}});
        Behave::Answer(200, json_type(), body.to_string())
    };
    let text = |text: &str| Behave::Answer(200, json_type(), said(text).to_string());
    let retry =
        json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36.4s"}]);
    let day = json!([{"violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}]);
    let bad_key = json!([{"reason": "API_KEY_INVALID"}]);
    let nothing = Value::Null;
    let mut table = vec![
        (
            "400",
            error(400, nothing.clone()),
            "gemini: the request was refused (HTTP 400: told so)",
            1,
        ),
        (
            "400 key",
            error(400, bad_key),
            "gemini: the key was refused (HTTP 400, API_KEY_INVALID)",
            1,
        ),
        (
            "401",
            error(401, nothing.clone()),
            "gemini: the key was refused (HTTP 401)",
            1,
        ),
        (
            "403",
            error(403, nothing.clone()),
            "gemini: the key was refused (HTTP 403)",
            1,
        ),
        (
            "404",
            error(404, nothing.clone()),
            "gemini: no such model or address (HTTP 404: told so)",
            1,
        ),
        (
            "429",
            error(429, retry),
            "gemini: too many requests, it says to come back in 37 s",
            1,
        ),
        (
            "429 day",
            error(429, day),
            "gemini: the day's quota is used up",
            1,
        ),
        (
            "silence",
            Behave::Silence,
            "gemini: no answer within 1 s",
            1,
        ),
        (
            "slow headers",
            Behave::SlowHeaders,
            "gemini: no answer within 1 s",
            1,
        ),
        (
            "broken off",
            Behave::Break,
            "gemini: no whole answer came",
            1,
        ),
        (
            "half a body",
            Behave::BreakMidAnswer,
            "gemini: no whole answer came",
            1,
        ),
        (
            "without end",
            Behave::Endless,
            "gemini: its answer is too long to be read",
            1,
        ),
        (
            "20 MB",
            text(&"x".repeat(20 << 20)),
            "gemini: its answer is too long to be read",
            1,
        ),
        (
            "empty body",
            Behave::Answer(200, json_type(), String::new()),
            "gemini: its answer was empty",
            2,
        ),
        (
            "not JSON",
            Behave::Answer(200, json_type(), "<html>".to_owned()),
            "gemini: its answer could not be read",
            2,
        ),
        (
            "no candidates",
            Behave::Answer(200, json_type(), "{}".to_owned()),
            "gemini: its answer was empty",
            2,
        ),
        ("empty text", text(" "), "gemini: its answer was empty", 2),
        (
            "prose",
            text("It is the webhook."),
            "gemini: its answer could not be read",
            2,
        ),
        (
            "a list",
            text("[]"),
            "gemini: its answer could not be read (not a JSON object)",
            2,
        ),
        (
            "cut off",
            text("{\"hypotheses\": [{\"root"),
            "gemini: its answer was cut off",
            2,
        ),
        (
            "MAX_TOKENS",
            finish("MAX_TOKENS"),
            "gemini: its answer was cut off",
            2,
        ),
        (
            "MALFORMED_RESPONSE",
            finish("MALFORMED_RESPONSE"),
            "gemini: its answer could not be read (MALFORMED_RESPONSE)",
            2,
        ),
    ];
    for status in [408, 500, 502, 503, 504] {
        let note = match status {
            408 => "gemini: it is unavailable (HTTP 408)",
            500 => "gemini: it is unavailable (HTTP 500)",
            502 => "gemini: it is unavailable (HTTP 502)",
            503 => "gemini: it is unavailable (HTTP 503)",
            _ => "gemini: it is unavailable (HTTP 504)",
        };
        table.push(("5xx", error(status, Value::Null), note, 3));
    }
    for (reason, note) in [
        ("SAFETY", "gemini: it stopped its answer (SAFETY)"),
        ("RECITATION", "gemini: it stopped its answer (RECITATION)"),
        ("LANGUAGE", "gemini: it stopped its answer (LANGUAGE)"),
        ("OTHER", "gemini: it stopped its answer (OTHER)"),
        ("BLOCKLIST", "gemini: it stopped its answer (BLOCKLIST)"),
        (
            "PROHIBITED_CONTENT",
            "gemini: it stopped its answer (PROHIBITED_CONTENT)",
        ),
        ("SPII", "gemini: it stopped its answer (SPII)"),
        (
            "CONTINUATION",
            "gemini: it stopped its answer (CONTINUATION)",
        ),
        ("ESCALATION", "gemini: it stopped its answer (ESCALATION)"),
        (
            "SOMETHING_NEW",
            "gemini: it stopped its answer (SOMETHING_NEW)",
        ),
    ] {
        table.push(("finish", finish(reason), note, 1));
    }
    for (reason, note) in [
        ("SAFETY", "gemini: it blocked the question (SAFETY)"),
        ("OTHER", "gemini: it blocked the question (OTHER)"),
        ("BLOCKLIST", "gemini: it blocked the question (BLOCKLIST)"),
        (
            "PROHIBITED_CONTENT",
            "gemini: it blocked the question (PROHIBITED_CONTENT)",
        ),
        ("JAILBREAK", "gemini: it blocked the question (JAILBREAK)"),
        (
            "MODEL_ARMOR",
            "gemini: it blocked the question (MODEL_ARMOR)",
        ),
    ] {
        table.push(("block", block(reason), note, 1));
    }
    table
}

#[tokio::test]
async fn whatever_gemini_does_a_diagnosis_is_there_and_says_why() {
    let question = Arc::new(about(7, "Orders are stuck again", TIMEOUT));
    let own = chain_of(&Config::load(None, &EnvSource::fixed([])).unwrap());
    let own = own.diagnose(&question).await;
    let mut running = tokio::task::JoinSet::new();
    for (name, behave, note, requests) in faults() {
        let question = Arc::clone(&question);
        running.spawn(async move {
            let server = broken(behave).await;
            let waits = note.contains("no answer within 1 s");
            let more = if waits {
                "[reason]\ndeadline = \"1s\"\n"
            } else {
                ""
            };
            let chain = asking(&server, more);
            let found = chain.diagnose(&question).await;
            // A server that says nothing may not have read the request when the time is up.
            let seen = if waits { requests } else { server.seen().len() };
            (name, note, requests, found, seen)
        });
    }
    while let Some(done) = running.join_next().await {
        let (name, note, requests, found, seen) = done.unwrap();
        assert_eq!(found.provider, "offline", "{name}");
        assert!(
            found.provider_note.starts_with(note)
                && found
                    .provider_note
                    .ends_with("; the offline rules answered"),
            "{name}: {}",
            found.provider_note
        );
        assert_eq!(seen, requests, "{name}");
        assert_eq!(
            found.calls.len(),
            requests,
            "{name}: every request is in the ledger"
        );
        assert!(
            found.says_the_same(&Diagnosis {
                prompt_version: found.prompt_version.clone(),
                ..own.clone()
            }),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_bad_answer_is_asked_for_once_more_and_a_fence_is_taken_off() {
    let script = Mutex::new(VecDeque::from(["Sure! Here it is: {".to_owned()]));
    let server = gemini(move |tickets| {
        let first = script.lock().unwrap().pop_front();
        first.unwrap_or_else(|| format!("```json\n{}\n```", claims("platform_bug", 70, tickets)))
    })
    .await;
    let found = asking(&server, "")
        .diagnose(&about(7, "The shop is odd today", ""))
        .await;
    assert_eq!(
        (found.provider.as_str(), found.root_cause),
        ("gemini", RootCause::PlatformBug)
    );
    let seen = server.seen();
    assert!(
        !seen[0].body.contains("could not be used") && seen[1].body.contains("could not be used")
    );
    let outcomes: Vec<&str> = found
        .calls
        .iter()
        .map(|call| call.outcome.as_str())
        .collect();
    assert_eq!(
        outcomes,
        [
            "its answer could not be read (not JSON at line 1, column 1)",
            "answered"
        ]
    );
}
