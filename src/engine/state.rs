//! What the engine keeps at hand of one workspace: everything live, and nothing that is over.

use super::event::Effect;
use super::query;
use super::rows::{CountersRow, JoinedRow, LiveRow, OutboxRow, PauseRow, RateRow, ReachRow};
use crate::domain::{
    ActionName, Case, CaseId, Delivery, DeliveryState, Digest, Incident, IncidentId, MerchantId,
    PatternId, Plan, PlanId, PlanState, Severity, SubjectId, Ticket, TicketId, TicketMerchant,
    WorkspaceId,
};
use crate::observe::detect::Detector;
use crate::store::codec::{self, Row};
use crate::store::{Change, Order, Store, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A plan with its deliveries.
#[derive(Clone, Debug)]
pub struct LivePlan {
    /// The plan.
    pub plan: Plan,
    /// Its deliveries, in order.
    pub deliveries: Vec<Delivery>,
}

/// What an incident needs to know of a ticket that came before it was opened.
#[derive(Clone, Debug)]
pub struct RecentTicket {
    /// Which.
    pub ticket: TicketId,
    /// The case that answers it.
    pub case: Option<CaseId>,
    /// Its merchant.
    pub merchant: Option<TicketMerchant>,
    /// When it was reported.
    pub occurred_at: Timestamp,
    /// Its severity.
    pub severity: Severity,
    /// Its migration stage, may be empty.
    pub stage: String,
    /// Failed checkouts it reports.
    pub checkout_failures: u64,
    /// Customers it reports.
    pub affected_customers: u64,
}

impl RecentTicket {
    /// What is remembered of this ticket.
    pub fn of(ticket: &Ticket) -> Self {
        Self {
            ticket: ticket.id,
            case: None,
            merchant: ticket.merchant.clone(),
            occurred_at: ticket.occurred_at,
            severity: ticket.severity,
            stage: ticket.migration_stage.clone(),
            checkout_failures: ticket.checkout_failures,
            affected_customers: ticket.affected_customers,
        }
    }
}

/// How many tickets answered as cases are remembered, in case an incident turns out to be theirs:
/// about 6 MiB, and more than any alert window should hold.
pub const RECENT: usize = 20_000;

/// A row that changed in this batch; it is written once, with its last content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Counters,
    Pause,
    Incident(IncidentId),
    Case(CaseId),
    Plan(PlanId),
    Delivery(PlanId, u32),
    Outbox(String),
    Reach(ActionName, MerchantId),
    Rate(ActionName),
}

/// The live state of one workspace. Every change goes through a method that remembers to write it.
pub struct State {
    /// Whose state it is.
    pub workspace: WorkspaceId,
    /// Groups the tickets.
    pub detector: Box<dyn Detector>,
    counters: CountersRow,
    pause: Option<PauseRow>,
    incidents: BTreeMap<IncidentId, Incident>,
    by_pattern: BTreeMap<PatternId, IncidentId>,
    cases: BTreeMap<CaseId, Case>,
    plans: BTreeMap<PlanId, LivePlan>,
    recent: BTreeMap<TicketId, RecentTicket>,
    outbox: BTreeMap<String, Effect>,
    reach: BTreeMap<(ActionName, MerchantId), Timestamp>,
    rates: BTreeMap<ActionName, RateRow>,
    timers: BTreeSet<(Timestamp, PlanId)>,
    under_way: BTreeSet<(PlanId, u32)>,
    seen: BTreeMap<Digest, TicketId>,
    requests: BTreeMap<Digest, Vec<TicketId>>,
    live: BTreeSet<String>,
    dirty: BTreeSet<Dirty>,
    extra: Vec<Change>,
    unwritable: Option<StoreError>,
}

