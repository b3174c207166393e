//! From a diagnosis to a decision, and from votes to an authorised plan. Pure: facts and time come
//! in as values.
//!
//! Reading order: [`policy`] says auto, ask or refuse; [`risk`] and [`brakes`] can only tighten
//! that ([`settle`]); [`approval`] takes the votes on what asks; and [`AuthorisedPlan`], minted
//! only by the policy's auto or a completed approval, is what `act` takes.

mod catalogue;
mod checker;
mod condition;
mod context;
pub mod policy;

pub mod brakes;
pub mod risk;
mod settle;

pub mod approval;
mod approval_rules;
pub mod asks;
mod authorised;
mod deciders;
mod digest;
mod drift;
pub mod gates;
mod people;
mod rollback;

pub use approval::{Ballot, Click, VoteOutcome, VoteRefusal, expire, seal, vote};
pub use approval_rules::{ApprovalRule, ApprovalRules};
pub use authorised::{AuthorisedPlan, Authority, authorise};
pub use brakes::{Brake, BrakeEffect, Brakes, INEFFECTIVE_LIMIT, QuietHours};
pub use catalogue::Catalogue;
pub use context::{ActionHistory, PolicyContext, VARIABLES, Variable};
pub use deciders::Deciders;
pub use digest::plan_digest;
pub use drift::{ActionNow, Drift, Facts};
pub use people::{Governance, People, PersonOptions};
pub use policy::{
    Matched, Policy, PolicyError, PolicyOptions, RuleOptions, decide_guarded, not_repeated,
};
pub use risk::{RiskOptions, effective_risk, highest, merchants_reached};
pub use rollback::Undone;
pub use settle::{Settled, settle};
