//! The world outside a simulated Medic: systems that do the work, or not, and answer, or not.

use super::chance::Chance;
use crate::act::{
    CheckOutcome, Connector, ConnectorInfo, DeliveryOutcome, RenderContext, RenderError, Rendered,
};
use crate::domain::{
    Action, Alert, Assignment, Delivery, Digest, PatternId, Payload, PayloadPart, Risk, Ticket,
    TicketId,
};
use crate::observe::detect::{CorrectionError, Detection, Detector};
use std::collections::{BTreeMap, BTreeSet};
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

/// Tickets with the same words are one problem; three merchants are an alert, once.
#[derive(Default)]
pub(super) struct SameWords {
    known: BTreeMap<String, (u64, BTreeSet<String>, Vec<TicketId>)>,
}

impl Detector for SameWords {
    fn observe(&mut self, ticket: &Ticket) -> Detection {
        let next = self.known.len() as u64 + 1;
        let entry = self.known.entry(ticket.issue.clone());
        let (number, merchants, tickets) =
            entry.or_insert_with(|| (next, BTreeSet::new(), Vec::new()));
        let pattern = PatternId::new(*number);
        tickets.push(ticket.id);
        let fresh = ticket
            .merchant
            .as_ref()
            .is_some_and(|merchant| merchants.insert(merchant.counting_key()));
        let alert = (fresh && merchants.len() == 3).then(|| Alert {
            pattern,
            at: ticket.occurred_at,
            tickets: tickets.clone(),
            merchants: 3,
            expected_milli: 0,
            cohort: None,
            reason: "3 merchants".to_owned(),
            label: ticket.issue.clone(),
        });
        Detection {
            assignment: Assignment {
                pattern: Some(pattern),
                is_new: tickets.len() == 1,
                reason: "the same words".to_owned(),
            },
            alert,
            merged: Vec::new(),
            split: None,
            part_of: None,
        }
    }

    fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    fn resolve(&self, id: PatternId) -> PatternId {
        id
    }

    fn merge(&mut self, ids: &[PatternId]) -> Result<PatternId, CorrectionError> {
        let first = ids.first().copied().unwrap_or(PatternId::new(0));
        Err(CorrectionError::Unknown(first))
    }

    fn split(&mut self, from: PatternId, _: &[&Ticket]) -> Result<PatternId, CorrectionError> {
        Err(CorrectionError::Unknown(from))
    }

    fn not_the_same(&mut self, one: PatternId, _: PatternId) -> Result<(), CorrectionError> {
        Err(CorrectionError::Unknown(one))
    }
}
