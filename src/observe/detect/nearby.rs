//! A surge among the tickets that lie near one ticket, whatever patterns they were put into.

use super::online::OnlineDetector;
use super::surge::{LONGEST_SECONDS, Seen, Surge, Usual, scan};
use super::vicinity::{Held, Probe};
use crate::domain::PatternId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A ticket held, and the pattern that its own stands for now.
type Placed<'a> = (&'a Held, PatternId);

impl OnlineDetector {
    /// The most surprising window of the tickets that lie near this one, of `own` pattern; may be
    /// none where its chance is above `accepted`. Two circles are looked at: a problem told in
    /// few words stands out in the narrow one first, one told in many ways in the wide one.
    pub(super) fn surge_near(
        &self,
        own: PatternId,
        probe: &Probe<'_>,
        now: Timestamp,
        accepted: f64,
    ) -> Option<Surge> {
        let (mut recent, mut old) = (Vec::new(), Vec::new());
        let since = now.as_second() - LONGEST_SECONDS;
        for held in self.state.vicinity.iter() {
            if held.seen.at.as_second() < since {
                old.push(held);
                continue;
            }
            let other = self.state.constraints.resolve(held.pattern);
            if !self.state.constraints.are_apart(own, other) {
                recent.push((held, other));
            }
        }
        let near = self.near();
        let usual_crowd = self.state.vicinity.usual_crowd();
        let mut best: Option<Surge> = None;
        for near in [near - self.options.near_wider, near] {
            let near = (near, usual_crowd);
            let (found, is_alone) =
                self.surge_within(near, own, probe, (&recent, &old), now, accepted);
            best = match (best, found) {
                (Some(best), Some(found)) if found.chance < best.chance => Some(found),
                (best, found) => best.or(found),
            };
            if is_alone {
                break;
            }
        }
        best
    }

    /// How alike two tickets have to be to count as neighbours by half. What all tickets of a
    /// stream have in common is not known on its first days; until it is, they have to be more
    /// alike, or every ticket about a card is near every other.
    fn near(&self) -> f32 {
        let prior = self.options.mean_prior;
        let unknown = prior / (prior + self.state.meanings as f32);
        self.options.near + self.options.near_at_first * unknown
    }

    /// The surge within one circle, and whether too few merchants lie in it for any.
    fn surge_within(
        &self,
        near: (f32, f32),
        own: PatternId,
        probe: &Probe<'_>,
        (recent, old): (&[Placed<'_>], &[&Held]),
        now: Timestamp,
        accepted: f64,
    ) -> (Option<Surge>, bool) {
        let options = &self.options;
        let neighbours: Vec<bool> = recent
            .iter()
            .map(|(held, other)| probe.nearness(held, own == *other, false, near, options) >= 0.5)
            .collect();
        let inside = || {
            recent
                .iter()
                .zip(&neighbours)
                .filter(|(_, is_near)| **is_near)
        };
        let merchants: BTreeSet<u64> = inside()
            .filter_map(|((held, _), _)| held.seen.merchant)
            .collect();
        if merchants.len() + 1 < options.min_merchants as usize {
            return (None, true);
        }
        let middle = probe.among(inside().map(|((held, _), _)| *held));
        let crowd = self.state.vicinity.crowd(&middle, now);
        let middle = middle.in_crowd(crowd);
        let mut counted: Vec<(f64, &Seen)> = recent
            .iter()
            .zip(&neighbours)
            .map(|((held, other), is_near)| {
                let sure = middle.nearness(held, own == *other, *is_near, near, options);
                (sure, &held.seen)
            })
            .filter(|(sure, _)| *sure > 0.0)
            .collect();
        counted.sort_by_key(|(_, seen)| (seen.at, seen.ticket));
        let volume = &self.state.volume;
        let mut usual = Usual {
            reports: 0.0,
            tickets: old.len() as f64,
        };
        // What would not surprise if it were new surprises even less if it came before: most
        // tickets need no look at the past.
        let at_most = scan(&counted, usual, volume, now, accepted, options);
        if at_most.is_none_or(|surge| surge.chance > accepted) {
            return (None, false);
        }
        let constraints = &self.state.constraints;
        // Each past report makes it less surprising: where it no longer is, the rest need no look.
        for part in old.chunks(LOOKED_AT_ONCE) {
            for held in part {
                let other = constraints.resolve(held.pattern);
                if !constraints.are_apart(own, other) {
                    let sure = middle.nearness(held, own == other, false, near, options);
                    usual.reports += sure;
                }
            }
            let found = scan(&counted, usual, volume, now, accepted, options);
            if found.is_none_or(|surge| surge.chance > accepted) {
                return (None, false);
            }
        }
        (scan(&counted, usual, volume, now, accepted, options), false)
    }
}

/// Past tickets that are compared before it is asked again whether there is still a surge.
const LOOKED_AT_ONCE: usize = 128;
