//! `medic doctor`: what would go wrong, before it does.

mod models;

use super::Place;
use crate::app;
use crate::audit::VerifyError;
use crate::config::{Config, Level};
use crate::data::DataFiles;
use crate::discord::extras::Level as Seen;
use crate::engine::{Clock, SystemClock};
use crate::store::embedded;
use clap::Args;
use serde::Serialize;
use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::Arc;

/// Check config, secrets, people, actions, runbooks and store, and say what to do about each fault.
#[derive(Args, Clone, Debug)]
pub struct DoctorArgs {
    /// Print one JSON line instead of a list.
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    /// `ok`, `notice`, `problem`.
    level: &'static str,
    /// What was looked at.
    what: String,
    /// What was found, and what to do.
    text: String,
}

/// Prints every finding. Answers whether there is no problem.
///
/// # Errors
/// When the config cannot be read at all.
pub fn run(args: &DoctorArgs, place: &Place) -> anyhow::Result<bool> {
    run_with(args, &place.config()?, &place.data(), &mut io::stdout())
}

/// The same with config and data at hand, into any output.
///
/// # Errors
/// When the offline diagnoser cannot be built, or the output cannot be written.
pub fn run_with(
    args: &DoctorArgs,
    config: &Config,
    data: &DataFiles,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mut findings = vec![ok("config", "read without an error".to_owned())];
    findings.extend(config.findings().into_iter().map(|found| Finding {
        level: match found.level {
            Level::Problem => "problem",
            Level::Notice => "notice",
        },
        what: found.key,
        text: found.text,
    }));

    let offline = app::offline(data)?;
    findings.extend(offline.broken().iter().map(|broken| Finding {
        level: "problem",
        what: "runbooks and rules".to_owned(),
        text: broken.to_string(),
    }));
    findings.push(ok(
        "runbooks",
        format!("{} in force", offline.runbooks().len()),
    ));
    findings.push(match app::directory(data) {
        Ok(directory) => ok("merchants", format!("{} in the directory", directory.len())),
        Err(error) => problem("merchants", format!("{error:#}")),
    });

    findings.push(match app::closing(data) {
        Ok(closing) => ok(
            "closing",
            format!("reporters are answered in {}", closing.languages()),
        ),
        Err(error) => problem("closing", format!("{error:#}")),
    });

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match app::action_problems(config, &clock) {
        Ok(problems) if problems.is_empty() => {
            findings.push(ok(
                "actions",
                "every action that is set up can be carried out".to_owned(),
            ));
        }
        Ok(problems) => findings.extend(problems.into_iter().map(|text| notice("actions", text))),
        Err(error) => findings.push(problem("endpoints", format!("{error:#}"))),
    }

    findings.extend(models::look(config, data));
    findings.push(listen(config));
    findings.push(journal(config));
    findings.extend(discord(config));
    report(args, &findings, out)
}

fn listen(config: &Config) -> Finding {
    let address = config.web.listen;
    match TcpListener::bind(address) {
        Ok(_) => ok("web", format!("{address} is free")),
        Err(error) => notice(
            "web",
            format!(
                "{address}: {error}; if that is this medic running, all is well, otherwise give \
                 another address as [web] listen"
            ),
        ),
    }
}

fn journal(config: &Config) -> Finding {
    let dir = &config.store.dir;
    if !dir.exists() {
        return ok(
            "store",
            format!("{} will be made at the first run", dir.display()),
        );
    }
    match embedded::verify(dir, None) {
        Ok(verified) => ok("store", format!("{}: {verified}", dir.display())),
        Err(VerifyError::Broken(broken)) => problem(
            "store",
            format!(
                "{}: {broken}; the journal is damaged there: stop Medic and restore the folder from \
                 a copy",
                dir.display()
            ),
        ),
        Err(VerifyError::Read(error)) => problem(
            "store",
            format!(
                "{}: cannot be read: {error}; see that Medic's user may read and write it, or give \
                 another folder as [store] dir",
                dir.display()
            ),
        ),
    }
}

/// What Discord says, where it is set up.
fn discord(config: &Config) -> Vec<Finding> {
    let rest = match app::discord::rest(config) {
        Ok(Some(rest)) => rest,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![problem("discord", format!("{error:#}"))],
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return vec![problem("discord", error.to_string())],
    };
    let now = SystemClock.now();
    runtime
        .block_on(app::discord::examine(config, &rest, now))
        .into_iter()
        .map(|found| Finding {
            level: match found.level {
                Seen::Fine => "ok",
                Seen::Notice => "notice",
                Seen::Problem => "problem",
            },
            what: format!("discord {}", found.what),
            text: found.text,
        })
        .collect()
}

fn report(args: &DoctorArgs, findings: &[Finding], out: &mut dyn Write) -> anyhow::Result<bool> {
    if args.json {
        writeln!(out, "{}", serde_json::to_string(findings)?)?;
    } else {
        let width = textwrap::termwidth().clamp(40, 100);
        for finding in findings {
            let head = format!("{:8}", finding.level);
            let options = textwrap::Options::new(width)
                .initial_indent(&head)
                .subsequent_indent("        ");
            let text = format!("{}: {}", finding.what, finding.text);
            writeln!(out, "{}", textwrap::fill(&text, options))?;
        }
    }
    Ok(findings.iter().all(|finding| finding.level != "problem"))
}

fn ok(what: &str, text: String) -> Finding {
    finding("ok", what, text)
}

fn notice(what: &str, text: String) -> Finding {
    finding("notice", what, text)
}

fn problem(what: &str, text: String) -> Finding {
    finding("problem", what, text)
}

fn finding(level: &'static str, what: &str, text: String) -> Finding {
    Finding {
        level,
        what: what.to_owned(),
        text,
    }
}
