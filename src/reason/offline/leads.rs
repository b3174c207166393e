//! Finds what speaks for which class, ticket by ticket.

use super::{CLEAR_SCORE, Offline};
use crate::domain::{Reach, RootCause, RunbookId, Ticket};
use crate::reason::Question;
use crate::reason::reading::{Place, Reading};
use crate::reason::retrieve::{Hit, Index};
use crate::reason::weigh::Strengths;
use std::collections::{BTreeMap, BTreeSet};

/// An unmistakable error name in the program's own output.
const SIGNATURE_IN_LOG: u8 = 88;
/// The same words in what a person wrote: perhaps retold, perhaps guessed.
const SIGNATURE_IN_TEXT: u8 = 78;
/// The most that likeness alone is worth.
const RETRIEVAL_CEILING: u8 = 30;

/// One thing in one ticket that speaks for a class.
#[derive(Debug)]
pub(super) struct Lead<'a> {
    pub(super) class: RootCause,
    pub(super) confidence: u8,
    pub(super) reach: Reach,
    pub(super) runbook: Option<usize>,
    pub(super) reason: &'a str,
    pub(super) ask: &'a str,
    pub(super) ticket: usize,
    pub(super) quotes: Vec<&'a str>,
}

impl Offline {
    pub(super) fn signature_leads<'a>(
        &'a self,
        ticket: usize,
        reading: &Reading<'a>,
        leads: &mut Vec<Lead<'a>>,
    ) {
        let mut seen = BTreeSet::new();
        for (runbook, phrases) in &self.signatures {
            let Some(places) = reading.together(phrases) else {
                continue;
            };
            if !seen.insert(*runbook) {
                continue;
            }
            let book = &self.runbooks[*runbook];
            let in_log = places.iter().all(|place| reading.in_log(place));
            leads.push(Lead {
                class: book.root_cause,
                confidence: if in_log {
                    SIGNATURE_IN_LOG
                } else {
                    SIGNATURE_IN_TEXT
                },
                reach: Reach::Signature,
                runbook: Some(*runbook),
                reason: &book.title,
                ask: &book.ask,
                ticket,
                quotes: quotes(reading, &places),
            });
        }
    }

    pub(super) fn rule_leads<'a>(
        &'a self,
        ticket: usize,
        reading: &Reading<'a>,
        leads: &mut Vec<Lead<'a>>,
    ) {
        for rule in &self.rules {
            let places = rule.places(reading);
            if places.is_empty() {
                continue;
            }
            let runbook = rule.runbook.as_ref().and_then(|id| self.position(id));
            let ask = match runbook {
                Some(runbook) if rule.ask.is_empty() => self.runbooks[runbook].ask.as_str(),
                _ => rule.ask.as_str(),
            };
            leads.push(Lead {
                class: rule.class,
                confidence: rule.confidence,
                reach: Reach::Rule,
                runbook,
                reason: &rule.reason,
                ask,
                ticket,
                quotes: quotes(reading, &places),
            });
        }
    }

    pub(super) fn position(&self, id: &RunbookId) -> Option<usize> {
        self.runbooks.binary_search_by(|r| r.id.cmp(id)).ok()
    }

    /// The runbook that the tickets clearly read like, and what that is worth.
    pub(super) fn alike(&self, hits: &[Hit]) -> Option<(usize, u8)> {
        let best = hits.first()?;
        let class = |hit: &Hit| self.runbooks[hit.document].root_cause;
        // One of the same class is no rival.
        let rival = hits.iter().find(|hit| class(hit) != class(best));
        let next = rival.map_or(0.0, |hit| hit.score);
        if best.score < CLEAR_SCORE || self.runbooks[best.document].root_cause == RootCause::Unknown
        {
            return None;
        }
        // Full worth at twice the clear score and a next one that is half as good.
        let clear = ((best.score - CLEAR_SCORE) / CLEAR_SCORE).min(1.0);
        let alone = (2.0 * (best.score - next) / best.score).min(1.0);
        let worth = f32::from(RETRIEVAL_CEILING) * clear.max(0.4) * alone.max(0.3);
        Some((best.document, worth as u8))
    }

    pub(super) fn alike_lead<'a>(
        &'a self,
        runbook: usize,
        confidence: u8,
        readings: &[Reading<'a>],
    ) -> Lead<'a> {
        let book = &self.runbooks[runbook];
        Lead {
            class: book.root_cause,
            confidence,
            reach: Reach::Retrieval,
            runbook: Some(runbook),
            reason: &book.title,
            ask: &book.ask,
            ticket: 0,
            quotes: readings.first().map(Reading::gist).into_iter().collect(),
        }
    }

    /// The past incident that the tickets clearly read like, and what that is worth: much where
    /// what was done healed it, little where not.
    pub(super) fn past_hit(
        &self,
        question: &Question,
        readings: &[Reading<'_>],
    ) -> Option<(usize, u8)> {
        if question.past.is_empty() {
            return None;
        }
        let summaries: Vec<&str> = question.past.iter().map(|p| p.summary.as_str()).collect();
        let hit = *Index::of(&summaries).search(query(readings), 1).first()?;
        let past = &question.past[hit.document];
        if hit.score < CLEAR_SCORE || past.root_cause == RootCause::Unknown {
            return None;
        }
        let worth = if past.healed {
            RETRIEVAL_CEILING
        } else {
            RETRIEVAL_CEILING / 3
        };
        Some((hit.document, worth))
    }
}

