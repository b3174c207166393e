//! TOML with places: every fault is told with file, line and column, and several at once.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use std::fmt;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing wrong with a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column from 1, in characters; none where no line is to blame.
    pub at: Option<(usize, usize)>,
    /// What is wrong and the way out.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => {
                write!(f, "{}:{line}:{column}: {}", self.file, self.reason)
            }
            None => write!(f, "{}: {}", self.file, self.reason),
        }
    }
}

/// Everything wrong with a config, in the order of the file; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    pub(super) fn of_file(path: &Path, reason: String) -> Self {
        Self(vec![ConfigError {
            file: path.display().to_string(),
            at: None,
            reason,
        }])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{error}")?;
        }
        Ok(())
    }
}

/// A file on its way to becoming a config; collects what is wrong with it.
pub(super) struct Document<'i> {
    file: String,
    source: &'i str,
    table: DeTable<'i>,
    /// The file's own values, for their places.
    own: DeTable<'i>,
    errors: Vec<ConfigError>,
}

impl<'i> Document<'i> {
    /// Parses a file; what cannot be parsed is among its errors.
    pub fn parse(file: &str, source: &'i str) -> Self {
        let (table, errors) = DeTable::parse_recoverable(source);
        let mut document = Self {
            file: file.to_owned(),
            source,
            own: table.get_ref().clone(),
            table: table.into_inner(),
            errors: Vec::new(),
        };
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            document.fault(at, format!("not TOML: {}", error.message()));
        }
        document
    }

    /// Takes from `base` what this file leaves out. Tables are merged key by key, except that an
    /// action given here replaces the one of that name whole. The base is known to be sound, so
    /// no fault is ever reported at a place in it.
    pub fn lay_over(&mut self, base: &'i str) {
        let (base, _) = DeTable::parse_recoverable(base);
        for (key, value) in base.into_inner() {
            let depth = if key.get_ref() == "actions" { 1 } else { 2 };
            merge(&mut self.table, key, value, depth);
        }
    }

    /// Reads a section. None if it is not there, or wrong.
    pub fn section<T: Deserialize<'i>>(&mut self, key: &str) -> Option<T> {
        let (_, value) = self.table.remove_entry(key)?;
        self.value(value)
    }

    /// Reads a list of tables, each by itself; with each the place of its key `at`, or its own.
    pub fn list<T: Deserialize<'i>>(&mut self, key: &str, at: &str) -> Vec<(usize, T)> {
        let Some((_, value)) = self.table.remove_entry(key) else {
            return Vec::new();
        };
        let start = value.span().start;
        let DeValue::Array(items) = value.into_inner() else {
            self.fault(
                start,
                format!("{key} is a list: write [[{key}]] for each entry"),
            );
            return Vec::new();
        };
        let mut read = Vec::new();
        for item in items {
            let own = item.span().start;
            let place = item
                .get_ref()
                .get(at)
                .map_or(own, |value| value.span().start);
            if let Some(value) = self.value(item) {
                read.push((place, value));
            }
        }
        read
    }

    /// Reads a table of tables, each by itself; with each its name and place.
    pub fn map<T: Deserialize<'i>>(&mut self, key: &str) -> Vec<(usize, String, T)> {
        let Some((_, value)) = self.table.remove_entry(key) else {
            return Vec::new();
        };
        let start = value.span().start;
        let DeValue::Table(entries) = value.into_inner() else {
            self.fault(start, format!("{key} holds tables: write [{key}.NAME]"));
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, value) in entries {
            let start = name.span().start;
            if let Some(value) = self.value(value) {
                read.push((start, name.into_inner().into_owned(), value));
            }
        }
        read
    }

    /// Takes a table's entry out of it, as a section of its own.
    pub fn lift(&mut self, section: &str, key: &str) {
        let Some(table) = self.table.get_mut(section) else {
            return;
        };
        let DeValue::Table(entries) = table.get_mut() else {
            return;
        };
        if let Some((key, value)) = entries.remove_entry(key) {
            self.table.insert(key, value);
        }
    }

    /// Where this value stands, or as much of the path to it as the file has.
    pub fn place_of(&self, path: &[&str]) -> usize {
        let Some((first, rest)) = path.split_first() else {
            return 0;
        };
        let Some(mut value) = self.own.get(*first) else {
            return 0;
        };
        for key in rest {
            match value.get_ref().get(*key) {
                Some(inner) => value = inner,
                None => break,
            }
        }
        value.span().start
    }

    /// Reports what is left: sections nobody knows.
    pub fn finish(mut self, known: &[&str]) -> Vec<ConfigError> {
        let left: Vec<_> = std::mem::take(&mut self.table).into_iter().collect();
        for (key, _) in left {
            self.fault(key.span().start, no_such_key(key.get_ref(), known));
        }
        self.errors.sort_by_key(|error| error.at);
        self.errors
    }

    /// Records a fault at a byte of the file.
    pub fn fault(&mut self, at: usize, reason: impl Into<String>) {
        let before = self.source.get(..at).unwrap_or(self.source);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before[start..].chars().count() + 1;
        self.errors.push(ConfigError {
            file: self.file.clone(),
            at: Some((line, column)),
            reason: reason.into(),
        });
    }

    /// Whether anything was wrong so far.
    pub fn is_sound(&self) -> bool {
        self.errors.is_empty()
    }

    /// Reads one value. A key that does not belong there is reported and taken out, and the rest
    /// read again: so all of them are found at once.
    fn value<T: Deserialize<'i>>(&mut self, mut value: Spanned<DeValue<'i>>) -> Option<T> {
        let mut sound = true;
        loop {
            let error = match T::deserialize(value.clone().into_deserializer()) {
                Ok(read) => return sound.then_some(read),
                Err(error) => error,
            };
            let at = error.span().map_or(value.span().start, |span| span.start);
            self.fault(at, in_words(error.message()));
            sound = false;
            let unknown = error.message().starts_with("unknown field");
            if !(unknown && remove_key_at(value.get_mut(), at)) {
                return None;
            }
        }
    }
}

