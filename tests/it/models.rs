//! Diagnosis with models beside the offline rules: what is sent, what is made of the answer, and
//! what happens when none comes.

mod answers;
mod chain;
mod engine;
mod faults;
mod sent;

use super::support::models::KEY;
use super::support::receiver::Rogue;
use jiff::Timestamp;
use medic::app;
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::domain::{Diagnosis, Reach, RootCause, Severity, SourceName, Ticket, TicketId};
use medic::engine::{Clock, ManualClock};
use medic::reason::Question;
use medic::reason::budget::Spent;
use medic::reason::chain::Chain;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A signature of a shipped runbook.
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

fn chain_of(config: &Config) -> Chain {
    let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start));
    let data = DataFiles::built_in();
    let offline = Arc::new(app::offline(&data).unwrap());
    let models = app::models(config, &config.reason.providers).unwrap();
    let spent = Spent::default();
    app::chain(config, &data, offline, models, &clock, [9; 32], spent).unwrap()
}

fn config(gemini: &Rogue, more: &str) -> Config {
    let url = gemini.url();
    let env = EnvSource::fixed([("GEMINI_API_KEY", KEY), ("GEMINI_API_BASE", &url)]);
    Config::read("the test's config", more, &env).unwrap()
}

fn asking(server: &Rogue, more: &str) -> Chain {
    chain_of(&config(server, more))
}

fn about(number: u64, issue: &str, log: &str) -> Question {
    let ticket = Ticket {
        id: TicketId::new(number),
        external_id: None,
        source: SourceName::new("test"),
        merchant: None,
        occurred_at: Timestamp::UNIX_EPOCH,
        received_at: Timestamp::UNIX_EPOCH,
        issue: issue.to_owned(),
        merchant_message: String::new(),
        error_log: log.to_owned(),
        category: String::new(),
        migration_stage: String::new(),
        severity: Severity::Medium,
        checkout_failures: 0,
        affected_customers: 0,
        attributes: BTreeMap::new(),
        redacted: BTreeMap::new(),
    };
    Question::about(ticket, Vec::new())
}

fn classes(found: &Diagnosis) -> Vec<(RootCause, u8, Reach)> {
    found
        .hypotheses
        .iter()
        .map(|one| (one.root_cause, one.confidence, one.reach))
        .collect()
}
