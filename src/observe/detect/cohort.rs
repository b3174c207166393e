//! Which merchants there are and where in the migration they stand: what an alert's sentence
//! counts against.

use super::lexical::ByHash;
use crate::domain::{CohortLift, Ticket};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Every merchant of late, with the cohorts they belong to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cohorts {
    #[serde(with = "super::stored::by_hash")]
    merchants: ByHash<Known>,
    names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    last: Timestamp,
    cohorts: Vec<u32>,
}

/// Merchants remembered at most; the half longest silent goes.
const MAX_MERCHANTS: usize = 50_000;

/// Different cohorts remembered at most; further values are ignored.
const MAX_COHORTS: usize = 500;

impl Cohorts {
    /// Remembers where this merchant stands now.
    pub(crate) fn note(
        &mut self,
        merchant: u64,
        ticket: &Ticket,
        now: Timestamp,
        attributes: &[String],
    ) {
        let mut cohorts = Vec::new();
        let stage = ticket.migration_stage.trim();
        if !stage.is_empty() && stage != "unknown" {
            cohorts.extend(self.number(stage));
        }
        for attribute in attributes {
            if let Some(serde_json::Value::String(value)) = ticket.attributes.get(attribute) {
                cohorts.extend(self.number(&format!("{attribute} {value}")));
            }
        }
        let known = self.merchants.entry(merchant).or_insert_with(|| Known {
            last: now,
            cohorts: Vec::new(),
        });
        known.last = now;
        if !cohorts.is_empty() {
            known.cohorts = cohorts;
        }
        if self.merchants.len() > MAX_MERCHANTS {
            let mut times: Vec<Timestamp> =
                self.merchants.values().map(|known| known.last).collect();
            let middle = times.len() / 2;
            let cut = *times.select_nth_unstable(middle).1;
            self.merchants.retain(|_, known| known.last > cut);
        }
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        let short: String = name.chars().take(60).collect();
        let at = match self.names.iter().position(|held| *held == short) {
            Some(at) => at,
            None if self.names.len() < MAX_COHORTS => {
                self.names.push(short);
                self.names.len() - 1
            }
            None => return None,
        };
        u32::try_from(at).ok()
    }

    /// How many merchants are known.
    pub(crate) fn merchants(&self) -> u32 {
        self.merchants.len() as u32
    }

    /// The cohort in which these merchants are most clearly concentrated, if any is.
    pub(crate) fn concentration(
        &self,
        hit: &BTreeSet<u64>,
        since: Timestamp,
    ) -> Option<CohortLift> {
        let mut counts = vec![(0_u32, 0_u32, 0_u32); self.names.len()];
        let mut active_merchants = 0_u32;
        for (key, known) in &self.merchants {
            let is_hit = hit.contains(key);
            let is_active = known.last >= since && !is_hit;
            active_merchants += u32::from(is_active);
            for cohort in &known.cohorts {
                if let Some((all, active, ours)) = counts.get_mut(*cohort as usize) {
                    *all += 1;
                    *active += u32::from(is_active);
                    *ours += u32::from(is_hit);
                }
            }
        }
        let total = self.merchants();
        let mut best: Option<(f64, usize)> = None;
        for (cohort, (all, _, ours)) in counts.iter().enumerate() {
            if f64::from(*ours) < 0.6 * hit.len() as f64 || *ours == 0 {
                continue;
            }
            let lift = lift(*ours, hit.len() as u32, *all, total);
            if lift.1 > 1.0 && best.is_none_or(|(least, _)| lift.1 > least) {
                best = Some((lift.1, cohort));
            }
        }
        let (_, cohort) = best?;
        let (all, active, ours) = *counts.get(cohort)?;
        let among_active = lift(ours, hit.len() as u32, active, active_merchants);
        let (ratio, low, high) = lift(ours, hit.len() as u32, all, total);
        Some(CohortLift {
            cohort: self.names.get(cohort)?.clone(),
            hit: ours,
            known: all,
            percent: percent(ratio),
            low_percent: percent(low),
            high_percent: percent(high),
            explained_by_mix: is_alike(among_active),
        })
    }
}

/// Whether two shares are known to be about the same: no difference is proven, and one of twice as
/// much is ruled out. A handful of others proves neither.
fn is_alike((_, low, high): (f64, f64, f64)) -> bool {
    low <= 1.0 && high < 2.0
}

/// In whole percent, rounded.
fn percent(ratio: f64) -> u32 {
    (ratio * 100.0).round() as u32
}

/// The ratio of two shares with its 95 % interval (Katz's logarithmic method; half a case is
/// added to each count so that none is zero).
fn lift(hit: u32, hits: u32, known: u32, total: u32) -> (f64, f64, f64) {
    let (a, n) = (f64::from(hit) + 0.5, f64::from(hits) + 1.0);
    let (b, m) = (f64::from(known) + 0.5, f64::from(total) + 1.0);
    let ratio = (a / n) / (b / m);
    let spread = 1.96 * (1.0 / a - 1.0 / n + 1.0 / b - 1.0 / m).max(0.0).sqrt();
    (ratio, ratio * (-spread).exp(), ratio * spread.exp())
}
