//! The detector: one pass, each ticket assigned before the next is read.

mod healing;
mod splitting;

use super::alerted::Alerted;
use super::cohort::Cohorts;
use super::constraints::{Constraints, CorrectionError};
use super::dense::{DIM, Embeddings, normalise};
use super::explain::in_words;
use super::lexical::{Features, Lexicon};
use super::options::DetectOptions;
use super::pattern::{Likeness, Pattern, Patterns, centre_fits};
use super::vicinity::Vicinity;
use super::volume::Volume;
use super::{Detection, Detector, Merged, SplitOff};
use crate::domain::{Assignment, PatternId, Ticket};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Groups tickets by error signature, words and meaning, and watches each group for a surge of
/// distinct merchants.
pub struct OnlineDetector {
    pub(super) options: DetectOptions,
    pub(super) table: Embeddings,
    pub(super) patterns: Patterns,
    pub(super) state: State,
}

/// What is stored of the detector beside its patterns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) lexicon: Lexicon,
    /// Sum of the meaning vectors of the stream.
    #[serde(with = "super::stored::floats")]
    pub(super) meaning_sum: Vec<f32>,
    pub(super) meanings: u64,
    pub(super) next_id: u64,
    pub(super) now: Option<Timestamp>,
    /// A time far ahead that one ticket claimed and no second one has confirmed yet.
    pub(super) claimed: Option<Timestamp>,
    pub(super) constraints: Constraints,
    pub(super) volume: Volume,
    pub(super) cohorts: Cohorts,
    pub(super) vicinity: Vicinity,
    pub(super) alerted: Alerted,
}

/// A snapshot as it is stored.
#[derive(Serialize, Deserialize)]
struct Snapshot<S, P> {
    version: u32,
    state: S,
    patterns: P,
}

const VERSION: u32 = 6;

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
    pub(super) fn centred(&self, meaning: &[f32]) -> Option<Vec<f32>> {
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

    pub(super) fn open(&mut self, ticket: &Ticket, features: &Features, now: Timestamp) -> usize {
        self.state.next_id += 1;
        let label = match &features.signature {
            Some(signature) => signature.to_string(),
            None => ticket.title(),
        };
        let pattern = Pattern::new(PatternId::new(self.state.next_id), label, now);
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
                self.state.constraints.forget(id);
            }
        }
    }

    fn nearest(&mut self, features: &Features, meaning: Option<&[f32]>) -> Vec<Likeness> {
        let signature = features.signature.as_ref().map(|signature| signature.key());
        self.patterns.nearest(
            &features.terms,
            meaning,
            signature,
            (1.0, 1.0),
            &self.options,
        )
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
                part_of: None,
                merged,
                split: None,
            };
        }
        let meaning = features
            .meaning
            .as_deref()
            .and_then(|meaning| self.centred(meaning));
        let near = self.nearest(&features, meaning.as_deref());
        let best = near
            .first()
            .copied()
            .filter(|best| best.total >= self.options.join);
        let (mut slot, mut is_new, mut reason) = match best {
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
        self.state.lexicon.learn(&features);
        if let Some(meaning) = &features.meaning {
            self.learn_mean(meaning);
        }
        let mut pattern = self.patterns.get(slot).map(|pattern| pattern.id);
        let due = self.patterns.get_mut(slot).is_some_and(|pattern| {
            let due = pattern.tickets >= pattern.compare_at;
            if due {
                pattern.compare_at = next_comparison(pattern.tickets);
            }
            due
        });
        let mut split = None;
        if due {
            split = self.split_off(slot, ticket, &features, meaning.as_deref(), now);
            match &split {
                Some(off) => {
                    (pattern, is_new, reason) = (Some(off.into), true, off.reason.clone());
                    slot = self.patterns.slot_of(off.into).unwrap_or(slot);
                }
                None => slot = self.heal(slot, &mut merged),
            }
        }
        let pattern = pattern.map(|id| self.state.constraints.resolve(id));
        let watched = self.watch(slot, ticket, now, &features, meaning.as_deref());
        Detection {
            assignment: Assignment {
                pattern,
                is_new,
                reason,
            },
            alert: watched.alert,
            part_of: watched.part_of,
            merged,
            split,
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
        self.correct_merge(ids)
    }

    fn split(
        &mut self,
        from: PatternId,
        tickets: &[&Ticket],
    ) -> Result<PatternId, CorrectionError> {
        self.correct_split(from, tickets)
    }

    fn not_the_same(&mut self, one: PatternId, other: PatternId) -> Result<(), CorrectionError> {
        self.correct_not_the_same(one, other)
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
