//! The patterns held in memory and the search for the one nearest to a ticket.

mod learning;

use super::dense::{DIM, dot};
use super::lexical::{ByHash, Features};
use super::options::DetectOptions;
use super::surge::Activity;
use crate::domain::PatternId;
use crate::observe::signature::ErrorSignature;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One group of tickets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pattern {
    pub(crate) id: PatternId,
    /// A short name, from the first ticket.
    pub(crate) label: String,
    /// Tickets ever taken.
    pub(crate) tickets: u64,
    /// The newest ticket's time.
    pub(crate) last: Timestamp,
    /// Average of the members' meaning vectors (each of length 1), newer ones counting more.
    #[serde(with = "super::stored::floats")]
    pub(crate) centre: Vec<f32>,
    /// Average of the members' terms, in units of `unit`; sorted by term.
    #[serde(with = "super::stored::terms")]
    terms: Vec<(u64, f32)>,
    /// What a weight of 1 in `terms` is worth. The average shrinks with each new member; with this
    /// one number shrunk instead of all weights, only the new member's terms change in the index.
    #[serde(with = "super::stored::exact_small")]
    unit: f32,
    /// Error signatures with how often each came, the commonest first.
    pub(crate) signatures: Vec<(u64, u32, String)>,
    /// At which number of tickets it is next compared with the other patterns.
    pub(crate) compare_at: u64,
    /// Who reported it lately, and what is usual.
    pub(crate) activity: Activity,
}

/// How alike a ticket (or a pattern) and a pattern are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Likeness {
    pub(crate) slot: usize,
    /// Everything together.
    pub(crate) total: f32,
    /// Meaning alone; none where one side has no known word.
    pub(crate) meaning: Option<f32>,
    /// Words alone.
    pub(crate) words: f32,
    /// Whether the error signatures are equal.
    pub(crate) same_signature: bool,
}

/// Leading numbers of the meaning vectors that pick the candidates. They are its principal
/// components, so they carry most of it.
const COARSE: usize = 64;

/// Candidates that are compared in full.
const CANDIDATES: usize = 24;

/// Terms kept of a pattern, the heaviest.
const MAX_TERMS: usize = 96;

/// All patterns in memory, with an index from terms to patterns.
#[derive(Default)]
pub(crate) struct Patterns {
    slots: Vec<Option<Pattern>>,
    free: Vec<usize>,
    by_id: std::collections::BTreeMap<PatternId, usize>,
    postings: ByHash<Vec<(u32, f32)>>,
    by_signature: ByHash<Vec<u32>>,
    ids: Vec<u64>,
    coarse: Vec<f32>,
    meaning_scales: Vec<f32>,
    term_scales: Vec<f32>,
    scratch: Vec<f32>,
    ranking: Vec<(f32, u32)>,
}

