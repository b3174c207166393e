//! From a surge to an alert: one for each problem, with the sentence that says why.

use super::dense::dot;
use super::lexical::Features;
use super::online::OnlineDetector;
use super::pattern::{Likeness, Pattern, scale, terms_length};
use super::sentence::in_a_sentence;
use super::surge::{LONGEST_SECONDS, Seen, Surge, Usual, scan};
use super::vicinity::Probe;
use crate::domain::{Alert, PatternId, Ticket, TicketId};
use crate::observe::signature::{FNV_START, fnv};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What watching a ticket led to.
#[derive(Default)]
pub(super) struct Watched {
    pub(super) alert: Option<Alert>,
    pub(super) part_of: Option<PatternId>,
}

impl OnlineDetector {
    /// Takes note of a ticket of the pattern at `slot` and answers the alert it sets off.
    pub(super) fn watch(
        &mut self,
        slot: usize,
        ticket: &Ticket,
        now: Timestamp,
        features: &Features,
        meaning: Option<&[f32]>,
    ) -> Watched {
        let merchant = ticket
            .merchant
            .as_ref()
            .map(|merchant| fnv(merchant.counting_key().as_bytes(), FNV_START));
        if let Some(merchant) = merchant {
            self.state
                .cohorts
                .note(merchant, ticket, now, &self.options.cohort_attributes);
        }
        let Some(pattern) = self.patterns.get_mut(slot) else {
            return Watched::default();
        };
        let seen = Seen {
            at: ticket.occurred_at.clamp(earliest_recent(now), now),
            ticket: ticket.id,
            merchant,
        };
        pattern.activity.add(seen.clone(), self.options.repeats);
        let own = pattern.id;
        pattern.activity.age(now, self.options.repeats);
        self.state.vicinity.add(seen, own, features, meaning);
        if merchant.is_none() {
            return Watched::default();
        }
        let stands_for = self.state.constraints.resolve(own);
        let slots = self.together(stands_for, slot);
        for slot in &slots {
            if let Some(pattern) = self.patterns.get_mut(*slot) {
                pattern.activity.age(now, self.options.repeats);
            }
        }
        let last_surge = slots
            .iter()
            .filter_map(|slot| self.patterns.get(*slot)?.activity.surging)
            .max();
        let since_surge = last_surge.map(|(last, _)| now.as_second() - last.as_second());
        let covers = self.state.vicinity.covers(now);
        if !covers && since_surge.is_some_and(|seconds| seconds < LOOK_AGAIN_SECONDS) {
            return Watched::default();
        }
        let looks = self.state.volume.per_day().max(LEAST_LOOKS);
        let accepted = self.options.false_alerts_per_day / looks;
        let found = if covers {
            let accepted = accepted / NEAR_REAL_PER_NOMINAL;
            let probe = Probe::new(features, meaning).in_crowd(self.state.vicinity.newest_crowd());
            self.surge_near(stands_for, &probe, now, accepted)
                .filter(|surge| surge.chance <= accepted)
        } else {
            let accepted = accepted / REAL_PER_NOMINAL;
            self.surge_of(&slots, now, accepted)
                .filter(|surge| surge.chance <= accepted)
        };
        let Some(surge) = found else {
            return Watched::default();
        };
        if !covers && !self.kin_surge_too(stands_for, slot, &slots, now) {
            return Watched::default();
        }
        let is_recent =
            since_surge.is_some_and(|seconds| seconds < self.options.quiet_hours * 3600);
        let goes_on = last_surge.filter(|_| is_recent).map(|(_, of)| of);
        self.answer(stands_for, slot, &slots, ticket, surge, goes_on, now)
    }

