//! What every connector over HTTP must do when the other side misbehaves, tried on each of them
//! against a server that speaks as its vendor documents. A new connector is one line in `vendors`.

mod github;
mod http;
mod pagerduty;
mod zendesk;

use super::delivery::{attempt, delivery, run};
use super::{World, clock};
use crate::support::receiver::{Behave, Rogue, Seen};
use medic::act::connectors::Clock;
use medic::act::{CheckOutcome, Connector, DeliveryOutcome, deliver};
use medic::domain::{
    Action, ActionName, Caps, Delivery, DeliveryState, Payload, PlanId, Reaches, Risk, WorkspaceId,
};
use medic::net::{EndpointOptions, Lookup, Net, SystemLookup};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A vendor's server with its memory.
pub trait Double: Send {
    /// Does what a request asks for and answers it, as documented.
    fn answer(&mut self, seen: &Seen) -> Behave;
    /// What was done, each piece once, in words.
    fn work(&self) -> Vec<String>;
}

/// One connector and the other side of it.
pub struct Vendor {
    /// The connector's name.
    pub name: &'static str,
    pub connector: fn(Arc<Net>, Clock) -> Arc<dyn Connector>,
    /// Its `with` table, without `endpoint`.
    pub with: &'static [(&'static str, &'static str)],
    /// How its endpoint signs in.
    pub endpoint: fn(EndpointOptions) -> EndpointOptions,
    pub double: fn() -> Box<dyn Double>,
    /// What `work` says once the delivery was taken back; none if it cannot be.
    pub taken_back: Option<&'static str>,
}

pub fn vendors() -> Vec<Vendor> {
    vec![
        github::vendor(),
        http::vendor(),
        pagerduty::vendor(),
        zendesk::vendor(),
        zendesk::assignment(),
    ]
}

