//! The way into the loop: bounded by bytes, answered after the commit.

mod posted;

use super::clock::Clock;
use super::event::{Arrival, Ballot, Doubt, Event, Reply, Settlement};
use super::handle::{Receipt, SourceGrant, SubmitError};
use super::rules::{AllRules, Rules};
use crate::domain::{Digest, IncidentId, Person, PlanId, RootCause, SubjectId, WorkspaceId};
use crate::observe::intake::{self, DeliveryId, Limits, SourceRules};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How many bytes of requests may wait for the loop, in KiB. Past that a request is told to come
/// back: about 60,000 ordinary tickets, a few seconds of work.
const BUDGET_KIB: usize = 32 * 1024;
/// When a request that found the engine busy should come back.
const BUSY_SECONDS: u32 = 2;
/// When a request that found the disk full should come back.
const UNAVAILABLE_SECONDS: u32 = 15;

/// An event on its way into the loop.
pub(super) struct Envelope {
    pub workspace: WorkspaceId,
    pub event: Event,
    pub answer: Option<oneshot::Sender<Result<Reply, String>>>,
    /// Held until the event is handled, so that waiting requests are bounded.
    pub permit: Option<OwnedSemaphorePermit>,
    /// Whether this ends work that the loop had begun outside.
    pub ends_work: bool,
}

/// What the loop takes.
pub(super) enum Message {
    Event(Box<Envelope>),
    /// Answer once nothing waits and nothing is under way.
    Quiet(oneshot::Sender<()>),
    /// Finish what waits and stop.
    Stop,
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(super) enum Refused {
    Sentence(String),
    Unavailable(String),
}

/// What is wrong with the store, if anything is.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<String>>);

impl Health {
    pub fn set(&self, wrong: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = wrong;
    }

    pub fn wrong(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// How tickets are read.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Bounds of a ticket and a request.
    pub limits: Limits,
    /// Random key under which a merchant id that is an address or a secret is given another name.
    pub pseudonym_key: [u8; 32],
}

/// The sending side.
#[derive(Clone)]
pub(super) struct Inbox {
    sender: mpsc::UnboundedSender<Message>,
    budget: Arc<Semaphore>,
    rules: Arc<AllRules>,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    terms: Arc<Terms>,
}

impl Inbox {
    pub fn new(
        sender: mpsc::UnboundedSender<Message>,
        rules: Arc<AllRules>,
        clock: Arc<dyn Clock>,
        health: Arc<Health>,
        terms: Terms,
    ) -> Self {
        Self {
            sender,
            budget: Arc::new(Semaphore::new(BUDGET_KIB)),
            rules,
            clock,
            health,
            terms: Arc::new(terms),
        }
    }

    pub fn rules(&self, workspace: &WorkspaceId) -> Option<&Rules> {
        self.rules.get(workspace).map(|rules| &**rules)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn ready(&self) -> Result<(), String> {
        if self.sender.is_closed() {
            return Err("the engine has stopped".to_owned());
        }
        self.health.wrong().map_or(Ok(()), Err)
    }

    pub async fn submit(
        &self,
        source: &SourceGrant,
        content_type: &str,
        body: &[u8],
        delivery_id: Option<&str>,
    ) -> Result<Vec<Receipt>, SubmitError> {
        let kib = u32::try_from(body.len() / 1024 + 1).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.budget)
            .try_acquire_many_owned(kib)
            .map_err(|_| SubmitError::Busy {
                retry_after_seconds: BUSY_SECONDS,
            })?;
        let now = self.clock.now();
        let rules = SourceRules {
            workspace: source.workspace.clone(),
            name: source.name.clone(),
            verified_merchants: source.verified_merchants,
            author: Some(source.author.clone()),
            pseudonym_key: self.terms.pseudonym_key,
        };
        let arrivals = intake::parse_body(content_type, body, &self.terms.limits)
            .map_err(SubmitError::Problem)?
            .into_iter()
            .enumerate()
            .map(|(index, item)| Arrival {
                draft: item
                    .and_then(|raw| intake::accept(raw, &rules, now))
                    .map_err(|problem| problem.at(index)),
                known: None,
            })
            .collect();
        let id = match delivery_id {
            Some(id) => DeliveryId::Signed(id),
            None => DeliveryId::Body(Digest::of(body)),
        };
        let event = Event::TicketsArrived {
            source: source.name.clone(),
            request: intake::delivery_key(&source.workspace, &source.name, id),
            window: delivery_id.is_none().then_some(source.replay_window),
            repeat_of: None,
            arrivals,
        };
        match self.send(&source.workspace, event, Some(permit)).await {
            Ok(Reply::Receipts(receipts)) => Ok(receipts),
            Ok(_) => Ok(Vec::new()),
            Err(_) => Err(SubmitError::Unavailable {
                retry_after_seconds: UNAVAILABLE_SECONDS,
            }),
        }
    }

