//! The detector: one pass, each ticket assigned before the next is read.

use super::cohort::Cohorts;
use super::constraints::{Constraints, CorrectionError};
use super::dense::{DIM, Embeddings, dot, normalise};
use super::lexical::{Features, Lexicon};
use super::options::DetectOptions;
use super::pattern::{Likeness, Pattern, Patterns, centre_fits};
use super::surge::{Activity, LONGEST_SECONDS, Seen, Surge, Volume, scan};
use super::{Detection, Detector, Merged};
use crate::domain::{Alert, Assignment, PatternId, Ticket};
use crate::observe::signature::{ErrorSignature, FNV_START, fnv};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Groups tickets by error signature, words and meaning, and watches each group for a surge of
/// distinct merchants.
pub struct OnlineDetector {
    options: DetectOptions,
    table: Embeddings,
    patterns: Patterns,
    state: State,
}

/// What is stored of the detector beside its patterns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    lexicon: Lexicon,
    /// Sum of the meaning vectors of the stream.
    #[serde(with = "super::stored::floats")]
    meaning_sum: Vec<f32>,
    meanings: u64,
    next_id: u64,
    now: Option<Timestamp>,
    /// A time far ahead that one ticket claimed and no second one has confirmed yet.
    claimed: Option<Timestamp>,
    constraints: Constraints,
    volume: Volume,
    cohorts: Cohorts,
}

/// A snapshot as it is stored.
#[derive(Serialize, Deserialize)]
struct Snapshot<S, P> {
    version: u32,
    state: S,
    patterns: P,
}

const VERSION: u32 = 1;

/// A stored state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no snapshot, or a damaged one.
    #[error(
        "the detector's stored state cannot be read ({0}): remove it to start with no patterns"
    )]
    Unreadable(#[from] serde_json::Error),
    /// It is of another version.
    #[error(
        "the detector's stored state has version {0}, this program reads version {VERSION}: remove it to start with no patterns"
    )]
    OtherVersion(u32),
    /// A pattern's vector has another length than this program's table.
    #[error(
        "the detector's stored state was made with another table of meanings: remove it to start with no patterns"
    )]
    OtherTable,
}

/// One pattern, for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternSummary {
    /// Which.
    pub id: PatternId,
    /// Its short name.
    pub label: String,
    /// Tickets it has taken, those of merged patterns included.
    pub tickets: u64,
    /// Its newest ticket's time.
    pub last: Timestamp,
    /// Its commonest error signature, if it has one.
    pub signature: Option<String>,
}

impl OnlineDetector {
    /// A detector that has seen nothing.
    pub fn new(options: DetectOptions) -> Self {
        let state = State {
            meaning_sum: vec![0.0; DIM],
            ..State::default()
        };
        Self {
            options,
            table: Embeddings::shipped(),
            patterns: Patterns::default(),
            state,
        }
    }

    /// The detector as it was when `snapshot` was taken.
    ///
    /// # Errors
    /// When the bytes are no snapshot of this version.
    pub fn restore(options: DetectOptions, snapshot: &[u8]) -> Result<Self, RestoreError> {
        let stored: Snapshot<State, Vec<Pattern>> = serde_json::from_slice(snapshot)?;
        if stored.version != VERSION {
            return Err(RestoreError::OtherVersion(stored.version));
        }
        if stored.state.meaning_sum.len() != DIM || !stored.patterns.iter().all(centre_fits) {
            return Err(RestoreError::OtherTable);
        }
        let mut patterns = Patterns::default();
        for pattern in stored.patterns {
            patterns.insert(pattern);
        }
        Ok(Self {
            options,
            table: Embeddings::shipped(),
            patterns,
            state: stored.state,
        })
    }

