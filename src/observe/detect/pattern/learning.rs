//! What a pattern learns from a ticket, and forgets when one is taken away.

use super::super::vicinity::Held;
use super::*;

impl Pattern {
    /// A pattern that has taken no ticket yet.
    pub(crate) fn new(id: PatternId, label: String, now: Timestamp) -> Self {
        Self {
            id,
            label,
            tickets: 0,
            last: now,
            centre: vec![0.0; DIM],
            terms: Vec::new(),
            unit: 1.0,
            signatures: Vec::new(),
            compare_at: 2,
            activity: Activity::default(),
        }
    }

    /// Takes a ticket's features in.
    pub(crate) fn absorb(
        &mut self,
        features: &Features,
        meaning: Option<&[f32]>,
        options: &DetectOptions,
    ) {
        self.take(&features.terms, meaning, options);
        if let Some(signature) = &features.signature {
            self.count_signature(signature.key(), 1, &signature.to_string());
        }
    }

    /// Takes a ticket's terms and meaning in.
    pub(crate) fn take(
        &mut self,
        terms: &[(u64, f32)],
        meaning: Option<&[f32]>,
        options: &DetectOptions,
    ) {
        self.tickets += 1;
        let memory = u64::from(options.centre_memory.max(1));
        let new = 1.0 / self.tickets.min(memory) as f32;
        self.blend(meaning, terms, new);
    }

    /// Takes earlier tickets in; `texts` has the signatures that may be among theirs.
    pub(crate) fn take_all(
        &mut self,
        tickets: &[Held],
        texts: &[(u64, u32, String)],
        options: &DetectOptions,
    ) {
        for held in tickets {
            self.take(&held.terms, held.meaning().as_deref(), options);
            let key = held.signature;
            if let Some((key, _, text)) = texts.iter().find(|known| Some(known.0) == key) {
                self.count_signature(*key, 1, text);
            }
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
        let unit = self.unit;
        self.terms.retain(|(_, weight)| *weight * unit > 1.0e-4);
        if let Some(signature) = features.signature.as_ref().map(ErrorSignature::key)
            && let Some(held) = self.signatures.iter_mut().find(|held| held.0 == signature)
        {
            held.1 = held.1.saturating_sub(1);
            self.signatures.retain(|held| held.1 > 0);
        }
    }

    /// The average of the members' terms, sorted by term.
    pub(crate) fn weighed(&self) -> Vec<(u64, f32)> {
        let terms = self.terms.iter();
        terms
            .map(|(term, held)| (*term, held * self.unit))
            .collect()
    }

    /// Moves the centre by the share `new` towards these values.
    pub(crate) fn blend(&mut self, meaning: Option<&[f32]>, terms: &[(u64, f32)], new: f32) {
        if let Some(meaning) = meaning {
            for (held, value) in self.centre.iter_mut().zip(meaning) {
                *held += (value - *held) * new;
            }
        }
        let shrunk = self.unit * (1.0 - new);
        if shrunk < LEAST_UNIT {
            self.terms.iter_mut().for_each(|(_, held)| *held *= shrunk);
            self.unit = 1.0;
        } else {
            self.unit = shrunk;
        }
        let share = new / self.unit;
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
            let held = kept.map_or(0.0, |held| held.1);
            blended.push((term, added.map_or(held, |added| held + added.1 * share)));
        }
        keep_heaviest(&mut blended, MAX_TERMS);
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

/// Below this a pattern's weights are brought back to units of 1.
const LEAST_UNIT: f32 = 1.0e-3;

/// Keeps the `most` heaviest terms, in their order.
pub(crate) fn keep_heaviest(terms: &mut Vec<(u64, f32)>, most: usize) {
    if terms.len() <= most {
        return;
    }
    let order = |a: &(u64, f32), b: &(u64, f32)| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    let mut ranked = terms.clone();
    let (_, first_gone, _) = ranked.select_nth_unstable_by(most, order);
    let first_gone = *first_gone;
    terms.retain(|term| order(term, &first_gone).is_lt());
}