impl State {
    /// The state that the store holds, with a detector that has read the store's tickets.
    ///
    /// # Errors
    /// When the store cannot be read, or a row cannot be understood.
    pub fn load(
        store: &dyn Store,
        workspace: &WorkspaceId,
        detector: Box<dyn Detector>,
    ) -> Result<Self, StoreError> {
        let mut state = Self {
            workspace: workspace.clone(),
            detector,
            counters: codec::load(store, workspace, "all")?.unwrap_or_default(),
            pause: codec::load(store, workspace, "now")?,
            incidents: BTreeMap::new(),
            by_pattern: BTreeMap::new(),
            cases: BTreeMap::new(),
            plans: BTreeMap::new(),
            recent: BTreeMap::new(),
            outbox: BTreeMap::new(),
            reach: BTreeMap::new(),
            rates: BTreeMap::new(),
            timers: BTreeSet::new(),
            under_way: BTreeSet::new(),
            seen: BTreeMap::new(),
            requests: BTreeMap::new(),
            live: BTreeSet::new(),
            dirty: BTreeSet::new(),
            extra: Vec::new(),
            unwritable: None,
        };
        for row in all::<OutboxRow>(store, workspace, "")? {
            state.outbox.insert(row.effect.id(), row.effect);
        }
        for row in all::<ReachRow>(store, workspace, "")? {
            state.reach.insert((row.action, row.merchant), row.at);
        }
        for row in all::<RateRow>(store, workspace, "")? {
            state.rates.insert(row.action.clone(), row);
        }
        for row in all::<LiveRow>(store, workspace, "")? {
            state.load_live(store, &row.id)?;
            state.live.insert(row.id);
        }
        state.dirty.clear();
        Ok(state)
    }

    fn load_live(&mut self, store: &dyn Store, id: &str) -> Result<(), StoreError> {
        if let Ok(plan) = id.parse::<PlanId>()
            && id.starts_with(PlanId::PREFIX)
        {
            let row = codec::load::<Plan>(store, &self.workspace, &codec::padded(plan.number()))?;
            if let Some(row) = row {
                let prefix = format!("{}/", codec::padded(plan.number()));
                let deliveries = all::<Delivery>(store, &self.workspace, &prefix)?;
                self.put_plan(LivePlan {
                    plan: row,
                    deliveries,
                });
            }
            return Ok(());
        }
        match id.parse() {
            Ok(SubjectId::Incident(incident)) => {
                let key = codec::padded(incident.number());
                if let Some(row) = codec::load::<Incident>(store, &self.workspace, &key)? {
                    self.put_incident(row);
                }
            }
            Ok(SubjectId::Case(case)) => {
                let key = codec::padded(case.number());
                if let Some(row) = codec::load::<Case>(store, &self.workspace, &key)? {
                    self.put_case(row);
                }
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// The numbers and totals.
    pub fn counters(&self) -> &CountersRow {
        &self.counters
    }

    /// The numbers and totals, to change.
    pub fn counters_mut(&mut self) -> &mut CountersRow {
        self.dirty.insert(Dirty::Counters);
        &mut self.counters
    }

    /// Who paused, if anybody did.
    pub fn pause(&self) -> Option<&PauseRow> {
        self.pause.as_ref()
    }

    /// Pauses or resumes.
    pub fn set_pause(&mut self, pause: Option<PauseRow>) {
        self.pause = pause;
        self.dirty.insert(Dirty::Pause);
    }

    /// An open incident.
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id)
    }

    /// The open incident of this pattern.
    pub fn incident_of(&self, pattern: PatternId) -> Option<IncidentId> {
        self.by_pattern.get(&pattern).copied()
    }

    /// Has the open incident of a merged pattern go on under the pattern that remains. Where both
    /// have one, the older takes what comes from now on. Answers the incident that goes on.
    pub fn merge_patterns(&mut self, from: PatternId, into: PatternId) -> Option<IncidentId> {
        let moved = self.by_pattern.remove(&from)?;
        let stays = *self
            .by_pattern
            .entry(into)
            .and_modify(|known| *known = (*known).min(moved))
            .or_insert(moved);
        if let Some(incident) = self.incident_mut(moved).filter(|_| stays == moved) {
            incident.pattern = into;
        }
        Some(stays)
    }

    /// An open incident, to change.
    pub fn incident_mut(&mut self, id: IncidentId) -> Option<&mut Incident> {
        let incident = self.incidents.get_mut(&id)?;
        self.dirty.insert(Dirty::Incident(id));
        Some(incident)
    }

    /// Adds or replaces an incident.
    pub fn put_incident(&mut self, incident: Incident) {
        if incident.is_open() {
            self.by_pattern.insert(incident.pattern, incident.id);
        }
        self.dirty.insert(Dirty::Incident(incident.id));
        self.incidents.insert(incident.id, incident);
    }

    /// A live case.
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.get(&id)
    }

    /// A live case, to change.
    pub fn case_mut(&mut self, id: CaseId) -> Option<&mut Case> {
        let case = self.cases.get_mut(&id)?;
        self.dirty.insert(Dirty::Case(id));
        Some(case)
    }

