//! Our own names in other people's texts: classes (`webhook_configuration`), runbooks
//! (`webhook-timeout`) and actions. Whoever writes one repeats what a card, a document or this
//! repository says; that is no symptom, so it is evidence for nothing.

use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// Names of more than one word, written as we write them.
#[derive(Clone, Debug, Default)]
pub struct Names(Option<AhoCorasick>);

impl Names {
    /// Takes those names that hold an underscore or a hyphen: a single word is a word. An error
    /// only where there are too many for the automaton.
    pub fn of<'n>(
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, aho_corasick::BuildError> {
        let names: BTreeSet<&str> = names
            .into_iter()
            .filter(|name| name.contains(['_', '-']))
            .collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(names)
            .map(|automaton| Self(Some(automaton)))
    }

    /// The text with each name replaced by as many spaces, so that places in it stay the same.
    pub fn blank<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let places: Vec<Range<usize>> = self.places(text).collect();
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut blanked = String::with_capacity(text.len());
        let mut done = 0;
        for place in places {
            blanked.push_str(&text[done..place.start]);
            blanked.extend(std::iter::repeat_n(' ', place.len()));
            done = place.end;
        }
        blanked.push_str(&text[done..]);
        Cow::Owned(blanked)
    }

    /// Whether the text is made of names and nothing else.
    pub fn are_all_of(&self, text: &str) -> bool {
        self.places(text).next().is_some() && !self.blank(text).chars().any(char::is_alphanumeric)
    }

    fn places(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        self.0
            .iter()
            .flat_map(move |automaton| automaton.find_iter(text))
            .map(|found| found.range())
            .filter(move |place| {
                !text[..place.start].ends_with(inside) && !text[place.end..].starts_with(inside)
            })
    }
}
