//! Random runs with faults and crashes keep every promise; a faulty stage is found out.

use medic::act::DeliveryOutcome;
use medic::act::deliver::{self, RetryOptions};
use medic::decide::approval::Click;
use medic::decide::{self, Facts, Governance, VoteOutcome, VoteRefusal};
use medic::domain::{Delivery, Outcome, Plan};
use medic::engine::simulate::{Run, run};
use medic::engine::stages::{Sound, Stages};
use medic::store::memory::MemoryStore;
use medic::verify::{self, Answer, Observed, VerifyOptions};
use std::sync::Arc;

fn runs(seeds: u64, stages: Arc<dyn Stages>) -> Vec<(u64, Run)> {
    (1..=seeds)
        .map(|seed| {
            let store = Arc::new(MemoryStore::new());
            (seed, run(seed, store, Arc::clone(&stages)).unwrap())
        })
        .collect()
}

/// What is found out in a hundred runs with a faulty stage.
fn found(stages: impl Stages + 'static) -> String {
    let broken = runs(100, Arc::new(stages));
    broken
        .into_iter()
        .flat_map(|(_, run)| run.violations)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_hundred_random_runs_break_no_promise_and_do_something() {
    let runs = runs(100, Arc::new(Sound));
    for (seed, run) in &runs {
        assert!(
            run.violations.is_empty(),
            "seed {seed}: {:?}",
            run.violations
        );
    }
    let works: u64 = runs.iter().map(|(_, run)| run.works).sum();
    let crashes: u64 = runs.iter().map(|(_, run)| run.crashes).sum();
    assert!(works > 300 && crashes > 300, "{works} {crashes}");
    let undone: u64 = runs.iter().map(|(_, run)| run.undone).sum();
    assert!(undone > 0, "nothing was taken back in any run");
    let steps: u64 = runs.iter().map(|(_, run)| run.steps).sum();
    let back: u64 = runs.iter().map(|(_, run)| run.rolled_back).sum();
    assert!(steps > 10 && back > 0, "{steps} {back}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let once = || run(7, Arc::new(MemoryStore::new()), Arc::new(Sound)).unwrap();
    assert_eq!(once(), once());
}

#[test]
#[ignore = "long; by name: cargo test --test it ten_thousand -- --ignored"]
fn ten_thousand_random_runs_break_no_promise() {
    for (seed, run) in runs(10_000, Arc::new(Sound)) {
        assert!(
            run.violations.is_empty(),
            "seed {seed}: {:?}",
            run.violations
        );
    }
}

/// Takes any click for one on what is stored.
struct SkipsDigest;

impl Stages for SkipsDigest {
    fn vote(
        &self,
        governance: &Governance,
        plan: &Plan,
        deliveries: &[Delivery],
        facts: &Facts,
        click: Click<'_>,
    ) -> Result<VoteOutcome, VoteRefusal> {
        let presented = plan.digest.prefix();
        let presented = presented.as_str();
        let click = Click { presented, ..click };
        decide::vote(governance, plan, deliveries, facts, click)
    }
}

#[test]
fn skipping_the_digest_is_found_out() {
    let found = found(SkipsDigest);
    assert!(
        found.contains("counted that named another digest"),
        "{found}"
    );
}

/// Counts one person's second click as somebody else's.
struct CountsTwice;

impl Stages for CountsTwice {
    fn vote(
        &self,
        governance: &Governance,
        plan: &Plan,
        deliveries: &[Delivery],
        facts: &Facts,
        click: Click<'_>,
    ) -> Result<VoteOutcome, VoteRefusal> {
        let voted = |id| plan.votes.iter().any(|vote| &vote.person == id);
        let other = governance
            .people
            .iter()
            .find(|one| !voted(&one.id) && one.roles == click.person.roles);
        match other.filter(|_| voted(&click.person.id)) {
            Some(other) => {
                let mut person = click.person.clone();
                person.id = other.id.clone();
                let click = Click {
                    person: &person,
                    ..click
                };
                decide::vote(governance, plan, deliveries, facts, click)
            }
            None => decide::vote(governance, plan, deliveries, facts, click),
        }
    }
}

#[test]
fn counting_one_person_twice_is_found_out() {
    let found = found(CountsTwice);
    assert!(
        found.contains("was approved by 1 of 2 different people"),
        "{found}"
    );
}

/// Takes an unknown outcome for one that may be tried again.
struct RepeatsUnknown;

impl Stages for RepeatsUnknown {
    fn settle(
        &self,
        delivery: &mut Delivery,
        outcome: DeliveryOutcome,
        safe: bool,
        options: &RetryOptions,
        now: jiff::Timestamp,
    ) {
        let outcome = match outcome {
            DeliveryOutcome::Unknown { why } => DeliveryOutcome::Retry { why, after: None },
            other => other,
        };
        deliver::settle(delivery, outcome, safe, options, now);
    }
}

#[test]
fn repeating_an_unknown_outcome_is_found_out() {
    let found = found(RepeatsUnknown);
    assert!(found.contains("was done twice"), "{found}");
}

/// Calls a fix that made no difference a cure.
struct Optimist;

impl Stages for Optimist {
    fn judge(&self, observed: &Observed, options: &VerifyOptions) -> Answer {
        let answer = verify::judge(observed, options);
        match answer.outcome {
            Outcome::NoDifference => Answer {
                outcome: Outcome::Healed,
                look_again: None,
                ..answer
            },
            _ => answer,
        }
    }
}

#[test]
fn closing_on_no_difference_is_found_out() {
    let found = found(Optimist);
    assert!(found.contains("which its numbers do not say"), "{found}");
}

/// Lets what waits for "healed" begin unless it got worse.
struct Impatient;

impl Stages for Impatient {
    fn opens(&self, answer: &Answer) -> bool {
        answer.outcome != Outcome::Worse
    }
}

#[test]
fn beginning_a_step_before_it_is_healed_is_found_out() {
    let found = found(Impatient);
    assert!(
        found.contains("began before it was found healed"),
        "{found}"
    );
}
