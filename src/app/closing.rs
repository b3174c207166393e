//! The sentences of `data/closure/`, one file a language.

use crate::data::DataFiles;
use crate::domain::Language;
use crate::domain::closing::{Closing, Sentences};
use crate::observe::language;
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;

/// Reads and checks them.
///
/// # Errors
/// When a file cannot be read, a sentence is missing or wrong, or no ticket can be told to be in its
/// language.
pub fn closing(data: &DataFiles) -> anyhow::Result<Closing> {
    let mut languages = BTreeMap::new();
    for (name, text) in data.folder("closure", ".toml")? {
        let code = name.trim_end_matches(".toml");
        let known = language::told().find(|one| one.as_str() == code);
        let Some(language) = known else {
            let all: Vec<String> = language::told().map(|one| one.to_string()).collect();
            bail!(
                "closure/{name}: no ticket is ever told to be in the language {code:?}; name the file after one of: {}",
                all.join(", ")
            );
        };
        let sentences: Sentences = toml::from_str(&text)
            .with_context(|| format!("closure/{name}: every sentence of en.toml is needed"))?;
        if let Some(problem) = sentences.problems().first() {
            bail!("closure/{name}: {problem}");
        }
        languages.insert(language, sentences);
    }
    let english = languages
        .remove(&Language::default())
        .context("closure/en.toml is missing; it is what is said where no language is certain")?;
    Ok(Closing::new(english, languages))
}
