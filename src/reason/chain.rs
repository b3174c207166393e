//! From the configured providers to the diagnoser that the engine asks.
//!
//! The offline diagnoser answers first, at once. Then the models are asked in their order, the
//! next one also when one is slow, until one answers in a usable way or the time is up. So a
//! diagnosis is always there within the deadline, and says who was asked and what came of it.

use super::asking::{Asking, Seat, Unanswered};
use super::breaker::Breaker;
use super::budget::{Budget, Spent};
use super::cache::{Cache, Remembered};
use super::merge::merge;
use super::offline::{Offline, newest};
use super::options::ReasonOptions;
use super::prompt::{Prompt, Prompts};
use super::provider::{Fault, Provider};
use super::{Diagnose, Question};
use crate::domain::{Diagnosis, ModelCall, RunbookId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// The name of the offline diagnoser in the config and on the command line.
pub const OFFLINE: &str = "offline";
/// Runbooks that a model reads.
const RUNBOOKS: usize = 6;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything that a chain is built from.
pub struct Parts {
    /// Always run; the only one whose word an automatic action may rest on.
    pub offline: Arc<Offline>,
    /// Models, in the order in which they are asked; may be empty.
    pub providers: Vec<Arc<dyn Provider>>,
    /// Why models that are configured are not among them, in words; may be empty.
    pub left_out: Vec<String>,
    /// The prompts.
    pub prompts: Prompts,
    /// From which fences and canaries are drawn; known to nobody else.
    pub secret: [u8; 32],
    /// What time it is.
    pub now: Now,
    /// What was spent on the day of the start, by the ledger.
    pub spent: Spent,
}

/// The offline diagnoser and the models beside it.
pub struct Chain {
    offline: Arc<Offline>,
    seats: Vec<Seat>,
    left_out: Vec<String>,
    prompts: Prompts,
    secret: [u8; 32],
    now: Now,
    budget: Budget,
    cache: Cache,
    runbooks: BTreeSet<RunbookId>,
    deadline: Duration,
    hedge_after: Duration,
}

type Answer = (usize, Result<Remembered, Unanswered>);
type Running<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

impl Chain {
    /// Builds the chain.
    pub fn new(parts: Parts, options: &ReasonOptions) -> Self {
        let seats = parts.providers.into_iter().map(|provider| Seat {
            provider,
            breaker: Breaker::new(options.breaker_failures, options.breaker_rest),
        });
        let limit = Spent {
            tokens: options.day_tokens,
            // Checked to be small and not negative.
            micros: (options.day_usd * 1e6).round() as u64,
        };
        let ids = parts.offline.runbooks().iter().map(|book| book.id.clone());
        Self {
            seats: seats.collect(),
            left_out: parts.left_out,
            prompts: parts.prompts,
            secret: parts.secret,
            budget: Budget::new(limit, (parts.now)(), parts.spent),
            now: parts.now,
            cache: Cache::new(usize::try_from(options.remembered_answers).unwrap_or(usize::MAX)),
            runbooks: ids.collect(),
            offline: parts.offline,
            deadline: whole(options.deadline),
            hedge_after: whole(options.hedge_after),
        }
    }

    /// What the models have used of the day's budget.
    pub fn spent(&self) -> Spent {
        self.budget.spent((self.now)())
    }

    async fn asked(&self, question: &Question, mut own: Diagnosis) -> Diagnosis {
        let runbooks = self.offline.nearest(question, RUNBOOKS);
        let prompt = self.prompts.about(question, &runbooks, &self.secret);
        let calls = Mutex::new(Vec::new());
        let mut told = Vec::new();
        let answer = {
            let asking = Asking {
                prompt: &prompt,
                prompts: &self.prompts,
                runbooks: &self.runbooks,
                budget: &self.budget,
                cache: &self.cache,
                now: &*self.now,
                calls: &calls,
            };
            self.race(&asking, &mut told).await
        };
        let calls = calls.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(leak) = told.iter().find(|line| line.contains(LEAK)) {
            own.suspicious.push(leak.clone());
        }
        match answer {
            Some((seat, answer)) => {
                let provider = &*self.seats[seat].provider;
                told.push(answered(provider, &answer, &calls));
                let sources = self.offline.sources(question, newest(&question.tickets));
                let merged = merge(own, answer.said, &sources, provider.name());
                Diagnosis {
                    provider: provider.name().to_owned(),
                    model_version: match answer.model_version.is_empty() {
                        true => provider.model().to_owned(),
                        false => answer.model_version,
                    },
                    ..billed(merged, told, calls, &prompt)
                }
            }
            None => {
                told.push("the offline rules answered".to_owned());
                billed(own, told, calls, &prompt)
            }
        }
    }

    /// The first usable answer, and in `told` what became of everybody else.
    async fn race<'a>(
        &'a self,
        asking: &'a Asking<'a>,
        told: &mut Vec<String>,
    ) -> Option<(usize, Remembered)> {
        let over = tokio::time::Instant::now() + self.deadline;
        let mut running: Vec<Running<'a>> = Vec::new();
        let mut waiting = 0..self.seats.len();
        let mut unheard: BTreeSet<usize> = BTreeSet::new();
        loop {
            if running.is_empty() {
                let seat = waiting.next()?;
                unheard.insert(seat);
                running.push(self.run(asking, seat));
            }
            let hedge = (tokio::time::Instant::now() + self.hedge_after).min(over);
            match tokio::time::timeout_at(hedge, first(&mut running)).await {
                Ok((seat, Ok(answer))) => return Some((seat, answer)),
                // On a busy machine the client's own time-out may be seen first.
                Err(_) | Ok((_, Err(Unanswered::Failed(Fault::NoAnswer(_)))))
                    if tokio::time::Instant::now() >= over =>
                {
                    for seat in unheard {
                        let Seat { provider, breaker } = &self.seats[seat];
                        let fault = Fault::NoAnswer("out of time".to_owned());
                        breaker.failed((self.now)(), &fault);
                        told.push(format!(
                            "{}: no answer within {} s",
                            provider.name(),
                            self.deadline.as_secs()
                        ));
                    }
                    return None;
                }
                Ok((seat, Err(why))) => {
                    unheard.remove(&seat);
                    let name = self.seats[seat].provider.name();
                    let leaked = why == Unanswered::Failed(Fault::Leaked);
                    told.push(match why {
                        Unanswered::NotAsked(why) => format!("{name}: {why}"),
                        Unanswered::Failed(fault) => format!("{name}: {fault}"),
                    });
                    if leaked {
                        // A ticket has a model talk; the next model is not handed to it as well.
                        return None;
                    }
                }
                Err(_) => {
                    if let Some(seat) = waiting.next() {
                        unheard.insert(seat);
                        running.push(self.run(asking, seat));
                    }
                }
            }
        }
    }

    fn run<'a>(&'a self, asking: &'a Asking<'a>, seat: usize) -> Running<'a> {
        Box::pin(async move { (seat, asking.ask(&self.seats[seat]).await) })
    }
}

