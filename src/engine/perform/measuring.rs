//! What a verification rests on: tickets before and after, what the connectors say, what the probes
//! find.

use super::Performer;
use crate::act::CheckOutcome;
use crate::act::probe::{ProbeOutcome, ProbeRequest};
use crate::domain::{DeliveryState, IncidentId, MerchantId, PlanId, SubjectId, WorkspaceId};
use crate::engine::event::FailedProbe;
use crate::engine::query::{self, StoredPlan};
use crate::engine::rows::MemberRow;
use crate::store::codec::padded;
use crate::store::{Order, StoreError};
use crate::verify::{self, MerchantHistory, Observed, Probes, Treatment, VerifyOptions};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Performer {
    pub(super) async fn measure(
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
    pub(super) async fn probe(
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
