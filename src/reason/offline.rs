//! The diagnoser that needs no network: error signatures of runbooks, rules, and retrieval over
//! runbooks and past incidents. Always run; the only part of a diagnosis that may support an
//! automatic action.

use super::evidence::{self, ANSWER_FLOOR, Claim, Sources};
use super::phrases::{PhraseBook, PhraseId, Phrases};
use super::reading::{Place, Reading};
use super::retrieve::{Hit, Index};
use super::rules::{self, Rule};
use super::runbook::Library;
use super::suspicion::Suspect;
use super::text::sentence;
use super::weigh::Strengths;
use super::{Broken, Diagnose, Question};
use crate::domain::{
    Diagnosis, Digest, EvidenceSource, Grounded, Reach, RootCause, Runbook, RunbookId, Severity,
    Ticket,
};
use std::collections::{BTreeMap, BTreeSet};

/// A diagnosis reads the newest tickets only.
const TICKETS: usize = 20;
/// Hypotheses on a card.
const HYPOTHESES: usize = 3;
/// Weaker hypotheses are noise.
const HYPOTHESIS_FLOOR: u8 = 10;
/// Quotes of tickets for one hypothesis.
const QUOTES: usize = 4;
/// An unmistakable error name in the program's own output.
const SIGNATURE_IN_LOG: u8 = 88;
/// The same words in what a person wrote: perhaps retold, perhaps guessed.
const SIGNATURE_IN_TEXT: u8 = 78;
/// From this BM25 score on, a runbook's topic is clearly that of the tickets.
const CLEAR_SCORE: f32 = 9.0;
/// The most that likeness alone is worth.
const RETRIEVAL_CEILING: u8 = 30;
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
    index: Index,
    suspect: Suspect,
    version: String,
    broken: Vec<Broken>,
}

