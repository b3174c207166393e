//! One entry of the audit log.

use super::{Actor, Digest, IncidentId, PlanId, SubjectId, TicketId, WorkspaceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a record is about, before it is chained. Texts and contacts appear only as digests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordDraft {
    /// When it happened.
    pub at: Timestamp,
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// Who caused it.
    pub actor: Actor,
    /// What happened, dotted: `ticket.received`, `plan.approved`, `delivery.delivered`.
    pub kind: String,
    /// The ticket, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// The incident or case, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// The plan, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// What was done, in our own words.
    pub what: String,
    /// Why: evidence, rule, policy and plan digests. Whole numbers and texts only.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub why: Map<String, Value>,
    /// What came of it. Whole numbers and texts only.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub result: Map<String, Value>,
}

impl RecordDraft {
    /// The incident it is about, if it is about one.
    pub fn incident(&self) -> Option<IncidentId> {
        match self.subject {
            Some(SubjectId::Incident(id)) => Some(id),
            _ => None,
        }
    }
}

/// A chained record: `hash` is the SHA-256 of the canonical JSON of everything else in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// Its content.
    #[serde(flatten)]
    pub draft: RecordDraft,
    /// Digest of the state changes committed with it; on the last record of a batch only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Digest>,
    /// The hash of the record before; zero for the first.
    pub prev: Digest,
    /// This record's hash.
    pub hash: Digest,
}
