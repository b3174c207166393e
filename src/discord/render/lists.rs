//! Lists that commands answer with: one line an entry, pages by buttons.

use super::{count, line, shape, time};
use crate::discord::custom_id::CustomId;
use crate::discord::escape::Text;
use crate::discord::limits;
use crate::discord::message::{Button, Draft, Embed, Look, Row};
use crate::domain::Record;
use crate::domain::card::CardState;
use crate::engine::handle::{AlikeRow, IncidentRow, TicketView, WaitingRow};

/// Entries of a page.
pub const PAGE: usize = 10;
/// The longest entry.
const ENTRY: usize = 380;
const COLOUR: u32 = 0x0056_B4E9;

/// A page of a list with a button to the next one.
pub fn page(title: &str, entries: &[Text], empty: &str, older: Option<CustomId>) -> Draft {
    let mut text = Text::new();
    for entry in entries {
        text = text.line().own(&entry.clamp(ENTRY));
    }
    if text.is_empty() {
        text = text.own(empty);
    }
    let rows = older.map(|press| Row::Buttons(vec![Button::new(&press, "Older", Look::Plain)]));
    Draft {
        embeds: vec![Embed {
            colour: COLOUR,
            title: limits::cut(title, limits::EMBED_TITLE),
            description: text.clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        }],
        rows: rows.into_iter().collect(),
        ..Draft::default()
    }
}

/// `◆ INC-4 · WebhookTimeout · 6 merchants, high · LIKELY 82 · 1 waits for a person`.
pub fn incident(row: &IncidentRow, link: Option<&str>) -> Text {
    let name = linked(&row.id.to_string(), link);
    let merchants = count(row.merchants as usize, "merchant", "merchants");
    let mut text = Text::new()
        .own(&format!("{} {name} ", shape(row.state)))
        .own(&Text::new().foreign(&row.label).clamp(120))
        .own(&format!(" · {merchants}, {}", row.severity));
    if !row.diagnosis.is_empty() {
        text = text.own(" · ").foreign(&row.diagnosis);
    }
    if row.waiting > 0 {
        let waits = count(row.waiting as usize, "question waits", "questions wait");
        text = text.own(&format!(" · **{waits}**"));
    } else if row.state != CardState::Waiting {
        text = text.own(" · ").own(row.state.in_words());
    }
    text.own(&format!(" · <t:{}:R>", row.opened_at.as_second()))
}

/// What waits for a person.
pub fn waiting(row: &WaitingRow, link: Option<&str>) -> Text {
    let name = linked(&row.subject.to_string(), link);
    let mut text = Text::new()
        .own(&format!("{name} · {} ", row.plan))
        .code(&row.action, 60)
        .own(": ")
        .foreign(&row.wanted);
    if !row.cost.is_empty() {
        text = text.own(" · costs ").foreign(&row.cost);
    }
    text = text.own(&format!(" · waits since {}", time(row.since)));
    match row.expires_at {
        Some(at) => text.own(&format!(" · expires {}", time(at))),
        None => text,
    }
}

/// A plan among others like it, with whom it reaches.
pub fn alike(row: &AlikeRow, link: Option<&str>) -> Text {
    let name = linked(&row.subject.to_string(), link);
    let mut text = Text::new()
        .own(&format!("**{}** for {name} ", row.plan))
        .own(&Text::new().foreign(&row.label).clamp(100))
        .own(": ")
        .own(&Text::new().foreign(&row.targets.join(", ")).clamp(180));
    if let Some(at) = row.expires_at {
        text = text.own(&format!(" · expires {}", time(at)));
    }
    text
}

/// One audit record in a line.
pub fn record(record: &Record) -> Text {
    let draft = &record.draft;
    let mut text = Text::new()
        .own(&format!(
            "`#{}` <t:{}:f> ",
            record.seq,
            draft.at.as_second()
        ))
        .code(&draft.kind, 60)
        .own(" ")
        .foreign(&draft.actor.to_string())
        .own(": ")
        .foreign(&draft.what);
    if let Some(subject) = draft.subject {
        text = text.own(&format!(" · {subject}"));
    }
    text
}

