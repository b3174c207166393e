//! The world outside a simulated Medic: systems that do the work, or not, and answer, or not.

use super::chance::Chance;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{Action, Delivery, Digest, Payload, PayloadPart, Risk};
use std::sync::{Arc, Mutex, PoisonError};

/// One piece of work that the outside did.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub key: String,
    pub payload: Digest,
    /// The key of the work that this took back.
    pub undoes: Option<String>,
}

/// What the outside did, in order.
#[derive(Debug)]
pub(super) struct Ledger {
    inner: Mutex<(Chance, Vec<Work>)>,
}

impl Ledger {
    pub fn new(seed: u64) -> Arc<Self> {
        let chance = Chance(seed ^ 0x5eed);
        Arc::new(Self {
            inner: Mutex::new((chance, Vec::new())),
        })
    }

    pub fn works(&self) -> Vec<Work> {
        self.lock().1.clone()
    }

    /// Whether the work of this key was done.
    pub fn has(&self, key: &str) -> bool {
        self.lock().1.iter().any(|work| work.key == key)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Chance, Vec<Work>)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A system that recognises an idempotency key (`keyed`) or does not.
pub(super) struct System {
    pub name: &'static str,
    pub keyed: bool,
    pub ledger: Arc<Ledger>,
}

#[async_trait::async_trait]
impl Connector for System {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: self.name,
            version: 1,
            risk: Risk::Low,
            undo: true,
        }
    }

    fn problems(&self, _: &Action) -> Vec<String> {
        Vec::new()
    }

    fn render(
        &self,
        action: &Action,
        context: &RenderContext<'_>,
    ) -> Result<Rendered, RenderError> {
        let text = action.with.get("text").cloned().unwrap_or_default();
        Ok(Rendered {
            payload: Payload {
                summary: format!("{} for {}", action.name, context.target),
                parts: vec![PayloadPart {
                    name: "text".to_owned(),
                    value: format!("{text} {}", context.target),
                }],
            },
            foreign: Vec::new(),
        })
    }

    fn repeats_are_safe(&self, _: &Action) -> bool {
        self.keyed
    }

    fn accepts_edit(&self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    async fn deliver(&self, _: &Action, payload: &Payload, key: &str) -> DeliveryOutcome {
        let mut inner = self.ledger.lock();
        let roll = inner.0.below(100);
        let does = roll < 78;
        let known = self.keyed && inner.1.iter().any(|work| work.key == key);
        if does && !known {
            inner.1.push(Work {
                key: key.to_owned(),
                payload: payload.digest(),
                undoes: payload.part("undoes").map(str::to_owned),
            });
        }
        let why = "simulated".to_owned();
        match roll {
            0..66 => DeliveryOutcome::Delivered {
                reference: String::new(),
            },
            66..84 => DeliveryOutcome::Unknown { why },
            84..93 => DeliveryOutcome::Retry { why, after: None },
            _ => DeliveryOutcome::Failed { why },
        }
    }

    fn undo(&self, _: &Action, delivered: &Delivery) -> Result<Payload, RenderError> {
        Ok(Payload {
            summary: format!("take back: {}", delivered.payload.summary),
            parts: vec![PayloadPart {
                name: "undoes".to_owned(),
                value: delivered.idempotency_key.clone(),
            }],
        })
    }

    async fn check(&self, _: &Action, _: &Payload, key: &str) -> CheckOutcome {
        let mut inner = self.ledger.lock();
        let tells = self.keyed && inner.0.percent(70);
        let done = inner.1.iter().any(|work| work.key == key);
        match (tells, done) {
            (false, _) => CheckOutcome::CannotTell("simulated".to_owned()),
            (true, true) => CheckOutcome::confirmed("simulated"),
            (true, false) => CheckOutcome::Denied("simulated".to_owned()),
        }
    }
}
