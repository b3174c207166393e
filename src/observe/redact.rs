//! Secrets and personal data out, before anything is stored, logged, shown or sent to a model.
//!
//! One pass of a literal automaton and one byte loop find places worth a look (a known prefix, an
//! `@`, a run of digits); only there is a shape checked. Clean text therefore costs little, and
//! hostile text stays linear: every check is bounded or remembers how far it has read.
//!
//! Text in which characters hide (zero-width, fullwidth, entities, `%40`) is read a second time
//! as it would look to a person; what is found there is mapped back.

mod assign;
mod context;
mod digits;
mod email;
mod hidden;
mod kind;
mod labelled;
mod national;
mod pem;
mod resolve;
mod scan;
mod shapes;
mod tokens;

use std::collections::{BTreeMap, HashMap};

pub use kind::Kind;

/// One stretch of personal data or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first character, counted in Unicode characters of the input.
    pub start: usize,
    /// The character behind its last one.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

/// A text without its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The input with each span replaced by its placeholder; nothing else is changed.
    pub text: String,
    /// What was replaced, in order, not overlapping.
    pub spans: Vec<Span>,
    /// How many spans of each kind.
    pub counts: BTreeMap<Kind, u32>,
}

/// Redacts one text by itself.
pub fn redact(text: &str) -> Redacted {
    Redactor::new().redact(text)
}

/// Redacts the texts of one ticket: equal values get equal placeholders in all of them.
///
/// It holds the values it has seen, so it must not outlive the ticket.
#[derive(Default)]
pub struct Redactor {
    numbers: HashMap<(Kind, String), u32>,
    last: BTreeMap<Kind, u32>,
    counts: BTreeMap<Kind, u32>,
}

impl Redactor {
    /// A redactor that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces what is personal or secret in `text` by placeholders such as `‹email:1›`.
    pub fn redact(&mut self, text: &str) -> Redacted {
        let found = find(text);
        if found.is_empty() {
            return Redacted {
                text: text.to_owned(),
                ..Redacted::default()
            };
        }
        let mut out = Redacted {
            text: String::with_capacity(text.len()),
            ..Redacted::default()
        };
        let (mut byte, mut character) = (0, 0);
        for piece in found {
            let before = &text[byte..piece.start];
            let value = &text[piece.start..piece.end];
            let start = character + before.chars().count();
            let end = start + value.chars().count();
            out.text.push_str(before);
            self.placeholder(piece.kind, value, &mut out.text);
            out.spans.push(Span {
                start,
                end,
                kind: piece.kind,
            });
            *out.counts.entry(piece.kind).or_default() += 1;
            *self.counts.entry(piece.kind).or_default() += 1;
            (byte, character) = (piece.end, end);
        }
        out.text.push_str(&text[byte..]);
        out
    }

    /// The same for a text that is given away: without secrets it comes back as it is.
    pub fn redact_owned(&mut self, text: String) -> String {
        if holds_secret(&text) {
            self.redact(&text).text
        } else {
            text
        }
    }

    /// A field's name and value, the value redacted with the name in view: `hunter2` alone is a
    /// word, as the value of `password` it is a secret.
    pub fn redact_field(&mut self, name: String, value: String) -> (String, String) {
        // A quote within the value must not seem to end it; lengths stay the same.
        let inner = value.replace('"', "\u{1}");
        let mut field = String::with_capacity(name.len() + value.len() + 5);
        for part in ["\"", &name, "\":\"", &inner, "\""] {
            field.push_str(part);
        }
        let found = find(&field);
        if found.is_empty() {
            return (name, value);
        }
        let head = name.len() + 4;
        let mut out = String::with_capacity(value.len());
        let mut at = 0;
        for piece in found {
            // What the name itself holds is not the value's; the added quote is nobody's.
            let start = piece.start.saturating_sub(head).max(at);
            let end = piece.end.saturating_sub(head).min(value.len());
            if start < end {
                out.push_str(&value[at..start]);
                self.placeholder(piece.kind, &value[start..end], &mut out);
                *self.counts.entry(piece.kind).or_default() += 1;
                at = end;
            }
        }
        out.push_str(&value[at..]);
        (self.redact_owned(name), out)
    }

    /// How many spans of each kind were replaced in all texts so far.
    pub fn counts(&self) -> &BTreeMap<Kind, u32> {
        &self.counts
    }

    fn placeholder(&mut self, kind: Kind, value: &str, out: &mut String) {
        let last = self.last.entry(kind).or_default();
        let number = self
            .numbers
            .entry((kind, kind.same_value(value)))
            .or_insert_with(|| {
                *last += 1;
                *last
            });
        out.push('‹');
        out.push_str(kind.word());
        out.push(':');
        out.push_str(&number.to_string());
        out.push('›');
    }
}

/// Whether a text holds anything that would be redacted.
pub fn holds_secret(text: &str) -> bool {
    !find(text).is_empty()
}

/// The stretches to replace, in bytes, in order, not overlapping.
fn find(text: &str) -> Vec<scan::Found> {
    let (mut found, encoded) = scan::scan(text);
    if (encoded || hidden::hides(text))
        && let Some(plain) = hidden::Plain::of(text)
    {
        let (behind, _) = scan::scan(plain.text());
        found.extend(behind.into_iter().map(|piece| plain.back(piece)));
    }
    resolve::resolve(found)
}
