//! `medic stats cost`: the ledger of requests to models.

use super::records;
use crate::config::Config;
use crate::reason::budget::{Spent, day, usd};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;

/// One request, as its record has it.
#[derive(Deserialize)]
struct Call {
    provider: String,
    model: String,
    model_version: String,
    answered: bool,
    prompt_tokens: u64,
    output_tokens: u64,
    cost_micros: u64,
}

/// Requests of one day to one model.
#[derive(Default, Serialize)]
struct Line {
    day: String,
    provider: String,
    model: String,
    calls: u64,
    answered: u64,
    prompt_tokens: u64,
    output_tokens: u64,
    cost_micros: u64,
}

impl Line {
    fn add(&mut self, call: &Call) {
        self.calls += 1;
        self.answered += u64::from(call.answered);
        self.prompt_tokens = self.prompt_tokens.saturating_add(call.prompt_tokens);
        self.output_tokens = self.output_tokens.saturating_add(call.output_tokens);
        self.cost_micros = self.cost_micros.saturating_add(call.cost_micros);
    }

    fn text(&self) -> String {
        format!(
            "{:<10}  {:<8}  {:<24}  {:>6}  {:>8}  {:>12}  {:>12}  {:>14}",
            self.day,
            self.provider,
            self.model,
            self.calls,
            self.answered,
            self.prompt_tokens,
            self.output_tokens,
            usd(self.cost_micros)
        )
    }
}

/// Every request with its day, oldest first.
fn asked(config: &Config) -> anyhow::Result<Vec<(Date, Vec<Call>)>> {
    let records = records(config, "models.asked")?.into_iter();
    records
        .map(|record| {
            let calls = record.draft.result.get("calls").cloned();
            let calls = serde_json::from_value(calls.unwrap_or_default())?;
            Ok((day(record.draft.at), calls))
        })
        .collect()
}

/// What was used on a day.
pub(super) fn spent_on(config: &Config, date: Date) -> anyhow::Result<Spent> {
    let mut line = Line::default();
    for (on, calls) in asked(config)? {
        if on == date {
            calls.iter().for_each(|call| line.add(call));
        }
    }
    Ok(Spent {
        tokens: line.prompt_tokens.saturating_add(line.output_tokens),
        micros: line.cost_micros,
    })
}

pub(super) fn print(config: &Config, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut lines: BTreeMap<(String, String, String), Line> = BTreeMap::new();
    let mut all = Line {
        day: "all".to_owned(),
        ..Line::default()
    };
    for (date, calls) in asked(config)? {
        for call in calls {
            let model = match call.model_version.is_empty() {
                true => &call.model,
                false => &call.model_version,
            };
            let key = (date.to_string(), call.provider.clone(), model.clone());
            let line = lines.entry(key.clone()).or_insert_with(|| Line {
                day: key.0,
                provider: key.1,
                model: key.2,
                ..Line::default()
            });
            line.add(&call);
            all.add(&call);
        }
    }
    if json {
        for line in lines.values() {
            writeln!(out, "{}", serde_json::to_string(line)?)?;
        }
        return Ok(());
    }
    if lines.is_empty() {
        writeln!(out, "No model was asked yet.")?;
        return Ok(());
    }
    writeln!(
        out,
        "{:<10}  {:<8}  {:<24}  {:>6}  {:>8}  {:>12}  {:>12}  {:>14}",
        "day (UTC)", "provider", "model", "calls", "answered", "prompt tok.", "answer tok.", "cost"
    )?;
    for line in lines.values().chain([&all]) {
        writeln!(out, "{}", line.text())?;
    }
    let reason = &config.reason;
    writeln!(
        out,
        "The day's budget is {} tokens and {:.2} USD, by the prices in config.toml.",
        reason.day_tokens, reason.day_usd
    )?;
    Ok(())
}
