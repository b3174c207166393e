//! What the store says, as messages. Nothing here adds a fact, and nothing here asks anybody.

pub mod card;
pub mod lists;
pub mod policy;
pub mod question;
pub mod status;
pub mod thread;

use super::escape::Text;
use crate::domain::Risk;
use crate::domain::card::{CardState, Line, Span};
use jiff::Timestamp;

/// A line of a card, inert: its own words may hold names of the config, so they are escaped too.
pub fn line(text: Text, line: &Line) -> Text {
    line.iter().fold(text, |text, span| match span {
        Span::Own(words) | Span::Foreign(words) => text.foreign(words),
        Span::Code(name) => text.code(name, 120),
    })
}

/// A time of day in the reader's own time zone, with how long it is from now.
pub fn time(at: Timestamp) -> String {
    let seconds = at.as_second();
    format!("<t:{seconds}:t> (<t:{seconds}:R>)")
}

/// A date and time in the reader's own time zone.
pub fn date(at: Timestamp) -> String {
    format!("<t:{}:f>", at.as_second())
}

/// `1 merchant`, `9 merchants`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The state as a shape: colour never stands alone.
pub const fn shape(state: CardState) -> &'static str {
    match state {
        CardState::Open => "○",
        CardState::Waiting => "◆",
        CardState::Acting => "▶",
        CardState::Verifying => "◎",
        CardState::Attention => "▲",
        CardState::Done => "✓",
    }
}

/// The colour of a card: told apart also by those who see red and green alike.
pub const fn colour(state: CardState) -> u32 {
    match state {
        CardState::Open => 0x0056_B4E9,
        CardState::Waiting => 0x00E6_9F00,
        CardState::Acting => 0x0000_72B2,
        CardState::Verifying => 0x00CC_79A7,
        CardState::Attention => 0x00D5_5E00,
        CardState::Done => 0x0000_9E73,
    }
}

/// The colour of a question, by its risk.
pub const fn risk_colour(level: Risk) -> u32 {
    match level {
        Risk::Low => 0x0000_9E73,
        Risk::Medium => 0x0056_B4E9,
        Risk::High => 0x00E6_9F00,
        Risk::Critical => 0x00D5_5E00,
    }
}
