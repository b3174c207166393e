//! What doctor says about models: key, reach, name, budget.

use super::{Finding, notice, ok, problem};
use crate::app;
use crate::cli::stats;
use crate::config::Config;
use crate::data::DataFiles;
use crate::engine::{Clock as _, SystemClock};
use crate::reason::budget::{Spent, usd};
use crate::reason::provider::Provider;

/// Models named where the configured one is not offered.
const NAMED: usize = 12;

/// Asks every model that is set up which models it offers, which costs nothing.
pub(super) fn look(config: &Config, data: &DataFiles) -> Vec<Finding> {
    let mut findings = match app::prompts(data) {
        Ok(prompts) => vec![ok("prompts", format!("version {}", prompts.version()))],
        Err(error) => vec![problem("prompts", format!("{error:#}"))],
    };
    let models = match app::models(config, &config.reason.providers) {
        Ok(models) => models,
        Err(error) => {
            findings.push(problem("models", format!("{error:#}")));
            return findings;
        }
    };
    for why in &models.left_out {
        findings.push(notice(
            "models",
            format!("{why}, so it is not asked; our own rules answer without it"),
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            findings.push(problem("models", error.to_string()));
            return findings;
        }
    };
    for provider in &models.providers {
        findings.push(runtime.block_on(offered(&**provider)));
    }
    if !models.providers.is_empty() {
        findings.push(budget(config));
    }
    findings
}

async fn offered(provider: &dyn Provider) -> Finding {
    let (name, model) = (provider.name(), provider.model());
    match provider.models().await {
        Ok(offered) if offered.iter().any(|one| is_named(one, model)) => ok(
            name,
            format!("reached, {model} is among its {} models", offered.len()),
        ),
        Ok(offered) if offered.is_empty() => problem(
            name,
            "reached, but it lists no model; look whether its base_url (and version) are right and \
             what its key may use"
                .to_owned(),
        ),
        Ok(offered) => {
            let some: Vec<&str> = offered.iter().map(String::as_str).take(NAMED).collect();
            problem(
                name,
                format!(
                    "reached, but it offers no model {model:?}; set reason.{name}.model to one of \
                     its {}: {}",
                    offered.len(),
                    some.join(", ")
                ),
            )
        }
        Err(fault) => problem(
            name,
            format!("{fault}; until that is mended our own rules answer without it"),
        ),
    }
}

/// Whether an offered model answers to this name: Ollama lists `qwen3:latest` and takes `qwen3`.
fn is_named(offered: &str, model: &str) -> bool {
    offered == model || offered.strip_suffix(":latest") == Some(model)
}

fn budget(config: &Config) -> Finding {
    let spent = match stats::spent_today(config, SystemClock.now()) {
        Ok(spent) => spent,
        Err(error) => return problem("budget", format!("{error:#}")),
    };
    let Spent { tokens, micros } = spent;
    let reason = &config.reason;
    let text = format!(
        "{tokens} of {} tokens and {} of {:.2} USD used today",
        reason.day_tokens,
        usd(micros),
        reason.day_usd
    );
    if tokens >= reason.day_tokens || micros as f64 >= reason.day_usd * 1e6 {
        return notice(
            "budget",
            format!("{text}; no model is asked until tomorrow (UTC)"),
        );
    }
    ok("budget", text)
}
