//! How crowded the everyday tickets lie around one: where all that is said sounds alike, likeness is no
//! news; where hardly anything is said, a little of it is.

use super::*;

/// The share of the past tickets, the nearest, that a place is called crowded by.
const CROWD_SHARE: usize = 32;

/// So many at least.
const LEAST_CROWD: usize = 5;

/// What a crowd is on the average in streams of people's own words (0.50 in three of two weeks).
/// Where the same few texts come again and again it is more, and that says nothing of a new one.
const USUAL_CROWD: f32 = 0.5;

impl Vicinity {
    /// How like the past tickets (older than the longest window) are that mean most nearly the same
    /// as the probe does, on the average. Where a stream says the same all day, much is alike without
    /// being one problem (Conneau et al., Word Translation Without Parallel Data, 2018, section 2.3).
    pub(crate) fn crowd(&self, probe: &Probe<'_>, now: Timestamp) -> f32 {
        let since = now.as_second() - LONGEST_SECONDS;
        let mut likenesses: Vec<f32> = self
            .held
            .iter()
            .filter(|held| held.seen.at.as_second() < since && held.is_everyday())
            .map(|held| probe.likeness(held))
            .collect();
        let count = (likenesses.len() / CROWD_SHARE).max(LEAST_CROWD);
        if probe.meaning.is_empty() || likenesses.len() <= count {
            return self.usual_crowd();
        }
        likenesses.select_nth_unstable_by(count, |a, b| b.total_cmp(a));
        likenesses.iter().take(count).sum::<f32>() / count as f32
    }

    /// How crowded it is on the average where the tickets held came.
    pub(crate) fn usual_crowd(&self) -> f32 {
        let sum: f32 = self.held.iter().map(|held| held.crowd).sum();
        (sum / self.held.len().max(1) as f32).min(USUAL_CROWD)
    }

    /// How crowded it was where the newest ticket came.
    pub(crate) fn newest_crowd(&self) -> f32 {
        self.held.back().map_or(USUAL_CROWD, |held| held.crowd)
    }
}
