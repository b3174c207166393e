//! Doing things to the outside: connectors, and the delivery of one target of an authorised plan.

pub mod connectors;
pub mod deliver;
pub mod probe;
pub mod registry;
pub mod template;

use crate::domain::closing::Sentences;
use crate::domain::{
    Action, Delivery, DirectoryEntry, MerchantId, Origin, Payload, Risk, Runbook, SourceName,
    SubjectId, Target,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a connector is, whatever it is configured to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorInfo {
    /// Its name in the config.
    pub name: &'static str,
    /// Raised whenever the same payload would be sent differently.
    pub version: u32,
    /// The least risk that anything sent by it has, whatever the action says of itself.
    pub risk: Risk,
    /// Whether it can take an action back.
    pub undo: bool,
}

/// What a template may speak of. Everything in it is the operator's or counted by code, except
/// `foreign`, whose use in a payload makes the plan ask.
#[derive(Clone, Debug)]
pub struct RenderContext<'a> {
    /// The incident or case.
    pub subject: SubjectId,
    /// Whom this delivery reaches.
    pub target: &'a Target,
    /// The merchant's directory entry, where the target is a merchant in the directory.
    pub directory: Option<&'a DirectoryEntry>,
    /// What the merchant is told after healed, in their language, where the target is a merchant.
    pub closing: Option<&'a Sentences>,
    /// The merchant's newest verified ticket at each source, by that source's own id for it.
    pub reported: Option<&'a BTreeMap<SourceName, String>>,
    /// Where the merchant's newest ticket of this subject was posted, where the target is a
    /// merchant and it was posted on a surface.
    pub origin: Option<&'a Origin>,
    /// The runbook that applies, if any.
    pub runbook: Option<&'a Runbook>,
    /// Class of the cause, in words.
    pub root_cause: &'a str,
    /// 0–100.
    pub confidence: u8,
    /// `CONFIRMED`, `LIKELY`, `INCONCLUSIVE`.
    pub verdict: &'a str,
    /// Worst severity reported.
    pub severity: &'a str,
    /// Distinct merchants, counted.
    pub merchants: &'a [MerchantId],
    /// Tickets in all.
    pub ticket_count: u32,
    /// Failed checkouts reported in all.
    pub checkout_failures: u64,
    /// Foreign words: the incident's label, the first ticket's title, a model's explanation.
    pub foreign: &'a [(&'static str, String)],
}

/// A rendered delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What will be sent, whole.
    pub payload: Payload,
    /// Names of the foreign words the template used; not empty means the plan must ask.
    pub foreign: Vec<String>,
}

/// Why an action cannot be rendered: shown on the card, and the plan is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RenderError(pub String);

impl RenderError {
    /// Everything that is wrong with an action.
    pub fn of(problems: Vec<String>) -> Self {
        Self(problems.join("; "))
    }
}

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The other side confirmed it; its reference, may be empty.
    Delivered {
        /// The other side's id of what it made.
        reference: String,
    },
    /// Nothing was done there, and trying again under the same key is safe.
    Retry {
        /// Why, in words.
        why: String,
        /// How long the other side asks to wait, where it says so.
        after: Option<Duration>,
    },
    /// Nothing was done there, and trying again is of no use.
    Failed {
        /// Why, in words.
        why: String,
    },
    /// It may or may not have been done.
    Unknown {
        /// Why, in words.
        why: String,
    },
}

/// What the connector's own check answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It is there, or works as it should.
    Confirmed {
        /// What was found, in words.
        said: String,
        /// The other side's id of what it made, as [`DeliveryOutcome::Delivered`] would give it;
        /// may be empty.
        reference: String,
    },
    /// It is not there, or does not work.
    Denied(String),
    /// The connector has no check, or the check itself failed.
    CannotTell(String),
}

/// One outside system. A connector renders without IO and delivers without deciding.
#[async_trait::async_trait]
pub trait Connector: Send + Sync {
    /// What it is.
    fn info(&self) -> ConnectorInfo;

    /// Everything wrong with an action configured over this connector, one sentence each, naming
    /// the key and the way out. Empty means that it can be used.
    fn problems(&self, action: &Action) -> Vec<String>;

    /// Renders one delivery. Pure: the same action and context give the same payload.
    fn render(&self, action: &Action, context: &RenderContext<'_>)
    -> Result<Rendered, RenderError>;

    /// Whether the other side recognises the idempotency key, so that an attempt whose outcome is
    /// not known may be repeated.
    fn repeats_are_safe(&self, action: &Action) -> bool;

    /// Whether a person may write this part of a payload anew before it is sent, and whether
    /// `value` will do. Unless overridden, no part may be: where a payload goes is never a text.
    ///
    /// # Errors
    /// A sentence for the person, with the way out.
    fn accepts_edit(&self, part: &str, _value: &str) -> Result<(), String> {
        Err(format!("{part} cannot be edited; reject the plan instead"))
    }

    /// Sends one payload, once.
    async fn deliver(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> DeliveryOutcome;

    /// Asks the other side whether this delivery arrived and took effect.
    async fn check(
        &self,
        action: &Action,
        payload: &Payload,
        idempotency_key: &str,
    ) -> CheckOutcome;

    /// Whether deliveries of this action can be taken back.
    fn can_undo(&self, _action: &Action) -> bool {
        self.info().undo
    }

    /// Renders what takes this delivered delivery back, to be sent by [`Connector::deliver`] like
    /// any other payload. Pure. An error says why it cannot be taken back.
    fn undo(&self, action: &Action, delivered: &Delivery) -> Result<Payload, RenderError> {
        let _ = delivered;
        Err(RenderError(format!(
            "{} cannot be taken back: {} has no way to",
            action.name,
            self.info().name
        )))
    }
}

impl CheckOutcome {
    /// Found, without an id of the other side's.
    pub fn confirmed(said: impl Into<String>) -> Self {
        Self::Confirmed {
            said: said.into(),
            reference: String::new(),
        }
    }
}
