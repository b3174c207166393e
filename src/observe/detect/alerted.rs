//! What alerted surges were about: a later surge that shares their tickets or their pattern is part
//! of them only if it is about the same.

use super::constraints::Constraints;
use super::dense::dot;
use crate::domain::PatternId;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The newest alerted surges, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alerted {
    held: VecDeque<Core>,
}

/// What an alerted surge was about when it was alerted. It does not follow the surge: tickets of
/// another problem that come into it one by one would lead it away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Core {
    pattern: PatternId,
    #[serde(with = "super::stored::floats")]
    centre: Vec<f32>,
}

/// Alerted surges remembered at most.
const MAX_HELD: usize = 64;

impl Alerted {
    /// Remembers what the surge is about for which `pattern` is alerted.
    pub(crate) fn add(&mut self, pattern: PatternId, centre: Vec<f32>) {
        if self.held.len() >= MAX_HELD {
            self.held.pop_front();
        }
        self.held.push_back(Core { pattern, centre });
    }

    /// How near the middle of a surge lies to the one that was last alerted for a pattern; none
    /// where that is not remembered.
    pub(crate) fn likeness(
        &self,
        pattern: PatternId,
        centre: &[f32],
        constraints: &Constraints,
    ) -> Option<f32> {
        let mut cores = self.held.iter().rev();
        let core = cores.find(|core| constraints.resolve(core.pattern) == pattern)?;
        Some(dot(&core.centre, centre))
    }
}
