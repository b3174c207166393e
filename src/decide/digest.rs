//! What a vote binds.

use crate::domain::{Delivery, Digest, Plan};
use serde_json::json;
use subtle::ConstantTimeEq;

/// How many hexadecimal digits of a plan's digest a surface has to present with a vote: 64 bits,
/// as [`Digest::prefix`] gives them.
pub const PRESENTED_DIGITS: usize = 16;

/// The digest of everything an approver decides about: plan, subject, action, the rendered
/// payload, target and idempotency key of each delivery, connector and template version, the rule
/// and policy that matched, the effective risk, the steps with what opens each and what is taken
/// back if one fails, and the plan that an undo takes back. Where a delivery or a step stands,
/// votes and expiry are not part of it: they change while the plan runs.
pub fn plan_digest(plan: &Plan, deliveries: &[Delivery]) -> Digest {
    let deliveries: Vec<_> = deliveries
        .iter()
        .map(|delivery| {
            let mut bound = json!({
                "plan": delivery.plan,
                "index": delivery.index,
                "target": delivery.target,
                "payload": delivery.payload.digest(),
                "idempotency_key": delivery.idempotency_key,
            });
            if !plan.steps.is_empty() {
                bound["step"] = json!(delivery.step);
            }
            bound
        })
        .collect();
    let mut bound = json!({
        "version": 1,
        "plan": plan.id,
        "subject": plan.subject,
        "action": plan.action,
        "remedial": plan.remedial,
        "connector": plan.connector,
        "connector_version": plan.connector_version,
        "template": plan.template,
        "rule": plan.rule,
        "policy": plan.policy,
        "decision": plan.decision,
        "risk": plan.risk.level,
        "deliveries": deliveries,
    });
    // Left out where there is none: plans that were stored before keep their digest.
    if let Some(undoes) = plan.undoes {
        bound["undoes"] = json!(undoes);
    }
    if !plan.steps.is_empty() {
        bound["steps"] = json!(plan.steps);
        bound["all_or_nothing"] = json!(plan.all_or_nothing);
    }
    if let Some(undone) = plan.rolls_back {
        bound["rolls_back"] = json!(undone);
    }
    Digest::of_json(&bound)
}

/// Whether `presented` names this digest: at least [`PRESENTED_DIGITS`] of its hexadecimal digits.
/// The comparison takes the same time wherever the first difference is, so that a forger learns
/// nothing from it.
pub(super) fn names(presented: &str, digest: &Digest) -> bool {
    let whole = digest.to_string();
    let presented = presented.as_bytes();
    match whole.as_bytes().get(..presented.len()) {
        Some(head) if presented.len() >= PRESENTED_DIGITS => head.ct_eq(presented).into(),
        _ => false,
    }
}

/// Whether two digests are the same, in constant time.
pub(super) fn same(left: &Digest, right: &Digest) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
