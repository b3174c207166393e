//! Probes over HTTP: a path of an endpoint is read, and has to answer as expected.

use super::super::Clock;
use super::super::sending;
use super::answer;
use super::expect::Expect;
use super::without_empty_segment;
use crate::act::probe::{ProbeOutcome, ProbeRequest, Prober};
use crate::act::template::Values;
use crate::act::{CheckOutcome, RenderContext};
use crate::domain::{Action, Digest, Probe};
use crate::net::{Net, SendError};
use std::sync::Arc;

/// Asks probes through the one outbound client.
pub struct HttpProber {
    net: Arc<Net>,
    clock: Clock,
}

impl HttpProber {
    /// Probes of these endpoints.
    pub fn new(net: Arc<Net>, clock: Clock) -> Self {
        Self { net, clock }
    }

    fn url(&self, probe: &Probe, values: &Values) -> Result<String, String> {
        let path = values
            .encoded(&probe.path, None)
            .and_then(|path| without_empty_segment(&path).map(|()| path))
            .map_err(|why| format!("path: {why}"))?;
        self.net
            .url(&probe.endpoint, &path)
            .map_err(|why| format!("path: {why}"))
    }

    fn problem(&self, probe: &Probe, action: &Action) -> Option<String> {
        if !self.net.names().any(|name| name == probe.endpoint) {
            let why = self.net.url(&probe.endpoint, "/").err();
            return Some(format!("endpoint: {}", why.unwrap_or_default()));
        }
        let values = Values::sample(&action.reaches);
        let expect = Expect::parse(&probe.expect).map_err(|why| format!("expect: {why}"));
        let url = self.url(probe, &values);
        let foreign = (!values.foreign_used().is_empty())
            .then(|| "path: foreign words do not choose what is asked".to_owned());
        expect.err().or(url.err()).or(foreign)
    }
}

#[async_trait::async_trait]
impl Prober for HttpProber {
    fn problems(&self, action: &Action) -> Vec<String> {
        let probes = action.probes.iter();
        probes
            .filter_map(|probe| {
                let why = self.problem(probe, action)?;
                Some(format!("probes.{}.{why}", probe.name))
            })
            .collect()
    }

    fn request(&self, probe: &Probe, context: &RenderContext<'_>) -> Result<ProbeRequest, String> {
        Ok(ProbeRequest {
            name: probe.name.clone(),
            endpoint: probe.endpoint.clone(),
            url: self.url(probe, &Values::of(context))?,
            expect: probe.expect.clone(),
        })
    }

    async fn ask(&self, request: &ProbeRequest) -> ProbeOutcome {
        let expect = match Expect::parse(&request.expect) {
            Ok(expect) => expect,
            Err(why) => return ProbeOutcome::NotAsked(why),
        };
        let now = (self.clock)();
        let id = Digest::of(format!("{}{now}", request.url)).to_string();
        let mut reading = sending::reading(&request.url);
        reading.sign_as = Some((id, now));
        match self.net.send(&request.endpoint, reading).await {
            Ok(response) => match answer::checked(&response, &expect) {
                CheckOutcome::Confirmed { .. } => ProbeOutcome::Passed,
                // Whatever it says instead: a place that works answers as expected.
                CheckOutcome::Denied(why) | CheckOutcome::CannotTell(why) => {
                    ProbeOutcome::Failed(why)
                }
            },
            Err(SendError::Refused(why)) => ProbeOutcome::NotAsked(why),
            Err(SendError::NotSent(why) | SendError::Unanswered(why)) => ProbeOutcome::Failed(why),
        }
    }
}
