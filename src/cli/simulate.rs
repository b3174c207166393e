//! `medic simulate`: random runs under a simulated clock, each checked against what Medic promises.

use crate::engine::simulate;
use crate::engine::stages::Sound;
use crate::store::memory::MemoryStore;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;

/// Runs Medic many times under a simulated clock with random tickets, clicks, edits, faults and
/// crashes, and checks what it promises from the audit records of each run. Nothing is sent
/// anywhere. Exit code 1 where a promise was broken.
#[derive(Args, Clone, Debug)]
pub struct SimulateArgs {
    /// How many runs.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    seeds: u64,
    /// The first run's seed; the others follow.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    first: u64,
    /// One JSON object instead.
    #[arg(long)]
    json: bool,
}

/// Runs the command; `false` where a promise was broken.
///
/// # Errors
/// When a run's store refuses, or the output cannot be written.
pub fn run(args: &SimulateArgs, mut out: impl Write) -> anyhow::Result<bool> {
    let bar = if args.json || !io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(args.seeds).with_style(ProgressStyle::with_template(
            "{bar:40} {pos}/{len} runs, {eta} left",
        )?)
    };
    let mut broken = Vec::new();
    let (mut records, mut works, mut crashes) = (0_u64, 0_u64, 0_u64);
    for seed in args.first..args.first.saturating_add(args.seeds) {
        let done = simulate::run(seed, Arc::new(MemoryStore::new()), Arc::new(Sound))?;
        records += done.records;
        works += done.works;
        crashes += done.crashes;
        broken.extend(done.violations.into_iter().map(|what| (seed, what)));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        let list: Vec<_> = broken
            .iter()
            .map(|(seed, what)| json!({ "seed": seed, "what": what }))
            .collect();
        let line = json!({
            "runs": args.seeds, "records": records, "deliveries": works, "crashes": crashes,
            "violations": list,
        });
        writeln!(out, "{line}")?;
        return Ok(broken.is_empty());
    }
    for (seed, what) in &broken {
        writeln!(out, "seed {seed}: {what}")?;
    }
    writeln!(
        out,
        "{} runs, {records} records, {works} deliveries, {crashes} crashes: {}",
        args.seeds,
        match broken.len() {
            0 => "every promise held.".to_owned(),
            many => format!(
                "{many} broken promises; `medic simulate --first SEED --seeds 1` repeats one."
            ),
        }
    )?;
    Ok(broken.is_empty())
}
