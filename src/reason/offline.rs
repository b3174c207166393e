//! The diagnoser that needs no network: error signatures of runbooks, rules, and retrieval over
//! runbooks and past incidents. Always run; the only part of a diagnosis that may support an
//! automatic action.

mod claims;
mod leads;

use super::chain::OFFLINE;
use super::evidence::{self, ANSWER_FLOOR};
use super::names::Names;
use super::phrases::{PhraseBook, PhraseId, Phrases};
use super::reading::Reading;
use super::retrieve::{Hit, Index};
use super::rules::{self, Rule};
use super::runbook::Library;
use super::suspicion::Suspect;
use super::text::sentence;
use super::{Broken, Diagnose, Question};
use crate::domain::{
    Diagnosis, Digest, Grounded, Hypothesis, Reach, RootCause, Runbook, RunbookId, Severity,
    Ticket, Verdict,
};
use claims::Findings;
use leads::{Lead, past_lead, query, weigh};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What to ask where nothing better is known.
pub(super) const OPEN_QUESTION: &str = "Since when does it happen, what did you do right before it, and what does the message say, word for word?";
/// A diagnosis reads the newest tickets only.
const TICKETS: usize = 20;
/// From this BM25 score on, a runbook's topic is clearly that of the tickets.
const CLEAR_SCORE: f32 = 9.0;
/// The same where its text is all there is to offer: no rule says that it applies.
const TOPIC_SCORE: f32 = 13.0;
/// And no other runbook may come nearer to it than this share of its score.
const TOPIC_RIVAL: f32 = 0.8;
/// From this many merchants on a problem is at least of high priority.
const MANY_MERCHANTS: u32 = 3;

/// The offline diagnoser.
#[derive(Clone, Debug)]
pub struct Offline {
    runbooks: Vec<Runbook>,
    /// A sentence of each runbook, for evidence.
    gists: Vec<String>,
    signatures: Vec<(usize, Vec<PhraseId>)>,
    rules: Vec<Rule>,
    phrases: Phrases,
    names: Names,
    index: Index,
    suspect: Suspect,
    version: String,
    broken: Vec<Broken>,
}

impl Offline {
    /// Builds the diagnoser from runbooks and the text of the rules. What is broken in either is
    /// kept aside (see [`Offline::broken`]); an error only where the search automaton cannot be
    /// built, which takes millions of phrases.
    pub fn new(library: Library, rules_file: &str, rules_text: &str) -> Result<Self, Broken> {
        let Library {
            runbooks,
            digest,
            mut broken,
        } = library;
        let too_many = |error: aho_corasick::BuildError| {
            Broken::at(rules_file, "", 0, format!("too many phrases: {error}"))
        };
        let mut book = PhraseBook::default();
        let ids: BTreeSet<RunbookId> = runbooks.iter().map(|r| r.id.clone()).collect();
        let parsed = rules::parse(rules_file, rules_text, &ids, &mut book);
        broken.extend(parsed.broken);
        let mut signatures = Vec::new();
        for (index, runbook) in runbooks.iter().enumerate() {
            for signature in &runbook.signatures {
                let words = signature.split_whitespace();
                let phrases: Vec<PhraseId> = words.filter_map(|word| book.add(word)).collect();
                if !phrases.is_empty() {
                    signatures.push((index, phrases));
                }
            }
        }
        let documents: Vec<String> = runbooks.iter().map(searchable).collect();
        let actions = runbooks.iter().filter_map(|r| r.action.as_ref());
        let names = Names::of(
            RootCause::ALL
                .map(RootCause::as_str)
                .into_iter()
                .chain(runbooks.iter().map(|r| r.id.as_str()))
                .chain(actions.map(|action| action.as_str())),
        )
        .map_err(too_many)?;
        let version = Digest::of(format!("{digest}\n{rules_text}")).prefix();
        Ok(Self {
            gists: runbooks.iter().map(|r| gist(&r.body)).collect(),
            signatures,
            rules: parsed.rules,
            phrases: book.finish().map_err(too_many)?,
            names,
            index: Index::of(&documents),
            suspect: Suspect::new().map_err(too_many)?,
            version,
            runbooks,
            broken,
        })
    }