/// How a leak is told, so that it can be flagged.
const LEAK: &str = "repeated hidden instructions";

#[async_trait::async_trait]
impl Diagnose for Chain {
    async fn diagnose(&self, question: &Question) -> Diagnosis {
        let own = self.offline.answer(question);
        if self.seats.is_empty() {
            return Diagnosis {
                provider_note: match self.left_out.is_empty() {
                    true => own.provider_note.clone(),
                    false => format!("no model was asked: {}", self.left_out.join("; ")),
                },
                ..own
            };
        }
        if !question.ask_models {
            return Diagnosis {
                provider_note: "no model was asked: one is asked about a pattern that is new or \
                                has changed materially, and this one has not"
                    .to_owned(),
                ..own
            };
        }
        self.asked(question, own).await
    }
}

/// The first of several to be done.
async fn first(running: &mut Vec<Running<'_>>) -> Answer {
    poll_fn(|cx| {
        for place in 0..running.len() {
            if let Poll::Ready(answer) = running[place].as_mut().poll(cx) {
                drop(running.swap_remove(place));
                return Poll::Ready(answer);
            }
        }
        Poll::Pending
    })
    .await
}

fn answered(provider: &dyn Provider, answer: &Remembered, calls: &[ModelCall]) -> String {
    let name = provider.name();
    let (model, version) = (provider.model(), &answer.model_version);
    let served = match version.is_empty() || version == model {
        true => String::new(),
        false => format!(" ({model} was asked for, {version} served it)"),
    };
    let fresh = calls.iter().any(|call| call.provider == name);
    let remembered = if fresh { "" } else { ", from memory" };
    format!("{name} answered{served}{remembered}, the offline rules ran beside it")
}

fn billed(
    found: Diagnosis,
    told: Vec<String>,
    calls: Vec<ModelCall>,
    prompt: &Prompt,
) -> Diagnosis {
    Diagnosis {
        provider_note: told.join("; "),
        tokens: calls
            .iter()
            .map(|c| c.prompt_tokens + c.output_tokens)
            .sum(),
        cost_micros: calls.iter().map(|call| call.cost_micros).sum(),
        prompt_version: prompt.version.clone(),
        calls,
        ..found
    }
}

fn whole(time: SignedDuration) -> Duration {
    Duration::try_from(time).unwrap_or_default()
}
