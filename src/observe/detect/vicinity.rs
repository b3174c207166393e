//! The newest tickets with what they say, whatever patterns they were put into. A new problem
//! comes in fragments, each too small to alert; seen from one ticket they lie close together.

mod crowd;

use super::dense::{DIM, dot_small, shrink};
use super::lexical::Features;
use super::options::DetectOptions;
use super::surge::{LONGEST_SECONDS, Seen};
use crate::domain::{PatternId, TicketId};
use crate::observe::signature::ErrorSignature;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// The newest tickets, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vicinity {
    held: VecDeque<Held>,
}

/// A ticket as far as its neighbours are concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) seen: Seen,
    /// The pattern it was put into.
    pub(crate) pattern: PatternId,
    /// The alerted pattern whose surge it was part of, if any.
    alerted: Option<PatternId>,
    pub(crate) signature: Option<u64>,
    #[serde(with = "super::stored::terms")]
    pub(crate) terms: Vec<(u64, f32)>,
    /// The meaning in small numbers, and what one of them is worth.
    #[serde(with = "super::stored::bytes")]
    meaning: Vec<i16>,
    #[serde(with = "super::stored::exact_small")]
    scale: f32,
    /// How crowded the place was where it came: see [`crowd`].
    #[serde(with = "super::stored::exact_small")]
    crowd: f32,
}

/// What is compared with the tickets held.
pub(crate) struct Probe<'a> {
    terms: &'a [(u64, f32)],
    signature: Option<u64>,
    meaning: Vec<i16>,
    scale: f32,
    /// The length of the sum of meanings that this one is the direction of.
    length: f32,
    /// How crowded its place is: see [`crowd`].
    crowd: f32,
}

/// What lies alone is taken to be so much less crowded than is usual, at most: in those streams hardly
/// any text lies farther out.
const MAX_SOLITUDE: f32 = 0.25;

/// Where only words can be compared, texts have to be so much more alike: what short texts in another
/// language have in common may be a phrase.
const WORDS_ALONE_SAY_LESS: f32 = 0.05;

/// Tickets held at most. At 200 a day they reach back five days, which is enough to know what is
/// usual; comparing with all of them takes about 20 µs.
const MAX_HELD: usize = 1024;

impl Vicinity {
    /// Takes a ticket in; the oldest leaves.
    pub(crate) fn add(
        &mut self,
        seen: Seen,
        pattern: PatternId,
        features: &Features,
        meaning: Option<&[f32]>,
    ) {
        if self.held.len() >= MAX_HELD {
            self.held.pop_front();
        }
        let mut probe = Probe::new(features, meaning);
        probe.crowd = if self.covers(seen.at) {
            self.crowd(&probe, seen.at)
        } else {
            self.newest_crowd()
        };
        self.held.push_back(Held {
            seen,
            pattern,
            alerted: None,
            signature: probe.signature,
            terms: features.terms.clone(),
            meaning: probe.meaning,
            scale: probe.scale,
            crowd: probe.crowd,
        });
    }

    /// Whether the tickets held reach back far enough to tell a surge from what is usual. In a
    /// stream of thousands of tickets a day they do not; there patterns are large enough to be
    /// watched alone.
    pub(crate) fn covers(&self, now: Timestamp) -> bool {
        let reach = now.as_second() - 2 * LONGEST_SECONDS;
        self.held.len() < MAX_HELD
            || self
                .held
                .front()
                .is_some_and(|oldest| oldest.seen.at.as_second() < reach)
    }

    /// The tickets held, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Held> {
        self.held.iter()
    }

    /// How many of these tickets were part of an alerted surge, and of which one most lately.
    pub(crate) fn alerted(&self, tickets: &BTreeSet<TicketId>) -> (usize, Option<PatternId>) {
        let mut count = 0;
        let mut of = None;
        for held in &self.held {
            if held.alerted.is_some() && tickets.contains(&held.seen.ticket) {
                count += 1;
                of = held.alerted;
            }
        }
        (count, of)
    }

    /// What these tickets mean taken together, of length 1; none where none of them is held or
    /// says anything.
    pub(crate) fn centre(&self, tickets: &BTreeSet<TicketId>) -> Option<Vec<f32>> {
        let mut sum = vec![0.0; DIM];
        for held in &self.held {
            if tickets.contains(&held.seen.ticket) {
                held.add_to(&mut sum);
            }
        }
        super::dense::normalise(&mut sum).then_some(sum)
    }

    /// Notes that these tickets are in another pattern now.
    pub(crate) fn put_into(&mut self, tickets: &BTreeSet<TicketId>, pattern: PatternId) {
        for held in &mut self.held {
            if tickets.contains(&held.seen.ticket) {
                held.pattern = pattern;
            }
        }
    }

    /// Notes that these tickets are part of the surge that was alerted for `pattern`.
    pub(crate) fn mark(&mut self, tickets: &BTreeSet<TicketId>, pattern: PatternId) {
        for held in &mut self.held {
            if tickets.contains(&held.seen.ticket) {
                held.alerted = Some(pattern);
            }
        }
    }
}

