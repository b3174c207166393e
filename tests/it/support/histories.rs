//! Histories of incidents whose truth is known: what `medic::verify` is scored on.

use medic::domain::Outcome;
use medic::verify::{Checks, Count, Group, Observed, VerifyOptions, judge, looks};

/// What the treatment does to the treated merchants' rate, and what happens to everybody's.
#[derive(Clone, Copy)]
pub struct Truth {
    pub name: &'static str,
    /// Factor on the treated rate after the treatment.
    pub effect: f64,
    /// Half-life of the trouble itself in hours, from its first minute on.
    pub half_life: Option<f64>,
}

impl Truth {
    pub const fn new(name: &'static str, effect: f64, half_life: Option<f64>) -> Self {
        Self {
            name,
            effect,
            half_life,
        }
    }
}

/// One history: merchants of very different rates (exponential, so a loud one among quiet ones),
/// one to six hours before somebody approves, then the treatment of half or all of them.
pub fn history(truth: Truth, merchants: u32, rate: f64, all: bool, random: &mut Random) -> Outcome {
    let options = VerifyOptions::default();
    let treated_count = if all {
        merchants
    } else {
        merchants.div_ceil(2)
    };
    let weights: Vec<f64> = (0..merchants).map(|_| random.exponential()).collect();
    let total: f64 = weights.iter().sum();
    let before_hours = 1.0 + 5.0 * random.unit();
    // Whole minutes, so that both halves are what they are said to be.
    let half = (before_hours * 30.0) as u64;
    let start = 2 * half;
    let end = start + u64::from(options.deadline_hours) * 60;
    let mut treated_at = Vec::new();
    let mut untreated_at = Vec::new();
    for (place, weight) in weights.iter().enumerate() {
        let is_treated = place < treated_count as usize;
        let highest = rate / 60.0 * weight / total * truth.effect.max(1.0);
        let mut at = random.exponential() / highest;
        while at < end as f64 {
            let fading = truth.half_life.map_or(1.0, |h| (-at / 60.0 / h).exp2());
            let effect = if is_treated && at >= start as f64 {
                truth.effect
            } else {
                1.0
            };
            if random.unit() < fading * effect / truth.effect.max(1.0) {
                let times = if is_treated {
                    &mut treated_at
                } else {
                    &mut untreated_at
                };
                times.push(at as u64);
            }
            at += random.exponential() / highest;
        }
    }
    let group = |merchants: u32, times: &[u64], now: u64| {
        let count = |from: u64, to: u64| Count {
            tickets: times.iter().filter(|at| (from..to).contains(*at)).count() as u32,
            merchant_minutes: u64::from(merchants) * (to - from),
        };
        Group {
            merchants,
            earlier: count(0, half),
            later: count(half, start),
            after: count(start, now),
        }
    };
    let mut outcome = Outcome::CannotTellYet;
    for look in looks(&options) {
        let now = start + look;
        let observed = Observed {
            treated: group(treated_count, &treated_at, now),
            untreated: group(merchants - treated_count, &untreated_at, now),
            checks: Checks {
                confirmed: treated_count,
                ..Checks::default()
            },
            minutes_since: look,
            ..Observed::default()
        };
        outcome = judge(&observed, &options).outcome;
        if outcome != Outcome::CannotTellYet {
            break;
        }
    }
    outcome
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub struct Random(pub u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }
}