    /// Adds or replaces a case.
    pub fn put_case(&mut self, case: Case) {
        self.dirty.insert(Dirty::Case(case.id));
        self.cases.insert(case.id, case);
    }

    /// A live plan.
    pub fn plan(&self, id: PlanId) -> Option<&LivePlan> {
        self.plans.get(&id)
    }

    /// The ticket with this identity, if it came in the batch that is being made.
    pub fn seen_in_batch(&self, identity: &Digest) -> Option<TicketId> {
        self.seen.get(identity).copied()
    }

    /// Notes a ticket's identity until the batch is taken.
    pub fn see(&mut self, identity: Digest, ticket: TicketId) {
        self.seen.insert(identity, ticket);
    }

    /// What this request brought, if it came in the batch that is being made.
    pub fn request_in_batch(&self, request: &Digest) -> Option<Vec<TicketId>> {
        self.requests.get(request).cloned()
    }

    /// Notes what a request brought until the batch is taken.
    pub fn see_request(&mut self, request: Digest, tickets: Vec<TicketId>) {
        self.requests.insert(request, tickets);
    }

    /// Remembers a ticket that was answered as a case; the oldest is forgotten.
    pub fn remember(&mut self, ticket: RecentTicket) {
        self.recent.insert(ticket.ticket, ticket);
        if self.recent.len() > RECENT {
            self.recent.pop_first();
        }
    }

    /// Takes a remembered ticket, because an incident takes it over.
    pub fn forget_recent(&mut self, ticket: TicketId) -> Option<RecentTicket> {
        self.recent.remove(&ticket)
    }

    /// Notes that an incident took a case over, whether or not the case is still live.
    pub fn join_case(&mut self, id: CaseId, incident: IncidentId) {
        if let Some(case) = self.cases.get_mut(&id) {
            case.joined = Some(incident);
            self.dirty.insert(Dirty::Case(id));
        }
        self.put_row(&JoinedRow { case: id, incident });
    }

    /// The live plans of a subject.
    pub fn plans_of(&self, subject: SubjectId) -> impl Iterator<Item = &LivePlan> {
        self.plans
            .values()
            .filter(move |live| live.plan.subject == subject)
    }

    /// Takes the plans of a subject out, as if they had never been made.
    pub fn take_plans(&mut self, subject: SubjectId) -> Vec<Plan> {
        let ids: Vec<PlanId> = self.plans_of(subject).map(|live| live.plan.id).collect();
        if let SubjectId::Case(case) = subject {
            self.cases.remove(&case);
        }
        self.outbox.clear();
        self.dirty.clear();
        ids.iter()
            .filter_map(|id| self.plans.remove(id))
            .map(|live| live.plan)
            .collect()
    }

    /// A live plan, to change. Deliveries are changed through [`State::delivery_mut`].
    pub fn plan_mut(&mut self, id: PlanId) -> Option<&mut Plan> {
        let live = self.plans.get_mut(&id)?;
        self.dirty.insert(Dirty::Plan(id));
        Some(&mut live.plan)
    }

    /// A delivery of a live plan, to change.
    pub fn delivery_mut(&mut self, id: PlanId, index: u32) -> Option<&mut Delivery> {
        let live = self.plans.get_mut(&id)?;
        let delivery = live.deliveries.get_mut(usize::try_from(index).ok()?)?;
        self.dirty.insert(Dirty::Delivery(id, index));
        Some(delivery)
    }

    /// Whether this process has sent this delivery and not heard of its end.
    pub fn is_under_way(&self, plan: PlanId, index: u32) -> bool {
        self.under_way.contains(&(plan, index))
    }

    /// Notes that a delivery was sent, or ended. Not stored: after a crash nothing is under way.
    pub fn set_under_way(&mut self, plan: PlanId, index: u32, sent: bool) {
        if sent {
            self.under_way.insert((plan, index));
        } else {
            self.under_way.remove(&(plan, index));
        }
    }

    /// Takes over what was under way from the state that this one replaces.
    pub fn keep_under_way(&mut self, before: &mut Self) {
        self.under_way = std::mem::take(&mut before.under_way);
    }

