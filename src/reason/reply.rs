//! From a model's text to claims. Nothing in it is believed: classes and runbooks must exist,
//! numbers are bounded, texts are cut, everything else is left out and told.

use super::evidence::Claim;
use super::prompt::Prompt;
use super::provider::Fault;
use crate::domain::{EvidenceSource, Reach, RootCause, RunbookId};
use serde_json::Value;
use std::collections::BTreeSet;

/// Hypotheses on a card.
const HYPOTHESES: usize = 3;
/// Quotes that are looked up for one hypothesis.
const QUOTES: usize = 8;
/// Characters of a sentence of a model's on a card.
const SENTENCE: usize = 400;
/// Assumptions on a card.
const ASSUMPTIONS: usize = 3;
/// What code decides; a model that names it is not heard.
const NOT_ITS_BUSINESS: [&str; 8] = [
    "action",
    "actions",
    "decision",
    "merchants",
    "priority",
    "risk",
    "severity",
    "targets",
];

/// What a model says, in bounds but unchecked against the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its hypotheses, as it ranks them.
    pub claims: Vec<Claim>,
    /// Its question to the merchant; may be empty.
    pub ask_merchant: String,
    /// What it took for granted.
    pub assumptions: Vec<String>,
    /// What was left out of it, in our own words.
    pub issues: Vec<String>,
}

/// Reads a model's answer. `runbooks` are the ids that exist.
///
/// # Errors
/// When it is no JSON object of the wanted form, or repeats what it was told to keep.
pub fn read(text: &str, prompt: &Prompt, runbooks: &BTreeSet<RunbookId>) -> Result<Said, Fault> {
    let value: Result<Value, _> = serde_json::from_str(unfenced(text));
    // As it came, and decoded: an escape sequence must not hide it.
    let decoded = value.as_ref().map(Value::to_string).unwrap_or_default();
    if [text, &decoded].iter().any(|text| leaks(text, prompt)) {
        return Err(Fault::Leaked);
    }
    let value = match value {
        Ok(value) => value,
        Err(error) if error.is_eof() => return Err(Fault::CutOff),
        Err(error) => {
            return Err(Fault::Malformed(format!(
                "not JSON at line {}, column {}",
                error.line(),
                error.column()
            )));
        }
    };
    let Some(answer) = value.as_object() else {
        return Err(Fault::Malformed("not a JSON object".to_owned()));
    };
    let Some(hypotheses) = answer.get("hypotheses").and_then(Value::as_array) else {
        return Err(Fault::Malformed("there is no list hypotheses".to_owned()));
    };
    let mut said = Said {
        ask_merchant: sentence(&value["ask_merchant"]),
        assumptions: list(&value["assumptions"])
            .iter()
            .map(sentence)
            .filter(|text| !text.is_empty())
            .take(ASSUMPTIONS)
            .collect(),
        ..Said::default()
    };
    for name in NOT_ITS_BUSINESS {
        if answer.contains_key(name) || hypotheses.iter().any(|one| one.get(name).is_some()) {
            said.issues.push(format!(
                "it named its own {name}, which code decides and nobody else"
            ));
        }
    }
    if hypotheses.len() > HYPOTHESES {
        said.issues.push(format!(
            "it gave {} hypotheses, of which the first {HYPOTHESES} are looked at",
            hypotheses.len()
        ));
    }
    for (place, one) in hypotheses.iter().take(HYPOTHESES).enumerate() {
        let quotes = quotes(list(&value["evidence"]), place);
        said.claims
            .extend(claim(one, quotes, runbooks, &mut said.issues));
    }
    Ok(said)
}

fn claim(
    one: &Value,
    quotes: Vec<(EvidenceSource, String)>,
    runbooks: &BTreeSet<RunbookId>,
    issues: &mut Vec<String>,
) -> Option<Claim> {
    let name = one["root_cause"].as_str().unwrap_or_default();
    let class = RootCause::ALL.into_iter().find(|c| c.as_str() == name);
    let Some(root_cause) = class else {
        issues.push("it named a class that does not exist".to_owned());
        return None;
    };
    if root_cause == RootCause::Unknown {
        return None;
    }
    let wanted = one["runbook"].as_str().unwrap_or_default().trim();
    let runbook = runbooks.iter().find(|id| id.as_str() == wanted).cloned();
    if runbook.is_none() && !wanted.is_empty() {
        issues.push("it named a runbook that does not exist".to_owned());
    }
    let against = sentence(&one["against"]);
    Some(Claim {
        root_cause,
        explanation: sentence(&one["explanation"]),
        runbook,
        reach: Reach::Model,
        confidence: confidence(&one["confidence"], issues),
        quotes,
        against: (!against.is_empty())
            .then_some(against)
            .into_iter()
            .collect(),
        would_tell: sentence(&one["would_tell"]),
    })
}

/// 0–100. A share like 0.8 is meant as 80; anything else is no confidence at all.
fn confidence(value: &Value, issues: &mut Vec<String>) -> u8 {
    let number = match value {
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map(|n| if n <= 1.0 { n * 100.0 } else { n }),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    match number {
        // Within 0 and 100, so it fits.
        Some(number) if (0.0..=100.0).contains(&number) => number.round() as u8,
        _ => {
            issues.push("it gave a confidence that is no number from 0 to 100".to_owned());
            0
        }
    }
}

fn quotes(evidence: &[Value], place: usize) -> Vec<(EvidenceSource, String)> {
    evidence
        .iter()
        .filter(|one| one["hypothesis"].as_u64() == u64::try_from(place + 1).ok())
        .filter_map(|one| {
            let source = source(one["source"].as_str()?)?;
            Some((source, one["quote"].as_str()?.to_owned()))
        })
        .take(QUOTES)
        .collect()
}

/// `T-12`, `ticket T-12`, `INC-4`, or a runbook's id.
fn source(text: &str) -> Option<EvidenceSource> {
    let words = text.trim();
    let name = words.rsplit(char::is_whitespace).next()?;
    if let Ok(ticket) = name.parse() {
        return Some(EvidenceSource::Ticket(ticket));
    }
    if let Ok(incident) = name.parse() {
        return Some(EvidenceSource::Incident(incident));
    }
    Some(EvidenceSource::Runbook(RunbookId::new(name)))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// One line, without control characters, at most 400 characters.
fn sentence(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    match out.char_indices().nth(SENTENCE) {
        Some((end, _)) => format!("{}…", out[..end].trim_end()),
        None => out,
    }
}

/// The text without one code fence around it.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```") else {
        return text;
    };
    let inner = inner.split_once('\n').map_or(inner, |(_, rest)| rest);
    inner.trim_end().strip_suffix("```").unwrap_or(inner).trim()
}

/// Whether canary or fence stand in the text, also broken up by other characters.
fn leaks(text: &str, prompt: &Prompt) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let text = plain(text);
    [&prompt.canary, &prompt.fence]
        .into_iter()
        .any(|secret| text.contains(&plain(secret)))
}
