//! The environment, and `.env` beside it.

use super::document::ConfigErrors;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::path::Path;

/// Where secrets come from. Values are never shown.
#[derive(Debug)]
pub struct EnvSource {
    process: bool,
    values: BTreeMap<String, SecretString>,
}

impl EnvSource {
    /// The process's environment, and the file `.env` in this directory, if there is one. A
    /// variable of the environment goes before one of the file, also where it is empty.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    pub fn process(directory: &Path) -> Result<Self, ConfigErrors> {
        let path = directory.join(".env");
        let mut values = BTreeMap::new();
        if path.exists() {
            let lines =
                dotenvy::from_path_iter(&path).map_err(|error| unreadable(&path, &error))?;
            for line in lines {
                let (name, value) = line.map_err(|error| unreadable(&path, &error))?;
                values.insert(name, SecretString::from(value));
            }
        }
        Ok(Self {
            process: true,
            values,
        })
    }

    /// These variables and no others.
    pub fn fixed<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            process: false,
            values: values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), SecretString::from(value)))
                .collect(),
        }
    }

    /// The variable's value, without white space around it. An error says that it is set but
    /// holds nothing, or is not text.
    pub(super) fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        let from_process = if self.process {
            std::env::var_os(name)
        } else {
            None
        };
        let value = match from_process {
            Some(value) => value
                .into_string()
                .map(SecretString::from)
                .map_err(|_| format!("{name} is not UTF-8 text"))?,
            None => match self.values.get(name) {
                Some(value) => value.clone(),
                None => return Ok(None),
            },
        };
        let text = value.expose_secret().trim();
        if text.is_empty() {
            return Err(format!(
                "{name} is set but empty; an empty secret would let anybody in: give it a value, or unset it"
            ));
        }
        Ok(Some(SecretString::from(text)))
    }
}

/// dotenvy's own message quotes the line, which may hold a secret; so only the kind is told.
fn unreadable(path: &Path, error: &dotenvy::Error) -> ConfigErrors {
    let reason = match error {
        dotenvy::Error::LineParse(_, at) => {
            format!(
                "a line cannot be read (character {at} of it); write NAME=value, with quotes around a value that has spaces"
            )
        }
        dotenvy::Error::Io(error) => format!("cannot be read: {error}"),
        _ => "cannot be read".to_owned(),
    };
    ConfigErrors::of_file(path, reason)
}
