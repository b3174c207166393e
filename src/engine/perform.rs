//! Work outside the loop: ask the diagnosers, send, check, count. What comes of it returns as an
//! event; a panic in any of it returns as an unknown outcome, never as silence.

mod measuring;

use super::event::{Effect, Event};
use super::inbox::Inbox;
use super::query;
use super::rows::TicketRow;
use super::rules::AllRules;
use super::step::Start;
use crate::act::{Connector, DeliveryOutcome, deliver};
use crate::decide::AuthorisedPlan;
use crate::domain::{Action, ActionName, SubjectId, TicketId, WorkspaceId};
use crate::reason::{Diagnose, PastIncident, Question};
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// How many diagnoses are asked for at once.
const DIAGNOSES: usize = 4;
/// How many deliveries and checks are under way at once.
const SENDS: usize = 16;
/// How many closed incidents a diagnosis may read.
const PAST: usize = 50;
/// How long work waits that could not read what it needs, before its turn comes again.
const READ_AGAIN: Duration = Duration::from_millis(500);

/// Everything that work outside the loop needs.
pub(super) struct Performer {
    pub store: Arc<dyn Store>,
    pub rules: Arc<AllRules>,
    pub diagnoser: Arc<dyn Diagnose>,
    pub inbox: Inbox,
    /// Whether work could not read what it needs, so that an outage is logged once.
    pub unread: AtomicBool,
}

impl Performer {
    /// Takes work until the loop is gone. Diagnoses and deliveries never wait for each other.
    pub async fn run(self, mut work: mpsc::UnboundedReceiver<(WorkspaceId, Start)>) {
        let this = Arc::new(self);
        let (think, thinking) = mpsc::unbounded_channel();
        let (send, sending) = mpsc::unbounded_channel();
        let thinkers = tokio::spawn(Arc::clone(&this).lane(thinking, DIAGNOSES));
        let senders = tokio::spawn(Arc::clone(&this).lane(sending, SENDS));
        while let Some(item) = work.recv().await {
            let lane = match item.1 {
                Start::Diagnose { .. } => &think,
                Start::Send { .. } | Start::Measure { .. } => &send,
            };
            // A lane ends only with this task.
            let _ = lane.send(item);
        }
        drop((think, send));
        // Each lane finishes what it has begun; a lane that panicked has nothing left to finish.
        let _ = thinkers.await;
        let _ = senders.await;
    }

    async fn lane(
        self: Arc<Self>,
        mut work: mpsc::UnboundedReceiver<(WorkspaceId, Start)>,
        width: usize,
    ) {
        let places = Arc::new(Semaphore::new(width));
        let mut begun = JoinSet::new();
        while let Some((workspace, start)) = work.recv().await {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            while begun.try_join_next().is_some() {}
            let this = Arc::clone(&self);
            begun.spawn(async move {
                let ended = Arc::clone(&this).perform(&workspace, start).await;
                drop(place);
                let event = match ended {
                    Ok(event) => event,
                    Err(effect) => {
                        tokio::time::sleep(READ_AGAIN).await;
                        Event::EffectDue(effect)
                    }
                };
                this.inbox.work_ended(&workspace, event);
            });
        }
        while begun.join_next().await.is_some() {}
    }

