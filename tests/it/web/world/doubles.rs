//! Stand-ins for what is behind the router: a detector, a diagnoser, a connector.

use super::*;

/// Tickets with the same issue are one problem; three merchants are an alert.
#[derive(Default)]
pub struct ByIssue {
    patterns: BTreeMap<String, (u64, BTreeSet<String>, Vec<TicketId>)>,
}

impl Detector for ByIssue {
    fn observe(&mut self, ticket: &Ticket) -> Detection {
        let next = self.patterns.len() as u64 + 1;
        let (number, merchants, tickets) = self.patterns.entry(ticket.issue.clone()).or_insert((
            next,
            BTreeSet::new(),
            Vec::new(),
        ));
        let pattern = PatternId::new(*number);
        tickets.push(ticket.id);
        let new_merchant = ticket
            .merchant
            .as_ref()
            .is_some_and(|merchant| merchants.insert(merchant.counting_key()));
        let alert = (new_merchant && merchants.len() == 3).then(|| Alert {
            pattern,
            at: ticket.occurred_at,
            tickets: tickets.clone(),
            merchants: 3,
            expected_milli: 400,
            cohort: None,
            reason: "3 merchants in 30 min, 0.4 expected".to_owned(),
            label: ticket.issue.clone(),
        });
        Detection {
            part_of: None,
            assignment: Assignment {
                pattern: Some(pattern),
                is_new: tickets.len() == 1,
                reason: "same issue".to_owned(),
            },
            alert,
            merged: Vec::new(),
            split: None,
        }
    }

    fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    fn resolve(&self, id: PatternId) -> PatternId {
        id
    }

    fn merge(&mut self, ids: &[PatternId]) -> Result<PatternId, CorrectionError> {
        Err(CorrectionError::Single(ids[0]))
    }

    fn split(&mut self, id: PatternId, _: &[&Ticket]) -> Result<PatternId, CorrectionError> {
        Err(CorrectionError::NothingToSplit(id))
    }

    fn not_the_same(&mut self, a: PatternId, _: PatternId) -> Result<(), CorrectionError> {
        Err(CorrectionError::Unknown(a))
    }
}

pub struct NoDiagnosis;

#[async_trait::async_trait]
impl Diagnose for NoDiagnosis {
    async fn diagnose(&self, _: &Question) -> Diagnosis {
        broken_off("Nobody was asked.")
    }
}

/// The other side: takes everything.
pub struct Receiver {
    /// Whether its answers are lost.
    pub lost: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl Connector for Receiver {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo {
            name: "test",
            version: 1,
            risk: Risk::Low,
            undo: false,
        }
    }

    fn problems(&self, _: &Action) -> Vec<String> {
        Vec::new()
    }

    fn render(&self, _: &Action, context: &RenderContext<'_>) -> Result<Rendered, RenderError> {
        Ok(Rendered {
            payload: Payload {
                summary: "POST tracker /issues".to_owned(),
                parts: vec![PayloadPart {
                    name: "text".to_owned(),
                    value: format!(
                        "{} hits {} merchants",
                        context.subject,
                        context.merchants.len()
                    ),
                }],
            },
            foreign: Vec::new(),
        })
    }

    fn repeats_are_safe(&self, _: &Action) -> bool {
        !self.lost.load(Ordering::Relaxed)
    }

    async fn deliver(&self, _: &Action, _: &Payload, _: &str) -> DeliveryOutcome {
        if self.lost.load(Ordering::Relaxed) {
            return DeliveryOutcome::Unknown {
                why: "the answer was lost".to_owned(),
            };
        }
        DeliveryOutcome::Delivered {
            reference: "ENG-512".to_owned(),
        }
    }

    async fn check(&self, _: &Action, _: &Payload, _: &str) -> CheckOutcome {
        CheckOutcome::CannotTell("no check".to_owned())
    }
}