    /// The surge is beyond doubt: an alert, unless it goes on from an earlier one.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of it is what was seen of one surge"
    )]
    fn answer(
        &mut self,
        stands_for: PatternId,
        slot: usize,
        slots: &[usize],
        ticket: &Ticket,
        surge: Surge,
        goes_on: Option<PatternId>,
        now: Timestamp,
    ) -> Watched {
        let inside: BTreeSet<TicketId> = surge.tickets.iter().copied().collect();
        let (marked, of) = self.state.vicinity.alerted(&inside);
        let overlaps = marked > 0 && marked as f64 >= self.options.overlap * inside.len() as f64;
        let of = of
            .map(|id| self.state.constraints.resolve(id))
            .filter(|of| overlaps && self.may_unite(stands_for, *of));
        let centre = self.state.vicinity.centre(&inside);
        // A part of an alerted surge that was split off since is no second alert, whatever it says.
        let split_off = of.filter(|of| {
            2 * marked >= inside.len() && self.state.constraints.are_parted(stands_for, *of)
        });
        let fragment = of
            .or(goes_on.map(|of| self.state.constraints.resolve(of)))
            .filter(|of| self.may_unite(stands_for, *of))
            .filter(|of| self.is_about(*of, centre.as_deref(), self.options.same_surge));
        let fragment = split_off
            .or(fragment)
            .or_else(|| self.alerted_like(stands_for, slot, &surge, centre.as_deref(), now));
        let pattern = fragment.unwrap_or(stands_for);
        for slot in slots {
            if let Some(held) = self.patterns.get_mut(*slot) {
                held.activity.surging = Some((now, pattern));
            }
        }
        self.state.vicinity.mark(&inside, pattern);
        if fragment.is_some() {
            return Watched {
                alert: None,
                part_of: fragment.filter(|of| *of != stands_for),
            };
        }
        if let Some(centre) = centre {
            self.state.alerted.add(pattern, centre);
        }
        let cohorts = &self.state.cohorts;
        let since = Timestamp::from_second(now.as_second() - surge.minutes * 60).unwrap_or(now);
        let cohort = cohorts.concentration(&surge.keys, since);
        let alert = Alert {
            pattern,
            at: ticket.occurred_at,
            merchants: surge.merchants,
            expected_milli: (surge.expected * 1000.0).round().max(0.0) as u64,
            reason: in_a_sentence(&surge, cohort.as_ref(), cohorts.merchants()),
            cohort,
            label: self
                .patterns
                .get(slot)
                .map(|pattern| title(pattern, &inside, ticket))
                .unwrap_or_default(),
            tickets: surge.tickets,
        };
        Watched {
            alert: Some(alert),
            part_of: None,
        }
    }

    /// Whether a surge with this centre is about what was last alerted for a pattern; yes where
    /// nothing is known to compare.
    fn is_about(&self, of: PatternId, centre: Option<&[f32]>, least: f32) -> bool {
        let likeness = centre.and_then(|centre| {
            self.state
                .alerted
                .likeness(of, centre, &self.state.constraints)
        });
        likeness.is_none_or(|likeness| likeness >= least)
    }

    /// The most surprising window of these patterns taken together.
    fn surge_of(&self, slots: &[usize], now: Timestamp, accepted: f64) -> Option<Surge> {
        let held = || {
            slots
                .iter()
                .filter_map(|slot| self.patterns.get(*slot))
                .map(|pattern| &pattern.activity)
        };
        let mut recent: Vec<(f64, &Seen)> = held()
            .flat_map(|activity| &activity.recent)
            .map(|seen| (1.0, seen))
            .collect();
        if recent.len() < self.options.min_merchants as usize {
            return None;
        }
        recent.sort_by_key(|(_, seen)| (seen.at, seen.ticket));
        let usual = Usual {
            reports: held().map(|activity| activity.usual).sum(),
            tickets: self.state.volume.past,
        };
        scan(
            &recent,
            usual,
            &self.state.volume,
            now,
            accepted,
            &self.options,
        )
    }

    /// Whether a pattern's surge still stands out when the patterns like it are counted in: a
    /// fragment of a common topic has no past of its own, but the topic has.
    fn kin_surge_too(
        &mut self,
        stands_for: PatternId,
        slot: usize,
        slots: &[usize],
        now: Timestamp,
    ) -> bool {
        let mut all: BTreeSet<usize> = slots.iter().copied().collect();
        for like in self.alike(slot) {
            let other = self.patterns.get(like.slot).map(|other| other.id);
            let other = other.map(|id| self.state.constraints.resolve(id));
            if like.total >= KIN_LIKENESS
                && other.is_some_and(|other| self.may_unite(stands_for, other))
            {
                all.insert(like.slot);
            }
        }
        for slot in &all {
            if let Some(pattern) = self.patterns.get_mut(*slot) {
                pattern.activity.age(now, self.options.repeats);
            }
        }
        let all: Vec<usize> = all.into_iter().collect();
        self.surge_of(&all, now, KIN_CHANCE)
            .is_some_and(|surge| surge.chance <= KIN_CHANCE)
    }

    /// The pattern whose alert speaks for this surge too, if there is one: its texts
    /// are like it, or they are somewhat like it and the same merchants report both.
    fn alerted_like(
        &mut self,
        stands_for: PatternId,
        slot: usize,
        surge: &Surge,
        centre: Option<&[f32]>,
        now: Timestamp,
    ) -> Option<PatternId> {
        let quiet = self.options.quiet_hours * 3600;
        let all = f64::from(self.state.cohorts.merchants().max(1));
        let since = now.as_second() - LONGEST_SECONDS;
        for like in self.alike(slot) {
            let Some(other) = self.patterns.get(like.slot) else {
                continue;
            };
            let other_id = self.state.constraints.resolve(other.id);
            let recent = other
                .activity
                .surging
                .filter(|(last, _)| now.as_second() - last.as_second() < quiet);
            let Some((_, of)) = recent else {
                continue;
            };
            if like.slot == slot || other_id == stands_for || !self.may_unite(stands_for, other_id)
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
            let of = self.state.constraints.resolve(of);
            if !self.may_unite(stands_for, of) {
                continue;
            }
            if (like.total >= self.options.family
                && self.is_about(of, centre, self.options.family_surge))
                || (shared >= 2.0
                    && shared >= 3.0 * by_chance
                    && like.total >= self.options.family_sharing)
            {
                return Some(of);
            }
        }
        None
    }

    /// The patterns most like the one at `slot`.
    pub(super) fn alike(&mut self, slot: usize) -> Vec<Likeness> {
        let Some(pattern) = self.patterns.get(slot) else {
            return Vec::new();
        };
        let (centre, terms) = (pattern.centre.clone(), pattern.weighed());
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
}

