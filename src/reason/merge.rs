//! A model's claims laid beside what the offline diagnoser found. The model can add evidence to a
//! class that our own rules reached, add hypotheses, and add doubt. It cannot take anything away,
//! raise what an automatic action may rest on, or put its words where a rule has some.

use super::evidence::{self, ANSWER_FLOOR, Claim, Sources};
use super::offline::OPEN_QUESTION;
use super::reply::Said;
use crate::domain::{Diagnosis, EvidenceSource, Hypothesis, Reach, RootCause};
use std::cmp::Reverse;

/// The most that a model's word alone is worth: models are sure too often.
const MODEL_CEILING: u8 = 80;
/// The most by which a model that agrees raises the confidence of our own rules.
const AGREEMENT: u8 = 10;
/// Hypotheses on a card.
const HYPOTHESES: usize = 3;
/// Quotes of one hypothesis.
const QUOTES: usize = 6;

/// The diagnosis of both. `name` is the provider's.
pub(super) fn merge(
    offline: Diagnosis,
    said: Said,
    sources: &Sources<'_>,
    name: &str,
) -> Diagnosis {
    let asked_of = said.claims.iter().map(|claim| claim.root_cause).collect();
    let modelled: Vec<Claim> = first_of_each(said.claims)
        .into_iter()
        .map(|claim| Claim {
            confidence: claim.confidence.min(MODEL_CEILING),
            ..claim
        })
        .collect();
    let (standing, mut dropped) = evidence::check(modelled, sources);
    let model: Vec<Hypothesis> = standing
        .into_iter()
        .map(|one| one.into_hypothesis())
        .collect();
    dropped.extend(said.issues.iter().map(|issue| format!("{name}: {issue}")));

    let disagreement = disagreement(&offline, &model, asked_of, name);
    let contested = is_contested(&offline, &model);
    let leads = offline.grounded.confidence >= ANSWER_FLOOR || !offline.suspicious.is_empty();
    let mut claims: Vec<Claim> = offline.hypotheses.iter().map(claim_of).collect();
    let own = claims.len();
    for found in &model {
        match claims[..own]
            .iter_mut()
            .find(|own| own.root_cause == found.root_cause)
        {
            Some(claim) => support(claim, found, offline.suspicious.is_empty()),
            None => claims.push(claim_of(found)),
        }
    }
    // Stable: of equals ours goes first. Where our own rules answered, or a ticket looks like an
    // attack, ours goes first whatever the model is sure of.
    claims.sort_by_key(|claim| {
        (
            leads && claim.reach == Reach::Model,
            Reverse(claim.confidence),
        )
    });
    claims.truncate(HYPOTHESES);
    let (standing, lost) = evidence::check(claims, sources);
    let verdict = evidence::verdict(&standing, offline.grounded);
    let hypotheses: Vec<Hypothesis> = standing
        .into_iter()
        .map(|one| one.into_hypothesis())
        .collect();
    let best = hypotheses.first();
    let led_by_model = best.is_some_and(|best| best.reach == Reach::Model);
    let answer = best.filter(|best| best.confidence >= ANSWER_FLOOR && !(leads && led_by_model));

    let mut merged = Diagnosis {
        verdict,
        disagreement,
        contested,
        ..offline
    };
    merged.dropped.append(&mut dropped);
    merged.dropped.extend(lost);
    merged.assumptions.extend(said.assumptions);
    let answer_is_models = answer.is_some_and(|answer| answer.reach == Reach::Model);
    if let Some(answer) = answer {
        merged.root_cause = answer.root_cause;
        merged.reach = answer.reach;
        merged.confidence = answer.confidence;
        merged.explanation.clone_from(&answer.explanation);
        merged.runbook.clone_from(&answer.runbook);
    }
    if leads || answer.is_none() {
        merged.verdict = merged.verdict.min(merged.grounded.verdict);
    }
    // Our own question belongs to what our own rules found, or to a runbook that reads alike.
    let better = merged.ask_merchant == OPEN_QUESTION || answer_is_models;
    if better && merged.suspicious.is_empty() && !said.ask_merchant.is_empty() {
        merged.ask_merchant = said.ask_merchant;
    }
    merged.hypotheses = hypotheses;
    merged
}

/// A second hypothesis of a class adds its quotes to the first.
fn first_of_each(claims: Vec<Claim>) -> Vec<Claim> {
    let mut out: Vec<Claim> = Vec::new();
    for claim in claims {
        match out
            .iter_mut()
            .find(|one| one.root_cause == claim.root_cause)
        {
            Some(one) => one.quotes.extend(claim.quotes),
            None => out.push(claim),
        }
    }
    out
}

fn claim_of(found: &Hypothesis) -> Claim {
    Claim {
        root_cause: found.root_cause,
        explanation: found.explanation.clone(),
        runbook: found.runbook.clone(),
        reach: found.reach,
        confidence: found.confidence,
        quotes: quotes_of(found),
        against: found.against.clone(),
        would_tell: found.would_tell.clone(),
    }
}

fn quotes_of(found: &Hypothesis) -> Vec<(EvidenceSource, String)> {
    found
        .evidence
        .iter()
        .map(|one| (one.source.clone(), one.quote.clone()))
        .collect()
}

/// A model that reached the same class: its quotes, its doubts, a little of its confidence.
fn support(claim: &mut Claim, found: &Hypothesis, trusted: bool) {
    claim.quotes.extend(quotes_of(found));
    claim.quotes.truncate(QUOTES);
    claim.against.extend(found.against.iter().cloned());
    if trusted {
        let most = claim.confidence.saturating_add(AGREEMENT).min(95);
        claim.confidence = claim.confidence.max(found.confidence.min(most));
    }
}

/// Whether a standing claim of the model's speaks for another class than our own rules reached.
fn is_contested(offline: &Diagnosis, model: &[Hypothesis]) -> bool {
    let own = offline.grounded;
    own.root_cause != RootCause::Unknown
        && model.first().is_some_and(|best| {
            best.root_cause != own.root_cause && best.confidence >= ANSWER_FLOOR
        })
}

fn disagreement(
    offline: &Diagnosis,
    model: &[Hypothesis],
    asked_of: Vec<RootCause>,
    name: &str,
) -> String {
    let ours = offline.grounded.root_cause;
    let ours_in_words = match ours {
        RootCause::Unknown => "our own rules find no cause".to_owned(),
        class => format!(
            "our own rules say {} ({} of 100)",
            class.in_words(),
            offline.grounded.confidence
        ),
    };
    match model.first() {
        Some(best) if best.root_cause != ours => format!(
            "{ours_in_words}, {name} says {} ({} of 100)",
            best.root_cause.in_words(),
            best.confidence
        ),
        None if ours != RootCause::Unknown && asked_of.is_empty() => {
            format!("{ours_in_words}, {name} finds none")
        }
        None if ours != RootCause::Unknown => {
            format!("{ours_in_words}, {name} has no standing quote for anything")
        }
        _ => String::new(),
    }
}
