//! From a question to what a model is sent: the operator's prompt, and the material fenced off as
//! data.

use super::Question;
use super::offline::newest;
use crate::domain::{Digest, RootCause, Runbook, Ticket};
use serde::Deserialize;
use serde_json::{Value, json};

/// Characters of one text of a ticket that a model reads.
const TEXT: usize = 6_000;
/// Characters of a runbook that a model reads.
const BODY: usize = 1_500;
/// Past incidents that a model reads.
const PAST: usize = 5;
/// What a prompt must name, in the file for the question and in that for a repair.
const QUESTION_NAMES: [&str; 3] = ["{{ canary }}", "{{ fence }}", "{{ classes }}"];
const REPAIR_NAMES: [&str; 1] = ["{{ fault }}"];

/// The prompt files, read once.
#[derive(Clone, Debug)]
pub struct Prompts {
    system: String,
    repair: String,
    version: String,
}

/// A prompt file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct PromptError {
    file: String,
    reason: String,
}

/// One request to a model.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What the model is told by the operator.
    pub system: String,
    /// The material, fenced.
    pub user: String,
    /// What the answer looks like.
    pub schema: Value,
    /// Version of the prompt files.
    pub version: String,
    /// Stands for everything that shapes the answer, whatever fence and canary were drawn.
    pub input: Digest,
    /// Lines that fence the data begin with it; no ticket can know it.
    pub fence: String,
    /// An answer that holds it has told its instructions.
    pub canary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    version: String,
}

impl Prompts {
    /// Reads the two files, each with its name for messages.
    ///
    /// # Errors
    /// When the front matter or a placeholder is missing.
    pub fn parse(question: (&str, &str), repair: (&str, &str)) -> Result<Self, PromptError> {
        let (version, system) = split(question, &QUESTION_NAMES)?;
        let (_, again) = split(repair, &REPAIR_NAMES)?;
        let digest = Digest::of(format!("{system}\n{again}")).prefix();
        Ok(Self {
            version: format!("{version} ({digest})"),
            system,
            repair: again,
        })
    }

    /// The version of the question's file, with the first digits of the digest of both.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The request about a question. `secret` is known to nobody outside; fence and canary come
    /// from it and from the material, so the same question is asked in the same words, and no
    /// ticket can forge them.
    pub fn about(&self, question: &Question, runbooks: &[&Runbook], secret: &[u8; 32]) -> Prompt {
        let material = material(question, runbooks);
        let input = Digest::of(format!("{}\n{material}", self.version));
        let drawn = |purpose: &str| {
            let mut bytes = secret.to_vec();
            bytes.extend_from_slice(input.as_bytes());
            bytes.extend_from_slice(purpose.as_bytes());
            let text = Digest::of(bytes).to_string();
            text[text.len() - 24..].to_owned()
        };
        let fence = format!("DATA-{}", drawn("fence"));
        let canary = format!("KEEP-{}", drawn("canary"));
        Prompt {
            system: self
                .system
                .replace("{{ canary }}", &canary)
                .replace("{{ fence }}", &fence)
                .replace("{{ classes }}", &classes()),
            user: format!("{fence} begins\n{material}{fence} ends\nDiagnose these tickets."),
            schema: schema(),
            version: self.version.clone(),
            input,
            fence,
            canary,
        }
    }

    /// The same request once more, with what was wrong with the answer.
    pub fn repaired(&self, prompt: &Prompt, fault: &str) -> Prompt {
        let again = self.repair.replace("{{ fault }}", fault);
        Prompt {
            user: format!("{}\n\n{again}", prompt.user),
            ..prompt.clone()
        }
    }
}

fn split((file, text): (&str, &str), names: &[&str]) -> Result<(String, String), PromptError> {
    let fault = |reason: String| PromptError {
        file: file.to_owned(),
        reason,
    };
    let text = text.replace("\r\n", "\n");
    let parts = text
        .trim_start_matches('\u{feff}')
        .strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"));
    let Some((head, body)) = parts else {
        return Err(fault(
            "a prompt begins with a line \"+++\", its version, and another line \"+++\"".to_owned(),
        ));
    };
    let head: Head = toml::from_str(head).map_err(|error| fault(error.message().to_owned()))?;
    if let Some(missing) = names.iter().find(|name| !body.contains(**name)) {
        return Err(fault(format!(
            "it must hold {missing}; see the built-in one"
        )));
    }
    Ok((head.version, body.trim().to_owned()))
}

/// One JSON object a line, so that no text can look like the end of its own field.
fn material(question: &Question, runbooks: &[&Runbook]) -> String {
    let mut lines = Vec::new();
    for ticket in newest(&question.tickets) {
        lines.push(ticket_line(ticket));
    }
    for runbook in runbooks {
        lines.push(json!({
            "kind": "runbook",
            "id": runbook.id,
            "class": runbook.root_cause,
            "title": runbook.title,
            "text": cut(&runbook.body, BODY),
        }));
    }
    for past in question.past.iter().take(PAST) {
        lines.push(json!({
            "kind": "past incident",
            "id": past.id.to_string(),
            "class": past.root_cause,
            "text": cut(&past.summary, BODY),
            "healed": past.healed,
        }));
    }
    let counts = json!({
        "kind": "counts",
        "tickets": question.ticket_count,
        "merchants": question.merchants,
    });
    let mut text = String::new();
    for line in std::iter::once(counts).chain(lines) {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

fn ticket_line(ticket: &Ticket) -> Value {
    let [issue, message, log] = ticket.texts().map(|text| cut(text, TEXT));
    json!({
        "kind": "ticket",
        "id": ticket.id.to_string(),
        "stage": cut(&ticket.migration_stage, 100),
        "issue": issue,
        "message": message,
        "log": log,
    })
}

fn cut(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn classes() -> String {
    RootCause::ALL
        .into_iter()
        .filter(|class| *class != RootCause::Unknown)
        .map(|class| format!("- `{class}`: {}", class.in_words()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Flat and without bounds: deeper schemas, long enumerations and limits are refused by some
/// providers without a word. What comes back is checked by code anyway.
fn schema() -> Value {
    let text = json!({"type": "string"});
    let whole = json!({"type": "integer"});
    let classes: Vec<&str> = RootCause::ALL.into_iter().map(RootCause::as_str).collect();
    let object = |properties: Value| {
        let names: Vec<String> = properties
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default();
        json!({
            "type": "object",
            "properties": properties,
            "required": names,
            "additionalProperties": false,
        })
    };
    let list = |items: Value| json!({"type": "array", "items": items});
    object(json!({
        "hypotheses": list(object(json!({
            "root_cause": {"type": "string", "enum": classes},
            "explanation": text,
            "runbook": text,
            "confidence": whole,
            "against": text,
            "would_tell": text,
        }))),
        "evidence": list(object(json!({
            "hypothesis": whole,
            "source": text,
            "quote": text,
        }))),
        "ask_merchant": text,
        "assumptions": list(text.clone()),
    }))
}
