//! What the engine keeps at hand of one workspace: everything live, and nothing that is over.

mod calibration;
mod delegations;
mod ended;
mod fixes;
mod loading;
mod one_problem;
mod plans;
mod posted;
mod rates;
mod recent;
mod spending;
mod under_way;
mod writing;

pub use ended::Ended;
pub use plans::LivePlan;
pub use recent::RecentTicket;
pub use spending::spent_on;

use super::event::Effect;
use super::rows::{CountersRow, JoinedRow, PauseRow, RateRow, SpendRow, TicketRow};
use crate::domain::{
    ActionName, Case, CaseId, Delegation, Delivery, DeliveryState, Digest, Incident, IncidentId,
    MerchantId, PatternId, PersonId, Plan, PlanId, RootCause, SubjectId, TicketId, WorkspaceId,
};
use crate::observe::detect::Detector;
use crate::reason::calibrate::Tally;
use crate::store::codec::{self, Row};
use crate::store::{Change, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

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
    Spend,
    Calibration(String, RootCause),
    Delegation((PersonId, Timestamp)),
    Fixes(PatternId),
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
    plans: plans::Plans,
    recent: BTreeMap<TicketId, RecentTicket>,
    outbox: BTreeMap<String, Effect>,
    reach: BTreeMap<(ActionName, MerchantId), Timestamp>,
    rates: BTreeMap<ActionName, RateRow>,
    spend: SpendRow,
    calibration: BTreeMap<(String, RootCause), Tally>,
    delegations: BTreeMap<(PersonId, Timestamp), Delegation>,
    fixes: BTreeMap<PatternId, u32>,
    ended: BTreeMap<IncidentId, Ended>,
    timers: BTreeSet<(Timestamp, PlanId)>,
    under_way: BTreeSet<(PlanId, u32)>,
    /// When each open incident was last looked at on behalf of newcomers. Not stored: after a start
    /// each is looked at once more, which changes nothing.
    looked_at: BTreeMap<IncidentId, Timestamp>,
    seen: BTreeMap<Digest, TicketId>,
    requests: BTreeMap<Digest, Vec<TicketId>>,
    posted: BTreeMap<TicketId, TicketRow>,
    live: BTreeSet<String>,
    dirty: BTreeSet<Dirty>,
    extra: Vec<Change>,
    unwritable: Option<StoreError>,
}

impl State {
    /// The state of a workspace in which nothing has happened.
    pub fn new(workspace: &WorkspaceId, detector: Box<dyn Detector>) -> Self {
        Self {
            workspace: workspace.clone(),
            detector,
            counters: CountersRow::default(),
            pause: None,
            incidents: BTreeMap::new(),
            by_pattern: BTreeMap::new(),
            cases: BTreeMap::new(),
            plans: plans::Plans::default(),
            recent: BTreeMap::new(),
            outbox: BTreeMap::new(),
            reach: BTreeMap::new(),
            rates: BTreeMap::new(),
            spend: SpendRow::default(),
            calibration: BTreeMap::new(),
            delegations: BTreeMap::new(),
            fixes: BTreeMap::new(),
            ended: BTreeMap::new(),
            timers: BTreeSet::new(),
            under_way: BTreeSet::new(),
            looked_at: BTreeMap::new(),
            seen: BTreeMap::new(),
            requests: BTreeMap::new(),
            posted: BTreeMap::new(),
            live: BTreeSet::new(),
            dirty: BTreeSet::new(),
            extra: Vec::new(),
            unwritable: None,
        }
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

    /// An open incident, to change.
    pub fn incident_mut(&mut self, id: IncidentId) -> Option<&mut Incident> {
        let incident = self.incidents.get_mut(&id)?;
        self.dirty.insert(Dirty::Incident(id));
        Some(incident)
    }

    /// When an incident was last looked at on behalf of newcomers.
    pub fn looked_at(&self, id: IncidentId) -> Option<Timestamp> {
        self.looked_at.get(&id).copied()
    }

    /// Notes that an incident is looked at on behalf of newcomers.
    pub fn look_at(&mut self, id: IncidentId, now: Timestamp) {
        self.looked_at.insert(id, now);
    }

    /// Adds or replaces an incident.
    pub fn put_incident(&mut self, incident: Incident) {
        if incident.is_open() && incident.same_as.is_none() {
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
        self.plans.get(id)
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

    /// Every live plan, by number.
    pub fn plans(&self) -> impl Iterator<Item = &LivePlan> {
        self.plans.all()
    }

    /// The live plans of a subject.
    pub fn plans_of(&self, subject: SubjectId) -> impl Iterator<Item = &LivePlan> {
        self.plans.of(subject)
    }

    /// Takes the plans of a subject out, as if they had never been made.
    pub fn take_plans(&mut self, subject: SubjectId) -> Vec<Plan> {
        let ids: Vec<PlanId> = self.plans_of(subject).map(|live| live.plan.id).collect();
        if let SubjectId::Case(case) = subject {
            self.cases.remove(&case);
        }
        self.outbox.clear();
        self.dirty.clear();
        self.extra.clear();
        ids.iter()
            .filter_map(|id| self.plans.remove(*id))
            .map(|live| live.plan)
            .collect()
    }

    /// A live plan, to change. Deliveries are changed through [`State::delivery_mut`].
    pub fn plan_mut(&mut self, id: PlanId) -> Option<&mut Plan> {
        let live = self.plans.get_mut(id)?;
        self.dirty.insert(Dirty::Plan(id));
        Some(&mut live.plan)
    }

    /// A delivery of a live plan, to change.
    pub fn delivery_mut(&mut self, id: PlanId, index: u32) -> Option<&mut Delivery> {
        let live = self.plans.get_mut(id)?;
        let delivery = live.deliveries.get_mut(usize::try_from(index).ok()?)?;
        self.dirty.insert(Dirty::Delivery(id, index));
        Some(delivery)
    }

    /// Adds a plan with its deliveries.
    pub fn put_plan(&mut self, live: LivePlan) {
        self.dirty.insert(Dirty::Plan(live.plan.id));
        for delivery in &live.deliveries {
            self.dirty
                .insert(Dirty::Delivery(live.plan.id, delivery.index));
            if let DeliveryState::Retry { at, .. } | DeliveryState::Held { at, .. } = delivery.state
            {
                self.timers.insert((at, live.plan.id));
            }
        }
        let ask = live.plan.ask_next.as_ref().map(|ask| ask.at);
        for at in [live.plan.expires_at, live.plan.verify_at, ask]
            .into_iter()
            .flatten()
        {
            self.timers.insert((at, live.plan.id));
        }
        self.plans.put(live);
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
}
