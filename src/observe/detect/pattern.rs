//! The patterns held in memory and the search for the one nearest to a ticket.

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
    /// Average of the members' terms; sorted by term.
    #[serde(with = "super::stored::terms")]
    pub(crate) terms: Vec<(u64, f32)>,
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
    coarse: Vec<f32>,
    meaning_lengths: Vec<f32>,
    term_lengths: Vec<f32>,
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
            self.coarse.resize((slot + 1) * COARSE, 0.0);
            self.meaning_lengths.push(0.0);
            self.term_lengths.push(0.0);
            self.scratch.push(0.0);
        }
        self.by_id.insert(pattern.id, slot);
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
        self.unindex(slot, &pattern);
        change(&mut pattern);
        self.index(slot, &pattern);
        self.slots[slot] = Some(pattern);
    }

    fn index(&mut self, slot: usize, pattern: &Pattern) {
        let number = slot as u32;
        for (term, weight) in &pattern.terms {
            let list = self.postings.entry(*term).or_default();
            let at = list.partition_point(|posting| posting.0 < number);
            list.insert(at, (number, *weight));
        }
        if let Some((key, ..)) = pattern.signatures.first() {
            let list = self.by_signature.entry(*key).or_default();
            let at = list.partition_point(|held| *held < number);
            list.insert(at, number);
        }
        self.measure(slot, pattern);
    }

    fn unindex(&mut self, slot: usize, pattern: &Pattern) {
        let number = slot as u32;
        for (term, _) in &pattern.terms {
            if let Some(list) = self.postings.get_mut(term) {
                if let Ok(at) = list.binary_search_by_key(&number, |posting| posting.0) {
                    list.remove(at);
                }
                if list.is_empty() {
                    self.postings.remove(term);
                }
            }
        }
        if let Some((key, ..)) = pattern.signatures.first()
            && let Some(list) = self.by_signature.get_mut(key)
        {
            list.retain(|held| *held != number);
            if list.is_empty() {
                self.by_signature.remove(key);
            }
        }
        self.coarse[slot * COARSE..(slot + 1) * COARSE].fill(0.0);
        self.meaning_lengths[slot] = 0.0;
        self.term_lengths[slot] = 0.0;
    }

    fn measure(&mut self, slot: usize, pattern: &Pattern) {
        let length = dot(&pattern.centre, &pattern.centre).sqrt();
        self.meaning_lengths[slot] = length;
        self.coarse[slot * COARSE..(slot + 1) * COARSE].copy_from_slice(&pattern.centre[..COARSE]);
        self.term_lengths[slot] = pattern.terms.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
    }

    /// The patterns most like these features, the most alike first; all of them within the
    /// nearest [`CANDIDATES`].
    pub(crate) fn nearest(
        &mut self,
        terms: &[(u64, f32)],
        meaning: Option<&[f32]>,
        signature: Option<u64>,
        own_lengths: (f32, f32),
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
            let words = scaled(
                self.scratch[slot],
                self.term_lengths[slot] * own_lengths.1,
                options.lexical_gamma,
            );
            let near = match meaning {
                Some(meaning) if self.meaning_lengths[slot] > 0.0 => {
                    let coarse = dot(
                        &meaning[..COARSE],
                        &self.coarse[slot * COARSE..(slot + 1) * COARSE],
                    );
                    share
                        * scaled(
                            coarse,
                            self.meaning_lengths[slot] * own_lengths.0,
                            options.dense_gamma,
                        )
                        + (1.0 - share) * words
                }
                _ => words,
            };
            self.ranking.push((near, slot as u32));
        }
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
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
                self.likeness(*slot as usize, meaning, signature, own_lengths, options)
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
        own_lengths: (f32, f32),
        options: &DetectOptions,
    ) -> Option<Likeness> {
        let pattern = self.get(slot)?;
        let words = scaled(
            self.scratch[slot],
            self.term_lengths[slot] * own_lengths.1,
            options.lexical_gamma,
        );
        let meaning = meaning
            .filter(|_| self.meaning_lengths[slot] > 0.0)
            .map(|meaning| {
                let length = self.meaning_lengths[slot] * own_lengths.0;
                scaled(dot(meaning, &pattern.centre), length, options.dense_gamma)
            });
        let share = options.dense_share;
        let mut total = meaning.map_or(words, |meaning| share * meaning + (1.0 - share) * words);
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

/// A product of averages, divided by their length to the power of `gamma`: 0 gives the average
/// similarity of the members, 1 the similarity of the centres.
fn scaled(product: f32, length: f32, gamma: f32) -> f32 {
    if length > 1.0e-6 {
        product / length.powf(gamma)
    } else {
        0.0
    }
}

impl Pattern {
    /// Takes a ticket's features in.
    pub(crate) fn absorb(
        &mut self,
        features: &Features,
        meaning: Option<&[f32]>,
        options: &DetectOptions,
    ) {
        self.tickets += 1;
        let memory = u64::from(options.centre_memory.max(1));
        let new = 1.0 / self.tickets.min(memory) as f32;
        self.blend(meaning, &features.terms, new);
        if let Some(signature) = &features.signature {
            self.count_signature(signature.key(), 1, &signature.to_string());
        }
    }

    /// Takes a ticket's features out again, as if it had not been absorbed.
    pub(crate) fn release(&mut self, features: &Features, meaning: Option<&[f32]>) {
        if self.tickets <= 1 {
            return;
        }
        let share = 1.0 / self.tickets as f32;
        self.tickets -= 1;
        self.blend(meaning, &features.terms, -share / (1.0 - share));
        self.terms.retain(|(_, weight)| *weight > 1.0e-4);
        if let Some(signature) = features.signature.as_ref().map(ErrorSignature::key)
            && let Some(held) = self.signatures.iter_mut().find(|held| held.0 == signature)
        {
            held.1 = held.1.saturating_sub(1);
            self.signatures.retain(|held| held.1 > 0);
        }
    }

    /// Moves the centre by the share `new` towards these values.
    pub(crate) fn blend(&mut self, meaning: Option<&[f32]>, terms: &[(u64, f32)], new: f32) {
        if let Some(meaning) = meaning {
            for (held, value) in self.centre.iter_mut().zip(meaning) {
                *held += (value - *held) * new;
            }
        }
        let mut blended = Vec::with_capacity(self.terms.len() + terms.len());
        let (mut left, mut right) = (self.terms.iter().peekable(), terms.iter().peekable());
        loop {
            let pick = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) => a.0.cmp(&b.0),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            let kept = if pick.is_le() { left.next() } else { None };
            let added = if pick.is_ge() { right.next() } else { None };
            let term = kept.or(added).map_or(0, |(term, _)| *term);
            let weight = kept.map_or(0.0, |k| k.1 * (1.0 - new)) + added.map_or(0.0, |a| a.1 * new);
            blended.push((term, weight));
        }
        if blended.len() > MAX_TERMS {
            blended.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            blended.truncate(MAX_TERMS);
            blended.sort_unstable_by_key(|term| term.0);
        }
        self.terms = blended;
    }

    pub(crate) fn count_signature(&mut self, key: u64, times: u32, text: &str) {
        match self.signatures.iter_mut().find(|held| held.0 == key) {
            Some(held) => held.1 = held.1.saturating_add(times),
            None => self.signatures.push((key, times, text.to_owned())),
        }
        self.signatures
            .sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        self.signatures.truncate(MAX_SIGNATURES);
    }
}

/// Different signatures kept of a pattern.
const MAX_SIGNATURES: usize = 4;

/// The length of a pattern's centre must be its table's width.
pub(crate) fn centre_fits(pattern: &Pattern) -> bool {
    pattern.centre.len() == DIM
}