    /// What is wrong with runbooks and rules; these are not in force.
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// The runbooks in force, sorted by id.
    pub fn runbooks(&self) -> &[Runbook] {
        &self.runbooks
    }

    /// One runbook in force.
    pub fn runbook(&self, id: &RunbookId) -> Option<&Runbook> {
        let found = self.runbooks.binary_search_by(|r| r.id.cmp(id)).ok()?;
        self.runbooks.get(found)
    }

    /// The diagnosis. Pure: the same question gives the same answer.
    pub fn answer(&self, question: &Question) -> Diagnosis {
        let tickets = newest(&question.tickets);
        let readings: Vec<Reading<'_>> = tickets
            .iter()
            .map(|t| Reading::of(t, &self.phrases, &self.names))
            .collect();
        let mut leads: Vec<Lead<'_>> = Vec::new();
        for (ticket, reading) in readings.iter().enumerate() {
            self.signature_leads(ticket, reading, &mut leads);
            self.rule_leads(ticket, reading, &mut leads);
        }
        let own = weigh(tickets, &leads);
        let grounded = match own.best() {
            (root_cause, confidence) if confidence >= ANSWER_FLOOR => Grounded {
                root_cause,
                confidence,
                verdict: Verdict::Inconclusive,
            },
            _ => Grounded::default(),
        };

        let hits = self.index.search(query(&readings), 3);
        let past = self.past_hit(question, &readings);
        let mut liked = Vec::new();
        if let Some((runbook, confidence)) = self.alike(&hits) {
            liked.push((self.runbooks[runbook].root_cause, confidence));
            leads.push(self.alike_lead(runbook, confidence, &readings));
        }
        if let Some((incident, confidence)) = past {
            liked.push((question.past[incident].root_cause, confidence));
            leads.push(past_lead(question, incident, confidence, &readings));
        }

        // Leads of equal confidence keep their order, so the sort is stable on purpose.
        leads.sort_by_key(|lead| Reverse((lead.reach, lead.confidence)));
        let findings = Findings {
            leads,
            own,
            liked,
            past: past.map(|(incident, _)| incident),
        };
        let claims = self.claims(question, tickets, &findings);
        let (standing, dropped) = evidence::check(claims, &self.sources(question, tickets));
        let verdict = evidence::verdict(&standing, grounded);
        let grounded = Grounded {
            verdict,
            ..grounded
        };
        let hypotheses: Vec<_> = standing.into_iter().map(|s| s.into_hypothesis()).collect();
        let best = hypotheses
            .first()
            .filter(|best| best.confidence >= ANSWER_FLOOR);
        let runbook = match best {
            Some(best) => best.runbook.clone(),
            None => self.on_topic(&hits),
        };
        Diagnosis {
            root_cause: best.map_or(RootCause::Unknown, |best| best.root_cause),
            reach: hypotheses
                .first()
                .map_or(Reach::Retrieval, |first| first.reach),
            verdict,
            confidence: hypotheses.first().map_or(0, |first| first.confidence),
            grounded,
            explanation: match (best, hypotheses.first()) {
                (Some(best), _) => best.explanation.clone(),
                (None, Some(first)) => format!(
                    "The tickets do not tell the cause. Nearest is {}, but too little speaks for it.",
                    first.root_cause.in_words()
                ),
                (None, None) => "The tickets tell what happens, but not why: no error signature \
                                 and no cue of a cause stands in them."
                    .to_owned(),
            },
            ask_merchant: self.ask_merchant(hypotheses.first(), runbook.as_ref()),
            runbook,
            assumptions: assumptions(question, tickets),
            hypotheses,
            dropped,
            suspicious: self.suspicious(tickets),
            disagreement: String::new(),
            contested: false,
            priority: priority(question),
            provider: OFFLINE.to_owned(),
            model_version: self.version.clone(),
            provider_note: "no model was asked: none is configured".to_owned(),
            tokens: 0,
            cost_micros: 0,
            prompt_version: String::new(),
            calibrated: None,
            calls: Vec::new(),
        }
    }

