//! A card as plain text, for snapshots of what a person reads.

use medic::domain::card::{Card, plain};
use std::fmt::Write as _;

/// Every part of the card that helps to decide, one line each; no times and no digests.
pub fn card_text(card: &Card) -> String {
    let mut out = String::new();
    let mut line = |text: &str| writeln!(out, "{text}").unwrap();
    line(&format!(
        "{} [{}]",
        plain(&card.title),
        card.state.in_words()
    ));
    line(&plain(&card.summary));
    for fact in &card.facts {
        line(&format!("{}: {}", fact.name, plain(&fact.value)));
    }
    if !card.outcome.is_empty() {
        line(&format!("Outcome: {}", plain(&card.outcome)));
    }
    for plan in card.plans.iter().rev() {
        line(&format!("* {}: {}", plan.action, plain(&plan.status)));
        line(&format!("  {}", plan.decided));
        line(&format!(
            "  risk {}: {}",
            plan.risk.level,
            plan.risk.reasons.join("; ")
        ));
        for step in &plan.steps {
            line(&format!("  {}", plain(step)));
        }
        for delivery in &plan.deliveries {
            line(&format!("  - {}: {}", delivery.target, delivery.state));
        }
        if !plan.unreached.is_empty() {
            line(&format!("  {}", plan.unreached));
        }
        if plan.newcomers > 0 {
            line(&format!("  {} wait for the next plan", plan.newcomers));
        }
    }
    out
}