    /// How the work has ended, or the effect that has to be begun again, because what it needs
    /// could not be read.
    async fn perform(
        self: Arc<Self>,
        workspace: &WorkspaceId,
        start: Start,
    ) -> Result<Event, Effect> {
        let this = Arc::clone(&self);
        let ws = workspace.clone();
        Ok(match start {
            Start::Diagnose {
                subject,
                revision,
                tickets,
                question,
            } => {
                let asked =
                    tokio::spawn(async move { this.diagnose(&ws, tickets, *question).await }).await;
                let diagnosis = match asked {
                    Ok(Ok(diagnosis)) => self.has_read(diagnosis),
                    Ok(Err(error @ StoreError::Read { .. })) => {
                        self.cannot_read(&error);
                        return Err(Effect::Diagnose { subject, revision });
                    }
                    Ok(Err(error)) => self.no_diagnosis(subject, &error.to_string()),
                    Err(error) => self.no_diagnosis(subject, &error.to_string()),
                };
                Event::Diagnosed {
                    subject,
                    revision,
                    diagnosis: Box::new(diagnosis),
                }
            }
            Start::Send {
                plan,
                index,
                attempt,
                cut_off,
            } => {
                let id = plan.plan().id;
                let sent =
                    tokio::spawn(async move { this.send(&ws, &plan, index, cut_off).await }).await;
                Event::DeliveryEnded {
                    plan: id,
                    index,
                    attempt,
                    outcome: sent.unwrap_or_else(|error| {
                        tracing::error!(%error, plan = %id, index, "a connector broke down");
                        DeliveryOutcome::Unknown {
                            why: "the connector broke down while sending".to_owned(),
                        }
                    }),
                }
            }
            Start::Measure {
                plan,
                subject,
                probes,
                not_asked,
            } => {
                let now = self.inbox.now();
                let measured = tokio::spawn(async move {
                    let mut observed = this.measure(&ws, plan, subject, now).await?;
                    let failing = this.probe(&ws, &probes, &mut observed.probes).await;
                    observed.probes.not_asked += not_asked;
                    Ok::<_, StoreError>((observed, failing))
                })
                .await;
                let (observed, failing) = match measured {
                    Ok(Ok(found)) => self.has_read(found),
                    Ok(Err(error @ StoreError::Read { .. })) => {
                        self.cannot_read(&error);
                        return Err(Effect::Measure { plan });
                    }
                    Ok(Err(error)) => {
                        tracing::error!(%error, %plan, "cannot read what a verification needs");
                        Default::default()
                    }
                    Err(error) => {
                        tracing::error!(%error, %plan, "a connector broke down while checking");
                        Default::default()
                    }
                };
                Event::Measured {
                    plan,
                    observed,
                    failing,
                }
            }
        })
    }

    fn has_read<T>(&self, found: T) -> T {
        self.unread.store(false, Ordering::Relaxed);
        found
    }

    fn cannot_read(&self, error: &StoreError) {
        if !self.unread.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "cannot read what work outside needs, it waits");
        }
    }

    async fn diagnose(
        &self,
        workspace: &WorkspaceId,
        tickets: Vec<TicketId>,
        mut question: Question,
    ) -> Result<crate::domain::Diagnosis, StoreError> {
        for id in tickets {
            let row = codec::load::<TicketRow>(&*self.store, workspace, padded(id.number()))?;
            question.tickets.extend(row.map(|row| row.ticket));
        }
        question.past = self.past(workspace)?;
        Ok(self.diagnoser.diagnose(&question).await)
    }

    /// Closed incidents with what was found and whether it healed, newest first.
    fn past(&self, workspace: &WorkspaceId) -> Result<Vec<PastIncident>, StoreError> {
        let newest = query::page::<crate::domain::Incident>(
            &*self.store,
            workspace,
            "",
            None,
            PAST,
            Order::Descending,
        )?;
        Ok(newest
            .into_iter()
            .filter(|incident| !incident.is_open())
            .filter_map(|incident| {
                let found = incident.diagnosis.as_ref()?;
                Some(PastIncident {
                    id: incident.id,
                    summary: format!("{}. {}", incident.label, found.explanation),
                    root_cause: found.root_cause,
                    healed: matches!(incident.closed, Some((_, crate::domain::Closure::Healed))),
                })
            })
            .collect())
    }

    /// A diagnosis that says it could not be made; a person will see it.
    fn no_diagnosis(&self, subject: SubjectId, why: &str) -> crate::domain::Diagnosis {
        tracing::error!(%subject, why, "no diagnosis came about");
        crate::reason::broken_off("the diagnosis broke off; the log has the reason")
    }

    async fn send(
        &self,
        workspace: &WorkspaceId,
        plan: &AuthorisedPlan,
        index: u32,
        cut_off: bool,
    ) -> DeliveryOutcome {
        let found = plan.delivery(index);
        let name = found.map_or(&plan.plan().action, |one| plan.plan().action_of(one));
        let Some((action, connector)) = self.tools(workspace, name) else {
            return DeliveryOutcome::Failed {
                why: format!("the action {name} is no longer configured"),
            };
        };
        match plan.delivery(index) {
            Ok(delivery) if cut_off => deliver::recover(connector, action, delivery).await,
            _ => deliver::attempt(connector, action, plan, index).await,
        }
    }

    /// An action and the connector that carries it out, as configured now.
    fn tools(
        &self,
        workspace: &WorkspaceId,
        action: &ActionName,
    ) -> Option<(&Action, &dyn Connector)> {
        let rules = self.rules.get(workspace)?;
        let action = rules.catalogue.get(action)?;
        Some((action, &**rules.connectors.get(&action.connector)?))
    }
}
