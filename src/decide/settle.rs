//! The last word of code on a decision: risk, foreign words and brakes can turn auto into ask.

use super::brakes::{Brake, BrakeEffect};
use super::policy::Matched;
use crate::domain::{Decision, EffectiveRisk, Risk};

/// What is done about an action, with everything that had a say in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Auto, ask or refuse.
    pub decision: Decision,
    /// Why, in words: the rule, then whatever turned its auto into ask.
    pub reason: String,
}

/// Tightens a rule's answer. An auto becomes an ask where the effective risk is high or more,
/// where the payload holds words that are not the operator's (`foreign` names them), and where a
/// brake asks. Ask and refuse stay as they are. Never loosens.
///
/// Merchants in a cool-down are the caller's to leave out before it renders and computes the risk;
/// the kill switch and a dry run hold deliveries back and do not change the decision.
pub fn settle(
    matched: &Matched,
    risk: &EffectiveRisk,
    foreign: &[String],
    brakes: &[Brake],
) -> Settled {
    let mut settled = matched.clone();
    let mut doubts = Vec::new();
    if risk.level >= Risk::High {
        doubts.push(format!(
            "its risk is {} ({})",
            risk.level,
            risk.reasons.join("; ")
        ));
    }
    if !foreign.is_empty() {
        doubts.push(format!(
            "what would be sent contains words that are not ours: {}",
            foreign.join(", ")
        ));
    }
    doubts.extend(
        brakes
            .iter()
            .filter(|brake| brake.effect == BrakeEffect::Ask)
            .map(|brake| brake.reason.clone()),
    );
    if !doubts.is_empty() {
        settled.ask(&format!("a person decides, because {}", doubts.join("; ")));
    }
    Settled {
        decision: settled.decision,
        reason: settled.reason,
    }
}