/// What an incident of this pattern is called: by the error that most of its tickets throw, even if
/// another stood in the first; else as the pattern, if that began with the surge, and otherwise as
/// the ticket that made the surge clear: what an old pattern began with may be another matter.
fn title(pattern: &Pattern, inside: &BTreeSet<TicketId>, newest: &Ticket) -> String {
    if let Some((_, times, text)) = pattern.signatures.first()
        && 2 * u64::from(*times) > pattern.tickets
    {
        return text.clone();
    }
    let recent = &pattern.activity.recent;
    let own = recent.iter().filter(|seen| inside.contains(&seen.ticket));
    if own.count() as u64 >= pattern.tickets {
        pattern.label.clone()
    } else {
        newest.title()
    }
}

fn earliest_recent(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_sub(LONGEST_SECONDS)).unwrap_or(now)
}

/// Chance is computed for independent reports. Real ones come in bunches, patterns mix problems,
/// and five windows are looked at: on quiet streams about so many alerts came for each that the
/// figure promised (0.05 a day at a nominal 0.002, over ten streams of two weeks).
const REAL_PER_NOMINAL: f64 = 25.0;

/// The same where a ticket's neighbours are looked at instead of its pattern's tickets: purer, and
/// what is usual is counted by the same measure.
const NEAR_REAL_PER_NOMINAL: f64 = 3.5;

/// How unlikely by chance the reports of a pattern and all like it together have to be.
const KIN_CHANCE: f64 = 1.0e-3;

/// Similarity of centres from which a pattern may be a fragment of another.
const KIN_LIKENESS: f32 = 0.25;

/// A pattern that surges is looked at again after so long, to see whether it still does.
const LOOK_AGAIN_SECONDS: i64 = 1800;

/// Looks a day that are reckoned with at least, so that a stream's first hours, whose rate is
/// not known yet, do not alert lightly.
const LEAST_LOOKS: f64 = 50.0;
