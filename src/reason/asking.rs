//! Asking one provider: budget before, patience during, one repair after, ledger always.

use super::breaker::Breaker;
use super::budget::{Budget, Spent};
use super::cache::{Cache, Remembered};
use super::prompt::{Prompt, Prompts};
use super::provider::{Fault, Provider, Usage};
use super::reply;
use crate::domain::{Digest, ModelCall, RunbookId};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Tries of one request where a repeat may help.
const TRIES: u32 = 3;
/// The first pause between two tries; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// A provider that wants a longer pause is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Fewer characters than this a token never has on average; so an estimate is never too low.
const CHARACTERS_A_TOKEN: u64 = 2;

/// A provider with what the chain knows of it.
pub(super) struct Seat {
    pub provider: Arc<dyn Provider>,
    pub breaker: Breaker,
}

/// What all requests for one diagnosis share.
pub(super) struct Asking<'a> {
    pub prompt: &'a Prompt,
    pub prompts: &'a Prompts,
    pub runbooks: &'a BTreeSet<RunbookId>,
    pub budget: &'a Budget,
    pub cache: &'a Cache,
    pub now: &'a (dyn Fn() -> Timestamp + Send + Sync),
    pub calls: &'a Mutex<Vec<ModelCall>>,
}

/// How asking a provider ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It was not asked: its breaker, or the budget, in words.
    NotAsked(String),
    /// It was asked in vain.
    Failed(Fault),
}

impl Asking<'_> {
    /// Asks one provider until it answers in a usable way, or there is no hope.
    pub(super) async fn ask(&self, seat: &Seat) -> Result<Remembered, Unanswered> {
        let provider = &*seat.provider;
        let key = Digest::of(format!(
            "{}\n{}\n{}",
            provider.name(),
            provider.model(),
            self.prompt.input
        ));
        if let Some(known) = self.cache.get(&key) {
            return Ok(known);
        }
        let mut prompt = self.prompt.clone();
        let mut repaired = false;
        let mut tries = 0;
        let mut pause = PAUSE;
        seat.breaker
            .may_ask((self.now)())
            .map_err(Unanswered::NotAsked)?;
        loop {
            tries += 1;
            let fault = match self.once(provider, &prompt).await? {
                Ok(answer) => {
                    seat.breaker.succeeded();
                    self.cache.put(key, answer.clone());
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            seat.breaker.failed((self.now)(), &fault);
            if fault.can_be_repaired() && !repaired {
                repaired = true;
                prompt = self.prompts.repaired(self.prompt, &fault.to_string());
                continue;
            }
            let wait = match &fault {
                Fault::Quota {
                    retry_after: Some(wait),
                    day: false,
                } if *wait <= LONGEST_PAUSE => *wait,
                fault if fault.is_passing() => pause,
                _ => return Err(Unanswered::Failed(fault)),
            };
            if tries >= TRIES {
                return Err(Unanswered::Failed(fault));
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }

    /// One request, with its place in budget and ledger. The ledger has it from the start, so that
    /// one that is given up half-way is not forgotten.
    async fn once(
        &self,
        provider: &dyn Provider,
        prompt: &Prompt,
    ) -> Result<Result<Remembered, Fault>, Unanswered> {
        let prices = provider.prices();
        let characters = prompt.system.chars().count() + prompt.user.chars().count();
        let estimate = Usage {
            prompt: characters as u64 / CHARACTERS_A_TOKEN,
            output: 0,
        };
        let worth = |usage: Usage| Spent {
            tokens: usage.prompt.saturating_add(usage.output),
            micros: prices.cost_micros(usage),
        };
        let aside = worth(Usage {
            output: u64::from(provider.max_output_tokens()),
            ..estimate
        });
        let begun = (self.now)();
        self.budget
            .set_aside(begun, aside)
            .map_err(Unanswered::NotAsked)?;
        let call = ModelCall {
            provider: provider.name().to_owned(),
            model: provider.model().to_owned(),
            model_version: String::new(),
            outcome: "given up before an answer came".to_owned(),
            prompt_tokens: estimate.prompt,
            output_tokens: 0,
            cost_micros: prices.cost_micros(estimate),
        };
        let place = self.with_calls(|calls| {
            calls.push(call);
            calls.len() - 1
        });
        // Until an answer comes, it counts as if the provider had read the prompt.
        let mut settling = Settling {
            budget: self.budget,
            begun,
            aside,
            used: worth(estimate),
        };
        let asked = provider.ask(prompt).await;
        let answer = asked
            .text
            .and_then(|text| reply::read(&text, prompt, self.runbooks));
        let usage = match (&answer, asked.usage) {
            (_, Some(usage)) => usage,
            (Err(fault), None) if !may_have_cost(fault) => Usage::default(),
            (_, None) => estimate,
        };
        settling.used = worth(usage);
        self.with_calls(|calls| {
            if let Some(call) = calls.get_mut(place) {
                call.model_version.clone_from(&asked.model_version);
                call.outcome = match &answer {
                    Ok(_) => "answered".to_owned(),
                    Err(fault) => fault.to_string(),
                };
                call.prompt_tokens = usage.prompt;
                call.output_tokens = usage.output;
                call.cost_micros = prices.cost_micros(usage);
            }
        });
        Ok(answer.map(|said| Remembered {
            said,
            model_version: asked.model_version,
        }))
    }

    fn with_calls<T>(&self, change: impl FnOnce(&mut Vec<ModelCall>) -> T) -> T {
        // A list of finished entries is whole after a panic too.
        change(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Settles when the request is over, also where it is given up.
struct Settling<'a> {
    budget: &'a Budget,
    begun: Timestamp,
    aside: Spent,
    used: Spent,
}

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        self.budget.settle(self.begun, self.aside, self.used);
    }
}

/// Whether a request that ended like this may be on the bill: an error status never is.
const fn may_have_cost(fault: &Fault) -> bool {
    !matches!(
        fault,
        Fault::Key(_)
            | Fault::NoSuchModel(_)
            | Fault::Request(_)
            | Fault::Quota { .. }
            | Fault::Unavailable(_)
            | Fault::NotReached(_)
    )
}