    /// For an unknown cause: the runbook whose topic is clearly that of the tickets, if it speaks
    /// for no class. Its safe sentence and its question are of use all the same.
    fn on_topic(&self, hits: &[Hit]) -> Option<RunbookId> {
        let alike = hits.first().filter(|hit| hit.score >= TOPIC_SCORE)?;
        let rival = hits.get(1).map_or(0.0, |hit| hit.score);
        let runbook = &self.runbooks[alike.document];
        let alone = rival <= TOPIC_RIVAL * alike.score;
        (alone && runbook.root_cause == RootCause::Unknown).then(|| runbook.id.clone())
    }

    /// The operator's own question where there is one: it can be sent as it stands.
    fn ask_merchant(&self, best: Option<&Hypothesis>, runbook: Option<&RunbookId>) -> String {
        let asked = best.map(|best| best.would_tell.as_str());
        let topic = runbook.and_then(|id| self.runbook(id));
        asked
            .filter(|ask| !ask.is_empty())
            .or_else(|| topic.map(|runbook| runbook.ask.as_str()))
            .unwrap_or(OPEN_QUESTION)
            .to_owned()
    }

    /// What looks like an attack among the tickets, one sentence each.
    fn suspicious(&self, tickets: &[Ticket]) -> Vec<String> {
        let told = |ticket: &Ticket| {
            self.suspect.look(ticket).map(|reason| {
                format!(
                    "Ticket {} {}; it was read as a merchant's text and nothing in it was followed.",
                    ticket.id,
                    reason.in_words()
                )
            })
        };
        tickets.iter().filter_map(told).collect()
    }

    /// The runbooks that the tickets read most like, best first, at most so many.
    pub(super) fn nearest(&self, question: &Question, most: usize) -> Vec<&Runbook> {
        let readings: Vec<Reading<'_>> = newest(&question.tickets)
            .iter()
            .map(|ticket| Reading::of(ticket, &self.phrases, &self.names))
            .collect();
        let hits = self.index.search(query(&readings), most);
        hits.iter()
            .map(|hit| &self.runbooks[hit.document])
            .collect()
    }
}

/// The tickets that a diagnosis reads.
pub(super) fn newest(tickets: &[Ticket]) -> &[Ticket] {
    &tickets[tickets.len().saturating_sub(TICKETS)..]
}

fn assumptions(question: &Question, tickets: &[Ticket]) -> Vec<String> {
    let all = usize::try_from(question.ticket_count).unwrap_or(usize::MAX);
    if all <= tickets.len() {
        return Vec::new();
    }
    vec![format!(
        "The {} newest of {all} tickets were read; the others are taken to be alike.",
        tickets.len()
    )]
}

#[async_trait::async_trait]
impl Diagnose for Offline {
    async fn diagnose(&self, question: &Question) -> Diagnosis {
        self.answer(question)
    }
}

/// What retrieval finds a runbook by. Title and keywords count more than the text.
fn searchable(runbook: &Runbook) -> String {
    let head = format!("{}\n{}", runbook.title, runbook.keywords.join(" "));
    format!(
        "{head}\n{head}\n{}\n{}",
        runbook.signatures.join(" "),
        runbook.body
    )
}

/// The first sentence of a runbook below its headings.
fn gist(body: &str) -> String {
    let text = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    body.lines()
        .find(text)
        .map_or_else(String::new, |line| sentence(line, 0..0).to_owned())
}

fn priority(question: &Question) -> Severity {
    if question.merchants >= MANY_MERCHANTS {
        question.severity.max(Severity::High)
    } else {
        question.severity
    }
}
