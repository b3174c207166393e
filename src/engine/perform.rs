//! Work outside the loop: ask the diagnosers, send, check, count. What comes of it returns as an
//! event; a panic in any of it returns as an unknown outcome, never as silence.

use super::event::{Event, FailedProbe};
use super::inbox::Inbox;
use super::query::{self, StoredPlan};
use super::rows::{MemberRow, TicketRow};
use super::rules::AllRules;
use super::step::Start;
use crate::act::probe::{ProbeOutcome, ProbeRequest};
use crate::act::{CheckOutcome, Connector, DeliveryOutcome, deliver};
use crate::decide::AuthorisedPlan;
use crate::domain::{
    Action, ActionName, DeliveryState, IncidentId, MerchantId, PlanId, SubjectId, TicketId,
    WorkspaceId,
};
use crate::reason::{Diagnose, PastIncident, Question};
use crate::store::codec::{self, padded};
use crate::store::{Order, Store, StoreError};
use crate::verify::{self, MerchantHistory, Observed, Probes, Treatment, VerifyOptions};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

/// How many diagnoses are asked for at once.
const DIAGNOSES: usize = 4;
/// How many deliveries and checks are under way at once.
const SENDS: usize = 16;
/// How many closed incidents a diagnosis may read.
const PAST: usize = 50;

/// Everything that work outside the loop needs.
pub(super) struct Performer {
    pub store: Arc<dyn Store>,
    pub rules: Arc<AllRules>,
    pub diagnoser: Arc<dyn Diagnose>,
    pub inbox: Inbox,
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
        while let Some((workspace, start)) = work.recv().await {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let this = Arc::clone(&self);
            tokio::spawn(async move {
                this.perform(workspace, start).await;
                drop(place);
            });
        }
        // Every place free again: everything that was begun has ended.
        let all = u32::try_from(width).unwrap_or(u32::MAX);
        drop(places.acquire_many(all).await);
    }

    async fn perform(self: Arc<Self>, workspace: WorkspaceId, start: Start) {
        let this = Arc::clone(&self);
        let ws = workspace.clone();
        let event = match start {
            Start::Diagnose {
                subject,
                revision,
                tickets,
                question,
            } => {
                let asked =
                    tokio::spawn(async move { this.diagnose(&ws, tickets, *question).await }).await;
                let diagnosis = match asked {
                    Ok(Ok(diagnosis)) => diagnosis,
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
                    Ok(Ok(found)) => found,
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
        };
        self.inbox.work_ended(&workspace, event);
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

    async fn measure(
        &self,
        workspace: &WorkspaceId,
        plan: PlanId,
        subject: SubjectId,
        now: Timestamp,
    ) -> Result<Observed, StoreError> {
        let Some(stored) = query::plan_of(&*self.store, workspace, plan)? else {
            return Ok(Observed::default());
        };
        let Some(since) = stored.plan.watched_since(&stored.deliveries) else {
            return Ok(Observed::default());
        };
        let mut observed = match (subject, self.rules.get(workspace)) {
            (SubjectId::Incident(id), Some(rules)) => {
                self.count(workspace, id, &stored, &rules.verify, now)?
            }
            _ => Observed::default(),
        };
        observed.minutes_since = minutes(since, now);
        for delivery in &stored.deliveries {
            let arrived = matches!(delivery.state, DeliveryState::Delivered { .. });
            let tools = self.tools(workspace, stored.plan.action_of(delivery));
            let Some((action, connector)) =
                tools.filter(|_| arrived && stored.plan.treats(delivery))
            else {
                continue;
            };
            let answer = connector
                .check(action, &delivery.payload, &delivery.idempotency_key)
                .await;
            match answer {
                CheckOutcome::Confirmed { .. } => observed.checks.confirmed += 1,
                CheckOutcome::Denied(_) => observed.checks.denied += 1,
                CheckOutcome::CannotTell(_) => observed.checks.unknown += 1,
            }
        }
        Ok(observed)
    }

    /// Asks the probes, one after the other; answers with those that fail.
    async fn probe(
        &self,
        workspace: &WorkspaceId,
        requests: &[ProbeRequest],
        found: &mut Probes,
    ) -> Vec<FailedProbe> {
        let rules = self.rules.get(workspace);
        let Some(prober) = rules.and_then(|rules| rules.connectors.prober()) else {
            return Vec::new();
        };
        let mut failing = Vec::new();
        for request in requests {
            match prober.ask(request).await {
                ProbeOutcome::Passed => found.passed += 1,
                ProbeOutcome::Failed(why) => {
                    found.failed += 1;
                    failing.push(FailedProbe {
                        name: request.name.clone(),
                        url: request.url.clone(),
                        why,
                    });
                }
                ProbeOutcome::NotAsked(why) => {
                    tracing::warn!(probe = request.name, why, "a probe cannot be asked");
                    found.not_asked += 1;
                }
            }
        }
        failing
    }

    /// Tickets before and after the plan, of merchants it treated and of those nobody treated, who
    /// were in the incident when it ran.
    fn count(
        &self,
        workspace: &WorkspaceId,
        id: IncidentId,
        stored: &StoredPlan,
        options: &VerifyOptions,
        now: Timestamp,
    ) -> Result<Observed, StoreError> {
        let Some(incident) = query::load_incident(&*self.store, workspace, id)? else {
            return Ok(Observed::default());
        };
        let start = format!("{}/", padded(id.number()));
        let members = query::page::<MemberRow>(
            &*self.store,
            workspace,
            &start,
            None,
            usize::MAX,
            Order::Ascending,
        )?;
        let mut by_merchant: BTreeMap<&MerchantId, Vec<Timestamp>> = BTreeMap::new();
        for member in &members {
            if let Some(merchant) = &member.merchant {
                by_merchant.entry(merchant).or_default().push(member.at);
            }
        }
        let histories: Vec<MerchantHistory> = by_merchant
            .into_iter()
            .filter_map(|(merchant, tickets)| {
                let affected = incident.merchants.get(merchant)?;
                let mine = affected.treated_by == Some(stored.plan.id);
                let treatment = match affected.treated_at {
                    Some(at) if mine => Treatment::ThisPlan(at),
                    Some(at) => Treatment::Other(at),
                    None => Treatment::None,
                };
                Some(MerchantHistory { treatment, tickets })
            })
            .collect();
        let groups = verify::count(&histories, now, options);
        let (treated, untreated) = groups.unwrap_or_default();
        Ok(Observed {
            treated,
            untreated,
            ..Observed::default()
        })
    }
}

fn minutes(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_mins()).unwrap_or(0)
}