    /// Adds a plan with its deliveries.
    pub fn put_plan(&mut self, live: LivePlan) {
        self.dirty.insert(Dirty::Plan(live.plan.id));
        for delivery in &live.deliveries {
            self.dirty
                .insert(Dirty::Delivery(live.plan.id, delivery.index));
            if let DeliveryState::Retry { at, .. } = delivery.state {
                self.timers.insert((at, live.plan.id));
            }
        }
        for at in [live.plan.expires_at, live.plan.verify_at]
            .into_iter()
            .flatten()
        {
            self.timers.insert((at, live.plan.id));
        }
        self.plans.insert(live.plan.id, live);
    }

    /// Has the plan looked at again at this time.
    pub fn set_timer(&mut self, at: Timestamp, plan: PlanId) {
        self.timers.insert((at, plan));
    }

    /// The next time something is due.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Takes a plan whose time has come.
    pub fn take_due(&mut self, now: Timestamp) -> Option<PlanId> {
        let first = *self.timers.first().filter(|(at, _)| *at <= now)?;
        self.timers.remove(&first);
        Some(first.1)
    }

    /// Puts an effect into the outbox.
    pub fn add_effect(&mut self, effect: Effect) {
        let id = effect.id();
        self.dirty.insert(Dirty::Outbox(id.clone()));
        self.outbox.insert(id, effect);
    }

    /// Takes an effect out of the outbox: its end is known.
    pub fn end_effect(&mut self, effect: &Effect) {
        let id = effect.id();
        if self.outbox.remove(&id).is_some() {
            self.dirty.insert(Dirty::Outbox(id));
        }
    }

    /// Whether this very effect is still wanted.
    pub fn wants(&self, effect: &Effect) -> bool {
        self.outbox.get(&effect.id()) == Some(effect)
    }

    /// Every effect whose end is not known.
    pub fn outbox(&self) -> impl Iterator<Item = &Effect> {
        self.outbox.values()
    }

    /// When an action last reached a merchant.
    pub fn last_reached(&self, action: &ActionName, merchant: &MerchantId) -> Option<Timestamp> {
        self.reach.get(&(action.clone(), merchant.clone())).copied()
    }

    /// How many deliveries of an action began in the hour before `now`, to the minute.
    pub fn begun_within_hour(&self, action: &ActionName, now: Timestamp) -> u32 {
        let oldest = now.as_second() / 60 - 60;
        self.rates.get(action).map_or(0, |rate| {
            rate.minutes.range(oldest..).map(|(_, count)| *count).sum()
        })
    }

    /// Counts a delivery that begins now.
    pub fn count_begun(&mut self, action: &ActionName, now: Timestamp) {
        let minute = now.as_second() / 60;
        let rate = self.rates.entry(action.clone()).or_insert_with(|| RateRow {
            action: action.clone(),
            minutes: BTreeMap::new(),
        });
        rate.minutes = rate.minutes.split_off(&(minute - 60));
        *rate.minutes.entry(minute).or_default() += 1;
        self.dirty.insert(Dirty::Rate(action.clone()));
    }

    /// Remembers that an action reached a merchant.
    pub fn set_reached(&mut self, action: &ActionName, merchant: &MerchantId, at: Timestamp) {
        let key = (action.clone(), merchant.clone());
        self.dirty
            .insert(Dirty::Reach(key.0.clone(), key.1.clone()));
        self.reach.insert(key, at);
    }

    /// Writes a row that is never changed afterwards.
    pub fn put_row<R: Row>(&mut self, row: &R) {
        match codec::put_change(&self.workspace, row) {
            Ok(change) => self.extra.push(change),
            Err(error) => self.unwritable = Some(error),
        }
    }

    /// All changes since the last call, each row once; what is over is forgotten here and stays in
    /// the store.
    ///
    /// # Errors
    /// When a row cannot be written as text; then nothing of the batch may be committed.
    pub fn take_changes(&mut self) -> Result<Vec<Change>, StoreError> {
        self.seen.clear();
        self.requests.clear();
        if let Some(error) = self.unwritable.take() {
            return Err(error);
        }
        let mut changes = std::mem::take(&mut self.extra);
        let mut dirty = std::mem::take(&mut self.dirty);
        let over: Vec<PlanId> = dirty
            .iter()
            .filter_map(|row| match row {
                Dirty::Plan(id) | Dirty::Delivery(id, _) => Some(*id),
                _ => None,
            })
            .filter(|id| self.plans.get(id).is_some_and(|live| !is_live(live)))
            .collect();
        for id in &over {
            dirty.insert(Dirty::Plan(*id));
            if let Some(SubjectId::Case(case)) = self.plans.get(id).map(|live| live.plan.subject) {
                dirty.insert(Dirty::Case(case));
            }
        }
        for row in &dirty {
            if let Dirty::Plan(_) | Dirty::Delivery(..) = row {
                self.write(row, &mut changes)?;
            }
        }
        for id in over {
            self.plans.remove(&id);
        }
        for row in &dirty {
            if !matches!(row, Dirty::Plan(_) | Dirty::Delivery(..)) {
                self.write(row, &mut changes)?;
            }
        }
        Ok(changes)
    }

