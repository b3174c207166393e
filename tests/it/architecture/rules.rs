//! Who may import what, and how large a file may be.

use super::scan::{Scan, SourcePath, scan};
use std::collections::BTreeSet;

/// Which parts of our own each part may import, besides itself. The longest matching part counts.
/// A name with a final `*` stands for all that start with it; the empty list is "nothing".
const IMPORTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    // The stages: never each other.
    ("observe", &["domain"]),
    ("reason", &["domain"]),
    ("decide", &["domain"]),
    ("act", &["domain", "decide::AuthorisedPlan"]),
    ("verify", &["domain"]),
    ("audit", &["domain"]),
    // Providers and connectors speak to the outside.
    ("reason::gemini", &["domain", "net"]),
    ("reason::openai", &["domain", "net"]),
    ("reason::wire", &["domain", "net"]),
    ("act::connectors", &["domain", "net"]),
    ("act::registry", &["domain", "net"]),
    ("net", &["domain"]),
    ("store", &["domain", "audit"]),
    (
        "engine",
        &[
            "domain", "observe", "reason", "decide", "act", "verify", "audit", "store",
        ],
    ),
    // The surfaces: never each other, a stage or the store.
    ("discord", &["domain", "engine::handle"]),
    ("web", &["domain", "engine::handle"]),
    (
        "config",
        &[
            "domain", "observe", "reason", "decide", "act", "verify", "net", "store", "web",
            "discord",
        ],
    ),
    ("data", &["domain"]),
    ("generate", &["domain"]),
    (
        "demo",
        &[
            "domain", "data", "generate", "engine", "store", "net", "app", "config",
        ],
    ),
    ("app", &["*"]),
    ("cli", &["*"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Parts that only some may import, whatever the list above says.
const CLOSED: &[(&str, &[&str])] = &[
    ("app", &["cli", "demo", "main"]),
    ("cli", &["main"]),
    ("demo", &["cli"]),
    ("store::embedded", &["app", "cli"]),
    ("store::memory", &["app", "cli"]),
    ("generate", &["cli", "demo"]),
    ("data", &["app", "cli", "demo"]),
];

/// Crates, modules and functions that only some parts may use. Crates end in `*` where a family is
/// meant.
const CONFINED: &[(&str, &[&str])] = &[
    ("serenity", &["discord"]),
    ("twilight*", &["discord"]),
    ("poise", &[]),
    ("axum", &["web", "demo"]),
    ("tower_http", &["web", "demo"]),
    ("maud", &["web", "demo"]),
    ("sled", &["store::embedded"]),
    ("reqwest", &["net", "discord::rest"]),
    ("lettre", &["act::connectors"]),
    ("cel", &["decide"]),
    ("whatlang", &["observe::language"]),
    ("clap", &["cli", "main"]),
    ("indicatif", &["cli"]),
    ("dotenvy", &["config"]),
    ("std::env", &["config", "main"]),
    ("std::process", &["cli", "main", "app"]),
];

/// Parts that do no IO and know neither time nor chance: the same in, the same out.
const PURE: &[&str] = &[
    "domain",
    "observe",
    "reason",
    "decide",
    "verify",
    "audit",
    "generate",
    "engine::step",
];

/// What a pure part may not use; providers (`reason::gemini`, `reason::openai`) may.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::os",
    "tokio::fs",
    "tokio::net",
    "tokio::process",
    "tokio::spawn",
    "getrandom",
    "rand",
    "fastrand",
];

/// What `domain` may not use beyond that.
const NOT_IN_DOMAIN: &[&str] = &["std::io", "tokio", "async_trait", "tracing"];

/// Types whose `now` reads the machine's clock, and who may.
const CLOCKS: &[&str] = &[
    "Timestamp",
    "SystemTime",
    "Zoned",
    "Utc",
    "Local",
    "OffsetDateTime",
];
const CLOCK_READERS: &[&str] = &["engine::clock", "engine::run", "app"];

/// Lines of a file outside its tests, at most.
const MAX_LINES: usize = 400;

/// A file under `src`, by its path from there, and its text.
pub struct SourceFile {
    /// `store/embedded/journal.rs`.
    pub path: String,
    /// Its source.
    pub text: String,
}

/// Everything that breaks a rule, one sentence each, in the order of files and lines.
pub fn violations(files: &[SourceFile]) -> Vec<String> {
    let scanned: Vec<(&SourceFile, Vec<String>, Scan)> = files
        .iter()
        .map(|file| {
            let module = module_of(&file.path);
            // `main.rs` and `lib.rs` are both roots; for the rules they have names.
            let place = if is_root(&file.path) {
                Vec::new()
            } else {
                module.clone()
            };
            let scan = scan(&place, &file.text);
            (file, module, scan)
        })
        .collect();
    let tests: BTreeSet<&Vec<String>> = scanned
        .iter()
        .flat_map(|(_, _, scan)| &scan.test_modules)
        .collect();
    scanned
        .iter()
        .filter(|(_, module, _)| !tests.iter().any(|test| module.starts_with(test)))
        .flat_map(|(file, module, scan)| violations_of(file, &module.join("::"), scan))
        .collect()
}

fn is_root(path: &str) -> bool {
    matches!(path, "lib.rs" | "main.rs")
}

fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

fn violations_of(file: &SourceFile, module: &str, scan: &Scan) -> Vec<String> {
    let mut found = Vec::new();
    if scan.code_lines > MAX_LINES {
        found.push(format!(
            "src/{} has {} lines without its tests; split it, {MAX_LINES} is the most",
            file.path, scan.code_lines
        ));
    }
    let Some((_, allowed)) = longest(IMPORTS, module) else {
        found.push(format!(
            "src/{}: nobody has said what {module:?} may import; add it to the table in tests/it/architecture/rules.rs",
            file.path
        ));
        return found;
    };
    found.extend(scan.paths.iter().filter_map(|path| {
        let why = broken_rule(module, allowed, path)?;
        Some(format!(
            "src/{}:{} uses `{}`: {why}",
            file.path,
            path.line,
            path.segments.join("::")
        ))
    }));
    found
}

fn broken_rule(module: &str, allowed: &[&str], path: &SourcePath) -> Option<String> {
    let own = match path.segments.first().map(String::as_str) {
        Some("crate") => true,
        Some("medic") => module == "main",
        _ => false,
    };
    if !own {
        return broken_confinement(module, &path.segments.join("::"), &path.segments);
    }
    let target = path.segments[1..].join("::");
    let area = module.split("::").next().unwrap_or(module);
    // Re-exports and helpers at the crate's root are nobody's part.
    let same = target.is_empty() || within(&target, area);
    if same || module == "lib" {
        return None;
    }
    if let Some((part, readers)) = longest(CLOSED, &target)
        && !readers.iter().any(|reader| within(module, reader))
        && !within(module, part)
    {
        return Some(format!("only {} may import {part}", list(readers)));
    }
    let may = allowed
        .iter()
        .any(|part| *part == "*" || within(&target, part));
    (!may).then(|| format!("{area} may import only {}", list(allowed)))
}

fn broken_confinement(module: &str, path: &str, segments: &[String]) -> Option<String> {
    if let [.., owner, last] = segments
        && last == "now"
        && CLOCKS.contains(&owner.as_str())
        && !CLOCK_READERS.iter().any(|reader| within(module, reader))
    {
        return Some(format!(
            "only {} may read the clock; take the time as a value",
            list(CLOCK_READERS)
        ));
    }
    for (confined, users) in CONFINED {
        if within(path, confined) && !users.iter().any(|user| within(module, user)) {
            return Some(format!("only {} may use {confined}", list(users)));
        }
    }
    let provider = within(module, "reason::gemini") || within(module, "reason::openai");
    let pure = PURE
        .iter()
        .find(|part| within(module, part))
        .filter(|_| !provider)?;
    let impure = IMPURE.iter().any(|part| within(path, part))
        || (*pure == "domain" && NOT_IN_DOMAIN.iter().any(|part| within(path, part)));
    impure.then(|| format!("{pure} is pure; hand in what it needs as a value"))
}

/// Whether `path` is `part` or lies in it.
fn within(path: &str, part: &str) -> bool {
    match part.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path
            .strip_prefix(part)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::")),
    }
}

fn longest<'a>(
    table: &'a [(&'a str, &'a [&'a str])],
    path: &str,
) -> Option<&'a (&'a str, &'a [&'a str])> {
    table
        .iter()
        .filter(|(part, _)| within(path, part))
        .max_by_key(|(part, _)| part.len())
}

fn list(parts: &[&str]) -> String {
    if parts.is_empty() {
        "itself".to_owned()
    } else {
        parts.join(", ")
    }
}
