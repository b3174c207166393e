//! Nouns of the product: plain values without IO and without a clock.

mod digest;
mod ids;

mod affected;
mod incident;
mod judgement;
mod merchant;
mod origin;
mod pattern;
mod ticket;

mod diagnosis;
mod runbook;

mod action;
mod actor;
mod ask;
mod delegation;
mod delivery;
mod difference;
mod plan;
mod step;
mod unreached;

mod problem;
mod record;
mod since;

pub mod card;
pub mod closing;
pub mod ports;

pub use action::{Action, ActionApproval, Caps, Probe, Reaches};
pub use actor::{Actor, Person, Surface};
pub use affected::{AffectedMerchant, AffectedMerchants};
pub use ask::{Ask, AskKind, Snooze};
pub use delegation::Delegation;
pub use delivery::{Delivery, DeliveryState, Payload, PayloadPart, Target};
pub use diagnosis::{
    Diagnosis, Evidence, EvidenceSource, Grounded, Hypothesis, ModelCall, Reach, RootCause, Verdict,
};
pub use difference::{Difference, Replaced, differences};
pub use digest::{
    Digest, DigestError, canonical_json, write_canonical, write_canonical_object, write_json_text,
};
pub use ids::{
    ActionName, CaseId, IdError, IncidentId, Language, MerchantId, PatternId, PersonId, PlanId,
    RunbookId, SourceName, SubjectId, TicketId, WorkspaceId,
};
pub use incident::{Case, Closure, Incident, Outcome, Reopening, Tried};
pub use judgement::{JudgedBy, Judgement};
pub use merchant::{DirectoryEntry, MerchantDirectory};
pub use origin::Origin;
pub use pattern::{Alert, Assignment, CohortLift, Correction};
pub use plan::{Decision, EffectiveRisk, Plan, PlanState, Risk, Vote};
pub use problem::Problem;
pub use record::{Record, RecordDraft};
pub use runbook::Runbook;
pub use since::Since;
pub use step::{ActionStep, Gate, PlanStep};
pub use ticket::{Provenance, Severity, Ticket, TicketMerchant};
pub use unreached::{Unreached, unreached_in_words};