/// One thing in one ticket that speaks for a class.
#[derive(Debug)]
struct Lead<'a> {
    class: RootCause,
    confidence: u8,
    reach: Reach,
    runbook: Option<usize>,
    reason: &'a str,
    ask: &'a str,
    ticket: usize,
    quotes: Vec<&'a str>,
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
        let version = Digest::of(format!("{digest}\n{rules_text}")).prefix();
        Ok(Self {
            gists: runbooks.iter().map(|r| gist(&r.body)).collect(),
            signatures,
            rules: parsed.rules,
            phrases: book.finish().map_err(too_many)?,
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
        let skipped = question.tickets.len().saturating_sub(TICKETS);
        let tickets = &question.tickets[skipped..];
        let readings: Vec<Reading<'_>> = tickets
            .iter()
            .map(|t| Reading::of(t, &self.phrases))
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
        leads.sort_by(|a, b| (b.reach, b.confidence).cmp(&(a.reach, a.confidence)));
        let claims = self.claims(question, tickets, &leads, &own, &liked, past.map(|p| p.0));
        let (standing, dropped) = evidence::check(claims, &self.sources(question, tickets));
        let verdict = evidence::verdict(&standing);
        let hypotheses: Vec<_> = standing.into_iter().map(|s| s.into_hypothesis()).collect();
        let best = hypotheses
            .first()
            .filter(|best| best.confidence >= ANSWER_FLOOR);
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
            runbook: self.applicable(best.map(|b| (b.root_cause, b.runbook.clone())), &hits),
            assumptions: self.assumptions(question, tickets),
            hypotheses,
            dropped,
            priority: priority(question),
            provider: "offline".to_owned(),
            model_version: self.version.clone(),
            provider_note: "no model was asked: none is configured".to_owned(),
            tokens: 0,
            cost_micros: 0,
        }
    }

    fn signature_leads<'a>(
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

    fn rule_leads<'a>(&'a self, ticket: usize, reading: &Reading<'a>, leads: &mut Vec<Lead<'a>>) {
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

    fn position(&self, id: &RunbookId) -> Option<usize> {
        self.runbooks.binary_search_by(|r| r.id.cmp(id)).ok()
    }

    /// The runbook that the tickets clearly read like, and what that is worth.
    fn alike(&self, hits: &[Hit]) -> Option<(usize, u8)> {
        let best = hits.first()?;
        let next = hits.get(1).map_or(0.0, |hit| hit.score);
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

    fn alike_lead<'a>(
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
    fn past_hit(&self, question: &Question, readings: &[Reading<'_>]) -> Option<(usize, u8)> {
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

    fn claims(
        &self,
        question: &Question,
        tickets: &[Ticket],
        leads: &[Lead<'_>],
        own: &Strengths,
        liked: &[(RootCause, u8)],
        past: Option<usize>,
    ) -> Vec<Claim> {
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
        ranked.sort_by(|a, b| b.1.cmp(&a.1));
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
                let runbook = own.iter().find_map(|lead| lead.runbook);
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

    fn sources<'a>(&'a self, question: &'a Question, tickets: &'a [Ticket]) -> Sources<'a> {
        let mut sources = Sources::default();
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

    /// The runbook whose texts apply: the answer's own; else one that is clearly alike and does
    /// not speak for another class.
    fn applicable(
        &self,
        best: Option<(RootCause, Option<RunbookId>)>,
        hits: &[Hit],
    ) -> Option<RunbookId> {
        let class = match best {
            Some((_, Some(own))) => return Some(own),
            Some((class, None)) => class,
            None => RootCause::Unknown,
        };
        let alike = hits.first().filter(|hit| hit.score >= CLEAR_SCORE)?;
        let runbook = &self.runbooks[alike.document];
        (runbook.root_cause == class).then(|| runbook.id.clone())
    }

    fn assumptions(&self, question: &Question, tickets: &[Ticket]) -> Vec<String> {
        let mut out = Vec::new();
        let all = usize::try_from(question.ticket_count).unwrap_or(usize::MAX);
        if all > tickets.len() {
            out.push(format!(
                "The {} newest of {all} tickets were read; the others are taken to be alike.",
                tickets.len()
            ));
        }
        for ticket in tickets {
            if let Some(reason) = self.suspect.look(ticket) {
                out.push(format!(
                    "Ticket {} {}; it was read as a merchant's text and nothing in it was followed.",
                    ticket.id,
                    reason.in_words()
                ));
            }
        }
        out
    }
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

/// The words of all tickets; a word counts by the share of tickets that have it.
fn query<'r>(readings: &'r [Reading<'_>]) -> Vec<(&'r str, f32)> {
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

/// Strengths over all tickets. A merchant counts once however many tickets it wrote.
fn weigh(tickets: &[Ticket], leads: &[Lead<'_>]) -> Strengths {
    let key = |ticket: &Ticket| ticket.merchant.as_ref().map(|m| m.counting_key());
    let mut written: BTreeMap<Option<String>, u32> = BTreeMap::new();
    for ticket in tickets {
        *written.entry(key(ticket)).or_default() += 1;
    }
    let strengths: Vec<(Strengths, u32)> = tickets
        .iter()
        .enumerate()
        .map(|(index, ticket)| {
            let own = leads.iter().filter(|lead| lead.ticket == index);
            let weight = 10_000 / written.get(&key(ticket)).copied().unwrap_or(1).max(1);
            (
                Strengths::of(own.map(|lead| (lead.class, lead.confidence))),
                weight,
            )
        })
        .collect();
    Strengths::mean(&strengths)
}

fn past_lead<'a>(
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

/// Quotes for a claim, strongest leads first, from as many tickets as fit.
fn ticket_quotes(tickets: &[Ticket], leads: &[&Lead<'_>]) -> Vec<(EvidenceSource, String)> {
    let mut out: Vec<(EvidenceSource, String)> = Vec::new();
    let mut texts = BTreeSet::new();
    for lead in leads {
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

fn priority(question: &Question) -> Severity {
    if question.merchants >= MANY_MERCHANTS {
        question.severity.max(Severity::High)
    } else {
        question.severity
    }
}
