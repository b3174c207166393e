//! What those who reported are told: where they reported at once which incident is theirs, and once
//! more when it is verified healed, in the language of the ticket. The sentences are the operator's
//! (`data/closure/`), so that what a card shows beforehand is what is sent.

use super::{AffectedMerchant, Incident, Language, MerchantId, SubjectId, TicketId};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Stands for a rule on the plan that tells reporters; no rule of the config can be called so.
pub const RULE: &str = "(healed)";

/// The longest sentence, in characters: several stand in one message of a chat.
pub const LONGEST: usize = 500;

/// Everything that is said in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    /// The language's name, in English.
    pub name: String,
    /// To whoever posted the ticket.
    pub reporter: ToReporter,
    /// To merchants.
    pub merchant: ToMerchant,
}

/// To whoever posted the ticket; `{ticket}` and `{subject}` are put in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToReporter {
    /// Which incident it belongs to.
    pub belongs: String,
    /// The same, where it was answered alone before and there is nothing new to tell the merchant.
    pub belongs_now: String,
    /// Which case answers it.
    pub answered: String,
    /// Stands before a sentence that is safe to pass on.
    pub tell: String,
    /// They will hear of it again.
    pub hear_again: String,
    /// It is verified healed.
    pub healed: String,
    /// Its merchant was reached by a fix.
    pub treated: String,
    /// Its merchant was not.
    pub untreated: String,
    /// It names no merchant.
    pub unnamed: String,
}

/// To merchants; `{subject}` is put in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToMerchant {
    /// Safe whatever the cause is, where the runbook's own sentence is in another language.
    pub safe: String,
    /// Of a message after healed, its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

impl Sentences {
    /// What is wrong with them, by key; empty where nothing is.
    pub fn problems(&self) -> Vec<String> {
        let (reporter, merchant) = (&self.reporter, &self.merchant);
        let both: &[&str] = &["{ticket}", "{subject}"];
        let one: &[&str] = &["{subject}"];
        [
            ("name", &self.name, &[] as &[&str]),
            ("reporter.belongs", &reporter.belongs, both),
            ("reporter.belongs_now", &reporter.belongs_now, both),
            ("reporter.answered", &reporter.answered, both),
            ("reporter.tell", &reporter.tell, both),
            ("reporter.hear_again", &reporter.hear_again, both),
            ("reporter.healed", &reporter.healed, both),
            ("reporter.treated", &reporter.treated, both),
            ("reporter.untreated", &reporter.untreated, both),
            ("reporter.unnamed", &reporter.unnamed, both),
            ("merchant.safe", &merchant.safe, one),
            ("merchant.subject", &merchant.subject, one),
            ("merchant.text", &merchant.text, one),
        ]
        .into_iter()
        .filter_map(|(key, text, names)| Some(format!("{key} {}", problem(text, names)?)))
        .collect()
    }

    /// A sentence to a reporter with what it is about put in.
    pub fn about(text: &str, subject: SubjectId, ticket: TicketId) -> String {
        text.replace("{subject}", &subject.to_string())
            .replace("{ticket}", &ticket.to_string())
    }

    /// The sentence for the reporter of a ticket after healed, by what became of its merchant.
    pub fn state(&self, reporter: Reporter) -> &str {
        match reporter {
            Reporter::Treated => &self.reporter.treated,
            Reporter::Untreated => &self.reporter.untreated,
            Reporter::Unnamed => &self.reporter.unnamed,
        }
    }

    /// The whole message after healed: `**INC-4** is verified healed, and T-12 with it. …`, in
    /// Markdown.
    pub fn healed(&self, subject: SubjectId, ticket: TicketId, reporter: Reporter) -> String {
        let text = format!("{} {}", self.reporter.healed, self.state(reporter));
        Self::about(&text, subject, ticket)
    }

    /// Subject and text of the message to a merchant after healed.
    pub fn message(&self, subject: SubjectId) -> [String; 2] {
        [&self.merchant.subject, &self.merchant.text]
            .map(|text| text.replace("{subject}", &subject.to_string()))
    }
}

/// Why this text cannot be used, if it cannot.
fn problem(text: &str, names: &[&str]) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty".to_owned());
    }
    if text.chars().count() > LONGEST {
        return Some(format!("is longer than {LONGEST} characters"));
    }
    let known = names
        .iter()
        .fold(text.to_owned(), |left, name| left.replace(name, ""));
    known.contains(['{', '}']).then(|| match names {
        [] => "has a { or }, and nothing is put in here".to_owned(),
        names => format!("has a {{ or }} that is not {}", names.join(" or ")),
    })
}

/// The sentences of every language there is a file for. English is always there, and is what is said
/// where the ticket's language is not certain or has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    english: Sentences,
    others: BTreeMap<Language, Sentences>,
}

impl Closing {
    /// English, and other languages by their code.
    pub fn new(english: Sentences, others: BTreeMap<Language, Sentences>) -> Self {
        Self { english, others }
    }

    /// What is said to those who write this language.
    pub fn to(&self, language: &Language) -> &Sentences {
        self.others.get(language).unwrap_or(&self.english)
    }

    /// Every language that is spoken, by its name: `English, French, German`.
    pub fn languages(&self) -> String {
        let others = self.others.values().map(|one| one.name.as_str());
        let mut names: Vec<&str> = others.chain([self.english.name.as_str()]).collect();
        names.sort_unstable();
        names.join(", ")
    }

    /// Whether it is English that they are answered in.
    pub fn falls_back(&self, language: &Language) -> bool {
        !self.others.contains_key(language)
    }
}

/// What became of the merchant of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporter {
    /// A fix reached them.
    Treated,
    /// None did.
    Untreated,
    /// The ticket names no merchant.
    Unnamed,
}

impl Reporter {
    /// What became of this merchant in the incident.
    pub fn of(incident: &Incident, merchant: Option<&MerchantId>) -> Self {
        match merchant.map(|id| incident.merchants.get(id)) {
            None => Self::Unnamed,
            Some(Some(AffectedMerchant {
                treated_at: Some(_),
                ..
            })) => Self::Treated,
            Some(_) => Self::Untreated,
        }
    }
}
