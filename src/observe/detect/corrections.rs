//! What people correct: merge, split and "not the same", carried out and kept.

use super::constraints::CorrectionError;
use super::lexical::Features;
use super::online::OnlineDetector;
use super::surge::Activity;
use crate::domain::{PatternId, Ticket};
use crate::observe::signature::ErrorSignature;
use std::collections::BTreeSet;

impl OnlineDetector {
    pub(super) fn correct_merge(
        &mut self,
        ids: &[PatternId],
    ) -> Result<PatternId, CorrectionError> {
        let named = ids
            .iter()
            .map(|id| self.known(*id).map(|(id, _)| id))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let mut rest = named.iter().copied();
        let first = rest
            .next()
            .ok_or(CorrectionError::Single(PatternId::new(0)))?;
        if named.len() < 2 {
            return Err(CorrectionError::Single(first));
        }
        for one in &named {
            for other in &named {
                if one < other && self.state.constraints.are_apart(*one, *other) {
                    return Err(CorrectionError::KeptApart(*one, *other));
                }
            }
        }
        for other in rest {
            self.state.constraints.unite_as_facets(other, first);
        }
        Ok(first)
    }

    pub(super) fn correct_split(
        &mut self,
        from: PatternId,
        tickets: &[&Ticket],
    ) -> Result<PatternId, CorrectionError> {
        let (from, slot) = self.known(from)?;
        let read: Vec<(&Ticket, Features)> = tickets
            .iter()
            .map(|ticket| {
                (
                    *ticket,
                    self.state.lexicon.read(ticket, &self.table, &self.options),
                )
            })
            .filter(|(_, features)| !features.is_empty())
            .collect();
        let Some((first, features)) = read.first() else {
            return Err(CorrectionError::NothingToSplit(from));
        };
        let at = self.state.now.unwrap_or(first.occurred_at);
        let sources = self.together(from, slot);
        let new = PatternId::new(self.state.next_id + 1);
        self.state.constraints.keep_apart(from, new);
        let target = self.open(first, features, at);
        let moved: BTreeSet<_> = read.iter().map(|(ticket, _)| ticket.id).collect();
        for (_, features) in &read {
            let meaning = features
                .meaning
                .as_deref()
                .and_then(|meaning| self.centred(meaning));
            let source = self
                .likest(&sources, features, meaning.as_deref())
                .unwrap_or(slot);
            self.patterns.change(target, |pattern| {
                pattern.absorb(features, meaning.as_deref(), &self.options)
            });
            self.patterns.change(source, |pattern| {
                pattern.release(features, meaning.as_deref())
            });
        }
        let mut activity = Activity::default();
        for source in sources {
            if let Some(pattern) = self.patterns.get_mut(source) {
                activity.join(pattern.activity.part(&moved), self.options.repeats);
            }
        }
        // The alert was for the other problem: this one has yet to be alerted.
        activity.surging = None;
        self.state.vicinity.put_into(&moved, new);
        let new = self.patterns.get_mut(target).map(|pattern| {
            pattern.activity = activity;
            pattern.id
        });
        new.ok_or(CorrectionError::NothingToSplit(from))
    }

    pub(super) fn correct_not_the_same(
        &mut self,
        one: PatternId,
        other: PatternId,
    ) -> Result<(), CorrectionError> {
        let ((one, _), (other, _)) = (self.known(one)?, self.known(other)?);
        if one == other {
            return Err(CorrectionError::Single(one));
        }
        self.state.constraints.keep_apart(one, other);
        Ok(())
    }

    /// Which of these slots is most like the features.
    fn likest(
        &mut self,
        slots: &[usize],
        features: &Features,
        meaning: Option<&[f32]>,
    ) -> Option<usize> {
        let signature = features.signature.as_ref().map(ErrorSignature::key);
        let found = self.patterns.nearest(
            &features.terms,
            meaning,
            signature,
            (1.0, 1.0),
            &self.options,
        );
        found
            .into_iter()
            .map(|like| like.slot)
            .find(|slot| slots.contains(slot))
    }

    fn known(&self, id: PatternId) -> Result<(PatternId, usize), CorrectionError> {
        let id = self.state.constraints.resolve(id);
        let slot = self
            .patterns
            .slot_of(id)
            .ok_or(CorrectionError::Unknown(id))?;
        Ok((id, slot))
    }
}
