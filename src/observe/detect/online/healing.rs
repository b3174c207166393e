//! Patterns that turn out to be one problem are united, with the reason.

use super::*;

impl OnlineDetector {
    /// Unites the pattern at `slot` with others that have become its like; answers where it is
    /// now.
    pub(super) fn heal(&mut self, slot: usize, merged: &mut Vec<Merged>) -> usize {
        let mut at = slot;
        for _ in 0..MAX_UNIONS {
            let Some(pattern) = self.patterns.get(at) else {
                return at;
            };
            let id = pattern.id;
            let found = self.alike(at);
            let like = found.into_iter().find(|like| {
                like.slot != at
                    && like.total >= self.options.unite
                    && self
                        .patterns
                        .get(like.slot)
                        .is_some_and(|other| self.may_heal(id, other.id))
            });
            let Some(like) = like else {
                return at;
            };
            let reason = in_words(&like, None);
            at = self.unite(at, like.slot, reason, merged);
        }
        at
    }

    /// Makes two patterns one, the older; answers its slot.
    fn unite(
        &mut self,
        one: usize,
        other: usize,
        reason: String,
        merged: &mut Vec<Merged>,
    ) -> usize {
        let id = |slot: usize| self.patterns.get(slot).map(|pattern| pattern.id);
        let (keep, go) = if id(one) <= id(other) {
            (one, other)
        } else {
            (other, one)
        };
        let (Some(kept), Some(gone)) = (id(keep), self.patterns.remove(go)) else {
            return keep;
        };
        let terms = gone.weighed();
        let repeats = self.options.repeats;
        self.patterns.change(keep, |pattern| {
            let total = pattern.tickets + gone.tickets;
            let share = gone.tickets as f32 / total.max(1) as f32;
            pattern.blend(Some(&gone.centre), &terms, share);
            for (key, times, text) in &gone.signatures {
                pattern.count_signature(*key, *times, text);
            }
            pattern.tickets = total;
            pattern.last = pattern.last.max(gone.last);
            pattern.compare_at = next_comparison(total);
            pattern.activity.join(gone.activity, repeats);
        });
        let constraints = &mut self.state.constraints;
        let (kept, went) = (constraints.resolve(kept), constraints.resolve(gone.id));
        let (into, from) = (kept.min(went), kept.max(went));
        if into != from {
            constraints.unite(from, into);
            merged.push(Merged { from, into, reason });
        }
        // Ids only ever resolve to older ones, so the one that went stands for nothing else.
        constraints.absorbed(gone.id);
        keep
    }

    /// Whether no person said that what these ids stand for is not the same.
    pub(in crate::observe::detect) fn may_unite(&self, one: PatternId, other: PatternId) -> bool {
        let constraints = &self.state.constraints;
        !constraints.are_apart(constraints.resolve(one), constraints.resolve(other))
    }

    /// Whether two patterns may be united without a person: what the detector took apart stays so.
    fn may_heal(&self, one: PatternId, other: PatternId) -> bool {
        let constraints = &self.state.constraints;
        let (one, other) = (constraints.resolve(one), constraints.resolve(other));
        !constraints.are_apart(one, other) && !constraints.are_parted(one, other)
    }
}
