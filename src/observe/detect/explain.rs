//! What a person may want to know of a pattern, or of where a ticket belongs.

use super::online::OnlineDetector;
use super::pattern::Likeness;
use crate::domain::{PatternId, Ticket};
use crate::observe::signature::ErrorSignature;

/// A pattern that something is like, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The pattern that its id stands for now.
    pub pattern: PatternId,
    /// Its short name.
    pub label: String,
    /// How alike, all in all; from `join` on a ticket belongs to it.
    pub likeness: f32,
    /// In words: `meaning 0.62; words 0.20`.
    pub reason: String,
    /// Whether a person said that it is not the same.
    pub kept_apart: bool,
}

/// How many others are named.
const NAMED: usize = 5;

impl OnlineDetector {
    /// The patterns that this ticket is most like now, the likest first.
    pub fn near_ticket(&mut self, ticket: &Ticket) -> Vec<Near> {
        let features = self.state.lexicon.read(ticket, &self.table, &self.options);
        let meaning = features
            .meaning
            .as_deref()
            .and_then(|meaning| self.centred(meaning));
        let signature = features.signature.as_ref().map(ErrorSignature::key);
        let found = self.patterns.nearest(
            &features.terms,
            meaning.as_deref(),
            signature,
            (1.0, 1.0),
            &self.options,
        );
        self.named(found, None)
    }

    /// The patterns that this one is most like now, the likest first.
    pub fn near_pattern(&mut self, id: PatternId) -> Vec<Near> {
        let id = self.state.constraints.resolve(id);
        let Some(slot) = self.patterns.slot_of(id) else {
            return Vec::new();
        };
        let found = self.alike(slot);
        self.named(found, Some(id))
    }

    fn named(&self, found: Vec<super::pattern::Likeness>, own: Option<PatternId>) -> Vec<Near> {
        let constraints = &self.state.constraints;
        found
            .into_iter()
            .filter_map(|like| {
                let pattern = self.patterns.get(like.slot)?;
                let id = constraints.resolve(pattern.id);
                (Some(id) != own).then(|| Near {
                    pattern: id,
                    label: pattern.label.clone(),
                    likeness: like.total,
                    reason: in_words(&like, None),
                    kept_apart: own.is_some_and(|own| constraints.are_apart(own, id)),
                })
            })
            .take(NAMED)
            .collect()
    }
}

/// A likeness in words: `same signature WebhookTimeout; meaning 0.83; words 0.20`.
pub(super) fn in_words(like: &Likeness, signature: Option<String>) -> String {
    let mut parts = Vec::new();
    if like.same_signature {
        parts.push(match signature {
            Some(signature) => format!("same signature {signature}"),
            None => "same signature".to_owned(),
        });
    }
    if let Some(meaning) = like.meaning {
        parts.push(format!("meaning {meaning:.2}"));
    }
    if like.words > 0.0 {
        parts.push(format!("words {:.2}", like.words));
    }
    parts.join("; ")
}
