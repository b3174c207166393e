//! A message as a person reads it: escapes gone, times shown, buttons in brackets.

use medic::discord::message::{Draft, Row};
use std::fmt::Write as _;

/// The whole message.
pub fn read(draft: &Draft) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        for part in text.lines() {
            writeln!(out, "{}", part.trim_end()).unwrap();
        }
    };
    if !draft.content.is_empty() {
        line(&plain(&draft.content));
    }
    for embed in &draft.embeds {
        if !embed.title.is_empty() {
            line(&format!("# {}", plain(&embed.title)));
        }
        line(&plain(&embed.description));
        for (name, value) in &embed.fields {
            line(&format!("## {name}"));
            line(&plain(value));
        }
    }
    for row in &draft.rows {
        match row {
            Row::Buttons(buttons) => {
                let labels: Vec<String> = buttons
                    .iter()
                    .map(|button| format!("[{}]", button.label))
                    .collect();
                line(&labels.join(" "));
            }
            Row::Menu {
                placeholder,
                entries,
                ..
            } => {
                line(&format!("[{placeholder} ▾]"));
                for entry in entries {
                    let hint = if entry.hint.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", entry.hint)
                    };
                    line(&format!("  {}{hint}", entry.label));
                }
            }
        }
    }
    out
}

/// Markup as a client shows it: a backslash before punctuation is gone, a time is a time of day.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for (index, part) in text.split("```").enumerate() {
        if index > 0 {
            out.push_str("```");
        }
        fenced = index % 2 == 1;
        if fenced {
            out.push_str(part);
            continue;
        }
        let mut rest = part;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\\' => {
                    let next = rest.chars().next();
                    if let Some(next) = next.filter(char::is_ascii_punctuation) {
                        out.push(next);
                        rest = &rest[1..];
                    } else {
                        out.push(c);
                    }
                }
                '<' if rest.starts_with("t:") => {
                    let end = rest.find('>').unwrap();
                    let parts: Vec<&str> = rest[..end].split(':').collect();
                    let at = jiff::Timestamp::from_second(parts[1].parse().unwrap()).unwrap();
                    match parts[2] {
                        "R" => out.push_str("from now"),
                        _ => write!(out, "{}", at.strftime("%H:%M")).unwrap(),
                    }
                    rest = &rest[end + 1..];
                }
                c => out.push(c),
            }
        }
    }
    assert!(!fenced, "a code block is not closed: {text}");
    without_ports(&out)
}

/// Ports of test servers differ from run to run.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("127.0.0.1:PORT");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}
