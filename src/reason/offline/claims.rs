//! Turns leads into claims, each with the quotes that it has to stand on.

use super::Offline;
use super::leads::Lead;
use crate::domain::{EvidenceSource, Reach, RootCause, Ticket};
use crate::reason::Question;
use crate::reason::evidence::{Claim, Sources};
use crate::reason::text::sentence;
use crate::reason::weigh::Strengths;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Hypotheses on a card.
const HYPOTHESES: usize = 3;
/// Weaker hypotheses are noise.
const HYPOTHESIS_FLOOR: u8 = 10;
/// Quotes of tickets for one hypothesis.
const QUOTES: usize = 4;

/// All that speaks for one class or another.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    /// Strongest first.
    pub(super) leads: Vec<Lead<'a>>,
    /// What signatures and rules amount to.
    pub(super) own: Strengths,
    /// Classes of what the tickets read like, and what that is worth.
    pub(super) liked: Vec<(RootCause, u8)>,
    /// Which past incident they read like.
    pub(super) past: Option<usize>,
}

impl Offline {
    /// A claim for each class that enough speaks for, best first.
    pub(super) fn claims(
        &self,
        question: &Question,
        tickets: &[Ticket],
        findings: &Findings<'_>,
    ) -> Vec<Claim> {
        let Findings {
            leads,
            own,
            liked,
            past,
        } = findings;
        let mut ranked: Vec<(RootCause, u8)> = RootCause::ALL
            .into_iter()
            .filter(|class| *class != RootCause::Unknown)
            .map(|class| {
                // Likeness supports a class, but never speaks against what a rule found.
                let liked = liked.iter().filter(|(alike, _)| *alike == class);
                let strengths = liked.fold(*own, |sum, (class, worth)| sum.with(*class, *worth));
                (class, strengths.confidence(class))
            })
            .filter(|(_, confidence)| *confidence >= HYPOTHESIS_FLOOR)
            .collect();
        // Stable: of equals the first class of the list.
        ranked.sort_by_key(|(_, confidence)| Reverse(*confidence));
        ranked.truncate(HYPOTHESES);
        let doubts: BTreeSet<&str> = leads
            .iter()
            .filter(|lead| lead.class == RootCause::Unknown)
            .map(|lead| lead.reason)
            .collect();
        ranked
            .into_iter()
            .filter_map(|(class, confidence)| {
                let own: Vec<&Lead<'_>> = leads.iter().filter(|lead| lead.class == class).collect();
                let first = own.first()?;
                // What code found may be sent by itself, so likeness must not pick its text.
                let named =
                    |lead: &&&Lead<'_>| lead.reach.supports_auto() || !first.reach.supports_auto();
                let runbook = own.iter().filter(named).find_map(|lead| lead.runbook);
                let ask = own.iter().map(|lead| lead.ask).find(|ask| !ask.is_empty());
                let mut quotes = ticket_quotes(tickets, &own);
                if let Some(runbook) = runbook {
                    let source = EvidenceSource::Runbook(self.runbooks[runbook].id.clone());
                    quotes.push((source, self.gists[runbook].clone()));
                }
                if let Some(past) = past
                    .map(|p| &question.past[p])
                    .filter(|p| p.root_cause == class)
                {
                    let quote = sentence(&past.summary, 0..0).to_owned();
                    quotes.push((EvidenceSource::Incident(past.id), quote));
                }
                Some(Claim {
                    root_cause: class,
                    explanation: explanation(first, &own, tickets.len()),
                    runbook: runbook.map(|runbook| self.runbooks[runbook].id.clone()),
                    reach: first.reach,
                    confidence,
                    quotes,
                    against: doubts.iter().map(|doubt| (*doubt).to_owned()).collect(),
                    would_tell: ask.unwrap_or_else(|| usual_question(class)).to_owned(),
                })
            })
            .collect()
    }

    /// Everything that a claim about these tickets may quote.
    pub(in crate::reason) fn sources<'a>(
        &'a self,
        question: &'a Question,
        tickets: &'a [Ticket],
    ) -> Sources<'a> {
        let mut sources = Sources::with_names(&self.names);
        for ticket in tickets {
            sources.add(EvidenceSource::Ticket(ticket.id), ticket.texts());
        }
        for runbook in &self.runbooks {
            let source = EvidenceSource::Runbook(runbook.id.clone());
            sources.add(source, [runbook.body.as_str()]);
        }
        for past in &question.past {
            sources.add(EvidenceSource::Incident(past.id), [past.summary.as_str()]);
        }
        sources
    }
}

/// Quotes for a claim, strongest leads first, from as many tickets as fit.
fn ticket_quotes(tickets: &[Ticket], leads: &[&Lead<'_>]) -> Vec<(EvidenceSource, String)> {
    let mut out: Vec<(EvidenceSource, String)> = Vec::new();
    let mut texts = BTreeSet::new();
    for lead in leads {
        // Likeness quotes the ticket's gist for want of anything better.
        if lead.reach == Reach::Retrieval && !out.is_empty() {
            break;
        }
        for quote in &lead.quotes {
            // The same words from a second ticket add nothing that a reader could use.
            if out.len() < QUOTES && texts.insert(*quote) {
                let source = EvidenceSource::Ticket(tickets[lead.ticket].id);
                out.push((source, (*quote).to_owned()));
            }
        }
    }
    out
}

fn explanation(first: &Lead<'_>, own: &[&Lead<'_>], tickets: usize) -> String {
    let why = match first.reach {
        Reach::Signature => format!("{}.", first.reason.trim_end_matches('.')),
        Reach::Rule => first.reason.to_owned(),
        Reach::Retrieval | Reach::Model => format!(
            "The tickets read like something known: {}.",
            first.reason.trim_end_matches('.')
        ),
    };
    if tickets < 2 {
        return why;
    }
    let speaking: BTreeSet<usize> = own.iter().map(|lead| lead.ticket).collect();
    format!("{why} {} of {tickets} tickets say so.", speaking.len())
}

/// What tells a class apart where no rule and no runbook has a better question.
const fn usual_question(class: RootCause) -> &'static str {
    match class {
        RootCause::WebhookConfiguration => {
            "Which address and which secret does the webhook use, and what does its delivery log say?"
        }
        RootCause::PlatformBug => {
            "Does it also happen on a fresh installation of the same version, without other plugins?"
        }
        RootCause::MigrationIssue => "Did exactly this work on the day before the move?",
        RootCause::DocumentationGap => {
            "Which page did you follow, and at which step did it go wrong?"
        }
        RootCause::MerchantConfiguration => {
            "Which settings were changed last, and does it work with the default settings?"
        }
        RootCause::ThirdPartyOutage => {
            "Since which minute does it fail, and does it fail for others with the same provider?"
        }
        RootCause::Unknown => "",
    }
}