/// Reads a whole file as one value.
pub(super) fn whole<T: for<'i> Deserialize<'i>>(
    file: &str,
    source: &str,
) -> Result<T, ConfigErrors> {
    let mut document = Document::parse(file, source);
    let table = Spanned::new(0..0, DeValue::Table(std::mem::take(&mut document.table)));
    match (document.value(table), document.errors) {
        (Some(read), errors) if errors.is_empty() => Ok(read),
        (_, errors) => Err(ConfigErrors(errors)),
    }
}

fn merge<'i>(
    table: &mut DeTable<'i>,
    key: Spanned<toml::de::DeString<'i>>,
    base: Spanned<DeValue<'i>>,
    depth: usize,
) {
    let Some(own) = table.get_mut(key.get_ref().as_ref()) else {
        table.insert(key, base);
        return;
    };
    if depth == 0 {
        return;
    }
    if let (DeValue::Table(own), DeValue::Table(base)) = (own.get_mut(), base.into_inner()) {
        for (key, value) in base {
            merge(own, key, value, depth - 1);
        }
    }
}

/// Removes the key that stands at this byte, however deep it is.
fn remove_key_at(value: &mut DeValue<'_>, at: usize) -> bool {
    match value {
        DeValue::Table(table) => {
            let found = table
                .keys()
                .find(|key| key.span().start == at)
                .map(|key| key.get_ref().clone().into_owned());
            match found {
                Some(key) => table.remove(key.as_str()).is_some(),
                None => table
                    .iter_mut()
                    .any(|(_, inner)| remove_key_at(inner.get_mut(), at)),
            }
        }
        DeValue::Array(items) => items
            .iter_mut()
            .any(|inner| remove_key_at(inner.get_mut(), at)),
        _ => false,
    }
}

/// The library's messages, in ours where we can say more.
fn in_words(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((key, known)) if message.starts_with("unknown field") => no_such_key(key, known),
        Some((word, known)) if message.starts_with("unknown variant") => {
            format!(
                "{word:?} is none of {}{}",
                known.join(", "),
                did_you_mean(word, known)
            )
        }
        Some((key, _)) if message.starts_with("missing field") => {
            format!("the key `{key}` is missing here")
        }
        _ if message.contains("duration format") => {
            "is not a length of time; write it like \"90s\", \"30m\" or \"24h\"".to_owned()
        }
        _ => message.to_owned(),
    }
}

pub(super) fn no_such_key(key: &str, known: &[&str]) -> String {
    match did_you_mean(key, known) {
        hint if hint.is_empty() => {
            format!(
                "there is no key `{key}` here; there are {}",
                known.join(", ")
            )
        }
        hint => format!("there is no key `{key}` here{hint}"),
    }
}

/// `; did you mean …?`, or nothing where nothing is near.
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> String {
    let nearness = |known: &str| strsim::jaro_winkler(known, word);
    known
        .iter()
        .max_by(|a, b| nearness(a).total_cmp(&nearness(b)))
        .filter(|near| nearness(near) > 0.75)
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}
