//! What stands in a card's thread: the timeline, entry by entry, and whole payloads that the card
//! has no room for.

use super::question;
use crate::discord::escape::{Text, label};
use crate::discord::limits;
use crate::discord::message::{Draft, Embed, File};
use crate::domain::card::{Card, PlanCard, TimelineEntry, plain};

/// Room for entries in one message, beside its key.
const MESSAGE: usize = limits::CONTENT - 100;
/// The longest entry.
const ENTRY: usize = 300;
/// Parts in which a payload is posted; a longer one is a file.
const PARTS: usize = 4;
/// Characters of a payload in one part.
const PART: usize = 3_600;

/// The name of a card's thread.
pub fn title(card: &Card) -> String {
    label(&plain(&card.title), limits::THREAD_TITLE)
}

/// Whether an entry belongs in the thread: tickets are counted on the card, and deliveries tell
/// their end there.
pub fn belongs(kind: &str) -> bool {
    !kind.starts_with("ticket.") && kind != "delivery.started" && kind != "discord.noted"
}

/// Entries as messages of the thread, each with the number of its last record.
pub fn timeline(key: &str, entries: &[TimelineEntry]) -> Vec<(u64, Draft)> {
    let mut messages = Vec::new();
    let mut text = Text::new();
    let mut range: Option<(u64, u64)> = None;
    for entry in entries {
        let next = entry_text(entry);
        if text.length() + next.length() + 1 > MESSAGE
            && let Some((first, last)) = range.take()
        {
            messages.push((last, message(key, first, &text)));
            text = Text::new();
        }
        text = text.line().then(&next);
        range = Some((range.map_or(entry.record, |(first, _)| first), entry.record));
    }
    if let Some((first, last)) = range {
        messages.push((last, message(key, first, &text)));
    }
    messages
}

fn message(key: &str, first: u64, text: &Text) -> Draft {
    Draft::words(text.clamp(MESSAGE)).keyed(format!("{key}/{first}"))
}

fn entry_text(entry: &TimelineEntry) -> Text {
    let said = Text::new()
        .own(&format!("<t:{}:T> **", entry.at.as_second()))
        .own(&Text::new().foreign(&entry.actor).clamp(60))
        .own("** ")
        .foreign(&entry.text)
        .clamp(ENTRY);
    Text::new().own(&said)
}

/// A plan's whole payload as messages of the thread.
pub fn payload(plan: &PlanCard) -> Vec<Draft> {
    let whole = question::payload(plan);
    let key = |part: usize| format!("payload/{}/{part}", plan.id);
    let title = |of: &str| format!("{}: exactly what would be sent{of}", plan.id);
    let parts = parts(&whole);
    if parts.len() > PARTS {
        let file = File {
            name: format!("{}.txt", plan.id),
            bytes: whole.into_bytes(),
        };
        let words = format!("{}, for every target, in this file.", title(""));
        return vec![Draft {
            file: Some(file),
            ..Draft::words(words).keyed(key(1))
        }];
    }
    let total = parts.len();
    let embeds = parts.iter().enumerate().map(|(index, part)| {
        let of = if total > 1 {
            format!(", {} of {total}", index + 1)
        } else {
            String::new()
        };
        let embed = Embed {
            colour: super::risk_colour(plan.risk.level),
            title: title(&of),
            description: Text::new()
                .block(part, limits::EMBED_DESCRIPTION)
                .clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        };
        Draft {
            embeds: vec![embed],
            ..Draft::default()
        }
        .keyed(key(index + 1))
    });
    embeds.collect()
}

/// A text in pieces that show whole in a block each, cut at line ends where there are any.
fn parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut size = 0;
    for line in text.split_inclusive('\n') {
        let width = Text::new().block(line, usize::MAX).length();
        if size + width > PART && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
            size = 0;
        }
        if width <= PART {
            part.push_str(line);
            size += width;
            continue;
        }
        for c in line.chars() {
            // Shown by its number, one character may take nine.
            if size + 9 > PART {
                parts.push(std::mem::take(&mut part));
                size = 0;
            }
            part.push(c);
            size += 9;
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}
