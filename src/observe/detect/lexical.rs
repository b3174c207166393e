//! Words: how common each is in this stream, and a ticket's words as weighted terms.

use super::dense::{Embeddings, Piece};
use super::options::DetectOptions;
use super::prose::{Prose, share_abroad};
use crate::domain::Ticket;
use crate::observe::signature::{ErrorSignature, FNV_START, each_word, fnv, is_unspaced};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by numbers that are hashes already.
pub(crate) type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Same>>;

/// Passes a number through and hashes a text quickly; for keys that nobody can choose to collide
/// to any harm: the map of the shipped pieces never grows, the others are bounded.
#[derive(Default)]
pub(crate) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = fnv(bytes, self.0);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// What is compared of a ticket.
pub(crate) struct Features {
    /// Terms with weights; together of length 1.
    pub(crate) terms: Vec<(u64, f32)>,
    /// Meaning, of length 1, before the stream's mean is taken out; none where no word is known, or
    /// the text is not English: words alone are compared then.
    pub(crate) meaning: Option<Vec<f32>>,
    /// Whether the text is English, as far as can be seen.
    pub(crate) is_english: bool,
    /// The error's signature.
    pub(crate) signature: Option<ErrorSignature>,
}

impl Features {
    /// Whether there is nothing to compare.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.meaning.is_none() && self.signature.is_none()
    }
}

/// How many tickets of the stream held each term, the English ones and the others apart: a word that
/// every German ticket holds is no rarity because most tickets are English.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lexicon {
    english: Counts,
    others: Counts,
}

/// How many of some tickets held each term. Old counts fade, so that the stream's own language is
/// followed and memory stays bounded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counts {
    #[serde(with = "super::stored::by_hash")]
    counts: ByHash<f32>,
    tickets: f32,
}

/// Terms held at most; past it all counts are halved and the rarest are forgotten.
const MAX_TERMS: usize = 65_536;

/// Tickets after which counts are halved even where the terms are few, so that the stream's
/// language is learned anew when it changes.
const HALVE_AFTER: f32 = 100_000.0;

/// Which of a ticket's texts is its log.
const LOG: usize = 2;

/// Words of a ticket that are read; what stands behind them is a trace or a paste.
const MAX_WORDS: usize = 400;

impl Lexicon {
    /// Takes a ticket's texts apart and weighs its terms by what the stream has held so far.
    pub(crate) fn read(
        &self,
        ticket: &Ticket,
        table: &Embeddings,
        options: &DetectOptions,
    ) -> Features {
        let mut pieces = [const { Vec::new() }; 3];
        let mut prose = [const { Prose::new() }; 3];
        let mut found = take_apart(ticket, options, |part, word, weight| {
            let share = table.take_apart(word, weight, &mut pieces[part]);
            prose[part].note(word, share);
            share
        });
        let [issue, message, _] = &prose;
        let is_english = issue.with(message).is_english();
        // A log is English wherever it comes from, and often the title is where the message is not.
        let mut known: Vec<Piece> = Vec::with_capacity(64);
        for (part, pieces) in pieces.into_iter().enumerate() {
            if is_english || part == LOG || prose[part].is_surely_english() {
                known.extend(pieces);
            }
        }
        let counts = if is_english {
            &self.english
        } else {
            found = take_apart(ticket, options, |_, word, weight| {
                let share = table.take_apart(word, weight, &mut Vec::new());
                share.max(share_abroad(word))
            });
            &self.others
        };
        Features {
            terms: counts.weigh(found, options),
            meaning: table.meaning(&known),
            is_english,
            signature: ErrorSignature::read(&ticket.texts()),
        }
    }

    /// Counts a ticket's terms.
    pub(crate) fn learn(&mut self, features: &Features) {
        let counts = match features.is_english {
            true => &mut self.english,
            false => &mut self.others,
        };
        counts.learn(&features.terms);
    }
}

/// A term of a ticket.
struct Found {
    term: u64,
    /// What the part of the ticket weighs that it stands in.
    weight: f32,
    /// The share of texts that hold it, as far as that is known before there are any.
    share: f32,
}

