//! Evidence locked to quotes: what a diagnoser claims counts only as far as code finds its quotes
//! in the sources.

use super::names::Names;
use super::text::Folded;
use crate::domain::{
    Evidence, EvidenceSource, Grounded, Hypothesis, Reach, RootCause, RunbookId, Verdict,
};
use std::collections::BTreeMap;

/// A class counts as an answer from this confidence on; below it the answer is unknown.
pub const ANSWER_FLOOR: u8 = 45;
/// From here on a signature or rule confirms.
const CONFIRM_FLOOR: u8 = 70;
/// A rival within so many points of the best contradicts it.
const RIVAL_GAP: u8 = 20;

/// What a diagnoser says before anybody has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The class.
    pub root_cause: RootCause,
    /// Why it would explain the tickets.
    pub explanation: String,
    /// The runbook that describes it.
    pub runbook: Option<RunbookId>,
    /// Who says so.
    pub reach: Reach,
    /// 0–100.
    pub confidence: u8,
    /// Where it says it has it from.
    pub quotes: Vec<(EvidenceSource, String)>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What would tell it apart.
    pub would_tell: String,
}

/// A hypothesis at least one of whose quotes stands in a ticket. Only [`check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing(Hypothesis);

impl Standing {
    /// The hypothesis.
    pub const fn hypothesis(&self) -> &Hypothesis {
        &self.0
    }

    /// The hypothesis, for a diagnosis.
    pub fn into_hypothesis(self) -> Hypothesis {
        self.0
    }
}

/// What claims may quote.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    texts: BTreeMap<EvidenceSource, Vec<&'a str>>,
    names: Names,
}

impl<'a> Sources<'a> {
    /// Sources in which a quote of nothing but our own names says nothing.
    pub(super) fn with_names(names: &Names) -> Self {
        Self {
            names: names.clone(),
            ..Self::default()
        }
    }

    /// Adds the texts of a source.
    pub fn add(&mut self, source: EvidenceSource, texts: impl IntoIterator<Item = &'a str>) {
        self.texts.entry(source).or_default().extend(texts);
    }
}

/// Keeps of each claim the quotes that stand, as they are written in the source, and drops claims
/// of which none stands in a ticket: what only a runbook says is not about these tickets. Says in
/// words what was dropped. The order stays.
pub fn check(claims: Vec<Claim>, sources: &Sources<'_>) -> (Vec<Standing>, Vec<String>) {
    let mut folded: BTreeMap<&EvidenceSource, Vec<Folded>> = BTreeMap::new();
    let mut standing = Vec::new();
    let mut dropped = Vec::new();
    for claim in claims {
        let mut evidence: Vec<Evidence> = Vec::new();
        for (source, quote) in &claim.quotes {
            let Some((key, texts)) = sources.texts.get_key_value(source) else {
                continue;
            };
            if sources.names.are_all_of(quote) {
                continue;
            }
            let folded = folded
                .entry(key)
                .or_insert_with(|| texts.iter().map(|text| Folded::of(text)).collect());
            let quote = Folded::of(quote);
            let found =
                std::iter::zip(texts, folded).find_map(|(text, folded)| folded.find(text, &quote));
            let Some(found) = found else { continue };
            let item = Evidence {
                source: source.clone(),
                quote: found.to_owned(),
            };
            if !evidence.contains(&item) {
                evidence.push(item);
            }
        }
        if evidence
            .iter()
            .any(|item| matches!(item.source, EvidenceSource::Ticket(_)))
        {
            standing.push(Standing(Hypothesis {
                root_cause: claim.root_cause,
                explanation: claim.explanation,
                runbook: claim.runbook,
                reach: claim.reach,
                confidence: claim.confidence,
                evidence,
                against: claim.against,
                would_tell: claim.would_tell,
            }));
        } else {
            let cause = claim.root_cause.in_words();
            let by = claim.reach.in_words();
            dropped.push(match claim.quotes.len() {
                0 => format!("{cause}, by {by}: it quotes nothing"),
                _ => format!("{cause}, by {by}: what it quotes stands in no ticket"),
            });
        }
    }
    (standing, dropped)
}

/// How far hypotheses carry, best first. Confirmed needs a class that signatures or rules alone
/// reach with high confidence, and no rival near it; likely needs enough confidence for an
/// answer; all else is inconclusive.
pub fn verdict(standing: &[Standing], grounded: Grounded) -> Verdict {
    let Some(Standing(best)) = standing.first() else {
        return Verdict::Inconclusive;
    };
    let contradicted = standing.iter().skip(1).any(|Standing(rival)| {
        rival.root_cause != best.root_cause
            && rival.confidence.saturating_add(RIVAL_GAP) > best.confidence
    });
    let sure = grounded.root_cause == best.root_cause && grounded.confidence >= CONFIRM_FLOOR;
    if best.root_cause == RootCause::Unknown || best.confidence < ANSWER_FLOOR {
        Verdict::Inconclusive
    } else if sure && !contradicted {
        Verdict::Confirmed
    } else {
        Verdict::Likely
    }
}
