//! A whole Medic without its web surface, and the people around it: merchants post, people decide,
//! time passes, a real receiver on a real socket gets what is delivered. Flow tests read like what
//! people do.

mod deciding;

use super::card_text::card_text;
use super::models::KEY;
use jiff::{SignedDuration, Timestamp};
use medic::app;
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::demo::receiver::{Received, Receiver};
use medic::domain::ports::{Chat, LateChat};
use medic::domain::{
    IncidentId, Person, PersonId, PlanId, SourceName, SubjectId, Surface, WorkspaceId,
};
use medic::engine::Kept;
use medic::engine::handle::{
    Ballot, CommandError, Handle, Receipt, RecordQuery, SourceGrant, SubmitError,
};
use medic::engine::{Clock, Engine, ManualClock, Parts, Terms};
use medic::observe::detect::Detector;
use medic::observe::intake::Limits;
use medic::reason::chain::Chain;
use medic::reason::offline::Offline;
use medic::store::embedded::{EmbeddedStore, Options};
use medic::store::memory::MemoryStore;
use medic::store::{Batch, Change, Order, Scan, Store};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// 48 bytes of base64: a signing secret that stands for nothing.
const SECRET: &str = "whsec_bm90IGEgc2VjcmV0LCBvbmx5IGxvbmcgZW5vdWdoIGZvciB0ZXN0cw==";

/// Medic and its surroundings.
pub struct World {
    engine: Option<Engine>,
    /// The store, which outlives a restart.
    pub store: Arc<MemoryStore>,
    /// Where a chat can be put in.
    pub chat: Arc<LateChat>,
    clock: Arc<ManualClock>,
    receiver: Receiver,
    config: Config,
    more: String,
    data: DataFiles,
    posted: u32,
    /// The detectors' snapshots, for the next start.
    pub kept: Arc<Mutex<BTreeMap<WorkspaceId, Kept>>>,
}

impl World {
    /// A Monday morning at eight, with the shipped config.
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// The same, with these lines of config laid over the shipped one.
    pub async fn with(more: &str) -> Self {
        Self::asking(None, more).await
    }

    /// The same with Gemini at this address.
    pub async fn asking(gemini: Option<&str>, more: &str) -> Self {
        let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let receiver = {
            let clock = Arc::clone(&clock);
            let now = Arc::new(move || clock.now());
            Receiver::start(&SecretString::from(SECRET), now)
                .await
                .unwrap()
        };
        let config = config(&receiver, gemini, more);
        let mut world = Self {
            engine: None,
            store: Arc::new(MemoryStore::new()),
            chat: Arc::default(),
            clock,
            receiver,
            config,
            more: more.to_owned(),
            data: DataFiles::built_in(),
            posted: 0,
            kept: Arc::default(),
        };
        world.start();
        world
    }

    /// The same, with these tables added to an action of the shipped config.
    pub async fn with_action(name: &str, more: &str) -> Self {
        Self::with(&format!("{}\n{more}", shipped_action(name))).await
    }

    /// The operator changes an action's table, and Medic starts anew with it.
    pub async fn edits_config(&mut self, action: &str, from: &str, to: &str) {
        let table = shipped_action(action);
        assert!(table.contains(from), "{table}");
        let more = format!("{}\n{}", self.more, table.replace(from, to));
        self.config = config(&self.receiver, None, &more);
        self.restarts().await;
    }

    /// The operator lays other lines over the shipped config, and Medic starts anew with them.
    pub async fn restarts_with(&mut self, more: &str) {
        self.config = config(&self.receiver, None, more);
        self.restarts().await;
    }

    /// The same, with these tables added to an action of the shipped config.
    pub async fn restarts_with_action(&mut self, name: &str, more: &str) {
        self.restarts_with(&format!("{}\n{more}", shipped_action(name)))
            .await;
    }

    /// The operator lays these data files over the shipped ones, and Medic starts anew with them.
    pub async fn restarts_with_data(&mut self, folder: &std::path::Path) {
        self.data = DataFiles::over(folder);
        self.restarts().await;
    }