/// The terms of a ticket; `share` answers the share of a word in a part of it with this weight.
fn take_apart(
    ticket: &Ticket,
    options: &DetectOptions,
    mut share: impl FnMut(usize, &str, f32) -> f32,
) -> Vec<Found> {
    let mut found = Vec::with_capacity(48);
    let mut words = 0;
    let weights = [options.title_weight, 1.0, options.log_weight];
    for (part, (text, weight)) in ticket.texts().into_iter().zip(weights).enumerate() {
        let mut before: Option<(u64, f32)> = None;
        each_word(text, &mut |word| {
            words += 1;
            if words > MAX_WORDS {
                return;
            }
            let share = share(part, word, weight);
            let term = fnv(stem(word).as_bytes(), FNV_START);
            found.push(Found {
                term,
                weight,
                share,
            });
            let single = word.chars().next().is_some_and(is_unspaced);
            let (pair_weight, rarer) = match single {
                true => (1.0, PAIR_OF_ONE_KIND),
                false => (options.bigram_weight, PAIR_RARER),
            };
            if let Some(before) = before
                && pair_weight > 0.0
            {
                found.push(Found {
                    term: fnv(&term.to_le_bytes(), before.0),
                    weight: weight * pair_weight,
                    share: share.min(before.1) * rarer,
                });
            }
            before = Some((term, share));
        });
    }
    found
}

impl Counts {
    /// The terms with their weights.
    fn weigh(&self, mut found: Vec<Found>, options: &DetectOptions) -> Vec<(u64, f32)> {
        found.sort_unstable_by(|a, b| a.term.cmp(&b.term).then(b.weight.total_cmp(&a.weight)));
        let mut terms: Vec<(u64, f32)> = Vec::with_capacity(found.len());
        let mut at = 0;
        while let Some(first) = found.get(at) {
            let same = found[at..].iter().take_while(|f| f.term == first.term);
            let times = same.count();
            at += times;
            let repeats = 1.0 + (times as f32).ln();
            let rarity = self.rarity(first.term, first.share, options);
            terms.push((first.term, first.weight * repeats * rarity));
        }
        if terms.len() > MAX_TERMS_OF_A_TICKET {
            terms.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            terms.truncate(MAX_TERMS_OF_A_TICKET);
            terms.sort_unstable_by_key(|term| term.0);
        }
        let length = terms.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if length > 0.0 {
            terms.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        terms
    }

    fn rarity(&self, term: u64, share: f32, options: &DetectOptions) -> f32 {
        let seen = self.counts.get(&term).copied().unwrap_or(0.0);
        let prior = options.idf_prior;
        ((self.tickets + prior + 1.0) / (seen + prior * share + 0.5))
            .ln()
            .max(0.05)
    }

    fn learn(&mut self, terms: &[(u64, f32)]) {
        self.tickets += 1.0;
        for (term, _) in terms {
            *self.counts.entry(*term).or_default() += 1.0;
        }
        while self.counts.len() > MAX_TERMS || self.tickets > HALVE_AFTER {
            self.tickets /= 2.0;
            self.counts.retain(|_, count| {
                *count /= 2.0;
                *count >= 0.4
            });
        }
    }
}

/// A pair of words is this much rarer than the rarer of them.
const PAIR_RARER: f32 = 0.05;

/// A pair of characters is this much rarer than the rarer of them: in scripts without spaces pairs
/// of one kind stand together.
const PAIR_OF_ONE_KIND: f32 = 0.5;

/// Terms of one ticket that are compared, the rarest ones.
const MAX_TERMS_OF_A_TICKET: usize = 64;

/// An English word without its ending, so that `charged`, `charges` and `charging` are one term.
/// Deliberately small: a wrong cut only costs a shared term.
fn stem(word: &str) -> &str {
    if !word.is_ascii() {
        return word;
    }
    let word = match word.strip_suffix('s') {
        Some(rest) if rest.len() >= 3 && !rest.ends_with(['s', 'u', 'i']) => rest,
        _ => word,
    };
    let cut = [("ing", 4), ("ed", 4)]
        .into_iter()
        .find_map(|(ending, least)| word.strip_suffix(ending).filter(|rest| rest.len() >= least));
    let word = cut.unwrap_or(word);
    word.strip_suffix('e')
        .filter(|rest| rest.len() >= 4)
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_one_word_share_a_stem() {
        assert_eq!(stem("charged"), stem("charging"));
        assert_eq!(stem("charge"), stem("charges"));
        assert_eq!(stem("cards"), "card");
        assert_eq!(stem("address"), "address");
        assert_eq!(stem("status"), "status");
    }
}
