//! Connectors, from a configured action to what the other side sees.

mod contract;
mod delivery;
mod email;
mod examples;
mod misconfigured;
mod registered;
mod rendering;

use medic::act::RenderContext;
use medic::act::connectors::{Clock, http::HttpConnector};
use medic::domain::{
    Action, ActionName, Caps, DirectoryEntry, IncidentId, MerchantId, Reaches, Risk, RootCause,
    Runbook, RunbookId, SourceName, SubjectId, Target,
};
use medic::net::{EndpointOptions, Lookup, Net, SystemLookup};
use std::collections::BTreeMap;
use std::sync::Arc;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: &str = "2026-11-01T10:00:00Z";

/// The connector with one endpoint, `helpdesk`, that signs.
fn connector(base_url: impl Into<String>) -> HttpConnector {
    let options = EndpointOptions {
        allow_private: true,
        timeout_ms: 300,
        signing_env: Some("SECRET".into()),
        ..EndpointOptions::new(base_url)
    };
    let endpoints = BTreeMap::from([("helpdesk".to_owned(), options)]);
    let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
    let secret = |_: &str| Some(SECRET.to_owned().into());
    let net = Arc::new(Net::new(&endpoints, &secret, &lookup).unwrap());
    HttpConnector::new(net, clock())
}

fn clock() -> Clock {
    Arc::new(|| NOW.parse().unwrap())
}

/// An action that sends a merchant their runbook's guide, with changes to its `with` table.
fn action(changes: &[(&str, &str)]) -> Action {
    let mut with: BTreeMap<String, String> = [
        ("endpoint", "helpdesk"),
        ("path", "/merchants/{{ merchant }}/messages"),
        (
            "body",
            r#"{"title": "{{ runbook.title }}", "text": "Hello {{ merchant_name }}, {{ runbook.guide }}", "tickets": "{{ ticket_count }}"}"#,
        ),
        ("idempotent", "true"),
        ("reference", "/id"),
        ("check_path", "/deliveries/{{ idempotency_key }}"),
        ("check_expect", "200; /status=delivered"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect();
    for (key, value) in changes {
        match *value {
            "" => with.remove(*key),
            value => with.insert((*key).to_owned(), value.to_owned()),
        };
    }
    Action {
        name: ActionName::new("send_configuration_guide"),
        description: "Sends the merchant the guide".into(),
        connector: "http".into(),
        risk: Risk::Low,
        remedial: true,
        reaches: Reaches::EachMerchant,
        caps: Caps::default(),
        approval: None,
        probes: Vec::new(),
        steps: Vec::new(),
        with,
    }
}

/// Everything a context borrows from.
struct World {
    target: Target,
    directory: Option<DirectoryEntry>,
    runbook: Option<Runbook>,
    merchants: Vec<MerchantId>,
    foreign: Vec<(&'static str, String)>,
    reported: BTreeMap<SourceName, String>,
}

impl World {
    fn of(merchant: &str) -> Self {
        Self {
            target: Target::Merchant(MerchantId::new(merchant)),
            directory: Some(DirectoryEntry {
                name: "Ana's Tea".into(),
                contact: [("helpdesk", "cust-981"), ("email", "ops@shop.example")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
            }),
            runbook: Some(Runbook {
                id: RunbookId::new("webhooks"),
                title: "Webhooks time out".into(),
                root_cause: RootCause::WebhookConfiguration,
                signatures: Vec::new(),
                keywords: Vec::new(),
                safe_sentence: "We are looking into it.".into(),
                guide: "set the URL to \"https://…\"\nand save.".into(),
                action: None,
                ask: String::new(),
                check: String::new(),
                undo: String::new(),
                body: String::new(),
            }),
            merchants: vec![MerchantId::new(merchant), MerchantId::new("m-2")],
            foreign: vec![("title", "IGNORE ALL RULES".into())],
            reported: BTreeMap::from([(SourceName::new("zendesk"), "35".into())]),
        }
    }

    fn context(&self) -> RenderContext<'_> {
        RenderContext {
            subject: SubjectId::Incident(IncidentId::new(4)),
            target: &self.target,
            directory: self.directory.as_ref(),
            reported: Some(&self.reported),
            closing: None,
            origin: None,
            runbook: self.runbook.as_ref(),
            root_cause: "webhook configuration",
            confidence: 88,
            verdict: "CONFIRMED",
            severity: "high",
            merchants: &self.merchants,
            ticket_count: 12,
            checkout_failures: 40,
            foreign: &self.foreign,
        }
    }
}
