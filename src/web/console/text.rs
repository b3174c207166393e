//! Words and times on a page: foreign ones made inert, times in UTC with a hint.

use crate::domain::card::{CardState, Line, Span};
use crate::domain::{Risk, Severity, SubjectId};
use jiff::Timestamp;
use maud::{Markup, html};

/// A line of a card.
pub(super) fn line(line: &Line) -> Markup {
    html! {
        @for span in line {
            @match span {
                Span::Own(text) => { (text) }
                Span::Foreign(text) => { (foreign(text)) }
                Span::Code(text) => { code { (foreign(text)) } }
            }
        }
    }
}

/// Somebody else's words: escaped, kept from turning the writing direction of ours, and with
/// every invisible character shown by its number, so that nobody approves what they cannot see.
pub(super) fn foreign(text: &str) -> Markup {
    html! {
        bdi {
            @for piece in pieces(text) {
                @match piece {
                    Piece::Plain(text) => { (text) }
                    Piece::Hidden(c) => {
                        span.hidden-char title="an invisible character" { (format!("U+{:04X}", u32::from(c))) }
                    }
                }
            }
        }
    }
}

/// Foreign words with their own line breaks, in a box that scrolls when they are long.
pub(super) fn block(name: &str, text: &str) -> Markup {
    html! {
        div.text-block tabindex="0" role="group" aria-label=(name) { (foreign(text)) }
    }
}

enum Piece<'a> {
    Plain(&'a str),
    Hidden(char),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
        if at > 0 {
            out.push(Piece::Plain(&rest[..at]));
        }
        out.push(Piece::Hidden(c));
        rest = &rest[at + c.len_utf8()..];
    }
    if !rest.is_empty() {
        out.push(Piece::Plain(rest));
    }
    out
}

/// Controls, direction marks, zero-width characters and the tag characters in which whole
/// sentences can be hidden. Joiners stay: emoji and several scripts need them.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A time: `03:02` with `10 min ago`; the day stands before it where it is not today's.
pub(super) fn time(at: Timestamp, now: Timestamp) -> Markup {
    html! {
        time datetime=(at) title=(at.strftime("%Y-%m-%d %H:%M:%S UTC")) {
            (clock_time(at, now)) " " span.ago { "(" (beside(at, now)) ")" }
        }
    }
}

/// A time with its seconds and without a hint, for long lists.
pub(super) fn exact_time(at: Timestamp, now: Timestamp) -> Markup {
    html! {
        time datetime=(at) title=(at.strftime("%Y-%m-%d %H:%M:%S UTC")) {
            @if !same_day(at, now) { (at.strftime("%d %b ")) }
            (at.strftime("%H:%M:%S"))
        }
    }
}

fn clock_time(at: Timestamp, now: Timestamp) -> String {
    let format = if same_day(at, now) {
        "%H:%M"
    } else {
        "%d %b %H:%M"
    };
    at.strftime(format).to_string()
}

fn same_day(at: Timestamp, now: Timestamp) -> bool {
    at.as_second().div_euclid(86_400) == now.as_second().div_euclid(86_400)
}

/// How long before or after now, roughly: `10 min ago`, `in 22 min`.
pub(super) fn beside(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second().saturating_sub(now.as_second());
    let amount = match seconds.unsigned_abs() {
        0..45 => {
            return if seconds > 0 {
                "in a moment"
            } else {
                "just now"
            }
            .to_owned();
        }
        s @ 45..5_400 => format!("{} min", (s + 30) / 60),
        s @ 5_400..129_600 => format!("{} h", (s + 1_800) / 3_600),
        s => format!("{} days", (s + 43_200) / 86_400),
    };
    if seconds > 0 {
        format!("in {amount}")
    } else {
        format!("{amount} ago")
    }
}

/// Where an incident or case has its page.
pub(super) fn subject_path(subject: SubjectId) -> String {
    match subject {
        SubjectId::Incident(id) => format!("/incidents/{id}"),
        SubjectId::Case(id) => format!("/cases/{id}"),
    }
}

/// The state as shape, colour and words: colour never stands alone.
pub(super) fn chip(state: CardState) -> Markup {
    let (class, shape) = match state {
        CardState::Open => ("open", "○"),
        CardState::Waiting => ("waiting", "◆"),
        CardState::Acting => ("acting", "▶"),
        CardState::Verifying => ("verifying", "◎"),
        CardState::Attention => ("attention", "▲"),
        CardState::Done => ("done", "✓"),
    };
    html! {
        span class={ "chip " (class) } { span aria-hidden="true" { (shape) } " " (state.in_words()) }
    }
}

/// A risk in words and colour.
pub(super) fn risk(level: Risk) -> Markup {
    html! { span class={ "chip level " (level.as_str()) } { "risk: " (level) } }
}

/// A severity in words and colour.
pub(super) fn severity(level: Severity) -> Markup {
    html! { span class={ "level " (level.as_str()) } { strong { (level) } } }
}

/// `1 merchant`, `9 merchants`.
pub(super) fn count(number: impl Into<u64>, one: &str, many: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn foreign_words_cannot_act_hide_or_turn_ours_around() {
        let html = foreign("<b onclick=x>\u{202e}fdp.exe\u{202c} & \u{e0041}\0").into_string();
        assert!(!html.contains("<b "), "{html}");
        assert!(html.starts_with("<bdi>") && html.ends_with("</bdi>"));
        for hidden in ["U+202E", "U+202C", "U+E0041", "U+0000"] {
            assert!(html.contains(hidden), "{hidden} in {html}");
        }
        assert!(!html.contains(['\u{202e}', '\u{202c}', '\u{e0041}', '\0']));
        assert_eq!(
            foreign("Grüße 👩‍👧 नमस्ते\n").into_string(),
            "<bdi>Grüße 👩‍👧 नमस्ते\n</bdi>"
        );
    }

    #[test]
    fn hints_say_roughly_how_long_ago() {
        let now = at("2026-11-23T03:12:00Z");
        for (time, hint) in [
            ("2026-11-23T03:11:50Z", "just now"),
            ("2026-11-23T03:02:10Z", "10 min ago"),
            ("2026-11-23T03:34:00Z", "in 22 min"),
            ("2026-11-22T22:10:00Z", "5 h ago"),
            ("2026-11-20T03:12:00Z", "3 days ago"),
        ] {
            assert_eq!(beside(at(time), now), hint);
        }
        assert_eq!(clock_time(at("2026-11-23T00:00:00Z"), now), "00:00");
        assert_eq!(clock_time(at("2026-11-22T22:10:00Z"), now), "22 Nov 22:10");
    }
}