    /// Writes everything that is stored into a store on disk, as commands read it.
    pub fn copies_store_to(&self, folder: &std::path::Path) {
        let rows = self
            .store
            .scan(&Scan {
                prefix: format!("{}/", self.workspace()),
                after: None,
                limit: usize::MAX,
                order: Order::Ascending,
            })
            .unwrap();
        let changes = rows.into_iter().map(|(key, value)| Change {
            key,
            value: Some(value),
        });
        let records = self.store.records(1, usize::MAX).unwrap();
        let (store, _) = EmbeddedStore::open(folder, Options::default()).unwrap();
        store
            .commit(Batch {
                records: records.into_iter().map(|record| record.draft).collect(),
                changes: changes.collect(),
            })
            .unwrap();
    }

    /// The config in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Medic starts on the same store; what it takes up may still be under way.
    pub fn start(&mut self) {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let data = self.data.clone();
        let offline = Arc::new(app::offline(&data).unwrap());
        let options = self.config.detect.clone();
        let (known, keeping) = (Arc::clone(&self.kept), Arc::clone(&self.kept));
        let engine = Engine::start(Parts {
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            workspaces: app::rules(
                &self.config,
                &data,
                &offline,
                &clock,
                &(Arc::clone(&self.chat) as Arc<dyn Chat>),
            )
            .unwrap(),
            diagnoser: Arc::new(self.chain(&data, offline, &clock)),
            clock,
            terms: Terms {
                limits: Limits::default(),
                pseudonym_key: [7; 32],
            },
            detector: Box::new(move |store, workspace| {
                let held = known.lock().unwrap();
                let kept = held.get(workspace);
                let detector = medic::engine::stand_again(store, workspace, &options, kept)?;
                Ok(Box::new(detector) as Box<dyn Detector>)
            }),
            keep: Some(Box::new(move |workspace, kept| {
                keeping.lock().unwrap().insert(workspace.clone(), kept);
            })),
            report: Vec::new(),
        });
        self.engine = Some(engine.unwrap());
    }

    fn chain(&self, data: &DataFiles, offline: Arc<Offline>, clock: &Arc<dyn Clock>) -> Chain {
        let models = app::models(&self.config, &self.config.reason.providers).unwrap();
        let workspaces = &self.config.workspaces;
        let spent = app::spent(&*self.store, workspaces, clock).unwrap();
        app::chain(&self.config, data, offline, models, clock, [9; 32], spent).unwrap()
    }

    /// Medic stops and starts again on the same store.
    pub async fn restarts(&mut self) {
        self.stops().await;
        self.start();
        self.calm().await;
    }

    /// Medic stops.
    pub async fn stops(&mut self) {
        self.engine.take().unwrap().stop().await;
    }

