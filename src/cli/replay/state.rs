//! The state file: how far each file was read, then the replay's own snapshot.

use crate::domain::Digest;
use crate::observe::detect::{DetectOptions, RestoreError};
use crate::observe::replay::{Replay, ReplayError};
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the state file says before the detector's own state.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// The digest of the settings under which it was made.
    #[serde(default)]
    options: Option<Digest>,
    /// Lines of each input that are done.
    pub(super) inputs: BTreeMap<PathBuf, u64>,
    /// Bytes of each output that belong to them.
    pub(super) outputs: BTreeMap<PathBuf, u64>,
}

/// Where a run begins: at the start, or where the state says.
pub(super) fn start(
    path: Option<&Path>,
    options: DetectOptions,
) -> anyhow::Result<(Progress, Replay)> {
    let digest = Some(Digest::of_json(&serde_json::to_value(&options)?));
    let Some(path) = path.filter(|path| path.exists()) else {
        let progress = Progress {
            options: digest,
            ..Progress::default()
        };
        return Ok((progress, Replay::new(options)));
    };
    let shown = path.display();
    let bytes = fs::read(path).with_context(|| format!("the state {shown} cannot be read"))?;
    let cut = bytes.iter().position(|byte| *byte == b'\n');
    let head = cut.and_then(|cut| serde_json::from_slice::<Progress>(&bytes[..cut]).ok());
    let (Some(cut), Some(mut progress)) = (cut, head) else {
        bail!("{shown} is no state of `medic replay`: remove it to start anew");
    };
    if progress.options.is_some() && progress.options != digest {
        bail!(
            "{shown} was made with other settings of [detect] than these: go on with the config of \
             that time, or remove it to start anew"
        );
    }
    progress.options = digest;
    match Replay::restore(options, &bytes[cut + 1..]) {
        Ok(replay) => Ok((progress, replay)),
        Err(error) => bail!(
            "the state {shown} {}: remove it to start anew",
            what_is_wrong(&error)
        ),
    }
}

/// The way out is said once, so not with the detector's own words.
fn what_is_wrong(error: &ReplayError) -> String {
    match error {
        ReplayError::Unreadable(_) | ReplayError::Detector(RestoreError::Unreadable(_)) => {
            "is damaged, cut off or of another version of medic".to_owned()
        }
        ReplayError::Detector(RestoreError::OtherVersion(version)) => {
            format!("is of another version of medic (format {version})")
        }
        ReplayError::Detector(RestoreError::OtherTable) => {
            "was made with another table of meanings".to_owned()
        }
    }
}

/// Stores the state; a run that is killed meanwhile leaves the one before.
pub(super) fn store(path: &Path, progress: &Progress, replay: &Replay) -> anyhow::Result<()> {
    let mut bytes = serde_json::to_vec(progress)?;
    bytes.push(b'\n');
    bytes.extend(replay.snapshot()?);
    let mut beside = path.to_owned().into_os_string();
    beside.push(".new");
    fs::write(&beside, &bytes)
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| format!("the state cannot be stored in {}", path.display()))
}