    /// What is known of a pattern (of the one that its id stands for now); none where it is
    /// unknown or has aged out.
    pub fn summary(&self, id: PatternId) -> Option<PatternSummary> {
        let slot = self.patterns.slot_of(self.state.constraints.resolve(id))?;
        self.patterns.get(slot).map(|pattern| PatternSummary {
            id: pattern.id,
            label: pattern.label.clone(),
            tickets: pattern.tickets,
            last: pattern.last,
            signature: pattern.signatures.first().map(|(_, _, text)| text.clone()),
        })
    }

    /// How many patterns are held in memory.
    pub fn patterns(&self) -> usize {
        self.patterns.len()
    }

    /// The detector's own time: it never runs backwards, and one ticket alone cannot push it far
    /// ahead.
    fn advance(&mut self, at: Timestamp) -> Timestamp {
        let now = self.state.now.unwrap_or(at);
        let ahead = at.as_second().saturating_sub(now.as_second());
        let confirmed = self.state.claimed.is_some_and(|claimed| {
            (at.as_second().saturating_sub(claimed.as_second())).abs() < 86_400
        });
        let next = if ahead > MAX_JUMP_SECONDS && !confirmed {
            self.state.claimed = Some(at);
            now
        } else {
            if ahead > 0 {
                self.state.claimed = None;
            }
            now.max(at)
        };
        self.state.now = Some(next);
        next
    }

    /// The meaning with what all texts of the stream share taken out.
    fn centred(&self, meaning: &[f32]) -> Option<Vec<f32>> {
        let prior = self.options.mean_prior;
        let weight = self.state.meanings as f32;
        let mut out: Vec<f32> = meaning
            .iter()
            .zip(&self.state.meaning_sum)
            .zip(&self.table.mean)
            .map(|((value, sum), shipped)| value - (sum + shipped * prior) / (weight + prior))
            .collect();
        normalise(&mut out).then_some(out)
    }

    fn learn_mean(&mut self, meaning: &[f32]) {
        for (sum, value) in self.state.meaning_sum.iter_mut().zip(meaning) {
            *sum += value;
        }
        self.state.meanings += 1;
        if self.state.meanings >= MEAN_MEMORY {
            self.state.meanings /= 2;
            self.state
                .meaning_sum
                .iter_mut()
                .for_each(|sum| *sum /= 2.0);
        }
    }

    fn open(&mut self, ticket: &Ticket, features: &Features, now: Timestamp) -> usize {
        self.state.next_id += 1;
        let label = match &features.signature {
            Some(signature) => signature.to_string(),
            None => ticket.title(),
        };
        let pattern = Pattern {
            id: PatternId::new(self.state.next_id),
            label,
            tickets: 0,
            last: now,
            centre: vec![0.0; DIM],
            terms: Vec::new(),
            signatures: Vec::new(),
            compare_at: 2,
            activity: Activity::default(),
        };
        self.make_room();
        self.patterns.insert(pattern)
    }

    /// Lets the patterns that matter least age out: the fewer tickets and the longer silent, the
    /// sooner. A pattern that a person has spoken about stays.
    fn make_room(&mut self) {
        if self.patterns.len() < self.options.max_patterns {
            return;
        }
        let mut worth: Vec<(Timestamp, PatternId)> = self
            .patterns
            .iter()
            .filter(|pattern| !self.state.constraints.concern(pattern.id))
            .map(|pattern| {
                let credit = (pattern.tickets.min(1000) as i64) * CREDIT_SECONDS;
                let until = pattern.last.as_second().saturating_add(credit);
                (
                    Timestamp::from_second(until).unwrap_or(Timestamp::MAX),
                    pattern.id,
                )
            })
            .collect();
        let leaving = (self.options.max_patterns / 10).clamp(1, worth.len().max(1));
        worth.sort_unstable();
        for (_, id) in worth.into_iter().take(leaving) {
            if let Some(slot) = self.patterns.slot_of(id) {
                self.patterns.remove(slot);
            }
        }
    }

