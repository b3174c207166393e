//! Fixes that did not help, counted for each pattern over all its incidents.

use super::{Dirty, State};
use crate::domain::PatternId;
use crate::engine::rows::FixesRow;

impl State {
    /// How many fixes of this pattern did not help.
    pub fn ineffective(&self, pattern: PatternId) -> u32 {
        self.fixes.get(&pattern).copied().unwrap_or(0)
    }

    /// One more did not. Answers how many.
    pub fn count_ineffective(&mut self, pattern: PatternId) -> u32 {
        self.dirty.insert(Dirty::Fixes(pattern));
        let count = self.fixes.entry(pattern).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// Begins to count anew.
    pub fn forgive(&mut self, pattern: PatternId) {
        self.dirty.insert(Dirty::Fixes(pattern));
        self.fixes.insert(pattern, 0);
    }

    /// What is known of a merged pattern counts for the one that goes on.
    pub(super) fn merge_fixes(&mut self, from: PatternId, into: PatternId) {
        let moved = self.ineffective(from);
        if moved > 0 {
            self.forgive(from);
            let count = self.ineffective(into).saturating_add(moved);
            self.dirty.insert(Dirty::Fixes(into));
            self.fixes.insert(into, count);
        }
    }

    pub(super) fn fixes_row(&self, pattern: PatternId) -> FixesRow {
        FixesRow {
            pattern,
            ineffective: self.ineffective(pattern),
        }
    }
}
