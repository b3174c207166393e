//! `medic stats calibration`: whether confidence means what it says.

use super::records;
use crate::config::Config;
use crate::domain::RootCause;
use crate::reason::calibrate::{BINS, Tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;

/// From this confidence on an answer claims to be sure.
const CONFIDENT: u8 = 70;

/// A judgement, as its record has it.
#[derive(Clone, Debug, Deserialize)]
struct Judged {
    provider: String,
    root_cause: RootCause,
    confidence: u8,
    calibrated: Option<u8>,
    right: bool,
    weight: u32,
}

/// Figures over some judgements. Weights are in half judgements.
#[derive(Debug, Default, Serialize)]
struct Figures {
    /// Diagnoses judged.
    judged: usize,
    /// Share that was right, in thousandths.
    right_milli: u64,
    /// Mean squared distance of confidence and truth, in thousandths; 250 is a coin's.
    brier_milli: u64,
    /// The same of the calibrated confidence, over the diagnoses that had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    brier_calibrated_milli: Option<u64>,
    /// Share that was given with a confidence of at least 70, in thousandths.
    confident_milli: u64,
    /// Of those, the share that was right.
    confident_right_milli: u64,
}

pub(super) fn print(config: &Config, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    // A later judgement of the same diagnosis is only recorded where it takes the earlier's place.
    let mut last: BTreeMap<(String, String), Judged> = BTreeMap::new();
    for record in records(config, "diagnosis.judged")? {
        let judged = serde_json::from_value(record.draft.result.into())?;
        let subject = record.draft.subject.map(|subject| subject.to_string());
        let key = (
            record.draft.workspace.to_string(),
            subject.unwrap_or_default(),
        );
        last.insert(key, judged);
    }
    let all: Vec<&Judged> = last.values().collect();
    let mut groups: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
    for judged in &all {
        groups
            .entry(judged.provider.clone())
            .or_default()
            .push(judged);
        let class = format!("{} {}", judged.provider, judged.root_cause);
        groups.entry(class).or_default().push(judged);
    }
    if json {
        let named: BTreeMap<&str, Figures> = groups
            .iter()
            .map(|(name, group)| (name.as_str(), figures(group)))
            .collect();
        let report = serde_json::json!({
            "all": figures(&all),
            "groups": named,
            "reliability": reliability(&all),
        });
        writeln!(out, "{report}")?;
        return Ok(());
    }
    if all.is_empty() {
        writeln!(
            out,
            "No diagnosis has been judged yet. Approvals, rejections, \"wrong cause\" on a card and \
             verified outcomes do."
        )?;
        return Ok(());
    }
    writeln!(out, "{}", line("all", &figures(&all)))?;
    for (name, group) in &groups {
        writeln!(out, "{}", line(name, &figures(group)))?;
    }
    writeln!(out, "\nconfidence  weight  right")?;
    for (bin, share, weight) in reliability(&all) {
        writeln!(
            out,
            "{:>3} to {:>3}  {:>6}  {}",
            bin * 10,
            if bin + 1 == BINS { 100 } else { bin * 10 + 9 },
            f64::from(weight) / 2.0,
            milli(share)
        )?;
    }
    writeln!(
        out,
        "A vote, and a fix that did not help, weigh half: they may be about something else than the \
         cause."
    )?;
    Ok(())
}

fn line(name: &str, figures: &Figures) -> String {
    let calibrated = figures
        .brier_calibrated_milli
        .map_or_else(String::new, |brier| {
            format!(" ({} calibrated)", milli(brier))
        });
    format!(
        "{name}: {} judged, right {}, Brier score {}{calibrated}, confident {} of which right {}",
        figures.judged,
        milli(figures.right_milli),
        milli(figures.brier_milli),
        milli(figures.confident_milli),
        milli(figures.confident_right_milli)
    )
}

fn figures(judged: &[&Judged]) -> Figures {
    let weigh = |wanted: &dyn Fn(&Judged) -> bool| -> u64 {
        judged
            .iter()
            .filter(|one| wanted(one))
            .map(|one| u64::from(one.weight))
            .sum()
    };
    let all = weigh(&|_| true);
    let confident = weigh(&|one| one.confidence >= CONFIDENT);
    Figures {
        judged: judged.len(),
        right_milli: share(weigh(&|one| one.right), all),
        brier_milli: brier(judged, |one| Some(one.confidence)).unwrap_or(0),
        brier_calibrated_milli: brier(judged, |one| one.calibrated),
        confident_milli: share(confident, all),
        confident_right_milli: share(
            weigh(&|one| one.right && one.confidence >= CONFIDENT),
            confident,
        ),
    }
}

fn brier(judged: &[&Judged], confidence: impl Fn(&Judged) -> Option<u8>) -> Option<u64> {
    let mut sum = 0;
    let mut all = 0;
    for one in judged {
        let Some(confidence) = confidence(one) else {
            continue;
        };
        let miss = u64::from(u8::abs_diff(
            confidence.min(100),
            if one.right { 100 } else { 0 },
        ));
        // Of 10,000.
        sum += miss * miss * u64::from(one.weight);
        all += u64::from(one.weight);
    }
    (sum / 10).checked_div(all)
}

/// For each bin with anything in it: its number, the share that was right, the weight.
fn reliability(judged: &[&Judged]) -> Vec<(usize, u64, u32)> {
    let mut tally = Tally::default();
    for one in judged {
        tally.add(one.confidence, one.right, one.weight);
    }
    let bins = tally.bins.iter().enumerate();
    bins.filter(|(_, [right, wrong])| right + wrong > 0)
        .map(|(bin, [right, wrong])| {
            let all = right + wrong;
            (bin, share(u64::from(*right), u64::from(all)), all)
        })
        .collect()
}

/// Thousandths, rounded.
fn share(part: u64, whole: u64) -> u64 {
    (part * 1000 + whole / 2).checked_div(whole).unwrap_or(0)
}

/// Thousandths as 0.123.
fn milli(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}