impl Patterns {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, slot: usize) -> Option<&Pattern> {
        self.slots.get(slot).and_then(Option::as_ref)
    }

    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut Pattern> {
        self.slots.get_mut(slot).and_then(Option::as_mut)
    }

    pub(crate) fn slot_of(&self, id: PatternId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// All patterns, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.by_id.values().filter_map(|slot| self.get(*slot))
    }

    /// Takes a pattern in and answers its slot.
    pub(crate) fn insert(&mut self, pattern: Pattern) -> usize {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
            self.ids.push(0);
            self.coarse.resize((slot + 1) * COARSE, 0.0);
            self.meaning_scales.push(0.0);
            self.term_scales.push(0.0);
            self.scratch.push(0.0);
        }
        self.by_id.insert(pattern.id, slot);
        self.ids[slot] = pattern.id.number();
        self.index(slot, &pattern);
        self.slots[slot] = Some(pattern);
        slot
    }

    /// Takes a pattern out.
    pub(crate) fn remove(&mut self, slot: usize) -> Option<Pattern> {
        let pattern = self.slots.get_mut(slot)?.take()?;
        self.by_id.remove(&pattern.id);
        self.unindex(slot, &pattern);
        self.free.push(slot);
        Some(pattern)
    }

    /// Replaces a pattern's values by what `change` makes of them.
    pub(crate) fn change(&mut self, slot: usize, change: impl FnOnce(&mut Pattern)) {
        let Some(mut pattern) = self.slots.get_mut(slot).and_then(Option::take) else {
            return;
        };
        let (terms, signature) = (
            pattern.terms.clone(),
            pattern.signatures.first().map(|held| held.0),
        );
        change(&mut pattern);
        if signature != pattern.signatures.first().map(|held| held.0) {
            self.forget_signature(slot, signature);
            self.note_signature(slot, &pattern);
        }
        self.reindex(slot as u32, &terms, &pattern.terms);
        self.measure(slot, &pattern);
        self.slots[slot] = Some(pattern);
    }

    /// Brings the index from a pattern's old terms to its new ones. Both are sorted and mostly
    /// the same, so few postings change.
    fn reindex(&mut self, number: u32, old: &[(u64, f32)], new: &[(u64, f32)]) {
        let mut kept = old.iter().peekable();
        for (term, weight) in new {
            while let Some((gone, _)) = kept.next_if(|held| held.0 < *term) {
                self.forget_term(number, *gone);
            }
            let before = kept.next_if(|held| held.0 == *term);
            if before.is_some_and(|held| held.1.to_bits() == weight.to_bits()) {
                continue;
            }
            let list = self.postings.entry(*term).or_default();
            match list.binary_search_by_key(&number, |posting| posting.0) {
                Ok(at) => list[at].1 = *weight,
                Err(at) => list.insert(at, (number, *weight)),
            }
        }
        for (gone, _) in kept {
            self.forget_term(number, *gone);
        }
    }

    fn forget_term(&mut self, number: u32, term: u64) {
        let Some(list) = self.postings.get_mut(&term) else {
            return;
        };
        if let Ok(at) = list.binary_search_by_key(&number, |posting| posting.0) {
            list.remove(at);
        }
        if list.is_empty() {
            self.postings.remove(&term);
        }
    }

    fn note_signature(&mut self, slot: usize, pattern: &Pattern) {
        if let Some((key, ..)) = pattern.signatures.first() {
            let list = self.by_signature.entry(*key).or_default();
            let at = list.partition_point(|held| *held < slot as u32);
            list.insert(at, slot as u32);
        }
    }

    fn forget_signature(&mut self, slot: usize, key: Option<u64>) {
        if let Some(key) = key
            && let Some(list) = self.by_signature.get_mut(&key)
        {
            list.retain(|held| *held != slot as u32);
            if list.is_empty() {
                self.by_signature.remove(&key);
            }
        }
    }

    fn index(&mut self, slot: usize, pattern: &Pattern) {
        self.reindex(slot as u32, &[], &pattern.terms);
        self.note_signature(slot, pattern);
        self.measure(slot, pattern);
    }

    fn unindex(&mut self, slot: usize, pattern: &Pattern) {
        self.reindex(slot as u32, &pattern.terms, &[]);
        self.forget_signature(slot, pattern.signatures.first().map(|held| held.0));
        self.coarse[slot * COARSE..(slot + 1) * COARSE].fill(0.0);
        self.meaning_scales[slot] = 0.0;
        self.term_scales[slot] = 0.0;
    }

    fn measure(&mut self, slot: usize, pattern: &Pattern) {
        let length = dot(&pattern.centre, &pattern.centre).sqrt();
        self.meaning_scales[slot] = scale(length);
        self.coarse[slot * COARSE..(slot + 1) * COARSE].copy_from_slice(&pattern.centre[..COARSE]);
        self.term_scales[slot] = scale(pattern.unit * terms_length(&pattern.terms)) * pattern.unit;
    }

    /// The patterns most like these features, the most alike first; all of them within the
    /// nearest [`CANDIDATES`].
    pub(crate) fn nearest(
        &mut self,
        terms: &[(u64, f32)],
        meaning: Option<&[f32]>,
        signature: Option<u64>,
        own_scales: (f32, f32),
        options: &DetectOptions,
    ) -> Vec<Likeness> {
        self.scratch.fill(0.0);
        for (term, weight) in terms {
            for (slot, held) in self
                .postings
                .get(term)
                .map(Vec::as_slice)
                .unwrap_or_default()
            {
                self.scratch[*slot as usize] += weight * held;
            }
        }
        let share = options.dense_share;
        self.ranking.clear();
        for slot in 0..self.slots.len() {
            if self.slots[slot].is_none() {
                continue;
            }
            let words = self.scratch[slot] * self.term_scales[slot] * own_scales.1;
            let near = match meaning {
                Some(meaning) if self.meaning_scales[slot] > 0.0 => {
                    let coarse = dot(
                        &meaning[..COARSE],
                        &self.coarse[slot * COARSE..(slot + 1) * COARSE],
                    );
                    share * coarse * self.meaning_scales[slot] * own_scales.0
                        + (1.0 - share) * words.max(0.0).sqrt()
                }
                _ => words,
            };
            self.ranking.push((near, slot as u32));
        }
        let ids = &self.ids;
        let order = |a: &(f32, u32), b: &(f32, u32)| {
            b.0.total_cmp(&a.0)
                .then_with(|| ids[a.1 as usize].cmp(&ids[b.1 as usize]))
        };
        if self.ranking.len() > CANDIDATES {
            self.ranking.select_nth_unstable_by(CANDIDATES, order);
            self.ranking.truncate(CANDIDATES);
        }
        if let Some(list) = signature.and_then(|key| self.by_signature.get(&key)) {
            for slot in list.iter().take(CANDIDATES) {
                if !self.ranking.iter().any(|(_, held)| held == slot) {
                    self.ranking.push((0.0, *slot));
                }
            }
        }
        let mut found: Vec<Likeness> = self
            .ranking
            .iter()
            .filter_map(|(_, slot)| {
                self.likeness(*slot as usize, meaning, signature, own_scales, options)
            })
            .collect();
        found.sort_by(|a, b| {
            b.total
                .total_cmp(&a.total)
                .then_with(|| self.older(a.slot, b.slot))
        });
        found
    }

    fn older(&self, one: usize, other: usize) -> std::cmp::Ordering {
        let id = |slot| self.get(slot).map(|pattern: &Pattern| pattern.id);
        id(one).cmp(&id(other))
    }

    fn likeness(
        &self,
        slot: usize,
        meaning: Option<&[f32]>,
        signature: Option<u64>,
        own_scales: (f32, f32),
        options: &DetectOptions,
    ) -> Option<Likeness> {
        let pattern = self.get(slot)?;
        let words = self.scratch[slot] * self.term_scales[slot] * own_scales.1;
        let meaning = meaning
            .filter(|_| self.meaning_scales[slot] > 0.0)
            .map(|meaning| {
                dot(meaning, &pattern.centre) * self.meaning_scales[slot] * own_scales.0
            });
        let share = options.dense_share;
        let mut total = meaning.map_or(words, |meaning| {
            share * meaning + (1.0 - share) * words.max(0.0).sqrt()
        });
        let held = pattern.signatures.first().map(|(key, ..)| *key);
        let same_signature = signature.is_some() && signature == held;
        if same_signature {
            total += options.same_signature;
        } else if signature.is_some() && held.is_some() {
            total -= options.other_signature;
        }
        Some(Likeness {
            slot,
            total,
            meaning,
            words,
            same_signature,
        })
    }
}

/// What to multiply the product of two averages with: one over the square root of the length.
/// Without it the product is the average similarity of the members, which favours small
/// patterns; divided by the whole length it is that of the centres, which favours large ones.
/// The middle was best on every development stream.
pub(crate) fn scale(length: f32) -> f32 {
    if length > 1.0e-6 {
        length.sqrt().recip()
    } else {
        0.0
    }
}

/// The length of a list of weighted terms.
pub(crate) fn terms_length(terms: &[(u64, f32)]) -> f32 {
    terms
        .iter()
        .map(|(_, weight)| weight * weight)
        .sum::<f32>()
        .sqrt()
}

/// Different signatures kept of a pattern.
const MAX_SIGNATURES: usize = 4;

/// The length of a pattern's centre must be its table's width.
pub(crate) fn centre_fits(pattern: &Pattern) -> bool {
    pattern.centre.len() == DIM
}