    pub async fn vote(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        prefix: &str,
        ballot: Ballot,
    ) -> Result<String, Refused> {
        self.command(
            workspace,
            Event::Voted {
                person: person.clone(),
                plan,
                prefix: prefix.to_owned(),
                ballot,
            },
        )
        .await
    }

    pub async fn settle(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        plan: PlanId,
        index: u32,
        settlement: Settlement,
    ) -> Result<String, Refused> {
        self.command(
            workspace,
            Event::Settled {
                person: person.clone(),
                plan,
                index,
                settlement,
            },
        )
        .await
    }

    pub async fn pause(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        reason: Option<&str>,
    ) -> Result<String, Refused> {
        self.command(
            workspace,
            Event::PauseAsked {
                person: person.clone(),
                reason: reason.map(str::to_owned),
            },
        )
        .await
    }

    pub async fn close(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        incident: IncidentId,
        reason: &str,
    ) -> Result<String, Refused> {
        self.command(
            workspace,
            Event::CloseAsked {
                person: person.clone(),
                incident,
                reason: reason.to_owned(),
            },
        )
        .await
    }

    pub async fn doubt_cause(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        subject: SubjectId,
        instead: Option<RootCause>,
        reason: &str,
    ) -> Result<String, Refused> {
        self.command(
            workspace,
            Event::CauseDoubted {
                person: person.clone(),
                subject,
                doubt: Doubt {
                    words: reason.to_owned(),
                    instead,
                },
                found: None,
            },
        )
        .await
    }

    pub async fn sign_in(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        link: &str,
    ) -> Result<(), Refused> {
        self.command(
            workspace,
            Event::SignedIn {
                person: person.clone(),
                link: link.to_owned(),
                used: false,
            },
        )
        .await
        .map(|_| ())
    }

    /// Has everything that is due handled, after the clock was moved.
    pub async fn tick(&self, workspace: &WorkspaceId) {
        // A loop that has stopped has nothing due.
        let _ = self.send(workspace, Event::Tick, None).await;
    }

    /// Records that a surface refused a person something.
    pub async fn refused(
        &self,
        workspace: &WorkspaceId,
        person: &Person,
        what: &str,
        why: &str,
    ) -> Result<(), Refused> {
        let event = Event::RefusedElsewhere {
            person: person.clone(),
            what: what.to_owned(),
            why: why.to_owned(),
        };
        self.command(workspace, event).await.map(|_| ())
    }

    /// Waits until nothing waits and nothing is under way.
    pub async fn quiet(&self) {
        let (answer, heard) = oneshot::channel();
        if self.sender.send(Message::Quiet(answer)).is_ok() {
            // A dropped answer means that the loop has stopped: quiet enough.
            let _ = heard.await;
        }
    }

    /// Has the loop finish what waits and stop.
    pub fn stop(&self) {
        // A loop that has stopped already needs no telling.
        let _ = self.sender.send(Message::Stop);
    }

    /// Brings back the end of work that the loop had begun outside.
    pub fn work_ended(&self, workspace: &WorkspaceId, event: Event) {
        // After the loop has stopped, the outbox still knows of this work.
        let _ = self.sender.send(Message::Event(Box::new(Envelope {
            workspace: workspace.clone(),
            event,
            answer: None,
            permit: None,
            ends_work: true,
        })));
    }

    pub async fn command(&self, workspace: &WorkspaceId, event: Event) -> Result<String, Refused> {
        match self.send(workspace, event, None).await {
            Ok(Reply::Done(text)) => Ok(text),
            Ok(Reply::Refused(text)) => Err(Refused::Sentence(text)),
            Ok(Reply::Receipts(_) | Reply::Changed(_) | Reply::Nothing) => Ok(String::new()),
            Err(why) => Err(Refused::Unavailable(why)),
        }
    }

    async fn send(
        &self,
        workspace: &WorkspaceId,
        event: Event,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Reply, String> {
        let (answer, heard) = oneshot::channel();
        let stopped = || "the engine is stopping".to_owned();
        self.sender
            .send(Message::Event(Box::new(Envelope {
                workspace: workspace.clone(),
                event,
                answer: Some(answer),
                permit,
                ends_work: false,
            })))
            .map_err(|_| stopped())?;
        heard.await.map_err(|_| stopped())?
    }
}
