//! Twenty people press 200 buttons within a second, four on each of fifty open questions: how long each
//! waits for the acknowledgement, with a whole Medic behind and a Discord on a real socket beside it.
//! Discord gives an interaction three seconds; the aim is 300 ms for 99 of 100.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to say, and prints what it measured"
)]

#[path = "../tests/it/discord_surface/rush.rs"]
mod rush;
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/it/discord_surface/team.rs"]
mod team;

use rush::{CLICKS, PEOPLE, QUESTIONS, Rush};
use std::time::Duration;

/// Times that it is measured, each with a Medic of its own.
const ROUNDS: u32 = 3;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("{CLICKS} clicks by {PEOPLE} people within a second on {QUESTIONS} open questions");
    println!("round  decided once    p50 ms    p99 ms    max ms");
    for round in 1..=ROUNDS {
        let rush = runtime.block_on(Rush::new());
        let pause = Duration::from_secs(1) / u32::try_from(CLICKS).unwrap();
        let answers = runtime.block_on(rush.begins(pause));
        let once = answers.values().filter(|answers| {
            let approved = answers
                .iter()
                .filter(|answer| answer.text.starts_with("Approved."));
            approved.count() == 1
        });
        let once = once.count();
        let mut waits: Vec<u128> = answers
            .values()
            .flatten()
            .map(|answer| answer.acknowledged_ms)
            .collect();
        waits.sort_unstable();
        let at = |percent: usize| waits[(waits.len() * percent).div_ceil(100) - 1];
        println!(
            "{round:>5}  {:>12}  {:>8}  {:>8}  {:>8}",
            format!("{once} of {QUESTIONS}"),
            at(50),
            at(99),
            at(100)
        );
        assert_eq!(once, QUESTIONS, "a question was decided twice, or never");
    }
}
