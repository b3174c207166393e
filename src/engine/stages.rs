//! The judgements on which everything else rests, behind a port: a simulation can put a
//! faulty one in their place, and must then find out.

use crate::act::DeliveryOutcome;
use crate::act::deliver::{self, RetryOptions};
use crate::decide::approval::Click;
use crate::decide::{self, Facts, Governance, VoteOutcome, VoteRefusal};
use crate::domain::{Delivery, Outcome, Plan};
use crate::verify::{self, Answer, Observed, VerifyOptions};
use jiff::Timestamp;

/// How votes are counted, attempts are settled and fixes are judged. What is not overridden is
/// what Medic does.
pub trait Stages: Send + Sync {
    /// Counts a vote.
    ///
    /// # Errors
    /// Why it does not count.
    fn vote(
        &self,
        governance: &Governance,
        plan: &Plan,
        deliveries: &[Delivery],
        facts: &Facts,
        click: Click<'_>,
    ) -> Result<VoteOutcome, VoteRefusal> {
        decide::vote(governance, plan, deliveries, facts, click)
    }

    /// Settles what became of an attempt.
    fn settle(
        &self,
        delivery: &mut Delivery,
        outcome: DeliveryOutcome,
        repeats_are_safe: bool,
        options: &RetryOptions,
        now: Timestamp,
    ) {
        deliver::settle(delivery, outcome, repeats_are_safe, options, now);
    }

    /// Judges whether a fix helped.
    fn judge(&self, observed: &Observed, options: &VerifyOptions) -> Answer {
        verify::judge(observed, options)
    }

    /// Whether a step that waits for "healed" begins after this answer.
    fn opens(&self, answer: &Answer) -> bool {
        answer.outcome == Outcome::Healed
    }
}

/// The judgements as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl Stages for Sound {}
