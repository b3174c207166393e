//! Probes: places that are asked, when it is looked whether a fix helped, if they work again.

use super::RenderContext;
use crate::domain::{Action, Probe};

/// One probe with everything put in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeRequest {
    /// The probe's name.
    pub name: String,
    /// The endpoint it goes to.
    pub endpoint: String,
    /// The whole URL that is read.
    pub url: String,
    /// What has to be answered, as the config says it.
    pub expect: String,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// It answered as it should.
    Passed,
    /// It answered otherwise, or not at all; why, in words.
    Failed(String),
    /// It could not be asked; why, in words. That says nothing about what it would find.
    NotAsked(String),
}

/// Whoever asks probes.
#[async_trait::async_trait]
pub trait Prober: Send + Sync {
    /// Everything wrong with an action's probes, one sentence each, naming the key.
    fn problems(&self, action: &Action) -> Vec<String>;

    /// Puts the values in. Pure.
    ///
    /// # Errors
    /// Why it cannot be asked about this target, in words.
    fn request(&self, probe: &Probe, context: &RenderContext<'_>) -> Result<ProbeRequest, String>;

    /// Asks, once. Changes nothing on the other side.
    async fn ask(&self, request: &ProbeRequest) -> ProbeOutcome;
}
