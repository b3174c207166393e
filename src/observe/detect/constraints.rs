//! What people said about patterns, and which id stands for which pattern: kept for ever.

use crate::domain::PatternId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A correction cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// No pattern has this id.
    #[error("no pattern {0}: look up the id on its card, or it may have aged out")]
    Unknown(PatternId),
    /// Everything named is already one pattern.
    #[error("{0} is a single pattern: name two different ones, or split its tickets")]
    Single(PatternId),
    /// A person said the opposite earlier.
    #[error("a person said that {0} and {1} are not the same: they stay apart")]
    KeptApart(PatternId, PatternId),
    /// A split without tickets.
    #[error("name at least one ticket with a text to split from {0}")]
    NothingToSplit(PatternId),
}

/// Which ids were merged and which patterns must stay apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Constraints {
    merged: BTreeMap<PatternId, PatternId>,
    apart: BTreeSet<(PatternId, PatternId)>,
    /// Patterns that people made one although their texts differ: each keeps its own centre, so
    /// that tickets like either are recognised. By the id that stands for all, which is one of
    /// them.
    facets: BTreeMap<PatternId, BTreeSet<PatternId>>,
    /// Patterns that people made of several: no automatic step takes them apart.
    whole: BTreeSet<PatternId>,
    /// Patterns that the detector itself took apart: it does not unite them again. People may.
    parted: BTreeSet<(PatternId, PatternId)>,
}

impl Constraints {
    /// The pattern that an id stands for now.
    pub(crate) fn resolve(&self, id: PatternId) -> PatternId {
        let mut at = id;
        while let Some(next) = self.merged.get(&at) {
            at = *next;
        }
        at
    }

    /// Whether a person said that these two are different problems.
    pub(crate) fn are_apart(&self, one: PatternId, other: PatternId) -> bool {
        !self.apart.is_empty() && self.apart.contains(&ordered(one, other))
    }

    /// Whether any person's word concerns this pattern: then it never ages out.
    pub(crate) fn concern(&self, id: PatternId) -> bool {
        self.facets.values().any(|facets| facets.contains(&id))
            || self
                .apart
                .iter()
                .any(|(one, other)| *one == id || *other == id)
    }

    /// Keeps two patterns apart for ever.
    pub(crate) fn keep_apart(&mut self, one: PatternId, other: PatternId) {
        self.apart.insert(ordered(one, other));
    }

    /// Whether a person's word forbids to take this pattern apart by itself.
    pub(crate) fn is_whole(&self, id: PatternId) -> bool {
        self.whole.contains(&id) || self.concern(id)
    }

    /// Whether the detector itself took these two apart.
    pub(crate) fn are_parted(&self, one: PatternId, other: PatternId) -> bool {
        self.parted.contains(&ordered(one, other))
    }

    /// Notes that the detector took these two apart.
    pub(crate) fn part(&mut self, one: PatternId, other: PatternId) {
        self.parted.insert(ordered(one, other));
    }

    /// A pattern has aged out: what only the detector noted of it goes with it.
    pub(crate) fn forget(&mut self, id: PatternId) {
        self.parted
            .retain(|(one, other)| *one != id && *other != id);
        self.whole.remove(&id);
    }

    /// Makes two patterns one that keeps the centres of both.
    pub(crate) fn unite_as_facets(&mut self, from: PatternId, into: PatternId) {
        self.unite(from, into);
        self.whole.insert(into);
        self.facets.entry(into).or_default().extend([from, into]);
    }

    /// The patterns in memory that this one (which stands for itself) consists of, when there
    /// are several.
    pub(crate) fn facets(&self, id: PatternId) -> Option<&BTreeSet<PatternId>> {
        self.facets.get(&id)
    }

    /// A pattern's centre went up in another's.
    pub(crate) fn absorbed(&mut self, gone: PatternId) {
        self.facets.values_mut().for_each(|facets| {
            facets.remove(&gone);
        });
        self.facets.retain(|_, facets| facets.len() > 1);
    }

    /// `from` stands for `into` from now on; what was kept apart from one is kept apart from both.
    pub(crate) fn unite(&mut self, from: PatternId, into: PatternId) {
        self.merged.insert(from, into);
        if let Some(facets) = self.facets.remove(&from) {
            self.facets.entry(into).or_default().extend(facets);
            self.facets.entry(into).or_default().insert(into);
        }
        if self.whole.remove(&from) {
            self.whole.insert(into);
        }
        inherit(&mut self.apart, from, into);
        inherit(&mut self.parted, from, into);
    }
}

/// Has every pair with `from` be one with `into`.
fn inherit(pairs: &mut BTreeSet<(PatternId, PatternId)>, from: PatternId, into: PatternId) {
    let inherited: Vec<_> = pairs
        .iter()
        .filter(|(one, other)| *one == from || *other == from)
        .copied()
        .collect();
    for pair in inherited {
        pairs.remove(&pair);
        let rest = if pair.0 == from { pair.1 } else { pair.0 };
        if rest != into {
            pairs.insert(ordered(rest, into));
        }
    }
}

fn ordered(one: PatternId, other: PatternId) -> (PatternId, PatternId) {
    (one.min(other), one.max(other))
}
