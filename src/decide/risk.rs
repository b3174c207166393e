//! The effective risk of a plan, computed by code and nobody else.

use crate::domain::{Action, Delivery, EffectiveRisk, Risk, Target, Verdict};
use serde::Deserialize;

/// `[risk]` of the config: how many merchants a plan may treat before its risk rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskOptions {
    /// From so many merchants on, a plan is at least of high risk; at least 1.
    pub high_from_merchants: u32,
    /// From so many merchants on, a plan is of critical risk; at least the one above.
    pub critical_from_merchants: u32,
    /// From so many merchants on, what treats them is tried on one first; 0 is never. An action's
    /// caps may say otherwise.
    pub canary_from_merchants: u32,
}

/// How many merchants these deliveries reach; a team of the operator's is none.
pub fn merchants_reached<'a>(targets: impl IntoIterator<Item = &'a Target>) -> u32 {
    let count = targets
        .into_iter()
        .filter(|target| matches!(target, Target::Merchant(_)))
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The highest of the action's own floor, that of its connector (`floor`) and the blast radius; one
/// step more where an action that treats merchants rests on an inconclusive diagnosis. Every reason
/// that set or raised it is listed, the action's floor first.
pub fn effective_risk(
    action: &Action,
    floor: Risk,
    deliveries: &[Delivery],
    verdict: Verdict,
    options: &RiskOptions,
) -> EffectiveRisk {
    let mut level = action.risk;
    let mut reasons = vec![format!("{} is at least {} risk", action.name, action.risk)];
    if floor > level {
        level = floor;
        reasons.push(format!("sent by {}: at least {floor}", action.connector));
    }
    let merchants = merchants_reached(deliveries.iter().map(|delivery| &delivery.target));
    let radius = if merchants >= options.critical_from_merchants {
        Some(Risk::Critical)
    } else if merchants >= options.high_from_merchants {
        Some(Risk::High)
    } else {
        None
    };
    if let Some(least) = radius {
        level = level.max(least);
        let plural = if merchants == 1 { "" } else { "s" };
        reasons.push(format!(
            "reaches {merchants} merchant{plural}: at least {least}"
        ));
    }
    if action.remedial && verdict == Verdict::Inconclusive {
        level = level.raised();
        reasons.push("treats merchants on an inconclusive diagnosis: one step more".to_owned());
    }
    EffectiveRisk { level, reasons }
}

/// The risk of a plan whose steps have these: the highest of them, with every reason once.
pub fn highest(
    own: EffectiveRisk,
    steps: impl IntoIterator<Item = EffectiveRisk>,
) -> EffectiveRisk {
    let mut all = own;
    for step in steps {
        all.level = all.level.max(step.level);
        for reason in step.reasons {
            if !all.reasons.contains(&reason) {
                all.reasons.push(reason);
            }
        }
    }
    all
}
