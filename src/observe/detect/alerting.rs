//! From a surge to an alert: one for each problem, with the sentence that says why.

use super::dense::dot;
use super::online::OnlineDetector;
use super::pattern::{Likeness, scale, terms_length};
use super::surge::{LONGEST_SECONDS, Seen, Surge, scan};
use crate::domain::{Alert, PatternId, Ticket};
use crate::observe::signature::{FNV_START, fnv};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl OnlineDetector {
    /// Takes note of a ticket of the pattern at `slot` and answers the alert it sets off.
    pub(super) fn watch(&mut self, slot: usize, ticket: &Ticket, now: Timestamp) -> Option<Alert> {
        let merchant = ticket
            .merchant
            .as_ref()
            .map(|merchant| fnv(merchant.counting_key().as_bytes(), FNV_START));
        if let Some(merchant) = merchant {
            self.state
                .cohorts
                .note(merchant, ticket, now, &self.options.cohort_attributes);
        }
        let pattern = self.patterns.get_mut(slot)?;
        let at = ticket.occurred_at.clamp(earliest_recent(now), now);
        pattern.activity.add(Seen {
            at,
            ticket: ticket.id,
            merchant,
        });
        let own = pattern.id;
        pattern.activity.age(now);
        merchant?;
        let stands_for = self.state.constraints.resolve(own);
        let slots = self.together(stands_for, slot);
        for slot in &slots {
            self.patterns.get_mut(*slot)?.activity.age(now);
        }
        let surge = self.surge_of(&slots, now)?;
        let tests = self.state.volume.per_day().max(LEAST_TESTS) * REAL_PER_NOMINAL;
        if surge.chance * tests > self.options.false_alerts_per_day {
            return None;
        }
        let quiet = self.options.quiet_hours * 3600;
        let last_surge = slots
            .iter()
            .filter_map(|slot| self.patterns.get(*slot)?.activity.surging)
            .max();
        let mut goes_on = last_surge.is_some_and(|last| now.as_second() - last.as_second() < quiet);
        if !goes_on {
            goes_on = self.is_fragment(stands_for, slot, &surge, now);
        }
        for slot in &slots {
            self.patterns.get_mut(*slot)?.activity.surging = Some(now);
        }
        if goes_on {
            return None;
        }
        Some(Alert {
            pattern: stands_for,
            at: ticket.occurred_at,
            merchants: surge.merchants,
            expected_milli: (surge.expected * 1000.0).round().max(0.0) as u64,
            reason: self.sentence(&surge, now),
            label: self.patterns.get(slot)?.label.clone(),
            tickets: surge.tickets,
        })
    }

    /// The most surprising window of these patterns taken together.
    fn surge_of(&self, slots: &[usize], now: Timestamp) -> Option<Surge> {
        let held = || {
            slots
                .iter()
                .filter_map(|slot| self.patterns.get(*slot))
                .map(|pattern| &pattern.activity)
        };
        let mut recent: Vec<&Seen> = held().flat_map(|activity| &activity.recent).collect();
        if recent.len() < self.options.min_merchants as usize {
            return None;
        }
        recent.sort_by_key(|seen| (seen.at, seen.ticket));
        let usual = held().map(|activity| activity.usual).sum();
        scan(&recent, usual, &self.state.volume, now, &self.options)
    }

    /// Whether a surge is part of one that was alerted already, under another pattern: its texts
    /// are like it, or they are somewhat like it and the same merchants report both.
    fn is_fragment(
        &mut self,
        stands_for: PatternId,
        slot: usize,
        surge: &Surge,
        now: Timestamp,
    ) -> bool {
        let quiet = self.options.quiet_hours * 3600;
        let all = f64::from(self.state.cohorts.merchants().max(1));
        let since = now.as_second() - LONGEST_SECONDS;
        for like in self.alike(slot) {
            let Some(other) = self.patterns.get(like.slot) else {
                continue;
            };
            let other_id = self.state.constraints.resolve(other.id);
            let active = other
                .activity
                .surging
                .is_some_and(|last| now.as_second() - last.as_second() < quiet);
            if like.slot == slot
                || other_id == stands_for
                || !active
                || !self.may_unite(stands_for, other_id)
            {
                continue;
            }
            let theirs: BTreeSet<u64> = other
                .activity
                .recent
                .iter()
                .filter(|seen| seen.at.as_second() >= since)
                .filter_map(|seen| seen.merchant)
                .collect();
            let shared = surge.keys.intersection(&theirs).count() as f64;
            let by_chance = surge.keys.len() as f64 * theirs.len() as f64 / all;
            if like.total >= self.options.family
                || (shared >= 2.0
                    && shared >= 3.0 * by_chance
                    && like.total >= self.options.family_sharing)
            {
                return true;
            }
        }
        false
    }

    /// The patterns most like the one at `slot`.
    pub(super) fn alike(&mut self, slot: usize) -> Vec<Likeness> {
        let Some(pattern) = self.patterns.get(slot) else {
            return Vec::new();
        };
        let (centre, terms) = (pattern.centre.clone(), pattern.terms.clone());
        let signature = pattern.signatures.first().map(|held| held.0);
        let length = dot(&centre, &centre).sqrt();
        let scales = (scale(length), scale(terms_length(&terms)));
        let meaning = (length > 0.0).then_some(centre.as_slice());
        self.patterns
            .nearest(&terms, meaning, signature, scales, &self.options)
    }

    /// The slots of all that counts as this pattern.
    pub(super) fn together(&self, stands_for: PatternId, slot: usize) -> Vec<usize> {
        match self.state.constraints.facets(stands_for) {
            Some(facets) => facets
                .iter()
                .filter_map(|id| self.patterns.slot_of(*id))
                .collect(),
            None => vec![slot],
        }
    }

    fn sentence(&self, surge: &Surge, now: Timestamp) -> String {
        let since = Timestamp::from_second(now.as_second() - surge.minutes * 60).unwrap_or(now);
        let window = match surge.minutes {
            minutes if minutes < 60 => format!("{minutes} min"),
            minutes => format!("{} h", minutes / 60),
        };
        let expected = if surge.expected < 0.05 {
            "less than 0.1".to_owned()
        } else {
            format!("{:.1}", surge.expected)
        };
        let all = format!(
            "{} of {} merchants in {window}, {expected} expected",
            surge.merchants,
            self.state.cohorts.merchants().max(surge.merchants)
        );
        let Some(cohort) = self.state.cohorts.concentration(&surge.keys, since) else {
            return all;
        };
        let (lift, low, high) = cohort.lift;
        let mix = if cohort.explained_by_mix {
            "; who writes at this time explains that"
        } else {
            ""
        };
        format!(
            "{all}; {} of {} in {}, {lift:.1} times its share ({low:.1}–{high:.1}){mix}",
            cohort.hit, cohort.known, cohort.name
        )
    }
}

fn earliest_recent(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_sub(LONGEST_SECONDS)).unwrap_or(now)
}

/// Chance is computed for independent reports. Real ones come in bunches, patterns mix problems,
/// and five windows are looked at: on quiet streams about so many alerts came for each that the
/// figure promised (0.05 a day at a nominal 0.002, over ten streams of two weeks).
const REAL_PER_NOMINAL: f64 = 25.0;

/// Looks a day that are reckoned with at least, so that a stream's first hours, whose rate is
/// not known yet, do not alert lightly.
const LEAST_TESTS: f64 = 50.0;