    /// Medic does not run for so many minutes.
    pub async fn sleeps(&mut self, minutes: i64) {
        self.stops().await;
        self.clock.advance(SignedDuration::from_mins(minutes));
        self.start();
        self.calm().await;
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// What adapters hold.
    pub fn handle(&self) -> Handle {
        self.engine().handle()
    }

    /// The workspace of the shipped config.
    pub fn workspace(&self) -> WorkspaceId {
        self.config.workspace.clone()
    }

    /// Waits until everything that follows has happened.
    pub async fn calm(&self) {
        self.engine().quiet().await;
    }

    /// A moment passes; what the engine was told before has been handled.
    pub async fn moves_on(&self, step: std::time::Duration) {
        self.clock.advance(step.try_into().unwrap());
        self.engine().tick().await;
    }

    /// Time passes.
    pub async fn later(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
        self.engine().tick().await;
        self.calm().await;
    }

    /// A merchant posts a ticket; verified, through a webhook source.
    pub async fn merchant_posts(&mut self, merchant: &str, issue: &str, log: &str) -> Receipt {
        self.posts(merchant, issue, log, "high", true).await
    }

    /// A ticket of any severity, its merchant verified or only claimed.
    pub async fn posts(
        &mut self,
        merchant: &str,
        issue: &str,
        log: &str,
        severity: &str,
        verified: bool,
    ) -> Receipt {
        self.posted += 1;
        let body = serde_json::json!({
            "ticket_id": format!("ext-{}", self.posted),
            "merchant_id": merchant,
            "timestamp": self.clock.now(),
            "issue": issue,
            "error_log": log,
            "severity": severity,
            "migration_stage": "post-migration-day-1",
        });
        let receipts = self.sends(&body.to_string(), verified).await;
        receipts.into_iter().next().unwrap()
    }

    /// A raw body through the webhook source.
    pub async fn sends(&self, body: &str, verified: bool) -> Vec<Receipt> {
        let grant = self.grant(verified);
        let receipts = self
            .handle()
            .submit(&grant, "application/json", body.as_bytes(), None)
            .await
            .unwrap();
        self.calm().await;
        receipts
    }

    /// Any bytes through the webhook source, which may refuse them; everything that follows has
    /// happened.
    pub async fn tries(&self, body: &[u8]) -> Result<Vec<Receipt>, SubmitError> {
        let grant = self.grant(true);
        let answer = self
            .handle()
            .submit(&grant, "application/json", body, None)
            .await;
        self.calm().await;
        answer
    }

    /// A raw body through the webhook source; what follows from it may still be under way.
    pub async fn takes(&self, body: &str) -> Vec<Receipt> {
        let grant = self.grant(true);
        self.handle()
            .submit(&grant, "application/json", body.as_bytes(), None)
            .await
            .unwrap()
    }

    fn grant(&self, verified: bool) -> SourceGrant {
        SourceGrant {
            workspace: self.workspace(),
            name: SourceName::new("webhook"),
            verified_merchants: verified,
            author: "a forwarder".to_owned(),
            replay_window: SignedDuration::from_hours(24),
        }
    }

    /// Six merchants report the same webhook timeout, forwarded in one request.
    pub async fn webhooks_time_out(&mut self) {
        let tickets: Vec<_> = (1..=6)
            .map(|number| {
                serde_json::json!({
                    "ticket_id": format!("hook-{number}"),
                    "merchant_id": format!("M{number}"),
                    "timestamp": self.clock.now(),
                    "issue": "Orders do not arrive, webhook fails",
                    "error_log": "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
                    "severity": "high",
                    "migration_stage": "post-migration-day-1",
                })
            })
            .collect();
        self.sends(&serde_json::Value::from(tickets).to_string(), true)
            .await;
    }

    /// A person of the config.
    pub fn person(&self, id: &str) -> Person {
        let found = self.config.people.iter().find(|p| p.id.as_str() == id);
        match found {
            Some(found) => Person {
                id: found.id.clone(),
                name: found.name.clone(),
                roles: found.roles.clone(),
                surface: Surface::Console,
            },
            None => Person {
                id: PersonId::new(id),
                name: id.to_owned(),
                roles: Vec::new(),
                surface: Surface::Console,
            },
        }
    }

    /// The newest plan of this action on an incident or case.
    pub fn plan(&self, subject: &str, action: &str) -> (PlanId, String) {
        let card = self
            .handle()
            .card(&self.workspace(), subject.parse::<SubjectId>().unwrap())
            .unwrap()
            .unwrap();
        let plan = card.plans.iter().find(|plan| plan.action == action);
        let plan = plan.unwrap_or_else(|| panic!("no plan {action} on {subject}"));
        (plan.id, plan.digest_prefix.clone())
    }

    /// A person votes from the newest card; the sentence they read.
    pub async fn votes(&self, who: &str, subject: &str, action: &str, ballot: Ballot) -> String {
        let (plan, digest) = self.plan(subject, action);
        self.votes_on(who, plan, &digest, ballot).await
    }

    /// A person votes on a plan with a digest of their own.
    pub async fn votes_on(&self, who: &str, plan: PlanId, digest: &str, ballot: Ballot) -> String {
        let answer = self
            .handle()
            .vote(&self.workspace(), &self.person(who), plan, digest, ballot)
            .await;
        self.calm().await;
        sentence(answer)
    }

    /// A person approves.
    pub async fn approves(&self, who: &str, subject: &str, action: &str) -> String {
        self.votes(who, subject, action, Ballot::Approve).await
    }

    /// A person rejects, with a reason.
    pub async fn rejects(&self, who: &str, subject: &str, action: &str, reason: &str) -> String {
        let reason = reason.to_owned();
        self.votes(who, subject, action, Ballot::Reject { reason })
            .await
    }

    /// A person pulls the kill switch.
    pub async fn pauses(&self, who: &str, reason: &str) -> String {
        let person = self.person(who);
        let answer = self
            .handle()
            .pause(&self.workspace(), &person, reason)
            .await;
        sentence(answer)
    }

    /// A person releases the kill switch.
    pub async fn resumes(&self, who: &str) -> String {
        let answer = self
            .handle()
            .resume(&self.workspace(), &self.person(who))
            .await;
        self.calm().await;
        sentence(answer)
    }

    /// A person closes an incident.
    pub async fn closes(&self, who: &str, incident: &str, reason: &str) -> String {
        let id: IncidentId = incident.parse().unwrap();
        let person = self.person(who);
        sentence(
            self.handle()
                .close(&self.workspace(), &person, id, reason)
                .await,
        )
    }

    /// The card as a person reads it.
    pub fn card(&self, subject: &str) -> String {
        let subject: SubjectId = subject.parse().unwrap();
        let card = self.handle().card(&self.workspace(), subject).unwrap();
        card.map_or_else(|| "no such card".to_owned(), |card| card_text(&card))
    }

    /// How many incidents there are.
    pub fn incidents(&self) -> usize {
        self.handle()
            .incidents(&self.workspace(), None, 100)
            .unwrap()
            .len()
    }

    /// What arrived at the receiver, in order.
    pub fn arrived(&self) -> Vec<Received> {
        self.receiver.received()
    }

    /// Where it arrived: `/helpdesk/assignments`, in order.
    pub fn arrived_at(&self) -> Vec<String> {
        self.arrived()
            .into_iter()
            .map(|received| received.path)
            .collect()
    }

    /// Merchants that a message has reached, in order.
    pub fn reached(&self) -> Vec<String> {
        let paths = self.arrived_at().into_iter();
        paths
            .filter_map(|path| {
                let (_, merchant) = path.split_once("/merchants/")?;
                Some(merchant.split('/').next()?.to_owned())
            })
            .collect()
    }

    /// Kinds of the newest records about something, oldest first.
    pub fn records(&self, about: &str) -> Vec<String> {
        let query = RecordQuery {
            about: Some(about.to_owned()),
            ..RecordQuery::default()
        };
        let mut records = self
            .handle()
            .records(&self.workspace(), &query, 200)
            .unwrap();
        records.reverse();
        records
            .into_iter()
            .map(|record| record.draft.kind)
            .collect()
    }
}

/// The shipped config with its endpoints at the receiver, and these lines laid over it.
fn config(receiver: &Receiver, gemini: Option<&str>, more: &str) -> Config {
    let endpoint = |name: &str, system: &str| {
        format!(
            "[endpoints.{name}]\nbase_url = \"{}\"\nallow_private = true\n\
             signing_env = \"TEST_SECRET\"\n",
            receiver.base_url(system)
        )
    };
    let text = format!(
        "{}{}{}{more}",
        endpoint("helpdesk", "helpdesk"),
        endpoint("docs", "docs"),
        endpoint("engineering", "pager"),
    );
    let model = gemini.map(|base| [("GEMINI_API_KEY", KEY), ("GEMINI_API_BASE", base)]);
    let env = EnvSource::fixed(
        [("TEST_SECRET", SECRET)]
            .into_iter()
            .chain(model.into_iter().flatten())
            // Whoever names a server has a token for it.
            .chain(
                more.contains("[discord]")
                    .then_some(("DISCORD_TOKEN", "nobody-asks")),
            ),
    );
    Config::read("the test's config", &text, &env).unwrap()
}

/// An action's table of the shipped config, whole.
fn shipped_action(name: &str) -> &'static str {
    let shipped = medic::config::BUILT_IN;
    let from = shipped.find(&format!("[actions.{name}]\n")).unwrap();
    let text = &shipped[from..];
    let next = text[1..]
        .match_indices("\n[")
        .map(|(at, _)| at + 2)
        .find(|at| !text[*at..].starts_with(&format!("[actions.{name}.")));
    &text[..next.unwrap()]
}

fn sentence(answer: Result<String, CommandError>) -> String {
    match answer {
        Ok(said) => said,
        Err(error) => format!("refused: {error}"),
    }
}