    fn nearest(&mut self, features: &Features, meaning: Option<&[f32]>) -> Option<Likeness> {
        let signature = features.signature.as_ref().map(|signature| signature.key());
        let found = self.patterns.nearest(
            &features.terms,
            meaning,
            signature,
            (1.0, 1.0),
            &self.options,
        );
        found
            .into_iter()
            .next()
            .filter(|best| best.total >= self.options.join)
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

    /// Unites the pattern at `slot` with others that have become its like; answers where it is
    /// now.
    fn heal(&mut self, slot: usize, merged: &mut Vec<Merged>) -> usize {
        let mut at = slot;
        for _ in 0..MAX_UNIONS {
            let Some(pattern) = self.patterns.get(at) else {
                return at;
            };
            let (id, centre, terms) = (pattern.id, pattern.centre.clone(), pattern.terms.clone());
            let signature = pattern.signatures.first().map(|held| held.0);
            let lengths = (
                dot(&centre, &centre).sqrt(),
                terms.iter().map(|(_, w)| w * w).sum::<f32>().sqrt(),
            );
            let meaning = (lengths.0 > 0.0).then_some(centre.as_slice());
            let found = self
                .patterns
                .nearest(&terms, meaning, signature, lengths, &self.options);
            let like = found.into_iter().find(|like| {
                like.slot != at
                    && like.total >= self.options.unite
                    && self
                        .patterns
                        .get(like.slot)
                        .is_some_and(|other| self.may_unite(id, other.id))
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
        self.patterns.change(keep, |pattern| {
            let total = pattern.tickets + gone.tickets;
            let share = gone.tickets as f32 / total.max(1) as f32;
            pattern.blend(Some(&gone.centre), &gone.terms, share);
            for (key, times, text) in &gone.signatures {
                pattern.count_signature(*key, *times, text);
            }
            pattern.tickets = total;
            pattern.last = pattern.last.max(gone.last);
            pattern.compare_at = next_comparison(total);
            pattern.activity.join(gone.activity);
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

    fn watch(&mut self, slot: usize, ticket: &Ticket, now: Timestamp) -> Option<Alert> {
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
        let held: Vec<&Activity> = slots
            .iter()
            .filter_map(|slot| self.patterns.get(*slot))
            .map(|pattern| &pattern.activity)
            .collect();
        let mut recent: Vec<&Seen> = held.iter().flat_map(|activity| &activity.recent).collect();
        recent.sort_by_key(|seen| (seen.at, seen.ticket));
        let usual = held.iter().map(|activity| activity.usual).sum();
        let last_surge = held.iter().filter_map(|activity| activity.surging).max();
        let surge = scan(&recent, usual, &self.state.volume, now, &self.options)?;
        let tests = self.state.volume.per_day().max(50.0);
        if surge.chance * tests > self.options.false_alerts_per_day {
            return None;
        }
        let quiet = self.options.quiet_hours * 3600;
        let goes_on = last_surge.is_some_and(|last| now.as_second() - last.as_second() < quiet);
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

    /// The slots of all that counts as this pattern.
    fn together(&self, stands_for: PatternId, slot: usize) -> Vec<usize> {
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

    /// Whether no person said that what these ids stand for is not the same.
    fn may_unite(&self, one: PatternId, other: PatternId) -> bool {
        let constraints = &self.state.constraints;
        !constraints.are_apart(constraints.resolve(one), constraints.resolve(other))
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

impl Detector for OnlineDetector {
    fn observe(&mut self, ticket: &Ticket) -> Detection {
        let now = self.advance(ticket.occurred_at);
        self.state.volume.add(now);
        let features = self.state.lexicon.read(ticket, &self.table, &self.options);
        let mut merged = Vec::new();
        if features.is_empty() {
            let reason = "no text to compare".to_owned();
            let assignment = Assignment {
                pattern: None,
                is_new: false,
                reason,
            };
            return Detection {
                assignment,
                alert: None,
                merged,
            };
        }
        let meaning = features
            .meaning
            .as_deref()
            .and_then(|meaning| self.centred(meaning));
        let best = self.nearest(&features, meaning.as_deref());
        let (slot, is_new, reason) = match best {
            Some(like) => (
                like.slot,
                false,
                in_words(&like, features.signature.as_ref().map(ToString::to_string)),
            ),
            None => (
                self.open(ticket, &features, now),
                true,
                "unlike every known pattern".to_owned(),
            ),
        };

        self.patterns.change(slot, |pattern| {
            pattern.absorb(&features, meaning.as_deref(), &self.options);
            pattern.last = pattern.last.max(now);
        });
        self.state.lexicon.learn(&features.terms);
        if let Some(meaning) = &features.meaning {
            self.learn_mean(meaning);
        }
        let pattern = self.patterns.get(slot).map(|pattern| pattern.id);
        let due = self.patterns.get_mut(slot).is_some_and(|pattern| {
            let due = pattern.tickets >= pattern.compare_at;
            if due {
                pattern.compare_at = next_comparison(pattern.tickets);
            }
            due
        });
        let slot = if due {
            self.heal(slot, &mut merged)
        } else {
            slot
        };
        let pattern = pattern.map(|id| self.state.constraints.resolve(id));
        let alert = self.watch(slot, ticket, now);
        Detection {
            assignment: Assignment {
                pattern,
                is_new,
                reason,
            },
            alert,
            merged,
        }
    }

    fn snapshot(&self) -> Vec<u8> {
        let patterns: Vec<&Pattern> = self.patterns.iter().collect();
        let snapshot = Snapshot {
            version: VERSION,
            state: &self.state,
            patterns,
        };
        // Plain values with number keys: nothing in them can fail to be written.
        serde_json::to_vec(&snapshot).unwrap_or_default()
    }

    fn resolve(&self, id: PatternId) -> PatternId {
        self.state.constraints.resolve(id)
    }

    fn merge(&mut self, ids: &[PatternId]) -> Result<PatternId, CorrectionError> {
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

    fn split(
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
                activity.join(pattern.activity.part(&moved));
            }
        }
        let new = self.patterns.get_mut(target).map(|pattern| {
            pattern.activity = activity;
            pattern.id
        });
        new.ok_or(CorrectionError::NothingToSplit(from))
    }

    fn not_the_same(&mut self, one: PatternId, other: PatternId) -> Result<(), CorrectionError> {
        let ((one, _), (other, _)) = (self.known(one)?, self.known(other)?);
        if one == other {
            return Err(CorrectionError::Single(one));
        }
        self.state.constraints.keep_apart(one, other);
        Ok(())
    }
}

/// A stream may stand still for a month; a single ticket that claims more is not believed.
const MAX_JUMP_SECONDS: i64 = 31 * 86_400;

/// Tickets after which the older half of the stream's mean is forgotten.
const MEAN_MEMORY: u64 = 65_536;

/// Each ticket of a pattern keeps it in memory so much longer than a silent one.
const CREDIT_SECONDS: i64 = 6 * 3600;

/// Unions that one ticket may set off.
const MAX_UNIONS: usize = 4;

/// Patterns are compared with one another while they are young, and then each time they have
/// grown by a quarter.
fn next_comparison(tickets: u64) -> u64 {
    tickets + (tickets / 4).max(1)
}

fn earliest_recent(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_sub(LONGEST_SECONDS)).unwrap_or(now)
}

fn in_words(like: &Likeness, signature: Option<String>) -> String {
    let mut parts = Vec::new();
    if like.same_signature {
        parts.push(match signature {
            Some(signature) => format!("same signature {signature}"),
            None => "same signature".to_owned(),
        });
    }
    if let Some(meaning) = like.meaning {
        parts.push(format!("meaning {meaning:.2}"));
    }
    if like.words > 0.0 {
        parts.push(format!("words {:.2}", like.words));
    }
    parts.join("; ")
}