/// The words of all tickets; a word counts by the share of tickets that have it.
pub(super) fn query<'r>(readings: &'r [Reading<'_>]) -> Vec<(&'r str, f32)> {
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for reading in readings {
        for word in reading.words().collect::<BTreeSet<_>>() {
            *holders.entry(word).or_default() += 1;
        }
    }
    let all = readings.len().max(1) as f32;
    holders
        .into_iter()
        .map(|(word, count)| (word, count as f32 / all))
        .collect()
}

/// How exactly a lead names its problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    /// The general wording of a report.
    Wording,
    /// A rule for one known problem.
    Known,
    /// An unmistakable error.
    Signature,
}

impl Exactness {
    const fn of(lead: &Lead<'_>) -> Self {
        match (lead.reach, lead.runbook) {
            (Reach::Signature, _) => Self::Signature,
            (_, Some(_)) => Self::Known,
            (_, None) => Self::Wording,
        }
    }

    /// By how much a lead counts less where the same ticket has one as exact as `strongest`.
    const fn divisor(self, strongest: Self) -> u8 {
        match (self, strongest) {
            (Self::Wording, Self::Signature) => 4,
            (Self::Wording, Self::Known) => 3,
            (Self::Known, Self::Signature) => 2,
            _ => 1,
        }
    }
}

/// Strengths over all tickets. A merchant counts once however many tickets it wrote.
pub(super) fn weigh(tickets: &[Ticket], leads: &[Lead<'_>]) -> Strengths {
    let key = |ticket: &Ticket| ticket.merchant.as_ref().map(|m| m.counting_key());
    let mut written: BTreeMap<Option<String>, u32> = BTreeMap::new();
    for ticket in tickets {
        *written.entry(key(ticket)).or_default() += 1;
    }
    let strengths: Vec<(Strengths, u32)> = tickets
        .iter()
        .enumerate()
        .map(|(index, ticket)| {
            let own = || leads.iter().filter(|lead| lead.ticket == index);
            let strongest = own().map(Exactness::of).max();
            let strongest = strongest.unwrap_or(Exactness::Wording);
            // Beside an unmistakable error, or a rule for one known problem, the general
            // wording of a report says little.
            let worth = |lead: &Lead<'_>| lead.confidence / Exactness::of(lead).divisor(strongest);
            let weight = 10_000 / written.get(&key(ticket)).copied().unwrap_or(1).max(1);
            let strengths = Strengths::of(own().map(|lead| (lead.class, worth(lead))));
            (strengths, weight)
        })
        .collect();
    Strengths::mean(&strengths)
}

/// The lead that a past incident gives.
pub(super) fn past_lead<'a>(
    question: &'a Question,
    incident: usize,
    confidence: u8,
    readings: &[Reading<'a>],
) -> Lead<'a> {
    let past = &question.past[incident];
    Lead {
        class: past.root_cause,
        confidence,
        reach: Reach::Retrieval,
        runbook: None,
        reason: &past.summary,
        ask: "",
        ticket: 0,
        quotes: readings.first().map(Reading::gist).into_iter().collect(),
    }
}

fn quotes<'a>(reading: &Reading<'a>, places: &[Place]) -> Vec<&'a str> {
    let mut quotes: Vec<&str> = Vec::new();
    for quote in places.iter().map(|place| reading.quote(place)) {
        if !quote.is_empty() && !quotes.contains(&quote) {
            quotes.push(quote);
        }
    }
    quotes
}
