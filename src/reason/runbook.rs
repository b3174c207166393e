//! Runbooks: Markdown files whose front matter says what code may use of them.
//!
//! ```text
//! +++
//! class = "webhook_configuration"
//! signatures = ["WebhookTimeout", "endpoint unreachable"]
//! keywords = ["webhook", "timeout"]
//! safe_sentence = "…"
//! ask = "…"
//! action = "send_configuration_guide"
//! guide = """…"""
//! check = "…"
//! undo = "…"
//! +++
//! # Title
//! Everything else, for people; what evidence quotes.
//! ```
//!
//! Files come in as (name, text) pairs: which of them are built in and which lie in the
//! operator's directory is the caller's business.

use super::Broken;
use crate::domain::{ActionName, Digest, RootCause, Runbook, RunbookId};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The longest `guide`, in characters: it is sent as one message.
pub const GUIDE_LIMIT: usize = 1_200;
/// The longest `safe_sentence`, `ask`, `check` and `undo`, in characters.
pub const SENTENCE_LIMIT: usize = 500;
const FENCE: &str = "+++";

/// The runbooks that work, and what is wrong with the others.
#[derive(Clone, Debug)]
pub struct Library {
    /// Sorted by id.
    pub runbooks: Vec<Runbook>,
    /// Of the texts of the runbooks that work: changes with any of them.
    pub digest: Digest,
    /// In the order of the files.
    pub broken: Vec<Broken>,
}

/// Reads runbooks. Of two files with the same name the later one counts, so the caller gives the
/// built-in ones first. A replacement that is broken puts its runbook out of force, rather than
/// bringing back a text that the operator meant to replace.
pub fn load<N: AsRef<str>, T: AsRef<str>>(files: impl IntoIterator<Item = (N, T)>) -> Library {
    let mut by_id = BTreeMap::new();
    let mut broken = Vec::new();
    for (name, text) in files {
        let name = name.as_ref();
        match id_of(name) {
            Ok(id) => match parse(name, id.clone(), text.as_ref()) {
                Ok(runbook) => {
                    by_id.insert(id, (runbook, Digest::of(text.as_ref())));
                }
                Err(fault) => {
                    by_id.remove(&id);
                    broken.push(fault);
                }
            },
            Err(fault) => broken.push(fault),
        }
    }
    let texts: Vec<String> = by_id
        .iter()
        .map(|(id, (_, text))| format!("{id} {text}"))
        .collect();
    Library {
        runbooks: by_id.into_values().map(|(runbook, _)| runbook).collect(),
        digest: Digest::of(texts.join("\n")),
        broken,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    class: Spanned<String>,
    #[serde(default)]
    signatures: Vec<Spanned<String>>,
    #[serde(default)]
    keywords: Vec<String>,
    safe_sentence: Spanned<String>,
    ask: Option<Spanned<String>>,
    guide: Spanned<String>,
    action: Option<Spanned<String>>,
    check: Option<Spanned<String>>,
    undo: Option<Spanned<String>>,
}

fn id_of(name: &str) -> Result<RunbookId, Broken> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let fault = |reason: &str| Broken::at(name, "", 0, reason);
    let Some(stem) = file.strip_suffix(".md") else {
        return Err(fault("a runbook's file name ends in .md"));
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if stem.is_empty() || stem.len() > 64 || !stem.chars().all(plain) {
        return Err(fault(
            "a runbook's file name is 1 to 64 lower-case letters, digits and hyphens before .md",
        ));
    }
    Ok(RunbookId::new(stem))
}

fn parse(file: &str, id: RunbookId, text: &str) -> Result<Runbook, Broken> {
    let fault = |offset, reason: String| Broken::at(file, text, offset, reason);
    let (start, end, body_start) =
        fences(text).map_err(|(offset, reason)| fault(offset, reason.to_owned()))?;
    let matter: FrontMatter = toml::from_str(&text[start..end])
        .map_err(|error| Broken::toml(file, text, start, &error))?;
    let at = |offset: usize, reason: String| fault(start + offset, reason);

    let class = matter.class.get_ref();
    let Some(root_cause) = RootCause::ALL.into_iter().find(|c| c.as_str() == class) else {
        let known = RootCause::ALL.map(RootCause::as_str).join(", ");
        return Err(at(
            matter.class.span().start,
            format!("class \"{class}\" is not one of {known}"),
        ));
    };
    for signature in &matter.signatures {
        if !signature.get_ref().chars().any(char::is_alphanumeric) {
            return Err(at(
                signature.span().start,
                "a signature needs at least one word, or it would match every ticket".to_owned(),
            ));
        }
    }
    if let Some(action) = &matter.action {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if action.get_ref().is_empty() || !action.get_ref().chars().all(plain) {
            return Err(at(
                action.span().start,
                "action names an action of config.toml: lower-case letters, digits and _"
                    .to_owned(),
            ));
        }
    }
    let sentence = |field: Option<&Spanned<String>>, limit: usize, required: Option<&str>| {
        let Some(field) = field else {
            return Ok(String::new());
        };
        let words = field.get_ref().trim();
        let length = words.chars().count();
        match required {
            Some(name) if words.is_empty() => Err(at(
                field.span().start,
                format!("{name} is empty; merchants are sent it, so it must say something"),
            )),
            _ if length > limit => Err(at(
                field.span().start,
                format!("{length} characters, at most {limit} fit"),
            )),
            _ => Ok(words.to_owned()),
        }
    };
    let safe_sentence = sentence(
        Some(&matter.safe_sentence),
        SENTENCE_LIMIT,
        Some("safe_sentence"),
    )?;
    let guide = sentence(Some(&matter.guide), GUIDE_LIMIT, Some("guide"))?;
    let ask = sentence(matter.ask.as_ref(), SENTENCE_LIMIT, None)?;
    let check = sentence(matter.check.as_ref(), SENTENCE_LIMIT, None)?;
    let undo = sentence(matter.undo.as_ref(), SENTENCE_LIMIT, None)?;

    let body = text[body_start..].trim();
    let Some(title) = body.lines().find_map(|line| line.strip_prefix("# ")) else {
        return Err(fault(
            body_start,
            "no title: the text below the front matter needs a line that begins with \"# \""
                .to_owned(),
        ));
    };
    Ok(Runbook {
        id,
        title: title.trim().to_owned(),
        root_cause,
        signatures: matter
            .signatures
            .into_iter()
            .map(Spanned::into_inner)
            .collect(),
        keywords: matter.keywords,
        safe_sentence,
        ask,
        guide,
        action: matter.action.map(|name| ActionName::new(name.into_inner())),
        check,
        undo,
        body: body.to_owned(),
    })
}

/// Where the front matter begins and ends, and where the body begins, in bytes.
fn fences(text: &str) -> Result<(usize, usize, usize), (usize, &'static str)> {
    let mut offset = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        let end = offset + line.len();
        let fence = line.trim_start_matches('\u{feff}').trim_end() == FENCE;
        match start {
            None if fence => start = Some(end),
            None => {
                return Err((
                    0,
                    "a runbook begins with a line \"+++\", then TOML, then \"+++\"",
                ));
            }
            Some(start) if fence => return Ok((start, offset, end)),
            Some(_) => {}
        }
        offset = end;
    }
    Err((0, "the front matter is not closed by a second line \"+++\""))
}
