//! The operator's rules (`data/rules.toml`): which words in a ticket speak for which class, each
//! with its reason.
//!
//! ```toml
//! [lists]
//! defect = ["is ignored", "isnt applied"]
//!
//! [[rule]]
//! name = "update-broke-it"
//! reason = "It worked until a release was installed; the fault came with the release."
//! class = "platform_bug"
//! confidence = 55                      # 1 to 95
//! all = ["since #|after the update"]   # every entry; `|` parts alternatives
//! any = ["@defect", "log:exception"]   # at least one; @ names a list, log: a field
//! none = ["docs"]                      # nowhere in the ticket
//! runbook = "webhook-timeout"          # optional: whose texts then apply
//! ask = "…?"                           # optional: what would tell it apart
//! ```
//!
//! A phrase is words in a row, case and punctuation aside; its last word may end in `*`, or be
//! `#` for any number. Fields are `issue:`, `message:`, `text:` (both) and `log:`. A rule of class
//! `unknown` is a doubt: it speaks against every class.

use super::Broken;
use super::phrases::{PhraseBook, PhraseId};
use super::reading::{Fields, Place, Reading};
use crate::domain::{RootCause, RunbookId};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// One rule that works.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, for people and tests.
    pub name: String,
    /// Why its words speak for its class, one sentence.
    pub reason: String,
    /// What they speak for.
    pub class: RootCause,
    /// 1 to 95.
    pub confidence: u8,
    /// The runbook whose texts apply.
    pub runbook: Option<RunbookId>,
    /// What would tell the cause apart; may be empty.
    pub ask: String,
    all: Vec<Group>,
    any: Vec<Group>,
    none: Vec<Group>,
}

/// The rules that work, in their order, and what is wrong with the others.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// In the order of the file.
    pub rules: Vec<Rule>,
    /// In the order of the file.
    pub broken: Vec<Broken>,
}

/// Phrases of which one is enough, and the fields in which they count.
#[derive(Clone, Debug)]
struct Group {
    fields: Fields,
    phrases: Vec<PhraseId>,
}

impl Rule {
    /// Where the ticket says what the rule waits for; empty where the rule does not apply.
    pub fn places(&self, reading: &Reading<'_>) -> Vec<Place> {
        let mut places = Vec::new();
        for group in &self.all {
            match group.place(reading) {
                Some(place) => places.push(place),
                None => return Vec::new(),
            }
        }
        if !self.any.is_empty() {
            match self.any.iter().find_map(|group| group.place(reading)) {
                Some(place) => places.push(place),
                None => return Vec::new(),
            }
        }
        if self.none.iter().any(|group| group.place(reading).is_some()) {
            return Vec::new();
        }
        places
    }
}

impl Group {
    fn place(&self, reading: &Reading<'_>) -> Option<Place> {
        self.phrases
            .iter()
            .find_map(|phrase| reading.place(*phrase, self.fields))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    lists: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    rule: Vec<Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: String,
    reason: String,
    class: String,
    confidence: i64,
    runbook: Option<String>,
    #[serde(default)]
    ask: String,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
}

/// Reads the rules of one file and registers their phrases. `runbooks` are the runbooks there
/// are: a rule that names another is broken.
pub fn parse(
    file: &str,
    text: &str,
    runbooks: &BTreeSet<RunbookId>,
    book: &mut PhraseBook,
) -> Rules {
    let mut out = Rules::default();
    let raw: RawFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            out.broken.push(Broken::toml(file, text, 0, &error));
            return out;
        }
    };
    let mut names = BTreeSet::new();
    for entry in raw.rule {
        let at = entry.span().start;
        let rule = entry
            .into_inner()
            .try_into::<RawRule>()
            .map_err(|error| error.message().to_owned())
            .and_then(|raw_rule| read_rule(raw_rule, &raw.lists, runbooks, book));
        match rule {
            Ok(rule) if !names.insert(rule.name.clone()) => out.broken.push(Broken::at(
                file,
                text,
                at,
                format!("rule \"{}\": another rule has this name already", rule.name),
            )),
            Ok(rule) => out.rules.push(rule),
            Err(reason) => out.broken.push(Broken::at(file, text, at, reason)),
        }
    }
    out
}

fn read_rule(
    raw: RawRule,
    lists: &BTreeMap<String, Vec<String>>,
    runbooks: &BTreeSet<RunbookId>,
    book: &mut PhraseBook,
) -> Result<Rule, String> {
    let fault = |reason: String| format!("rule \"{}\": {reason}", raw.name);
    let Some(class) = RootCause::ALL.into_iter().find(|c| c.as_str() == raw.class) else {
        let known = RootCause::ALL.map(RootCause::as_str).join(", ");
        return Err(fault(format!(
            "class \"{}\" is not one of {known}",
            raw.class
        )));
    };
    let confidence = u8::try_from(raw.confidence)
        .ok()
        .filter(|c| (1..=95).contains(c))
        .ok_or_else(|| {
            fault(format!(
                "confidence {} is not within 1 to 95",
                raw.confidence
            ))
        })?;
    if raw.reason.trim().is_empty() {
        return Err(fault(
            "reason is empty; a card shows it, so say why the words speak for the class".to_owned(),
        ));
    }
    if raw.all.is_empty() && raw.any.is_empty() {
        return Err(fault(
            "neither all nor any: it would match every ticket".to_owned(),
        ));
    }
    let runbook = raw.runbook.as_deref().map(RunbookId::new);
    if let Some(id) = runbook.as_ref().filter(|id| !runbooks.contains(id)) {
        return Err(fault(format!("there is no working runbook \"{id}\"")));
    }
    let mut groups = |entries: &[String]| {
        entries
            .iter()
            .map(|entry| read_group(entry, lists, book).map_err(&fault))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(Rule {
        class,
        confidence,
        runbook,
        all: groups(&raw.all)?,
        any: groups(&raw.any)?,
        none: groups(&raw.none)?,
        ask: raw.ask,
        reason: raw.reason.trim().to_owned(),
        name: raw.name,
    })
}

fn read_group(
    entry: &str,
    lists: &BTreeMap<String, Vec<String>>,
    book: &mut PhraseBook,
) -> Result<Group, String> {
    let (fields, alternatives) = Fields::strip(entry);
    let mut phrases = Vec::new();
    let mut add = |phrase: &str| {
        let trimmed = phrase.trim();
        let words = trimmed.strip_suffix(['#', '*']).unwrap_or(trimmed);
        if words.contains(['#', '*']) {
            return Err(format!("\"{phrase}\": # and * can only end a phrase"));
        }
        let id = book.add(phrase);
        phrases.push(id.ok_or_else(|| format!("\"{phrase}\" has no word to look for"))?);
        Ok(())
    };
    for alternative in alternatives.split('|') {
        match alternative.trim().strip_prefix('@') {
            None => add(alternative)?,
            Some(name) => match lists.get(name) {
                Some(list) => list.iter().try_for_each(|phrase| add(phrase))?,
                None => return Err(format!("there is no list \"{name}\" under [lists]")),
            },
        }
    }
    Ok(Group { fields, phrases })
}
