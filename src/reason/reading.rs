//! One ticket as rules, signatures and retrieval read it: normalised once, searched once.

use super::names::Names;
use super::phrases::{Found, PhraseId, Phrases};
use super::text::{Words, sentence};
use crate::domain::Ticket;
use std::ops::Range;

/// Which of a ticket's texts something counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields(u8);

impl Fields {
    /// Title, message and log.
    pub const ANY: Self = Self(0b111);
    /// Title and message: what a person wrote.
    pub const TEXT: Self = Self(0b011);
    /// Program output.
    pub const LOG: Self = Self(0b100);

    const NAMED: [(&'static str, Self); 4] = [
        ("issue:", Self(0b001)),
        ("message:", Self(0b010)),
        ("text:", Self::TEXT),
        ("log:", Self::LOG),
    ];

    /// Takes a field's name off the front of an entry (`log:timeout`).
    pub fn strip(entry: &str) -> (Self, &str) {
        Self::NAMED
            .into_iter()
            .find_map(|(name, fields)| Some((fields, entry.trim().strip_prefix(name)?)))
            .unwrap_or((Self::ANY, entry))
    }

    fn has(self, field: usize) -> bool {
        self.0 >> field & 1 == 1
    }
}

/// A place in one of a ticket's texts (as [`Ticket::texts`] orders them), in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    field: usize,
    bytes: Range<usize>,
}

/// One ticket, read.
#[derive(Debug)]
pub struct Reading<'t> {
    /// The ticket.
    pub ticket: &'t Ticket,
    texts: [(Words, Found); 3],
}

impl<'t> Reading<'t> {
    /// Reads a ticket. Our own names in it count as nothing.
    pub fn of(ticket: &'t Ticket, phrases: &Phrases, names: &Names) -> Self {
        let texts = ticket.texts().map(|text| {
            let words = Words::of(&names.blank(text));
            let found = phrases.find(&words);
            (words, found)
        });
        Self { ticket, texts }
    }

    /// The first place of a phrase in one of the fields.
    pub fn place(&self, phrase: PhraseId, fields: Fields) -> Option<Place> {
        let found = |(field, (words, found)): (usize, &(Words, Found))| {
            let bytes = words.original(found.place(phrase)?);
            Some(Place { field, bytes })
        };
        self.texts
            .iter()
            .enumerate()
            .filter(|(field, _)| fields.has(*field))
            .find_map(found)
    }

    /// The places of all the phrases if they stand together in what a person wrote, or together
    /// in the log; none where one is missing.
    pub fn together(&self, phrases: &[PhraseId]) -> Option<Vec<Place>> {
        [Fields::LOG, Fields::TEXT].into_iter().find_map(|fields| {
            phrases
                .iter()
                .map(|phrase| self.place(*phrase, fields))
                .collect()
        })
    }

    /// Whether a place lies in the log.
    pub fn in_log(&self, place: &Place) -> bool {
        Fields::LOG.has(place.field)
    }

    /// The sentence around a place, as it is written.
    pub fn quote(&self, place: &Place) -> &'t str {
        sentence(self.ticket.texts()[place.field], place.bytes.clone())
    }

    /// All words, for retrieval.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().flat_map(|(words, _)| words.iter())
    }

    /// A quote that shows what the ticket is about where nothing more exact is known.
    pub fn gist(&self) -> &'t str {
        let text = self
            .ticket
            .texts()
            .into_iter()
            .find(|text| !text.trim().is_empty());
        text.map_or("", |text| {
            let start = text.len() - text.trim_start().len();
            sentence(text, start..start)
        })
    }
}