impl Held {
    /// Whether it says something and was part of no alerted surge: a problem that comes back is not
    /// what is said all day.
    fn is_everyday(&self) -> bool {
        self.alerted.is_none() && !self.meaning.is_empty()
    }

    /// What the ticket means, of length 1; none where it says nothing.
    pub(crate) fn meaning(&self) -> Option<Vec<f32>> {
        let mut sum = vec![0.0; DIM];
        self.add_to(&mut sum);
        super::dense::normalise(&mut sum).then_some(sum)
    }

    fn add_to(&self, sum: &mut [f32]) {
        for (into, value) in sum.iter_mut().zip(&self.meaning) {
            *into += f32::from(*value) * self.scale;
        }
    }
}

impl<'a> Probe<'a> {
    pub(crate) fn new(features: &'a Features, meaning: Option<&[f32]>) -> Self {
        let (meaning, scale) = meaning.map_or_else(|| (Vec::new(), 0.0), shrink);
        Self {
            terms: &features.terms,
            signature: features.signature.as_ref().map(ErrorSignature::key),
            meaning,
            scale,
            length: 1.0,
            crowd: 0.0,
        }
    }

    /// The same, with how crowded its place is.
    pub(crate) fn in_crowd(self, crowd: f32) -> Self {
        Self { crowd, ..self }
    }

    /// How alike the two mean, -1 to 1.
    fn likeness(&self, held: &Held) -> f32 {
        dot_small(&self.meaning, &held.meaning) as f32 * self.scale * held.scale
    }

    /// The same, with its meaning moved to the middle of these neighbours, of which it is one: a
    /// single short text says less of a problem than several.
    pub(crate) fn among<'b>(&self, neighbours: impl Iterator<Item = &'b Held>) -> Self {
        let mut sum = vec![0.0; DIM];
        for held in neighbours {
            held.add_to(&mut sum);
        }
        let length = super::dense::dot(&sum, &sum).sqrt();
        let (meaning, scale) = if super::dense::normalise(&mut sum) {
            shrink(&sum)
        } else {
            (Vec::new(), 0.0)
        };
        Self {
            terms: self.terms,
            signature: self.signature,
            meaning,
            scale,
            length,
            crowd: self.crowd,
        }
    }

    /// How surely the held ticket reports the same, from 0 to 1; half where they are as alike as
    /// `near` in a place that is as crowded as is usual (`usual_crowd`). `same_pattern`: whether both
    /// were put into one pattern. `is_part`: whether this
    /// probe is the middle of tickets among which is the held one. It is then compared with the
    /// middle of the others: near a middle that it helped to find lies every ticket, and past
    /// tickets, which did not, would look rarer than they were.
    pub(crate) fn nearness(
        &self,
        held: &Held,
        same_pattern: bool,
        is_part: bool,
        (near, usual_crowd): (f32, f32),
        options: &DetectOptions,
    ) -> f64 {
        let no_meaning = self.meaning.is_empty() || held.meaning.is_empty();
        let share = if no_meaning { 0.0 } else { options.dense_share };
        let mut total = if no_meaning {
            -WORDS_ALONE_SAY_LESS
        } else {
            let meaning = self.likeness(held);
            let meaning = if is_part {
                self.without_one(meaning)
            } else {
                meaning
            };
            let crowding = (self.crowd + held.crowd) / 2.0 - usual_crowd;
            share * (meaning - crowding.max(-MAX_SOLITUDE))
        };
        if same_pattern {
            total += options.near_same_pattern;
        }
        match (self.signature, held.signature) {
            (Some(own), Some(other)) if own == other => total += options.same_signature,
            (Some(_), Some(_)) => total -= options.other_signature,
            _ => {}
        }
        let least = near - options.near_width / 2.0;
        if total + (1.0 - share) < least {
            return 0.0;
        }
        total += (1.0 - share) * shared(self.terms, &held.terms).max(0.0).sqrt();
        f64::from(((total - least) / options.near_width.max(1.0e-3)).clamp(0.0, 1.0))
    }

    /// The cosine of a vector of length 1 with the sum that this is the direction of, before that
    /// vector was added to it. `cosine` is the one after.
    fn without_one(&self, cosine: f32) -> f32 {
        let along = cosine * self.length;
        let rest = (self.length * self.length - 2.0 * along + 1.0).max(1.0e-6);
        (along - 1.0) / rest.sqrt()
    }
}

/// The product of two sorted lists of weighted terms.
fn shared(one: &[(u64, f32)], other: &[(u64, f32)]) -> f32 {
    let mut rest = other.iter().peekable();
    let mut sum = 0.0;
    for (term, weight) in one {
        while rest.next_if(|held| held.0 < *term).is_some() {}
        if let Some((_, held)) = rest.next_if(|held| held.0 == *term) {
            sum += weight * held;
        }
    }
    sum
}
