//! What is wrong with a runbook or with the rules, and where, so that its author can mend it.

use std::ops::Range;

/// One thing wrong in one file. The rest of the file, or of the files, stays in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct Broken {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and how to mend it.
    pub reason: String,
}

impl Broken {
    /// A fault at a byte offset of a file's text.
    pub fn at(file: &str, text: &str, offset: usize, reason: impl Into<String>) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            reason: reason.into(),
        }
    }

    /// The fault that the TOML parser found in the part of `text` that begins at `base`.
    pub(super) fn toml(file: &str, text: &str, base: usize, error: &toml::de::Error) -> Self {
        let Range { start, .. } = error.span().unwrap_or(0..0);
        Self::at(file, text, base + start, error.message())
    }
}
