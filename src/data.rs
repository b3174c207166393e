//! The data files: built into the binary, replaced one by one by files of the same name in a
//! directory of the operator's.

use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(RustEmbed)]
#[folder = "data/"]
#[include = "closure/*.toml"]
#[include = "prompts/*.md"]
#[include = "runbooks/*.md"]
#[include = "rules.toml"]
#[include = "merchants.toml"]
struct BuiltIn;

/// A data file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {place}: {source}; mend it, or remove it to use the built-in one")]
pub struct DataError {
    place: String,
    source: std::io::Error,
}

/// Built-in files, with those of a directory laid over them.
#[derive(Clone, Debug, Default)]
pub struct DataFiles {
    directory: Option<PathBuf>,
}

impl DataFiles {
    /// The built-in files, with those in `directory` in their place where there are any.
    pub fn over(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: Some(directory.into()),
        }
    }

    /// The built-in files alone.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The text of the file with this name, say `rules.toml`, and where it was found.
    ///
    /// # Errors
    /// When the operator's file is there but cannot be read as text.
    pub fn text(&self, name: &str) -> Result<(String, String), DataError> {
        if let Some(path) = self.directory.as_ref().map(|dir| dir.join(name))
            && path.exists()
        {
            return Ok((path.display().to_string(), read(&path)?));
        }
        let text = BuiltIn::get(name)
            .map(|file| into_text(file.data))
            .unwrap_or_default();
        Ok((format!("{name} (built in)"), text))
    }

    /// Every file of a folder, say `runbooks`, whose name ends in `ending`: name and text, by name.
    ///
    /// # Errors
    /// When one of the operator's files cannot be read as text.
    pub fn folder(&self, folder: &str, ending: &str) -> Result<Vec<(String, String)>, DataError> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for path in BuiltIn::iter() {
            let name = path
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'));
            if let (Some(name), Some(file)) = (name, BuiltIn::get(&path)) {
                files.insert(name.to_owned(), into_text(file.data));
            }
        }
        if let Some(dir) = self.directory.as_ref().map(|dir| dir.join(folder))
            && dir.is_dir()
        {
            let unreadable = |source| DataError {
                place: dir.display().to_string(),
                source,
            };
            for entry in std::fs::read_dir(&dir).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                let name = path.file_name().and_then(|name| name.to_str());
                if let Some(name) = name.filter(|name| name.ends_with(ending)) {
                    files.insert(name.to_owned(), read(&path)?);
                }
            }
        }
        Ok(files.into_iter().collect())
    }
}

fn read(path: &Path) -> Result<String, DataError> {
    std::fs::read_to_string(path).map_err(|source| DataError {
        place: path.display().to_string(),
        source,
    })
}

/// The built-in files are our own UTF-8 text; anything else in them would show as �.
fn into_text(bytes: Cow<'static, [u8]>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
