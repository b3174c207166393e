//! Reading an action's `with` table, for connectors whose keys are fixed.

use crate::act::template::Values;
use crate::act::{RenderContext, RenderError, Rendered};
use crate::domain::{Action, Payload};
use serde_json::Value;

/// A `with` table that holds all it must and nothing unknown.
pub(super) struct With<'a>(&'a Action);

impl<'a> With<'a> {
    /// Reads the table; answers with everything that is wrong, one sentence each.
    pub fn read(
        action: &'a Action,
        required: &[&str],
        optional: &[&str],
    ) -> Result<Self, Vec<String>> {
        let known: Vec<&str> = required.iter().chain(optional).copied().collect();
        let with = Self(action);
        let unknown = action
            .with
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| format!("with.{key}: {}", unknown_key(key, &known)));
        let missing = required
            .iter()
            .filter(|key| with.get(key).is_none())
            .map(|key| format!("with.{key}: it is missing or empty; set it"));
        let problems: Vec<String> = unknown.chain(missing).collect();
        if problems.is_empty() {
            Ok(with)
        } else {
            Err(problems)
        }
    }

    /// The value of this key, if it is there and not empty.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        let value = self.0.with.get(key)?.as_str();
        (!value.is_empty()).then_some(value)
    }

    /// The value of a key that [`With::read`] required.
    pub fn need(&self, key: &str) -> &'a str {
        self.get(key).unwrap_or_default()
    }

    /// The value as it stands; an error where it holds a template.
    pub fn fixed(&self, key: &str) -> Result<Option<&'a str>, String> {
        match self.get(key) {
            Some(value) if value.contains("{{") || value.contains("{%") => Err(format!(
                "with.{key}: it is a fixed text, and this one has a template"
            )),
            value => Ok(value),
        }
    }

    /// The value with everything put in, if the key is there; an error names the key.
    pub fn text(&self, key: &str, values: &Values) -> Result<Option<String>, String> {
        self.get(key)
            .map(|source| values.text(source))
            .transpose()
            .map_err(|why| format!("with.{key}: {why}"))
    }
}

/// Everything wrong with an action whose settings were read: what reading found, or else what
/// filling made-up values in does.
pub(super) fn problems<S>(
    settings: Result<S, Vec<String>>,
    fill: impl FnOnce(&S) -> Result<Payload, String>,
) -> Vec<String> {
    match settings {
        Ok(settings) => fill(&settings).err().into_iter().collect(),
        Err(problems) => problems,
    }
}

/// One delivery of an action whose settings were read; an error names action and target.
pub(super) fn rendered<S>(
    action: &Action,
    context: &RenderContext<'_>,
    settings: Result<S, Vec<String>>,
    fill: impl FnOnce(&S, &Values) -> Result<Payload, String>,
) -> Result<Rendered, RenderError> {
    let settings = settings.map_err(RenderError::of)?;
    let values = Values::of(context);
    let payload = fill(&settings, &values)
        .map_err(|why| RenderError(format!("{} for {}: {why}", action.name, context.target)))?;
    Ok(Rendered {
        payload,
        foreign: values.foreign_used(),
    })
}

/// A JSON body as a person wrote it anew; an error, in words, for any other part.
pub(super) fn edited(part: &str, value: &str) -> Result<Value, String> {
    if part != "body" {
        return Err(format!(
            "{part} cannot be edited: only what is said can be, not where it goes"
        ));
    }
    serde_json::from_str(value).map_err(|error| format!("the body has to stay JSON: {error}"))
}

/// Whether this is a JSON object with no members but these.
pub(super) fn only(document: &Value, members: &[&str]) -> bool {
    document
        .as_object()
        .is_some_and(|object| object.keys().all(|key| members.contains(&key.as_str())))
}

/// What is said of a key that is none of `known`; one that ends in `.` is followed by a name.
pub(super) fn unknown_key(key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)))
        .map_or("", |key| *key);
    let dots = if nearest.ends_with('.') { "NAME" } else { "" };
    format!("there is no such key; did you mean {nearest}{dots}?")
}

/// At most so many characters; what is cut off is shown by an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.push('…');
    kept
}
