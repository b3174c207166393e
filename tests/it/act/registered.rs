//! What adding a connector costs: its file, and a line that registers it.

use super::clock;
use super::contract::vendors;
use medic::act::registry::Registry;
use medic::domain::WorkspaceId;
use medic::net::{Lookup, Net, SystemLookup};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Every source file under this folder, by its path from `src`, with its text.
fn sources(folder: &Path, found: &mut BTreeMap<String, String>) {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(&src).unwrap().display().to_string();
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The connectors by the files that implement them: `pagerduty` is `PagerDutyConnector`.
fn implemented(sources: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let found = sources.iter().filter_map(|(path, text)| {
        let file = path.strip_prefix("act/connectors/")?.strip_suffix(".rs")?;
        let kind = text
            .split("impl Connector for ")
            .nth(1)?
            .split(' ')
            .next()?;
        Some((file.to_owned(), kind.to_owned()))
    });
    found.collect()
}

#[test]
fn each_connector_is_registered_and_has_its_contract_tested() {
    let mut files = BTreeMap::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/act"),
        &mut files,
    );
    let connectors = implemented(&files);
    assert!(connectors.len() >= 5, "{connectors:?}");
    let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
    let net = Arc::new(Net::new(&BTreeMap::new(), &|_| None, &lookup).unwrap());
    let registry = Registry::new(
        &net,
        &clock(),
        &medic::app::no_chat(),
        &WorkspaceId::new("default"),
    );
    for name in connectors.keys() {
        let found = registry.get(name);
        assert!(found.is_some(), "{name} is not in src/act/registry.rs");
        assert_eq!(found.unwrap().info().name, name);
    }
    // Mail and chat go other ways out; their cases stand in email.rs and discord_surface/chat.rs.
    let tested: BTreeSet<String> = vendors()
        .iter()
        .map(|vendor| vendor.name.to_owned())
        .chain(["chat".to_owned(), "email".to_owned()])
        .collect();
    let written: BTreeSet<String> = connectors.into_keys().collect();
    assert_eq!(tested, written);
}

#[test]
fn nothing_but_the_registry_knows_which_connectors_there_are() {
    let mut files = BTreeMap::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    for (name, kind) in implemented(&files) {
        let own = format!("act/connectors/{name}");
        let knowing: Vec<&String> = files
            .iter()
            .filter(|(path, _)| !path.starts_with(&own))
            .filter(|(_, text)| text.contains(&kind))
            .map(|(path, _)| path)
            .collect();
        assert_eq!(knowing, ["act/registry.rs"], "{name}");
    }
}
