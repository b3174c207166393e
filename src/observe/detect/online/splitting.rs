//! A pattern that has become two problems is taken apart, with the reason.

use super::super::dense::dot;
use super::super::surge::Activity;
use super::super::vicinity::Held;
use super::*;
use crate::domain::TicketId;
use std::collections::BTreeSet;

/// One of the two halves of a pattern's newest tickets.
struct Half {
    centre: Vec<f32>,
    tickets: BTreeSet<TicketId>,
    merchants: BTreeSet<u64>,
    /// How near to the centre its tickets lie, on the average.
    within: f32,
}

impl OnlineDetector {
    /// Takes the pattern at `slot`, which the ticket was just put into, apart if its newest tickets
    /// are two tight groups that mean different things. The smaller group becomes a pattern of its
    /// own, as soon as a ticket of it comes. Never where a person has spoken about the pattern.
    pub(super) fn split_off(
        &mut self,
        slot: usize,
        ticket: &Ticket,
        features: &Features,
        meaning: Option<&[f32]>,
        now: Timestamp,
    ) -> Option<SplitOff> {
        let pattern = self.patterns.get(slot)?;
        let (id, meaning) = (pattern.id, meaning?);
        if pattern.tickets < 2 * LEAST_TICKETS as u64 + 1 || self.state.constraints.is_whole(id) {
            return None;
        }
        let ours = self.state.vicinity.iter().filter(|held| held.pattern == id);
        let mut held: Vec<&Held> = ours.collect();
        held.drain(..held.len().saturating_sub(NEWEST));
        let (stays, goes, is_own) = halves(&held, meaning)?;
        let least = self.options.min_merchants as usize;
        let likeness = dot(&stays.centre, &goes.centre);
        let clear = [&stays, &goes].into_iter().all(|half| {
            half.tickets.len() >= LEAST_TICKETS
                && half.merchants.len() >= least
                && half.within >= LEAST_WITHIN
        });
        if !clear || likeness > self.options.split {
            return None;
        }
        if !is_own {
            // Its first newcomer gives the new pattern its name: look again at the next ticket.
            let pattern = self.patterns.get_mut(slot)?;
            pattern.compare_at = pattern.tickets + 1;
            return None;
        }
        let reason = format!(
            "split off {id}: {} tickets of {} merchants mean another thing; meaning {likeness:.2}",
            goes.tickets.len(),
            goes.merchants.len()
        );
        let (moved, kept): (Vec<Held>, Vec<Held>) = held
            .into_iter()
            .cloned()
            .partition(|held| goes.tickets.contains(&held.seen.ticket));
        let into = self.found(slot, (ticket, features, meaning), (&moved, &kept), now)?;
        self.state.constraints.part(id, into);
        self.state.vicinity.put_into(&goes.tickets, into);
        Some(SplitOff {
            from: id,
            into,
            tickets: moved.iter().map(|held| held.seen.ticket).collect(),
            reason,
        })
    }

    /// Founds a pattern of the ticket and the earlier ones that `moved`; the one at `slot` goes on
    /// as those that were `kept` have it.
    fn found(
        &mut self,
        slot: usize,
        (ticket, features, meaning): (&Ticket, &Features, &[f32]),
        (moved, kept): (&[Held], &[Held]),
        now: Timestamp,
    ) -> Option<PatternId> {
        let before = self.patterns.get(slot)?;
        let texts = before.signatures.clone();
        let share = moved.len() as f64 / before.tickets.max(1) as f64;
        let options = self.options.clone();
        let id = before.id;
        let target = self.open(ticket, features, now);
        self.patterns.change(target, |pattern| {
            pattern.take_all(moved, &texts, &options);
            pattern.absorb(features, Some(meaning), &options);
            pattern.last = now;
            pattern.compare_at = next_comparison(pattern.tickets);
        });
        let tickets = moved.iter().map(|held| held.seen.ticket).collect();
        let mut activity = Activity::default();
        // Making room for the new one may have let the old one go.
        if let Some(slot) = self.patterns.slot_of(id) {
            self.patterns.change(slot, |pattern| {
                let left = pattern.tickets.saturating_sub(moved.len() as u64 + 1);
                let label = std::mem::take(&mut pattern.label);
                let held = std::mem::take(&mut pattern.activity);
                *pattern = Pattern::new(id, label, pattern.last);
                pattern.take_all(kept, &texts, &options);
                pattern.tickets = left;
                pattern.compare_at = next_comparison(left);
                pattern.activity = held;
                activity = pattern.activity.share(&tickets, share);
            });
        }
        let new = self.patterns.get_mut(target)?;
        new.activity = activity;
        Some(new.id)
    }
}