    fn write(&mut self, dirty: &Dirty, changes: &mut Vec<Change>) -> Result<(), StoreError> {
        let ws = &self.workspace;
        match dirty {
            Dirty::Counters => changes.push(codec::put_change(ws, &self.counters)?),
            Dirty::Pause => changes.push(match &self.pause {
                Some(pause) => codec::put_change(ws, pause)?,
                None => codec::delete_change::<PauseRow>(ws, "now"),
            }),
            Dirty::Incident(id) => {
                if let Some(incident) = self.incidents.get(id) {
                    let (pattern, open) = (incident.pattern, incident.is_open());
                    changes.push(codec::put_change(ws, incident)?);
                    if !open {
                        if self.by_pattern.get(&pattern) == Some(id) {
                            self.by_pattern.remove(&pattern);
                        }
                        self.incidents.remove(id);
                    }
                    self.mark(id.to_string(), open, changes)?;
                }
            }
            Dirty::Case(id) => {
                if let Some(case) = self.cases.get(id) {
                    let busy = case.diagnosis.is_none()
                        || case.plans.iter().any(|plan| self.plans.contains_key(plan));
                    let alive = busy && case.joined.is_none();
                    changes.push(codec::put_change(ws, case)?);
                    if !alive {
                        self.cases.remove(id);
                    }
                    self.mark(id.to_string(), alive, changes)?;
                }
            }
            Dirty::Plan(id) => {
                if let Some(found) = self.plans.get(id) {
                    let alive = is_live(found);
                    changes.push(codec::put_change(ws, &found.plan)?);
                    self.mark(id.to_string(), alive, changes)?;
                }
            }
            Dirty::Delivery(plan, index) => {
                let row = self.plans.get(plan).and_then(|found| {
                    let place = usize::try_from(*index).ok()?;
                    found.deliveries.get(place)
                });
                if let Some(row) = row {
                    changes.push(codec::put_change(ws, row)?);
                }
            }
            Dirty::Outbox(id) => changes.push(match self.outbox.get(id) {
                Some(effect) => codec::put_change(
                    ws,
                    &OutboxRow {
                        effect: effect.clone(),
                    },
                )?,
                None => codec::delete_change::<OutboxRow>(ws, id),
            }),
            Dirty::Reach(action, merchant) => {
                if let Some(at) = self.last_reached(action, merchant) {
                    changes.push(codec::put_change(
                        ws,
                        &ReachRow {
                            action: action.clone(),
                            merchant: merchant.clone(),
                            at,
                        },
                    )?);
                }
            }
            Dirty::Rate(action) => {
                if let Some(rate) = self.rates.get(action) {
                    changes.push(codec::put_change(ws, rate)?);
                }
            }
        }
        Ok(())
    }

    /// Keeps the list of what is live: a row when something becomes live, gone when it is over.
    fn mark(
        &mut self,
        id: String,
        alive: bool,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        if alive && self.live.insert(id.clone()) {
            changes.push(codec::put_change(&self.workspace, &LiveRow { id })?);
        } else if !alive && self.live.remove(&id) {
            changes.push(codec::delete_change::<LiveRow>(&self.workspace, &id));
        }
        Ok(())
    }
}

/// A plan is live while something may still happen to it, and after that while it waits for its
/// verification or for a person to say what became of a delivery.
fn is_live(live: &LivePlan) -> bool {
    !live.plan.state.is_final()
        || live.plan.verify_at.is_some()
        || (matches!(live.plan.state, PlanState::Done { .. })
            && live
                .deliveries
                .iter()
                .any(|delivery| matches!(delivery.state, DeliveryState::Unknown { .. })))
}

/// Every row of a table whose id starts with `start`, in key order.
fn all<R: Row>(
    store: &dyn Store,
    workspace: &WorkspaceId,
    start: &str,
) -> Result<Vec<R>, StoreError> {
    query::page(store, workspace, start, None, usize::MAX, Order::Ascending)
}
