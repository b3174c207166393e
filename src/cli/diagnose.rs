//! `medic diagnose`: one line a ticket. What the policy makes of a diagnosis (action, risk,
//! decision) is flattened in beside [`Row`] by the command, which has the policy.

use crate::domain::{Diagnosis, RootCause, Verdict};
use serde::Serialize;

/// The part of a line that comes from the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row<'d> {
    /// The id that the ticket's source gave, or Medic's own.
    pub ticket_id: &'d str,
    /// The class.
    pub root_cause: RootCause,
    /// 0–100.
    pub confidence: u8,
    /// How far the evidence carries.
    pub verdict: Verdict,
    /// The quotes of the hypothesis that the class rests on; empty where the class is unknown.
    pub evidence: Vec<RowEvidence<'d>>,
}

/// One quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowEvidence<'d> {
    /// Where it stands: `ticket T-1`, `runbook webhook-timeout`.
    pub source: String,
    /// The words.
    pub quote: &'d str,
}

impl<'d> Row<'d> {
    /// The line's part for one ticket.
    pub fn of(ticket_id: &'d str, diagnosis: &'d Diagnosis) -> Self {
        let best = diagnosis
            .hypotheses
            .first()
            .filter(|best| best.root_cause == diagnosis.root_cause);
        let evidence = best.into_iter().flat_map(|best| &best.evidence);
        Self {
            ticket_id,
            root_cause: diagnosis.root_cause,
            confidence: diagnosis.confidence,
            verdict: diagnosis.verdict,
            evidence: evidence
                .map(|item| RowEvidence {
                    source: item.source.to_string(),
                    quote: &item.quote,
                })
                .collect(),
        }
    }
}