/// The tickets in two groups around two middles: first the larger (of equal ones that with the
/// oldest ticket), which goes on, then the other, and whether what means `own` lies in that.
fn halves(held: &[&Held], own: &[f32]) -> Option<(Half, Half, bool)> {
    let with_meaning = |held: &&Held| Some((held.seen.clone(), held.meaning()?));
    let all: Vec<_> = held.iter().filter_map(with_meaning).collect();
    if all.len() < 2 * LEAST_TICKETS {
        return None;
    }
    let farthest = |from: &[f32]| {
        let by_likeness =
            |a: &&(_, Vec<f32>), b: &&(_, Vec<f32>)| dot(from, &a.1).total_cmp(&dot(from, &b.1));
        all.iter().min_by(by_likeness).map(|far| far.1.clone())
    };
    let first = farthest(&middle(all.iter().map(|one| &one.1))?)?;
    let mut centres = [farthest(&first)?, first];
    let side = |centres: &[Vec<f32>; 2], meaning: &[f32]| {
        usize::from(dot(meaning, &centres[1]) > dot(meaning, &centres[0]))
    };
    for _ in 0..ROUNDS {
        let of = |wanted: usize| {
            let inside = all.iter().filter(|one| side(&centres, &one.1) == wanted);
            middle(inside.map(|one| &one.1))
        };
        centres = [of(0)?, of(1)?];
    }
    let sides: Vec<usize> = all.iter().map(|one| side(&centres, &one.1)).collect();
    let second = sides.iter().filter(|side| **side == 1).count();
    let larger = match (2 * second).cmp(&all.len()) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => *sides.first()?,
        std::cmp::Ordering::Greater => 1,
    };
    let half = |wanted: usize| {
        let inside = || {
            all.iter()
                .zip(&sides)
                .filter(|one| *one.1 == wanted)
                .map(|one| one.0)
        };
        let near: f32 = inside().map(|one| dot(&one.1, &centres[wanted])).sum();
        Half {
            tickets: inside().map(|one| one.0.ticket).collect(),
            merchants: inside().filter_map(|one| one.0.merchant).collect(),
            within: near / inside().count().max(1) as f32,
            centre: centres[wanted].clone(),
        }
    };
    let is_own = side(&centres, own) != larger;
    Some((half(larger), half(1 - larger), is_own))
}

/// The direction of the sum of these vectors.
fn middle<'a>(vectors: impl Iterator<Item = &'a Vec<f32>>) -> Option<Vec<f32>> {
    let mut sum = vec![0.0; DIM];
    for vector in vectors {
        for (into, value) in sum.iter_mut().zip(vector) {
            *into += value;
        }
    }
    normalise(&mut sum).then_some(sum)
}

/// Fewest tickets of each half. From 8 on, 19 in 20 pairs of halves were of different problems on
/// ten generated fortnights; from 6 on, 4 in 5.
const LEAST_TICKETS: usize = 8;

/// How near to its middle each half has to lie: a loose rest is no problem of its own.
const LEAST_WITHIN: f32 = 0.65;

/// The newest tickets of a pattern that are looked at; about 0.1 ms.
const NEWEST: usize = 96;

/// How often the middles are moved; they stand still after three or four.
const ROUNDS: usize = 6;
