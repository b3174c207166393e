//! Finds many phrases in a text in one pass.

use super::text::Words;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;
use std::ops::Range;

/// A phrase that was registered with a [`PhraseBook`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhraseId(usize);

/// Collects phrases. A phrase is one or more words; the last may end in `*` (any ending), or be
/// `#` (a number, as in `since #`).
#[derive(Debug, Default)]
pub struct PhraseBook {
    ids: HashMap<String, PhraseId>,
    /// Pattern and phrase.
    patterns: Vec<(String, PhraseId)>,
}

impl PhraseBook {
    /// Registers a phrase; none where it has no word.
    pub fn add(&mut self, phrase: &str) -> Option<PhraseId> {
        let phrase = phrase.trim();
        let (stem, number) = match phrase.strip_suffix('#') {
            Some(stem) => (stem, true),
            None => (phrase, false),
        };
        let words = Words::of(stem);
        if words.is_empty() && !number {
            return None;
        }
        let key = format!("{}{number}{}", words.as_str(), phrase.ends_with('*'));
        if let Some(known) = self.ids.get(&key) {
            return Some(*known);
        }
        let id = PhraseId(self.ids.len());
        self.ids.insert(key, id);
        if number {
            let digits = (0..10).map(|digit| (format!("{}{digit}", words.as_str()), id));
            self.patterns.extend(digits);
        } else if phrase.ends_with('*') {
            self.patterns
                .push((words.as_str().trim_end().to_owned(), id));
        } else {
            self.patterns.push((words.as_str().to_owned(), id));
        }
        Some(id)
    }

    /// Closes the book. An error only where it holds too many phrases for the automaton.
    pub fn finish(self) -> Result<Phrases, aho_corasick::BuildError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(self.patterns.iter().map(|(pattern, _)| pattern))?;
        Ok(Phrases {
            automaton,
            owners: self.patterns.into_iter().map(|(_, id)| id).collect(),
            count: self.ids.len(),
        })
    }
}

/// A closed book.
#[derive(Clone, Debug)]
pub struct Phrases {
    automaton: AhoCorasick,
    owners: Vec<PhraseId>,
    count: usize,
}

impl Phrases {
    /// Where each phrase stands first in the words.
    pub fn find(&self, words: &Words) -> Found {
        let mut first = vec![ABSENT; self.count];
        for found in self.automaton.find_overlapping_iter(words.as_str()) {
            let PhraseId(phrase) = self.owners[found.pattern().as_usize()];
            if first[phrase] == ABSENT {
                first[phrase] = (narrow(found.start()), narrow(found.end()));
            }
        }
        Found(first)
    }
}

/// Stands for a phrase that was not found: no phrase ends where it begins.
const ABSENT: (u32, u32) = (0, 0);

/// A text beyond 4 GiB cannot come here (a ticket has 64 KiB); if it did, only its quote suffers.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Which phrases stand in one text.
#[derive(Clone, Debug)]
pub struct Found(Vec<(u32, u32)>);

impl Found {
    /// Where a phrase stands first, as bytes of [`Words::as_str`].
    pub fn place(&self, PhraseId(phrase): PhraseId) -> Option<Range<usize>> {
        let (start, end) = *self.0.get(phrase).filter(|place| **place != ABSENT)?;
        Some(start as usize..end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_beginnings_and_numbers_are_told_apart() {
        let mut book = PhraseBook::default();
        let whole = book.add("Sign-in").unwrap();
        let beginning = book.add("upgrad*").unwrap();
        let number = book.add("since #").unwrap();
        assert_eq!(
            book.add("sign in"),
            Some(whole),
            "the same words are one phrase"
        );
        assert_eq!(book.add(" - "), None);
        let phrases = book.finish().unwrap();

        let found = phrases.find(&Words::of("Sign in fails since 2.4, we upgraded"));
        assert!(
            [whole, beginning, number]
                .iter()
                .all(|id| found.place(*id).is_some())
        );
        let found = phrases.find(&Words::of("assign into, since then downgraded"));
        assert!(
            [whole, beginning, number]
                .iter()
                .all(|id| found.place(*id).is_none())
        );
    }
}