/// How a writing request goes wrong.
#[derive(Clone, Debug)]
enum Fault {
    /// The work is done, and no answer comes.
    LostAnswer,
    /// The work is done, and the answer has no end.
    HugeAnswer,
    /// The work is done, and the server breaks before it can say so.
    BrokeAfter,
    /// Nothing is done, and no answer comes.
    Swallowed,
    /// Nothing is done, and this is answered.
    Refusal(u16, Vec<(&'static str, String)>),
}

/// A vendor's server, its connector, and an action over it.
struct Stand {
    server: Rogue,
    double: Arc<Mutex<Box<dyn Double>>>,
    connector: Arc<dyn Connector>,
    action: Action,
}

impl Stand {
    /// The first writing requests meet these faults.
    async fn of(vendor: &Vendor, faults: impl Into<VecDeque<Fault>>) -> Self {
        let double = Arc::new(Mutex::new((vendor.double)()));
        let (answers, mut faults) = (Arc::clone(&double), faults.into());
        let server = Rogue::speaking(move |seen| {
            let mut double = answers.lock().unwrap();
            let fault = match seen.method() {
                "GET" => None,
                _ => faults.pop_front(),
            };
            match fault {
                None => double.answer(seen),
                Some(Fault::Swallowed) => Behave::Silence,
                Some(Fault::Refusal(status, headers)) => {
                    Behave::Answer(status, headers, "{}".into())
                }
                Some(fault) => {
                    double.answer(seen);
                    match fault {
                        Fault::LostAnswer => Behave::Silence,
                        Fault::HugeAnswer => Behave::Endless,
                        _ => Behave::Answer(500, Vec::new(), "{}".into()),
                    }
                }
            }
        })
        .await;
        let options = EndpointOptions {
            allow_private: true,
            timeout_ms: 300,
            ..EndpointOptions::new(server.url())
        };
        let connector = vendor.over(options);
        Self {
            server,
            double,
            connector,
            action: vendor.action(),
        }
    }

    fn work(&self) -> Vec<String> {
        self.double.lock().unwrap().work()
    }

    fn delivery(&self) -> Delivery {
        delivery(&*self.connector, &self.action)
    }

    async fn attempt(&self) -> DeliveryOutcome {
        attempt(&*self.connector, &self.action, &self.delivery()).await
    }

    async fn run(&self) -> Delivery {
        run(&*self.connector, &self.action).await
    }

    fn writes(&self) -> Vec<Seen> {
        let seen = self.server.seen().into_iter();
        seen.filter(|seen| seen.method() != "GET").collect()
    }
}

impl Vendor {
    fn over(&self, options: EndpointOptions) -> Arc<dyn Connector> {
        let endpoints = BTreeMap::from([("vendor".to_owned(), (self.endpoint)(options))]);
        let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
        let secret = |name: &str| Some(format!("secret-in-{name}").into());
        let net = Arc::new(Net::new(&endpoints, &secret, &lookup).unwrap());
        (self.connector)(net, clock())
    }

    fn action(&self) -> Action {
        let with = self.with.iter().chain(&[("endpoint", "vendor")]);
        Action {
            name: ActionName::new("guide"),
            description: "Does what it is configured to do.".into(),
            connector: self.name.into(),
            risk: Risk::Low,
            remedial: false,
            reaches: Reaches::EachMerchant,
            caps: Caps::default(),
            approval: None,
            probes: Vec::new(),
            steps: Vec::new(),
            with: with
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }
}

fn in_words(payload: &Payload) -> String {
    let parts = payload.parts.iter();
    let parts = parts.map(|part| format!("[{}] {}", part.name, part.value));
    format!(
        "{}\n{}",
        payload.summary,
        parts.collect::<Vec<_>>().join("\n")
    )
}

#[tokio::test]
async fn what_is_shown_is_what_arrives_and_no_secret_is_shown() {
    for vendor in vendors() {
        let name = vendor.name;
        let stand = Stand::of(&vendor, []).await;
        let problems = stand.connector.problems(&stand.action);
        assert_eq!(problems, Vec::<String>::new(), "{name}");
        let delivery = stand.delivery();
        let outcome = stand.attempt().await;
        assert!(
            matches!(outcome, DeliveryOutcome::Delivered { .. }),
            "{name}: {outcome:?}"
        );
        assert_eq!(stand.work().len(), 1, "{name}: {:?}", stand.work());
        let writes = stand.writes();
        assert_eq!(writes.len(), 1, "{name}");
        let url = format!("{}{}", stand.server.url(), writes[0].path());
        assert_eq!(delivery.payload.part("url"), Some(url.as_str()), "{name}");
        let shown = in_words(&delivery.payload);
        assert!(!shown.contains("secret-in-"), "{name}: {shown}");
        assert!(!format!("{outcome:?}").contains("secret-in-"), "{name}");
        // The same context gives the same payload: what was approved stays what it is.
        assert_eq!(stand.delivery().payload.digest(), delivery.payload.digest());
    }
}

#[tokio::test]
async fn the_check_knows_what_arrived_or_says_that_it_cannot() {
    for vendor in vendors() {
        let name = vendor.name;
        let stand = Stand::of(&vendor, []).await;
        let delivery = stand.delivery();
        let check = async || {
            let key = &delivery.idempotency_key;
            let connector = &stand.connector;
            connector.check(&stand.action, &delivery.payload, key).await
        };
        let before = check().await;
        let outcome = stand.attempt().await;
        let after = check().await;
        match (&before, &after) {
            (CheckOutcome::CannotTell(_), CheckOutcome::CannotTell(_)) => {
                assert_eq!(name, "pagerduty", "{after:?}");
            }
            (CheckOutcome::Denied(_), CheckOutcome::Confirmed { reference, .. }) => {
                // A reference found later is as good as the first, where there is one.
                let DeliveryOutcome::Delivered { reference: first } = outcome else {
                    panic!("{name}: {outcome:?}");
                };
                assert!(
                    reference.is_empty() || *reference == first,
                    "{name}: {reference} {first}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_work_leads_to_no_second_work() {
    for vendor in vendors() {
        let stand = Stand::of(&vendor, [Fault::LostAnswer]).await;
        let end = stand.run().await;
        let name = vendor.name;
        assert!(
            matches!(end.state, DeliveryState::Delivered { .. }),
            "{name}: {end:?}"
        );
        assert_eq!(stand.work().len(), 1, "{name}: {:?}", stand.work());
    }
}

#[tokio::test]
async fn an_error_after_the_work_leads_to_no_second_work() {
    for vendor in vendors() {
        let stand = Stand::of(&vendor, [Fault::BrokeAfter]).await;
        let end = stand.run().await;
        let name = vendor.name;
        assert!(
            matches!(end.state, DeliveryState::Delivered { .. }),
            "{name}: {end:?}"
        );
        assert_eq!(stand.work().len(), 1, "{name}: {:?}", stand.work());
    }
}

#[tokio::test]
async fn two_errors_and_then_success_is_one_piece_of_work() {
    for vendor in vendors() {
        let broken = || Fault::Refusal(500, Vec::new());
        let stand = Stand::of(&vendor, [broken(), broken()]).await;
        let end = stand.run().await;
        let name = vendor.name;
        assert!(
            matches!(end.state, DeliveryState::Delivered { .. }),
            "{name}: {end:?}"
        );
        assert_eq!(stand.work().len(), 1, "{name}: {:?}", stand.work());
        assert_eq!((stand.writes().len(), end.attempts), (3, 3), "{name}");
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_as_asked() {
    for vendor in vendors() {
        let limit = Fault::Refusal(429, vec![("retry-after", "120".to_owned())]);
        let stand = Stand::of(&vendor, [limit]).await;
        let outcome = stand.attempt().await;
        let name = vendor.name;
        let DeliveryOutcome::Retry { after, .. } = outcome else {
            panic!("{name}: {outcome:?}");
        };
        assert_eq!(after, Some(Duration::from_secs(120)), "{name}");
        assert_eq!(stand.work().len(), 0, "{name}");
        let end = stand.run().await;
        assert!(
            matches!(end.state, DeliveryState::Delivered { .. }),
            "{name}: {end:?}"
        );
        assert_eq!(stand.work().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_secret_goes_there() {
    for vendor in vendors() {
        let other = Rogue::start([]).await;
        let to = format!("{}/elsewhere", other.url());
        let stand = Stand::of(&vendor, [Fault::Refusal(307, vec![("location", to)])]).await;
        let outcome = stand.attempt().await;
        let name = vendor.name;
        assert!(
            matches!(&outcome, DeliveryOutcome::Failed { why } if why.contains("not followed")),
            "{name}: {outcome:?}"
        );
        assert!(other.seen().is_empty(), "{name}");
        assert_eq!(stand.work().len(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end_and_its_status_counts() {
    for vendor in vendors() {
        let stand = Stand::of(&vendor, [Fault::HugeAnswer]).await;
        let outcome = stand.attempt().await;
        let name = vendor.name;
        assert!(
            matches!(outcome, DeliveryOutcome::Delivered { .. }),
            "{name}: {outcome:?}"
        );
        assert_eq!(stand.work().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_sent_nothing() {
    let (elsewhere, _) = Rogue::start_tls("127.0.0.1").await;
    let (_, trusted) = Rogue::start_tls("127.0.0.1").await;
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, trusted).unwrap();
    for vendor in vendors() {
        let connector = vendor.over(EndpointOptions {
            allow_private: true,
            // A debug build's handshake takes its time.
            timeout_ms: 5_000,
            ca_file: Some(ca_file.clone()),
            ..EndpointOptions::new(format!("https://{}", elsewhere.address))
        });
        let action = vendor.action();
        let outcome = attempt(&*connector, &action, &delivery(&*connector, &action)).await;
        let name = vendor.name;
        assert!(
            matches!(&outcome, DeliveryOutcome::Retry { why, .. } if why.contains("certificate")),
            "{name}: {outcome:?}"
        );
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn what_can_be_taken_back_is_and_the_rest_says_why_not() {
    for vendor in vendors() {
        let name = vendor.name;
        // The reference comes from the check here, as after a crash.
        let stand = Stand::of(&vendor, [Fault::LostAnswer]).await;
        let done = stand.run().await;
        let workspace = WorkspaceId::new("demo");
        let (connector, action) = (&*stand.connector, &stand.action);
        let undo = deliver::undo(
            connector,
            action,
            &workspace,
            PlanId::new(18),
            jiff::Timestamp::UNIX_EPOCH,
            &[done],
        );
        let can_undo = connector.can_undo(action);
        assert_eq!(can_undo, vendor.taken_back.is_some(), "{name}");
        let Some(taken_back) = vendor.taken_back else {
            assert!(undo.deliveries.is_empty(), "{name}");
            let why = &undo.kept[0].1;
            assert!(why.contains("cannot be taken back"), "{name}: {why}");
            continue;
        };
        assert!(undo.kept.is_empty(), "{name}: {:?}", undo.kept);
        let undo = undo.deliveries;
        assert_eq!(undo.len(), 1, "{name}");
        let outcome = attempt(connector, action, &undo[0]).await;
        assert!(
            matches!(outcome, DeliveryOutcome::Delivered { .. }),
            "{name}: {outcome:?}"
        );
        assert_eq!(stand.work(), [taken_back], "{name}");
    }
}

#[tokio::test]
async fn a_person_may_change_what_is_said_and_not_where_it_goes() {
    for vendor in vendors() {
        let name = vendor.name;
        let stand = Stand::of(&vendor, []).await;
        let payload = stand.delivery().payload;
        let body = payload.part("body").unwrap();
        let edit = |part: &str, value: &str| stand.connector.accepts_edit(part, value);
        // An assignment says nothing.
        let says = !body.contains("assignee_id");
        assert_eq!(edit("body", body).is_ok(), says, "{name}");
        for part in ["url", "method", "header x"] {
            assert!(edit(part, payload.part(part).unwrap_or("x")).is_err());
        }
        assert!(edit("body", "not JSON").is_err(), "{name}");
        if name == "http" {
            continue;
        }
        let mut document: serde_json::Value = serde_json::from_str(body).unwrap();
        document["more"] = "x".into();
        assert!(edit("body", &document.to_string()).is_err(), "{name}");
        let unmarked = body.replace("{idempotency_key}", "another");
        assert!(edit("body", &unmarked).is_err(), "{name}");
    }
}
