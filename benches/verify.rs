//! Scores `medic::verify` on generated histories whose truth is known, and prints every cell.
//!
//! `cargo bench --bench verify` runs 400 histories a cell; `cargo bench --bench verify -- 2000` as
//! many as are asked for. A history is looked at whenever the verification asks for it, up to 24
//! hours, and counts by the first final answer it gets.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "../tests/it/support/histories.rs"]
mod histories;

use histories::{Random, Truth, history};
use medic::domain::Outcome;

const TRUTHS: [Truth; 7] = [
    Truth::new("fix, cuts 80 %", 0.2, None),
    Truth::new("does nothing", 1.0, None),
    Truth::new("doubles", 2.0, None),
    Truth::new("fades, half-life 1 h", 1.0, Some(1.0)),
    Truth::new("fades, half-life 3 h", 1.0, Some(3.0)),
    Truth::new("fades, half-life 6 h", 1.0, Some(6.0)),
    Truth::new("fix and fades in 6 h", 0.2, Some(6.0)),
];
const MERCHANTS: [u32; 4] = [5, 10, 20, 40];
const RATES: [f64; 5] = [1.0, 2.0, 5.0, 10.0, 20.0];

/// How often each answer came.
#[derive(Default)]
struct Score {
    healed: u32,
    same: u32,
    worse: u32,
    open: u32,
}

fn main() {
    let histories = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(400);
    println!("{histories} histories a cell; percent healed / no difference / worse / cannot tell");
    for (title, all_treated) in [
        ("Half of the merchants treated", false),
        ("All merchants treated, the check confirms", true),
    ] {
        println!("\n## {title}");
        println!(
            "| truth | merchants | {} |",
            RATES.map(|r| format!("{r}/h")).join(" | ")
        );
        println!("|---|---|{}", "---|".repeat(RATES.len()));
        let mut false_healed = 0.0_f64;
        for truth in TRUTHS {
            for merchants in MERCHANTS {
                let cells = RATES.map(|rate| {
                    let score = cell(truth, merchants, rate, all_treated, histories);
                    let percent = |count: u32| f64::from(count) * 100.0 / f64::from(histories);
                    if truth.effect >= 1.0 {
                        false_healed = false_healed.max(percent(score.healed));
                    }
                    let counts = [score.healed, score.same, score.worse, score.open];
                    counts
                        .map(|count| format!("{:.0}", percent(count)))
                        .join(" / ")
                });
                println!("| {} | {merchants} | {} |", truth.name, cells.join(" | "));
            }
        }
        println!("\nworst false healed: {false_healed:.1} %");
    }
}

fn cell(truth: Truth, merchants: u32, rate: f64, all_treated: bool, histories: u32) -> Score {
    let mut score = Score::default();
    let mut random = Random(u64::from(merchants) << 32 ^ rate.to_bits() ^ truth.effect.to_bits());
    for _ in 0..histories {
        match history(truth, merchants, rate, all_treated, &mut random) {
            Outcome::Healed => score.healed += 1,
            Outcome::NoDifference => score.same += 1,
            Outcome::Worse => score.worse += 1,
            Outcome::CannotTellYet => score.open += 1,
        }
    }
    score
}
