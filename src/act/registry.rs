//! All connectors by name, and the check of the whole catalogue over them.

use super::Connector;
use super::connectors::{
    Clock, chat::ChatConnector, email::EmailConnector, github::GitHubConnector,
    http::HttpConnector, http::HttpProber, pagerduty::PagerDutyConnector,
    zendesk::ZendeskConnector,
};
use super::probe::Prober;
use crate::domain::ports::Chat;
use crate::domain::{Action, WorkspaceId};
use crate::net::Net;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The connectors that actions may name.
pub struct Registry {
    connectors: BTreeMap<&'static str, Arc<dyn Connector>>,
    prober: Option<Arc<dyn Prober>>,
}

impl Registry {
    /// Every connector of the product, for the actions of one workspace.
    pub fn new(
        net: &Arc<Net>,
        clock: &Clock,
        chat: &Arc<dyn Chat>,
        workspace: &WorkspaceId,
    ) -> Self {
        let net = || Arc::clone(net);
        let clock = || Arc::clone(clock);
        Self::of([
            Arc::new(ChatConnector::new(Arc::clone(chat), workspace.clone())) as Arc<dyn Connector>,
            Arc::new(EmailConnector::new(net(), clock())),
            Arc::new(GitHubConnector::new(net(), clock())),
            Arc::new(HttpConnector::new(net(), clock())),
            Arc::new(PagerDutyConnector::new(net(), clock())),
            Arc::new(ZendeskConnector::new(net(), clock())),
        ])
        .probing(Arc::new(HttpProber::new(net(), clock())))
    }

    /// These connectors.
    pub fn of(connectors: impl IntoIterator<Item = Arc<dyn Connector>>) -> Self {
        let connectors = connectors
            .into_iter()
            .map(|connector| (connector.info().name, connector))
            .collect();
        Self {
            connectors,
            prober: None,
        }
    }

    /// The same, with whoever asks probes.
    pub fn probing(mut self, prober: Arc<dyn Prober>) -> Self {
        self.prober = Some(prober);
        self
    }

    /// Whoever asks probes, if anybody does.
    pub fn prober(&self) -> Option<&Arc<dyn Prober>> {
        self.prober.as_ref()
    }

    /// The connector of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Connector>> {
        self.connectors.get(name)
    }

    /// Everything wrong with the catalogue, one sentence each, naming action and key.
    pub fn problems<'a>(&self, actions: impl IntoIterator<Item = &'a Action>) -> Vec<String> {
        let mut problems = Vec::new();
        // What consists of steps sends nothing itself.
        for action in actions.into_iter().filter(|one| one.steps.is_empty()) {
            let name = &action.name;
            let Some(connector) = self.get(&action.connector) else {
                let known: Vec<_> = self.connectors.keys().copied().collect();
                problems.push(format!(
                    "actions.{name}.connector: there is no connector {:?}; use one of: {}",
                    action.connector,
                    known.join(", ")
                ));
                continue;
            };
            let probes = self.prober.iter().flat_map(|one| one.problems(action));
            let found = connector.problems(action).into_iter().chain(probes);
            problems.extend(found.map(|problem| format!("actions.{name}.{problem}")));
        }
        problems
    }
}
