//! A small Medic behind its router: one workspace, two people, two sources, one action that asks.

mod doubles;
mod requests;

pub use requests::{bearer, form, get, signed};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine as _;
use doubles::{ByIssue, NoDiagnosis, Receiver};
use jiff::{SignedDuration, Timestamp};
use medic::act::registry::Registry;
use medic::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use medic::decide::{
    ApprovalRule, ApprovalRules, Catalogue, Governance, People, PersonOptions, Policy,
    PolicyOptions, RiskOptions, RuleOptions,
};
use medic::domain::{
    Action, ActionName, ActionStep, Alert, Assignment, Caps, Decision, Diagnosis, Gate,
    MerchantDirectory, PatternId, Payload, PayloadPart, PersonId, Reaches, Risk, SourceName,
    Ticket, TicketId, WorkspaceId,
};
use medic::engine::handle::SourceGrant;
use medic::engine::{Clock, Engine, ManualClock, Parts, Rules, Terms};
use medic::observe::detect::{CorrectionError, Detection, Detector};
use medic::observe::intake::Limits;
use medic::reason::{Diagnose, Question, broken_off};
use medic::store::memory::MemoryStore;
use medic::verify::VerifyOptions;
use medic::web::{
    ConsolePerson, LOGIN_LINK_VALID, LoginKey, Origin, SourceAuth, Sources, WebOptions, WebState,
    WebhookSource, create_app, issue_login_link,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use tower::ServiceExt;

/// Where browsers reach this Medic.
pub const ORIGIN: &str = "http://127.0.0.1:8484";
/// 32 bytes behind base64: the secret in use, and the one that is being replaced.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
pub const OLD_SECRET: &str = "C2FtcGxlIHNlY3JldCBvZiAzMiBieXRlcyBmb3IgdXM=";
pub const TOKEN: &str = "a-bearer-token-of-decent-length";

pub struct World {
    pub router: Router,
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub store: Arc<MemoryStore>,
    pub stop: watch::Sender<bool>,
    /// Whether the other side's answers are lost.
    pub lost: Arc<AtomicBool>,
    key: LoginKey,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a cookie that this answer sets.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .find_map(|value| {
                let pair = value.to_str().unwrap().split(';').next().unwrap();
                let (key, value) = pair.split_once('=').unwrap();
                (key == name).then(|| value.to_owned())
            })
    }

    /// The value of the first hidden field of this name on the page.
    pub fn field(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\" value=\"");
        let from = self.body.find(&marker).expect(name) + marker.len();
        let rest = &self.body[from..];
        rest[..rest.find('"').unwrap()].to_owned()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// What is asked about consists of two steps.
    pub async fn in_two_steps() -> Self {
        Self::ruled_by(in_two_steps, |_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut WebState)) -> Self {
        Self::ruled_by(|rules| rules, change).await
    }

    async fn ruled_by(
        rule: impl FnOnce(Rules) -> Rules,
        change: impl FnOnce(&mut WebState),
    ) -> Self {
        let workspace = workspace();
        let lost = Arc::new(AtomicBool::new(false));
        let clock = Arc::new(ManualClock::at("2026-11-23T03:00:00Z".parse().unwrap()));
        let store = Arc::new(MemoryStore::new());
        let engine = Engine::start(Parts {
            store: store.clone(),
            diagnoser: Arc::new(NoDiagnosis),
            clock: clock.clone(),
            workspaces: BTreeMap::from([(
                workspace.clone(),
                Arc::new(rule(rules(Arc::clone(&lost)))),
            )]),
            terms: Terms {
                limits: Limits::default(),
                pseudonym_key: [6; 32],
            },
            detector: Box::new(|_, _| Ok(Box::new(ByIssue::default()))),
            keep: None,
            report: Vec::new(),
        })
        .unwrap();
        let (stop, stopping) = watch::channel(false);
        let time = clock.clone();
        let person = |id: &str, name: &str, role: &str| ConsolePerson {
            workspace: workspace.clone(),
            id: PersonId::new(id),
            name: name.to_owned(),
            roles: vec![role.to_owned()],
        };
        let mut state = WebState {
            handle: engine.handle(),
            options: WebOptions::new(
                sources(),
                vec![
                    person("ana", "Ana", "on_call"),
                    person("ben", "Ben", "support"),
                ],
                LoginKey::new([5; 32]),
                vec![ORIGIN.parse().unwrap()],
            ),
            clock: Arc::new(move || time.now()),
            received: None,
            stopping,
        };
        change(&mut state);
        Self {
            router: create_app(state),
            engine,
            clock,
            store,
            stop,
            lost,
            key: LoginKey::new([5; 32]),
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    /// A sign-in link for this person, as the command line would print it.
    pub fn link(&self, person: &str) -> String {
        let origin: Origin = ORIGIN.parse().unwrap();
        let person = PersonId::new(person);
        let link = issue_login_link(
            &self.key,
            &origin,
            &workspace(),
            &person,
            self.clock.now(),
            LOGIN_LINK_VALID,
        );
        link.unwrap().replace(ORIGIN, "")
    }

    /// Presses the button of a sign-in link.
    pub async fn press(&self, link: &str) -> Answer {
        let token = link.split_once("token=").unwrap().1;
        self.send(form("/login", None, &[("token", token)])).await
    }

    /// A signed-in browser.
    pub async fn browser(&self, person: &str) -> Browser {
        browser(&self.router, &self.link(person)).await
    }

    /// A signed ticket request, sent now.
    pub async fn deliver(&self, id: &str, body: &str) -> Answer {
        let now = self.clock.now();
        self.send(signed(SECRET, id, now, body)).await
    }

    /// Three merchants report one problem: `INC-1` opens, and a plan waits.
    pub async fn surge(&self, issue: &str) {
        let tickets: Vec<_> = (1..=3)
            .map(|n| serde_json::json!({"ticket_id": format!("t{n}"), "merchant_id": format!("m-{n}"), "issue": issue}))
            .collect();
        let body = serde_json::to_string(&tickets).unwrap();
        let answer = self.deliver("surge", &body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        self.engine.quiet().await;
    }
}

/// What the router answers.
pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A browser that is signed in with this link.
pub async fn browser(router: &Router, link: &str) -> Browser {
    let token = link.split_once("token=").unwrap().1;
    let answer = send(router, form("/login", None, &[("token", token)])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    Browser {
        router: router.clone(),
        session: answer.cookie("medic_session").unwrap(),
    }
}

/// A person's browser: keeps the session, sends forms as the pages would.
pub struct Browser {
    router: Router,
    pub session: String,
}

impl Browser {
    pub async fn open(&self, path: &str) -> Answer {
        self.open_with(path, "").await
    }

    async fn open_with(&self, path: &str, more_cookies: &str) -> Answer {
        let request = get(path)
            .header(
                header::COOKIE,
                format!("medic_session={}{more_cookies}", self.session),
            )
            .body(Body::empty());
        send(&self.router, request.unwrap()).await
    }

    /// Sends a form found on `page`, with its token and these fields, and follows to the answer.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.open(page).await.field("form_token");
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        let answer = send(&self.router, form(action, Some(&self.session), &all)).await;
        if answer.status != StatusCode::SEE_OTHER {
            return answer;
        }
        let flash = answer.cookie("medic_flash").unwrap_or_default();
        self.open_with(answer.header("location"), &format!("; medic_flash={flash}"))
            .await
    }
}

pub fn workspace() -> WorkspaceId {
    WorkspaceId::new("shop")
}

pub fn grant(name: &str) -> SourceGrant {
    SourceGrant {
        workspace: workspace(),
        name: SourceName::new(name),
        verified_merchants: true,
        author: name.to_owned(),
        replay_window: SignedDuration::from_mins(10),
    }
}

fn sources() -> Sources {
    Sources::new(vec![
        WebhookSource {
            grant: grant("helpdesk"),
            auth: SourceAuth::StandardWebhooks(vec![SECRET.into(), OLD_SECRET.into()]),
        },
        WebhookSource {
            grant: grant("scripts"),
            auth: SourceAuth::Bearer(vec![TOKEN.into()]),
        },
    ])
    .unwrap()
}

fn rules(lost: Arc<AtomicBool>) -> Rules {
    let escalate = ActionName::new("escalate_to_engineering");
    let catalogue = Catalogue::new([Action {
        name: escalate.clone(),
        description: "Opens an urgent issue.".to_owned(),
        connector: "test".to_owned(),
        risk: Risk::High,
        remedial: false,
        reaches: Reaches::Team("engineering".to_owned()),
        caps: Caps::default(),
        approval: None,
        probes: Vec::new(),
        steps: Vec::new(),
        with: BTreeMap::new(),
    }]);
    let policy = PolicyOptions {
        default_action: escalate.clone(),
        dry_run: false,
        quiet_hours: None,
        rules: vec![RuleOptions {
            name: "ask about everything".to_owned(),
            when: "is_incident".to_owned(),
            action: escalate,
            decision: Decision::Ask,
            goes_on: false,
            once: false,
        }],
    };
    let approval = |quorum| ApprovalRule {
        roles: vec!["on_call".to_owned()],
        quorum,
        expires_after: SignedDuration::from_mins(60),
        people: Vec::new(),
        remind_after: None,
        escalate_after: None,
        put_off_within: None,
        escalate_to: Vec::new(),
    };
    let person = |id: &str, name: &str, role: &str| PersonOptions {
        workspace: None,
        id: PersonId::new(id),
        name: name.to_owned(),
        discord_id: None,
        roles: vec![role.to_owned()],
    };
    Rules {
        governance: Governance {
            policy: Policy::compile(&policy, &catalogue).unwrap().into(),
            approval: ApprovalRules {
                low: approval(1),
                medium: approval(1),
                high: approval(1),
                critical: approval(2),
                actions: BTreeMap::new(),
            },
            people: People::new([
                person("ana", "Ana", "on_call"),
                person("ben", "Ben", "support"),
            ]),
        },
        catalogue,
        risk: RiskOptions {
            high_from_merchants: 3,
            critical_from_merchants: 25,
            canary_from_merchants: 10,
        },
        dry_run: false,
        quiet_hours: None,
        retry: Default::default(),
        connectors: Registry::of([Arc::new(Receiver { lost }) as Arc<dyn Connector>]),
        runbooks: BTreeMap::new(),
        directory: MerchantDirectory::default(),
        closing: Default::default(),
        verify: VerifyOptions::default(),
        stages: Arc::new(medic::engine::stages::Sound),
    }
}

/// The same rules, in which the escalation is the second of two steps.
fn in_two_steps(rules: Rules) -> Rules {
    let whole = rules.catalogue.iter().next().unwrap().clone();
    let step = |name: &str| Action {
        name: ActionName::new(name),
        ..whole.clone()
    };
    let named = |name: &str| ActionStep {
        action: ActionName::new(name),
        after: None,
        gate: Gate::Delivered,
    };
    let steps = vec![named("open_issue"), named("call_engineer")];
    let catalogue = [
        step("open_issue"),
        step("call_engineer"),
        Action {
            connector: String::new(),
            steps,
            ..whole.clone()
        },
    ];
    Rules {
        catalogue: Catalogue::new(catalogue),
        ..rules
    }
}

/// Base64 of these bytes, as secrets are written.
pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

impl World {
    /// What the time is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