/// One audit record whole.
pub fn whole_record(record: &Record) -> Draft {
    let json = serde_json::to_value(record).unwrap_or_default();
    let json = serde_json::to_string_pretty(&json).unwrap_or_default();
    Draft {
        embeds: vec![Embed {
            colour: COLOUR,
            title: format!("Audit record {}", record.seq),
            description: Text::new()
                .block(&json, limits::EMBED_DESCRIPTION)
                .clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        }],
        ..Draft::default()
    }
}

/// One ticket, redacted as it is stored.
pub fn ticket(view: &TicketView) -> Draft {
    let ticket = &view.ticket;
    let mut facts = Text::new();
    let merchant = match &ticket.merchant {
        None => Text::new().own("none named"),
        Some(merchant) if merchant.is_verified() => Text::new().foreign(merchant.id.as_str()),
        Some(merchant) => Text::new()
            .foreign(merchant.id.as_str())
            .own(" (claimed, not verified)"),
    };
    facts = facts.own("**Merchant** ").then(&merchant);
    facts = facts
        .line()
        .own(&format!("**Severity** {}", ticket.severity))
        .line()
        .own("**Came** ")
        .own(&time(ticket.received_at))
        .own(" from ")
        .foreign(ticket.source.as_str());
    if let Some(subject) = view.subject {
        facts = facts.line().own(&format!("**Answered by** {subject}"));
    }
    if !view.reason.is_empty() {
        facts = facts
            .line()
            .own("**Put there because** ")
            .foreign(&view.reason);
    }
    let text = |name: &str, text: &str| {
        let block = Text::new().block(text, limits::FIELD_VALUE);
        (!text.trim().is_empty()).then(|| (name.to_owned(), block.clamp(limits::FIELD_VALUE)))
    };
    let fields = [
        text("Message", &ticket.merchant_message),
        text("Error log", &ticket.error_log),
    ];
    let title = Text::new()
        .own(&format!("{} · ", ticket.id))
        .foreign(&ticket.title());
    Draft {
        embeds: vec![Embed {
            colour: COLOUR,
            title: title.clamp(limits::EMBED_TITLE),
            description: facts.clamp(1_500),
            fields: fields.into_iter().flatten().collect(),
        }],
        ..Draft::default()
    }
}

/// The whole diagnosis, for whoever wants more than the card shows.
pub fn diagnosis(card: &crate::domain::card::Card) -> Draft {
    let mut quotes = Text::new();
    for quote in &card.evidence {
        quotes = quotes
            .line()
            .own("> ")
            .foreign(&quote.text)
            .own(" · ")
            .foreign(&quote.source);
    }
    let lines = |lines: &[crate::domain::card::Line]| {
        lines.iter().fold(Text::new(), |text, entry| {
            line(text.line().own("• "), entry)
        })
    };
    let mut fields = Vec::new();
    let mut add = |name: &str, text: &Text| {
        if !text.is_empty() {
            fields.push((name.to_owned(), text.clamp(limits::FIELD_VALUE)));
        }
    };
    add("What that rests on", &quotes);
    add(
        "What speaks against it, or was assumed",
        &lines(&card.doubts),
    );
    add("Other explanations", &lines(&card.alternatives));
    add("Answered by", &Text::new().foreign(&card.provider));
    Draft {
        embeds: vec![Embed {
            colour: super::colour(card.state),
            title: line(Text::new(), &card.title).clamp(limits::EMBED_TITLE),
            description: line(Text::new(), &card.diagnosis).clamp(1_200),
            fields,
        }],
        ..Draft::default()
    }
}

fn linked(id: &str, link: Option<&str>) -> String {
    match link {
        Some(link) => format!("[**{id}**]({link})"),
        None => format!("**{id}**"),
    }
}
